//! Which answers are asked for again, and after how long. Pure: the moment and the dice are passed in.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::exchange::{Exchange, Outcome, http_date};

/// How often a page is asked for.
pub(super) const TRIES: u32 = 5;

/// What an exchange calls for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is an answer.
    Take,
    /// Ask again, after what the server demands if it demands anything.
    Again { wait: Option<Duration>, why: String },
    /// Asking again changes nothing.
    Never { status: u16 },
}

pub(super) fn verdict(exchange: &Exchange) -> Verdict {
    match &exchange.outcome {
        Outcome::Failed(why) => Verdict::Again { wait: None, why: why.clone() },
        Outcome::Answered { .. } if exchange.succeeded() => Verdict::Take,
        Outcome::Answered { status: status @ (408 | 429 | 500..=599), .. } => {
            Verdict::Again { wait: demanded(exchange, *status), why: format!("HTTP {status}") }
        }
        Outcome::Answered { status, .. } => Verdict::Never { status: *status },
    }
}

/// What the server demands: `Retry-After`, or for a 429 the end of the rate limit's window.
fn demanded(exchange: &Exchange, status: u16) -> Option<Duration> {
    let now = exchange.server_date().unwrap_or(exchange.ended);
    let after = exchange.header("retry-after").and_then(|value| retry_after(value, now));
    after.or_else(|| if status == 429 { reset(exchange) } else { None })
}

/// `Retry-After`: seconds, or an HTTP date.
fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    match value.trim().parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => Some((http_date(value)? - now).to_std().unwrap_or(Duration::ZERO)),
    }
}

/// How long until the window of the rate limit ends: `X-RateLimit-Reset` as a Unix time (in seconds or milliseconds), or as
/// the seconds that are left.
pub(super) fn reset(exchange: &Exchange) -> Option<Duration> {
    let value: f64 = exchange.header("x-ratelimit-reset")?.trim().parse().ok()?;
    let now = exchange.server_date().unwrap_or(exchange.ended).timestamp() as f64;
    let left = match value {
        unix_ms if unix_ms > 1e11 => unix_ms / 1000.0 - now,
        unix if unix > 1e8 => unix - now,
        seconds => seconds,
    };
    Duration::try_from_secs_f64(left.max(0.0)).ok()
}

/// How many requests the rate limit still allows.
pub(super) fn remaining(exchange: &Exchange) -> Option<u64> {
    exchange.header("x-ratelimit-remaining")?.trim().parse().ok()
}

/// The wait after the failed try `attempt` (from 1): doubling from half a second up to 30 s, the half of it by `dice`,
/// which lies in 0..1, so that many clients do not come back at one moment.
pub(super) fn back_off(attempt: u32, dice: f64) -> Duration {
    let longest = (0.5 * f64::from(2_u32.saturating_pow(attempt.saturating_sub(1)))).min(30.0);
    Duration::from_secs_f64(longest * (0.5 + dice.clamp(0.0, 1.0) / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(status: u16, headers: &[(&str, &str)]) -> Option<u64> {
        match verdict(&Exchange::answered(status, headers)) {
            Verdict::Again { wait, .. } => wait.map(|wait| wait.as_secs()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn retry_after_comes_in_seconds_or_as_a_date() {
        assert_eq!(wait(429, &[("retry-after", "7")]), Some(7));
        assert_eq!(wait(503, &[("retry-after", "Wed, 01 May 2024 10:01:30 GMT")]), Some(90));
        // Held against the server's clock, not against this machine's.
        let dates = [("date", "Wed, 01 May 2024 10:01:00 GMT"), ("retry-after", "Wed, 01 May 2024 10:01:30 GMT")];
        assert_eq!(wait(503, &dates), Some(30));
        assert_eq!(wait(429, &[("retry-after", "Wed, 01 May 2024 09:00:00 GMT")]), Some(0));
        assert_eq!(wait(429, &[("retry-after", "soon")]), None);
        assert_eq!(wait(429, &[("retry-after", "-5")]), None);
    }

    #[test]
    fn the_reset_is_a_unix_time_or_the_seconds_left() {
        assert_eq!(wait(429, &[("x-ratelimit-reset", "60")]), Some(60));
        assert_eq!(wait(429, &[("x-ratelimit-reset", "1714557630")]), Some(30));
        assert_eq!(wait(429, &[("x-ratelimit-reset", "1714557630000")]), Some(30));
        assert_eq!(wait(429, &[("x-ratelimit-reset", "1714550000")]), Some(0));
        assert_eq!(wait(500, &[("x-ratelimit-reset", "60")]), None);
    }

    #[test]
    fn what_is_asked_again_is_as_documented() {
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(matches!(verdict(&Exchange::answered(status, &[])), Verdict::Again { .. }), "{status}");
        }
        for status in [301, 307, 400, 401, 403, 404, 410, 422] {
            assert_eq!(verdict(&Exchange::answered(status, &[])), Verdict::Never { status });
        }
        assert_eq!(verdict(&Exchange::answered(200, &[])), Verdict::Take);
    }

    #[test]
    fn the_back_off_grows_and_stays_bounded() {
        let longest: Vec<_> = (1..=8).map(|attempt| back_off(attempt, 1.0).as_secs_f64()).collect();
        assert_eq!(longest, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
        assert_eq!(back_off(3, 0.0).as_secs_f64(), 1.0);
    }
}
