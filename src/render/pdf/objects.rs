//! The file as it is written: objects one after another, small ones packed into object streams, and the cross-reference
//! stream that finds them. Holds no more than the places of the objects and the stream being packed.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha2::{Digest, Sha256};

use super::PdfError;

/// The number of an indirect object; the generation is always 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ref(u32);

impl std::fmt::Display for Ref {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} 0 R", self.0)
    }
}

/// Where an object stands.
#[derive(Debug, Clone, Copy)]
enum Place {
    Nowhere,
    At(u64),
    Packed { stream: u32, index: u32 },
}

/// How many objects an object stream holds.
const PACK: usize = 200;

/// The objects of a file, written as they come.
pub(super) struct Objects {
    out: Vec<u8>,
    places: Vec<Place>,
    pack: Vec<(Ref, String)>,
}

impl Objects {
    /// An empty file of version 1.7.
    pub(super) fn new() -> Self {
        // Bytes above 127 in the second line tell transfer programs that the file is not text.
        let out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        Self { out, places: vec![Place::Nowhere], pack: Vec::new() }
    }

    /// A number for an object that is written later.
    pub(super) fn reserve(&mut self) -> Ref {
        let number = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.places.push(Place::Nowhere);
        Ref(number)
    }

    fn place(&mut self, object: Ref, place: Place) {
        if let Some(slot) = self.places.get_mut(object.0 as usize) {
            *slot = place;
        }
    }

    /// Writes an object in plain, so that readers of an increment find it without unpacking.
    pub(super) fn put(&mut self, object: Ref, body: &str) {
        self.place(object, Place::At(self.out.len() as u64));
        self.out.extend_from_slice(format!("{} 0 obj\n{body}\nendobj\n", object.0).as_bytes());
    }

    /// [`Self::put`] under a new number.
    pub(super) fn add(&mut self, body: &str) -> Ref {
        let object = self.reserve();
        self.put(object, body);
        object
    }

    /// Packs a small object that is no stream with its neighbours.
    pub(super) fn pack(&mut self, object: Ref, body: String) -> Result<(), PdfError> {
        self.pack.push((object, body));
        if self.pack.len() >= PACK { self.flush_pack() } else { Ok(()) }
    }

    fn flush_pack(&mut self) -> Result<(), PdfError> {
        let pack = std::mem::take(&mut self.pack);
        if pack.is_empty() {
            return Ok(());
        }
        let stream = self.reserve();
        let (mut heads, mut bodies) = (String::new(), String::new());
        for (index, (object, body)) in pack.iter().enumerate() {
            self.place(*object, Place::Packed { stream: stream.0, index: index as u32 });
            let _ = write!(heads, "{} {} ", object.0, bodies.len());
            bodies.push_str(body);
            bodies.push('\n');
        }
        let dictionary = format!("/Type /ObjStm /N {} /First {}", pack.len(), heads.len());
        heads.push_str(&bodies);
        self.put_stream(stream, &dictionary, heads.as_bytes())
    }

    /// Writes a stream, deflated; `dictionary` holds its entries apart from length and filter.
    pub(super) fn put_stream(&mut self, object: Ref, dictionary: &str, data: &[u8]) -> Result<(), PdfError> {
        self.place(object, Place::At(self.out.len() as u64));
        self.write_stream(object, &format!("{dictionary} /Filter /FlateDecode"), &deflated(data)?);
        Ok(())
    }

    /// [`Self::put_stream`] under a new number.
    pub(super) fn add_stream(&mut self, dictionary: &str, data: &[u8]) -> Result<Ref, PdfError> {
        let object = self.reserve();
        self.put_stream(object, dictionary, data)?;
        Ok(object)
    }

    /// Writes a stream as it is: PDF/A wants the metadata readable without any filter.
    pub(super) fn add_plain_stream(&mut self, dictionary: &str, data: &[u8]) -> Ref {
        let object = self.reserve();
        self.place(object, Place::At(self.out.len() as u64));
        self.write_stream(object, dictionary, data);
        object
    }

