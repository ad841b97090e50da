//! Why a collection did not end in a proof.

use chrono::{DateTime, Utc};

use crate::batch::rfc3339;
use crate::defect::Defect;
use crate::figures::Grouping;

/// Why completeness could not be established.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The collection has not come to its end.
    #[error("the collection was interrupted {}, before it came to a proof", reached(*.readings))]
    Unfinished {
        /// How many readings came to their end.
        readings: u64,
    },
    /// The API serves pages of one size only, and the readings never came to the number that its totals demand.
    #[error(
        "the API's totals demand {} batches in the period and {found} were found, after {}; \
         pages of one size cannot overlap, so the proof rests on these totals, and they do not agree with the rows",
        .expected.map_or_else(|| "an unknown number of".to_owned(), |expected| expected.to_string()),
        in_words(.readings)
    )]
    NotTiedOut {
        /// B - A; `None` where the totals do not give it.
        expected: Option<i128>,
        /// How many distinct batches of the period were found.
        found: u64,
        /// How many readings were made.
        readings: u64,
    },
    /// No reading of the whole list could be made without a gap, or no two in a row gave the same batches.
    #[error(
        "{} of the whole list came to no proof: its rows change their order while they are read",
        in_words(.readings)
    )]
    NeverTheSame {
        /// How many readings were made.
        readings: u64,
    },
    /// The server answered another page than the one asked for.
    #[error(
        "the API was asked for page {asked} and says, {times} times in a row, that it answered page {answered}; it does \
         not page as documented"
    )]
    WrongPage {
        /// The page asked for.
        asked: u64,
        /// The page that the answer says it is.
        answered: u64,
        /// How often it was asked for in a row.
        times: u32,
    },
    /// Pages have fewer rows than their limit although the list goes on.
    #[error(
        "page {page} holds {rows} rows where its limit is {limit}, and the list goes on behind it; the same happened {times} \
         times: the API leaves rows out of its pages"
    )]
    HiddenRows {
        /// The page of the last one.
        page: u64,
        /// How many rows it has.
        rows: u64,
        /// Its limit.
        limit: u32,
        /// How many pages were so.
        times: u32,
    },
    /// Answer after answer shows only rows that were read already.
    #[error(
        "{answers} answers in a row showed only batches that had been read already, from page {page} on; the API serves \
         the same rows whatever page is asked for, or the list grows faster than it can be read"
    )]
    NoProgress {
        /// The page of the last one.
        page: u64,
        /// How many answers.
        answers: u32,
    },
    /// The place where a reading has to go on could not be found.
    #[error(
        "the place in the list at which to go on ({from}) could not be found in {steps} requests; the list moves faster \
         than it can be searched, or the API does not page as documented"
    )]
    NotFound {
        /// How many requests were made.
        steps: u32,
        /// The date of the place.
        from: String,
    },
    /// The first answer comes from a cache, or a replica that lags, and was made before the period's end.
    #[error(
        "the API's first answer is of {at}, before the end of the period, and it is stale: a cache or a replica that \
         lags gave it, {times} times in a row; whether the period is over cannot be known from it"
    )]
    Stale {
        /// The moment of the answer.
        at: String,
        /// How often an answer was asked for.
        times: u32,
    },
    /// There are more batches than ids are distinguished by number.
    #[error("the list holds more than 4,294,967,295 batches")]
    TooMany,
    /// The period begins after the moment of the first answer.
    #[error("the period begins at {start}, and by the API's clock it is only {now}; there is nothing to report yet")]
    NotBegun {
        /// The start of the period.
        start: String,
        /// The moment of the first answer.
        now: String,
    },
    /// The collection is in a state that its rules exclude.
    #[error(transparent)]
    Defect(#[from] Defect),
}

fn reached(readings: u64) -> String {
    match readings {
        0 => "in its first reading".to_owned(),
        more => format!("after {}", in_words(&more)),
    }
}

fn in_words(readings: &u64) -> String {
    Grouping::default().count(*readings, "reading", "readings")
}

impl Refusal {
    pub(super) fn not_begun(start: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self::NotBegun { start: rfc3339(start), now: rfc3339(now) }
    }
}
