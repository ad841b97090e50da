//! A restatement as text of 80 columns: totals, then the batches concerned, then one bottom line.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthChar;

use crate::batch::{Batch, rfc3339};
use crate::cli::earlier::Earlier;
use crate::cli::output::shown;
use crate::report::{ChangeWords, Comparison, adjustment, figure, grouped};
use crate::restatement::{Changed, FieldChange, RestatedSums, RestatedTotals, Restatement};

/// The columns of a line; no line is longer, unless figures beyond 10^15 make it so.
const COLUMNS: usize = 80;

/// Everything that `diff` tells, line by line.
pub fn lines(old: &Earlier, new: &Earlier, comparison: &Comparison) -> Vec<String> {
    let mut lines = wrapped(0, 2, &format!("Restatement of {}", shown(&new.report.period.label)));
    for (name, side) in [("old", old), ("new", new)] {
        let path = shown(&side.path);
        let (mark, at) = (side.report.mark(), rfc3339(side.report.provenance.ended));
        lines.extend(wrapped(2, 7, &format!("{name}  {path} ({mark}, read {at})")));
    }
    lines.extend(comparison.notes.iter().flat_map(|note| wrapped(2, 8, &format!("note  {}", shown(note)))));
    let restatement = &comparison.restatement;
    if !restatement.is_empty() {
        lines.extend(totals(&restatement.totals));
        lines.extend(batches("Added", &restatement.added));
        lines.extend(batches("Vanished", &restatement.vanished));
        lines.extend(changes("Recounted", &restatement.recounted));
        lines.extend(changes("Changed", &without_forms(&restatement.changed)));
        lines.extend(forms(&restatement.changed));
        lines.push(String::new());
    }
    lines.extend(wrapped(0, 2, &bottom_line(restatement)));
    lines
}

/// How much of what differs, in one line.
fn bottom_line(restatement: &Restatement) -> String {
    if restatement.is_empty() {
        return "UNCHANGED: the same batches with the same figures".to_owned();
    }
    let count = |count: usize| grouped(count as u64);
    format!(
        "RESTATED: {} batches added, {} vanished, {} recounted, {} otherwise changed",
        count(restatement.added.len()),
        count(restatement.vanished.len()),
        count(restatement.recounted.len()),
        count(restatement.changed.len())
    )
}

/// The sums of all, and of each status the lines that moved.
fn totals(totals: &RestatedTotals) -> Vec<String> {
    let mut lines = vec![String::new(), row("Totals", ["before", "adjustment", "after"].map(str::to_owned))];
    let mut unchanged = Vec::new();
    for entry in &totals.by_status {
        let status = shown(entry.status.as_str());
        if entry.sums.before == entry.sums.after {
            unchanged.push(status);
            continue;
        }
        lines.extend(wrapped(2, 4, &status));
        let moved = figures(&entry.sums).into_iter().filter(|(_, [before, _, after])| before != after);
        lines.extend(moved.map(|(label, words)| row(&format!("    {label}"), words)));
    }
    if !unchanged.is_empty() {
        lines.extend(wrapped(2, 4, &format!("unchanged: {}", unchanged.join(", "))));
    }
    lines.push("  TOTAL".to_owned());
    lines.extend(figures(&totals.all).into_iter().map(|(label, words)| row(&format!("    {label}"), words)));
    lines
}

fn row(label: &str, [before, adjustment, after]: [String; 3]) -> String {
    format!("{label:<26}{before:>18}{adjustment:>18}{after:>18}")
}

