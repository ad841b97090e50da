//! The section over the report that is superseded: which one, totals before, adjustment and after, and what changed.

use super::PdfError;
use super::book::Book;
use super::flow::{Cell, Column};
use super::grid::{CELL, CELL_BOLD};
use crate::report::{AuditReport, BatchLine, SumsLine};

/// How many lines over batches are printed.
const LINES: usize = 500;

/// Draws it; nothing where no report is superseded.
pub(super) fn draw(book: &mut Book<'_>, report: &AuditReport) -> Result<(), PdfError> {
    let Some(old) = &report.supersedes else { return Ok(()) };
    book.section("Restatement", 150.0)?;
    book.facts("Superseded report", &report.superseded_facts(), 190.0)?;
    let lines = old.restatement.totals.lines(report.grouping());
    sums(book, "Totals before, adjustment, and after", ["Before", "Adjustment", "After"], lines)?;
    batches(book, report, &shown(report), old.restatement.batch_lines(report.grouping()).len())
}

/// Draws the comparison with an earlier period; nothing where there is none.
pub(super) fn compared(book: &mut Book<'_>, report: &AuditReport) -> Result<(), PdfError> {
    let Some(old) = &report.compared else { return Ok(()) };
    book.section(&format!("Comparison with {}", old.period), 150.0)?;
    book.facts("Earlier period", &report.compared_facts(), 190.0)?;
    sums(book, "Totals of both periods", [&old.period, "Change", &report.period.label], report.compared_lines())
}

fn sums(book: &mut Book<'_>, title: &str, heads: [&str; 3], lines: Vec<SumsLine>) -> Result<(), PdfError> {
    book.heading(title, 90.0)?;
    book.words("A figure that is not named is unchanged.")?;
    let width = (book.width() - 112.0) / 4.0;
    let mut columns = vec![Column::left("Status", 112.0), Column::left("Figure", width)];
    columns.extend(heads.map(|title| Column::right(title, width)));
    let table = book.open_table(title, columns, true)?;
    for line in lines {
        let style = if line.status == "TOTAL" { CELL_BOLD } else { CELL };
        let mut row = vec![Cell::new(line.status).styled(style).heading(), Cell::new(line.figure).styled(style)];
        row.extend(line.cells.map(|cell| Cell::new(cell).styled(style)));
        book.row(&table, &row)?;
    }
    book.close_table()
}

/// The lines that are printed.
pub(super) fn shown(report: &AuditReport) -> Vec<BatchLine> {
    let lines = report.supersedes.iter().flat_map(|old| old.restatement.batch_lines(report.grouping()));
    lines.take(LINES).collect()
}

fn batches(book: &mut Book<'_>, report: &AuditReport, shown: &[BatchLine], of: usize) -> Result<(), PdfError> {
    if of == 0 {
        return Ok(());
    }
    book.heading("What became of batches", 60.0)?;
    let columns = vec![
        Column::left("Batch", 140.0),
        Column::left("What", 60.0),
        Column::left("Values, or what changed", book.width() - 200.0),
    ];
    let table = book.open_table("What became of batches", columns, true)?;
    for line in shown {
        book.row(&table, &[Cell::new(&*line.batch_id).heading(), Cell::new(line.what), Cell::new(&*line.words)])?;
    }
    book.close_table()?;
    if of > shown.len() {
        let left = book.grouping.count((of - shown.len()) as u64, "more change is", "more changes are");
        book.words(&format!("{left} not printed; {}.json lists them all.", report.stem()))?;
    }
    Ok(())
}
