//! The register: one row per batch, ids and statuses whole, long names cut after three lines.

use super::book::Book;
use super::flow::{Cell, Column as TableColumn};
use super::grid::{CELL, CELL_BOLD, CELL_LABEL, COLUMN, Style};
use super::{Options, PdfError};
use crate::batch::{Batch, Column};
use crate::defect::Defect;
use crate::report::{AuditReport, Fact, NOT_REPORTED};
use crate::totals::Sums;

/// Column heads of the register.
const HEAD: [&str; 10] =
    ["No.", "Batch", "Name", "Status", "Created (local)", "Agent", "Calls", "Completed", "Failed", "Other"];

/// The label of how much is not printed.
const LEFT_OUT: &str = "Rows left to the attached CSV";

/// The least width for names; three lines of it hold some fifty letters.
const NAME: f32 = 64.0;

const ROW: Style = Style { size: 7.0, leading: 9.0, ..CELL };
/// Free space between the number and the batch.
const AFTER_NUMBER: f32 = 8.0;

const ROW_SUM: Style = Style { size: 7.0, leading: 9.0, ..CELL_BOLD };
const ROW_MUTED: Style = Style { size: 7.0, leading: 9.0, ..CELL_LABEL };

/// Draws the register from a new page on.
pub(super) fn draw(book: &mut Book<'_>, report: &AuditReport, options: &Options<'_>) -> Result<(), PdfError> {
    let all = report.register.len();
    let printed = options.rows.printed(all);
    let batches = report.register.get(..printed).ok_or(Defect("more rows are to be printed than there are"))?;
    let widths = Widths::of(book, report, batches);
    // Long ids are not broken: where they leave too little for the names the register lies on its side.
    let turned = book.width() - widths.taken() < NAME;
    book.writes = printed > 0;
    if printed > 0 {
        if turned {
            book.turn();
        }
        book.break_page()?;
    }
    book.open("Sect", "");
    book.section("Register", 120.0)?;
    let count = |label, rows: usize| Fact { label, value: report.grouped(rows as u64) };
    let mut facts =
        vec![count("Rows in the register", all), count("Rows printed here", printed), count(LEFT_OUT, all - printed)];
    let csv = options.attachments.iter().find(|file| file.name == format!("{}.csv", report.stem()));
    let hash = csv.map(|file| file.content.checksum.hex());
    facts.extend(hash.map(|value| Fact { label: "SHA-256 of the CSV", value }));
    book.facts("Rows of the register", &facts, 150.0)?;
    book.page.y += 4.0;
    book.words(&intro(report, all, printed))?;
    if printed > 0 {
        rows(book, report, batches, &widths)?;
    }
    book.close()?;
    book.writes = false;
    if printed > 0 && turned {
        book.turn();
    }
    Ok(())
}

fn intro(report: &AuditReport, all: usize, printed: usize) -> String {
    let (stem, zone) = (report.stem(), report.period.timezone.name());
    let order = format!("One row per batch, oldest first; times of {zone}, to the minute.");
    match (all, printed) {
        (0, _) => "No batch was created in the period.".to_owned(),
        (_, 0) => format!("The register is not printed for its length; {stem}.csv holds every row."),
        (all, printed) if printed < all => format!("{order} The first rows only; {stem}.csv holds every row."),
        _ => {
            format!(
                "{order} Long names are cut; {stem}.csv holds them whole, with the full time and the form of the answer."
            )
        }
    }
}

/// The widest of `texts` in the style of a row, no narrower than the head and no wider than `most`.
fn widest<'a>(book: &mut Book<'_>, head: &str, texts: impl Iterator<Item = &'a str>, most: f32) -> f32 {
    let least = book.measure(COLUMN, head);
    let mut width = least;
    let mut last = "";
    for text in texts {
        if width < most && text != last {
            width = width.max(book.measure(ROW, text));
        }
        last = text;
    }
    width.min(most) + 8.0
}

