//! Which page and limit put a window where it is wanted: an offset is always a multiple of the limit.

/// A window to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    /// The page, from 1.
    pub number: u64,
    /// The limit to ask with.
    pub limit: u32,
    /// The limit that will be in force.
    pub served: u32,
}

impl Choice {
    /// How many rows of the list come before its end, if it is full.
    pub fn reach(&self) -> u64 {
        self.number.saturating_mul(u64::from(self.served))
    }

    #[cfg(test)]
    pub fn start(&self) -> u64 {
        (self.number - 1).saturating_mul(u64::from(self.served))
    }
}

/// The limits that the server serves, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// The largest limit that is asked for.
    pub asked: u32,
    /// The largest limit that the server serves.
    pub cap: u32,
    /// Whether the server states another limit than it serves.
    pub is_silent: bool,
    /// Whether it serves the cap whatever it is asked for.
    pub is_pinned: bool,
    /// The limit that different ones were answered with, and up to three of these.
    alike: (u32, [u32; 3]),
    /// The most rows that an answer had.
    most_rows: u32,
}

impl Limits {
    /// Before anything was answered.
    pub fn new(asked: u32) -> Self {
        let asked = asked.max(1);
        Self { asked, cap: asked, is_silent: false, is_pinned: false, alike: (0, [0; 3]), most_rows: 0 }
    }

    /// The largest limit that is known to be served in full.
    pub fn largest_served(&self) -> u32 {
        self.most_rows
    }

    /// Only those that are known to be served in full.
    pub fn known(self) -> Self {
        Self { cap: self.most_rows.clamp(1, self.cap), is_silent: true, ..self }
    }

    /// Takes note of an answer of `rows` rows; returns whether the server serves other limits than was known.
    pub fn observe(&mut self, asked: u32, served: u32, rows: u32) -> bool {
        self.most_rows = self.most_rows.max(rows);
        let known = (self.cap, self.is_pinned);
        if served < asked {
            self.cap = self.cap.min(served);
        } else if served > self.cap {
            // It served no less once; it serves more by now.
            self.cap = served.min(self.asked).max(1);
        }
        self.note(asked, served);
        (self.cap, self.is_pinned) != known
    }

    /// Three different limits that are answered with one and the same, not all of them above it, are a pinned limit.
    fn note(&mut self, asked: u32, served: u32) {
        if self.alike.0 != served {
            self.alike = (served, [0; 3]);
        }
        if !self.alike.1.contains(&asked)
            && let Some(free) = self.alike.1.iter_mut().find(|known| **known == 0)
        {
            *free = asked;
        }
        let is_full = self.alike.1.iter().all(|known| *known > 0);
        let is_pinned = is_full && self.alike.1.iter().any(|known| *known < served);
        if is_pinned {
            self.cap = served;
        }
        self.is_pinned = is_pinned;
    }

    /// A window of `rows` rows that the server stated as `stated` was cut: that is the limit in force from now on.
    pub fn cut(&mut self, rows: u32) {
        self.cap = rows.max(1);
        self.is_silent = true;
    }

    /// The limits that can be in force, the largest first.
    fn served(&self) -> impl Iterator<Item = u32> + Clone {
        let least = if self.is_pinned { self.cap } else { 1 };
        (least..=self.cap).rev()
    }

    /// Which limits to ask with so that `served` is in force.
    fn asking_for(self, served: u32) -> impl Iterator<Item = u32> + use<> {
        let most = if served == self.cap && !self.is_silent { self.asked.max(served) } else { served };
        let least = if self.is_pinned { 1 } else { served };
        (served..=most).chain((least..served).rev())
    }

    /// Of the windows that begin at or before the row at `wanted` and hold the one after it, the one that reaches furthest;
    /// none where every limit has a bound between these two rows. `is_taken` says which pages of which limits may not be
    /// asked for.
    pub fn furthest(&self, wanted: u64, is_taken: impl Fn(u64, u32) -> bool) -> Option<Choice> {
        let mut best: Option<Choice> = None;
        for served in self.served() {
            let number = (wanted / u64::from(served)).saturating_add(1);
            let reach = number.saturating_mul(u64::from(served));
            if reach < wanted.saturating_add(2) || best.is_some_and(|best| best.reach() >= reach) {
                continue;
            }
            if let Some(limit) = self.asking_for(served).find(|limit| !is_taken(number, *limit)) {
                best = Some(Choice { number, limit, served });
            }
        }
        best
    }

    /// The largest window that holds the row at `place`.
    pub fn around(&self, place: u64, is_taken: impl Fn(u64, u32) -> bool) -> Choice {
        let number = |served: u32| (place / u64::from(served)).saturating_add(1);
        let free = |served: u32| {
            let limit = self.asking_for(served).find(|limit| !is_taken(number(served), *limit))?;
            Some(Choice { number: number(served), limit, served })
        };
        let free = self.served().find_map(free);
        free.unwrap_or(Choice { number: number(self.cap), limit: self.cap, served: self.cap })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limits(cap: u32) -> Limits {
        Limits { cap, ..Limits::new(100) }
    }

    proptest! {
        /// The window holds the wanted row and the one after it, whatever the place, for every cap from 21 to 100.
        #[test]
        fn a_window_crosses_every_place(wanted in 0_u64..100_000_000, cap in 21_u32..=100) {
            let choice = limits(cap).furthest(wanted, |_, _| false).unwrap();
            prop_assert!(choice.start() <= wanted && wanted + 2 <= choice.reach());
            prop_assert!(cap < 100 || choice.reach() - wanted >= 50);
        }

        /// Pages that may not be asked for are not.
        #[test]
        fn what_is_taken_is_left_out(wanted in 0_u64..1_000_000, taken in prop::collection::hash_set(50_u32..=100, 0..20)) {
            let choice = limits(100).furthest(wanted, |_, limit| taken.contains(&limit)).unwrap();
            prop_assert!(!taken.contains(&choice.limit));
        }
    }

    #[test]
    fn a_cap_can_be_asked_for_by_other_limits() {
        let limits = limits(3);
        let first = limits.furthest(0, |_, _| false).unwrap();
        assert_eq!((first.number, first.limit, first.served), (1, 3, 3));
        let second = limits.furthest(0, |number, limit| (number, limit) == (1, 3)).unwrap();
        assert_eq!((second.number, second.limit, second.served), (1, 4, 3));
    }

    #[test]
    fn where_every_limit_has_its_bound_no_window_crosses() {
        assert_eq!(limits(3).furthest(5, |_, _| false), None);
        assert_eq!(limits(1).furthest(7, |_, _| false), None);
    }

    #[test]
    fn a_pinned_limit_is_distinguished_from_a_cap() {
        let mut capped = Limits::new(100);
        for (asked, served) in [(100, 20), (90, 20), (80, 20), (20, 20), (19, 19), (18, 18)] {
            capped.observe(asked, served, served);
        }
        assert!(!capped.is_pinned && capped.cap == 20);
        let mut pinned = Limits::new(100);
        for asked in [100, 20, 19] {
            pinned.observe(asked, 20, 20);
        }
        assert!(pinned.is_pinned && pinned.cap == 20);
    }
}
