//! The sheet that ties the register out: from every batch that was read to those reported, the footing of the calls, and the sums
//! over time and per agent against the signed ones.

use rust_xlsxwriter::{Format, XlsxError};

use super::sheet::{Sheet, TOO_LARGE};
use super::summary;
use crate::report::{AuditReport, Standing};
use crate::spreadsheet::NOT_COMPUTED;
use crate::totals::Sums;

pub(super) fn draw(sheet: &mut Sheet<'_>, report: &AuditReport) -> Result<(), XlsxError> {
    let styles = sheet.styles;
    sheet.sheet.set_landscape();
    sheet.columns(&[44.0, 12.0, 12.0, 12.0, 12.0, 12.0, 12.0, 12.0, 13.0, 12.0])?;
    sheet.text(0, "Reconciliation", &styles.title)?;
    sheet.sheet.set_row_height(0, 28)?;
    sheet.row += 1;
    waterfall(sheet, report)?;
    beside(sheet, report)?;
    footing(sheet, report)?;
    for breakdown in report.breakdowns() {
        sheet.section(breakdown.title)?;
        let rows: Vec<_> = breakdown.rows.iter().map(|(of, sums)| (of.as_str(), *sums)).collect();
        // Some of many agents do not come to the totals.
        summary::table(sheet, report, (breakdown.first, &rows), breakdown.is_whole)?;
        if let Some(note) = &breakdown.note {
            sheet.across(0, note, &styles.note)?;
        }
    }
    sheet.section("Hash total")?;
    sheet.fact("SHA-256 of the ids in byte order, each with a line feed", &report.hash_total)
}

/// Each step is the one before it less what falls out, by formula.
fn waterfall(sheet: &mut Sheet<'_>, report: &AuditReport) -> Result<(), XlsxError> {
    let styles = sheet.styles;
    let c = &report.completeness;
    sheet.section("From what was read to what is reported (batches)")?;
    sheet.head(&["Step", "Batches", "Falls out"], 1)?;
    let first = sheet.row;
    let steps = [
        ("1. Distinct batches read, in all answers", c.distinct, ""),
        (
            "2. Of these dated in the range that was collected",
            c.in_range,
            "outside it, read in searching for its bounds",
        ),
        ("3. Of these dated in this period", c.in_period, "in other periods of the collection"),
        (
            "4. Of these in the register",
            c.reported,
            match report.standing {
                Standing::Draft => "gone from the list, as far as it was read: a draft establishes no more",
                _ => "gone from the list before the proof",
            },
        ),
    ];
    let mut before = None;
    for (step, figure, why) in steps {
        sheet.text(0, step, &styles.words)?;
        sheet.number(1, figure, &styles.figure)?;
        if let Some(before) = before {
            let row = sheet.row;
            sheet.formula(
                2,
                &format!("=B{row}-B{}", row + 1),
                i128::from(before) - i128::from(figure),
                &styles.figure,
            )?;
        }
        sheet.text(3, why, &styles.remark)?;
        before = Some(figure);
        sheet.row += 1;
    }
    let rows = report.register.len();
    sheet.text(0, "Rows of the sheet Register, counted by formula", &styles.total_label)?;
    if rows == 0 {
        sheet.number(1, 0, &styles.total)?;
    } else {
        sheet.formula(1, &format!("=COUNTA(Register!A2:A{})", rows + 1), rows as i128, &styles.total)?;
    }
    sheet.row += 1;
    sheet.text(0, "Difference from step 4", &styles.total_label)?;
    let difference = rows as i128 - i128::from(c.reported);
    sheet.formula(1, &format!("=B{}-B{}", sheet.row, first + 4), difference, &styles.total)?;
    sheet.row += 1;
    Ok(())
}

/// What the API states beside its rows.
fn beside(sheet: &mut Sheet<'_>, report: &AuditReport) -> Result<(), XlsxError> {
    let styles = sheet.styles;
    let c = &report.completeness;
    sheet.section("Beside it, as the API stated it")?;
    let mut line = |label: &str, figure: u64| -> Result<(), XlsxError> {
        sheet.text(0, label, &styles.words)?;
        sheet.number(1, figure, &styles.figure)?;
        sheet.row += 1;
        Ok(())
    };
    line("Held by the API (its total, last answer used)", c.held_by_api)?;
    line("Rows read in all answers", c.rows_read)?;
    let Some(census) = &c.census else { return Ok(()) };
    line("Census of the collection, B: older than the end", census.older_than_end)?;
    line("Census of the collection, A: older than the start", census.older_than_start)?;
    let row = sheet.row;
    sheet.text(0, "B - A: what the totals demand of the range", &styles.total_label)?;
    let demanded = i128::from(census.older_than_end) - i128::from(census.older_than_start);
    sheet.formula(1, &format!("=B{}-B{row}", row - 1), demanded, &styles.total)?;
    sheet.row += 1;
    Ok(())
}

/// That calls foot, per status and over all: computed from the parts by formula, against the signed total.
fn footing(sheet: &mut Sheet<'_>, report: &AuditReport) -> Result<(), XlsxError> {
    let styles = sheet.styles;
    sheet.section("Footing of the calls")?;
    sheet.across(
        0,
        "Total = completed + failed + other - without a total - above the total + unallocated. What no batch reported counts as nothing.",
        &styles.note,
    )?;
    let titles = [
        "Status",
        "Total, as signed",
        "Completed",
        "Failed",
        "Other",
        "Without a total",
        "Above the total",
        "Unallocated",
        "Total, by formula",
        "Difference",
    ];
    sheet.head(&titles, 1)?;
    for entry in &report.totals.by_status {
        let formats = (&styles.text, &styles.figure);
        foots(sheet, entry.status.as_str(), &entry.sums, formats)?;
    }
    foots(sheet, "All", &report.totals.all, (&styles.total_label, &styles.total))
}

fn foots(sheet: &mut Sheet<'_>, of: &str, sums: &Sums, (label, figures): (&Format, &Format)) -> Result<(), XlsxError> {
    sheet.text(0, of, label)?;
    let parts: Vec<Option<u64>> = sums.calls().into_iter().chain(sums.remainder().map(Some)).collect();
    for (column, figure) in (1..).zip(&parts) {
        sheet.figure(column, *figure, figures)?;
    }
    if parts.iter().any(|figure| figure.is_some_and(|figure| figure >= TOO_LARGE)) {
        sheet.text(8, NOT_COMPUTED, figures)?;
        sheet.text(9, "", figures)?;
    } else {
        let row = sheet.row + 1;
        let computed = format!("=N(C{row})+N(D{row})+N(E{row})-N(F{row})-N(G{row})+N(H{row})");
        sheet.formula(8, &computed, sums.total_calls.unwrap_or(0).into(), figures)?;
        sheet.formula(9, &format!("=N(B{row})-I{row}"), 0, figures)?;
    }
    sheet.row += 1;
    Ok(())
}
