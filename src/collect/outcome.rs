//! What a collection is asked for, and what it comes to.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::refusal::Refusal;
use super::tie_out::{Assurance, TieOut};
use crate::batch::Batch;
use crate::findings::{AheadOfServer, Change};

/// How to collect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How the population is to be proven.
    pub assurance: Assurance,
    /// How many pages may be asked for at once, at least 1.
    pub concurrency: usize,
    /// How many rows a page is asked to have, at least 1.
    pub limit: u32,
    /// A mistake for the tests to find.
    #[cfg(test)]
    pub mistake: Option<Mistake>,
}

impl Options {
    /// With these.
    pub fn new(assurance: Assurance, concurrency: usize, limit: u32) -> Self {
        Self {
            assurance,
            concurrency,
            limit,
            #[cfg(test)]
            mistake: None,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new(Assurance::default(), 4, 100)
    }
}

/// Mistakes that the tests make on purpose, to see that they would be found.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// The census is taken when the reading is over.
    CensusAfterReading,
    /// Rows are counted instead of distinct ids.
    RowsCounted,
    /// What was kept stands although the census has changed.
    KeptThroughChange,
}

/// What was done to collect, in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many batches the API said it holds, in its last answer.
    pub held: u64,
    /// How many rows a page had.
    pub limit: u32,
    /// How many pages were read.
    pub pages: u64,
    /// How many rows they held.
    pub rows: u64,
    /// How many different batches these were.
    pub distinct: u64,
    /// How many times the range (or the list) was read through.
    pub readings: u64,
}

/// A batch next to the range, outside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Its creation.
    pub created_at: DateTime<Utc>,
    /// Its id.
    pub id: Box<str>,
}

/// What a collection ended in.
#[derive(Debug, Clone)]
pub struct Collected {
    /// The range that was collected; where it was not over, up to the moment of the first answer.
    pub range: Range<DateTime<Utc>>,
    /// The batches of the range, oldest first, ties by id. Not proven to be all unless `proof` says so.
    pub batches: Vec<Batch>,
    /// Those that changed from one reading to another.
    pub changes: Vec<Change>,
    /// Those that are dated after the answer that held them.
    pub ahead: Vec<AheadOfServer>,
    /// The moment up to which the range was collected, where it was not over.
    pub as_of: Option<DateTime<Utc>>,
    /// The proof, or why there is none.
    pub proof: Result<TieOut, Refusal>,
    /// What kind of proof was attempted last; not always the one asked for.
    pub assurance: Assurance,
    /// What a reader should know of how it went.
    pub notes: Vec<String>,
    /// What was done.
    pub tally: Tally,
    /// The oldest batch seen that is newer than the range.
    pub newer: Option<Edge>,
    /// The newest batch seen that is older than the range.
    pub older: Option<Edge>,
}

impl Collected {
    /// The part that is dated in `range`, which must lie inside the range collected: a population that is proven whole is
    /// proven in every part. The tally stays that of the collection.
    pub fn within(mut self, range: Range<DateTime<Utc>>) -> Self {
        let place = |instant| self.batches.partition_point(|batch| batch.created_at < instant);
        let (from, to) = (place(range.start), place(range.end));
        let edge = |batch: &Batch| Edge { created_at: batch.created_at, id: batch.id.clone() };
        let before = from.checked_sub(1).and_then(|place| self.batches.get(place));
        self.older = before.map(edge).or(self.older);
        self.newer = self.batches.get(to).map(edge).or(self.newer);
        self.batches.truncate(to);
        self.batches.drain(..from.min(to));
        self.as_of = self.as_of.filter(|as_of| *as_of < range.end);
        self
    }
}
