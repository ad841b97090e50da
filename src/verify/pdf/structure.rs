//! The structure tree, as far as figures are in it: tables with their cells, and elements with a title. Rows of the register
//! are handed on as they are read, and what they state is left to others.

use std::collections::BTreeMap;

use super::content::Text;
use super::pages::Pages;
use super::{ReadError, foreign};
use crate::pdf::{Dictionary, Id, Object, Pdf, PdfError, text_string};
use crate::render::pdf::REGISTER_HEAD;

/// What takes the cells of a row of the register.
pub(super) type EachRow<'a> = dyn FnMut(&[Text]) -> Result<(), ReadError> + 'a;

/// Elements are nested no deeper than this.
const DEPTH: usize = 24;
/// How many cells a row may have; the longest of this program has eight.
const ROW: usize = 64;
/// How many cells of tables other than the register are held.
const CELLS: usize = 1_000_000;

/// A table: its head, where it has one, and its rows; none of those of the register.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<Text>>,
}

impl Table {
    fn is_register(&self) -> bool {
        self.head == REGISTER_HEAD
    }
}

/// What was found in the tree.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) tables: Vec<Table>,
    /// The text of elements with a title, by that.
    pub(super) titled: BTreeMap<String, Vec<String>>,
}

/// Reads the whole tree, taking its texts out of `pages`, and hands the rows of the register to `each`.
pub(super) fn read(pdf: &Pdf<'_>, pages: &mut Pages<'_>, each: &mut EachRow<'_>) -> Result<Tree, ReadError> {
    let (_, catalog) = pdf.catalog()?;
    let root = catalog.get("StructTreeRoot").map(|root| pdf.resolve(root)).transpose()?;
    let root = root.as_ref().and_then(Object::as_dictionary).ok_or_else(|| foreign("it has no structure tree"))?;
    let mut walk = Walk { pdf, pages, each, tree: Tree::default(), open: false, row: None, left: CELLS };
    walk.kids(root, None, 0, &mut None)?;
    Ok(walk.tree)
}

struct Walk<'a, 'p> {
    pdf: &'a Pdf<'a>,
    pages: &'a mut Pages<'p>,
    each: &'a mut EachRow<'a>,
    tree: Tree,
    /// Whether the last table is not at its end.
    open: bool,
    /// The cells of the row that is being read.
    row: Option<Vec<Text>>,
    /// How many cells may still be held.
    left: usize,
}

impl Walk<'_, '_> {
    /// Reads everything in an element; its text is added to `text`, where there is one.
    fn kids(
        &mut self,
        element: &Dictionary,
        page: Option<Id>,
        depth: usize,
        text: &mut Option<Text>,
    ) -> Result<(), ReadError> {
        let Some(kids) = element.get("K") else { return Ok(()) };
        let own = element.get("Pg").and_then(Object::as_reference).or(page);
        match kids.as_array() {
            Some(kids) => kids.iter().try_for_each(|kid| self.kid(kid, own, depth, text)),
            None => self.kid(kids, own, depth, text),
        }
    }

    fn kid(&mut self, kid: &Object, page: Option<Id>, depth: usize, text: &mut Option<Text>) -> Result<(), ReadError> {
        if depth > DEPTH {
            return Err(foreign("its structure tree is too deep"));
        }
        if let Some(mark) = kid.as_integer() {
            return self.take(page.ok_or_else(|| foreign("an element is on no page"))?, mark, text);
        }
        let found = self.pdf.resolve(kid)?;
        if let Some(mark) = found.as_integer() {
            return self.take(page.ok_or_else(|| foreign("an element is on no page"))?, mark, text);
        }
        let strange = || foreign("its structure tree holds something else than elements");
        let entries = found.as_dictionary().ok_or_else(strange)?;
        match entries.name("Type") {
            Some(b"MCR") => {
                const WHAT: PdfError = PdfError::Missing("a piece of marked content");
                let page = entries.get("Pg").and_then(Object::as_reference).ok_or(WHAT)?;
                self.take(page, entries.integer("MCID").ok_or(WHAT)?, text)
            }
            Some(b"OBJR") => Ok(()),
            _ => self.element(entries, page, depth + 1, text),
        }
    }

