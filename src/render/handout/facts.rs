//! What a template of a README or a letter may say of a report.

use serde::Serialize;
use tera::Context;

use super::Options;
use crate::findings::{NOT_FINAL, Severity};
use crate::report::AuditReport;

/// So many findings are named; the report has them all.
const NAMED: usize = 6;

#[derive(Serialize)]
struct NamedFinding {
    severity: &'static str,
    title: String,
    count: usize,
    batches: String,
}

#[derive(Serialize)]
struct Term {
    sign: &'static str,
    hindi: String,
    value: String,
}

/// Puts all of it into `context`.
pub(super) fn of(report: &AuditReport, options: &Options<'_>, context: &mut Context) {
    let stem = report.stem();
    let text = |value: &str| one_line(value);
    let workspace = report.scope.workspace.as_deref().unwrap_or(&report.scope.host);
    context.insert("title", &text(&report.title()));
    context.insert("organisation", &text(report.organisation().unwrap_or_default()));
    context.insert("workspace", &text(workspace));
    context.insert("endpoint", &text(&report.scope.endpoint));
    context.insert("sample", &report.scope.sample);
    context.insert("pseudonyms", &report.pseudonyms.is_some());
    context.insert("period", &text(&report.period.label));
    let bounds = text(&report.period.bounds());
    let (days, zone) = bounds.rsplit_once(", ").unwrap_or((&bounds, ""));
    let (from, until) = days.split_once(" to ").unwrap_or((days, ""));
    for (name, value) in [("bounds", bounds.as_str()), ("from", from), ("until", until), ("zone", zone)] {
        context.insert(name, value);
    }
    context.insert("standing", report.standing.as_str());
    context.insert("mark", report.mark());
    context.insert("verdict", &text(&report.verdict()));
    context.insert("figures_mark", &text(&report.figures_mark()));
    context.insert("footing", &text(&report.footing()));
    context.insert("unread", &report.is_unread());
    context.insert("batches", &report.batches(report.completeness.reported));
    context.insert("count", &report.grouped(report.completeness.reported));
    context.insert("high", &report.grouped(report.high_findings() as u64));
    context.insert("not_final", &report.grouped(not_final(report)));
    context.insert("terms", &terms(report));
    context.insert("scope", report.scope_sentence());
    context.insert("stem", &stem);
    context.insert("evidence", report.evidence.as_ref().map_or("evidence.warc.gz", |kept| &kept.name));
    context.insert("formats", options.formats);
    context.insert("letter", &options.letter.is_some());
    let first = ["pdf", "html", "xlsx", "csv"].into_iter().find(|format| options.formats.contains(format));
    context.insert("first", &format!("{stem}.{}", first.unwrap_or("json")));
    context.insert("signer", &text(&options.signer.name));
    context.insert("sha256", &options.signer.fingerprint);
    context.insert("fingerprint", &halves(&options.signer.fingerprint));
    findings(report, context);
}

fn findings(report: &AuditReport, context: &mut Context) {
    let is_open = |severity: Severity| severity != Severity::Low;
    let open: Vec<_> = report.findings.iter().filter(|finding| is_open(finding.severity)).collect();
    let named = open.iter().take(NAMED).map(|finding| NamedFinding {
        severity: finding.severity.as_str(),
        title: one_line(&finding.title),
        count: finding.concerns.len(),
        batches: report.batches(finding.concerns.len() as u64),
    });
    context.insert("findings", &named.collect::<Vec<_>>());
    context.insert("more_findings", &open.len().saturating_sub(NAMED));
}

fn not_final(report: &AuditReport) -> u64 {
    let open = report.findings.iter().filter(|finding| finding.code == NOT_FINAL);
    open.map(|finding| finding.concerns.len() as u64).sum()
}

/// The total and what it is made of, as the footing has it, with words of their own for a language that is not the report's.
fn terms(report: &AuditReport) -> Vec<Term> {
    let sums = &report.totals.all;
    let [total, completed, failed, other] = sums.calls();
    let [without_total, above_total, unallocated] = sums.remainder();
    let term = |sign, hindi: &str, value: Option<u64>| Term {
        sign,
        hindi: hindi.to_owned(),
        value: value.map_or_else(|| "सूचित नहीं".to_owned(), |value| report.grouped(value)),
    };
    let mut terms = vec![
        term("", &format!("कुल ({})", report.total_words()), total),
        term(" = ", "पूर्ण", completed),
        term(" + ", "असफल", failed),
    ];
    for (sign, hindi, value) in [
        (" + ", "अन्य", other.unwrap_or(0)),
        (" + ", "अनाबंटित", unallocated),
        (" \u{2212} ", "बिना कुल के", without_total),
        (" \u{2212} ", "कुल से अधिक", above_total),
    ] {
        if value > 0 && total.is_some() {
            terms.push(term(sign, hindi, Some(value)));
        }
    }
    terms
}

/// The fingerprint as people compare it, in two lines.
fn halves(hex: &str) -> [String; 2] {
    let pairs: Vec<String> =
        hex.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase()).collect();
    let (first, second) = pairs.split_at(pairs.len() / 2);
    [first.join(":"), second.join(":")]
}

/// A text that came from outside, on one line, with nothing that moves or turns what is written around it.
fn one_line(text: &str) -> String {
    let is_kept = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_kept(c) { c } else { '\u{fffd}' }).collect()
}
