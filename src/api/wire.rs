//! The three documented forms of the answer, decoded into batches.
//!
//! Tolerant where nothing is at stake: unknown fields and statuses are kept, figures may be strings, `null` or absent.
//! Strict where a figure could come out wrong: a record without id, status or creation time, a figure that is no count, a
//! field given twice, and a record that mixes two forms are errors that say where they stand.

use std::borrow::Cow;
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
    let records: Vec<Record<'_>> = records.collect::<Result<_, _>>()?;
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
fn older_form(records: &[Record<'_>], meta: &BTreeMap<String, Value>) -> Result<ApiForm, WireError> {
    let has = |record: &Record<'_>, names: &Names| names.figures().find(|name| record.has(name));
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

/// A record, its fields not yet read: each where it stands in the answer.
struct Record<'a> {
    position: usize,
    /// By name.
    fields: Vec<Field<'a>>,
}

struct Field<'a> {
    name: Cow<'a, str>,
    raw: &'a RawValue,
    taken: bool,
}

impl<'a> Record<'a> {
    fn new(raw: &'a RawValue, position: usize) -> Result<Self, WireError> {
        let refused = |problem| WireError::Record { position, field: "(record)".to_owned(), problem };
        let Fields(mut fields) = serde_json::from_str(raw.get()).map_err(|error| refused(error.to_string()))?;
        fields.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        // Of two values nobody could say which one counts.
        match fields.windows(2).find(|pair| pair[0].name == pair[1].name) {
            Some(pair) => Err(refused(format!("the field `{}` stands twice", pair[0].name))),
            None => Ok(Self { position, fields }),
        }
    }

    fn error(&self, field: &str, problem: impl Into<String>) -> WireError {
        WireError::Record { position: self.position, field: field.to_owned(), problem: problem.into() }
    }

    fn place(&self, field: &str) -> Option<usize> {
        self.fields.binary_search_by(|known| (*known.name).cmp(field)).ok()
    }

    fn has(&self, field: &str) -> bool {
        self.place(field).is_some()
    }

    /// The JSON of a field, which then is no further one; `None` where it is absent or `null`.
    fn take(&mut self, field: &str) -> Option<&'a str> {
        let place = self.place(field)?;
        let known = self.fields.get_mut(place)?;
        known.taken = true;
        Some(known.raw.get()).filter(|json| *json != "null")
    }

    fn into_batch(mut self, form: ApiForm) -> Result<Batch, WireError> {
        let names = Names::of(form);
        Ok(Batch {
            id: self.required("id")?.into(),
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
        let Some(json) = self.take(field) else { return Ok(None) };
        match json.as_bytes().first() {
            Some(b'"') => match serde_json::from_str(json) {
                Ok(Text(text)) => Ok(Some(text)),
                Err(error) => Err(self.error(field, format!("is not a text ({error})"))),
            },
            Some(b'-' | b'0'..=b'9') => Ok(Some(Cow::Borrowed(json))),
            _ => Err(self.error(field, "is not a text")),
        }
    }

    fn required(&mut self, field: &str) -> Result<Cow<'a, str>, WireError> {
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
        match self.take(name) {
            // Nearly all are.
            Some(json) if json.len() < 19 && json.bytes().all(|byte| byte.is_ascii_digit()) => Ok(json.parse().ok()),
            Some(json) => {
                let value: Value = serde_json::from_str(json).map_err(|error| self.error(name, error.to_string()))?;
                count(Some(&value)).map_err(|problem| self.error(name, problem))
            }
            None => Ok(None),
        }
    }

    fn extra(&self) -> Result<Option<Box<str>>, WireError> {
        let further = self.fields.iter().filter(|field| !field.taken);
        let further = further.map(|field| Ok((&*field.name, serde_json::from_str::<Value>(field.raw.get())?)));
        let text = further
            .collect::<serde_json::Result<BTreeMap<_, _>>>()
            .and_then(|further| if further.is_empty() { Ok(None) } else { serde_json::to_string(&further).map(Some) });
        text.map(|text| text.map(Into::into)).map_err(|error| self.error("(record)", error.to_string()))
    }
}

/// A text where it stands in the answer, unless escapes in it have to be read.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

struct Fields<'a>(Vec<Field<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Reader<'a> {
            type Value = Fields<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'a>, A::Error> {
                let mut fields = Vec::with_capacity(8);
                while let Some((Text(name), raw)) = map.next_entry()? {
                    fields.push(Field { name, raw, taken: false });
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Reader(std::marker::PhantomData))
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
