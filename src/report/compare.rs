//! Whether two reports can be compared at all, and what their restatement says in words.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{AuditReport, NOT_REPORTED, Standing, figure, grouped};
use crate::batch::rfc3339;
use crate::restatement::{FieldChange, Restatement, RestatementError, Step, Texts};

/// Why two reports cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// They are over something else.
    #[error("the reports cannot be compared: the {what} of the old one is {old}, of the new one {new}; {advice}")]
    Apart {
        /// What differs.
        what: &'static str,
        /// What it is in the old report.
        old: String,
        /// What it is in the new one.
        new: String,
        /// What to do.
        advice: &'static str,
    },
    /// Their registers cannot be compared.
    #[error(transparent)]
    Registers(#[from] RestatementError),
}

/// What became of an old report in a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What changed.
    pub restatement: Restatement,
    /// What a reader should know of the two reports beside that, in words.
    pub notes: Vec<String>,
}

impl AuditReport {
    /// Compares with an older report over the same batches of the same period.
    ///
    /// The period is the same where its first and last instants are, whatever it is called; an older report may go up to
    /// an earlier moment of it. The sample API is the same on every port.
    ///
    /// # Errors
    /// Where source or period differ, or where a register is none.
    pub fn compared_with(&self, old: &Self) -> Result<Comparison, CompareError> {
        self.over_the_same(old)?;
        let key = |report: &Self| report.pseudonyms.as_ref().map(|pseudonyms| pseudonyms.key_id.clone());
        let texts = if key(old) == key(self) { Texts::Compared } else { Texts::Ignored };
        let restatement = Restatement::between(&old.register, &self.register, texts)?;
        let notes = self.notes(old, &restatement, texts);
        Ok(Comparison { restatement, notes })
    }

    fn over_the_same(&self, old: &Self) -> Result<(), CompareError> {
        let source = |report: &Self| {
            if report.scope.sample { "the built-in sample API".to_owned() } else { report.scope.endpoint.clone() }
        };
        let bounds = |report: &Self| format!("{} to {}", rfc3339(report.period.start), rfc3339(report.period.end));
        let workspace = |report: &Self, other: &Self| {
            let named = report.scope.workspace.as_ref().zip(other.scope.workspace.as_ref());
            named.map_or_else(String::new, |(own, _)| format!("`{own}`"))
        };
        let compared = [
            ("source", source(old), source(self), "name two reports of one API"),
            ("workspace", workspace(old, self), workspace(self, old), "name two reports of one workspace"),
            ("period", bounds(old), bounds(self), "name two reports of one period"),
        ];
        match compared.into_iter().find(|(_, old, new, _)| old != new) {
            Some((what, old, new, advice)) => Err(CompareError::Apart { what, old, new, advice }),
            None => Ok(()),
        }
    }

    fn notes(&self, old: &Self, restatement: &Restatement, texts: Texts) -> Vec<String> {
        let mut notes = Vec::new();
        for (name, report) in [("old", old), ("new", self)] {
            if report.standing == Standing::Draft {
                notes.push(format!("The {name} report is a draft: a batch that it lacks may only not have been read."));
            }
            if let Some(as_of) = report.period.as_of {
                notes.push(format!("The {name} report goes up to {} only.", rfc3339(as_of)));
            }
        }
        let later = |as_of: DateTime<Utc>| restatement.added.iter().filter(|batch| batch.created_at >= as_of).count();
        if let Some(count) = old.period.as_of.map(later).filter(|count| *count > 0) {
            notes.push(format!(
                "Of the batches added, {} were created after the end of the old report.",
                grouped(count as u64)
            ));
        }
        let (key, new_key) = (&old.scope.key_fingerprint, &self.scope.key_fingerprint);
        if key != new_key {
            notes.push(format!(
                "The API keys differ ({key}, then {new_key}): that both are of one workspace is not told by the API."
            ));
        }
        if texts == Texts::Ignored {
            notes.push(
                "Names and further fields are not compared: the reports do not share one key of pseudonyms.".to_owned(),
            );
        }
        notes
    }
}

/// A change in words: the field, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeWords {
    /// The register's column, or `further fields`.
    pub field: &'static str,
    /// `12 -> 13`; of further fields the names of those that differ, since their values can be pages long.
    pub change: String,
}

impl ChangeWords {
    fn new(field: &'static str, from: impl std::fmt::Display, to: impl std::fmt::Display) -> Self {
        Self { field, change: format!("{from} -> {to}") }
    }

    fn figures(field: &'static str, step: &Step<Option<u64>>) -> Self {
        Self::new(field, figure(step.from), figure(step.to))
    }

    fn texts(field: &'static str, step: &Step<Option<Box<str>>>) -> Self {
        let words = |text: &Option<Box<str>>| {
            text.as_deref().map_or_else(|| NOT_REPORTED.to_owned(), |text| format!("`{text}`"))
        };
        Self::new(field, words(&step.from), words(&step.to))
    }

