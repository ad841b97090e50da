//! The answer to a count of calls: how many there are, and whether it is the answer to what was asked.
//!
//! A call log comes with it, which is about a person. Nothing of it is kept but its status, and no error repeats anything that
//! is in the answer.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::count_in;
use super::mended::Mended;
use crate::api::endpoint::COUNT_LIMIT;
use crate::batch::raw::{Fields, Text};
use crate::calls::Question;

/// The fields of an object, of which nothing is read but what is asked for.
struct Given<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Given<'a> {
    fn read(json: &'a str) -> Result<Self, String> {
        let Fields(fields) = serde_json::from_str(json).map_err(|error| no_object(&error))?;
        Ok(Self(fields))
    }

    /// The JSON of a field; `None` where it is absent or `null`.
    fn get(&self, name: &str) -> Result<Option<&'a str>, String> {
        let mut given = self.0.iter().filter(|(known, _)| known == name).map(|(_, raw)| raw.get());
        match (given.next(), given.next()) {
            (json, None) => Ok(json.filter(|json| *json != "null")),
            _ => Err(format!("the answer's `{name}` is given twice")),
        }
    }

    fn figure(&self, name: &str) -> Result<Option<u64>, String> {
        let figure = self.get(name)?.map_or(Ok(None), count_in);
        figure.map_err(|_| format!("the answer's `{name}` is not a count (0, 1, 2 ...)"))
    }
}

fn no_object(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    format!("the answer is not a JSON object of a documented form (line {line}, column {column})")
}

/// A call log, of which only the status is looked at.
#[derive(Deserialize)]
struct Log<'a> {
    #[serde(borrow)]
    status: Option<&'a RawValue>,
}

/// How many calls the body says there are in answer to `question`; in words, why it cannot be read.
///
/// # Errors
/// Where the body is no such answer, contradicts itself, or holds a call that was not asked for: a server that ignores the
/// filter would give another count.
pub fn count_of(body: &[u8], question: Question) -> Result<u64, String> {
    let mended = Mended::of(body);
    let top = Given::read(&mended.text)?;
    let meta = top.get("meta")?.map(Given::read).transpose()?;
    let figure = |name: &str| agreed(name, &top, meta.as_ref());
    let total = figure("total")?.ok_or("the answer's `total` is missing")?;
    match figure("page")? {
        None | Some(1) => {}
        Some(page) => return Err(format!("page 1 was asked for, page {page} was answered")),
    }
    let limit = figure("limit")?;
    let logs = match top.get("callLogs")? {
        Some(logs) => Some(logs),
        None => top.get("data")?,
    };
    if let Some(logs) = logs {
        let logs: Vec<Log<'_>> = serde_json::from_str(logs).map_err(|error| no_object(&error))?;
        consistent(&logs, total, limit.unwrap_or(COUNT_LIMIT), question)?;
    }
    Ok(total)
}

/// A figure that may be at the top and in `meta`; where it is in both, it must be the same.
fn agreed(name: &str, top: &Given<'_>, meta: Option<&Given<'_>>) -> Result<Option<u64>, String> {
    let inside = meta.map_or(Ok(None), |meta| meta.figure(name))?;
    match (top.figure(name)?, inside) {
        (Some(top), Some(inside)) if top != inside => {
            Err(format!("the answer's `{name}` is {top} at the top and {inside} in `meta`"))
        }
        (top, inside) => Ok(top.or(inside)),
    }
}

