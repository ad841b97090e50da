//! What is asked about a batch's calls, and when.

use serde::{Deserialize, Serialize};

use crate::batch::{Batch, Column, Unit};

/// When calls are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallTotals {
    /// For the figures that the list leaves out, or gives in attempts.
    Auto,
    /// For every batch; where the list gives a figure too, the two are compared.
    Always,
    /// Not at all.
    #[default]
    Never,
}

impl CallTotals {
    /// The name of the argument and of the statement in the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }

    /// What is to be asked about `batch`.
    pub fn questions(self, batch: &Batch) -> impl Iterator<Item = Question> {
        Question::ALL.into_iter().filter(move |question| match self {
            Self::Auto => !question.is_answered_by_list(batch),
            Self::Always => true,
            Self::Never => false,
        })
    }
}

impl std::fmt::Display for CallTotals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Calls to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Question {
    /// Those that were completed.
    Completed,
    /// Those that came to an end otherwise, but were not cancelled.
    Failed,
}

impl Question {
    /// Both, in the order of asking.
    pub const ALL: [Self; 2] = [Self::Completed, Self::Failed];

    /// The statuses of the calls meant. Of the final ones `cancelled` is in neither; those that are not final are in neither.
    pub fn statuses(self) -> &'static [&'static str] {
        match self {
            Self::Completed => &["completed"],
            Self::Failed => &["failed", "did_not_pick", "busy", "no_answer", "retry_expired"],
        }
    }

    /// The column of the register that the answer belongs in.
    pub fn column(self) -> Column {
        match self {
            Self::Completed => Column::CompletedCalls,
            Self::Failed => Column::FailedCalls,
        }
    }

    /// Whether the list gives the figure, and not as a number of attempts: those cannot stand beside recipients.
    pub fn is_answered_by_list(self, batch: &Batch) -> bool {
        let column = self.column();
        column.of(batch).is_some() && batch.form.unit(column) != Some(Unit::Attempts)
    }
}

/// What came of a question about a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountAnswer {
    /// So many calls.
    Count(u64),
    /// The API knows no such batch; it was there when the list was read.
    NotFound,
}
