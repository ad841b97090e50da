//! The proof that a collection can end in. Only the checks in this file make one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::IdSet;

/// How the population is to be proven, and so what the proof rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// A reading without a gap, tied out to the census before it; where figures disagree, two readings that agree.
    #[default]
    TiedOut,
    /// Two readings without a gap that agree; no total is relied on.
    DoubleRead,
    /// Two readings of the whole list that agree, for a list in any order.
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
}

impl std::fmt::Display for Assurance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What was proven; the theorems are those of [`crate::collect`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theorem {
    /// Theorem 1 alone: nothing was left out; not exact at one moment.
    NothingLeftOut,
    /// Theorems 1 and 2: two readings in a row agree.
    TwoReadings,
    /// Theorems 1 and 3: one reading ties out to the census before it.
    TiedOut,
    /// The API's totals alone, by two readings in a row that tie out and agree: its pages cannot overlap.
    Counted,
}

impl Theorem {
    /// Whether the register is the population at one moment, or only leaves nothing out.
    pub fn is_exact(self) -> bool {
        self != Self::NothingLeftOut
    }
}

/// An answer from which the number of batches older than the end of the range is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Census {
    /// B; `None` where the answer gives no total.
    pub older: Option<i128>,
    /// The moment of the answer.
    pub at: DateTime<Utc>,
    /// Whether the answer may be of an earlier moment than it seems.
    pub is_stale: bool,
}

/// A reading that has come to its end.
#[derive(Debug, Clone)]
pub(super) struct Read {
    /// The ids of the range that it kept.
    pub ids: IdSet,
    /// How many batches its totals speak of: those of the range, or of the whole list.
    pub counted: u64,
    pub census: Census,
    /// A: how many batches are older than the start of the range, by the answer in which the reading ended.
    pub older_than_start: Option<i128>,
    /// No answer may be of an earlier moment than it seems.
    pub is_fresh: bool,
    /// An id came with two creation times, in this reading or since the one before.
    pub has_two_dates: bool,
    /// Rows were not newest first, by a little.
    pub has_disorder: bool,
    /// The server states another limit than it serves, so that the place of a page in the list is inferred.
    pub has_silent_cap: bool,
    /// Every window joined the one before it; no total was needed.
    pub has_seams: bool,
    /// The moments of its first and last answers.
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

impl Read {
    /// B - A, where both are known.
    pub fn demanded(&self) -> Option<i128> {
        self.census.older?.checked_sub(self.older_than_start?)
    }

    /// Whether there are as many batches as the totals demand.
    pub fn ties_out(&self) -> bool {
        self.demanded() == Some(i128::from(self.counted))
    }

    /// Whether Theorem 3 holds if only the closing census is not larger.
    pub fn may_tie_out(&self) -> bool {
        let is_plain = !self.has_two_dates && !self.has_disorder && !self.has_silent_cap;
        self.has_seams && self.is_fresh && is_plain && self.ties_out()
    }

    fn agrees(&self, later: &Self) -> bool {
        let is_plain = |read: &Self| read.is_fresh && !read.has_two_dates;
        is_plain(self) && is_plain(later) && self.ids == later.ids
    }
}

/// Proof that the ids collected leave nothing out, and where [`Theorem::is_exact`], that they are exactly the population of
/// the range at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TieOut {
    theorem: Theorem,
    older_than_end: Option<u64>,
    older_than_start: Option<u64>,
    at: DateTime<Utc>,
    until: DateTime<Utc>,
    from: DateTime<Utc>,
    census_at: DateTime<Utc>,
}

impl TieOut {
    fn of(theorem: Theorem, read: &Read, at: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        let figure = |figure: Option<i128>| figure.and_then(|figure| u64::try_from(figure).ok());
        Self {
            theorem,
            older_than_end: figure(read.census.older),
            older_than_start: figure(read.older_than_start),
            at,
            until,
            from: read.from,
            census_at: read.census.at,
        }
    }

    /// Theorem 1 for one reading.
    pub(super) fn nothing_left_out(read: &Read) -> Option<Self> {
        read.has_seams.then(|| Self::of(Theorem::NothingLeftOut, read, read.to, read.to))
    }

    /// Theorems 1 and 2, if two readings in a row keep the same ids; the second was asked for after the first was answered.
    pub(super) fn of_two_readings(first: &Read, second: &Read) -> Option<Self> {
        let holds = first.has_seams && second.has_seams && first.agrees(second);
        let earliest = second.from.max(first.to);
        holds.then(|| Self { from: first.from, ..Self::of(Theorem::TwoReadings, second, first.to, earliest) })
    }

    /// Theorems 1 and 3, if a reading ties out to its census and the closing census is not larger.
    pub(super) fn of_census(read: &Read, closing: Census) -> Option<Self> {
        let not_larger = closing.older.zip(read.census.older).is_some_and(|(closing, opening)| closing <= opening);
        let holds = read.may_tie_out() && not_larger && !closing.is_stale;
        holds.then(|| Self::of(Theorem::TiedOut, read, read.census.at, read.census.at))
    }

    /// By the API's totals alone: two readings in a row that tie out to them and keep the same ids.
    pub(super) fn of_counts(first: &Read, second: &Read) -> Option<Self> {
        let holds = first.ties_out() && second.ties_out() && first.agrees(second);
        holds.then(|| Self::of(Theorem::Counted, second, second.census.at, second.census.at))
    }

    /// What was proven, and so what it rests on.
    pub fn theorem(&self) -> Theorem {
        self.theorem
    }

    /// B: how many batches were older than the end of the range by the census; for a whole list, how many there were.
    /// `None` where the totals gave no such figure.
    pub fn older_than_end(&self) -> Option<u64> {
        self.older_than_end
    }

    /// A: how many were older than its start when the reading came there; for a whole list, 0.
    pub fn older_than_start(&self) -> Option<u64> {
        self.older_than_start
    }

    /// The moment at which the ids were exactly the population; where that is not proven, the end of the reading.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// They were so at every moment from [`TieOut::at`] to this one.
    pub fn until(&self) -> DateTime<Utc> {
        self.until
    }

    /// The moment of the census: of the answer that [`TieOut::older_than_end`] is taken from.
    pub fn census_at(&self) -> DateTime<Utc> {
        self.census_at
    }

    /// The moment of the first answer that the proof rests on.
    pub fn from(&self) -> DateTime<Utc> {
        self.from
    }
}
