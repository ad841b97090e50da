//! The report as a block for the text of a ticket: verdict, period, totals, high findings, files and how to check them. What it says is
//! decided here once; `markup` writes it as Markdown, in Jira's notation, as HTML or as plain text.

use std::io;

use crate::findings::Severity;
use crate::render::Out;
use crate::report::{AuditReport, Fact, MIXED_UNITS};
use crate::totals::Sums;

mod markup;

/// How the block is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notation {
    /// Markdown, as GitHub, GitLab and Linear read it.
    #[default]
    Markdown,
    /// The notation of Jira's text fields.
    Jira,
    /// HTML without a style, as ServiceNow and Zendesk take it.
    Html,
    /// Text for a field that knows no notation.
    Plain,
}

/// A file of the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File<'a> {
    /// Its name in the package.
    pub name: &'a str,
    /// Its SHA-256 in hex.
    pub sha256: &'a str,
}

/// What the block names beside the report, and how it is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// The files of the package.
    pub files: &'a [File<'a>],
    /// How it is written.
    pub notation: Notation,
}

/// A piece of a line.
enum Span {
    /// Words of the program.
    Words(String),
    /// The same, to be noticed.
    Strong(String),
    /// A text from outside, or one to be copied: nothing in it is markup, a link or a mention.
    Code(String),
}

/// A part of the block.
enum Part {
    Heading(Vec<Span>),
    Paragraph(Vec<Span>),
    /// Its head, whether the columns behind the first hold figures, and its rows.
    Table(Vec<String>, bool, Vec<Vec<Span>>),
    List(Vec<Vec<Span>>),
}

fn words(text: impl Into<String>) -> Span {
    Span::Words(text.into())
}

fn code(text: &str) -> Span {
    Span::Code(text.to_owned())
}

/// Writes the block. It ends in a line feed.
///
/// # Errors
/// Where `out` takes no more.
pub fn write(report: &AuditReport, options: &Options<'_>, out: &mut Out<'_>) -> io::Result<()> {
    let mut parts = vec![
        Part::Heading(vec![words(format!("{}: {}", report.title(), report.mark()))]),
        Part::Paragraph(vec![words(report.verdict())]),
        Part::Paragraph(vec![Span::Strong("Figures:".to_owned()), words(format!(" {}.", report.figures_mark()))]),
    ];
    if report.scope.sample {
        let rest = words(" from the sample API that is built into the program.");
        parts.push(Part::Paragraph(vec![Span::Strong("Made-up data".to_owned()), rest]));
    }
    let notes = report.pseudonyms.iter().map(|pseudonyms| pseudonyms.note());
    let notes = notes.chain(report.supersedes.iter().map(|old| old.note(report.grouping())));
    parts.extend(notes.map(|note| Part::Paragraph(vec![words(note)])));
    let facts = report.period_facts().into_iter().chain(report.scope_facts().into_iter().take(1));
    let rows = facts.map(|Fact { label, value }| vec![words(label), code(&value)]).collect();
    parts.push(Part::Table(vec![String::new(), String::new()], false, rows));
    totals(&mut parts, report);
    findings(&mut parts, report);
    how_to_verify(&mut parts, report, options.files);
    out.write_all(markup::text(&parts, options.notation).as_bytes())
}

fn totals(parts: &mut Vec<Part>, report: &AuditReport) {
    let head = ["Status"].into_iter().chain(report.totals_words()).map(str::to_owned).collect();
    let row = |status: Span, sums: &Sums| -> Vec<Span> {
        [status].into_iter().chain(sums.row().map(|figure| words(report.figure(figure)))).collect()
    };
    let rows = report.totals.by_status.iter().map(|entry| row(code(entry.status.as_str()), &entry.sums));
    let total = row(Span::Strong("TOTAL".to_owned()), &report.totals.all);
    parts.push(Part::Table(head, true, rows.chain([total]).collect()));
    parts.push(Part::Paragraph(vec![words(report.footing())]));
    parts.extend(report.unit_notes().into_iter().map(|note| Part::Paragraph(vec![words(note)])));
    if report.call_logs.as_ref().is_some_and(|logs| !logs.batches.is_empty()) {
        // The units are stated above.
        let facts = report.figure_facts().into_iter().filter(|fact| fact.label != MIXED_UNITS);
        parts.push(Part::List(facts.map(|Fact { label, value }| vec![words(format!("{label}: {value}"))]).collect()));
    }
}

