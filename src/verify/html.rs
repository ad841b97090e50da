//! What an HTML report states, read from the cells that it shows.
//!
//! Read strictly, as this program writes them: a page that shows a mark, a period or totals twice, or that hides something
//! in a table, is refused and not guessed at.

use crate::report::{NOT_REPORTED, grouped};
use crate::totals::Sums;
use crate::verify::stated::{Figure, Stated, StatedRow, StatedTotals};

mod tokens;

use tokens::{Token, Tokens, Unfinished, attribute, decoded};

/// What is wrong with a page.
#[derive(Debug, thiserror::Error)]
pub enum HtmlReadError {
    /// Not UTF-8.
    #[error("the file is not UTF-8 text: {0}")]
    NotText(#[from] std::str::Utf8Error),
    /// A tag or comment does not end.
    #[error("the file is cut or no HTML: what begins at byte {at} does not end")]
    Unfinished {
        /// Where it begins.
        at: usize,
    },
    /// The page lacks something.
    #[error("the page does not show {0}; it is not a report, or its templates left that out")]
    Missing(&'static str),
    /// The page shows something more than once.
    #[error("the page shows {0} more than once; it was not made like this")]
    Twice(&'static str),
    /// A page of this program has no such element there.
    #[error("an element `{element}` before byte {at}: the page was not made like this")]
    Foreign {
        /// The element's name, cut after 60 characters.
        element: String,
        /// Where it was found.
        at: usize,
    },
    /// A table's row has another number of cells.
    #[error("row {row} of {table} has {cells} cells, not {expected}")]
    Cells {
        /// `totals` or `register`.
        table: &'static str,
        /// The row, from 1.
        row: usize,
        /// How many cells it has.
        cells: usize,
        /// How many it must have.
        expected: usize,
    },
    /// What must be a figure is none.
    #[error("`{0}` is not a figure")]
    NotAFigure(String),
    /// A text holds an entity that is not written by this program.
    #[error("the text before byte {at} cannot be read")]
    Entity {
        /// Where it ends.
        at: usize,
    },
}

impl From<Unfinished> for HtmlReadError {
    fn from(unfinished: Unfinished) -> Self {
        Self::Unfinished { at: unfinished.at }
    }
}

/// Elements that would make the page do or load something.
const ACTIVE: [&str; 9] = ["script", "iframe", "frame", "object", "embed", "base", "form", "input", "foreignobject"];

/// Elements that a cell may hold.
const IN_CELLS: [&str; 4] = ["bdi", "code", "i", "div"];

/// What the page shows.
pub fn stated(bytes: &[u8]) -> Result<Stated, HtmlReadError> {
    let mut page = Page { tokens: Tokens::new(std::str::from_utf8(bytes)?) };
    let (mut mark, mut period, mut left_out, mut totals) = (None, None, None, None);
    let mut rows = Vec::new();
    while let Some((name, attributes)) = page.next_element()? {
        match (name, attribute(attributes, "id")) {
            ("strong", Some("mark")) => once(&mut mark, page.text("strong")?, "its verdict")?,
            ("dd", Some("period-label")) => once(&mut period, page.text("dd")?, "its period")?,
            ("span", Some("left-out")) => once(&mut left_out, page.text("span")?, "how many rows it leaves out")?,
            ("table", Some("totals")) => once(&mut totals, page.totals()?, "the totals")?,
            ("table", None) if attribute(attributes, "class") == Some("register figures") => {
                page.register(&mut rows)?
            }
            _ => {}
        }
    }
    let left_out = left_out.map(|text| figure(&text)).transpose()?.flatten();
    Ok(Stated {
        period: Some(period.ok_or(HtmlReadError::Missing("its period"))?),
        mark: Some(mark.ok_or(HtmlReadError::Missing("its verdict"))?),
        totals: totals.ok_or(HtmlReadError::Missing("the totals"))?,
        rows,
        left_out: left_out.unwrap_or(0),
    })
}

fn once<T>(place: &mut Option<T>, value: T, what: &'static str) -> Result<(), HtmlReadError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(HtmlReadError::Twice(what)),
    }
}

/// A cell of a table: its own text, and that of its `code` element.
#[derive(Debug, Default)]
struct Cell {
    text: String,
    code: Option<String>,
}

struct Page<'a> {
    tokens: Tokens<'a>,
}

impl<'a> Page<'a> {
    /// The next start tag: name and attributes.
    fn next_element(&mut self) -> Result<Option<(&'a str, &'a str)>, HtmlReadError> {
        while let Some(token) = self.tokens.next()? {
            if let Token::Open(name, attributes) = token {
                if ACTIVE.iter().any(|active| name.eq_ignore_ascii_case(active)) {
                    return Err(self.foreign(name));
                }
                return Ok(Some((name, attributes)));
            }
        }
        Ok(None)
    }

    fn foreign(&self, element: &str) -> HtmlReadError {
        HtmlReadError::Foreign { element: element.chars().take(60).collect(), at: self.tokens.at() }
    }

    fn decoded(&self, text: &str) -> Result<String, HtmlReadError> {
        decoded(text).ok_or(HtmlReadError::Entity { at: self.tokens.at() })
    }

