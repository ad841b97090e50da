//! Every exchange with the API, kept as it happened and replayed: a WARC 1.1 file (ISO 28500), one gzip member a record.
//!
//! [`Writer`] observes a collection and appends each request when it is sent and each answer when it is had, so that a kill
//! loses at most what was under way. [`Evidence`] reads the file back, checks it, and drives a collector from the recorded
//! answers: the same answers lead to the same requests, so what the collector ends in is what the collection ended in.
//! [`Resumed`] takes an interrupted collection up.
//!
//! Records, in the order of time: a `warcinfo` for every run (see [`Info`]); a `request` for every try; and for each, when it
//! has ended, a `response`, or a `metadata` that says why there is none. Beside ISO 28500's own, they carry these fields:
//!
//! | field | what |
//! | --- | --- |
//! | `DialNexa-Sequence` | the record's place in the file, from 0 |
//! | `DialNexa-Ticket` | which request of the collection, from 0; its tries share it |
//! | `DialNexa-Attempt` | which try of it, from 1 |
//! | `DialNexa-Ended` | when the answer was whole, or the try had failed |
//! | `DialNexa-Redacted` | `true` where the server had put the API key into its answer, and it was taken out |
//! | `DialNexa-Withheld` | the SHA-256 of a body that is not kept, because it holds a person's number and words |
//! | `DialNexa-Withheld-Length` | how many bytes it had |
//! | `DialNexa-Count` | the count that it reported: how many calls of the statuses asked for the batch has |
//! | `DialNexa-Uncounted` | why it reported none, where that is so |
//!
//! A record with a body withheld has ISO 28500's mark `WARC-Truncated: unspecified`, and its digests are of what is kept: the
//! head of the answer.
//!
//! The bytes are written by [`record`] and read by [`read`], not by a crate: `warc` 0.4 loses the bytes of a short write, puts
//! header fields in a random order, and reads lines and lengths without a limit.

pub mod error;
mod http;
mod info;
pub mod read;
pub mod record;
mod replay;
mod resume;
mod write;

pub use error::EvidenceError;
pub use info::{Bounds, Info, RULES};
pub use read::Torn;
pub use replay::{Evidence, Replayed};
pub use resume::Resumed;
pub use write::{Sealed, Writer, discard};

/// The name of the file in a package, and in the folder of an interrupted collection.
pub const FILE_NAME: &str = "evidence.warc.gz";
