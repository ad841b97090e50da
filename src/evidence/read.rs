//! Reading: record by record, with bounded memory whatever the file holds.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;
use sha2::{Digest, Sha256};

use super::error::EvidenceError;
use super::http;
use super::record::{self, Record, RecordKind};
use super::write::Position;
use crate::api::answer::LARGEST;

/// The largest head of a record, and of an HTTP answer in it.
const LARGEST_HEAD: usize = 1 << 20;
const LARGEST_BLOCK: usize = LARGEST + LARGEST_HEAD;

/// The end of an interrupted file: a record that was begun and not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Torn {
    /// Where it begins, in bytes from the start of the file; all before it is whole.
    pub offset: u64,
    /// How many bytes there are of it.
    pub bytes: u64,
}

/// The records of a file, in order. Each is checked against its digests and its place.
pub struct Records<R> {
    input: Hashed<R>,
    /// The end of the last whole record.
    whole: Position,
    torn: Option<Torn>,
}

impl<R: Read> Records<R> {
    /// Reads from the start of a file.
    pub fn new(reader: R) -> Self {
        let input = Hashed { inner: BufReader::with_capacity(64 << 10, reader), hash: Sha256::new(), bytes: 0 };
        Self { input, whole: Position::default(), torn: None }
    }

    /// The next record; `None` at the end, and where the file is torn.
    ///
    /// # Errors
    /// Where the file cannot be read, or is damaged otherwise than by being torn.
    pub fn read(&mut self) -> Result<Option<Record>, EvidenceError> {
        if self.torn.is_some() || self.peek()?.is_none() {
            return Ok(None);
        }
        let read = if self.peek()? == Some(0) { self.blank() } else { read_member(&mut self.input) };
        match read {
            Ok(record) => {
                check(&record, self.whole.sequence)?;
                let sequence = self.whole.sequence + 1;
                self.whole = Position { hash: self.input.hash.clone(), bytes: self.input.bytes, sequence };
                Ok(Some(record))
            }
            Err(Unread::Torn) => {
                let end = self.skip_rest()?;
                self.torn = Some(Torn { offset: self.whole.bytes, bytes: end - self.whole.bytes });
                Ok(None)
            }
            Err(Unread::Damaged(why)) => {
                Err(EvidenceError::Damaged { offset: self.whole.bytes, sequence: self.whole.sequence, why })
            }
            Err(Unread::Io(error)) => Err(EvidenceError::Io { doing: "read", error }),
        }
    }

    /// The torn end, once it was come to.
    pub fn torn(&self) -> Option<Torn> {
        self.torn
    }

    /// The end of the last whole record.
    pub(super) fn whole(&self) -> &Position {
        &self.whole
    }

    fn peek(&mut self) -> Result<Option<u8>, EvidenceError> {
        Ok(self.input.fill_buf().map_err(EvidenceError::io("read"))?.first().copied())
    }

    /// A power failure can leave the end of a file longer than what was written: zeros to the end are a torn record too.
    fn blank(&mut self) -> Result<Record, Unread> {
        loop {
            let part = self.input.fill_buf().map_err(Unread::Io)?;
            if part.iter().any(|byte| *byte != 0) {
                return Err(Unread::Damaged("it is not gzip".to_owned()));
            }
            let bytes = part.len();
            if bytes == 0 {
                return Err(Unread::Torn);
            }
            self.input.consume(bytes);
        }
    }

    fn skip_rest(&mut self) -> Result<u64, EvidenceError> {
        loop {
            let bytes = self.input.fill_buf().map_err(EvidenceError::io("read"))?.len();
            if bytes == 0 {
                return Ok(self.input.bytes);
            }
            self.input.consume(bytes);
        }
    }
}

enum Unread {
    Torn,
    Damaged(String),
    Io(io::Error),
}

impl Unread {
    /// What went wrong in decompressing. Only an input that has ended leaves a member unfinished.
    fn of(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Torn,
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                Self::Damaged(format!("it is not gzip ({error})"))
            }
            _ => Self::Io(error),
        }
    }

    fn damaged(why: &str) -> Self {
        Self::Damaged(why.to_owned())
    }
}

