//! The register: the columns of its CSV, one row a batch, oldest first, with totals by formula beside the signed ones.

use rust_xlsxwriter::{Format, XlsxError};

use super::sheet::{Footing, Sheet, TOO_LARGE};
use crate::batch::{Batch, Column, REGISTER};
use crate::report::AuditReport;
use crate::spreadsheet::{EXACT, FOOT, NOT_COMPUTED};

/// The first column of figures.
const FIGURES: u16 = 5;

pub(super) fn draw(sheet: &mut Sheet<'_>, report: &AuditReport) -> Result<(), XlsxError> {
    sheet.sheet.set_landscape();
    let exact = report.register.iter().any(is_finer);
    let widths = [29.0, 38.0, 12.0, 22.0, 22.0, 13.0, 15.0, 13.0, 18.0, 9.0, 30.0];
    let titles: Vec<&str> = REGISTER.into_iter().chain(exact.then_some(EXACT)).collect();
    sheet.columns(&widths[..titles.len()])?;
    let styles = sheet.styles;
    for (column, title) in (0..).zip(&titles) {
        let is_figure = (FIGURES..FIGURES + 3).contains(&column);
        sheet.text(column, title, if is_figure { &styles.head_right } else { &styles.head })?;
    }
    sheet.sheet.set_freeze_panes(1, 1)?;
    sheet.sheet.set_repeat_rows(0, 0)?;
    sheet.row = 1;
    for batch in &report.register {
        row(sheet, report, batch, exact)?;
    }
    let last = sheet.row - 1;
    sheet.sheet.autofilter(0, 0, last, titles.len() as u16 - 1)?;
    // Apart from the rows, so that sorting and tables leave it alone.
    sheet.row += 1;
    foot(sheet, report, last)
}

/// Whether the instant has digits that a date does not hold.
fn is_finer(batch: &Batch) -> bool {
    !batch.created_at.timestamp_subsec_nanos().is_multiple_of(1_000_000)
}

fn row(sheet: &mut Sheet<'_>, report: &AuditReport, batch: &Batch, exact: bool) -> Result<(), XlsxError> {
    let styles = sheet.styles;
    sheet.text(0, &batch.id, &styles.text)?;
    let name = batch.name.as_deref().unwrap_or_default();
    let lines = name.contains('\n');
    if lines {
        sheet.fit(&[(1, name)])?;
    }
    sheet.text(1, name, if lines { &styles.wrapped } else { &styles.text })?;
    sheet.text(2, batch.status.as_str(), &styles.text)?;
    sheet.moment(3, batch.created_at, chrono_tz::UTC)?;
    sheet.moment(4, batch.created_at, report.period.timezone)?;
    for (column, figure) in (FIGURES..).zip(Column::figures(batch)) {
        cell(sheet, column, figure, &styles.figure)?;
    }
    sheet.text(8, batch.agent_id.as_deref().unwrap_or_default(), &styles.text)?;
    sheet.text(9, batch.form.as_str(), &styles.text)?;
    if exact {
        sheet.text(10, &report.created_utc(batch), &styles.text)?;
    }
    sheet.row += 1;
    Ok(())
}

/// A figure; an empty cell where it is not reported, as in the CSV.
fn cell(sheet: &mut Sheet<'_>, column: u16, figure: Option<u64>, format: &Format) -> Result<(), XlsxError> {
    match figure {
        Some(figure) => sheet.number(column, figure, format),
        None => sheet.text(column, "", format),
    }
}

fn foot(sheet: &mut Sheet<'_>, report: &AuditReport, last: u32) -> Result<(), XlsxError> {
    let styles = sheet.styles;
    let signed = Column::ALL.map(|column| report.totals.all.of(column));
    let too_large = Column::ALL
        .map(|column| report.register.iter().any(|batch| column.of(batch).is_some_and(|figure| figure >= TOO_LARGE)));
    let [all, stated, difference, shown] = FOOT;
    let rows = (last > 0).then_some((1, last));
    sheet.footing(&Footing {
        rows,
        column: FIGURES,
        signed: &signed,
        too_large: &too_large,
        labels: [all, stated, difference],
        label_column: 0,
    })?;
    let Some((from, to)) = rows else { return Ok(()) };
    for column in 0..FIGURES {
        sheet.text(column, if column == 0 { shown } else { "" }, &styles.total_label)?;
    }
    for ((column, signed), too_large) in (FIGURES..).zip(signed).zip(too_large) {
        if too_large || signed.is_some_and(|signed| signed >= TOO_LARGE) {
            sheet.text(column, NOT_COMPUTED, &styles.total)?;
            continue;
        }
        let name = super::sheet::letter(column);
        let formula = format!("=SUBTOTAL(109,{name}{}:{name}{})", from + 1, to + 1);
        sheet.formula(column, &formula, signed.unwrap_or(0).into(), &styles.total)?;
    }
    Ok(())
}
