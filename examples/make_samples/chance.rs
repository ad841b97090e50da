//! A small generator with a seed (SplitMix64), so that the made-up data are the same everywhere and for ever.

/// The generator's state.
pub struct Chance(u64);

impl Chance {
    /// Begins from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` up to, not including, `high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low)
    }

    /// Whether something of this many per cent happens.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    /// One of `items`.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[(self.next() % items.len() as u64) as usize]
    }

    /// `count` letters and digits.
    pub fn word(&mut self, count: usize) -> String {
        const LETTERS: &[u8] = b"0123456789abcdefghjkmnpqrstvwxyz";
        (0..count).map(|_| char::from(*self.pick(LETTERS))).collect()
    }
}
