//! The file as it is written: objects one after another, small ones packed into object streams, and the cross-reference
//! stream that finds them. Holds no more than the places of the objects, the stream being packed, and the few streams, or
//! parts of long ones, that other threads are still making. The order of the objects is that in which they were written, whoever is done first.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, sync_channel};

use simd_adler32::Adler32;

use super::PdfError;
use super::deflate::{PART, ZLIB_HEAD, deflated, deflated_by_all, deflated_part};
use crate::defect::Defect;
use crate::digest::Summing;

/// The number of an indirect object; the generation is always 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ref(u32);

impl std::fmt::Display for Ref {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} 0 R", self.0)
    }
}

/// Where an object is.
#[derive(Debug, Clone, Copy)]
enum Place {
    Nowhere,
    At(u64),
    Packed { stream: u32, index: u32 },
}

/// How many objects an object stream holds.
const PACK: usize = 200;
/// How many streams may be in the making, for each thread that makes them.
const AHEAD: usize = 8;

/// A stream's data that another thread makes and deflates.
pub(super) struct Making(Receiver<Result<MadeStream, PdfError>>);

/// A stream's data as it is in the file, and what its dictionary says of it alone.
struct MadeStream {
    entries: String,
    data: Vec<u8>,
}

impl Making {
    /// Has `data` made and deflated.
    pub(super) fn of<D: AsRef<[u8]>>(data: impl FnOnce() -> Result<D, PdfError> + Send + 'static) -> Self {
        Self::by(move || Ok(MadeStream { entries: String::new(), data: deflated(data()?.as_ref())? }))
    }

    /// Has a part of a stream deflated.
    fn of_part(part: Vec<u8>, is_last: bool) -> Self {
        Self::by(move || Ok(MadeStream { entries: String::new(), data: deflated_part(&part, is_last)? }))
    }

    fn by(make: impl FnOnce() -> Result<MadeStream, PdfError> + Send + 'static) -> Self {
        let (hand_over, made) = sync_channel(1);
        // If the caller no longer waits for it, it is not missed.
        rayon::spawn(move || drop(hand_over.send(make())));
        Self(made)
    }

    fn wait(self) -> Result<MadeStream, PdfError> {
        self.0.recv().map_err(|_| Defect("a part of the document was lost on its way to the file"))?
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
    /// A part of a stream whose head was plain.
    Part(Making),
}

/// Writes an object that is packed, in the thread that deflates it.
type Body = Box<dyn FnOnce(&mut String) + Send>;

/// The objects of a file, written as they come.
pub(super) struct Objects<'o> {
    out: Summing<&'o mut dyn Write>,
    places: Vec<Place>,
    pack: Vec<(Ref, Body)>,
    next: VecDeque<Next>,
    /// How many streams and parts are in `next`.
    making: usize,
    /// How many bytes of parts were written.
    parts: u64,
}

