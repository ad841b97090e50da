//! The findings: one row a batch that a finding concerns, or a row for the finding where it concerns the collection.

use rust_xlsxwriter::XlsxError;

use super::ROWS;
use super::sheet::Sheet;
use crate::findings::{Concern, Finding};
use crate::report::AuditReport;

const TITLES: [&str; 8] = ["severity", "code", "finding", "batch_id", "register_row", "detail", "rule", "disposition"];

pub(super) fn draw(sheet: &mut Sheet<'_>, report: &AuditReport) -> Result<(), XlsxError> {
    let styles = sheet.styles;
    sheet.sheet.set_landscape();
    sheet.columns(&[10.0, 26.0, 32.0, 29.0, 13.0, 42.0, 70.0, 34.0])?;
    let titles = if report.dispositions.is_some() { &TITLES[..] } else { &TITLES[..7] };
    sheet.head(titles, titles.len())?;
    sheet.sheet.set_freeze_panes(1, 0)?;
    sheet.sheet.set_repeat_rows(0, 0)?;
    if report.findings.is_empty() {
        return sheet.text(0, report.no_findings(), &styles.label);
    }
    let rows = report.concerned_rows();
    let all = report.findings.iter().flat_map(|finding| {
        let none = finding.concerns.is_empty().then_some(None);
        finding.concerns.iter().map(Some).chain(none).map(move |concern| (finding, concern))
    });
    let count = all.clone().count();
    for (finding, concern) in all.take(ROWS - 2) {
        let row = concern.and_then(|concern| rows.get(&*concern.batch_id));
        line(sheet, report, (finding, concern), row.copied())?;
    }
    sheet.sheet.autofilter(0, 0, sheet.row - 1, titles.len() as u16 - 1)?;
    if let Some(more) = count.checked_sub(ROWS - 2).filter(|more| *more > 0) {
        let words = format!("{more} more, for which the sheet has no rows; the JSON has them all");
        sheet.text(0, &words, &styles.warning)?;
    }
    Ok(())
}

fn line(
    sheet: &mut Sheet<'_>,
    report: &AuditReport,
    (finding, concern): (&Finding, Option<&Concern>),
    row: Option<usize>,
) -> Result<(), XlsxError> {
    let styles = sheet.styles;
    let detail = concern.map_or("", |concern| &concern.detail);
    let disposition = report.disposition(finding, concern);
    sheet.fit(&[
        (2, &finding.title),
        (5, detail),
        (6, &finding.rule),
        (7, disposition.as_deref().unwrap_or_default()),
    ])?;
    sheet.text(0, finding.severity.as_str(), &styles.text)?;
    sheet.text(1, &finding.code, &styles.text)?;
    sheet.text(2, &finding.title, &styles.wrapped)?;
    sheet.text(3, concern.map_or("", |concern| &concern.batch_id), &styles.text)?;
    match row {
        // The head is row 1.
        Some(row) => sheet.number(4, row as u64 + 1, &styles.figure)?,
        None => sheet.text(4, "", &styles.figure)?,
    }
    sheet.text(5, detail, &styles.wrapped)?;
    sheet.text(6, &finding.rule, &styles.wrapped)?;
    if let Some(words) = disposition {
        sheet.text(7, &words, &styles.wrapped)?;
    }
    sheet.row += 1;
    Ok(())
}
