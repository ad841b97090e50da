//! The worksheet of an audit sample as a workbook: the batches with columns to be filled in, and how they were drawn.

use rust_xlsxwriter::{DataValidation, XlsxError as Cause};

use super::{BLANK, COLUMNS, Drawn};
use crate::batch::Column;
use crate::draw::{Sample, Selection};
use crate::render::Out;
use crate::render::pdf::Paper;
use crate::render::xlsx::sheet::Sheet;
use crate::render::xlsx::styles::Styles;
use crate::render::xlsx::{XlsxError, fits, workbook};
use crate::report::AuditReport;

/// What is chosen from in the column `result`.
const RESULTS: [&str; 3] = ["no exception", "exception", "not applicable"];

/// The columns in the workbook: what is filled in comes beside the figures.
const BATCH: usize = 10;

pub(super) fn write(
    report: &AuditReport,
    sample: &Sample,
    rows: &[Drawn<'_>],
    out: &mut Out<'_>,
) -> Result<(), XlsxError> {
    fits(rows.len())?;
    let title = format!("Audit sample {}", report.period.label);
    let mut workbook = workbook(report, &title)?;
    let styles = Styles::new(report.grouping());
    let paper = report.made.as_ref().and_then(|made| made.paper.parse().ok()).unwrap_or(Paper::A4);
    let mark = (report, &styles, paper);
    about(&mut Sheet::new(&mut workbook, "Sample", mark)?, report, sample)?;
    worksheet(&mut Sheet::new(&mut workbook, "Worksheet", mark)?, report, rows)?;
    if sample.start.is_some() {
        points(&mut Sheet::new(&mut workbook, "Selection points", mark)?, rows)?;
    }
    Ok(workbook.save_to_writer(out)?)
}

/// What was drawn from, how, and how to draw again.
fn about(sheet: &mut Sheet<'_>, report: &AuditReport, sample: &Sample) -> Result<(), Cause> {
    let styles = sheet.styles;
    sheet.columns(&[34.0, 76.0, 2.0])?;
    sheet.sheet.set_row_height(0, 28)?;
    sheet.text(0, &format!("Audit sample {}", report.period.label), &styles.title)?;
    sheet.row += 1;
    let complete = report.standing == crate::report::Standing::Complete;
    sheet.text(0, &format!("Population: {}", report.mark()), if complete { &styles.mark } else { &styles.warning })?;
    sheet.row += 1;
    sheet.across(0, &report.of(), &styles.words)?;
    sheet.section("What was drawn, from what")?;
    sheet.facts(&sample.facts(report.grouping()))?;
    sheet.section("Fill in")?;
    for (column, words) in [
        ("evidence_seen", "What was looked at: the export, the call logs, the contract."),
        ("tested_by, tested_on", "Who tested the batch, and on which day."),
        ("result", "No exception, exception, or not applicable."),
        ("exception", "What was found, and what follows from it."),
    ] {
        sheet.fact(column, words)?;
    }
    sheet.section("Draw it again")?;
    let stem = sample.stem();
    sheet.across(0, &format!("dialnexa-audit verify {} --drawn {stem}", sample.package.name), &styles.words)?;
    for words in sample.repeat() {
        sheet.across(0, &words, &styles.words)?;
    }
    sheet.across(
        0,
        &format!(
            "Signed is the blank worksheet, by {stem}.xlsx.p7s beside it. Fill in a copy, and keep the blank one: verify with \
             --returned compares the copy with it."
        ),
        &styles.note,
    )?;
    Ok(())
}

fn worksheet(sheet: &mut Sheet<'_>, report: &AuditReport, rows: &[Drawn<'_>]) -> Result<(), Cause> {
    let styles = sheet.styles;
    sheet.sheet.set_landscape();
    let batch = [5.0, 12.0, 23.0, 24.0, 11.0, 21.0, 11.0, 15.0, 11.0, 13.0];
    let blank = [24.0, 13.0, 11.0, 13.0, 26.0];
    let widths: Vec<f64> = batch.into_iter().chain(blank).chain([12.0, 74.0]).collect();
    sheet.columns(&widths)?;
    sheet.sheet.set_row_height(0, 30)?;
    let (first, last) = COLUMNS.split_at(BATCH);
    for (column, title) in (0..).zip(first.iter().chain(&BLANK).chain(last)) {
        let is_figure = Column::ALL.iter().any(|column| column.as_str() == *title);
        let format = match (BLANK.contains(title), is_figure) {
            (true, _) => &styles.head_input,
            (_, true) => &styles.head_right,
            _ => &styles.head,
        };
        sheet.text(column, title, format)?;
    }
    sheet.sheet.set_freeze_panes(1, 3)?;
    sheet.sheet.set_repeat_rows(0, 0)?;
    sheet.row = 1;
    for drawn in rows {
        row(sheet, report, *drawn)?;
    }
    let end = sheet.row.saturating_sub(1);
    sheet.sheet.autofilter(0, 0, end, widths.len() as u16 - 1)?;
    // Why each batch was drawn is for the screen; on paper there is more room to write.
    sheet.sheet.set_print_area(0, 0, end, (BATCH + BLANK.len()) as u16 - 1)?;
    let result = BATCH as u16 + 3;
    let choice = DataValidation::new().allow_list_strings(&RESULTS)?;
    let choice = choice.set_error_title("Result")?.set_error_message("Choose one of the list.")?;
    sheet.sheet.add_data_validation(1, result, end.max(1), result, &choice)?;
    Ok(())
}

