//! A restatement as text of 80 columns: totals, then the batches concerned, then one bottom line.

use crate::batch::rfc3339;
use crate::cli::columns::wrapped;
use crate::cli::output::shown;
use crate::report::{BatchLine, Comparison, Grouping, SumsLine};
use crate::restatement::{RestatedTotals, Restatement};
use crate::run::earlier::Earlier;

/// Everything that `diff` reports, line by line.
pub fn lines(old: &Earlier, new: &Earlier, comparison: &Comparison) -> Vec<String> {
    let mut lines = wrapped(0, 2, &format!("Restatement of {}", shown(&new.report.period.label)));
    for (name, side) in [("old", old), ("new", new)] {
        let path = shown(&side.path);
        let (mark, at) = (side.report.mark(), rfc3339(side.report.provenance.ended));
        lines.extend(wrapped(2, 7, &format!("{name}  {path} ({mark}, read {at})")));
        let signed = side.sign_offs.iter().flat_map(|sign_off| wrapped(7, 9, &shown(&sign_off.reason())));
        lines.extend(signed);
    }
    lines.extend(comparison.notes.iter().flat_map(|note| wrapped(2, 8, &format!("note  {}", shown(note)))));
    let (restatement, grouping) = (&comparison.restatement, new.report.grouping());
    if !restatement.is_empty() {
        lines.extend(totals(&restatement.totals, grouping));
        lines.extend(batches(restatement, grouping));
        lines.extend(forms(restatement, grouping));
        lines.push(String::new());
    }
    lines.extend(wrapped(0, 2, &bottom_line(restatement, grouping)));
    lines
}

/// How much of what differs, in one line.
fn bottom_line(restatement: &Restatement, grouping: Grouping) -> String {
    if restatement.is_empty() {
        return "UNCHANGED: the same batches with the same figures".to_owned();
    }
    format!("RESTATED: {}", restatement.counts(grouping))
}

/// The sums of all, and of each status the lines that moved.
fn totals(totals: &RestatedTotals, grouping: Grouping) -> Vec<String> {
    let mut lines = vec![String::new(), row("Totals", ["before", "adjustment", "after"].map(str::to_owned))];
    let mut unchanged = Vec::new();
    for entry in &totals.by_status {
        let status = shown(entry.status.as_str());
        if entry.sums.before == entry.sums.after {
            unchanged.push(status);
            continue;
        }
        lines.extend(wrapped(2, 4, &status));
        lines.extend(entry.sums.lines("", false, grouping).into_iter().map(sums_row));
    }
    if !unchanged.is_empty() {
        lines.extend(wrapped(2, 4, &format!("unchanged: {}", unchanged.join(", "))));
    }
    lines.push("  TOTAL".to_owned());
    lines.extend(totals.all.lines("", true, grouping).into_iter().map(sums_row));
    lines
}

fn row(label: &str, [before, adjustment, after]: [String; 3]) -> String {
    format!("{label:<26}{before:>18}{adjustment:>18}{after:>18}")
}

fn sums_row(line: SumsLine) -> String {
    row(&format!("    {}", line.figure), line.cells)
}

fn heading(title: &str, count: String) -> [String; 2] {
    [String::new(), format!("{title} ({count})")]
}

/// The batches by what became of them, each named once above what is reported of it.
fn batches(restatement: &Restatement, grouping: Grouping) -> Vec<String> {
    let reported = restatement.batch_lines(grouping);
    let mut lines = Vec::new();
    for what in reported.chunk_by(|one, next| one.what == next.what) {
        let each: Vec<&[BatchLine]> = what.chunk_by(|one, next| one.batch_id == next.batch_id).collect();
        let count = grouping.grouped(each.len() as u64);
        lines.extend(what.first().map(|first| heading(title(first.what), count)).into_iter().flatten());
        for batch in each {
            lines.extend(batch.first().map(|first| wrapped(2, 6, &shown(&first.batch_id))).into_iter().flatten());
            lines.extend(batch.iter().flat_map(|line| wrapped(4, 6, &shown(&line.words))));
        }
    }
    lines
}

fn title(what: &str) -> &str {
    match what {
        "added" => "Added",
        "vanished" => "Vanished",
        "recounted" => "Recounted",
        _ => "Changed",
    }
}

fn forms(restatement: &Restatement, grouping: Grouping) -> Vec<String> {
    let reported = restatement.forms_lines(grouping);
    if reported.is_empty() {
        return Vec::new();
    }
    let heading = ["", "Read in another form of the API's answer"].map(str::to_owned);
    heading.into_iter().chain(reported.iter().map(|line| format!("  {line}"))).collect()
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthChar;

    use super::*;
    use crate::cli::columns::COLUMNS;
    use crate::report::{AuditReport, Standing, fixture};

    fn earlier(report: AuditReport) -> Earlier {
        let (path, sign_offs) = ("some/folder".to_owned(), Vec::new());
        Earlier { path, report, sha256: String::new(), manifest_sha256: None, sign_offs }
    }

    fn reported(old: AuditReport, new: AuditReport) -> Vec<String> {
        let comparison = new.compared_with(&old).unwrap();
        lines(&earlier(old), &earlier(new), &comparison)
    }

    #[test]
    fn everything_that_differs_is_reported_in_80_columns() {
        let (old, mut new) = (fixture::report(60, Standing::Complete), fixture::report(61, Standing::Complete));
        new.register.remove(5);
        new.register[7].failed_calls = None;
        new.register[8].name = Some(fixture::NAMES[15].into());
        for batch in &mut new.register {
            batch.form = crate::batch::ApiForm::Calls;
        }
        let lines = reported(old, new);
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
        let lines = reported(report.clone(), report);
        assert_eq!(lines.last().unwrap(), "UNCHANGED: the same batches with the same figures");
    }
}