    /// The text up to the end tag of `element`, which holds no other element.
    fn text(&mut self, element: &str) -> Result<String, HtmlReadError> {
        let mut text = String::new();
        loop {
            match self.tokens.next()? {
                Some(Token::Text(part)) => text.push_str(&self.decoded(part)?),
                Some(Token::Close(name)) if name == element => return Ok(text),
                Some(Token::Open(name, _) | Token::Close(name)) => return Err(self.foreign(name)),
                None => return Err(Unfinished { at: self.tokens.at() }.into()),
            }
        }
    }

    fn totals(&mut self) -> Result<Vec<StatedTotals>, HtmlReadError> {
        let mut totals = Vec::new();
        self.skip_to_body()?;
        while let Some(cells) = self.row("totals", totals.len() + 1)? {
            totals.push(totals_row(cells)?);
        }
        Ok(totals)
    }

    fn register(&mut self, rows: &mut Vec<StatedRow>) -> Result<(), HtmlReadError> {
        self.skip_to_body()?;
        while let Some(cells) = self.row("register", rows.len() + 1)? {
            rows.push(register_row(cells)?);
        }
        Ok(())
    }

    fn skip_to_body(&mut self) -> Result<(), HtmlReadError> {
        while let Some((name, _)) = self.next_element()? {
            match name {
                "tbody" => return Ok(()),
                "table" => break,
                _ => {}
            }
        }
        Err(HtmlReadError::Missing("the rows of a table"))
    }

    /// The next row's cells, `None` at the end of the table's body.
    fn row<const N: usize>(&mut self, table: &'static str, row: usize) -> Result<Option<[Cell; N]>, HtmlReadError> {
        let mut cells = Vec::with_capacity(N);
        loop {
            match self.tokens.next()? {
                Some(Token::Text(text)) if text.trim().is_empty() => {}
                Some(Token::Open("tr", attributes)) if cells.is_empty() => self.plain("tr", attributes)?,
                Some(Token::Open(name @ ("th" | "td"), attributes)) if cells.len() < N => {
                    self.plain(name, attributes)?;
                    cells.push(self.cell(name)?);
                }
                Some(Token::Close("tr")) => {
                    let wrong = |cells: Vec<Cell>| HtmlReadError::Cells { table, row, cells: cells.len(), expected: N };
                    return cells.try_into().map(Some).map_err(wrong);
                }
                Some(Token::Close("tbody")) if cells.is_empty() => return Ok(None),
                Some(Token::Open(name, _) | Token::Close(name)) => return Err(self.foreign(name)),
                Some(Token::Text(text)) => return Err(self.foreign(text)),
                None => return Err(Unfinished { at: self.tokens.at() }.into()),
            }
        }
    }

    /// Refuses a row or a cell with attributes that could hide it or spread it.
    fn plain(&self, name: &str, attributes: &str) -> Result<(), HtmlReadError> {
        let known = ["", " scope=\"row\"", " class=\"nr\"", " class=\"total\""];
        if known.contains(&attributes) { Ok(()) } else { Err(self.foreign(&format!("{name}{attributes}"))) }
    }

    fn cell(&mut self, element: &str) -> Result<Cell, HtmlReadError> {
        let mut cell = Cell::default();
        loop {
            match self.tokens.next()? {
                Some(Token::Text(part)) => cell.text.push_str(&self.decoded(part)?),
                Some(Token::Close(name)) if name == element => return Ok(cell),
                Some(Token::Open("code", "")) if cell.code.is_none() => cell.code = Some(self.text("code")?),
                Some(Token::Open(name, _)) if IN_CELLS.contains(&name) && name != "code" => drop(self.text(name)?),
                Some(Token::Open(name, _) | Token::Close(name)) => return Err(self.foreign(name)),
                None => return Err(Unfinished { at: self.tokens.at() }.into()),
            }
        }
    }
}

fn totals_row(cells: [Cell; 10]) -> Result<StatedTotals, HtmlReadError> {
    let [status, batches, total, completed, failed, other, missing, without, above, rest] = cells.map(|cell| cell.text);
    let count = |text: &str| figure(text)?.ok_or_else(|| HtmlReadError::NotAFigure(text.to_owned()));
    Ok(StatedTotals {
        status,
        sums: Sums {
            batches: count(&batches)?,
            total_calls: figure(&total)?,
            completed_calls: figure(&completed)?,
            failed_calls: figure(&failed)?,
            other_calls: figure(&other)?,
            not_reported: count(&missing)?,
            without_total: count(&without)?,
            above_total: count(&above)?,
            unallocated: count(&rest)?,
        },
    })
}

fn register_row(cells: [Cell; 8]) -> Result<StatedRow, HtmlReadError> {
    let [batch, status, _, _, total, completed, failed, _] = cells;
    Ok(StatedRow {
        batch_id: batch.code.ok_or(HtmlReadError::Missing("the id of a batch"))?,
        status: status.text,
        calls: [figure(&total.text)?, figure(&completed.text)?, figure(&failed.text)?],
    })
}

/// A figure exactly as this program writes it.
fn figure(text: &str) -> Result<Figure, HtmlReadError> {
    if text == NOT_REPORTED {
        return Ok(None);
    }
    let digits: String = text.chars().filter(|character| *character != '\u{2009}').collect();
    let figure = digits.parse().ok().filter(|figure| grouped(*figure) == text);
    figure.map(Some).ok_or_else(|| HtmlReadError::NotAFigure(text.chars().take(60).collect()))
}

#[cfg(test)]
mod tests;
