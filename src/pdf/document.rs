//! A file, object by object: nothing is held but the cross-reference and a few object streams, however long the file is.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::PdfError;
use super::inflate;
use super::lexer::{Lexer, MOST};
use super::object::{Dictionary, Id, Object};
use super::packed::{Cache, Packed};
use super::xref::{Place, Sections, stream_bytes};

/// How far from the end `startxref` is looked for.
const TAIL: usize = 2048;
/// How many references in a row are followed.
const DEEPEST: usize = 16;
/// Bytes read as objects or inflated, together: what a signature needs of an honest file is some thousands.
const WORK: usize = 256 << 20;
/// The same for the whole of a file, for each of its bytes: an honest one needs some fifteen.
const WORK_A_BYTE: usize = 64;
/// A file has this many bytes at least for each element of its largest object; a row of a register takes a hundred.
const BYTES_AN_ELEMENT: usize = 16;

/// A file whose cross-reference has been read.
pub struct Pdf<'a> {
    data: &'a [u8],
    sections: Sections,
    streams: RefCell<Cache>,
    work: Cell<usize>,
    /// The most that `work` may become.
    limit: usize,
    /// How many elements one object may have.
    elements: usize,
}

impl<'a> Pdf<'a> {
    /// Reads the cross-reference of `data`, of which a few objects are wanted, as for a signature.
    ///
    /// # Errors
    /// When it is not a PDF, is broken there, or is encrypted.
    pub fn open(data: &'a [u8]) -> Result<Self, PdfError> {
        Self::limited(data, WORK, MOST)
    }

