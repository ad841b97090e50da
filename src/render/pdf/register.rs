//! The register: one row per batch, ids and statuses whole, long names cut after two lines.

use super::book::Book;
use super::flow::{Cell, Column};
use super::grid::{CELL, CELL_LABEL, Style};
use super::{Options, PdfError};
use crate::batch::Batch;
use crate::defect::Defect;
use crate::report::{AuditReport, Fact, NOT_REPORTED, figure, grouped};

/// Column heads of the register; `verify` knows the table by them.
pub(crate) const HEAD: [&str; 8] =
    ["Batch", "Name", "Status", "Created (local)", "Agent", "Calls", "Completed", "Failed"];

/// Labels of the figures that say how much is printed; `verify` reads the last one.
pub(crate) const LEFT_OUT: &str = "Rows left to the attached CSV";

/// The least width for names; most of them take one line of it, and two hold some sixty letters.
const NAME: f32 = 96.0;

const ROW: Style = Style { size: 7.2, leading: 9.2, ..CELL };
const ROW_MUTED: Style = Style { size: 7.2, leading: 9.2, ..CELL_LABEL };

/// Draws the register from a new page on.
pub(super) fn draw(book: &mut Book<'_>, report: &AuditReport, options: &Options<'_>) -> Result<(), PdfError> {
    let all = report.register.len();
    let printed = options.rows.printed(all);
    let batches = report.register.get(..printed).ok_or(Defect("more rows are to be printed than there are"))?;
    let widths = Widths::of(book, batches);
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
    let count = |label, rows: usize| Fact { label, value: grouped(rows as u64) };
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
    let order = format!("One row per batch, oldest first; times of {zone}.");
    match (all, printed) {
        (0, _) => "No batch was created in the period.".to_owned(),
        (_, 0) => format!("The register is not printed for its length; {stem}.csv holds every row."),
        (all, printed) if printed < all => format!("{order} The first rows only; {stem}.csv holds every row."),
        _ => {
            format!("{order} Long names are cut; {stem}.csv holds them whole, with time in UTC and form of the answer.")
        }
    }
}

/// The widest of `texts` in the style of a row, no narrower than the head and no wider than `most`.
fn widest<'a>(book: &mut Book<'_>, head: &str, texts: impl Iterator<Item = &'a str>, most: f32) -> f32 {
    let least = book.measure(super::grid::COLUMN, head);
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

/// The width of each column of figures: its largest figure, or a word of "not reported", which may stand on two lines.
fn figure_widths(book: &mut Book<'_>, heads: [&str; 3], batches: &[Batch]) -> [f32; 3] {
    let mut most = [0_u64; 3];
    for batch in batches {
        let figures = [batch.total_calls, batch.completed_calls, batch.failed_calls];
        for (most, figure) in most.iter_mut().zip(figures) {
            *most = (*most).max(figure.unwrap_or(0));
        }
    }
    let mut widths = [0.0; 3];
    for ((width, head), most) in widths.iter_mut().zip(heads).zip(most) {
        let words = NOT_REPORTED.split(' ').map(str::to_owned).chain([grouped(most)]);
        let least = book.measure(super::grid::COLUMN, head);
        *width = words.fold(least, |width, text| width.max(book.measure(ROW, &text))) + 8.0;
    }
    widths
}

/// How wide the columns are that are never cut; the names get the rest.
struct Widths {
    id: f32,
    status: f32,
    created: f32,
    agent: f32,
    figures: [f32; 3],
}

impl Widths {
    fn of(book: &mut Book<'_>, batches: &[Batch]) -> Self {
        let [id, _, status, _, agent, figures @ ..] = HEAD;
        let most = book.long_width();
        let agents = batches.iter().filter_map(|batch| batch.agent_id.as_deref());
        Self {
            id: widest(book, id, batches.iter().map(|batch| &*batch.id), most * 0.34),
            status: widest(book, status, batches.iter().map(|batch| batch.status.as_str()), most * 0.12),
            created: book.measure(ROW, "2024-01-01 00:00:00") + 8.0,
            agent: widest(book, agent, agents, most * 0.1),
            figures: figure_widths(book, figures, batches),
        }
    }

    /// What the three columns of figures and everything else but the names take.
    fn taken(&self) -> f32 {
        self.id + self.status + self.created + self.agent + self.figures.iter().sum::<f32>()
    }

    fn columns(&self, width: f32) -> Vec<Column> {
        let [id, name, status, created, agent, figures @ ..] = HEAD;
        let mut columns = vec![
            Column::left(id, self.id),
            Column::left(name, width - self.taken()).at_most(2),
            Column::left(status, self.status),
            Column::left(created, self.created),
            Column::left(agent, self.agent).at_most(3),
        ];
        columns.extend(figures.into_iter().zip(self.figures).map(|(head, width)| Column::right(head, width)));
        columns
    }
}

fn rows(book: &mut Book<'_>, report: &AuditReport, batches: &[Batch], widths: &Widths) -> Result<(), PdfError> {
    let columns = widths.columns(book.width());
    let table = book.open_table("Register", columns, true)?;
    for batch in batches {
        let created = batch.created_at.with_timezone(&report.period.timezone).format("%Y-%m-%d %H:%M:%S");
        let figure = |value: Option<u64>| {
            let style = if value.is_some() { ROW } else { ROW_MUTED };
            Cell::new(figure(value)).styled(style)
        };
        let cells = [
            Cell::new(&*batch.id).styled(ROW).heading(),
            Cell::new(batch.name.as_deref().unwrap_or_default()).styled(ROW),
            Cell::new(batch.status.as_str()).styled(ROW),
            Cell::new(created.to_string()).styled(ROW),
            Cell::new(batch.agent_id.as_deref().unwrap_or_default()).styled(ROW_MUTED),
            figure(batch.total_calls),
            figure(batch.completed_calls),
            figure(batch.failed_calls),
        ];
        book.row(&table, &cells)?;
    }
    book.close_table()
}
