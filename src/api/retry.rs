//! Which answers are taken, which are asked for again, and after how long. Pure: the moment and the dice are passed in.
//!
//! The client and the replay of evidence ask the same function, so that they take the same answers.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::allowance;
use super::exchange::{Exchange, Outcome, http_date};
use super::wire::WireError;

/// How often a page is asked for. With the waits of [`back_off`] the last try is 11.6 s after the first or later, so a server
/// that is away for ten seconds is waited for, however quickly it refuses.
pub(super) const TRIES: u32 = 6;

/// What an exchange calls for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<T> {
    /// It is the answer.
    Take(T),
    /// It is to be asked for again.
    Again {
        /// What the server demands that is waited first, if it demands anything.
        wait: Option<Duration>,
        /// Why it is no answer.
        trouble: Trouble,
    },
    /// Asking again changes nothing.
    Never {
        /// The HTTP status.
        status: u16,
    },
}

/// Why an exchange is no answer, although the same request may well be answered the next time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// There was no whole answer.
    Failed(String),
    /// This HTTP status.
    Status(u16),
    /// An answer of HTTP status 200 that is no page.
    NoPage(WireError),
    /// An answer of HTTP status 200 that states no count. The words repeat nothing that is in it.
    NoCount(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(why) | Self::NoCount(why) => f.write_str(why),
            Self::Status(status) => write!(f, "HTTP {status}"),
            Self::NoPage(error) => error.fmt(f),
        }
    }
}

/// What `exchange` calls for; `read` reads an answer of HTTP status 200, the only one that holds what was asked for.
pub(super) fn verdict<T>(exchange: &Exchange, read: impl FnOnce() -> Result<T, Trouble>) -> Verdict<T> {
    match &exchange.outcome {
        Outcome::Failed(why) => Verdict::Again { wait: None, trouble: Trouble::Failed(why.clone()) },
        Outcome::Answered { status: 200, .. } => match read() {
            Ok(answer) => Verdict::Take(answer),
            Err(trouble) => Verdict::Again { wait: None, trouble },
        },
        Outcome::Answered { status: status @ (201..=299 | 408 | 429 | 500..=599), .. } => {
            Verdict::Again { wait: demanded(exchange, *status), trouble: Trouble::Status(*status) }
        }
        Outcome::Answered { status, .. } => Verdict::Never { status: *status },
    }
}

/// What the server demands: `Retry-After`, or for a 429 the end of the rate limit's window.
fn demanded(exchange: &Exchange, status: u16) -> Option<Duration> {
    let now = exchange.server_date().unwrap_or(exchange.ended);
    let after = exchange.header("retry-after").and_then(|value| retry_after(value, now));
    after.or_else(|| if status == 429 { allowance::reset(exchange) } else { None })
}

/// `Retry-After`: seconds, or an HTTP date.
fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    match value.trim().parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => Some((http_date(value)? - now).to_std().unwrap_or(Duration::ZERO)),
    }
}

/// The wait after the failed try `attempt` (from 1): what the server demands, but never less than [`back_off`]. A server that
/// demands no time at all (`Retry-After: 0`, a date that is past) would be asked as often as it can refuse.
pub(super) fn pause(demanded: Option<Duration>, attempt: u32, dice: f64) -> Duration {
    demanded.unwrap_or(Duration::ZERO).max(back_off(attempt, dice))
}

/// The wait after the failed try `attempt` (from 1) where nothing is demanded: doubling from half a second up to 30 s, a
/// quarter of it by `dice`, which lies in 0..1, so that many clients do not come back at one moment.
pub(super) fn back_off(attempt: u32, dice: f64) -> Duration {
    let longest = (0.5 * f64::from(2_u32.saturating_pow(attempt.saturating_sub(1)))).min(30.0);
    Duration::from_secs_f64(longest * (0.75 + dice.clamp(0.0, 1.0) / 4.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(exchange: &Exchange) -> Verdict<()> {
        verdict(exchange, || Ok(()))
    }

    fn wait(status: u16, headers: &[(&str, &str)]) -> Option<u64> {
        match judged(&Exchange::answered(status, headers)) {
            Verdict::Again { wait, .. } => wait.map(|wait| wait.as_secs()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn retry_after_comes_in_seconds_or_as_a_date() {
        assert_eq!(wait(429, &[("retry-after", "7")]), Some(7));
        assert_eq!(wait(202, &[("retry-after", "7")]), Some(7));
        assert_eq!(wait(503, &[("retry-after", "Wed, 01 May 2024 10:01:30 GMT")]), Some(90));
        // Held against the server's clock, not against this machine's.
        let dates = [("date", "Wed, 01 May 2024 10:01:00 GMT"), ("retry-after", "Wed, 01 May 2024 10:01:30 GMT")];
        assert_eq!(wait(503, &dates), Some(30));
        assert_eq!(wait(429, &[("retry-after", "Wed, 01 May 2024 09:00:00 GMT")]), Some(0));
        assert_eq!(wait(429, &[("retry-after", "soon")]), None);
        assert_eq!(wait(429, &[("retry-after", "-5")]), None);
        assert_eq!(wait(429, &[("retry-after", "NaN")]), None);
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
        for status in [201, 202, 203, 204, 206, 299, 408, 429, 500, 502, 503, 504] {
            let verdict = judged(&Exchange::answered(status, &[]));
            assert_eq!(verdict, Verdict::Again { wait: None, trouble: Trouble::Status(status) });
        }
        for status in [301, 307, 400, 401, 403, 404, 410, 422] {
            assert_eq!(judged(&Exchange::answered(status, &[])), Verdict::Never { status });
        }
        assert_eq!(judged(&Exchange::answered(200, &[])), Verdict::Take(()));
    }

    #[test]
    fn only_an_answer_of_status_200_is_read() {
        for status in [201, 202, 204, 206, 404, 500] {
            let verdict =
                verdict(&Exchange::answered(status, &[]), || -> Result<(), _> { panic!("{status} was read") });
            assert_ne!(verdict, Verdict::Take(()));
        }
        let trouble = || Trouble::NoCount("`total` is missing".to_owned());
        let unread = verdict(&Exchange::answered(200, &[]), || -> Result<(), _> { Err(trouble()) });
        assert_eq!(unread, Verdict::Again { wait: None, trouble: trouble() });
    }

    #[test]
    fn the_back_off_grows_and_stays_bounded() {
        let longest: Vec<_> = (1..=8).map(|attempt| back_off(attempt, 1.0).as_secs_f64()).collect();
        assert_eq!(longest, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
        assert_eq!(back_off(3, 0.0).as_secs_f64(), 1.5);
    }

    #[test]
    fn a_server_that_demands_no_time_is_given_some() {
        let now = "2024-05-01T10:00:00Z".parse().unwrap();
        for nothing in ["0", "0.0", "-5", "0.001", "Wed, 01 May 2024 09:00:00 GMT", "soon", "NaN", "1e-300"] {
            for attempt in 1..TRIES {
                let wait = pause(retry_after(nothing, now), attempt, 0.0);
                assert_eq!(wait, back_off(attempt, 0.0), "{nothing}");
            }
        }
        assert_eq!(pause(retry_after("7", now), 1, 1.0).as_secs(), 7);
    }

    #[test]
    fn a_storm_of_ten_seconds_is_survived_whatever_the_dice() {
        let least: Duration = (1..TRIES).map(|attempt| pause(Some(Duration::ZERO), attempt, 0.0)).sum();
        assert!(least > Duration::from_secs(11), "{least:?}");
    }
}
