//! Object streams: small objects packed and compressed together, and the few that are kept inflated.

use std::collections::VecDeque;
use std::rc::Rc;

use super::PdfError;
use super::inflate;
use super::lexer::Lexer;
use super::object::Dictionary;

/// The longest that is inflated.
const LONGEST: usize = 64 << 20;
/// Objects in one; usual are some hundreds.
const OBJECTS: usize = 100_000;
/// How many are kept inflated, and how many bytes of them together. Neighbours are read one after another.
const KEPT: usize = 16;
const KEPT_BYTES: usize = 64 << 20;

/// An object stream, inflated.
pub(super) struct Packed {
    pub(super) content: Vec<u8>,
    /// Number and offset of each object.
    entries: Vec<(u32, usize)>,
}

impl Packed {
    /// The stream with this dictionary and these bytes.
    pub(super) fn read(dictionary: &Dictionary, raw: &[u8]) -> Result<Self, PdfError> {
        const WHAT: PdfError = PdfError::Missing("an object stream");
        let content = inflate::content(dictionary, raw, LONGEST)?;
        let first = dictionary.integer("First").and_then(|first| usize::try_from(first).ok()).ok_or(WHAT)?;
        let count = dictionary.integer("N").and_then(|count| usize::try_from(count).ok()).ok_or(WHAT)?;
        if count > OBJECTS {
            return Err(PdfError::TooMuch("the number of objects in an object stream"));
        }
        let mut head = Lexer::new(&content, 0);
        let mut entries = Vec::new();
        for _ in 0..count {
            let (number, offset) = (head.unsigned()?, head.unsigned()?);
            let offset = usize::try_from(offset).ok().and_then(|offset| offset.checked_add(first));
            entries.push((u32::try_from(number).map_err(|_| WHAT)?, offset.ok_or(WHAT)?));
        }
        Ok(Self { content, entries })
    }

    /// Where the object of this index begins; it must be of this number, because readers differ in which of them they go by.
    pub(super) fn offset(&self, index: usize, number: u32) -> Result<usize, PdfError> {
        let found = self.entries.get(index).filter(|(found, _)| *found == number);
        found.map(|(_, offset)| *offset).ok_or(PdfError::Missing("an object of an object stream"))
    }
}

/// The object streams that were used last.
#[derive(Default)]
pub(super) struct Cache(VecDeque<(u32, Rc<Packed>)>);

impl Cache {
    pub(super) fn get(&mut self, number: u32) -> Option<Rc<Packed>> {
        let place = self.0.iter().rposition(|(known, _)| *known == number)?;
        let entry = self.0.remove(place)?;
        let packed = Rc::clone(&entry.1);
        self.0.push_back(entry);
        Some(packed)
    }

    pub(super) fn put(&mut self, number: u32, packed: &Rc<Packed>) {
        self.0.push_back((number, Rc::clone(packed)));
        let bytes =
            |cache: &VecDeque<(u32, Rc<Packed>)>| cache.iter().map(|(_, kept)| kept.content.len()).sum::<usize>();
        while self.0.len() > KEPT || (self.0.len() > 1 && bytes(&self.0) > KEPT_BYTES) {
            self.0.pop_front();
        }
    }
}
