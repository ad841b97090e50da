//! The proof that a collection can end in. Only the checks in this file make one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::IdSet;

/// How the population is proven, and so what the proof rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// One reading tied out to a census taken before it.
    #[default]
    TiedOut,
    /// Two such readings in a row with the same ids.
    DoubleRead,
    /// Two readings in a row of the whole list with the same ids.
    WholeList,
}

impl Assurance {
    /// The name of the argument and of the statement in the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TiedOut => "tied-out",
            Self::DoubleRead => "double-read",
            Self::WholeList => "whole-list",
        }
    }

    /// What the proof supposes, in words.
    pub fn assumption(self) -> &'static str {
        match self {
            Self::TiedOut => {
                "Ids are not used twice, and after the census no batch was created that is dated before the end of the period."
            }
            Self::DoubleRead => {
                "Ids are not used twice, and during the collection no batch was created that is dated before the start of the period."
            }
            Self::WholeList => "Ids are not used twice.",
        }
    }
}

impl std::fmt::Display for Assurance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An upper bound of how many batches were older than the end of the range, at the moment of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Census {
    /// B.
    pub older: u64,
    /// The moment of the answer that it was taken from.
    pub at: DateTime<Utc>,
}

/// Proof that the ids collected are exactly the population of the range at one moment. See [`crate::collect`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TieOut {
    assurance: Assurance,
    older_than_end: u64,
    older_than_start: u64,
    at: DateTime<Utc>,
}

impl TieOut {
    /// Ties `distinct` ids of the range, read from the census on, to the census and to `older_than_start`.
    pub(super) fn of_reading(census: Census, older_than_start: u64, distinct: u64) -> Option<Self> {
        let tied = census.older.checked_sub(older_than_start) == Some(distinct);
        tied.then_some(Self {
            assurance: Assurance::TiedOut,
            older_than_end: census.older,
            older_than_start,
            at: census.at,
        })
    }

    /// Two readings in a row that each tied out, if they gave the same ids: the second one's census holds.
    pub(super) fn of_two_readings(self, first: &IdSet, second: &IdSet) -> Option<Self> {
        (first == second).then_some(Self { assurance: Assurance::DoubleRead, ..self })
    }

    /// Two readings in a row of the whole list: the same ids, as many as the second one's first answer gave as total.
    pub(super) fn of_whole_list(first: &IdSet, second: &IdSet, census: Census) -> Option<Self> {
        let same = second.len() == census.older && first == second;
        let Census { older, at } = census;
        same.then_some(Self { assurance: Assurance::WholeList, older_than_end: older, older_than_start: 0, at })
    }

    /// What was proven, and so what it rests on.
    pub fn assurance(&self) -> Assurance {
        self.assurance
    }

    /// B: how many batches were older than the end of the range at [`TieOut::at`]; for a whole list, how many there were.
    pub fn older_than_end(&self) -> u64 {
        self.older_than_end
    }

    /// A: how many of them were older than its start; for a whole list, 0.
    pub fn older_than_start(&self) -> u64 {
        self.older_than_start
    }

    /// The moment at which the ids were exactly the population.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }
}
