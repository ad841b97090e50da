//! The made-up workspace: its records, newest first, as the API lists them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::batch::{ApiForm, Batch};

use super::forms;
use super::record::Record;

/// The data that the program carries; `cargo run --example make_samples` makes it.
const EMBEDDED: &str = include_str!("../../samples/workspace.jsonl");

/// What makes a workspace file unusable.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A line is not a record.
    #[error("line {line} of the sample workspace is not a record: {source}")]
    NotARecord {
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A time is not RFC 3339.
    #[error("batch `{id}` of the sample workspace: `{created_at}` is not a time as 2024-03-01T10:00:00.000Z")]
    NotATime {
        /// The batch.
        id: String,
        /// Its time of creation as written.
        created_at: String,
    },
    /// An id is used twice.
    #[error("the sample workspace holds the batch `{0}` twice")]
    Twice(String),
}

/// Records with the instants of their creation, newest first; equal instants in the order in which they were given.
#[derive(Debug, Clone)]
pub struct Workspace {
    entries: Vec<(DateTime<Utc>, Record)>,
}

impl Workspace {
    /// The workspace of `samples/workspace.jsonl`, as it was when the program was built.
    ///
    /// # Errors
    /// [`SampleError`], where the program was built over a file that is not one.
    pub fn embedded() -> Result<Self, SampleError> {
        Self::parse(EMBEDDED)
    }

    /// A workspace of one JSON record a line.
    ///
    /// # Errors
    /// The first thing that is wrong with `lines`.
    pub fn parse(lines: &str) -> Result<Self, SampleError> {
        let record = |(place, line)| {
            serde_json::from_str(line).map_err(|source| SampleError::NotARecord { line: place + 1, source })
        };
        Self::new(lines.lines().enumerate().map(record).collect::<Result<_, _>>()?)
    }

    /// A workspace of `records`, in any order.
    ///
    /// # Errors
    /// [`SampleError`] for a time that is not one, or an id that is used twice.
    pub fn new(records: Vec<Record>) -> Result<Self, SampleError> {
        let mut ids = BTreeSet::new();
        if let Some(twice) = records.iter().find(|record| !ids.insert(&record.id)) {
            return Err(SampleError::Twice(twice.id.clone()));
        }
        let mut entries = Vec::with_capacity(records.len());
        for record in records {
            let not_a_time = || SampleError::NotATime { id: record.id.clone(), created_at: record.created_at.clone() };
            entries.push((record.instant().ok_or_else(not_a_time)?, record));
        }
        // Stable: the API documents no tiebreaker, and here it is the order of the file.
        entries.sort_by_key(|(created_at, _)| std::cmp::Reverse(*created_at));
        Ok(Self { entries })
    }

    /// Every record, newest first.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.entries.iter().map(|(_, record)| record)
    }

    /// The record with this id.
    pub fn find(&self, id: &str) -> Option<&Record> {
        self.records().find(|record| record.id == id)
    }

    /// The batches as a register shows them that was read in `form`, newest first.
    pub fn batches(&self, form: ApiForm) -> Vec<Batch> {
        self.entries.iter().map(|(created_at, record)| forms::batch(record, form, *created_at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(lines: &str) -> String {
        Workspace::parse(lines).unwrap_err().to_string()
    }

    fn line(id: &str, created_at: &str) -> String {
        let attempts = r#"{"sent":0,"picked_up":0,"last_sent":null,"retries":0,"stages":[]}"#;
        format!(r#"{{"id":"{id}","status":"draft","created_at":"{created_at}","attempts":{attempts},"calls":{{}}}}"#)
            + "\n"
    }

    #[test]
    fn a_bad_line_is_named() {
        let good = line("a", "2024-01-01T00:00:00Z");
        assert!(refusal(&(good.clone() + "{}\n")).contains("line 2"));
        assert!(refusal(&(good.clone() + &good)).contains("`a` twice"));
        assert!(refusal(&line("b", "yesterday")).contains("`yesterday` is not a time"));
    }

    #[test]
    fn newest_comes_first_and_ties_keep_their_order() {
        let times = [("a", "2024-01-01T00:00:00Z"), ("c", "2024-01-02T05:30:00+05:30"), ("b", "2024-01-02T00:00:00Z")];
        let workspace = Workspace::parse(&times.map(|(id, at)| line(id, at)).concat()).unwrap();
        assert_eq!(workspace.records().map(|record| record.id.as_str()).collect::<Vec<_>>(), ["c", "b", "a"]);
    }

    #[test]
    fn null_and_absent_are_kept_apart() {
        let text = line("a", "2024-01-01T00:00:00Z").replace(r#""status""#, r#""total":null,"status""#);
        let workspace = Workspace::parse(&text).unwrap();
        let record = workspace.find("a").unwrap();
        assert_eq!((&record.total, &record.failed), (&Some(serde_json::Value::Null), &None));
        assert_eq!(workspace.batches(ApiForm::Leads)[0].total_calls, None);
    }
}
