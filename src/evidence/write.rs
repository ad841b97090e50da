//! Writing: records appended as things happen, each in one piece.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::error::EvidenceError;
use super::http;
use super::info::Info;
use super::record::{self, Members, Record, RecordKind};
use crate::api::exchange::{Exchange, Observer, Outcome, Sent, Traffic, Withheld};
use crate::digest::hex;
use crate::durable;

/// How many records may be written until the file is synced: a kill loses none of them, but a power failure may.
const SYNC_EVERY: u64 = 64;

/// Keeps what it observes. While it lives, no other process can open the file for writing.
#[derive(Debug)]
pub struct Writer(Mutex<Log>);

#[derive(Debug)]
struct Log {
    file: File,
    members: Members,
    at: Position,
    traffic: Traffic,
    /// The id of the run's own record.
    run: String,
    unsynced: u64,
    /// Why nothing more can be written.
    broken: Option<String>,
}

/// Where the next record goes, and the hash of all before it.
#[derive(Debug, Clone, Default)]
pub(super) struct Position {
    pub hash: Sha256,
    pub bytes: u64,
    pub sequence: u64,
}

/// The finished file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its SHA-256, in hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// The traffic that it is evidence of, over all runs.
    pub traffic: Traffic,
}

impl Writer {
    /// Begins a new file with the run's own record, dated `at`.
    ///
    /// # Errors
    /// Where the file exists, or cannot be written.
    pub fn create(path: &Path, info: &Info, at: DateTime<Utc>) -> Result<Self, EvidenceError> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(path);
        let file = file.map_err(EvidenceError::io("create"))?;
        lock(&file, path)?;
        Self::begin(file, Position::default(), Traffic::default(), info, at)
    }

    /// Goes on in a locked `file`, at its end, which is `position`, with the run's own record.
    pub(super) fn begin(
        file: File,
        position: Position,
        traffic: Traffic,
        info: &Info,
        at: DateTime<Utc>,
    ) -> Result<Self, EvidenceError> {
        let mut log = Log::new(file, position, traffic);
        log.run(info, at).and_then(|()| log.sync()).map_err(EvidenceError::io("append to"))?;
        Ok(Self(Mutex::new(log)))
    }

    /// Over a locked `file` that needs no more records.
    pub(super) fn complete(file: File, at: Position, traffic: Traffic) -> Self {
        Self(Mutex::new(Log::new(file, at, traffic)))
    }

    /// Syncs the file, reports its hash, and closes it: answers that come later, to requests that are no longer waited for,
    /// are not written, and whoever brings them learns it.
    ///
    /// # Errors
    /// Where something could not be written, now or before.
    pub fn seal(&self) -> Result<Sealed, EvidenceError> {
        let mut log = self.lock();
        log.is_sound().and_then(|()| log.sync()).map_err(EvidenceError::io("append to"))?;
        log.broken = Some("it is finished".to_owned());
        let sha256 = hex(&log.at.hash.clone().finalize());
        Ok(Sealed { sha256, bytes: log.at.bytes, traffic: log.traffic })
    }

    /// Whether the file is still at `path`.
    pub fn is_at(&self, path: &Path) -> bool {
        durable::is_at(&self.lock().file, path)
    }

    /// The traffic so far, over all runs.
    pub fn traffic(&self) -> Traffic {
        self.lock().traffic
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the file at `path` for this process alone, until it is closed. That it was removed before it was taken is
/// [`io::ErrorKind::NotFound`].
pub(super) fn lock(file: &File, path: &Path) -> Result<(), EvidenceError> {
    match file.try_lock() {
        Ok(()) if durable::is_at(file, path) => Ok(()),
        Ok(()) => Err(EvidenceError::Io { doing: "lock", error: io::ErrorKind::NotFound.into() }),
        Err(TryLockError::WouldBlock) => Err(EvidenceError::Locked),
        // Some network file systems have no locks; a run there has to be alone by itself.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(error)) => Err(EvidenceError::Io { doing: "lock", error }),
    }
}

/// Removes the evidence at `path`, unless another run writes to it. Where there is none, nothing is done.
///
/// # Errors
/// [`EvidenceError::Locked`] where one does; otherwise where it cannot be removed.
pub fn discard(path: &Path) -> Result<(), EvidenceError> {
    let absent = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let file = match File::open(path) {
        Err(error) if absent(&error) => return Ok(()),
        file => file.map_err(EvidenceError::io("open"))?,
    };
    lock(&file, path)?;
    std::fs::remove_file(path)
        .or_else(|error| if absent(&error) { Ok(()) } else { Err(error) })
        .map_err(EvidenceError::io("remove"))
}

impl Observer for Writer {
    fn sending(&self, sent: &Sent<'_>) -> io::Result<()> {
        let mut log = self.lock();
        log.request(sent)?;
        log.traffic.sent(sent.attempt, sent.at);
        Ok(())
    }

    fn exchanged(&self, exchange: &Exchange) -> io::Result<()> {
        let mut log = self.lock();
        log.exchange(exchange)?;
        log.traffic.ended(exchange);
        Ok(())
    }

    fn waiting(&self, _: f64, _: &str) {}
}

impl Log {
    fn new(file: File, at: Position, traffic: Traffic) -> Self {
        Self { file, members: Members::new(), at, traffic, run: String::new(), unsynced: 0, broken: None }
    }

    fn run(&mut self, info: &Info, at: DateTime<Utc>) -> io::Result<()> {
        let block = info.to_block()?;
        let sequence = self.at.sequence.to_string();
        self.run = record::record_id(&["warcinfo", &sequence, &record::micros(at), &record::digest(&block)]);
        let mut record = Record::new(RecordKind::Warcinfo, &self.run, at, block);
        record.push("WARC-Filename", super::FILE_NAME);
        self.append(record, None)
    }

    fn request(&mut self, sent: &Sent<'_>) -> io::Result<()> {
        let try_ = Try { ticket: sent.ticket, attempt: sent.attempt, at: sent.at, url: sent.url };
        let record = self.record(RecordKind::Request, try_, http::request_block(sent));
        self.append(record, Some(0))
    }

    fn exchange(&mut self, exchange: &Exchange) -> io::Result<()> {
        let Exchange { ticket, attempt, url, started, ended, redacted, withheld, outcome } = exchange;
        let try_ = Try { ticket: *ticket, attempt: *attempt, at: *started, url };
        let (kind, block, payload) = match outcome {
            Outcome::Answered { status, headers, body } => {
                let mut block = http::response_head(*status, headers, body);
                block.extend_from_slice(body);
                (RecordKind::Response, block, Some(body.len()))
            }
            Outcome::Failed(why) => {
                let why = why.replace(|c: char| c.is_control(), " ");
                (RecordKind::Metadata, format!("{FAILED}: {why}\r\n").into_bytes(), None)
            }
        };
        let mut record = self.record(kind, try_, block);
        record.push("WARC-Concurrent-To", &self.id(RecordKind::Request, try_));
        record.push(record::ENDED, &record::micros(*ended));
        if *redacted {
            record.push(record::REDACTED, "true");
        }
        if let Some(Withheld { sha256, bytes, count }) = withheld {
            record.push(record::TRUNCATED, "unspecified");
            record.push(record::WITHHELD, &format!("sha256:{sha256}"));
            record.push(record::WITHHELD_LENGTH, &bytes.to_string());
            match count {
                Ok(count) => record.push(record::COUNT, &count.to_string()),
                Err(why) => record.push(record::UNCOUNTED, why),
            }
        }
        self.append(record, payload)
    }

    fn record(&self, kind: RecordKind, try_: Try<'_>, block: Vec<u8>) -> Record {
        let mut record = Record::new(kind, &self.id(kind, try_), try_.at, block);
        record.push(record::TARGET, try_.url);
        record.push("WARC-Warcinfo-ID", &self.run);
        record.push(record::TICKET, &try_.ticket.to_string());
        record.push(record::ATTEMPT, &try_.attempt.to_string());
        record
    }

    fn id(&self, kind: RecordKind, try_: Try<'_>) -> String {
        let (ticket, attempt) = (try_.ticket.to_string(), try_.attempt.to_string());
        record::record_id(&[&self.run, kind.as_str(), &ticket, &attempt, &record::micros(try_.at)])
    }

    /// Appends a record, whose payload is so many bytes at the end of its block.
    fn append(&mut self, mut record: Record, payload: Option<usize>) -> io::Result<()> {
        self.is_sound()?;
        record.push(record::SEQUENCE, &self.at.sequence.to_string());
        let payload = payload.map(|bytes| record.block.len().saturating_sub(bytes));
        let payload = payload.and_then(|start| record.block.get(start..)).map(record::digest);
        let member = self.members.member(&record.close(payload))?;
        if let Err(error) = self.file.write_all(&member) {
            // What is there of the record goes, if it can; a reader would take it for a torn end anyway.
            let _ = self.file.set_len(self.at.bytes);
            self.broken = Some(error.to_string());
            return Err(error);
        }
        self.at.hash.update(&member);
        self.at.bytes += member.len() as u64;
        self.at.sequence += 1;
        self.unsynced += 1;
        if self.unsynced >= SYNC_EVERY { self.sync() } else { Ok(()) }
    }

    /// A record behind a torn one could not be found again.
    fn is_sound(&self) -> io::Result<()> {
        self.broken.as_ref().map_or(Ok(()), |why| Err(io::Error::other(why.clone())))
    }

    fn sync(&mut self) -> io::Result<()> {
        self.unsynced = 0;
        self.file.sync_data()
    }
}

/// The field of a `metadata` record that says why there was no answer.
pub(super) const FAILED: &str = "failed";

/// One try of a request.
#[derive(Debug, Clone, Copy)]
struct Try<'a> {
    ticket: u64,
    attempt: u32,
    at: DateTime<Utc>,
    url: &'a str,
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn nothing_more_is_written_once_the_disk_is_full() {
        // It takes no byte, as a disk that is full does.
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let writer = Writer::complete(full, Position::default(), Traffic::default());
        let sent = Sent { ticket: 0, attempt: 1, url: "http://x/y", headers: &[], at: DateTime::UNIX_EPOCH };
        let first = writer.sending(&sent).unwrap_err();
        assert_eq!(first.kind(), io::ErrorKind::StorageFull);
        assert_eq!(writer.sending(&sent).unwrap_err().to_string(), first.to_string());
        assert!(writer.seal().unwrap_err().to_string().starts_with("cannot append to the evidence: "));
        assert_eq!(writer.traffic(), Traffic::default());
    }
}
