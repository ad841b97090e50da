//! What pages are made of from top to bottom: headings, paragraphs, facts, and tables whose head is repeated and whose
//! rows are never split.

use super::PdfError;
use super::book::Book;
use super::grid::{BODY, CELL, CELL_LABEL, COLUMN, HAIR, HEADING, RULE, SECTION, SIDE, Style};
use super::objects::text_string;
use super::shaping::Line;
use crate::report::Fact;

/// No text of the report's own needs more lines.
pub(super) const ANY: usize = 400;

/// Free space above and below the text of a row, together.
const ROW_GAP: f32 = 4.6;
/// Free space between columns.
const GUTTER: f32 = 7.0;

/// On which side a column's text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) title: String,
    pub(super) width: f32,
    pub(super) side: Side,
    /// How many lines a cell may have before it is cut.
    pub(super) lines: usize,
    /// Free space before the next column.
    after: f32,
}

impl Column {
    /// A column of text.
    pub(super) fn left(title: &str, width: f32) -> Self {
        Self { title: title.to_owned(), width, side: Side::Left, lines: ANY, after: 0.0 }
    }

    /// A column of figures.
    pub(super) fn right(title: &str, width: f32) -> Self {
        Self { side: Side::Right, ..Self::left(title, width) }
    }

    /// The same with so much free space before the next column, which a column of figures needs before one of text.
    pub(super) fn followed_by(self, after: f32) -> Self {
        Self { after, ..self }
    }

    /// The same with cells of at most `lines`.
    pub(super) fn at_most(self, lines: usize) -> Self {
        Self { lines, ..self }
    }
}

/// A cell of a table.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) style: Style,
    /// Whether it is the head of its row.
    pub(super) head: bool,
    /// The row of the register that it is a link to.
    pub(super) link: Option<usize>,
    /// The number of this row of the register.
    pub(super) row: Option<usize>,
}

impl Cell {
    /// Plain text.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: CELL, head: false, link: None, row: None }
    }

    /// The same in another style.
    pub(super) fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// The same as head of its row.
    pub(super) fn heading(self) -> Self {
        Self { head: true, ..self }
    }

    /// The same as a link to a row of the register, which must be printed.
    pub(super) fn linked(self, row: Option<usize>) -> Self {
        Self { link: row, ..self }
    }

    /// The same in the row of the register that has this number.
    pub(super) fn numbered(self, row: usize) -> Self {
        Self { row: Some(row), ..self }
    }
}

/// A table while its rows come.
pub(super) struct FlowTable {
    columns: Vec<Column>,
    /// Whether the head is shown.
    headed: bool,
}

/// A row as it will be drawn: each cell's lines in its style.
struct Measured<'c> {
    cells: Vec<(&'c Cell, Style, Vec<Line>)>,
    height: f32,
}

