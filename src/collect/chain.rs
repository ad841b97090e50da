//! Rows joined by id, where times do not show how they follow one another.

/// Two rows stood in one order in one answer, and in the other order in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OutOfOrder;

/// Rows that follow one another without a gap.
#[derive(Debug, Clone, Default)]
pub(super) struct Chain {
    /// By the number of the id: its place in the chain from 1; [`BETWEEN`] for a row that came between two of it; else 0.
    places: Vec<u32>,
    length: u32,
    count: u64,
}

/// Held, but with no place of its own: the row was not there when the two next to it were read.
const BETWEEN: u32 = u32::MAX;

impl Chain {
    /// Whether the row is in the chain.
    pub fn holds(&self, id: usize) -> bool {
        self.place(id) != 0
    }

    /// How many rows are.
    pub fn count(&self) -> u64 {
        self.count
    }

    fn place(&self, id: usize) -> u32 {
        self.places.get(id).copied().unwrap_or(0)
    }

    /// Joins rows that follow one another, of which the first is held, unless nothing is. Returns whether the chain reaches
    /// further now.
    ///
    /// # Errors
    /// Where two held rows stand in another order than before. The chain is as it was then.
    pub fn join(&mut self, rows: impl Iterator<Item = usize> + Clone) -> Result<bool, OutOfOrder> {
        let (mut last, mut held) = (0, 0);
        for (place, id) in rows.clone().enumerate() {
            match self.place(id) {
                0 => {}
                BETWEEN => held = place + 1,
                known if known <= last => return Err(OutOfOrder),
                known => (last, held) = (known, place + 1),
            }
        }
        let before = self.length;
        for (place, id) in rows.enumerate() {
            if self.holds(id) {
                continue;
            }
            let new = if place < held { BETWEEN } else { self.length.saturating_add(1) };
            if self.places.len() <= id {
                self.places.resize(id + 1, 0);
            }
            if let Some(known) = self.places.get_mut(id) {
                *known = new;
                self.count += 1;
            }
            if place >= held {
                self.length = new;
            }
        }
        Ok(self.length > before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(rows: &[usize]) -> Chain {
        let mut chain = Chain::default();
        chain.join(rows.iter().copied()).unwrap();
        chain
    }

    #[test]
    fn a_chain_grows_by_what_follows_its_last_row() {
        let mut chain = chain(&[4, 2, 9]);
        assert_eq!(chain.join([2, 9, 1].into_iter()), Ok(true));
        assert_eq!(chain.join([4, 2].into_iter()), Ok(false));
        assert!([4, 2, 9, 1].iter().all(|id| chain.holds(*id)) && !chain.holds(3) && chain.count() == 4);
    }

    #[test]
    fn rows_that_change_places_are_found() {
        let mut chain = chain(&[4, 2, 9]);
        assert_eq!(chain.join([2, 4, 1].into_iter()), Err(OutOfOrder));
        assert!(!chain.holds(1));
    }

    #[test]
    fn a_row_that_came_between_two_is_held() {
        let mut chain = chain(&[4, 2]);
        assert_eq!(chain.join([4, 7, 2, 8].into_iter()), Ok(true));
        assert_eq!(chain.join([7, 2, 8].into_iter()), Ok(false));
        assert!(chain.holds(7));
    }
}
