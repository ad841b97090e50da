//! What the steps that follow a collection need of it: the batches, and which tickets are free.

use super::{Collector, Phase};
use crate::batch::Batch;

impl Collector {
    /// Whether there is a proof.
    pub fn is_proven(&self) -> bool {
        matches!(self.phase, Phase::Ended(Ok(_)))
    }

    /// The batches of the range that were read so far, oldest first, ties by id; after [`Collector::has_ended`] those that
    /// [`Collector::finish`] gives.
    pub fn batches(&self) -> Vec<&Batch> {
        match &self.last {
            Some(last) if self.is_proven() => self.kept.batches(&last.ids),
            _ => self.kept.batches(&self.kept.ids(&self.range)),
        }
    }

    /// Sets `count` tickets aside for requests of another kind; the first of them.
    pub fn reserve_tickets(&mut self, count: u64) -> u64 {
        self.queue.reserve(count)
    }
}