impl<'o> Objects<'o> {
    /// An empty file of version 1.7.
    pub(super) fn new(out: &'o mut dyn Write) -> Result<Self, PdfError> {
        let mut out = Summing::new(out);
        // Bytes above 127 in the second line report transfer programs that the file is not text.
        out.write_all(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n").map_err(PdfError::Write)?;
        Ok(Self { out, places: vec![Place::Nowhere], pack: Vec::new(), next: VecDeque::new(), making: 0, parts: 0 })
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
        self.write_plain(Some(object), parts);
    }

    fn write_plain(&mut self, object: Option<Ref>, parts: &[&[u8]]) {
        if !matches!(self.next.back(), Some(Next::Plain { .. })) {
            self.next.push_back(Next::Plain { bytes: Vec::new(), begins: Vec::new() });
        }
        if let Some(Next::Plain { bytes, begins }) = self.next.back_mut() {
            if let Some(object) = object {
                begins.push((object, bytes.len()));
                bytes.extend_from_slice(format!("{} 0 obj", object.0).as_bytes());
            }
            parts.iter().for_each(|part| bytes.extend_from_slice(part));
        }
    }

    /// Writes a stream that is being made; `dictionary` holds its entries apart from length and filter.
    pub(super) fn put_stream(&mut self, object: Ref, dictionary: &str, data: Making) -> Result<(), PdfError> {
        let dictionary = format!("{dictionary} /Filter /FlateDecode");
        self.put_next(Next::Stream { object, dictionary, data })
    }

    fn put_next(&mut self, next: Next) -> Result<(), PdfError> {
        self.next.push_back(next);
        self.making += 1;
        let most = AHEAD * rayon::current_num_threads();
        while self.making > most {
            self.write_next()?;
        }
        Ok(())
    }

    /// Writes a stream of any length part by part, as it is read; gives its object and how many bytes were read. `failed`
    /// makes an error of one in reading.
    pub(super) fn add_long_stream(
        &mut self,
        dictionary: &str,
        content: &mut dyn Read,
        failed: impl Fn(io::Error) -> PdfError,
    ) -> Result<(Ref, u64), PdfError> {
        self.settle()?;
        let (object, length, before) = (self.reserve(), self.reserve(), self.parts);
        // The length is known when all is written, so it follows as an object of its own.
        let head = format!("\n<< {dictionary} /Filter /FlateDecode /Length {length} >>\nstream\n");
        self.write(object, &[head.as_bytes(), &ZLIB_HEAD]);
        let (mut sum, mut read) = (Adler32::new(), 0);
        loop {
            let mut part = Vec::new();
            content.take(PART).read_to_end(&mut part).map_err(&failed)?;
            sum.write(&part);
            read += part.len() as u64;
            let is_last = (part.len() as u64) < PART;
            self.put_next(Next::Part(Making::of_part(part, is_last)))?;
            if is_last {
                break;
            }
        }
        self.write_plain(None, &[&sum.finish().to_be_bytes(), b"\nendstream\nendobj\n"]);
        self.settle()?;
        self.put(length, &(self.parts - before + 6).to_string());
        Ok((object, read))
    }

    /// Writes what comes next, and waits for it where it is still being made.
    fn write_next(&mut self) -> Result<(), PdfError> {
        let start = self.out.written();
        match self.next.pop_front() {
            None => {}
            Some(Next::Part(data)) => {
                self.making -= 1;
                let MadeStream { data, .. } = data.wait()?;
                self.parts += data.len() as u64;
                self.out.write_all(&data).map_err(PdfError::Write)?;
            }
            Some(Next::Plain { bytes, begins }) => {
                for (object, at) in begins {
                    self.place(object, Place::At(start + at as u64));
                }
                self.out.write_all(&bytes).map_err(PdfError::Write)?;
            }
            Some(Next::Stream { object, dictionary, data }) => {
                self.making -= 1;
                let MadeStream { entries, data } = data.wait()?;
                self.place(object, Place::At(start));
                let head = format!("{} 0 obj\n<< {dictionary}{entries} /Length {} >>\nstream\n", object.0, data.len());
                let parts: [&[u8]; 3] = [head.as_bytes(), &data, b"\nendstream\nendobj\n"];
                parts.iter().try_for_each(|part| self.out.write_all(part)).map_err(PdfError::Write)?;
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
    pub(super) fn pack(
        &mut self,
        object: Ref,
        body: impl FnOnce(&mut String) + Send + 'static,
    ) -> Result<(), PdfError> {
        self.pack.push((object, Box::new(body)));
        if self.pack.len() >= PACK { self.flush_pack() } else { Ok(()) }
    }

    fn flush_pack(&mut self) -> Result<(), PdfError> {
        let pack = std::mem::take(&mut self.pack);
        if pack.is_empty() {
            return Ok(());
        }
        let stream = self.reserve();
        for (index, (object, _)) in pack.iter().enumerate() {
            self.place(*object, Place::Packed { stream: stream.0, index: index as u32 });
        }
        let dictionary = format!("/Type /ObjStm /N {}", pack.len());
        self.put_stream(stream, &dictionary, Making::by(move || packed(pack)))
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
    pub(super) fn finish(mut self, root: Ref, info: Ref) -> Result<(), PdfError> {
        self.flush_pack()?;
        self.settle()?;
        let id: String = self.out.checksum().hex().chars().take(32).collect();
        let table = self.reserve();
        let start = self.out.written();
        self.place(table, Place::At(start));
        let rows: Vec<u8> = self.places.iter().flat_map(|place| entry(*place)).collect();
        let size = self.places.len();
        let dictionary = format!(
            "/Type /XRef /Size {size} /W [1 5 2] /Root {root} /Info {info} /ID [<{id}> <{id}>] /Filter /FlateDecode"
        );
        self.write_stream(table, &dictionary, &deflated_by_all(&rows)?);
        self.settle()?;
        let end = format!("startxref\n{start}\n%%EOF\n");
        self.out.write_all(end.as_bytes()).and_then(|()| self.out.flush()).map_err(PdfError::Write)
    }
}

/// The data of an object stream.
fn packed(pack: Vec<(Ref, Body)>) -> Result<MadeStream, PdfError> {
    let (mut data, mut bodies) = (String::new(), String::new());
    for (object, body) in pack {
        let _ = write!(data, "{} {} ", object.0, bodies.len());
        body(&mut bodies);
        bodies.push('\n');
    }
    let entries = format!(" /First {}", data.len());
    data.push_str(&bodies);
    Ok(MadeStream { entries, data: deflated(data.as_bytes())? })
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

/// How many UTF-16 units a string has at most: PDF/A allows 32,767 bytes.
const LONGEST_STRING: usize = 16_000;

/// A text string: UTF-16BE with its mark, in hex, so that no byte of it can end the string. Cut with "…" where an archive
/// would not take it whole; what is stated so is stated elsewhere too.
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
        let mut file = Vec::new();
        let mut objects = Objects::new(&mut file).unwrap();
        let pages = objects.reserve();
        let root = objects.add(&format!("<< /Type /Catalog /Pages {pages} >>"));
        let info = objects.add("<< >>");
        let kept: Vec<Ref> = (0..450).map(|_| objects.reserve()).collect();
        for (n, object) in kept.iter().enumerate() {
            objects.pack(*object, move |body| body.push_str(&format!("<< /N {n} >>"))).unwrap();
        }
        objects.pack(pages, |body| body.push_str("<< /Type /Pages /Kids [] /Count 0 >>")).unwrap();
        objects.finish(root, info).unwrap();
        let read = lopdf::Document::load_mem(&file).unwrap();
        for (n, object) in kept.iter().enumerate() {
            let dictionary = read.get_dictionary((object.0, 0)).unwrap();
            assert_eq!(dictionary.get(b"N").unwrap().as_i64().unwrap(), n as i64);
        }
    }

    #[test]
    fn a_long_stream_is_read_back_whole_whatever_its_length() {
        let noise: Vec<u8> = (0..3_000_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
        let part = PART as usize;
        for length in [0, 1, part - 1, part, part + 1, 3 * part, noise.len()] {
            let mut file = Vec::new();
            let mut objects = Objects::new(&mut file).unwrap();
            let mut content = &noise[..length];
            let (stream, read) = objects.add_long_stream("/Type /Any", &mut content, PdfError::Write).unwrap();
            assert_eq!(read, length as u64);
            let pages = objects.add("<< /Type /Pages /Kids [] /Count 0 >>");
            let root = objects.add(&format!("<< /Type /Catalog /Pages {pages} >>"));
            objects.finish(root, pages).unwrap();
            let read = lopdf::Document::load_mem(&file).unwrap();
            let stream = read.get_object((stream.0, 0)).unwrap().as_stream().unwrap();
            assert!(stream.decompressed_content().unwrap_or_default() == noise[..length], "{length}");
            let mut inflated = Vec::new();
            let mut zlib = flate2::read::ZlibDecoder::new(&*stream.content);
            assert_eq!(zlib.read_to_end(&mut inflated).unwrap(), length, "its checksum is right, too");
            assert!(zlib.into_inner().is_empty(), "{length}");
        }
    }
}
