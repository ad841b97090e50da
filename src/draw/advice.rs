//! How many batches to draw where no size is given: what practice uses for tests of controls by the number of items in the population.

/// Up to so many batches, so many are drawn; the last for any number above.
///
/// After the AICPA guide on audit sampling (small populations: 2 of a quarterly control's 4, 2 to 4 of 12, 3 to 8 of 24, 5 to 9 of
/// 52) and common practice for larger ones: 25 for up to 250, and 60 above, with which 95% confidence of a rate below 5% goes where
/// no exception is expected and none is found. ISA 530 leaves the number to the auditor's judgement.
pub const ADVICE: [(u64, u64); 6] = [(1, 1), (4, 2), (12, 4), (24, 8), (52, 9), (250, 25)];
/// Above the last of [`ADVICE`].
const LARGE: u64 = 60;

/// The advised number for a population of so many batches.
pub fn advised(population: u64) -> u64 {
    let row = ADVICE.iter().find(|(up_to, _)| population <= *up_to);
    row.map_or(LARGE, |(_, size)| *size).min(population)
}