    /// The same where every object is wanted: the limits grow with the length of the file.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_whole(data: &'a [u8]) -> Result<Self, PdfError> {
        let limit = data.len().saturating_mul(WORK_A_BYTE).saturating_add(WORK);
        Self::limited(data, limit, MOST.max(data.len() / BYTES_AN_ELEMENT))
    }

    fn limited(data: &'a [u8], limit: usize, elements: usize) -> Result<Self, PdfError> {
        if !data.starts_with(b"%PDF-") {
            return Err(PdfError::NotPdf);
        }
        let start = last_startxref(data)?;
        let sections = Sections::read(data, start)?;
        if sections.trailer.get("Encrypt").is_some() {
            return Err(PdfError::Encrypted);
        }
        Ok(Self { data, sections, streams: RefCell::default(), work: Cell::new(0), limit, elements })
    }

    /// The newest trailer.
    pub fn trailer(&self) -> &Dictionary {
        &self.sections.trailer
    }

    /// Where the newest cross-reference section is.
    pub fn start(&self) -> usize {
        self.sections.start
    }

    /// Whether that section is a stream.
    pub fn has_stream(&self) -> bool {
        self.sections.is_stream
    }

    /// The first object number that is not in use.
    ///
    /// # Errors
    /// When the trailer has no usable `/Size`.
    pub fn size(&self) -> Result<u32, PdfError> {
        let size = self.trailer().integer("Size").and_then(|size| u32::try_from(size).ok());
        size.filter(|size| *size < 0x00ff_ffff).ok_or(PdfError::Missing("the trailer's /Size"))
    }

    /// The newest version of an object; `Null` for one that does not exist.
    ///
    /// # Errors
    /// When it is broken.
    pub fn object(&self, id: Id) -> Result<Object, PdfError> {
        self.count(self.sections.runs)?;
        match self.sections.place(self.data, id.number) {
            Some(Place::At(offset, generation)) if generation == id.generation => self.at(offset, id),
            Some(Place::Within(stream, index)) if id.generation == 0 => self.within(stream, index, id.number),
            _ => Ok(Object::Null),
        }
    }

    /// Whether the newest version is in the file itself, not in an object stream.
    pub fn stands_alone(&self, id: Id) -> bool {
        matches!(self.sections.place(self.data, id.number), Some(Place::At(..)))
    }

    /// The content of a stream that is in the file as it is, without a filter.
    ///
    /// # Errors
    /// When there is no such stream.
    pub fn plain_stream(&self, id: Id) -> Result<&'a [u8], PdfError> {
        const WHAT: PdfError = PdfError::Missing("a stream without a filter");
        let Some(Place::At(offset, generation)) = self.sections.place(self.data, id.number) else { return Err(WHAT) };
        let mut lexer = Lexer::new(self.data, offset);
        if lexer.object_head()? != id || generation != id.generation {
            return Err(WHAT);
        }
        let Object::Dictionary(dictionary) = lexer.object()? else { return Err(WHAT) };
        self.count(lexer.pos().saturating_sub(offset))?;
        match dictionary.get("Filter") {
            None => stream_bytes(self.data, &mut lexer, dictionary.integer("Length")),
            Some(_) => Err(WHAT),
        }
    }

    /// The dictionary of a stream that is in the file, and its content, which has `longest` bytes at most.
    ///
    /// # Errors
    /// When there is no such stream, it is longer, or it is of a filter other than FlateDecode.
    pub fn stream(&self, id: Id, longest: usize) -> Result<(Dictionary, Vec<u8>), PdfError> {
        const WHAT: PdfError = PdfError::Missing("a stream");
        let Some(Place::At(offset, generation)) = self.sections.place(self.data, id.number) else { return Err(WHAT) };
        let mut lexer = self.lexer(self.data, offset);
        if lexer.object_head()? != id || generation != id.generation {
            return Err(WHAT);
        }
        let Object::Dictionary(dictionary) = lexer.object()? else { return Err(WHAT) };
        let raw = stream_bytes(self.data, &mut lexer, self.length(&dictionary)?)?;
        let content = inflate::content(&dictionary, raw, longest)?;
        self.count(lexer.pos().saturating_sub(offset).saturating_add(content.len()))?;
        Ok((dictionary, content))
    }

    /// What the dictionary of a stream states as its length.
    fn length(&self, dictionary: &Dictionary) -> Result<Option<i64>, PdfError> {
        match dictionary.get("Length") {
            // Only one that is not in an object stream itself, so that no stream waits for itself.
            Some(Object::Reference(id)) if self.stands_alone(*id) => Ok(self.object(*id)?.as_integer()),
            other => Ok(other.and_then(Object::as_integer)),
        }
    }

    /// Follows a reference; anything else is itself.
    ///
    /// # Errors
    /// When the object is broken.
    pub fn resolve(&self, object: &Object) -> Result<Object, PdfError> {
        let mut object = object.clone();
        for _ in 0..DEEPEST {
            match object.as_reference() {
                Some(id) => object = self.object(id)?,
                None => return Ok(object),
            }
        }
        Err(PdfError::TooMuch("a chain of references"))
    }

    /// The dictionary under `key`, whether it is there or is referred to.
    ///
    /// # Errors
    /// When it is missing or broken.
    pub fn dictionary(&self, from: &Dictionary, key: &'static str) -> Result<Dictionary, PdfError> {
        let object = self.resolve(from.get(key).ok_or(PdfError::Missing(key))?)?;
        object.as_dictionary().cloned().ok_or(PdfError::Missing(key))
    }

    fn at(&self, offset: usize, id: Id) -> Result<Object, PdfError> {
        let mut lexer = self.lexer(self.data, offset);
        match lexer.object_head()? {
            found if found == id => self.counted(lexer, offset),
            _ => Err(PdfError::Syntax { at: offset, what: "another object is where the cross-reference points" }),
        }
    }

    /// Reads an object, and counts what that cost.
    fn counted(&self, mut lexer: Lexer<'_>, from: usize) -> Result<Object, PdfError> {
        let object = lexer.object();
        self.count(lexer.pos().saturating_sub(from))?;
        object
    }

    fn count(&self, bytes: usize) -> Result<(), PdfError> {
        self.work.set(self.work.get().saturating_add(bytes));
        if self.work.get() > self.limit { Err(PdfError::TooMuch("what its objects refer to")) } else { Ok(()) }
    }

    fn lexer<'b>(&self, data: &'b [u8], from: usize) -> Lexer<'b> {
        Lexer::with_limit(data, from, self.elements)
    }

    fn within(&self, stream: u32, index: usize, number: u32) -> Result<Object, PdfError> {
        let packed = self.packed(stream)?;
        let offset = packed.offset(index, number)?;
        self.counted(self.lexer(&packed.content, offset), offset)
    }

    /// The object stream of this number; inflating one again, because others came between, counts again.
    fn packed(&self, number: u32) -> Result<Rc<Packed>, PdfError> {
        const WHAT: PdfError = PdfError::Missing("an object stream");
        if let Some(known) = self.streams.borrow_mut().get(number) {
            return Ok(known);
        }
        let Some(Place::At(offset, 0)) = self.sections.place(self.data, number) else { return Err(WHAT) };
        let mut lexer = Lexer::new(self.data, offset);
        lexer.object_head()?;
        let Object::Dictionary(dictionary) = lexer.object()? else { return Err(WHAT) };
        let raw = stream_bytes(self.data, &mut lexer, self.length(&dictionary)?)?;
        let packed = Rc::new(Packed::read(&dictionary, raw)?);
        self.count(lexer.pos().saturating_sub(offset).saturating_add(packed.content.len()))?;
        self.streams.borrow_mut().put(number, &packed);
        Ok(packed)
    }

    /// The document's catalog.
    ///
    /// # Errors
    /// When it is missing or broken.
    pub fn catalog(&self) -> Result<(Id, Dictionary), PdfError> {
        let root = self.trailer().get("Root").and_then(Object::as_reference);
        let id = root.ok_or(PdfError::Missing("the catalog"))?;
        match self.object(id)? {
            Object::Dictionary(catalog) => Ok((id, catalog)),
            _ => Err(PdfError::Missing("the catalog")),
        }
    }
}

fn last_startxref(data: &[u8]) -> Result<usize, PdfError> {
    const WORD: &[u8] = b"startxref";
    let from = data.len().saturating_sub(TAIL);
    let tail = data.get(from..).unwrap_or_default();
    let place = tail.windows(WORD.len()).rposition(|window| window == WORD).ok_or(PdfError::Missing("startxref"))?;
    let start = Lexer::new(data, from + place + WORD.len()).unsigned()?;
    usize::try_from(start).ok().filter(|start| *start < data.len()).ok_or(PdfError::Missing("startxref"))
}