fn row(sheet: &mut Sheet<'_>, report: &AuditReport, (item, batch): Drawn<'_>) -> Result<(), Cause> {
    let styles = sheet.styles;
    let (name, reason) = (batch.name.as_deref().unwrap_or_default(), item.selection.reason());
    let blank = (BATCH + BLANK.len()) as u16;
    // Two lines at least, so that there is room to write.
    sheet.fit(&[(2, &batch.id), (3, name), (0, "\n")])?;
    sheet.number(0, item.item, &styles.figure)?;
    sheet.text(1, item.selection.kind(), &styles.text)?;
    sheet.text(2, &batch.id, &styles.wrapped)?;
    sheet.text(3, name, &styles.wrapped)?;
    sheet.text(4, batch.status.as_str(), &styles.text)?;
    sheet.moment(5, batch.created_at, report.period.timezone)?;
    for (column, figure) in (6..).zip(Column::figures(batch)) {
        match figure {
            Some(figure) => sheet.number(column, figure, &styles.figure)?,
            None => sheet.text(column, "", &styles.figure)?,
        }
    }
    sheet.text(9, batch.agent_id.as_deref().unwrap_or_default(), &styles.text)?;
    for (column, title) in (BATCH as u16..).zip(BLANK) {
        sheet.text(column, "", if title == "tested_on" { &styles.input_day } else { &styles.input })?;
    }
    sheet.number(blank, item.register_row, &styles.figure)?;
    sheet.text(blank + 1, &reason, &styles.text)?;
    sheet.row += 1;
    Ok(())
}

/// Every point, with the units of the batch that it is in.
fn points(sheet: &mut Sheet<'_>, rows: &[Drawn<'_>]) -> Result<(), Cause> {
    let styles = sheet.styles;
    sheet.columns(&[9.0, 16.0, 29.0, 9.0, 16.0, 16.0, 12.0])?;
    sheet.head(&["point", "unit", "batch_id", "item", "first_unit", "units", "certain"], 0)?;
    sheet.row -= 1;
    sheet.text(2, "batch_id", &styles.head)?;
    sheet.text(6, "certain", &styles.head)?;
    sheet.row += 1;
    sheet.sheet.set_freeze_panes(1, 0)?;
    sheet.sheet.set_repeat_rows(0, 0)?;
    let mut number = 0;
    for (item, batch) in rows {
        let Selection::Points { first_unit, units, points, certain } = &item.selection else { continue };
        for point in points {
            number += 1;
            sheet.number(0, number, &styles.figure)?;
            sheet.number(1, *point, &styles.figure)?;
            sheet.text(2, &batch.id, &styles.text)?;
            sheet.number(3, item.item, &styles.figure)?;
            sheet.number(4, *first_unit, &styles.figure)?;
            sheet.number(5, *units, &styles.figure)?;
            sheet.text(6, if *certain { "certain" } else { "" }, &styles.text)?;
            sheet.row += 1;
        }
    }
    Ok(())
}
