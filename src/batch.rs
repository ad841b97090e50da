//! One batch call as the register shows it, and its status. Knows no field names of the API: those are `api::wire`'s.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

pub(crate) mod raw;
mod unit;

pub use unit::{Column, FigureOrigin, Unit};

/// Which of the documented forms of the answer a record came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApiForm {
    /// `data[]` with `total_leads`, `completed`, `failed`.
    Leads,
    /// `data[]` with `total_calls`, `completed_calls` and perhaps `failed_calls`.
    Calls,
    /// `items[]` with `total_lead_count` and `picked_up_calls`; no failed count, no agent.
    V1,
}

impl ApiForm {
    /// The name used in the register's column `api_form`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Leads => "leads",
            Self::Calls => "calls",
            Self::V1 => "v1",
        }
    }
}

impl fmt::Display for ApiForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a status can still change, as far as the API's documents say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finality {
    /// Documented as an end state.
    Final,
    /// Documented as a state on the way.
    Open,
    /// Not documented at all.
    Unknown,
}

/// Statuses in the order of a batch's life; the order of the totals.
const DOCUMENTED: [(&str, Finality); 13] = [
    ("draft", Finality::Open),
    ("initiated", Finality::Open),
    ("waiting", Finality::Open),
    ("scheduled", Finality::Open),
    ("queued", Finality::Open),
    ("active", Finality::Open),
    ("running", Finality::Open),
    ("processing", Finality::Open),
    ("paused", Finality::Open),
    ("completed", Finality::Final),
    ("failed", Finality::Final),
    ("cancelled", Finality::Final),
    ("deleted", Finality::Final),
];

/// The status of a batch. One that no document names is kept as it came.
///
/// Ordered by the batch's life (`draft` first, end states last), then the undocumented ones by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Status {
    /// A documented status, by its place in the order of a batch's life.
    Documented(DocumentedStatus),
    /// Any other word, exactly as the API gave it.
    Other(Box<str>),
}

/// A status that the API's documents name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentedStatus(u8);

impl Status {
    /// The status that the API wrote as `word`; never fails.
    pub fn new(word: &str) -> Self {
        match DOCUMENTED.iter().position(|(name, _)| *name == word) {
            Some(place) => Self::Documented(DocumentedStatus(place as u8)),
            None => Self::Other(word.into()),
        }
    }

    /// The word as the API wrote it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Documented(DocumentedStatus(place)) => DOCUMENTED[usize::from(*place)].0,
            Self::Other(word) => word,
        }
    }

    /// Whether the documents say that the status is an end state.
    pub fn finality(&self) -> Finality {
        match self {
            Self::Documented(DocumentedStatus(place)) => DOCUMENTED[usize::from(*place)].1,
            Self::Other(_) => Finality::Unknown,
        }
    }

    /// Every documented status, in the order of a batch's life.
    pub fn documented() -> impl Iterator<Item = Self> {
        DOCUMENTED.iter().map(|(word, _)| Self::new(word))
    }
}

impl PartialOrd for Status {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Status {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Documented(a), Self::Documented(b)) => a.cmp(b),
            (Self::Documented(_), Self::Other(_)) => std::cmp::Ordering::Less,
            (Self::Other(_), Self::Documented(_)) => std::cmp::Ordering::Greater,
            (Self::Other(a), Self::Other(b)) => a.cmp(b),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Status {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(deserializer)?))
    }
}

/// One batch call job of the workspace.
///
/// A figure is `None` where the API did not give it: "not reported", which is not 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The API's identifier, unique in the workspace.
    #[serde(rename = "batch_id")]
    pub id: Box<str>,
    /// The display name, where there is one.
    pub name: Option<Box<str>>,
    /// The status when the batch was last read.
    pub status: Status,
    /// When the batch was created.
    #[serde(with = "as_rfc3339")]
    pub created_at: DateTime<Utc>,
    /// How many calls (in the API's older word: leads) the batch was to make.
    pub total_calls: Option<u64>,
    /// How many calls were completed.
    pub completed_calls: Option<u64>,
    /// How many calls failed.
    pub failed_calls: Option<u64>,
    /// The calling agent, where the form reports it. Many batches share one.
    pub agent_id: Option<Arc<str>>,
    /// The form of the answer that the record came in.
    #[serde(rename = "api_form")]
    pub form: ApiForm,
    /// Every further field of the record as the API wrote it, as one JSON object with sorted keys; `None` where there is none.
    /// Numbers keep all their digits.
    #[serde(default, with = "as_json", skip_serializing_if = "Option::is_none")]
    pub extra: Option<Box<str>>,
}

/// Instants in JSON: RFC 3339 in UTC, as in the register.
pub mod as_rfc3339 {
    use super::*;
    use serde::{Deserializer, Serializer};

    /// Writes the instant as [`rfc3339`] does.
    pub fn serialize<S: Serializer>(instant: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(*instant))
    }

    /// Reads an instant with any offset.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        DateTime::<Utc>::deserialize(deserializer)
    }
}

/// [`as_rfc3339`] where there may be no instant: `null` then.
pub mod as_rfc3339_option {
    use super::*;
    use serde::{Deserializer, Serializer};

