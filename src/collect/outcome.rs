//! What a collection is asked for, and what it comes to.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};

use super::changed::{AheadOfServer, Change, TwoDates};
use super::refusal::Refusal;
use super::tie_out::{Assurance, TieOut};
use crate::batch::Batch;

/// How the end of the range is searched for. Evidence states it as its rules, and is replayed by the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Search {
    /// One place after the other, each in the middle of what is left.
    Bisecting,
    /// As many places at once as pages may be asked for, four at most: where the times seen let it be expected, and the
    /// middle, so that what is left is halved at least.
    #[default]
    Probing,
}

/// How to collect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How the population is to be proven.
    pub assurance: Assurance,
    /// How many pages may be asked for at once, at least 1.
    pub concurrency: usize,
    /// How many rows a page is asked to have, at least 1.
    pub limit: u32,
    /// Whether one reading that leaves nothing out is enough (Theorem 1).
    pub once: bool,
    /// How the end of the range is searched for.
    pub search: Search,
    /// A mistake for the tests to find.
    #[cfg(test)]
    pub mistake: Option<Mistake>,
}

impl Options {
    /// With these; the population is to be exact at one moment.
    pub fn new(assurance: Assurance, concurrency: usize, limit: u32) -> Self {
        Self {
            assurance,
            concurrency,
            limit,
            once: false,
            search: Search::default(),
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
    /// Windows are taken that only touch the one before them.
    WindowsTouch,
    /// A window is taken for a seam that begins with a row of the very time that the one before ends with.
    SeamOnEqualTimes,
    /// An empty page after a full window is taken for the end of the list.
    EmptyEndsTheList,
    /// A census is taken from a page whose first row is older already.
    CensusOfOlderPage,
    /// Windows are asked for before the answer of the census is there.
    WindowBeforeCensus,
    /// Rows are counted instead of distinct ids.
    RowsCounted,
}

/// What was done to collect, in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many batches the API said it holds, in the last answer that was used.
    pub held: u64,
    /// The largest limit that an answer had.
    pub limit: u32,
    /// How many answers with pages came in.
    pub pages: u64,
    /// How many rows they held, all together.
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

/// What the answers showed that a reader of the report has to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observations {
    /// B - A and the number of batches kept, where these two differ in the last reading.
    pub totals_differ: Option<(i128, u64)>,
    /// How many answers had another number of rows than their total demands.
    pub contradicting_totals: u64,
    /// How many answers came from a cache, or were dated more than a minute before one that had come earlier.
    pub stale: u64,
    /// By how much a row was newer than one before it, at most; zero where all rows were newest first.
    pub disorder: TimeDelta,
    /// Instants that hold more rows than one window reaches; their rows were joined by id.
    pub instants: Vec<DateTime<Utc>>,
    /// Ids that one answer held twice, each once.
    pub repeated: Vec<Box<str>>,
    /// Ids that came with two creation times.
    pub two_dates: Vec<TwoDates>,
    /// Where the list ends inside the range: the total of its last answer, and how many rows it has.
    pub list_end: Option<(Option<u64>, u64)>,
    /// Why the proof rests on the API's totals, where it does.
    pub counted: Option<Counted>,
    /// How many rows a page has at most, where the server states another number.
    pub silent_cap: Option<u32>,
    /// Why the register is not exact at one moment, where it is not.
    pub not_exact: Option<NotExact>,
}

/// Why windows could not be joined, so that the totals had to be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// The server serves pages of one size only, so that they cannot overlap.
    PagesOfOneSize,
    /// Batches of one creation time changed their order from one answer to another.
    EqualTimesReorder,
}

/// Why a reading leaves nothing out, but is not exact at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotExact {
    /// Answers may be of an earlier moment than they seem.
    Stale,
    /// The server leaves so few ways to ask that a reading had to repeat requests of the one before it.
    Repeated,
    /// The list changed during every one of so many readings.
    Changing {
        /// How many.
        readings: u64,
    },
    /// A further reading failed.
    Failed {
        /// Of what.
        why: String,
    },
}

/// What a collection ended in.
#[derive(Debug, Clone)]
pub struct Collected {
    /// The range that was collected; where it was not over, up to the moment of the first answer.
    pub range: Range<DateTime<Utc>>,
    /// The batches of the range, oldest first, ties by id. Nothing is proven of them unless `proof` says so.
    pub batches: Vec<Batch>,
    /// Batches of the range that some answer held, but not the readings that the proof rests on; oldest first.
    pub gone: Vec<Batch>,
    /// How many different batches of the range that was collected came in any answer; a part of it has the same figure.
    pub in_range: u64,
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
    /// How it was interrupted, in words.
    pub notes: Vec<String>,
    /// What the answers showed.
    pub observations: Observations,
    /// What was done.
    pub tally: Tally,
    /// The oldest batch seen that is newer than the range.
    pub newer: Option<Edge>,
    /// The newest batch seen that is older than the range.
    pub older: Option<Edge>,
}

impl Collected {
    /// The part that is dated in `range`, which must lie inside the range collected: what is proven of the whole is proven
    /// of every part. Tally and census stay those of the collection.
    pub fn within(mut self, range: Range<DateTime<Utc>>) -> Self {
        let place = |instant| self.batches.partition_point(|batch| batch.created_at < instant);
        let (from, to) = (place(range.start), place(range.end));
        let edge = |batch: &Batch| Edge { created_at: batch.created_at, id: batch.id.clone() };
        let before = from.checked_sub(1).and_then(|place| self.batches.get(place));
        self.older = before.map(edge).or(self.older);
        self.newer = self.batches.get(to).map(edge).or(self.newer);
        self.batches.truncate(to);
        self.batches.drain(..from.min(to));
        self.gone.retain(|batch| range.contains(&batch.created_at));
        self.as_of = self.as_of.filter(|as_of| *as_of < range.end);
        self
    }
}