impl Book<'_> {
    /// Free space.
    pub(super) fn space(&mut self, height: f32) {
        if !self.at_top() {
            self.page.y += height;
        }
    }

    /// Lines of one style as the content of the present element.
    pub(super) fn lines(&mut self, x: f32, style: Style, lines: &[Line]) {
        self.begin_content(false);
        for line in lines {
            let baseline = self.page.y + style.size;
            self.show((x, baseline), style, line);
            self.page.y += style.leading;
        }
        self.end_content(false);
    }

    /// A text over the whole width as an element of its own.
    pub(super) fn paragraph(&mut self, kind: &'static str, style: Style, text: &str) -> Result<(), PdfError> {
        self.paragraph_in(kind, style, text, (SIDE, self.width()))
    }

    /// A text from `x` on, `width` wide, as an element of its own.
    pub(super) fn paragraph_in(
        &mut self,
        kind: &'static str,
        style: Style,
        text: &str,
        (x, width): (f32, f32),
    ) -> Result<(), PdfError> {
        let lines = self.shaper.wrap(text, style.setting, style.ems(width), ANY);
        self.open(kind, "");
        let mut rest = lines.as_slice();
        while !rest.is_empty() {
            // A text longer than the page goes on on the next one.
            self.need(style.leading * rest.len().min(3) as f32)?;
            let room = ((self.page.limit - self.page.y) / style.leading).max(1.0) as usize;
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.lines(x, style, now);
            rest = later;
        }
        self.close()
    }

    /// The heading of a section, with a bookmark; `after` must have room below it.
    pub(super) fn section(&mut self, title: &str, after: f32) -> Result<(), PdfError> {
        self.space(20.0);
        self.need(SECTION.leading + 10.0 + after)?;
        self.bookmark(1, title);
        let y = self.page.y;
        self.page.canvas.rule((SIDE, y), self.width(), 1.2, self.accent);
        self.page.y += 7.0;
        self.paragraph("H2", SECTION.in_colour(self.accent), title)?;
        self.page.y += 4.0;
        Ok(())
    }

    /// A heading within a section, with a bookmark.
    pub(super) fn heading(&mut self, title: &str, after: f32) -> Result<(), PdfError> {
        self.heading_of(3, title, after)
    }

    /// A small heading of that level: 2 where no section's heading is above it, else 3. No level may be left out.
    pub(super) fn heading_of(&mut self, level: u8, title: &str, after: f32) -> Result<(), PdfError> {
        self.space(9.0);
        self.need(HEADING.leading + after)?;
        self.bookmark(2, title);
        self.paragraph(if level == 2 { "H2" } else { "H3" }, HEADING, title)
    }

    /// A paragraph of the report's own words.
    pub(super) fn words(&mut self, text: &str) -> Result<(), PdfError> {
        self.paragraph("P", BODY, text)?;
        self.page.y += 4.0;
        Ok(())
    }

    /// Facts as a table of two columns, the labels `label` wide.
    pub(super) fn facts(&mut self, title: &str, facts: &[Fact], label: f32) -> Result<(), PdfError> {
        let columns = vec![Column::left("", label), Column::left("", self.width() - label)];
        let table = self.open_table(title, columns, false)?;
        for fact in facts {
            let cells = [Cell::new(fact.label).styled(CELL_LABEL).heading(), Cell::new(&*fact.value)];
            self.row(&table, &cells)?;
        }
        self.close_table()
    }

    /// Opens a table; its title is for those who do not see it. The head is drawn with the first row, never without one.
    pub(super) fn open_table(
        &mut self,
        title: &str,
        columns: Vec<Column>,
        headed: bool,
    ) -> Result<FlowTable, PdfError> {
        self.in_rows = false;
        self.open("Table", format!("/A<</O/Table/Summary {}>>", text_string(title)));
        Ok(FlowTable { columns, headed })
    }

    /// Closes a table and rules it off.
    pub(super) fn close_table(&mut self) -> Result<(), PdfError> {
        if !self.in_rows {
            self.open("TBody", "");
        }
        self.in_rows = false;
        self.close()?;
        self.close()?;
        self.page.y += 4.0;
        Ok(())
    }

    /// Draws the head of a table whose first rows need `height`.
    fn begin_rows(&mut self, table: &FlowTable, height: f32) -> Result<(), PdfError> {
        if table.headed {
            let (lines, head) = self.head_lines(table);
            self.need(head + height)?;
            self.open("THead", "");
            self.open("TR", "");
            self.head(table, &lines, head, true)?;
            self.close()?;
            self.close()?;
        } else {
            self.need(height)?;
        }
        self.open("TBody", "");
        self.in_rows = true;
        Ok(())
    }

    fn head_lines(&mut self, table: &FlowTable) -> (Vec<Vec<Line>>, f32) {
        let wrapped = table.columns.iter().map(|column| {
            let width = COLUMN.ems(column.width - GUTTER);
            self.shaper.wrap(&column.title, COLUMN.setting, width, ANY)
        });
        let lines: Vec<Vec<Line>> = wrapped.collect();
        let most = lines.iter().map(Vec::len).max().unwrap_or(1);
        (lines, most as f32 * COLUMN.leading + ROW_GAP)
    }

    fn head(&mut self, table: &FlowTable, lines: &[Vec<Line>], height: f32, tagged: bool) -> Result<(), PdfError> {
        let top = self.page.y;
        if !tagged {
            self.page.canvas.begin_artifact("Pagination");
        }
        let mut x = SIDE;
        for (column, lines) in table.columns.iter().zip(lines) {
            let from = top + height - ROW_GAP / 2.0 - lines.len() as f32 * COLUMN.leading;
            if tagged {
                self.open("TH", "/A<</O/Table/Scope/Column>>");
                self.begin_content(false);
            }
            self.cell_lines(column, COLUMN, lines, (x, from));
            if tagged {
                self.end_content(false);
                self.close()?;
            }
            x += column.width + column.after;
        }
        if !tagged {
            self.page.canvas.end_mark(false);
        }
        self.page.y = top + height;
        let y = self.page.y;
        self.page.canvas.rule((SIDE, y), self.width(), 0.8, RULE);
        Ok(())
    }

    fn cell_lines(&mut self, column: &Column, style: Style, lines: &[Line], (x, top): (f32, f32)) {
        for (n, line) in lines.iter().enumerate() {
            let left = match column.side {
                Side::Left => x,
                Side::Right => x + column.width - style.points(line.width),
            };
            let baseline = top + n as f32 * style.leading + style.size;
            self.show((left, baseline), style, line);
        }
    }

    /// All rows of a table; the last one is never alone on a page, since it is the sum of the others.
    pub(super) fn rows_to_total(&mut self, table: &FlowTable, rows: &[Vec<Cell>]) -> Result<(), PdfError> {
        let (each, last) = rows.split_at(rows.len().saturating_sub(2));
        each.iter().try_for_each(|row| self.row(table, row))?;
        self.rows(table, last)
    }

    /// One row; on a new page with the head repeated if it does not fit on this one.
    pub(super) fn row(&mut self, table: &FlowTable, cells: &[Cell]) -> Result<(), PdfError> {
        let row = self.measured(table, cells);
        self.place(table, row.height)?;
        self.draw_row(table, &row)
    }

    /// Rows that stay on one page, as far as a page holds them.
    pub(super) fn rows(&mut self, table: &FlowTable, rows: &[Vec<Cell>]) -> Result<(), PdfError> {
        let rows: Vec<_> = rows.iter().map(|cells| self.measured(table, cells)).collect();
        self.place(table, rows.iter().map(|row| row.height).sum())?;
        for (n, row) in rows.iter().enumerate() {
            if n > 0 {
                self.place(table, row.height)?;
            }
            self.draw_row(table, row)?;
        }
        Ok(())
    }

    /// Begins a new page, with the head repeated, unless so much is free on this one.
    fn place(&mut self, table: &FlowTable, height: f32) -> Result<(), PdfError> {
        if !self.in_rows {
            return self.begin_rows(table, height);
        }
        if self.page.y + height > self.page.limit && !self.at_top() {
            self.break_page()?;
            if table.headed {
                let (lines, head) = self.head_lines(table);
                self.head(table, &lines, head, false)?;
            }
        }
        Ok(())
    }

    fn measured<'c>(&mut self, table: &FlowTable, cells: &'c [Cell]) -> Measured<'c> {
        let mut row = Measured { cells: Vec::with_capacity(cells.len()), height: 0.0 };
        for (column, cell) in table.columns.iter().zip(cells) {
            let room = column.width - GUTTER;
            let is_figure = column.side == Side::Right && !cell.text.contains(' ');
            // A figure is never broken: it is set smaller.
            let style = if is_figure { self.fitting(cell.style, &cell.text, room) } else { cell.style };
            let most = column.lines.min(self.lines_on_page(style));
            let lines = self.shaper.wrap(&cell.text, style.setting, style.ems(room), most);
            row.height = row.height.max(lines.len() as f32 * style.leading + ROW_GAP);
            row.cells.push((cell, style, lines));
        }
        row
    }

    /// The style made smaller where the text would be wider than `width`.
    pub(super) fn fitting(&mut self, style: Style, text: &str, width: f32) -> Style {
        let wide = self.measure(style, text);
        if wide <= width { style } else { Style { size: (style.size * width / wide * 0.995).max(3.0), ..style } }
    }

    fn draw_row(&mut self, table: &FlowTable, row: &Measured<'_>) -> Result<(), PdfError> {
        self.open("TR", "");
        let (top, mut x) = (self.page.y + ROW_GAP / 2.0, SIDE);
        for (column, (cell, style, lines)) in table.columns.iter().zip(&row.cells) {
            if cell.head {
                self.open("TH", "/A<</O/Table/Scope/Row>>")
            } else {
                self.open("TD", "")
            }
            if let Some(row) = cell.row {
                self.arrive(row, self.page.y);
            }
            if cell.link.is_some() {
                self.open("Link", "");
            }
            if !cell.text.is_empty() {
                self.begin_content(false);
                self.cell_lines(column, *style, lines, (x, top));
                self.end_content(false);
            }
            if let Some(row) = cell.link {
                let width = lines.iter().map(|line| style.points(line.width)).fold(0.0, f32::max);
                self.link([x, top, x + width, top + lines.len() as f32 * style.leading], row);
                self.close()?;
            }
            self.close()?;
            x += column.width + column.after;
        }
        self.close()?;
        self.page.y += row.height;
        let y = self.page.y;
        self.page.canvas.rule((SIDE, y), self.width(), 0.4, HAIR);
        Ok(())
    }

    /// How many lines a row may have at most, so that it fits on an empty page.
    fn lines_on_page(&self, style: Style) -> usize {
        ((self.height() - super::grid::TOP - super::grid::BOTTOM - 60.0) / style.leading) as usize
    }
}