    fn take(&mut self, page: Id, mark: i64, text: &mut Option<Text>) -> Result<(), ReadError> {
        let part = self.pages.take(page, mark)?;
        add(text, &part);
        Ok(())
    }

    fn element(
        &mut self,
        element: &Dictionary,
        page: Option<Id>,
        depth: usize,
        text: &mut Option<Text>,
    ) -> Result<(), ReadError> {
        let kind = element.name("S").ok_or(PdfError::Missing("the kind of an element"))?;
        match kind {
            b"Table" => self.table(element, page, depth, text),
            b"THead" => self.head(element, page, depth, text),
            b"TR" => self.table_row(element, page, depth, text),
            _ => {
                let title = element.get("T").and_then(Object::as_text).and_then(text_string);
                let is_cell = matches!(kind, b"TH" | b"TD") && self.row.is_some();
                if !is_cell && title.is_none() {
                    return self.kids(element, page, depth, text);
                }
                let mut own = Some(Text::default());
                self.kids(element, page, depth, &mut own)?;
                let own = own.unwrap_or_default();
                add(text, &own);
                self.keep(own, is_cell, title)
            }
        }
    }

    /// Keeps the text of a cell or of an element with a title.
    fn keep(&mut self, text: Text, is_cell: bool, title: Option<String>) -> Result<(), ReadError> {
        if let Some(title) = title {
            self.spend(1)?;
            self.tree.titled.entry(title).or_default().push(text.text.clone());
        }
        if let Some(row) = self.row.as_mut().filter(|_| is_cell) {
            row.push(text);
            if row.len() > ROW {
                return Err(foreign("a row has more than 64 cells"));
            }
        }
        Ok(())
    }

    fn table(
        &mut self,
        element: &Dictionary,
        page: Option<Id>,
        depth: usize,
        text: &mut Option<Text>,
    ) -> Result<(), ReadError> {
        if self.open || self.row.is_some() {
            return Err(foreign("a table is inside another table"));
        }
        self.spend(1)?;
        self.tree.tables.push(Table::default());
        self.open = true;
        self.kids(element, page, depth, text)?;
        self.open = false;
        Ok(())
    }

    fn head(
        &mut self,
        element: &Dictionary,
        page: Option<Id>,
        depth: usize,
        text: &mut Option<Text>,
    ) -> Result<(), ReadError> {
        if self.tree.tables.last().is_some_and(|table| self.open && !(table.head.is_empty() && table.rows.is_empty())) {
            return Err(foreign("a table's head is not at its beginning"));
        }
        self.kids(element, page, depth, text)?;
        if let Some(table) = self.tree.tables.last_mut().filter(|_| self.open) {
            table.head = std::mem::take(&mut table.rows).into_iter().flatten().map(|cell| cell.text).collect();
        }
        let registers = self.tree.tables.iter().filter(|table| table.is_register()).count();
        if registers > 1 { Err(foreign("it shows two registers")) } else { Ok(()) }
    }

    fn table_row(
        &mut self,
        element: &Dictionary,
        page: Option<Id>,
        depth: usize,
        text: &mut Option<Text>,
    ) -> Result<(), ReadError> {
        if !self.open || self.row.is_some() {
            return Err(foreign("a row is outside of a table, or inside another row"));
        }
        self.row = Some(Vec::new());
        self.kids(element, page, depth, text)?;
        let row = self.row.take().unwrap_or_default();
        match self.tree.tables.last() {
            Some(table) if table.is_register() => (self.each)(&row)?,
            _ => {
                self.spend(row.len() + 1)?;
                if let Some(table) = self.tree.tables.last_mut() {
                    table.rows.push(row);
                }
            }
        }
        Ok(())
    }

    fn spend(&mut self, cells: usize) -> Result<(), ReadError> {
        let left = self.left.checked_sub(cells);
        self.left =
            left.ok_or(ReadError::TooLarge("its tables other than the register have more than 1,000,000 cells"))?;
        Ok(())
    }
}

fn add(text: &mut Option<Text>, part: &Text) {
    if let Some(text) = text {
        text.text.push_str(&part.text);
        text.told |= part.told;
    }
}
