//! Where each figure of the register comes from and what it counts, row by row, where that is not the same for all.

use rust_xlsxwriter::XlsxError;

use super::sheet::Sheet;
use crate::report::AuditReport;

const TITLES: [&str; 7] = [
    "batch_id",
    "total_calls_unit",
    "total_calls_source",
    "completed_calls_unit",
    "completed_calls_source",
    "failed_calls_unit",
    "failed_calls_source",
];

pub(super) fn draw(sheet: &mut Sheet<'_>, report: &AuditReport) -> Result<(), XlsxError> {
    let styles = sheet.styles;
    sheet.sheet.set_landscape();
    sheet.columns(&[29.0, 16.0, 18.0, 21.0, 23.0, 17.0, 19.0])?;
    sheet.head(&TITLES, TITLES.len())?;
    sheet.sheet.set_freeze_panes(1, 1)?;
    sheet.sheet.set_repeat_rows(0, 0)?;
    let sources = report.row_sources();
    for batch in &report.register {
        sheet.text(0, &batch.id, &styles.text)?;
        for (column, of) in (1..).step_by(2).zip(sources.of(batch)) {
            let (unit, source) = of.map_or(("", ""), |(source, unit)| (unit.as_str(), source.as_str()));
            sheet.text(column, unit, &styles.text)?;
            sheet.text(column + 1, source, &styles.text)?;
        }
        sheet.row += 1;
    }
    sheet.sheet.autofilter(0, 0, sheet.row - 1, TITLES.len() as u16 - 1)?;
    Ok(())
}
