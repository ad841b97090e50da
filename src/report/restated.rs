//! A restatement in words: the lines that every format and the command line show.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Grouping, NOT_REPORTED};
use crate::batch::{Batch, Column, rfc3339};
use crate::restatement::{Changed, FieldChange, RestatedSums, RestatedTotals, Restatement, Step};

/// A sum before, its adjustment, and the sum after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumsLine {
    /// The status, or `TOTAL`.
    pub status: String,
    /// What is summed.
    pub figure: &'static str,
    /// Before, adjustment, after.
    pub cells: [String; 3],
}

/// A batch and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchLine {
    /// The batch.
    pub batch_id: Box<str>,
    /// `added`, `vanished`, `recounted` or `changed`.
    pub what: &'static str,
    /// Its values, or what changed.
    pub words: String,
}

impl RestatedSums {
    /// A line for every sum that moved; for every sum where `all` is set.
    pub fn lines(&self, status: &str, all: bool, grouping: Grouping) -> Vec<SumsLine> {
        let Self { before: b, adjustment: d, after: a } = self;
        let figures = [
            ("batches", Some(b.batches), Some(d.batches), Some(a.batches)),
            ("total calls", b.total_calls, d.total_calls, a.total_calls),
            ("completed calls", b.completed_calls, d.completed_calls, a.completed_calls),
            ("failed calls", b.failed_calls, d.failed_calls, a.failed_calls),
            ("other calls", b.other_calls, d.other_calls, a.other_calls),
            ("figure not reported", Some(b.not_reported), Some(d.not_reported), Some(a.not_reported)),
            ("without a total", Some(b.without_total), Some(d.without_total), Some(a.without_total)),
            ("above the total", Some(b.above_total), Some(d.above_total), Some(a.above_total)),
            ("unallocated", Some(b.unallocated), Some(d.unallocated), Some(a.unallocated)),
        ];
        let shown = figures.into_iter().filter(|(_, before, _, after)| all || before != after);
        let line = |(name, before, difference, after)| SumsLine {
            status: status.to_owned(),
            figure: name,
            cells: [grouping.figure(before), adjustment(difference, grouping), grouping.figure(after)],
        };
        shown.map(line).collect()
    }
}

impl RestatedTotals {
    /// The sums of each status that moved, then every sum over all batches.
    pub fn lines(&self, grouping: Grouping) -> Vec<SumsLine> {
        let by_status = self.by_status.iter();
        let moved = by_status.flat_map(|entry| entry.sums.lines(entry.status.as_str(), false, grouping));
        moved.chain(self.all.lines("TOTAL", true, grouping)).collect()
    }
}

impl Restatement {
    /// A line for every batch added or vanished and for every change of one, but for those of [`Self::forms_lines`].
    pub fn batch_lines(&self, grouping: Grouping) -> Vec<BatchLine> {
        let whole =
            |what| move |batch: &Batch| BatchLine { batch_id: batch.id.clone(), what, words: values(batch, grouping) };
        let mut lines: Vec<BatchLine> = self.added.iter().map(whole("added")).collect();
        lines.extend(self.vanished.iter().map(whole("vanished")));
        for (what, entries) in [("recounted", &self.recounted), ("changed", &self.changed)] {
            for Changed { batch_id, changes } in entries {
                let reported = changes.iter().filter(|change| !matches!(change, FieldChange::ApiForm(_)));
                lines.extend(reported.map(|change| {
                    let ChangeWords { field, change } = ChangeWords::of(change, grouping);
                    BatchLine { batch_id: batch_id.clone(), what, words: format!("{field}: {change}") }
                }));
            }
        }
        lines
    }

    /// The form in which the API answered changes for every batch alike: `v1 -> leads: 163 batches` reports it, so that
    /// nothing drowns in it.
    pub fn forms_lines(&self, grouping: Grouping) -> Vec<String> {
        let mut counts: BTreeMap<[&str; 2], u64> = BTreeMap::new();
        for change in self.changed.iter().flat_map(|entry| &entry.changes) {
            if let FieldChange::ApiForm(step) = change {
                *counts.entry([step.from.as_str(), step.to.as_str()]).or_default() += 1;
            }
        }
        counts.iter().map(|([from, to], count)| format!("{from} -> {to}: {}", grouping.batches(*count))).collect()
    }

