//! The three documented forms of the answer, decoded into batches.
//!
//! Tolerant where nothing is at stake: unknown fields and statuses are kept, figures may be strings, `null` or absent.
//! Strict where a figure could come out wrong: a record without id, status or creation time, a figure that is no count, a
//! field given twice, and a record that mixes two forms are errors that say where they stand.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::batch::{ApiForm, Batch, Status};

mod calls;

pub use calls::count_of;

/// An answer as decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Its form.
    pub form: ApiForm,
    /// The page that it says it is, where it says so.
    pub page: Option<u64>,
    /// The limit that it says was in force, where it says so.
    pub limit: Option<u64>,
    /// How many batches it says there are.
    pub total: u64,
    /// Its records in their order.
    pub rows: Vec<Batch>,
}

/// What makes an answer unusable, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// It is not JSON, or not an object.
    #[error("the answer is not a JSON object of a documented form: {0}")]
    NotJson(String),
    /// The envelope lacks something, or has it in a form that cannot be read.
    #[error("the answer's `{field}` {problem}")]
    Envelope {
        /// The field, as a path.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A record cannot be read.
    #[error("record {position}, field `{field}`: {problem}")]
    Record {
        /// The record's place on the page, from 1.
        position: usize,
        /// The field.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// An answer before its records are looked into.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    items: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    data: Option<Vec<&'a RawValue>>,
    meta: Option<Object>,
    page: Option<Value>,
    limit: Option<Value>,
    total: Option<Value>,
}

/// Decodes an answer; its form is recognised by itself.
pub fn decode(body: &[u8]) -> Result<Decoded, WireError> {
    let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|error| WireError::NotJson(error.to_string()))?;
    let (records, meta, v1) = match (envelope.items, envelope.data, envelope.meta) {
        (Some(_), Some(_), _) => {
            return Err(bad_envelope("items", "stands beside `data`; only one of the two is documented"));
        }
        (None, None, _) => return Err(bad_envelope("data", "is missing, and so is `items`")),
        (None, Some(_), None) => return Err(bad_envelope("meta", "is missing")),
        (None, Some(data), Some(meta)) => (data, meta.0, false),
        (Some(items), None, _) => {
            let top = [("page", envelope.page), ("limit", envelope.limit), ("total", envelope.total)];
            let top = top.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            (items, top.collect(), true)
        }
    };
    let records = records.into_iter().zip(1..).map(|(raw, position)| Record::new(raw, position));
    let records: Vec<Record> = records.collect::<Result<_, _>>()?;
    let form = if v1 { ApiForm::V1 } else { older_form(&records, &meta)? };
    let figure = |field: &'static str| count(meta.get(field)).map_err(|problem| bad_envelope(field, problem));
    Ok(Decoded {
        form,
        page: figure("page")?,
        limit: figure("limit")?,
        total: figure("total")?.ok_or_else(|| bad_envelope("total", "is missing"))?,
        rows: records.into_iter().map(|record| record.into_batch(form)).collect::<Result<_, _>>()?,
    })
}

/// The names that a form gives to the columns of the register.
struct Names {
    name: &'static str,
    created_at: &'static str,
    total: &'static str,
    completed: &'static str,
    failed: Option<&'static str>,
    agent: Option<&'static str>,
}

const LEADS: Names = Names {
    name: "name",
    created_at: "created_at",
    total: "total_leads",
    completed: "completed",
    failed: Some("failed"),
    agent: Some("agent_id"),
};
const CALLS: Names =
    Names { total: "total_calls", completed: "completed_calls", failed: Some("failed_calls"), ..LEADS };
/// `total_records` and `picked_up_lead_count` count something else, if not much else: they are no substitutes.
const V1: Names = Names {
    name: "title",
    created_at: "createdAt",
    total: "total_lead_count",
    completed: "picked_up_calls",
    failed: None,
    agent: None,
};

impl Names {
    fn of(form: ApiForm) -> Self {
        match form {
            ApiForm::Leads => LEADS,
            ApiForm::Calls => CALLS,
            ApiForm::V1 => V1,
        }
    }

    fn figures(&self) -> impl Iterator<Item = &'static str> {
        [Some(self.total), Some(self.completed), self.failed].into_iter().flatten()
    }
}

