//! The first sheet: verdict, period, totals per status, and the findings by severity.

use rust_xlsxwriter::XlsxError;

use super::sheet::{Footing, Sheet, TOO_LARGE};
use crate::report::{AuditReport, Standing};
use crate::totals::{Sums, TOTALS_WORDS};

/// The labels of the rows below a table of sums.
pub(super) const SUMS: [&str; 3] = ["All, by formula", "All, as signed", "Difference"];

pub(super) fn draw(sheet: &mut Sheet<'_>, report: &AuditReport) -> Result<(), XlsxError> {
    let styles = sheet.styles;
    sheet.sheet.set_landscape().set_print_fit_to_pages(1, 1);
    sheet.columns(&[27.0, 11.0, 13.0, 13.0, 13.0, 13.0, 13.0, 13.0, 13.0, 13.0])?;
    sheet.sheet.set_row_height(0, 28)?;
    sheet.text(0, &report.title(), &styles.title)?;
    sheet.row += 1;
    sheet.across(0, &report.of(), &styles.note)?;
    let is_complete = report.standing == Standing::Complete;
    sheet.sheet.set_row_height(sheet.row, 20)?;
    let mark = format!("Population: {}", report.mark());
    sheet.text(0, &mark, if is_complete { &styles.mark } else { &styles.warning })?;
    sheet.row += 1;
    sheet.across(0, &format!("Figures: {}", report.figures_mark()), &styles.words)?;
    sheet.across(0, &report.verdict(), &styles.words)?;
    if let Some(words) = report.superseding_words() {
        sheet.across(0, &words, &styles.words)?;
    }
    if report.scope.sample {
        sheet.across(0, "Made-up data: this is the sample API that is built into the program.", &styles.caution)?;
    }
    sheet.section("The period")?;
    sheet.facts(&report.period_facts())?;
    sheet.section(&format!("Totals per status ({})", report.total_words()))?;
    totals(sheet, report)?;
    sheet.row += 1;
    sheet.across(0, &report.footing(), &styles.note)?;
    for note in report.footing_notes().into_iter().chain(report.unit_notes()) {
        sheet.across(0, &note, &styles.note)?;
    }
    sheet.section("Findings")?;
    let by_severity = report.findings_by_severity();
    if by_severity.is_empty() {
        sheet.across(0, report.no_findings(), &styles.words)?;
    }
    for (severity, count) in by_severity {
        sheet.text(0, severity.as_str(), &styles.label)?;
        sheet.number(1, count as u64, &styles.figure)?;
        sheet.row += 1;
    }
    if let Some(note) = report.disposition_note() {
        sheet.across(0, &note, &styles.note)?;
    }
    sheet.row += 1;
    sheet.across(0, report.scope_sentence(), &styles.note)
}

/// The totals per status, and over all.
fn totals(sheet: &mut Sheet<'_>, report: &AuditReport) -> Result<(), XlsxError> {
    let rows: Vec<_> = report.totals.by_status.iter().map(|entry| (entry.status.as_str(), &entry.sums)).collect();
    table(sheet, report, ("Status", &rows), true)
}

/// Sums by something, and over all where the rows are whole.
pub(super) fn table(
    sheet: &mut Sheet<'_>,
    report: &AuditReport,
    (first, rows): (&str, &[(&str, &Sums)]),
    is_whole: bool,
) -> Result<(), XlsxError> {
    let styles = sheet.styles;
    let titles: Vec<&str> = std::iter::once(first).chain(report.totals_words()).collect();
    sheet.head(&titles, 1)?;
    let from = sheet.row;
    for (of, sums) in rows {
        sheet.text(0, of, &styles.text)?;
        for (column, figure) in (1..).zip(sums.row()) {
            sheet.figure(column, figure, &styles.figure)?;
        }
        sheet.row += 1;
    }
    if !is_whole {
        return Ok(());
    }
    let mut too_large = [false; TOTALS_WORDS.len()];
    for (_, sums) in rows {
        for (place, figure) in too_large.iter_mut().zip(sums.row()) {
            *place |= figure.is_some_and(|figure| figure >= TOO_LARGE);
        }
    }
    sheet.footing(&Footing {
        rows: (sheet.row > from).then(|| (from, sheet.row - 1)),
        column: 1,
        signed: &report.totals.all.row(),
        too_large: &too_large,
        labels: SUMS,
        label_column: 0,
    })
}
