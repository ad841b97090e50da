//! What is around the records of an answer: where they are, and what the answer says of itself.

use serde_json::value::RawValue;

use super::{WireError, count_in};
use crate::batch::raw::Fields;

/// An answer before its records are looked into.
pub(super) struct Envelope<'a> {
    /// The records, each with the text that it is.
    pub records: Vec<&'a RawValue>,
    /// Whether they are `items`, and what the answer says of itself is beside them.
    pub top: bool,
    /// Whether the answer says how many pages there are.
    pub has_pages: bool,
    /// The page that it says it is, where it says so.
    pub page: Option<u64>,
    /// The limit that it says was in force, where it says so.
    pub limit: Option<u64>,
    /// How many batches it says there are.
    pub total: u64,
}

/// The fields of the answer, of which those that are read may be given once.
struct Given<'a>(Vec<(std::borrow::Cow<'a, str>, &'a RawValue)>);

impl<'a> Given<'a> {
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// The JSON of a field; `None` where it is absent.
    fn get(&self, name: &'static str) -> Result<Option<&'a str>, WireError> {
        let mut given = self.0.iter().filter(|(known, _)| known == name).map(|(_, raw)| raw.get());
        match (given.next(), given.next()) {
            (json, None) => Ok(json),
            _ => Err(bad(name, "is given twice")),
        }
    }

    fn figure(&self, name: &'static str) -> Result<Option<u64>, WireError> {
        self.get(name)?.map_or(Ok(None), count_in).map_err(|problem| bad(name, problem))
    }
}

/// A list of records, as its field gives it.
enum List<'a> {
    Absent,
    Null,
    Of(Vec<&'a RawValue>),
}

fn list<'a>(given: &Given<'a>, name: &'static str) -> Result<List<'a>, WireError> {
    match given.get(name)? {
        None => Ok(List::Absent),
        Some("null") => Ok(List::Null),
        Some(json) => serde_json::from_str(json).map(List::Of).map_err(|_| bad(name, "is not a list")),
    }
}

/// Reads the envelope of an answer.
pub(super) fn read(text: &str) -> Result<Envelope<'_>, WireError> {
    let Fields(fields) = serde_json::from_str(text).map_err(|error| WireError::NotJson(error.to_string()))?;
    let given = Given(fields);
    let (name, records, top) = match (list(&given, "items")?, list(&given, "data")?) {
        (List::Of(_), List::Of(_)) => {
            return Err(bad("items", "is given beside `data`; only one of the two is documented"));
        }
        (List::Absent, List::Absent) => return Err(bad("data", "is missing, and so is `items`")),
        (List::Absent | List::Null, List::Of(records)) => ("data", Some(records), false),
        (List::Of(records), _) => ("items", Some(records), true),
        (List::Null, List::Absent) => ("items", None, true),
        (_, List::Null) => ("data", None, false),
    };
    let about = if top { given } else { meta(&given)? };
    let total = about.figure("total")?.ok_or_else(|| bad("total", "is missing"))?;
    // As some servers write an empty list.
    if records.is_none() && total > 0 {
        return Err(bad(name, format!("is null although the total is {total}")));
    }
    Ok(Envelope {
        records: records.unwrap_or_default(),
        top,
        has_pages: about.has("totalPages"),
        page: about.figure("page")?,
        limit: about.figure("limit")?,
        total,
    })
}

fn meta<'a>(given: &Given<'a>) -> Result<Given<'a>, WireError> {
    match given.get("meta")? {
        None | Some("null") => Err(bad("meta", "is missing")),
        Some(json) => {
            let Fields(fields) = serde_json::from_str(json).map_err(|_| bad("meta", "is not an object"))?;
            Ok(Given(fields))
        }
    }
}

fn bad(field: &'static str, problem: impl Into<String>) -> WireError {
    WireError::Envelope { field, problem: problem.into() }
}
