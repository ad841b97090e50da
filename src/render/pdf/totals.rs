//! A table of totals: each column as wide as its figures and the words of its head need, the whole set smaller where figures
//! are so large that they would not fit.

use super::PdfError;
use super::book::Book;
use super::flow::{Cell, Column};
use super::grid::{CELL, CELL_BOLD, COLUMN, Style};
use crate::report::AuditReport;
use crate::totals::Sums;

/// Free space between the figures of two columns.
const GAP: f32 = 8.5;
/// The least width of the first column.
const LABEL: f32 = 58.0;
/// The greatest part of the width that the first column takes.
const LABEL_SHARE: f32 = 0.2;

/// Draws the table; the last row is the sum of the others.
pub(super) fn table(
    book: &mut Book<'_>,
    report: &AuditReport,
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
    let heads = report.totals_words();
    let least: Vec<Least> = heads.iter().enumerate().map(|(n, head)| least_width(book, &rows, (n, head))).collect();
    let room = book.width() - label;
    let scale = scale(&least, room);
    let spare = (room - needed(&least, scale)).max(0.0) / least.len() as f32;
    let columns = heads.into_iter().zip(&least).map(|(title, least)| Column::right(title, least.at(scale) + spare));
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

/// What a column needs at least: the longest word of its head, which is never set smaller, and its widest figure, which may be.
struct Least {
    head: f32,
    figure: f32,
}

impl Least {
    fn at(&self, scale: f32) -> f32 {
        self.head.max(self.figure * scale) + GAP
    }
}

fn needed(least: &[Least], scale: f32) -> f32 {
    least.iter().map(|column| column.at(scale)).sum()
}

/// How much smaller figures are set so that all columns fit: 1 where they do as they are.
fn scale(least: &[Least], room: f32) -> f32 {
    if needed(least, 1.0) <= room {
        return 1.0;
    }
    let (mut fits, mut wide) = (0.0, 1.0);
    for _ in 0..24 {
        let middle = (fits + wide) / 2.0;
        if needed(least, middle) <= room { fits = middle } else { wide = middle }
    }
    fits.max(0.3)
}

/// The words of a head, and of "not reported", may stand on lines of their own.
fn least_width(book: &mut Book<'_>, rows: &[(String, Vec<String>)], (column, head): (usize, &str)) -> Least {
    let head = head.split(' ').fold(0.0, |width: f32, word| width.max(book.measure(COLUMN, word)));
    let words = rows.iter().filter_map(|(_, figures)| figures.get(column)).flat_map(|figure| figure.split(' '));
    Least { head, figure: words.fold(0.0, |width: f32, word| width.max(book.measure(CELL_BOLD, word))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_set_smaller_only_where_they_do_not_fit_and_heads_never() {
        let columns = |figure| vec![Least { head: 30.0, figure }, Least { head: 40.0, figure: 10.0 }];
        assert_eq!(scale(&columns(50.0), 150.0), 1.0);
        let tight = columns(200.0);
        let scale = scale(&tight, 150.0);
        assert!(scale > 0.4 && scale < 0.5 && needed(&tight, scale) <= 150.0, "{scale}");
        assert!(tight.iter().all(|column| column.at(scale) >= column.head + GAP));
    }
}
