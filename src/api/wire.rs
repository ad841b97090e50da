//! The three documented forms of the answer, decoded into batches.
//!
//! Tolerant where nothing is at stake: unknown fields and statuses are kept, figures may be strings, `null` or absent, and a
//! text that is damaged is read as far as it goes ([`mended`]). Further fields are kept as the JSON that they are: nothing in
//! them can end a run. Strict where a figure could come out wrong: a record without id, status or creation time, an id that is
//! damaged (two could become one), a figure that is no count, a field that is read and given twice, and a record that mixes two
//! forms are errors that say where they are.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::Value;
use serde_json::value::RawValue;

use self::mended::Mended;
use crate::batch::raw::{self, Fields, Text};
use crate::batch::{ApiForm, Batch, Status};

mod calls;
mod envelope;
mod instant;
mod mended;
mod message;

pub use calls::count_of;
pub use message::{Message, message};

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
    #[error("record {position}{}, field `{field}`: {problem}", in_words(.id.as_deref()))]
    Record {
        /// The record's place on the page, from 1.
        position: usize,
        /// The batch's id, where the record has one that can be read.
        id: Option<String>,
        /// The field.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
}

fn in_words(id: Option<&str>) -> String {
    id.map_or_else(String::new, |id| format!(" (batch `{id}`)"))
}