fn findings(parts: &mut Vec<Part>, report: &AuditReport) {
    let counts = report.findings_by_severity();
    let counts: Vec<_> = counts.iter().map(|(severity, count)| format!("{count} {}", severity.as_str())).collect();
    let counts = if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
    parts.push(Part::Paragraph(vec![words(format!("Findings: {counts}. {}", report.scope_sentence()))]));
    let high: Vec<_> = report.findings.iter().filter(|finding| finding.severity == Severity::High).collect();
    if high.is_empty() {
        return;
    }
    parts.push(Part::Paragraph(vec![words("High findings, to be cleared up before the figures are used:")]));
    let items = high.into_iter().map(|finding| {
        let mut item = vec![words(format!("{}: ", finding.title))];
        for (place, concern) in finding.concerns.iter().take(NAMED).enumerate() {
            item.extend((place > 0).then(|| words(", ")));
            item.push(code(&concern.batch_id));
        }
        let more = finding.concerns.len().saturating_sub(NAMED);
        item.extend((more > 0).then(|| words(format!(" and {more} more"))));
        item
    });
    parts.push(Part::List(items.collect()));
}

/// How many batches of a finding are named.
const NAMED: usize = 5;

fn how_to_verify(parts: &mut Vec<Part>, report: &AuditReport, files: &[File<'_>]) {
    if !files.is_empty() {
        let head = ["File", "SHA-256"].map(str::to_owned).to_vec();
        let rows = files.iter().map(|file| vec![code(file.name), code(file.sha256)]);
        parts.push(Part::Table(head, false, rows.collect()));
    }
    let command = format!("dialnexa-audit verify {}", report.stem());
    let line = ["To verify: ", "; for a single file ", "."].map(words);
    let [before, between, after] = line;
    parts.push(Part::Paragraph(vec![before, code(&command), between, code("sha256sum"), after]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Status;
    use crate::render::bytes;
    use crate::report::{Standing, fixture};

    fn in_notation(report: &AuditReport, files: &[File<'_>], notation: Notation) -> String {
        String::from_utf8(bytes(|out| write(report, &Options { files, notation }, out)).unwrap()).unwrap()
    }

    fn ticket(report: &AuditReport, files: &[File<'_>]) -> String {
        in_notation(report, files, Notation::Markdown)
    }

    #[test]
    fn a_ticket_reports_verdict_period_totals_and_how_to_verify() {
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
        let code = |text: &str| markup::span(&Span::Code(text.to_owned()), Notation::Markdown);
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("``"), "``` `` ```");
        assert_eq!(code("a|b\nc"), "`a\\|b c`");
        let mut report = fixture::report(1, Standing::Complete);
        report.totals.by_status[0].status = Status::new("@all ![x](http://example.com)\n# h");
        assert!(ticket(&report, &[]).contains("\n| `@all ![x](http://example.com) # h` | 1 |"));
    }

    #[test]
    fn every_notation_says_the_same_and_keeps_a_text_from_outside_a_text() {
        let mut report = fixture::report(40, Standing::Complete);
        report.totals.by_status[0].status = Status::new("[~admin] {color:red}|<b>&*x*!a.png!\nh1. x");
        let file = [File { name: "batch-audit-2024-Q1.csv", sha256: "ab12" }];
        let said = |notation| in_notation(&report, &file, notation);
        let total = report.grouped(report.totals.all.total_calls.unwrap());
        for notation in [Notation::Markdown, Notation::Jira, Notation::Html, Notation::Plain] {
            let text = said(notation);
            for words in ["Batch call audit 2024-Q1: COMPLETE", &total, "ab12", "dialnexa", "To verify: "] {
                assert!(text.contains(words), "{notation:?} {words}\n{text}");
            }
            assert!(text.ends_with('\n') && !text.contains("\nh1. x"), "{text}");
        }
        let jira = said(Notation::Jira);
        assert!(jira.starts_with("h2. Batch call audit 2024-Q1: COMPLETE\n"), "{jira}");
        assert!(!jira.contains("[~admin]") && !jira.contains("{color") && !jira.contains("!a.png!"), "{jira}");
        assert!(jira.contains("||Status||Batches||"), "{jira}");
        let html = said(Notation::Html);
        assert!(
            html.contains("{color:red}|&lt;b&gt;&amp;*x*!a.png! h1. x</code>") && !html.contains("style"),
            "{html}"
        );
        let plain = said(Notation::Plain);
        assert!(plain.lines().any(|line| line.starts_with("TOTAL ") && line.contains(&total)), "{plain}");
    }
}
