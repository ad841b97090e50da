//! A revision appended to a file: new versions of objects, the cross-reference to them, and a trailer that goes on from the
//! old one. The bytes before stay as they are.

use std::collections::BTreeMap;

use super::PdfError;
use super::document::Pdf;
use super::object::{Dictionary, Id, Object};

/// The objects of a revision to be appended.
pub struct Increment {
    objects: BTreeMap<Id, Vec<u8>>,
    next: u32,
    trailer: Dictionary,
    start: usize,
    is_stream: bool,
}

impl Increment {
    /// A revision of `pdf` that changes nothing yet.
    ///
    /// # Errors
    /// When the trailer lacks what every trailer has.
    pub fn new(pdf: &Pdf<'_>) -> Result<Self, PdfError> {
        let mut trailer = Dictionary::default();
        for key in ["Root", "Info", "ID"] {
            if let Some(value) = pdf.trailer().get(key) {
                trailer.set(key, value.clone());
            }
        }
        let (next, start, is_stream) = (pdf.size()?, pdf.start(), pdf.has_stream());
        Ok(Self { objects: BTreeMap::new(), next, trailer, start, is_stream })
    }

    /// A number for a new object.
    pub fn reserve(&mut self) -> Id {
        let id = Id { number: self.next, generation: 0 };
        self.next += 1;
        id
    }

    /// Gives object `id` the body `body`, everything between `obj` and `endobj`.
    pub fn put(&mut self, id: Id, body: Vec<u8>) {
        self.objects.insert(id, body);
    }

    /// A new object: a stream of `content` as it is.
    pub fn add_stream(&mut self, content: &[u8]) -> Id {
        let mut body = format!("<</Length {}>>\nstream\n", content.len()).into_bytes();
        body.extend_from_slice(content);
        body.extend_from_slice(b"\nendstream");
        let id = self.reserve();
        self.put(id, body);
        id
    }

    /// Gives object `id` a new dictionary.
    pub fn put_dictionary(&mut self, id: Id, dictionary: &Dictionary) {
        let mut body = Vec::new();
        dictionary.write(&mut body);
        self.put(id, body);
    }

    /// The bytes of the revision, to be appended to `file`, and where in the whole the body of `watched` begins.
    pub fn after(mut self, file: &[u8], watched: Id) -> (Vec<u8>, usize) {
        let base = file.len();
        let mut out = Vec::new();
        if file.last() != Some(&b'\n') {
            out.push(b'\n');
        }
        let mut watched_at = 0;
        let mut offsets = BTreeMap::new();
        for (id, body) in &self.objects {
            offsets.insert(*id, base + out.len());
            out.extend_from_slice(format!("{} {} obj\n", id.number, id.generation).as_bytes());
            if *id == watched {
                watched_at = base + out.len();
            }
            out.extend_from_slice(body);
            out.extend_from_slice(b"\nendobj\n");
        }
        let start = base + out.len();
        match self.is_stream {
            true => self.append_stream(&mut out, start, offsets),
            false => self.append_table(&mut out, &offsets),
        }
        out.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
        (out, watched_at)
    }

    fn finish_trailer(&mut self) {
        self.trailer.set("Size", Object::integer(i64::from(self.next)));
        self.trailer.set("Prev", Object::Number(self.start.to_string()));
    }

    fn append_table(&mut self, file: &mut Vec<u8>, offsets: &BTreeMap<Id, usize>) {
        self.finish_trailer();
        file.extend_from_slice(b"xref\n");
        for run in runs(offsets) {
            let first = run.first().map_or(0, |(id, _)| id.number);
            file.extend_from_slice(format!("{first} {}\n", run.len()).as_bytes());
            for (id, offset) in run {
                file.extend_from_slice(format!("{offset:010} {:05} n \n", id.generation).as_bytes());
            }
        }
        file.extend_from_slice(b"trailer\n");
        self.trailer.write(file);
        file.push(b'\n');
    }

    fn append_stream(&mut self, file: &mut Vec<u8>, start: usize, mut offsets: BTreeMap<Id, usize>) {
        let own = self.reserve();
        offsets.insert(own, start);
        self.finish_trailer();
        let (mut index, mut entries) = (Vec::new(), Vec::new());
        for run in runs(&offsets) {
            let first = run.first().map_or(0, |(id, _)| id.number);
            index.extend([first.to_string(), run.len().to_string()].map(Object::Number));
            for (id, offset) in run {
                entries.push(1);
                entries.extend_from_slice(&(offset as u64).to_be_bytes());
                entries.extend_from_slice(&id.generation.to_be_bytes());
            }
        }
        self.trailer.set("Type", Object::name("XRef"));
        self.trailer.set("W", Object::Array([1, 8, 2].map(Object::integer).to_vec()));
        self.trailer.set("Index", Object::Array(index));
        self.trailer.set("Length", Object::Number(entries.len().to_string()));
        file.extend_from_slice(format!("{} 0 obj\n", own.number).as_bytes());
        self.trailer.write(file);
        file.extend_from_slice(b"\nstream\n");
        file.extend_from_slice(&entries);
        file.extend_from_slice(b"\nendstream\nendobj\n");
    }
}

/// Consecutive numbers together.
fn runs(offsets: &BTreeMap<Id, usize>) -> Vec<Vec<(Id, usize)>> {
    let mut runs: Vec<Vec<(Id, usize)>> = Vec::new();
    for (id, offset) in offsets {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|(last, _)| last.number + 1 == id.number) => run.push((*id, *offset)),
            _ => runs.push(vec![(*id, *offset)]),
        }
    }
    runs
}
