//! The structure tree, as far as figures are in it: tables with their cells, and elements with a title.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, ObjectId};

use super::content::{Shown, Text};
use super::{ReadError, damaged, foreign};

/// Elements are nested no deeper than this.
const DEPTH: usize = 24;
/// More elements than this are refused; a register of a million rows has nine million.
const ELEMENTS: usize = 16_000_000;

/// A table: its head, where it has one, and its rows.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<Text>>,
}

/// What was found in the tree.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) tables: Vec<Table>,
    /// The text of elements with a title, by that.
    pub(super) titled: BTreeMap<String, Vec<String>>,
}

/// Reads the whole tree, taking its texts out of `shown`.
pub(super) fn read(document: &Document, shown: &mut Shown) -> Result<Tree, ReadError> {
    let catalog = document.catalog().map_err(damaged)?;
    let root = catalog.get_deref(b"StructTreeRoot", document).and_then(Object::as_dict);
    let root = root.map_err(|_| foreign("it has no structure tree"))?;
    let mut walk = Walk { document, shown, tree: Tree::default(), left: ELEMENTS };
    walk.kids(root, None, 0)?;
    Ok(walk.tree)
}

struct Walk<'a> {
    document: &'a Document,
    shown: &'a mut Shown,
    tree: Tree,
    left: usize,
}

impl<'a> Walk<'a> {
    /// The text of everything in an element.
    fn kids(&mut self, element: &'a Dictionary, page: Option<ObjectId>, depth: usize) -> Result<Text, ReadError> {
        let mut text = Text::default();
        let Ok(kids) = element.get(b"K") else { return Ok(text) };
        let own = element.get(b"Pg").and_then(Object::as_reference).ok().or(page);
        let one = std::slice::from_ref(kids);
        for kid in kids.as_array().map_or(one, Vec::as_slice) {
            let part = self.kid(kid, own, depth)?;
            text.text.push_str(&part.text);
            text.told |= part.told;
        }
        Ok(text)
    }

    fn kid(&mut self, kid: &'a Object, page: Option<ObjectId>, depth: usize) -> Result<Text, ReadError> {
        self.left = self.left.checked_sub(1).ok_or(ReadError::TooLarge("its structure tree is endless"))?;
        if depth > DEPTH {
            return Err(foreign("its structure tree is too deep"));
        }
        let (_, kid) = self.document.dereference(kid).map_err(damaged)?;
        match kid {
            Object::Integer(mark) => self.shown.take(page.ok_or_else(|| foreign("an element is on no page"))?, *mark),
            Object::Dictionary(entries) => match entries.get(b"Type").and_then(Object::as_name) {
                Ok(b"MCR") => {
                    let page = entries.get(b"Pg").and_then(Object::as_reference).map_err(damaged)?;
                    let mark = entries.get(b"MCID").and_then(Object::as_i64).map_err(damaged)?;
                    self.shown.take(page, mark)
                }
                Ok(b"OBJR") => Ok(Text::default()),
                _ => self.element(entries, page, depth + 1),
            },
            _ => Err(foreign("its structure tree holds something else than elements")),
        }
    }

    fn element(&mut self, element: &'a Dictionary, page: Option<ObjectId>, depth: usize) -> Result<Text, ReadError> {
        let kind = element.get(b"S").and_then(Object::as_name).map_err(damaged)?;
        match kind {
            b"Table" => self.tree.tables.push(Table::default()),
            b"TR" => {
                if let Some(table) = self.tree.tables.last_mut() {
                    table.rows.push(Vec::new());
                }
            }
            _ => {}
        }
        let text = self.kids(element, page, depth)?;
        let Some(table) = self.tree.tables.last_mut() else { return self.titled(element, text) };
        match kind {
            b"THead" => {
                let head = std::mem::take(&mut table.rows).into_iter().flatten();
                table.head = head.map(|cell| cell.text).collect();
            }
            b"TH" | b"TD" => {
                if let Some(row) = table.rows.last_mut() {
                    row.push(text.clone());
                }
            }
            _ => return self.titled(element, text),
        }
        Ok(text)
    }

    fn titled(&mut self, element: &Dictionary, text: Text) -> Result<Text, ReadError> {
        if let Some(title) = element.get(b"T").and_then(Object::as_str).ok().and_then(super::text_string) {
            self.tree.titled.entry(title).or_default().push(text.text.clone());
        }
        Ok(text)
    }
}
