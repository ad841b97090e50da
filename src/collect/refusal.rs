//! Why a collection did not end in a proof.

use chrono::{DateTime, Utc};

use crate::batch::rfc3339;

/// Why completeness could not be established.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The readings never came to the number that the census demands.
    #[error(
        "the census demands {expected} batches in the period and {found} were found, after {readings} readings; the list \
         changes, or reorders equal creation times, faster than it can be read, or it holds rows that it does not show; \
         run again at a quieter time"
    )]
    NotTiedOut {
        /// B - A.
        expected: u64,
        /// How many distinct batches of the period were found.
        found: u64,
        /// How many readings were made.
        readings: u64,
    },
    /// No two readings in a row gave the same batches.
    #[error(
        "no two of {readings} readings in a row gave the same batches and their full number; the list keeps changing; run \
         again at a quieter time"
    )]
    NeverTheSame {
        /// How many readings were made.
        readings: u64,
    },
    /// The server answered another page than the one asked for.
    #[error(
        "the API was asked for page {asked} and says that it answered page {answered}; it does not page as documented"
    )]
    WrongPage {
        /// The page asked for.
        asked: u64,
        /// The page that the answer says it is.
        answered: u64,
    },
    /// An answer contradicts itself, however often it is asked for.
    #[error("page {page} contradicts itself, and did so {times} times: {why}")]
    Inconsistent {
        /// The page.
        page: u64,
        /// How often it was asked for in a row.
        times: u32,
        /// The contradiction.
        why: String,
    },
    /// One id came with two creation times.
    #[error(
        "batch `{id}` is dated {first} in one answer and {second} in another; a population cannot be told by such dates"
    )]
    TwoDates {
        /// The batch.
        id: String,
        /// One creation time.
        first: String,
        /// The other.
        second: String,
    },
    /// The bound of the period could not be found in the list.
    #[error(
        "the page where the period ends could not be found in {steps} requests; the list moves faster than it can be searched"
    )]
    NotFound {
        /// How many requests were made.
        steps: u32,
    },
    /// A reading went on far beyond the length that the list had at first.
    #[error("the list grows faster than it can be read: {pages} pages were read of one that had {expected} at first")]
    Endless {
        /// How many pages were read.
        pages: u64,
        /// How many there were at first.
        expected: u64,
    },
    /// There are more batches than ids are told apart by number.
    #[error("the list holds more than 4,294,967,295 batches; ask for a shorter period")]
    TooMany,
    /// The period begins after the moment of the first answer.
    #[error("the period begins at {start}, and by the API's clock it is only {now}; there is nothing to report yet")]
    NotBegun {
        /// The start of the period.
        start: String,
        /// The moment of the first answer.
        now: String,
    },
}

impl Refusal {
    pub(super) fn two_dates(id: &str, first: DateTime<Utc>, second: DateTime<Utc>) -> Self {
        Self::TwoDates { id: id.to_owned(), first: rfc3339(first), second: rfc3339(second) }
    }
}
