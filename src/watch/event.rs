//! A thing to be reported of a batch, as a line of JSON.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{EventReported, Known};
use crate::batch::{Batch, as_rfc3339};

/// What happened to a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// It is there for the first time, and not final.
    New,
    /// It is final; [`Event::first_seen`] reports whether it was there before.
    Final,
    /// It was in the list, and is no longer, without having been reported final.
    Gone,
}

impl EventKind {
    /// The word in data.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Final => "final",
            Self::Gone => "gone",
        }
    }

    /// How far a batch is reported by it.
    pub(super) fn reports(self) -> EventReported {
        if self == Self::New { EventReported::New } else { EventReported::Final }
    }
}

/// One thing to be reported, once.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// What happened.
    pub event: EventKind,
    /// The same whenever this is reported, and for nothing else.
    pub event_id: String,
    /// Whether nothing was reported of the batch before.
    pub first_seen: bool,
    /// The batch.
    pub batch_id: String,
    /// When it was created.
    #[serde(with = "as_rfc3339")]
    pub created_at: DateTime<Utc>,
    /// The batch as it was read; `None` where it is gone.
    pub batch: Option<Batch>,
}

impl Event {
    pub(super) fn of(event: EventKind, first_seen: bool, batch: &Batch) -> Self {
        let created_at = batch.created_at;
        Self { batch: Some(batch.clone()), ..Self::about(event, first_seen, &batch.id, created_at) }
    }

    pub(super) fn gone(id: &str, known: &Known) -> Self {
        Self::about(EventKind::Gone, known.reported == EventReported::Nothing, id, known.created_at)
    }

    fn about(event: EventKind, first_seen: bool, id: &str, created_at: DateTime<Utc>) -> Self {
        let event_id = format!("{id}:{}", event.as_str());
        Self { event, event_id, first_seen, batch_id: id.to_owned(), created_at, batch: None }
    }
}
