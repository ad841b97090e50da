//! A file as far as a signature needs it: single objects, the catalog, and the signature fields of the form.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::PdfError;
use super::inflate;
use super::lexer::Lexer;
use super::object::{Dictionary, Id, Object};
use super::xref::{Place, Sections, stream_bytes};

/// How far from the end `startxref` is looked for.
const TAIL: usize = 2048;
/// Fields that are looked at, and how deep they may nest.
const FIELDS: usize = 500;
const DEEPEST: usize = 16;
/// Inflated object streams, together.
const BUDGET: usize = 192 << 20;
/// Bytes read as objects, together: an honest file needs some thousands.
const WORK: usize = 256 << 20;

/// A file whose cross-reference has been read.
pub struct Pdf<'a> {
    data: &'a [u8],
    sections: Sections,
    streams: RefCell<BTreeMap<u32, Rc<Vec<u8>>>>,
    work: Cell<usize>,
}

/// A signature field: its object, and what it holds.
#[derive(Debug, Clone)]
pub struct SignatureField {
    /// The field's object, which is also its widget.
    pub id: Id,
    /// Its entries.
    pub entries: Dictionary,
}

impl<'a> Pdf<'a> {
    /// Reads the cross-reference of `data`.
    ///
    /// # Errors
    /// When it is not a PDF, is broken there, or is encrypted.
    pub fn open(data: &'a [u8]) -> Result<Self, PdfError> {
        if !data.starts_with(b"%PDF-") {
            return Err(PdfError::NotPdf);
        }
        let start = last_startxref(data)?;
        let sections = Sections::read(data, start)?;
        if sections.trailer.get("Encrypt").is_some() {
            return Err(PdfError::Encrypted);
        }
        Ok(Self { data, sections, streams: RefCell::default(), work: Cell::new(0) })
    }

    /// The newest trailer.
    pub fn trailer(&self) -> &Dictionary {
        &self.sections.trailer
    }

    /// Where the newest cross-reference section stands.
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
        match self.sections.place(self.data, id.number) {
            Some(Place::At(offset, generation)) if generation == id.generation => self.at(offset, id),
            Some(Place::Within(stream, index)) if id.generation == 0 => self.within(stream, index, id.number),
            _ => Ok(Object::Null),
        }
    }

    /// Whether the newest version stands in the file itself, not in an object stream.
    pub fn stands_alone(&self, id: Id) -> bool {
        matches!(self.sections.place(self.data, id.number), Some(Place::At(..)))
    }

    /// The content of a stream that stands in the file as it is, without a filter.
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

    /// The dictionary under `key`, whether it stands there or is referred to.
    ///
    /// # Errors
    /// When it is missing or broken.
    pub fn dictionary(&self, from: &Dictionary, key: &'static str) -> Result<Dictionary, PdfError> {
        let object = self.resolve(from.get(key).ok_or(PdfError::Missing(key))?)?;
        object.as_dictionary().cloned().ok_or(PdfError::Missing(key))
    }

    fn at(&self, offset: usize, id: Id) -> Result<Object, PdfError> {
        let mut lexer = Lexer::new(self.data, offset);
        match lexer.object_head()? {
            found if found == id => self.counted(lexer, offset),
            _ => Err(PdfError::Syntax { at: offset, what: "another object stands where the cross-reference points" }),
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
        if self.work.get() > WORK { Err(PdfError::TooMuch("what a signature refers to")) } else { Ok(()) }
    }

    fn within(&self, stream: u32, index: usize, number: u32) -> Result<Object, PdfError> {
        const WHAT: PdfError = PdfError::Missing("an object of an object stream");
        let (dictionary, content) = self.object_stream(stream)?;
        let first = dictionary.integer("First").and_then(|first| usize::try_from(first).ok()).ok_or(WHAT)?;
        let count = dictionary.integer("N").and_then(|count| usize::try_from(count).ok()).ok_or(WHAT)?;
        let mut head = Lexer::new(&content, 0);
        // The index may lie; the number may not.
        for _ in 0..count.min(index.saturating_add(1)) {
            let before = head.pos();
            let (found, offset) = (head.unsigned()?, head.unsigned()?);
            self.count(head.pos() - before)?;
            if found == u64::from(number) {
                let offset = usize::try_from(offset).ok().and_then(|offset| offset.checked_add(first)).ok_or(WHAT)?;
                return self.counted(Lexer::new(&content, offset), offset);
            }
        }
        Err(WHAT)
    }

    fn object_stream(&self, number: u32) -> Result<(Dictionary, Rc<Vec<u8>>), PdfError> {
        const WHAT: PdfError = PdfError::Missing("an object stream");
        let Some(Place::At(offset, 0)) = self.sections.place(self.data, number) else { return Err(WHAT) };
        let mut lexer = Lexer::new(self.data, offset);
        lexer.object_head()?;
        let Object::Dictionary(dictionary) = lexer.object()? else { return Err(WHAT) };
        if let Some(content) = self.streams.borrow().get(&number) {
            return Ok((dictionary, Rc::clone(content)));
        }
        let length = match dictionary.get("Length") {
            Some(Object::Reference(id)) if self.stands_alone(*id) => self.object(*id)?.as_integer(),
            other => other.and_then(Object::as_integer),
        };
        let content = Rc::new(inflate::content(&dictionary, stream_bytes(self.data, &mut lexer, length)?)?);
        let used: usize = self.streams.borrow().values().map(|content| content.len()).sum();
        if used + content.len() > BUDGET {
            return Err(PdfError::TooMuch("the object streams"));
        }
        self.streams.borrow_mut().insert(number, Rc::clone(&content));
        Ok((dictionary, content))
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

    /// All signature fields of the form, in its order; none where there is no form.
    ///
    /// # Errors
    /// When the form is broken or larger than any honest one.
    pub fn signature_fields(&self) -> Result<Vec<SignatureField>, PdfError> {
        let (_, catalog) = self.catalog()?;
        if catalog.get("AcroForm").is_none() {
            return Ok(Vec::new());
        }
        let form = self.dictionary(&catalog, "AcroForm")?;
        let fields = form.get("Fields").map(|fields| self.resolve(fields)).transpose()?;
        let fields = fields.as_ref().and_then(Object::as_array).unwrap_or_default();
        let mut found = Vec::new();
        let mut left = FIELDS;
        self.collect_fields(fields, None, &mut left, 0, &mut found)?;
        Ok(found)
    }

    fn collect_fields(
        &self,
        fields: &[Object],
        inherited: Option<&[u8]>,
        left: &mut usize,
        depth: usize,
        found: &mut Vec<SignatureField>,
    ) -> Result<(), PdfError> {
        for field in fields {
            *left = left.checked_sub(1).filter(|_| depth < DEEPEST).ok_or(PdfError::TooMuch("the form"))?;
            let Some(id) = field.as_reference() else { continue };
            let Object::Dictionary(entries) = self.object(id)? else { continue };
            let kind = entries.name("FT").or(inherited).map(<[u8]>::to_vec);
            let kids = entries.get("Kids").map(|kids| self.resolve(kids)).transpose()?;
            if let Some(kids) = kids.as_ref().and_then(Object::as_array) {
                self.collect_fields(kids, kind.as_deref(), left, depth + 1, found)?;
            }
            if kind.as_deref() == Some(b"Sig") {
                found.push(SignatureField { id, entries });
            }
        }
        Ok(())
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
