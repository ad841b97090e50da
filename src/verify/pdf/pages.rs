//! The pages, each read when the structure tree comes to it, and let go when all of its text is taken.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::content::{self, Fonts, Text};
use super::{ReadError, foreign, picture};
use crate::pdf::{Dictionary, Id, Object, Pdf, PdfError};

/// No page's content may become larger than this.
const CONTENT_LIMIT: usize = 256 << 20;

/// How far a page is read.
enum State {
    Unread,
    /// What is not taken yet, by the number of the marked content.
    Read(HashMap<i64, Text>),
    Taken,
}

/// All pages.
pub(super) struct Pages<'a> {
    pdf: &'a Pdf<'a>,
    order: Vec<Id>,
    states: BTreeMap<Id, State>,
    fonts: BTreeMap<Id, Rc<Fonts>>,
}

impl<'a> Pages<'a> {
    /// Looks at what lies over each page; its content is read later.
    pub(super) fn of(pdf: &'a Pdf<'a>) -> Result<Self, ReadError> {
        let order = pdf.pages()?;
        let mut states = BTreeMap::new();
        let mut signatures = 0;
        for page in &order {
            signatures += annotations(pdf, &dictionary(pdf, *page)?)?;
            if states.insert(*page, State::Unread).is_some() {
                return Err(foreign("it lists a page twice"));
            }
        }
        if signatures > 1 {
            return Err(foreign("it has more than one signature field"));
        }
        Ok(Self { pdf, order, states, fonts: BTreeMap::new() })
    }

    /// The text of one piece of content; each can be asked for once.
    pub(super) fn take(&mut self, page: Id, mark: i64) -> Result<Text, ReadError> {
        let missing = || foreign(format!("the structure tree names content {mark} of a page that is not there"));
        if let Some(State::Unread) = self.states.get(&page) {
            let read = self.read(page)?;
            self.states.insert(page, State::Read(read));
        }
        let Some(State::Read(texts)) = self.states.get_mut(&page) else { return Err(missing()) };
        let text = texts.remove(&mark).ok_or_else(missing)?;
        if texts.is_empty() {
            self.states.insert(page, State::Taken);
        }
        Ok(text)
    }

    /// Whether nothing is drawn that the structure tree leaves out, on the pages that it does not name either.
    pub(super) fn finish(mut self) -> Result<(), ReadError> {
        for page in self.order.clone() {
            let texts = match self.states.remove(&page) {
                Some(State::Unread) => self.read(page)?,
                Some(State::Read(texts)) => texts,
                Some(State::Taken) | None => continue,
            };
            if let Some(left) = texts.values().find(|text| !text.text.trim().is_empty()) {
                return Err(foreign(format!("the structure tree leaves out `{}`", left.text)));
            }
        }
        Ok(())
    }

    fn read(&mut self, page: Id) -> Result<HashMap<i64, Text>, ReadError> {
        let entries = dictionary(self.pdf, page)?;
        let resources = entries.get("Resources").and_then(Object::as_reference);
        let resources = resources.ok_or(PdfError::Missing("the resources of a page"))?;
        let fonts = match self.fonts.get(&resources) {
            Some(known) => Rc::clone(known),
            None => {
                let fonts = Rc::new(content::fonts(self.pdf, &dictionary(self.pdf, resources)?)?);
                self.fonts.insert(resources, Rc::clone(&fonts));
                fonts
            }
        };
        // A logo may stand above the text of the first page; nothing else may lie over a page.
        let is_first = self.order.first() == Some(&page);
        let frame = is_first.then(|| picture::frame(self.pdf, &entries)).transpose()?.flatten();
        let drawn = self.pdf.page_content(&entries, CONTENT_LIMIT)?;
        content::shown(&drawn, &fonts, frame)
    }
}

fn dictionary(pdf: &Pdf<'_>, id: Id) -> Result<Dictionary, ReadError> {
    match pdf.object(id)? {
        Object::Dictionary(entries) => Ok(entries),
        _ => Err(PdfError::Missing("a page or its resources").into()),
    }
}

/// How many signature fields a page has; anything else that lies over a page is refused.
fn annotations(pdf: &Pdf<'_>, page: &Dictionary) -> Result<usize, ReadError> {
    let list = page.get("Annots").map(|list| pdf.resolve(list)).transpose()?;
    let list = list.as_ref().and_then(Object::as_array).unwrap_or_default();
    for entry in list {
        let entry = pdf.resolve(entry)?;
        let entry = entry.as_dictionary().ok_or(PdfError::Missing("an annotation"))?;
        if entry.name("Subtype") != Some(b"Widget") || entry.name("FT") != Some(b"Sig") {
            return Err(foreign("an annotation lies over a page"));
        }
    }
    Ok(list.len())
}
