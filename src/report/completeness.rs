//! How complete the population is, and how that is known: every figure and statement of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::batch::{as_rfc3339, as_rfc3339_option};
use crate::collect::Theorem;

/// The census that the reading was tied out to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CensusStatement {
    /// B: how many batches were older than the end of the period at the census; for a whole list, how many there were.
    pub older_than_end: u64,
    /// A: how many were older than the start of the period when the reading came there; for a whole list, 0.
    pub older_than_start: u64,
    /// The moment of the census: the `Date` of the answer that it was taken from, or where there is none the local clock's.
    #[serde(with = "as_rfc3339")]
    pub at: DateTime<Utc>,
}

/// A batch next to the period, outside it: proof of where the reading began and ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    /// The batch.
    pub batch_id: String,
    /// Its creation.
    #[serde(with = "as_rfc3339")]
    pub created_at: DateTime<Utc>,
}

/// How complete the population is, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completeness {
    /// Whether the population is proven.
    pub established: bool,
    /// Why it is not, where it is not.
    pub reason: Option<String>,
    /// How it was proven (or should have been): `tied-out`, `double-read` or `whole-list`. Not always the one asked for.
    pub assurance: String,
    /// What the proof supposes, in words.
    pub assumption: String,
    /// Which theorem was proven; `None` where none was. A report of an older version says nothing of it.
    #[serde(default)]
    pub theorem: Option<Theorem>,
    /// Whether the register is exactly the list's batches at one moment, and not only leaves nothing out.
    #[serde(default)]
    pub exact: bool,
    /// What is proven, in a sentence.
    #[serde(default)]
    pub proven: Option<String>,
    /// The moment from which on it is exact; `None` where it is not.
    #[serde(default, with = "as_rfc3339_option")]
    pub exact_from: Option<DateTime<Utc>>,
    /// The moment up to which it is, inclusive.
    #[serde(default, with = "as_rfc3339_option")]
    pub exact_until: Option<DateTime<Utc>>,
    /// The first instant of the range that was collected and proven; a report can be of a part of it.
    #[serde(with = "as_rfc3339")]
    pub range_start: DateTime<Utc>,
    /// The first instant after that range.
    #[serde(with = "as_rfc3339")]
    pub range_end: DateTime<Utc>,
    /// What a reader should know of how it went, in words.
    pub notes: Vec<String>,
    /// How many batches the API said it holds, in its last answer.
    pub held_by_api: u64,
    /// How many rows a page has, as the API answered.
    pub page_limit: u32,
    /// How many answers with pages came in.
    pub pages: u64,
    /// How many requests were made, repeated ones included.
    pub requests: u64,
    /// How many of them repeated one that had failed.
    pub retries: u64,
    /// How many times the range was read through.
    pub readings: u64,
    /// How many rows all these answers held.
    pub rows_read: u64,
    /// How many different batches they were.
    pub distinct: u64,
    /// How many of these are dated in the range that was collected, of which a report may be a part.
    pub in_range: u64,
    /// How many of these are dated in the period of the report.
    #[serde(default)]
    pub in_period: u64,
    /// How many of these were in some answer, but not in the readings that the proof rests on: gone before the proof.
    #[serde(default)]
    pub gone: u64,
    /// How many are in the register: [`Completeness::in_period`] less [`Completeness::gone`].
    pub reported: u64,
    /// The census, where one was taken.
    pub census: Option<CensusStatement>,
    /// The batch just after the period that was seen; none where the list has none.
    pub newer_neighbour: Option<Neighbour>,
    /// The batch just before the period that was seen; none where the list has none.
    pub older_neighbour: Option<Neighbour>,
}