    /// How much of what differs: `1 batch added, 0 vanished, 3 recounted, 0 otherwise changed`.
    pub fn counts(&self, grouping: Grouping) -> String {
        let (added, vanished) =
            (grouping.batches(self.added.len() as u64), grouping.grouped(self.vanished.len() as u64));
        let [recounted, changed] =
            [&self.recounted, &self.changed].map(|entries| grouping.grouped(entries.len() as u64));
        format!("{added} added, {vanished} vanished, {recounted} recounted, {changed} otherwise changed")
    }
}

/// A batch's values in one line.
fn values(batch: &Batch, grouping: Grouping) -> String {
    let [total, completed, failed] = Column::figures(batch).map(|figure| grouping.figure(figure));
    let named = batch.name.as_deref().map_or_else(String::new, |name| format!(", `{name}`"));
    let created = rfc3339(batch.created_at);
    format!("{}, {created}, calls: {total} total, {completed} completed, {failed} failed{named}", batch.status)
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
    /// `change` in words.
    pub fn of(change: &FieldChange, grouping: Grouping) -> Self {
        match change {
            FieldChange::Name(step) => Self::texts("name", step),
            FieldChange::Status(step) => Self::new("status", &step.from, &step.to),
            FieldChange::CreatedAt { from, to } => Self::new("created_at", rfc3339(*from), rfc3339(*to)),
            FieldChange::TotalCalls(step) => Self::figures("total_calls", step, grouping),
            FieldChange::CompletedCalls(step) => Self::figures("completed_calls", step, grouping),
            FieldChange::FailedCalls(step) => Self::figures("failed_calls", step, grouping),
            FieldChange::AgentId(step) => Self::texts("agent_id", step),
            FieldChange::ApiForm(step) => Self::new("api_form", step.from, step.to),
            FieldChange::Extra(step) => Self::further(step),
        }
    }

    fn new(field: &'static str, from: impl std::fmt::Display, to: impl std::fmt::Display) -> Self {
        Self { field, change: format!("{from} -> {to}") }
    }

    fn figures(field: &'static str, step: &Step<Option<u64>>, grouping: Grouping) -> Self {
        Self::new(field, grouping.figure(step.from), grouping.figure(step.to))
    }

    fn texts<T: AsRef<str>>(field: &'static str, step: &Step<Option<T>>) -> Self {
        let words = |text: &Option<T>| {
            text.as_ref().map_or_else(|| NOT_REPORTED.to_owned(), |text| format!("`{}`", text.as_ref()))
        };
        Self::new(field, words(&step.from), words(&step.to))
    }

    fn further(step: &Step<Option<Box<str>>>) -> Self {
        let fields = |text: &Option<Box<str>>| -> Option<BTreeMap<String, Value>> {
            text.as_deref().map_or_else(|| Some(BTreeMap::new()), |text| serde_json::from_str(text).ok())
        };
        let (Some(from), Some(to)) = (fields(&step.from), fields(&step.to)) else {
            // The file of an older report may hold anything; what is no object has no fields to name.
            return Self { field: "further fields", change: "other values, not all of them in an object".to_owned() };
        };
        let names: BTreeSet<&String> =
            from.keys().chain(to.keys()).filter(|name| from.get(*name) != to.get(*name)).collect();
        let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
        Self { field: "further fields", change: format!("other values of {}", names.join(", ")) }
    }
}

/// A difference between two sums, with its sign: `+12`, `-3`, `0`; [`NOT_REPORTED`] has none, so `-` is there.
fn adjustment(difference: Option<i64>, grouping: Grouping) -> String {
    match difference {
        None => "-".to_owned(),
        Some(0) => "0".to_owned(),
        Some(number) => format!("{}{}", if number < 0 { '-' } else { '+' }, grouping.grouped(number.unsigned_abs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_further_fields_the_names_are_reported_that_differ() {
        let step = Step { from: Some(r#"{"a":1,"b":2}"#.into()), to: Some(r#"{"b":3,"c":null,"a":1}"#.into()) };
        let words = ChangeWords::of(&FieldChange::Extra(step), Grouping::Comma);
        assert_eq!((words.field, &*words.change), ("further fields", "other values of b, c"));
        let words = ChangeWords::of(&FieldChange::FailedCalls(Step { from: None, to: Some(0) }), Grouping::Comma);
        assert_eq!((words.field, &*words.change), ("failed_calls", "not reported -> 0"));
    }

    #[test]
    fn an_adjustment_has_a_sign_unless_there_is_none() {
        let words =
            [Some(1_200), Some(-3), Some(0), None, Some(i64::MIN)].map(|number| adjustment(number, Grouping::Comma));
        assert_eq!(words[..4], ["+1,200", "-3", "0", "-"]);
        assert!(words[4].starts_with("-9,223"));
    }
}
