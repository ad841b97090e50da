//! Why evidence could not be written, read or replayed.

use std::borrow::Cow;
use std::io;

use crate::remedy::Remedy;

/// Why evidence could not be written, read or replayed. The caller knows which file it is, and says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The file could not be read or written.
    #[error("cannot {doing} the evidence: {error}")]
    Io {
        /// What was tried: `create`, `read`, `append to` ...
        doing: &'static str,
        /// Why it failed.
        error: io::Error,
    },
    /// Another run has the file open for writing.
    #[error("another run is writing to the evidence")]
    Locked,
    /// There is no whole record.
    #[error("the evidence holds no whole record")]
    Empty,
    /// It is not as this program writes it.
    #[error("the evidence is damaged at byte {offset} (record {sequence}): {why}")]
    Damaged {
        /// Where the record begins in the file, in bytes.
        offset: u64,
        /// Which record, from 0.
        sequence: u64,
        /// What is wrong.
        why: String,
    },
    /// A record does not have the digest that it states.
    #[error("record {sequence} of the evidence was changed: its {part} has not the SHA-256 that the record states")]
    Changed {
        /// Which record, from 0.
        sequence: u64,
        /// `block` or `payload`.
        part: &'static str,
    },
    /// A record is not what the collection can have led to.
    #[error("record {sequence} of the evidence does not belong there: {why}")]
    Contradicts {
        /// Which record, from 0.
        sequence: u64,
        /// What is wrong.
        why: String,
    },
    /// It is of another collection than the one to be resumed.
    #[error("the evidence is of another collection: its {what} is {kept}, not {asked}")]
    Other {
        /// What differs.
        what: &'static str,
        /// What the evidence says.
        kept: String,
        /// What was asked for.
        asked: String,
    },
}

impl Remedy for EvidenceError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        matches!(self, Self::Locked).then(|| "wait until it has ended".into())
    }
}

impl EvidenceError {
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { doing, error }
    }
}