fn consistent(logs: &[Log<'_>], total: u64, limit: u64, question: Question) -> Result<(), String> {
    let (held, expected) = (logs.len() as u64, total.min(limit));
    if held != expected {
        return Err(format!(
            "with a total of {total} the answer should hold {expected} call logs, but it holds {held}"
        ));
    }
    let is_meant = |log: &Log<'_>| match log.status.map(|status| serde_json::from_str::<Text<'_>>(status.get())) {
        Some(Ok(Text(status))) => question.statuses().contains(&&*status),
        Some(Err(_)) => false,
        None => true,
    };
    if logs.iter().all(is_meant) {
        return Ok(());
    }
    let asked = question.statuses().join(", ");
    Err(format!("it holds a call of another status than was asked for ({asked}): the API does not filter by it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(body: &str) -> Result<u64, String> {
        count_of(body.as_bytes(), Question::Completed)
    }

    #[test]
    fn the_count_stands_at_the_top_or_in_meta() {
        let log = r#"{"id":"c","status":"completed","to_number":"+1202","transcript":{"words":[1]}}"#;
        let top = format!(r#"{{"callLogs":[{log}],"total":235,"page":1,"limit":1,"totalPages":235}}"#);
        assert_eq!(completed(&top), Ok(235));
        assert_eq!(completed(&format!(r#"{{"data":[{log}],"meta":{{"total":"7","page":1}}}}"#)), Ok(7));
        assert_eq!(completed(r#"{"callLogs":[],"total":0}"#), Ok(0));
        assert_eq!(completed(r#"{"total":3}"#), Ok(3));
        assert_eq!(completed(r#"{"total":3,"meta":{"total":3}}"#), Ok(3));
    }

    #[test]
    fn what_reports_no_count_is_refused() {
        for (body, words) in [
            ("", "line 1"),
            ("<html>", "not a JSON object"),
            ("[]", "not a JSON object"),
            (r#"{"callLogs":[]}"#, "`total` is missing"),
            (r#"{"total":-1}"#, "`total` is not a count"),
            (r#"{"total":1.5}"#, "`total` is not a count"),
            (r#"{"total":null}"#, "`total` is missing"),
            (r#"{"total":[1]}"#, "`total` is not a count"),
            (r#"{"total":1,"total":2}"#, "`total` is given twice"),
            (r#"{"total":3,"meta":{"total":4}}"#, "is 3 at the top and 4 in `meta`"),
            (r#"{"total":3,"page":2}"#, "page 2 was answered"),
            (r#"{"total":3,"limit":1,"callLogs":[]}"#, "should hold 1 call logs, but it holds 0"),
            (r#"{"total":0,"callLogs":[{"status":"completed"}]}"#, "should hold 0"),
            (r#"{"total":9,"callLogs":[{"status":"busy"}]}"#, "does not filter"),
            (r#"{"total":9,"callLogs":[{"status":5}]}"#, "does not filter"),
        ] {
            let problem = completed(body).unwrap_err();
            assert!(problem.contains(words), "{body}: {problem}");
        }
    }

    #[test]
    fn no_error_repeats_what_stands_in_the_answer() {
        for body in [
            r#"{"total":"+12025550143"}"#,
            r#"{"total":{"to":"+12025550143"}}"#,
            r#"{"total":1,"callLogs":"+12025550143"}"#,
            r#"{"total":1,"callLogs":["+12025550143"]}"#,
            r#"{"total":1,"callLogs":[{"status":"+12025550143"}]}"#,
            r#""+12025550143""#,
            r#"{"+12025550143":"#,
            r#"{"total":1,"meta":{"total":"+12025550143"}}"#,
        ] {
            let problem = completed(body).unwrap_err();
            assert!(!problem.contains("1202"), "{body}: {problem}");
        }
    }

    #[test]
    fn a_mark_and_what_is_not_read_change_nothing() {
        let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
        for body in [
            "\u{feff}{\"callLogs\":null,\"total\":0}".to_owned(),
            format!(r#"{{"callLogs":[],"total":0,"x":{deep},"y":1e400,"\ud800":"\udfff"}}"#),
            format!(r#"{{"data":null,"meta":{{"total":0,"x":{deep}}}}}"#),
        ] {
            assert_eq!(completed(&body), Ok(0), "{body}");
        }
        let log = r#"{"status":"completed","words":"\ud83d","n":1e400}"#;
        assert_eq!(completed(&format!(r#"{{"callLogs":[{log}],"total":1}}"#)), Ok(1));
    }

    #[test]
    fn every_status_asked_for_is_taken() {
        for status in Question::Failed.statuses() {
            let body = format!(r#"{{"total":2,"callLogs":[{{"status":"{status}"}}]}}"#);
            assert_eq!(count_of(body.as_bytes(), Question::Failed), Ok(2));
        }
    }
}
