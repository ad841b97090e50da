//! One request and what came of it, for whoever keeps count or evidence; and the count itself.

use std::io;
use std::sync::Arc;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use crate::digest::sha256;

/// The moment by the local clock, to the microsecond: as fine as evidence keeps it, so that evidence repeats it exactly.
pub(super) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// A request as it is sent. Never holds the key.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// Distinguishes the requests of a collection; the tries of one share it.
    pub ticket: u64,
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
    /// Distinguishes the requests of a collection; the tries of one share it.
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
    /// Where the body is withheld from everybody: what was made of it before it was dropped. The outcome has none then.
    pub withheld: Option<Withheld>,
    /// What came back.
    pub outcome: Outcome,
}

/// What is left of a body that is not kept, because it holds a person's number and words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The SHA-256 of the body, in hex; of the one without the key, where the server had put that into it.
    pub sha256: String,
    /// How many bytes it had.
    pub bytes: u64,
    /// The count that it reports, or what keeps it from being one, in words that repeat nothing of it.
    pub count: Result<u64, String>,
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
    /// The HTTP status; `None` where no whole answer came.
    pub fn status(&self) -> Option<u16> {
        match self.outcome {
            Outcome::Answered { status, .. } => Some(status),
            Outcome::Failed(_) => None,
        }
    }

    /// Drops the body, and leaves its digest and the count that `read` finds in it.
    pub(super) fn withhold(&mut self, read: impl FnOnce(&[u8]) -> Result<u64, String>) {
        if let Outcome::Answered { body, .. } = &mut self.outcome {
            let body = std::mem::take(body);
            self.withheld = Some(Withheld { sha256: sha256(&body), bytes: body.len() as u64, count: read(&body) });
        }
    }

    /// The server's `Date`, where the answer has one that can be read.
    pub fn server_date(&self) -> Option<DateTime<Utc>> {
        http_date(self.header("date")?)
    }

    /// How long the answer lay in a cache before it was delivered, in seconds, by its `Age` header. The largest where there are
    /// several; `None` where there is none that is a number of seconds.
    pub fn age(&self) -> Option<u64> {
        self.headers("age").flat_map(|value| value.split(',')).filter_map(seconds).max()
    }

    /// The first header of that (lower case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.given().iter().find(|(header, _)| header == name)?;
        std::str::from_utf8(value).ok()
    }

    fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.given().iter().filter(move |(header, _)| header == name);
        named.filter_map(|(_, value)| std::str::from_utf8(value).ok())
    }

    fn given(&self) -> &[(String, Vec<u8>)] {
        match &self.outcome {
            Outcome::Answered { headers, .. } => headers,
            Outcome::Failed(_) => &[],
        }
    }
}

/// A number of seconds as HTTP writes it: digits alone. One beyond all numbers is the largest.
fn seconds(text: &str) -> Option<u64> {
    let digits = Some(text.trim()).filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(digits.parse().unwrap_or(u64::MAX))
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
    /// How many answers came in, whatever their status.
    pub answers: u64,
    /// Of how many of them the body is withheld.
    pub withheld: u64,
    /// When the first was sent, by the local clock.
    pub started: Option<DateTime<Utc>>,
    /// When the last answer was had, by the same clock.
    pub ended: Option<DateTime<Utc>>,
    /// The `Date` of the first answer that gave one.
    pub first_server_date: Option<DateTime<Utc>>,
    /// The `Date` of the last one.
    pub last_server_date: Option<DateTime<Utc>>,
    /// By how much the server's clock is ahead of the local one, in the answer in which they agree best: another may come from
    /// a cache. `None` where no answer has a `Date`.
    pub ahead: Option<TimeDelta>,
}

/// Clocks that differ by more than this are not both right.
pub const CLOCKS_AGREE: TimeDelta = TimeDelta::minutes(5);

impl Traffic {
    /// By how much the server's clock is ahead of the local one, where the two do not agree.
    pub fn clocks_apart(&self) -> Option<TimeDelta> {
        self.ahead.filter(|ahead| ahead.abs() > CLOCKS_AGREE)
    }

    /// Takes a request into the count.
    pub fn sent(&mut self, attempt: u32, at: DateTime<Utc>) {
        self.requests += 1;
        self.retries += u64::from(attempt > 1);
        self.started = Some(self.started.map_or(at, |first| first.min(at)));
    }

    /// Takes into account when, by both clocks, an exchange ended.
    pub fn ended(&mut self, exchange: &Exchange) {
        self.ended = Some(self.ended.map_or(exchange.ended, |last| last.max(exchange.ended)));
        self.answers += u64::from(exchange.status().is_some());
        self.withheld += u64::from(exchange.withheld.is_some());
        if let Some(date) = exchange.server_date() {
            self.first_server_date = Some(self.first_server_date.map_or(date, |first| first.min(date)));
            self.last_server_date = Some(self.last_server_date.map_or(date, |last| last.max(date)));
            let ahead = date - exchange.ended;
            self.ahead = Some(self.ahead.filter(|best| best.abs() <= ahead.abs()).unwrap_or(ahead));
        }
    }
}

/// Notified of everything that happens between this program and the API. An error (evidence that cannot be written) ends the
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

    /// Of such a wait so many seconds are left; about once a second. Nothing is done unless it is written.
    fn still_waiting(&self, _seconds: f64, _why: &str) {}
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

    fn still_waiting(&self, seconds: f64, why: &str) {
        (**self).still_waiting(seconds, why);
    }
}

/// Both are notified, the first one first; where it fails, the second is not.
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

    fn still_waiting(&self, seconds: f64, why: &str) {
        self.0.still_waiting(seconds, why);
        self.1.still_waiting(seconds, why);
    }
}

#[cfg(test)]
impl Exchange {
    /// An answer of nothing but a status and headers.
    pub(super) fn answered(status: u16, headers: &[(&str, &str)]) -> Self {
        let at = "2024-05-01T10:00:00Z".parse().unwrap();
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        Self {
            ticket: 0,
            attempt: 1,
            url: String::new(),
            started: at,
            ended: at,
            redacted: false,
            withheld: None,
            outcome: Outcome::Answered { status, headers, body: Vec::new() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_of_an_answer_is_the_largest_that_it_states() {
        let age = |headers: &[(&str, &str)]| Exchange::answered(200, headers).age();
        assert_eq!(age(&[("age", "0")]), Some(0));
        assert_eq!(age(&[("age", " 17 ")]), Some(17));
        assert_eq!(age(&[("age", "3"), ("age", "40")]), Some(40));
        assert_eq!(age(&[("age", "40, 3")]), Some(40));
        assert_eq!(age(&[("age", "old"), ("age", "5")]), Some(5));
        assert_eq!(age(&[("age", "99999999999999999999999")]), Some(u64::MAX), "older than can be known is not fresh");
        for none in ["", "-1", "+1", "1.5", "old", "1 2"] {
            assert_eq!(age(&[("age", none)]), None, "{none}");
        }
        assert_eq!(age(&[("x-age", "1")]), None);
        let failed = Exchange { outcome: Outcome::Failed("reset".to_owned()), ..Exchange::answered(200, &[]) };
        assert_eq!((failed.age(), failed.status()), (None, None));
    }
}
