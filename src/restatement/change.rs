//! One field of a batch that is otherwise in another register.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Texts;
use crate::batch::{ApiForm, Batch, Status, as_rfc3339};

/// From one value to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step<T> {
    /// The value in the old register.
    pub from: T,
    /// The value in the new one.
    pub to: T,
}

impl<T: Clone + PartialEq> Step<T> {
    /// The step between two values, where there is one.
    fn between(from: &T, to: &T) -> Option<Self> {
        (from != to).then(|| Self { from: from.clone(), to: to.clone() })
    }

    /// Puts the old value where the new one is; `None` where another one does.
    fn undo(&self, place: &mut T) -> Option<()> {
        (*place == self.to).then(|| *place = self.from.clone())
    }
}

/// A field and both its values; `None` (`null`) is a value that the API did not give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum FieldChange {
    /// The display name.
    Name(Step<Option<Box<str>>>),
    /// The status.
    Status(Step<Status>),
    /// The creation, which no batch should change.
    CreatedAt {
        /// The instant in the old register.
        #[serde(with = "as_rfc3339")]
        from: DateTime<Utc>,
        /// The instant in the new one.
        #[serde(with = "as_rfc3339")]
        to: DateTime<Utc>,
    },
    /// Calls in all.
    TotalCalls(Step<Option<u64>>),
    /// Calls completed.
    CompletedCalls(Step<Option<u64>>),
    /// Calls failed.
    FailedCalls(Step<Option<u64>>),
    /// The calling agent.
    AgentId(Step<Option<Arc<str>>>),
    /// The form of the answer that the record came in.
    ApiForm(Step<ApiForm>),
    /// The further fields of the record, each time as the text of one JSON object.
    Extra(Step<Option<Box<str>>>),
}

impl FieldChange {
    /// Whether it is a figure that was recounted.
    pub fn is_figure(&self) -> bool {
        matches!(self, Self::TotalCalls(_) | Self::CompletedCalls(_) | Self::FailedCalls(_))
    }
}

impl FieldChange {
    /// Gives `batch` the old value back; `None` where it does not have the new one.
    pub(super) fn undo(&self, batch: &mut Batch) -> Option<()> {
        match self {
            Self::Name(step) => step.undo(&mut batch.name),
            Self::Status(step) => step.undo(&mut batch.status),
            Self::CreatedAt { from, to } => Step { from: *from, to: *to }.undo(&mut batch.created_at),
            Self::TotalCalls(step) => step.undo(&mut batch.total_calls),
            Self::CompletedCalls(step) => step.undo(&mut batch.completed_calls),
            Self::FailedCalls(step) => step.undo(&mut batch.failed_calls),
            Self::AgentId(step) => step.undo(&mut batch.agent_id),
            Self::ApiForm(step) => step.undo(&mut batch.form),
            Self::Extra(step) => step.undo(&mut batch.extra),
        }
    }
}

/// What is otherwise in `new`, in the order of the register's columns. Both must be the same batch.
pub(super) fn between(old: &Batch, new: &Batch, texts: Texts) -> Vec<FieldChange> {
    let text = |change: Option<FieldChange>| change.filter(|_| texts == Texts::Compared);
    let created = (old.created_at != new.created_at)
        .then_some(FieldChange::CreatedAt { from: old.created_at, to: new.created_at });
    let changes = [
        text(Step::between(&old.name, &new.name).map(FieldChange::Name)),
        Step::between(&old.status, &new.status).map(FieldChange::Status),
        created,
        Step::between(&old.total_calls, &new.total_calls).map(FieldChange::TotalCalls),
        Step::between(&old.completed_calls, &new.completed_calls).map(FieldChange::CompletedCalls),
        Step::between(&old.failed_calls, &new.failed_calls).map(FieldChange::FailedCalls),
        Step::between(&old.agent_id, &new.agent_id).map(FieldChange::AgentId),
        Step::between(&old.form, &new.form).map(FieldChange::ApiForm),
        text(Step::between(&old.extra, &new.extra).map(FieldChange::Extra)),
    ];
    changes.into_iter().flatten().collect()
}
