//! The report as a Markdown block for the text of a ticket: verdict, period, totals, files and how to check them.

use std::fmt::Write;
use std::io;

use crate::findings::Severity;
use crate::report::{AuditReport, Fact};
use crate::totals::{Sums, TOTALS_WORDS};

/// A file of the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File<'a> {
    /// Its name in the package.
    pub name: &'a str,
    /// Its SHA-256 in hex.
    pub sha256: &'a str,
}

/// What the block names beside the report.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// The files of the package.
    pub files: &'a [File<'a>],
}

/// Writes the block. It ends in a line feed; texts from outside stand in code spans, so that nothing in them is markup, a
/// link or a mention.
///
/// # Errors
/// Where `out` takes no more.
pub fn write(report: &AuditReport, options: &Options<'_>, mut out: impl io::Write) -> io::Result<()> {
    let mut text = format!("## {}: {}\n\n{}\n\n", report.title(), report.mark(), report.verdict());
    let _ = write!(text, "**Figures:** {}.\n\n", report.figures_mark());
    if report.scope.sample {
        text.push_str("**Made-up data** from the sample API that is built into the program.\n\n");
    }
    // Writing to a String cannot fail, here and below.
    if let Some(pseudonyms) = &report.pseudonyms {
        let _ = write!(text, "{}\n\n", pseudonyms.note());
    }
    if let Some(old) = &report.supersedes {
        let _ = write!(text, "{}\n\n", old.note(report.grouping()));
    }
    text.push_str("| | |\n| --- | --- |\n");
    let workspace = report.scope_facts().into_iter().take(1);
    report.period_facts().into_iter().chain(workspace).for_each(|Fact { label, value }| {
        row(&mut text, &[label.to_owned(), code(&value)]);
    });
    totals(&mut text, report);
    findings(&mut text, report);
    how_to_verify(&mut text, report, options.files);
    out.write_all(text.as_bytes())
}

fn row(text: &mut String, cells: &[String]) {
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn totals(text: &mut String, report: &AuditReport) {
    let _ = writeln!(text, "\n| Status | {} |", TOTALS_WORDS.join(" | "));
    let _ = writeln!(text, "| --- |{}", " ---: |".repeat(TOTALS_WORDS.len()));
    let cells = |status: String, sums: &Sums| {
        [status].into_iter().chain(sums.row().map(|figure| report.figure(figure))).collect::<Vec<_>>()
    };
    for entry in &report.totals.by_status {
        row(text, &cells(code(entry.status.as_str()), &entry.sums));
    }
    row(text, &cells("**TOTAL**".to_owned(), &report.totals.all));
    let _ = writeln!(text, "\n{}", report.totals.all.footing(report.grouping()));
    if report.call_logs.as_ref().is_some_and(|logs| !logs.batches.is_empty()) {
        text.push('\n');
        report.figure_facts().into_iter().for_each(|Fact { label, value }| {
            let _ = writeln!(text, "- {label}: {value}");
        });
    }
}

fn findings(text: &mut String, report: &AuditReport) {
    let counts = report.findings_by_severity();
    let counts: Vec<_> = counts.iter().map(|(severity, count)| format!("{count} {}", severity.as_str())).collect();
    let counts = if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
    let _ = writeln!(text, "\nFindings: {counts}. {}", report.scope_sentence());
    let high: Vec<_> = report.findings.iter().filter(|finding| finding.severity == Severity::High).collect();
    if !high.is_empty() {
        text.push_str("\nHigh findings, to be cleared up before the figures are used:\n\n");
    }
    for finding in high {
        let named: Vec<_> = finding.concerns.iter().take(5).map(|concern| code(&concern.batch_id)).collect();
        let more = finding.concerns.len().saturating_sub(named.len());
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let _ = writeln!(text, "- {}: {}{more}", finding.title, named.join(", "));
    }
}

fn how_to_verify(text: &mut String, report: &AuditReport, files: &[File<'_>]) {
    if !files.is_empty() {
        text.push_str("\n| File | SHA-256 |\n| --- | --- |\n");
        files.iter().for_each(|file| row(text, &[code(file.name), code(file.sha256)]));
    }
    let _ = writeln!(text, "\nTo verify: `dialnexa-audit verify {}`; for a single file `sha256sum`.", report.stem());
}

/// A text as a code span in a table's cell.
fn code(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.replace('|', "\\|");
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    if line.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let fence = "`".repeat(longest + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{line}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Status;
    use crate::render::bytes;
    use crate::report::{Standing, fixture};

    fn ticket(report: &AuditReport, files: &[File<'_>]) -> String {
        String::from_utf8(bytes(|out| write(report, &Options { files }, out)).unwrap()).unwrap()
    }

    #[test]
    fn a_ticket_tells_verdict_period_totals_and_how_to_verify() {
        let report = fixture::report(40, Standing::Draft);
        let text = ticket(&report, &[File { name: "batch-audit-2024-Q1.csv", sha256: "ab12" }]);
        for part in [
            "## Batch call audit 2024-Q1: DRAFT - COMPLETENESS NOT ESTABLISHED\n",
            "| From and to | `1 Jan 2024 00:00 to 31 Mar 2024 24:00, Asia/Kolkata` |",
            "| Workspace | `Acme Collections` |",
            "| `batch-audit-2024-Q1.csv` | `ab12` |",
            "`dialnexa-audit verify batch-audit-2024-Q1`",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let all = &report.totals.all;
        let total = format!("| **TOTAL** | 40 | {} |", report.grouped(all.total_calls.unwrap()));
        assert!(text.contains(&total), "{total}\n{text}");
    }

    #[test]
    fn a_text_from_outside_stays_in_its_code_span() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("``"), "``` `` ```");
        assert_eq!(code("a|b\nc"), "`a\\|b c`");
        let mut report = fixture::report(1, Standing::Complete);
        report.totals.by_status[0].status = Status::new("@all ![x](http://example.com)\n# h");
        assert!(ticket(&report, &[]).contains("\n| `@all ![x](http://example.com) # h` | 1 |"));
    }
}