/// One gzip member with one record in it.
fn read_member(input: &mut impl BufRead) -> Result<Record, Unread> {
    let mut member = BufReader::with_capacity(16 << 10, GzDecoder::new(input));
    let (kind, fields) = read_head(&mut member)?;
    let length = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(record::LENGTH));
    let length: Option<usize> = length.and_then(|(_, value)| value.parse().ok());
    let length = length.ok_or_else(|| Unread::damaged("it states no length"))?;
    if length > LARGEST_BLOCK {
        return Err(Unread::Damaged(format!("it states a length of {length} bytes, more than an answer can have")));
    }
    let mut block = Vec::new();
    let read = Read::take(&mut member, length as u64).read_to_end(&mut block).map_err(Unread::of)?;
    // One byte more than the end, so that the member's own end is come to, and with it its checksum.
    let mut end = Vec::new();
    Read::take(&mut member, 5).read_to_end(&mut end).map_err(Unread::of)?;
    if read != length || end != b"\r\n\r\n" {
        return Err(Unread::damaged("it is not as long as it states"));
    }
    Ok(Record { kind, fields, block })
}

fn read_head(member: &mut impl BufRead) -> Result<(RecordKind, Vec<(String, String)>), Unread> {
    let mut left = LARGEST_HEAD;
    if read_line(member, &mut left)? != record::VERSION {
        return Err(Unread::damaged("it is no WARC 1.1 record"));
    }
    let mut fields = Vec::new();
    loop {
        let line = read_line(member, &mut left)?;
        if line.is_empty() {
            break;
        }
        let field = line.split_once(':').ok_or_else(|| Unread::damaged("it has a line that is no field"))?;
        fields.push((field.0.to_owned(), field.1.trim().to_owned()));
    }
    let kind = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(record::TYPE));
    let kind = kind.and_then(|(_, kind)| RecordKind::named(kind));
    Ok((kind.ok_or_else(|| Unread::damaged("it is of no known type"))?, fields))
}

/// A line without its end, out of what is `left` for the head.
fn read_line(member: &mut impl BufRead, left: &mut usize) -> Result<String, Unread> {
    let mut line = Vec::new();
    let read = Read::take(&mut *member, *left as u64).read_until(b'\n', &mut line).map_err(Unread::of)?;
    *left -= read;
    let line = line.strip_suffix(b"\r\n").ok_or_else(|| Unread::damaged("its head does not end"))?;
    String::from_utf8(line.to_vec()).map_err(|_| Unread::damaged("its head is not UTF-8"))
}

/// Holds a record against its digests, and against the place that it says it has.
fn check(record: &Record, sequence: u64) -> Result<(), EvidenceError> {
    let stated = record.field(record::SEQUENCE);
    if stated != Some(sequence.to_string().as_str()) {
        let stated = stated.unwrap_or("none");
        let why = format!("it states the place {stated}; records are missing, or not in their order");
        return Err(EvidenceError::Contradicts { sequence, why });
    }
    let of_block = record::digest(&record.block);
    if record.field(record::BLOCK_DIGEST) != Some(of_block.as_str()) {
        return Err(EvidenceError::Changed { sequence, part: "block" });
    }
    if record.kind == RecordKind::Response {
        let payload = http::body_start(&record.block).and_then(|start| record.block.get(start..));
        if record.field(record::PAYLOAD_DIGEST) != payload.map(record::digest).as_deref() {
            return Err(EvidenceError::Changed { sequence, part: "payload" });
        }
    }
    Ok(())
}

/// A reader that hashes what is taken from it.
struct Hashed<R> {
    inner: BufReader<R>,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let held = self.fill_buf()?;
        let bytes = held.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..bytes), held.get(..bytes)) {
            to.copy_from_slice(from);
        }
        self.consume(bytes);
        Ok(bytes)
    }
}

impl<R: Read> BufRead for Hashed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        if let Some(taken) = self.inner.buffer().get(..bytes) {
            self.hash.update(taken);
            self.bytes += taken.len() as u64;
        }
        self.inner.consume(bytes);
    }
}