    /// Writes the instant as [`rfc3339`] does.
    pub fn serialize<S: Serializer>(instant: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
        instant.map(rfc3339).serialize(serializer)
    }

    /// Reads an instant with any offset.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
        Option::deserialize(deserializer)
    }
}

/// The further fields are in JSON the object that they are.
mod as_json {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::value::RawValue;

    use super::raw::{self, Fields};

    pub fn serialize<S: Serializer>(extra: &Option<Box<str>>, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = extra.as_deref().map(serde_json::from_str::<&RawValue>).transpose();
        raw.map_err(serde::ser::Error::custom)?.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<str>>, D::Error> {
        // By way of its fields, so that keys are sorted and white space is gone whoever wrote the file.
        let Some(raw) = Option::<Box<RawValue>>::deserialize(deserializer)? else { return Ok(None) };
        let text = serde_json::from_str(raw.get())
            .and_then(|Fields(fields)| raw::object(fields.iter().map(|(name, raw)| (&**name, raw.get()))));
        Ok(Some(text.map_err(serde::de::Error::custom)?.into()))
    }
}

/// What lies between a batch's total and its completed and failed calls:
/// total = completed + failed + other - without_total - above_total + unallocated, a figure not reported being nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Remainder {
    /// [`Batch::other_calls`].
    pub other: Option<u64>,
    /// Completed and failed calls where the total is not reported.
    pub without_total: u64,
    /// By how much completed and failed calls exceed the total.
    pub above_total: u64,
    /// The part of the total whose outcome is not known, because completed or failed calls are not reported.
    pub unallocated: u64,
}

impl Batch {
    /// Calls that neither completed nor failed: total less completed less failed.
    ///
    /// `None` where one of the three is not reported, or where the parts exceed the total (a finding says so).
    pub fn other_calls(&self) -> Option<u64> {
        let ended = self.completed_calls?.checked_add(self.failed_calls?)?;
        self.total_calls?.checked_sub(ended)
    }

    /// What lies between the total and the completed and failed calls.
    ///
    /// `None` where completed and failed calls together pass 64 bits.
    pub fn remainder(&self) -> Option<Remainder> {
        let ended = self.completed_calls.unwrap_or(0).checked_add(self.failed_calls.unwrap_or(0))?;
        let none = Remainder::default();
        let Some(total) = self.total_calls else { return Some(Remainder { without_total: ended, ..none }) };
        Some(match total.checked_sub(ended) {
            None => Remainder { above_total: ended - total, ..none },
            Some(other) if self.reports_all_figures() => Remainder { other: Some(other), ..none },
            Some(unallocated) => Remainder { unallocated, ..none },
        })
    }

    /// Whether all of total, completed and failed were given.
    pub fn reports_all_figures(&self) -> bool {
        self.total_calls.is_some() && self.completed_calls.is_some() && self.failed_calls.is_some()
    }
}

/// An instant as RFC 3339 in UTC, with milliseconds, or with as many digits as it needs beyond them.
pub fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(fraction(instant.timestamp_subsec_nanos()), true)
}

/// The same instant in a zone, as RFC 3339 with the zone's offset of that moment.
pub fn rfc3339_local(instant: DateTime<Utc>, zone: chrono_tz::Tz) -> String {
    instant.with_timezone(&zone).to_rfc3339_opts(fraction(instant.timestamp_subsec_nanos()), false)
}

fn fraction(nanos: u32) -> SecondsFormat {
    match nanos {
        n if n % 1_000_000 == 0 => SecondsFormat::Millis,
        n if n % 1_000 == 0 => SecondsFormat::Micros,
        _ => SecondsFormat::Nanos,
    }
}

/// The register's columns, in their order.
pub const REGISTER: [&str; 10] = [
    "batch_id",
    "name",
    "status",
    "created_at",
    "created_at_local",
    "total_calls",
    "completed_calls",
    "failed_calls",
    "agent_id",
    "api_form",
];

/// Puts batches into the register's order: oldest first, ties by id. Everything that lists batches does so in this order.
pub fn in_register_order(batches: &mut [Batch]) {
    batches.sort_unstable_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_keeps_its_word() {
        for word in ["completed", "draft", "", "COMPLETED", "teleported", "abgebrochen ✓"] {
            assert_eq!(Status::new(word).as_str(), word);
        }
    }

    #[test]
    fn only_documented_end_states_are_final() {
        let finals: Vec<_> = Status::documented().filter(|s| s.finality() == Finality::Final).collect();
        assert_eq!(finals, ["completed", "failed", "cancelled", "deleted"].map(Status::new));
        assert_eq!(Status::new("teleported").finality(), Finality::Unknown);
    }

    #[test]
    fn instants_keep_every_digit_they_need() {
        let at = |text: &str| rfc3339(text.parse().unwrap());
        assert_eq!(at("2024-03-01T10:00:00Z"), "2024-03-01T10:00:00.000Z");
        assert_eq!(at("2024-03-01T10:00:00.123456Z"), "2024-03-01T10:00:00.123456Z");
        assert_eq!(at("2024-03-01T10:00:00.000000001+05:30"), "2024-03-01T04:30:00.000000001Z");
    }
}