fn figures(sums: &RestatedSums) -> [(&'static str, [String; 3]); 6] {
    let RestatedSums { before: b, adjustment: d, after: a } = sums;
    let words = |before, difference, after| [figure(before), adjustment(difference), figure(after)];
    [
        ("batches", words(Some(b.batches), Some(d.batches), Some(a.batches))),
        ("total calls", words(b.total_calls, d.total_calls, a.total_calls)),
        ("completed calls", words(b.completed_calls, d.completed_calls, a.completed_calls)),
        ("failed calls", words(b.failed_calls, d.failed_calls, a.failed_calls)),
        ("other calls", words(b.other_calls, d.other_calls, a.other_calls)),
        ("lacking a figure", words(Some(b.not_reported), Some(d.not_reported), Some(a.not_reported))),
    ]
}

fn heading(title: &str, count: usize) -> [String; 2] {
    [String::new(), format!("{title} ({})", grouped(count as u64))]
}

fn batches(title: &str, batches: &[Batch]) -> Vec<String> {
    if batches.is_empty() {
        return Vec::new();
    }
    let mut lines = Vec::from(heading(title, batches.len()));
    for batch in batches {
        lines.extend(wrapped(2, 6, &shown(&batch.id)));
        let named = batch.name.as_deref().map_or_else(String::new, |name| format!(" `{}`", shown(name)));
        let created = rfc3339(batch.created_at);
        lines.extend(wrapped(4, 6, &format!("{} {created}{named}", shown(batch.status.as_str()))));
        let [total, completed, failed] = [batch.total_calls, batch.completed_calls, batch.failed_calls].map(figure);
        lines.extend(wrapped(4, 6, &format!("calls: {total} total, {completed} completed, {failed} failed")));
    }
    lines
}

fn changes(title: &str, changed: &[Changed]) -> Vec<String> {
    if changed.is_empty() {
        return Vec::new();
    }
    let mut lines = Vec::from(heading(title, changed.len()));
    for entry in changed {
        lines.extend(wrapped(2, 6, &shown(&entry.batch_id)));
        for change in &entry.changes {
            let ChangeWords { field, change } = change.into();
            lines.extend(wrapped(4, 6, &format!("{field}: {}", shown(&change))));
        }
    }
    lines
}

/// The form in which the API answered changes for every batch alike; one line tells it, so that nothing drowns in it.
fn forms(changed: &[Changed]) -> Vec<String> {
    let mut counts: BTreeMap<[&str; 2], usize> = BTreeMap::new();
    for change in changed.iter().flat_map(|entry| &entry.changes) {
        if let FieldChange::ApiForm(step) = change {
            *counts.entry([step.from.as_str(), step.to.as_str()]).or_default() += 1;
        }
    }
    if counts.is_empty() {
        return Vec::new();
    }
    let mut lines = Vec::from(heading("Read in another form of the API's answer", counts.values().sum()));
    let told = counts.iter().map(|([from, to], count)| format!("  {from} -> {to}: {} batches", grouped(*count as u64)));
    lines.extend(told);
    lines
}

fn without_forms(changed: &[Changed]) -> Vec<Changed> {
    let rest = changed.iter().map(|entry| {
        let changes = entry.changes.iter().filter(|change| !matches!(change, FieldChange::ApiForm(_)));
        Changed { batch_id: entry.batch_id.clone(), changes: changes.cloned().collect() }
    });
    rest.filter(|entry| !entry.changes.is_empty()).collect()
}

/// `text` broken between words, and where a word is longer than a line inside it; the first line is indented by `first`
/// columns, the others by `next`.
fn wrapped(first: usize, next: usize, text: &str) -> Vec<String> {
    let width = |text: &str| text.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>();
    let mut lines = Vec::new();
    let (mut line, mut used) = (" ".repeat(first), first);
    let mut begun = false;
    for word in text.split(' ') {
        if begun && used + 1 + width(word) <= COLUMNS {
            line.push(' ');
            used += 1;
        } else if begun {
            lines.push(std::mem::replace(&mut line, " ".repeat(next)));
            used = next;
        }
        begun = true;
        for c in word.chars() {
            let columns = c.width().unwrap_or(0);
            if used + columns > COLUMNS {
                lines.push(std::mem::replace(&mut line, " ".repeat(next)));
                used = next;
            }
            line.push(c);
            used += columns;
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::{AuditReport, Standing, fixture};

    fn earlier(report: AuditReport) -> Earlier {
        Earlier { path: "some/folder".to_owned(), report, sha256: String::new(), manifest_sha256: None }
    }

    fn told(old: AuditReport, new: AuditReport) -> Vec<String> {
        let comparison = new.compared_with(&old).unwrap();
        lines(&earlier(old), &earlier(new), &comparison)
    }

    #[test]
    fn everything_that_differs_is_told_in_80_columns() {
        let (old, mut new) = (fixture::report(60, Standing::Complete), fixture::report(61, Standing::Complete));
        new.register.remove(5);
        new.register[7].failed_calls = None;
        new.register[8].name = Some(fixture::NAMES[15].into());
        for batch in &mut new.register {
            batch.form = crate::batch::ApiForm::Calls;
        }
        let lines = told(old, new);
        let width = |line: &String| line.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>();
        assert!(lines.iter().all(|line| width(line) <= COLUMNS), "{lines:#?}");
        let text = lines.join("\n");
        for words in ["Added (", "Vanished (1)", "Recounted (", "Changed (", "leads -> calls: ", "RESTATED: ", "TOTAL"]
        {
            assert!(text.contains(words), "{words}: {text}");
        }
    }

    #[test]
    fn the_same_report_is_unchanged() {
        let report = fixture::report(20, Standing::Complete);
        let lines = told(report.clone(), report);
        assert_eq!(lines.last().unwrap(), "UNCHANGED: the same batches with the same figures");
    }

    proptest! {
        #[test]
        fn wrapping_keeps_every_letter_and_the_width(text in "[a-z\u{4e00}\u{301} ]{0,400}") {
            let lines = wrapped(2, 6, &text);
            for line in &lines {
                prop_assert!(line.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>() <= COLUMNS);
            }
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
