//! The file as it is written: objects one after another, small ones packed into object streams, and the cross-reference
//! stream that finds them. Holds no more than the places of the objects, the stream being packed, and the few streams that
//! other threads are still making. The order of the objects is that in which they were written, whoever is done first.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::mpsc::{Receiver, sync_channel};

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
/// Two thirds of the time of the usual level, for files a tenth larger.
const LEVEL: Compression = Compression::new(4);
/// How many streams may be in the making, for each thread that makes them.
const AHEAD: usize = 8;

/// A stream's data that another thread makes and deflates.
pub(super) struct Making(Receiver<Result<Vec<u8>, PdfError>>);

impl Making {
    /// Has `data` made and deflated.
    pub(super) fn of<D: AsRef<[u8]>>(data: impl FnOnce() -> Result<D, PdfError> + Send + 'static) -> Self {
        let (hand_over, made) = sync_channel(1);
        // If nobody waits for it any more, nobody misses it.
        rayon::spawn(move || drop(hand_over.send(data().and_then(|data| deflated(data.as_ref())))));
        Self(made)
    }

    fn wait(self) -> Result<Vec<u8>, PdfError> {
        self.0.recv().map_err(|_| PdfError::Content)?
    }
}

/// What comes next in the file, once it is there.
enum Next {
    /// Objects as they stand in the file, and where each begins.
    Plain {
        bytes: Vec<u8>,
        begins: Vec<(Ref, usize)>,
    },
    Stream {
        object: Ref,
        dictionary: String,
        data: Making,
    },
}

/// The objects of a file, written as they come.
pub(super) struct Objects {
    out: Vec<u8>,
    places: Vec<Place>,
    pack: Vec<(Ref, String)>,
    next: VecDeque<Next>,
    /// How many streams are in `next`.
    making: usize,
}

impl Objects {
    /// An empty file of version 1.7.
    pub(super) fn new() -> Self {
        // Bytes above 127 in the second line tell transfer programs that the file is not text.
        let out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        Self { out, places: vec![Place::Nowhere], pack: Vec::new(), next: VecDeque::new(), making: 0 }
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
        self.write(object, &[b"\n", body.as_bytes(), b"\nendobj\n"]);
    }

    /// Writes an object, whose number is followed by `parts`, behind all that is still being made.
    fn write(&mut self, object: Ref, parts: &[&[u8]]) {
        if !matches!(self.next.back(), Some(Next::Plain { .. })) {
            self.next.push_back(Next::Plain { bytes: Vec::new(), begins: Vec::new() });
        }
        if let Some(Next::Plain { bytes, begins }) = self.next.back_mut() {
            begins.push((object, bytes.len()));
            bytes.extend_from_slice(format!("{} 0 obj", object.0).as_bytes());
            parts.iter().for_each(|part| bytes.extend_from_slice(part));
        }
    }

    /// Writes a stream that is being made; `dictionary` holds its entries apart from length and filter.
    pub(super) fn put_stream(&mut self, object: Ref, dictionary: &str, data: Making) -> Result<(), PdfError> {
        let dictionary = format!("{dictionary} /Filter /FlateDecode");
        self.next.push_back(Next::Stream { object, dictionary, data });
        self.making += 1;
        let most = AHEAD * rayon::current_num_threads();
        while self.making > most {
            self.write_next()?;
        }
        Ok(())
    }

    /// Writes what comes next, and waits for it where it is still being made.
    fn write_next(&mut self) -> Result<(), PdfError> {
        let start = self.out.len();
        match self.next.pop_front() {
            None => {}
            Some(Next::Plain { bytes, begins }) => {
                for (object, at) in begins {
                    self.place(object, Place::At((start + at) as u64));
                }
                self.out.extend_from_slice(&bytes);
            }
            Some(Next::Stream { object, dictionary, data }) => {
                self.making -= 1;
                let data = data.wait()?;
                self.place(object, Place::At(start as u64));
                let head = format!("{} 0 obj\n<< {dictionary} /Length {} >>\nstream\n", object.0, data.len());
                self.out.extend_from_slice(head.as_bytes());
                self.out.extend_from_slice(&data);
                self.out.extend_from_slice(b"\nendstream\nendobj\n");
            }
        }
        Ok(())
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
        self.put_stream(stream, &dictionary, Making::of(|| Ok(heads)))
    }

    /// Writes a stream under a new number.
    pub(super) fn add_stream(&mut self, dictionary: &str, data: Vec<u8>) -> Result<Ref, PdfError> {
        let object = self.reserve();
        self.put_stream(object, dictionary, Making::of(|| Ok(data)))?;
        Ok(object)
    }

    /// Writes a stream as it is: PDF/A wants the metadata readable without any filter.
    pub(super) fn add_plain_stream(&mut self, dictionary: &str, data: &[u8]) -> Ref {
        let object = self.reserve();
        self.write_stream(object, dictionary, data);
        object
    }

    fn write_stream(&mut self, object: Ref, dictionary: &str, data: &[u8]) {
        let head = format!("\n<< {dictionary} /Length {} >>\nstream\n", data.len());
        self.write(object, &[head.as_bytes(), data, b"\nendstream\nendobj\n"]);
    }

    /// Writes all that is still being made.
    fn settle(&mut self) -> Result<(), PdfError> {
        while !self.next.is_empty() {
            self.write_next()?;
        }
        Ok(())
    }

    /// Ends the file with the cross-reference stream. The file's `/ID` is a hash of all that was written.
    pub(super) fn finish(mut self, root: Ref, info: Ref) -> Result<Vec<u8>, PdfError> {
        self.flush_pack()?;
        self.settle()?;
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
        self.settle()?;
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
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(data.len() / 3 + 64), LEVEL);
    encoder.write_all(data).and_then(|()| encoder.finish()).map_err(PdfError::Deflate)
}

/// How many UTF-16 units a string has at most: PDF/A allows 32,767 bytes.
const LONGEST_STRING: usize = 16_000;

/// A text string: UTF-16BE with its mark, in hex, so that no byte of it can end the string. Cut with "…" where an archive
/// would not take it whole; what is told so is told elsewhere too.
pub(super) fn text_string(text: &str) -> String {
    let mut string = String::with_capacity(text.len().min(LONGEST_STRING) * 4 + 6);
    string.push_str("<FEFF");
    let mut units = 0;
    for c in text.chars() {
        units += c.len_utf16();
        if units > LONGEST_STRING {
            string.push_str("2026");
            break;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(string, "{unit:04X}");
        }
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
    fn no_string_is_longer_than_an_archive_takes() {
        let long = text_string(&"😀".repeat(20_000));
        assert!((long.len() - 2) / 2 <= 32_767 && long.ends_with("D83DDE002026>"));
        assert_eq!(text_string(&"a".repeat(16_000)).len(), 16_000 * 4 + 6);
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