/// `leads` and `calls` share an envelope: the figures' names tell them apart, and where no record has any, `totalPages`.
fn older_form(records: &[Record], meta: &BTreeMap<String, Value>) -> Result<ApiForm, WireError> {
    let has = |record: &Record, names: &Names| names.figures().find(|name| record.fields.contains_key(*name));
    let leads = records.iter().any(|record| has(record, &LEADS).is_some());
    let calls = records.iter().find_map(|record| Some((record, has(record, &CALLS)?)));
    match calls {
        Some((record, field)) if leads => {
            Err(record.error(field, "belongs to the form `calls`, but the same answer has figures of the form `leads`"))
        }
        Some(_) => Ok(ApiForm::Calls),
        None if leads || meta.contains_key("totalPages") => Ok(ApiForm::Leads),
        None => Ok(ApiForm::Calls),
    }
}

/// A record, its fields not yet read.
struct Record {
    position: usize,
    fields: BTreeMap<String, Value>,
}

impl Record {
    fn new(raw: &RawValue, position: usize) -> Result<Self, WireError> {
        match serde_json::from_str::<Object>(raw.get()) {
            Ok(Object(fields)) => Ok(Self { position, fields }),
            Err(error) => Err(WireError::Record { position, field: "(record)".to_owned(), problem: error.to_string() }),
        }
    }

    fn error(&self, field: &str, problem: impl Into<String>) -> WireError {
        WireError::Record { position: self.position, field: field.to_owned(), problem: problem.into() }
    }

    fn into_batch(mut self, form: ApiForm) -> Result<Batch, WireError> {
        let names = Names::of(form);
        Ok(Batch {
            id: self.required("id")?,
            status: Status::new(&self.required("status")?),
            created_at: self.created_at(names.created_at)?,
            name: self.text(names.name)?,
            total_calls: self.figure(names.total)?,
            completed_calls: self.figure(names.completed)?,
            failed_calls: names.failed.map_or(Ok(None), |name| self.figure(name))?,
            agent_id: names.agent.map_or(Ok(None), |name| self.text(name))?,
            form,
            extra: self.extra()?,
        })
    }

    /// A text that may be absent or `null`; a number is taken as its digits.
    fn text(&mut self, field: &str) -> Result<Option<Box<str>>, WireError> {
        match self.fields.remove(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.into())),
            Some(Value::Number(number)) => Ok(Some(number.to_string().into())),
            Some(_) => Err(self.error(field, "is not a text")),
        }
    }

    fn required(&mut self, field: &str) -> Result<Box<str>, WireError> {
        match self.text(field)? {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) => Err(self.error(field, "is empty")),
            None => Err(self.error(field, "is missing")),
        }
    }

    fn created_at(&mut self, field: &str) -> Result<DateTime<Utc>, WireError> {
        let text = self.required(field)?;
        let instant = DateTime::parse_from_rfc3339(&text);
        instant
            .map(|instant| instant.to_utc())
            .map_err(|error| self.error(field, format!("`{text}` is not an RFC 3339 time ({error})")))
    }

    /// A figure; it must be a count.
    fn figure(&mut self, name: &str) -> Result<Option<u64>, WireError> {
        let figure = count(self.fields.get(name)).map_err(|problem| self.error(name, problem))?;
        self.fields.remove(name);
        Ok(figure)
    }

    fn extra(&self) -> Result<Option<Box<str>>, WireError> {
        if self.fields.is_empty() {
            return Ok(None);
        }
        let text = serde_json::to_string(&self.fields).map_err(|error| self.error("(record)", error.to_string()))?;
        Ok(Some(text.into()))
    }
}

/// A count given as a number or as a string of digits; `None` where it is `null` or absent.
fn count(value: Option<&Value>) -> Result<Option<u64>, String> {
    let figure = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Some(Value::String(text)) => {
            text.trim().bytes().all(|b| b.is_ascii_digit()).then(|| text.trim().parse().ok()).flatten()
        }
        Some(_) => None,
    };
    let given = || value.map_or_else(String::new, Value::to_string).chars().take(80).collect::<String>();
    figure.map(Some).ok_or_else(|| format!("{} is not a count (0, 1, 2 ...)", given()))
}

/// `250.0` is a count; beyond 2^53 a fraction could be hidden.
fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number)).then_some(number as u64)
}

fn bad_envelope(field: &'static str, problem: impl Into<String>) -> WireError {
    WireError::Envelope { field, problem: problem.into() }
}

/// A JSON object in which no field stands twice: of two values nobody could say which one counts.
struct Object(BTreeMap<String, Value>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if fields.contains_key(&name) {
                        return Err(serde::de::Error::custom(format_args!("the field `{name}` stands twice")));
                    }
                    fields.insert(name, value);
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests;
