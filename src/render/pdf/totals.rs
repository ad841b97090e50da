//! A table of totals: each column as wide as its figures and the words of its head need, the whole set smaller where figures
//! are so large that they would not fit.

use super::PdfError;
use super::book::Book;
use super::flow::{Cell, Column};
use super::grid::{CELL, CELL_BOLD, COLUMN, Style};
use crate::totals::{Sums, TOTALS_WORDS};

/// Free space between the figures of two columns.
const GAP: f32 = 8.5;
/// The least width of the first column.
const LABEL: f32 = 58.0;
/// The greatest part of the width that the first column takes.
const LABEL_SHARE: f32 = 0.2;

/// Draws the table; the last row is the sum of the others.
pub(super) fn table(
    book: &mut Book<'_>,
    (title, first): (&str, &'static str),
    rows: Vec<(String, &Sums)>,
) -> Result<(), PdfError> {
    let grouping = book.grouping;
    let rows: Vec<(String, Vec<String>)> = rows
        .into_iter()
        .map(|(label, sums)| (label, sums.row().map(|figure| grouping.figure(figure)).to_vec()))
        .collect();
    let label = rows.iter().fold(LABEL, |width, (label, _)| width.max(book.measure(CELL_BOLD, label) + GAP));
    let label = label.min(book.width() * LABEL_SHARE);
    let least: Vec<f32> = (0..TOTALS_WORDS.len()).map(|column| least_width(book, &rows, column)).collect();
    let (room, needed) = (book.width() - label, least.iter().sum::<f32>());
    let scale = (room / needed).min(1.0);
    let spare = (room - needed).max(0.0) / least.len() as f32;
    let columns = TOTALS_WORDS.iter().zip(&least).map(|(title, width)| Column::right(title, width * scale + spare));
    let table = book.open_table(title, [Column::left(first, label)].into_iter().chain(columns).collect(), true)?;
    let last = rows.len() - 1;
    let sized = |style: Style| Style { size: style.size * scale, ..style };
    let rows = rows.into_iter().enumerate().map(|(n, (label, figures))| {
        let style = if n == last { CELL_BOLD } else { CELL };
        let figures = figures.into_iter().map(|figure| Cell::new(figure).styled(sized(style)));
        [Cell::new(label).styled(style).heading()].into_iter().chain(figures).collect()
    });
    book.rows_to_total(&table, &rows.collect::<Vec<_>>())?;
    book.close_table()
}

/// What the widest figure of a column needs, or the longest word of its head or of "not reported".
fn least_width(book: &mut Book<'_>, rows: &[(String, Vec<String>)], column: usize) -> f32 {
    let head = TOTALS_WORDS
        .get(column)
        .map_or(0.0, |head| head.split(' ').fold(0.0, |width: f32, word| width.max(book.measure(COLUMN, word))));
    let words = rows.iter().filter_map(|(_, figures)| figures.get(column)).flat_map(|figure| figure.split(' '));
    words.fold(head, |width, word| width.max(book.measure(CELL_BOLD, word))) + GAP
}
