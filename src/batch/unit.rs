//! What a figure counts, and where it came from.

use serde::{Deserialize, Serialize};

use super::{ApiForm, Batch};

/// A column of figures in the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// [`Batch::total_calls`].
    TotalCalls,
    /// [`Batch::completed_calls`].
    CompletedCalls,
    /// [`Batch::failed_calls`].
    FailedCalls,
}

impl Column {
    /// All of them, in the order of the register.
    pub const ALL: [Self; 3] = [Self::TotalCalls, Self::CompletedCalls, Self::FailedCalls];

    /// The name in the register: `completed_calls`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TotalCalls => "total_calls",
            Self::CompletedCalls => "completed_calls",
            Self::FailedCalls => "failed_calls",
        }
    }

    /// The name for people: `completed calls`.
    pub fn words(self) -> &'static str {
        match self {
            Self::TotalCalls => "total calls",
            Self::CompletedCalls => "completed calls",
            Self::FailedCalls => "failed calls",
        }
    }

    /// The figures of a batch, in the order of [`Column::ALL`].
    pub fn figures(batch: &Batch) -> [Option<u64>; 3] {
        Self::ALL.map(|column| column.of(batch))
    }

    /// The figure of a batch in this column.
    pub fn of(self, batch: &Batch) -> Option<u64> {
        match self {
            Self::TotalCalls => batch.total_calls,
            Self::CompletedCalls => batch.completed_calls,
            Self::FailedCalls => batch.failed_calls,
        }
    }
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// People to be called; the API's older word is leads. Each counts once, however often they are called.
    Recipients,
    /// Calls, as the API lists them. It does not say whether calling a person again makes one more.
    Calls,
    /// Attempts at calling: first calls and retries, each counted.
    Attempts,
}

impl Unit {
    /// The word: `recipients`, `calls`, `attempts`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recipients => "recipients",
            Self::Calls => "calls",
            Self::Attempts => "attempts",
        }
    }
}

impl Unit {
    /// What it means, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Recipients => "Recipients: people to be called, each once however often they are called.",
            Self::Calls => {
                "Calls: as the API lists them; its documents do not say whether calling a person again is one more."
            }
            Self::Attempts => "Attempts: first calls and retries, each counted.",
        }
    }
}

/// Where a figure came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FigureOrigin {
    /// The batch's record in the list of batch calls.
    List,
    /// The count of the batch's call logs by status.
    CallLogs,
}

impl FigureOrigin {
    /// The word in data: `list`, `call-logs`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::CallLogs => "call-logs",
        }
    }

    /// In words: `the list`, `the call logs`.
    pub fn words(self) -> &'static str {
        match self {
            Self::List => "the list",
            Self::CallLogs => "the call logs",
        }
    }
}

impl ApiForm {
    /// What the list counts in a column, as the API's documents say; `None` where the form has no such figure.
    pub fn unit(self, column: Column) -> Option<Unit> {
        match (self, column) {
            (Self::Leads, _) | (Self::V1, Column::TotalCalls) => Some(Unit::Recipients),
            (Self::Calls, _) => Some(Unit::Calls),
            (Self::V1, Column::CompletedCalls) => Some(Unit::Attempts),
            (Self::V1, Column::FailedCalls) => None,
        }
    }
}