    fn further(step: &Step<Option<Box<str>>>) -> Self {
        // What is no object has no fields to name; a report holds objects only.
        let fields = |text: &Option<Box<str>>| -> BTreeMap<String, Value> {
            text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
        };
        let (from, to) = (fields(&step.from), fields(&step.to));
        let names: BTreeSet<&String> =
            from.keys().chain(to.keys()).filter(|name| from.get(*name) != to.get(*name)).collect();
        let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
        Self { field: "further fields", change: format!("other values of {}", names.join(", ")) }
    }
}

impl From<&FieldChange> for ChangeWords {
    fn from(change: &FieldChange) -> Self {
        match change {
            FieldChange::Name(step) => Self::texts("name", step),
            FieldChange::Status(step) => Self::new("status", &step.from, &step.to),
            FieldChange::CreatedAt { from, to } => Self::new("created_at", rfc3339(*from), rfc3339(*to)),
            FieldChange::TotalCalls(step) => Self::figures("total_calls", step),
            FieldChange::CompletedCalls(step) => Self::figures("completed_calls", step),
            FieldChange::FailedCalls(step) => Self::figures("failed_calls", step),
            FieldChange::AgentId(step) => Self::texts("agent_id", step),
            FieldChange::ApiForm(step) => Self::new("api_form", step.from, step.to),
            FieldChange::Extra(step) => Self::further(step),
        }
    }
}

/// A difference between two sums, with its sign: `+12`, `-3`, `0`; [`NOT_REPORTED`] has none, so `-` stands there.
pub fn adjustment(difference: Option<i64>) -> String {
    match difference {
        None => "-".to_owned(),
        Some(0) => "0".to_owned(),
        Some(number) => format!("{}{}", if number < 0 { '-' } else { '+' }, grouped(number.unsigned_abs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn apart(old: &AuditReport, new: &AuditReport) -> &'static str {
        match new.compared_with(old) {
            Err(CompareError::Apart { what, .. }) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_reports_over_one_source_and_one_period_are_compared() {
        let old = fixture::report(20, Standing::Complete);
        let mut other = old.clone();
        other.scope.endpoint = "https://eu.dialnexa.com/v1/batch-calls".to_owned();
        assert_eq!(apart(&old, &other), "source");
        let mut other = old.clone();
        other.scope.workspace = Some("Somebody else".to_owned());
        assert_eq!(apart(&old, &other), "workspace");
        let mut other = old.clone();
        other.period.start += chrono::TimeDelta::minutes(30);
        assert_eq!(apart(&old, &other), "period");
        let mut sample = old.clone();
        sample.scope.sample = true;
        assert_eq!(apart(&old, &sample), "source");
    }

    #[test]
    fn another_name_of_the_period_another_port_and_an_unnamed_workspace_do_not_matter() {
        let mut old = fixture::report(20, Standing::Complete);
        old.scope.sample = true;
        let mut new = old.clone();
        new.period.label = "FY2024-Q4".to_owned();
        new.scope.endpoint = "http://127.0.0.1:9/v1/batch-calls".to_owned();
        new.scope.workspace = None;
        let comparison = new.compared_with(&old).unwrap();
        assert!(comparison.restatement.is_empty() && comparison.notes.is_empty(), "{comparison:?}");
    }

    #[test]
    fn what_a_reader_must_know_is_noted() {
        let mut old = fixture::report(20, Standing::Provisional);
        let mut new = fixture::report(20, Standing::Draft);
        let as_of = old.period.as_of.unwrap();
        old.register.pop();
        new.register.last_mut().unwrap().created_at = as_of;
        new.scope.key_fingerprint = "ffffffffffff".to_owned();
        new.pseudonyms = Some(crate::pseudonym::Pseudonyms { key_id: "0123456789ab".to_owned() });
        new.register.iter_mut().for_each(|batch| batch.name = Some("pseudonym-1".into()));
        let comparison = new.compared_with(&old).unwrap();
        assert!(comparison.restatement.changed.is_empty(), "{:?}", comparison.restatement.changed);
        let notes = comparison.notes.join("\n");
        for words in ["goes up to 2024-03-31T12:00", "1 were created", "is a draft", "keys differ", "not compared"] {
            assert!(notes.contains(words), "{words}: {notes}");
        }
    }

    #[test]
    fn of_further_fields_the_names_are_told_that_differ() {
        let step = Step { from: Some(r#"{"a":1,"b":2}"#.into()), to: Some(r#"{"b":3,"c":null,"a":1}"#.into()) };
        let words = ChangeWords::from(&FieldChange::Extra(step));
        assert_eq!((words.field, &*words.change), ("further fields", "other values of b, c"));
        let words = ChangeWords::from(&FieldChange::FailedCalls(Step { from: None, to: Some(0) }));
        assert_eq!((words.field, &*words.change), ("failed_calls", "not reported -> 0"));
    }

    #[test]
    fn an_adjustment_has_a_sign_unless_there_is_none() {
        let words = [Some(1_200), Some(-3), Some(0), None, Some(i64::MIN)].map(adjustment);
        assert_eq!(words[..4], ["+1\u{2009}200", "-3", "0", "-"]);
        assert!(words[4].starts_with("-9\u{2009}223"));
    }
}
