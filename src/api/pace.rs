//! Pacing: the rate limit is obeyed before the server has to refuse.
//!
//! Of a window of the limit the least that an answer reported is what counts: answers overtake each other, and a later one that says
//! more says what was true before. Each request under way may or may not be counted in it, so each is taken off. Where a request that
//! was sent after the least was known reports no less, the server has begun a new window.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

use super::allowance;
use super::exchange::Exchange;

/// How far two statements of the end of one window may be apart: seconds are whole, and an answer takes its time.
const BLUR: Duration = Duration::from_millis(1_500);
/// A window of this length or longer is distinguished from the one before it by when it ends.
const LONG: Duration = Duration::from_secs(10);

/// What the last answers said of the rate limit, shared by all requests under way.
#[derive(Debug, Default)]
pub(super) struct Pace {
    window: Mutex<Window>,
    /// An answer came.
    answered: Notify,
}

/// Why a request cannot be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// Nothing is left of the limit for this long.
    For(Duration),
    /// What is left may be used up by requests under way: the next answer says more.
    Answer,
}

#[derive(Debug, Default)]
struct Window {
    /// Requests in every window, as far as it is known.
    limit: Option<u64>,
    /// The least that an answer reported to be left of this one; `None` where nothing is known.
    least: Option<u64>,
    /// The number of the last turn that was taken when this became known.
    known_at: u64,
    /// When it ends.
    until: Option<Instant>,
    /// When the one before it ended.
    before: Option<Instant>,
    /// The longest time to an end that was reported.
    longest: Duration,
    /// Until when the server refuses.
    refused: Option<Instant>,
    /// Whether an answer came that said nothing of a limit.
    silent: bool,
    /// How much later than reported a window ends: a server may round down.
    late: Duration,
    taken: u64,
    under_way: u64,
}

impl Window {
    /// Begins the next window where this one is over.
    fn pass(&mut self, now: Instant) {
        if self.refused.is_some_and(|until| until <= now) {
            self.refused = None;
        }
        if let Some(until) = self.until.filter(|until| *until <= now) {
            (self.before, self.until) = (Some(until), None);
            (self.least, self.known_at) = (self.limit, self.taken);
        }
    }

    fn hold(&self, now: Instant) -> Option<Hold> {
        if let Some(until) = self.refused {
            return Some(Hold::For(until - now));
        }
        match (self.least, self.until) {
            (Some(0), Some(until)) => Some(Hold::For(until - now)),
            (Some(least), _) => (self.under_way > 0 && least <= self.under_way).then_some(Hold::Answer),
            (None, _) => (self.under_way > 0 && !self.silent).then_some(Hold::Answer),
        }
    }

    fn note(&mut self, turn: u64, exchange: &Exchange, now: Instant) {
        let (Some(remaining), Some(reset)) = (allowance::remaining(exchange), allowance::reset(exchange)) else {
            self.silent |= exchange.status().is_some();
            return;
        };
        let reported = allowance::limit(exchange).unwrap_or(remaining.saturating_add(1));
        self.limit = self.limit.max(Some(reported));
        self.longest = self.longest.max(reset);
        let Some(until) = now.checked_add(reset.saturating_add(self.late)) else { return };
        self.pass(now);
        let is_later = turn > self.known_at;
        let is_of_the_last = self.before.is_some_and(|before| until <= before + BLUR) && self.longest >= LONG;
        if !is_later && is_of_the_last {
            return;
        }
        let is_of_the_next = is_later && self.until.is_some() && self.least.is_some_and(|least| remaining >= least);
        if is_of_the_next || self.least.is_none_or(|least| remaining < least) {
            (self.least, self.known_at) = (Some(remaining), self.taken);
        }
        // Rounded up, and later by the answer's way: the earliest is the best.
        self.until = Some(self.until.filter(|_| !is_of_the_next).map_or(until, |known| known.min(until)));
    }
}

impl Pace {
    /// Takes a turn, if the request may be sent now; else reports what to wait for.
    pub fn turn(&self, now: Instant) -> Result<Turn<'_>, Hold> {
        let mut window = self.lock();
        window.pass(now);
        match window.hold(now) {
            Some(hold) => Err(hold),
            None => Ok(self.taken(&mut window)),
        }
    }

    /// Takes a turn although it may be refused.
    pub fn turn_at_any_rate(&self) -> Turn<'_> {
        self.taken(&mut self.lock())
    }

    fn taken(&self, window: &mut Window) -> Turn<'_> {
        window.taken += 1;
        window.under_way += 1;
        Turn { pace: self, number: window.taken }
    }

    /// Is ready when an answer has come since this was called.
    pub fn next_answer(&self) -> Notified<'_> {
        self.answered.notified()
    }

    /// Stops all requests for `wait` at least: the server refused one. A longer stop stays in force.
    pub fn stop(&self, wait: Duration, now: Instant) {
        let mut window = self.lock();
        let Some(until) = now.checked_add(wait) else { return };
        window.refused = window.refused.max(Some(until));
        // A window that was taken to be over was not.
        if window.before.is_some_and(|before| now.saturating_duration_since(before) < Duration::from_secs(1)) {
            window.late = Duration::from_secs(1);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way. It ends when this is dropped, also where its answer is not awaited any more.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pace: &'a Pace,
    number: u64,
}

impl Turn<'_> {
    /// Ends the turn with what the answer says of the limit.
    pub fn note(self, exchange: &Exchange, now: Instant) {
        self.pace.lock().note(self.number, exchange, now);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut window = self.pace.lock();
        window.under_way = window.under_way.saturating_sub(1);
        drop(window);
        self.pace.answered.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
