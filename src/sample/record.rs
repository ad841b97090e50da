//! A batch of the made-up workspace in a neutral format that holds what every documented form needs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A value that the API gives as it is here (a number, digits in a text, or null), or leaves out.
pub type Given = Option<Value>;

/// One line of `samples/workspace.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The identifier, unique in the workspace.
    pub id: String,
    /// The display name.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub name: Given,
    /// The status.
    pub status: String,
    /// The time of creation, RFC 3339 with any offset, exactly as the API writes it.
    pub created_at: String,
    /// Calls to be made.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub total: Given,
    /// Calls completed.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub completed: Given,
    /// Calls failed; `v1` does not report them.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub failed: Given,
    /// The calling agent; `v1` does not report it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// What `v1` alone reports.
    pub attempts: Attempts,
    /// How many calls the call logs hold, by the call's status.
    pub calls: BTreeMap<String, u64>,
    /// Fields that no document names, served in every form.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub more: BTreeMap<String, Value>,
}

/// The first calls and the retries of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempts {
    /// Leads called at least once.
    pub sent: u64,
    /// Leads who picked up, in the older way of counting.
    pub picked_up: u64,
    /// When the last call was sent, if one was.
    pub last_sent: Option<String>,
    /// How often a lead is called again at most, 0 to 4.
    pub retries: u64,
    /// Per depth (0: first calls), calls attempted and calls due.
    pub stages: Vec<[u64; 2]>,
}

/// Keeps a null apart from a field that is absent.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Given, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Record {
    /// The instant of creation; `None` where [`Record::created_at`] is not RFC 3339.
    pub fn instant(&self) -> Option<DateTime<Utc>> {
        Some(DateTime::parse_from_rfc3339(&self.created_at).ok()?.with_timezone(&Utc))
    }

    /// How many calls the call logs hold in any of the comma-separated `statuses`; all calls where there are none.
    pub fn calls_with(&self, statuses: Option<&[String]>) -> u64 {
        let wanted = |status: &String| statuses.is_none_or(|statuses| statuses.contains(status));
        self.calls.iter().filter(|(status, _)| wanted(status)).map(|(_, count)| count).sum()
    }
}
