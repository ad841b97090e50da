//! One WARC record: its fields, its block, and both as a gzip member.

use std::io::{self, Write as _};

use chrono::{DateTime, SecondsFormat, Utc};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use sha2::{Digest, Sha256};

use crate::digest::hex;

pub(super) const VERSION: &str = "WARC/1.1";
pub(super) const TYPE: &str = "WARC-Type";
pub(super) const DATE: &str = "WARC-Date";
pub(super) const TARGET: &str = "WARC-Target-URI";
pub(super) const BLOCK_DIGEST: &str = "WARC-Block-Digest";
pub(super) const PAYLOAD_DIGEST: &str = "WARC-Payload-Digest";
pub(super) const LENGTH: &str = "Content-Length";
pub(super) const SEQUENCE: &str = "DialNexa-Sequence";
pub(super) const TICKET: &str = "DialNexa-Ticket";
pub(super) const ATTEMPT: &str = "DialNexa-Attempt";
pub(super) const ENDED: &str = "DialNexa-Ended";
pub(super) const REDACTED: &str = "DialNexa-Redacted";
/// ISO 28500's own mark of a block that lacks something of what was received.
pub(super) const TRUNCATED: &str = "WARC-Truncated";
pub(super) const WITHHELD: &str = "DialNexa-Withheld";
pub(super) const WITHHELD_LENGTH: &str = "DialNexa-Withheld-Length";
pub(super) const COUNT: &str = "DialNexa-Count";
pub(super) const UNCOUNTED: &str = "DialNexa-Uncounted";

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// A run says what it is.
    Warcinfo,
    /// A request as it was sent.
    Request,
    /// An answer.
    Response,
    /// Why a request had no answer.
    Metadata,
}

impl RecordKind {
    /// Its name in the field `WARC-Type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warcinfo => "warcinfo",
            Self::Request => "request",
            Self::Response => "response",
            Self::Metadata => "metadata",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Warcinfo, Self::Request, Self::Response, Self::Metadata].into_iter().find(|kind| kind.as_str() == name)
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Warcinfo | Self::Metadata => "application/warc-fields",
            Self::Request => "application/http;msgtype=request",
            Self::Response => "application/http;msgtype=response",
        }
    }
}

/// A record: fields in their order, and the block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it is.
    pub kind: RecordKind,
    /// Its fields.
    pub fields: Vec<(String, String)>,
    /// Its content.
    pub block: Vec<u8>,
}

impl Record {
    /// The value of the first field of that name, in any case.
    pub fn field(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name))?;
        Some(&field.1)
    }

    /// A record that begins with its kind, id and date.
    pub(super) fn new(kind: RecordKind, id: &str, date: DateTime<Utc>, block: Vec<u8>) -> Self {
        let mut record = Self { kind, fields: Vec::new(), block };
        record.push(TYPE, kind.as_str());
        record.push("WARC-Record-ID", id);
        record.push(DATE, &micros(date));
        record
    }

    /// Adds a field; line ends in its value become spaces.
    pub(super) fn push(&mut self, name: &str, value: &str) {
        self.fields.push((name.to_owned(), value.replace(|c: char| c.is_control(), " ")));
    }

    /// Adds what follows from the block, and is checked when the record is read: digests, type and length.
    pub(super) fn close(mut self, payload: Option<String>) -> Self {
        if let Some(digest) = payload {
            self.push(PAYLOAD_DIGEST, &digest);
        }
        let (block, length) = (digest(&self.block), self.block.len());
        self.push(BLOCK_DIGEST, &block);
        self.push("Content-Type", self.kind.media_type());
        self.push(LENGTH, &length.to_string());
        self
    }

    fn head(&self) -> String {
        let mut head = format!("{VERSION}\r\n");
        for (name, value) in &self.fields {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        head
    }
}

/// Makes gzip members, one after the other in the same memory: a quarter of a megabyte, which for each by itself would take longer
/// to be had than a request takes to be deflated.
#[derive(Debug)]
pub(super) struct Members(DeflateEncoder<Vec<u8>>);

impl Members {
    pub(super) fn new() -> Self {
        Self(DeflateEncoder::new(Vec::new(), LEVEL))
    }

    /// The record as a gzip member of its own. Its header names no time and no system, so the same record is the same bytes.
    pub(super) fn member(&mut self, record: &Record) -> io::Result<Vec<u8>> {
        // RFC 1952, 2.3: deflate, no flags, no time, no level that is a mark of its own, unknown system.
        self.0.get_mut().extend([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
        let mut sum = Crc::new();
        for part in [record.head().as_bytes(), &record.block, b"\r\n\r\n"] {
            sum.update(part);
            self.0.write_all(part)?;
        }
        let mut member = self.0.reset(Vec::new())?;
        member.extend(sum.sum().to_le_bytes());
        member.extend(sum.amount().to_le_bytes());
        Ok(member)
    }
}

/// Half the time of the usual level, for files a tenth larger: a collection waits for every record.
const LEVEL: Compression = Compression::new(2);

/// A digest as WARC labels it. In hex, as `sha256sum` writes it.
pub(super) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// A moment with its microseconds.
pub(super) fn micros(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// An id that follows from what it names: a UUID of version 8 (RFC 9562) over `parts`.
pub(super) fn record_id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let mut digits = hex(&hash.finalize()[..16]);
    digits.replace_range(12..13, "8");
    digits.replace_range(16..17, "a");
    let [a, b, c, d, e] = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| &digits[range]);
    format!("<urn:uuid:{a}-{b}-{c}-{d}-{e}>")
}
