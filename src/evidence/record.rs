//! One WARC record: its fields, its block, and both as a gzip member.

use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use flate2::{Compression, GzBuilder};
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

    /// The record as a gzip member of its own. Its header names no time and no system, so the same record is the same bytes.
    pub(super) fn to_member(&self) -> io::Result<Vec<u8>> {
        let builder = GzBuilder::new().mtime(0).operating_system(255);
        let mut member = builder.write(Vec::with_capacity(self.block.len() / 4 + 1024), LEVEL);
        write!(member, "{VERSION}\r\n")?;
        for (name, value) in &self.fields {
            write!(member, "{name}: {value}\r\n")?;
        }
        member.write_all(b"\r\n")?;
        member.write_all(&self.block)?;
        member.write_all(b"\r\n\r\n")?;
        member.finish()
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
