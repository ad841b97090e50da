//! Pacing: the rate limit is obeyed before the server has to refuse.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::allowance;
use super::exchange::Exchange;

/// What the last answers said of the rate limit, shared by all requests under way.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    /// How many more requests may be sent before `until`; `None` where no limit is known.
    remaining: Option<u64>,
    until: Option<Instant>,
    under_way: u64,
}

impl Pace {
    /// Takes a turn, if the request may be sent now; else reports how long to wait before asking again.
    pub fn turn(&self, now: Instant) -> Result<Turn<'_>, Duration> {
        let mut window = self.lock();
        let open = window.until.is_some_and(|until| now < until);
        match (window.remaining, window.until) {
            (Some(0), Some(until)) if open => return Err(until - now),
            (Some(remaining), _) if open => window.remaining = Some(remaining - 1),
            _ => (window.remaining, window.until) = (None, None),
        }
        window.under_way += 1;
        Ok(Turn(self))
    }

    fn note(&self, exchange: &Exchange, now: Instant) {
        let mut window = self.lock();
        if let (Some(remaining), Some(reset)) = (allowance::remaining(exchange), allowance::reset(exchange)) {
            // Requests that the server had not seen when it wrote this will use up their part.
            window.remaining = Some(remaining.saturating_sub(window.under_way));
            window.until = now.checked_add(reset);
        }
    }

    /// Stops all requests for `wait` at least: the server refused one. A longer stop stays in force.
    pub fn stop(&self, wait: Duration, now: Instant) {
        let mut window = self.lock();
        let (until, stopped) = (now.checked_add(wait), window.remaining == Some(0));
        window.until = if stopped { until.max(window.until) } else { until };
        window.remaining = Some(0);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Window> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way. It ends when this is dropped, also where nobody waits for the answer any more.
#[derive(Debug)]
pub(super) struct Turn<'a>(&'a Pace);

impl Turn<'_> {
    /// Ends the turn with what the answer says of the limit.
    pub fn note(self, exchange: &Exchange, now: Instant) {
        let pace = self.0;
        drop(self);
        pace.note(exchange, now);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut window = self.0.lock();
        window.under_way = window.under_way.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(remaining: &str, reset: &str) -> Exchange {
        Exchange::answered(200, &[("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", reset)])
    }

    #[test]
    fn nothing_is_sent_once_the_limit_is_used_up() {
        let (pace, now) = (Pace::default(), Instant::now());
        pace.turn(now).unwrap().note(&answer("2", "60"), now);
        assert!(pace.turn(now).is_ok() && pace.turn(now).is_ok());
        assert_eq!(pace.turn(now).err(), Some(Duration::from_secs(60)));
        assert!(pace.turn(now + Duration::from_secs(60)).is_ok());
    }

    #[test]
    fn requests_under_way_use_up_their_part() {
        let (pace, now) = (Pace::default(), Instant::now());
        let mut turns: Vec<_> = (0..4).map(|_| pace.turn(now).unwrap()).collect();
        turns.remove(0).note(&answer("3", "10"), now);
        assert_eq!(pace.turn(now).err(), Some(Duration::from_secs(10)));
    }

    #[test]
    fn a_short_stop_does_not_end_a_long_one() {
        let (pace, now) = (Pace::default(), Instant::now());
        pace.stop(Duration::from_secs(20), now);
        pace.stop(Duration::from_secs(1), now);
        assert_eq!(pace.turn(now).err(), Some(Duration::from_secs(20)));
        assert!(pace.turn(now + Duration::from_secs(20)).is_ok());
    }
}