    fn write_stream(&mut self, object: Ref, dictionary: &str, data: &[u8]) {
        let head = format!("{} 0 obj\n<< {dictionary} /Length {} >>\nstream\n", object.0, data.len());
        self.out.extend_from_slice(head.as_bytes());
        self.out.extend_from_slice(data);
        self.out.extend_from_slice(b"\nendstream\nendobj\n");
    }

    /// Ends the file with the cross-reference stream. The file's `/ID` is a hash of all that was written.
    pub(super) fn finish(mut self, root: Ref, info: Ref) -> Result<Vec<u8>, PdfError> {
        self.flush_pack()?;
        let id: String = super::hex(&Sha256::digest(&self.out)).chars().take(32).collect();
        let table = self.reserve();
        let start = self.out.len();
        self.place(table, Place::At(start as u64));
        let rows: Vec<u8> = self.places.iter().flat_map(|place| entry(*place)).collect();
        let size = self.places.len();
        let dictionary = format!(
            "/Type /XRef /Size {size} /W [1 5 2] /Root {root} /Info {info} /ID [<{id}> <{id}>] /Filter /FlateDecode"
        );
        self.write_stream(table, &dictionary, &deflated(&rows)?);
        self.out.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
        Ok(self.out)
    }
}

/// An entry of the cross-reference stream: one byte of type, five and two bytes of figures.
fn entry(place: Place) -> [u8; 8] {
    let (kind, first, second) = match place {
        Place::Nowhere => (0, 0, u16::MAX),
        Place::At(offset) => (1, offset, 0),
        Place::Packed { stream, index } => (2, u64::from(stream), index as u16),
    };
    let (first, second) = (first.to_be_bytes(), second.to_be_bytes());
    [kind, first[3], first[4], first[5], first[6], first[7], second[0], second[1]]
}

fn deflated(data: &[u8]) -> Result<Vec<u8>, PdfError> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(data.len() / 3 + 64), Compression::new(6));
    encoder.write_all(data).and_then(|()| encoder.finish()).map_err(PdfError::Deflate)
}

/// A text string: UTF-16BE with its mark, in hex, so that no byte of it can end the string.
pub(super) fn text_string(text: &str) -> String {
    let mut string = String::with_capacity(text.len() * 4 + 6);
    string.push_str("<FEFF");
    for unit in text.encode_utf16() {
        let _ = write!(string, "{unit:04X}");
    }
    string.push('>');
    string
}

/// A name, with every byte escaped that is not a plain letter, digit or one of `-_.+`.
pub(super) fn name(text: &str) -> String {
    let mut name = String::from("/");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte) {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "#{byte:02X}");
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_strings_cannot_be_ended_from_within() {
        assert_eq!(name("application/json"), "/application#2Fjson");
        assert_eq!(text_string("(>)"), "<FEFF0028003E0029>");
    }

    #[test]
    fn another_reader_finds_plain_and_packed_objects() {
        let mut objects = Objects::new();
        let pages = objects.reserve();
        let root = objects.add(&format!("<< /Type /Catalog /Pages {pages} >>"));
        let info = objects.add("<< >>");
        let kept: Vec<Ref> = (0..450).map(|_| objects.reserve()).collect();
        for (n, object) in kept.iter().enumerate() {
            objects.pack(*object, format!("<< /N {n} >>")).unwrap();
        }
        objects.pack(pages, "<< /Type /Pages /Kids [] /Count 0 >>".to_owned()).unwrap();
        let file = objects.finish(root, info).unwrap();
        let read = lopdf::Document::load_mem(&file).unwrap();
        for (n, object) in kept.iter().enumerate() {
            let dictionary = read.get_dictionary((object.0, 0)).unwrap();
            assert_eq!(dictionary.get(b"N").unwrap().as_i64().unwrap(), n as i64);
        }
    }
}