/// The width of each column of figures: its sum, which is its largest figure, or a word of "not reported", which may stand on
/// two lines.
fn figure_widths(book: &mut Book<'_>, heads: [&str; 4], all: &Sums) -> [f32; 4] {
    let mut widths = [0.0; 4];
    for ((width, head), sum) in widths.iter_mut().zip(heads).zip(all.calls()) {
        let words = NOT_REPORTED.split(' ').map(str::to_owned);
        let least = words.fold(book.measure(COLUMN, head), |width, text| width.max(book.measure(ROW, &text)));
        *width = least.max(book.measure(ROW_SUM, &book.grouping.grouped(sum.unwrap_or(0)))) + 8.0;
    }
    widths
}

/// How wide the columns are that are never cut; the names get the rest.
struct Widths {
    number: f32,
    id: f32,
    status: f32,
    created: f32,
    agent: f32,
    figures: [f32; 4],
}

impl Widths {
    fn of(book: &mut Book<'_>, report: &AuditReport, batches: &[Batch]) -> Self {
        let [number, id, _, status, _, agent, figures @ ..] = HEAD;
        let most = book.long_width();
        let agents = batches.iter().filter_map(|batch| batch.agent_id.as_deref());
        let last = book.grouping.grouped(batches.len() as u64);
        Self {
            number: widest(book, number, std::iter::once(&*last), most),
            id: widest(book, id, batches.iter().map(|batch| &*batch.id), most * 0.34),
            status: widest(book, status, batches.iter().map(|batch| batch.status.as_str()), most * 0.12),
            created: book.measure(ROW, "2024-01-01 00:00") + 8.0,
            agent: widest(book, agent, agents, most * 0.1),
            figures: figure_widths(book, figures, &report.totals.all),
        }
    }

    /// What the columns of figures and everything else but the names take.
    fn taken(&self) -> f32 {
        self.number
            + AFTER_NUMBER
            + self.id
            + self.status
            + self.created
            + self.agent
            + self.figures.iter().sum::<f32>()
    }

    fn columns(&self, width: f32) -> Vec<TableColumn> {
        let [number, id, name, status, created, agent, figures @ ..] = HEAD;
        let mut columns = vec![
            TableColumn::right(number, self.number).followed_by(AFTER_NUMBER),
            TableColumn::left(id, self.id),
            TableColumn::left(name, width - self.taken()).at_most(3),
            TableColumn::left(status, self.status),
            TableColumn::left(created, self.created),
            TableColumn::left(agent, self.agent).at_most(3),
        ];
        columns.extend(figures.into_iter().zip(self.figures).map(|(head, width)| TableColumn::right(head, width)));
        columns
    }
}

fn rows(book: &mut Book<'_>, report: &AuditReport, batches: &[Batch], widths: &Widths) -> Result<(), PdfError> {
    let columns = widths.columns(book.width());
    let table = book.open_table("Register", columns, true)?;
    let grouping = book.grouping;
    let figure =
        |value: Option<u64>| Cell::new(grouping.figure(value)).styled(if value.is_some() { ROW } else { ROW_MUTED });
    let last = batches.len() - 1;
    for (n, batch) in batches.iter().enumerate() {
        let created = batch.created_at.with_timezone(&report.period.timezone).format("%Y-%m-%d %H:%M");
        let mut cells = vec![
            Cell::new(grouping.grouped(n as u64 + 1)).styled(ROW_MUTED).numbered(n + 1),
            Cell::new(&*batch.id).styled(ROW).heading(),
            Cell::new(batch.name.as_deref().unwrap_or_default()).styled(ROW),
            Cell::new(batch.status.as_str()).styled(ROW),
            Cell::new(created.to_string()).styled(ROW),
            Cell::new(batch.agent_id.as_deref().unwrap_or_default()).styled(ROW_MUTED),
        ];
        cells.extend(Column::figures(batch).into_iter().chain([batch.other_calls()]).map(figure));
        if n < last {
            book.row(&table, &cells)?;
        } else {
            book.rows(&table, &[cells, total(report)])?;
        }
    }
    book.close_table()
}

/// The sums over all batches, also those that are not printed.
fn total(report: &AuditReport) -> Vec<Cell> {
    let words = ["", "TOTAL", &report.batches(report.totals.all.batches), "", "", ""].map(str::to_owned);
    let figures = report.totals.all.calls().map(|sum| report.figure(sum));
    let cells = words.into_iter().chain(figures).map(|text| Cell::new(text).styled(ROW_SUM));
    cells.enumerate().map(|(n, cell)| if n == 1 { cell.heading() } else { cell }).collect()
}
