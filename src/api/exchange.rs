//! One request and what came of it, for whoever keeps count or evidence; and the count itself.

use std::io;
use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};

use crate::collect::PageRequest;

/// The moment by the local clock, to the microsecond: as fine as evidence keeps it, so that evidence repeats it exactly.
pub(super) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// A request as it is sent. Never holds the key.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// The page that it asks for.
    pub request: PageRequest,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// The whole address.
    pub url: &'a str,
    /// The headers in their order, with the fingerprint in the place of the key.
    pub headers: &'a [(&'static str, String)],
    /// When, by the local clock, to the microsecond.
    pub at: DateTime<Utc>,
}

/// A request and its answer, or its failure. Never holds the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Tells the requests of a collection apart; the tries of one share it.
    pub ticket: u64,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// The whole address.
    pub url: String,
    /// When the request was sent, by the local clock, to the microsecond.
    pub started: DateTime<Utc>,
    /// When the answer was whole, or the request had failed.
    pub ended: DateTime<Utc>,
    /// Whether the server had put the key into its answer, and it was taken out.
    pub redacted: bool,
    /// What came back.
    pub outcome: Outcome,
}

/// What came back of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A whole answer, of any status.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The headers in their order, names in lower case.
        headers: Vec<(String, Vec<u8>)>,
        /// The body.
        body: Vec<u8>,
    },
    /// No whole answer; why.
    Failed(String),
}

impl Exchange {
    /// Whether this is an answer of the kind that a page can be had from.
    pub fn succeeded(&self) -> bool {
        matches!(self.outcome, Outcome::Answered { status: 200..=299, .. })
    }

    /// The server's `Date`, where the answer has one that can be read.
    pub fn server_date(&self) -> Option<DateTime<Utc>> {
        http_date(self.header("date")?)
    }

    /// The first header of that (lower case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let Outcome::Answered { headers, .. } = &self.outcome else { return None };
        let (_, value) = headers.iter().find(|(header, _)| header == name)?;
        std::str::from_utf8(value).ok()
    }
}

/// A date as HTTP writes it.
pub fn http_date(text: &str) -> Option<DateTime<Utc>> {
    httpdate::parse_http_date(text.trim()).ok().map(DateTime::<Utc>::from)
}

/// What the exchanges of a collection were, in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// How many requests were made.
    pub requests: u64,
    /// How many of them repeated one that had failed.
    pub retries: u64,
    /// When the first was sent, by the local clock.
    pub started: Option<DateTime<Utc>>,
    /// When the last answer was had, by the same clock.
    pub ended: Option<DateTime<Utc>>,
    /// The `Date` of the first answer that gave one.
    pub first_server_date: Option<DateTime<Utc>>,
    /// The `Date` of the last one.
    pub last_server_date: Option<DateTime<Utc>>,
}

impl Traffic {
    /// Takes a request into the count.
    pub fn sent(&mut self, attempt: u32, at: DateTime<Utc>) {
        self.requests += 1;
        self.retries += u64::from(attempt > 1);
        self.started = Some(self.started.map_or(at, |first| first.min(at)));
    }

    /// Takes into account when, by both clocks, an exchange ended.
    pub fn ended(&mut self, exchange: &Exchange) {
        self.ended = Some(self.ended.map_or(exchange.ended, |last| last.max(exchange.ended)));
        if let Some(date) = exchange.server_date() {
            self.first_server_date = Some(self.first_server_date.map_or(date, |first| first.min(date)));
            self.last_server_date = Some(self.last_server_date.map_or(date, |last| last.max(date)));
        }
    }
}

/// Told of everything that happens between this program and the API. An error (evidence that cannot be written) ends the
/// collection.
pub trait Observer: Send + Sync {
    /// A request is about to be sent. It may never come to an exchange, if its answer is not wanted any more.
    ///
    /// # Errors
    /// Where it could not be kept; then it is not sent.
    fn sending(&self, sent: &Sent<'_>) -> io::Result<()>;

    /// An exchange ended, well or not.
    ///
    /// # Errors
    /// Where it could not be kept.
    fn exchanged(&self, exchange: &Exchange) -> io::Result<()>;

    /// Nothing is sent for `seconds`, because of `why`.
    fn waiting(&self, seconds: f64, why: &str);
}

impl<T: Observer + ?Sized> Observer for Arc<T> {
    fn sending(&self, sent: &Sent<'_>) -> io::Result<()> {
        (**self).sending(sent)
    }

    fn exchanged(&self, exchange: &Exchange) -> io::Result<()> {
        (**self).exchanged(exchange)
    }

    fn waiting(&self, seconds: f64, why: &str) {
        (**self).waiting(seconds, why);
    }
}

/// Both are told, the first one first; where it fails, the second is not told.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn sending(&self, sent: &Sent<'_>) -> io::Result<()> {
        self.0.sending(sent)?;
        self.1.sending(sent)
    }

    fn exchanged(&self, exchange: &Exchange) -> io::Result<()> {
        self.0.exchanged(exchange)?;
        self.1.exchanged(exchange)
    }

    fn waiting(&self, seconds: f64, why: &str) {
        self.0.waiting(seconds, why);
        self.1.waiting(seconds, why);
    }
}
