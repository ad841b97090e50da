//! Mistakes that the tests make on purpose.

use super::{Census, Collector, Mistake, TieOut};

impl Collector {
    /// Makes a mistake with a census, if one is to be made.
    pub(super) fn is_mistaken(&mut self, census: Census) -> bool {
        match (self.options.mistake, &mut self.round) {
            (Some(Mistake::CensusAfterReading), _) => self.settle_by(census),
            (Some(Mistake::KeptThroughChange), Some(round)) => {
                round.census = census;
                true
            }
            _ => false,
        }
    }

    /// Whether what was read ties out to a census taken after it.
    fn settle_by(&mut self, census: Census) -> bool {
        let Some(round) = &self.round else { return false };
        let proof = TieOut::of_reading(census, round.older_than_start, round.kept.distinct());
        let settled = proof.is_some();
        proof.into_iter().for_each(|proof| self.end(Ok(proof)));
        settled
    }
}