/// Decodes an answer; its form is recognised by itself.
pub fn decode(body: &[u8]) -> Result<Decoded, WireError> {
    let mended = Mended::of(body);
    let envelope = envelope::read(&mended.text)?;
    let records = envelope.records.into_iter().zip(1..).map(|(raw, position)| Record::new(raw, position, &mended));
    let records: Vec<Record<'_>> = records.collect::<Result<_, _>>()?;
    let form = match envelope.top {
        true => ApiForm::V1,
        false => older_form(&records, envelope.has_pages)?,
    };
    Ok(Decoded {
        form,
        page: envelope.page,
        limit: envelope.limit,
        total: envelope.total,
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

/// `leads` and `calls` share an envelope: the figures' names distinguish them, and where no record has any, `totalPages`.
fn older_form(records: &[Record<'_>], has_pages: bool) -> Result<ApiForm, WireError> {
    let has = |record: &Record<'_>, names: &Names| names.figures().find(|name| record.has(name));
    let leads = records.iter().any(|record| has(record, &LEADS).is_some());
    let calls = records.iter().find_map(|record| Some((record, has(record, &CALLS)?)));
    match calls {
        Some((record, field)) if leads => {
            Err(record.error(field, "belongs to the form `calls`, but the same answer has figures of the form `leads`"))
        }
        Some(_) => Ok(ApiForm::Calls),
        None if leads || has_pages => Ok(ApiForm::Leads),
        None => Ok(ApiForm::Calls),
    }
}

/// A record, its fields not yet read: each where it is in the answer.
struct Record<'a> {
    position: usize,
    /// By name.
    fields: Vec<Field<'a>>,
    mended: &'a Mended<'a>,
}

struct Field<'a> {
    name: Cow<'a, str>,
    raw: &'a RawValue,
    taken: bool,
}

impl<'a> Record<'a> {
    fn new(raw: &'a RawValue, position: usize, mended: &'a Mended<'a>) -> Result<Self, WireError> {
        let Fields(fields) = serde_json::from_str(raw.get()).map_err(|error| WireError::Record {
            position,
            id: None,
            field: "(record)".to_owned(),
            problem: error.to_string(),
        })?;
        let mut fields: Vec<_> = fields.into_iter().map(|(name, raw)| Field { name, raw, taken: false }).collect();
        // Stable: further fields of one name keep their order.
        fields.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Self { position, fields, mended })
    }

    fn error(&self, field: &str, problem: impl Into<String>) -> WireError {
        // The field may have been taken already.
        let known = self.place("id").and_then(|place| self.fields.get(place));
        let id = known.and_then(|field| text_of(field.raw.get()).ok()).filter(|id| !id.is_empty());
        let id = id.map(|id| shortened(&id));
        WireError::Record { position: self.position, id, field: field.to_owned(), problem: problem.into() }
    }

    fn place(&self, field: &str) -> Option<usize> {
        self.fields.binary_search_by(|known| (*known.name).cmp(field)).ok()
    }

    fn has(&self, field: &str) -> bool {
        self.place(field).is_some()
    }

    /// The JSON of a field, which then is no further one; `None` where it is absent or `null`.
    fn take(&mut self, field: &str) -> Result<Option<&'a str>, WireError> {
        let Some(place) = self.place(field) else { return Ok(None) };
        let same =
            |place: Option<usize>| place.and_then(|place| self.fields.get(place)).is_some_and(|f| f.name == field);
        // Of two values none counts more than the other.
        if same(place.checked_sub(1)) || same(place.checked_add(1)) {
            return Err(self.error(field, "is given twice"));
        }
        let Some(known) = self.fields.get_mut(place) else { return Ok(None) };
        known.taken = true;
        Ok(Some(known.raw.get()).filter(|json| *json != "null"))
    }

    fn into_batch(mut self, form: ApiForm) -> Result<Batch, WireError> {
        let names = Names::of(form);
        Ok(Batch {
            id: self.id()?.into(),
            status: Status::new(&self.required("status")?),
            created_at: self.created_at(names.created_at)?,
            name: self.text(names.name)?.map(Into::into),
            total_calls: self.figure(names.total)?,
            completed_calls: self.figure(names.completed)?,
            failed_calls: names.failed.map_or(Ok(None), |name| self.figure(name))?,
            agent_id: names.agent.map_or(Ok(None), |name| self.text(name))?.map(Into::into),
            form,
            extra: self.extra()?,
        })
    }

    /// A text that may be absent or `null`; a number is taken as its digits.
    fn text(&mut self, field: &str) -> Result<Option<Cow<'a, str>>, WireError> {
        let Some(json) = self.take(field)? else { return Ok(None) };
        text_of(json).map(Some).map_err(|problem| self.error(field, problem))
    }

    fn required(&mut self, field: &str) -> Result<Cow<'a, str>, WireError> {
        match self.text(field)? {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) => Err(self.error(field, "is empty")),
            None => Err(self.error(field, "is missing")),
        }
    }

    fn id(&mut self) -> Result<Cow<'a, str>, WireError> {
        let id = self.required("id")?;
        let raw = self.place("id").and_then(|place| self.fields.get(place)).map(|field| field.raw.get());
        match raw {
            Some(raw) if self.mended.is_replaced_in(raw) => {
                let why = "is damaged: it holds half of a surrogate pair, or bytes that are not UTF-8; two ids could become one";
                Err(self.error("id", why))
            }
            _ => Ok(id),
        }
    }

    fn created_at(&mut self, field: &str) -> Result<DateTime<Utc>, WireError> {
        let text = self.required(field)?;
        instant::read(&text).map_err(|problem| self.error(field, format!("`{}` {problem}", shortened(&text))))
    }

    /// A figure; it must be a count.
    fn figure(&mut self, name: &str) -> Result<Option<u64>, WireError> {
        match self.take(name)? {
            // Nearly all are.
            Some(json) if json.len() < 19 && json.bytes().all(|byte| byte.is_ascii_digit()) => Ok(json.parse().ok()),
            Some(json) => count_in(json).map_err(|problem| self.error(name, problem)),
            None => Ok(None),
        }
    }

    fn extra(&self) -> Result<Option<Box<str>>, WireError> {
        let further = || self.fields.iter().filter(|field| !field.taken).map(|field| (&*field.name, field.raw.get()));
        if further().next().is_none() {
            return Ok(None);
        }
        let text = raw::object(further()).map_err(|error| self.error("(record)", error.to_string()))?;
        Ok(Some(text.into()))
    }
}

/// A text, or the digits of a number.
fn text_of(json: &str) -> Result<Cow<'_, str>, String> {
    match json.as_bytes().first() {
        Some(b'"') => match serde_json::from_str(json) {
            Ok(Text(text)) => Ok(text),
            Err(error) => Err(format!("is not a text ({error})")),
        },
        Some(b'-' | b'0'..=b'9') => Ok(Cow::Borrowed(json)),
        _ => Err("is not a text".to_owned()),
    }
}

/// Foreign text in a message: its beginning.
fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

/// A count that is this JSON.
fn count_in(json: &str) -> Result<Option<u64>, String> {
    let value: Value =
        serde_json::from_str(json).map_err(|_| format!("{} is not a count (0, 1, 2 ...)", shortened(json)))?;
    count(Some(&value))
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

#[cfg(test)]
mod tests;
