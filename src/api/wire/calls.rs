//! The answer to a count of calls: how many there are, and whether it is the answer to what was asked.
//!
//! A call log comes with it, which is about a person. Nothing of it is kept but its status, and no error repeats anything that
//! stands in the answer.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};
use serde_json::Value;

use super::count;
use crate::api::endpoint::COUNT_LIMIT;
use crate::calls::Question;

/// The envelope of either form. A field that stands twice is an error.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "callLogs")]
    call_logs: Option<Vec<Log>>,
    data: Option<Vec<Log>>,
    meta: Option<Told>,
    #[serde(flatten)]
    top: Told,
}

/// What an answer tells of itself.
#[derive(Deserialize)]
struct Told {
    total: Option<Figure>,
    page: Option<Figure>,
    limit: Option<Figure>,
}

/// A figure, or something else that is not kept.
struct Figure(Option<u64>);

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(Self(count(Some(&value)).ok().flatten()))
    }
}

/// A call log, of which only the status is looked at.
#[derive(Deserialize)]
struct Log {
    status: Option<Word>,
}

/// A word, or something else that is none.
#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Text(String),
    Other(IgnoredAny),
}

/// How many calls the body says there are in answer to `question`; in words, why it cannot be told.
///
/// # Errors
/// Where the body is no such answer, contradicts itself, or holds a call that was not asked for: a server that passes over
/// the filter would tell another count.
pub fn count_of(body: &[u8], question: Question) -> Result<u64, String> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("the answer is not a JSON object of a documented form (line {line}, column {column})")
    })?;
    let total = told("total", &envelope, |told| told.total.as_ref())?;
    let total = total.ok_or("the answer's `total` is missing")?;
    match told("page", &envelope, |told| told.page.as_ref())? {
        None | Some(1) => {}
        Some(page) => return Err(format!("page 1 was asked for, page {page} was answered")),
    }
    let limit = told("limit", &envelope, |told| told.limit.as_ref())?;
    if let Some(logs) = envelope.call_logs.as_ref().or(envelope.data.as_ref()) {
        consistent(logs, total, limit.unwrap_or(COUNT_LIMIT), question)?;
    }
    Ok(total)
}

/// A figure that may stand at the top and in `meta`; where it stands in both, it must be the same.
fn told(name: &str, envelope: &Envelope, of: impl Fn(&Told) -> Option<&Figure>) -> Result<Option<u64>, String> {
    let figure = |told: &Told| match of(told) {
        None => Ok(None),
        Some(Figure(Some(figure))) => Ok(Some(*figure)),
        Some(Figure(None)) => Err(format!("the answer's `{name}` is not a count (0, 1, 2 ...)")),
    };
    let inside = envelope.meta.as_ref().map_or(Ok(None), figure)?;
    match (figure(&envelope.top)?, inside) {
        (Some(top), Some(inside)) if top != inside => {
            Err(format!("the answer's `{name}` is {top} at the top and {inside} in `meta`"))
        }
        (top, inside) => Ok(top.or(inside)),
    }
}

fn consistent(logs: &[Log], total: u64, limit: u64, question: Question) -> Result<(), String> {
    let (held, expected) = (logs.len() as u64, total.min(limit));
    if held != expected {
        return Err(format!(
            "with a total of {total} the answer should hold {expected} call logs, but it holds {held}"
        ));
    }
    let is_meant = |log: &Log| match &log.status {
        Some(Word::Text(status)) => question.statuses().contains(&status.as_str()),
        Some(Word::Other(_)) => false,
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
    fn what_tells_no_count_is_refused() {
        for (body, words) in [
            ("", "line 1"),
            ("<html>", "not a JSON object"),
            ("[]", "not a JSON object"),
            (r#"{"callLogs":[]}"#, "`total` is missing"),
            (r#"{"total":-1}"#, "`total` is not a count"),
            (r#"{"total":1.5}"#, "`total` is not a count"),
            (r#"{"total":null}"#, "`total` is missing"),
            (r#"{"total":[1]}"#, "`total` is not a count"),
            (r#"{"total":1,"total":2}"#, "not a JSON object"),
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
    fn every_status_asked_for_is_taken() {
        for status in Question::Failed.statuses() {
            let body = format!(r#"{{"total":2,"callLogs":[{{"status":"{status}"}}]}}"#);
            assert_eq!(count_of(body.as_bytes(), Question::Failed), Ok(2));
        }
    }
}
