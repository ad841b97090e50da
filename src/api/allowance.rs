//! What an answer says of the rate limit, in its `X-RateLimit-...` headers.

use std::time::Duration;

use super::exchange::Exchange;

/// What an answer says of the rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    /// Requests in every window of time.
    pub limit: u64,
    /// How many are left in this one.
    pub remaining: u64,
    /// How long this one still lasts.
    pub reset: Duration,
}

/// How long a window of the rate limit is taken to be. The API says only when one ends; a minute was observed.
const WINDOW: Duration = Duration::from_secs(60);

impl Allowed {
    /// What `exchange` says, where it says all of it.
    pub fn reported(exchange: &Exchange) -> Option<Self> {
        Some(Self { limit: limit(exchange)?, remaining: remaining(exchange)?, reset: reset(exchange)? })
    }

    /// The least time from one reading to the next, each of so many requests, that leaves half of the limit to others.
    pub fn spacing(self, requests: u64) -> Duration {
        let seconds = WINDOW.as_secs().saturating_mul(requests).saturating_mul(2).div_ceil(self.limit.max(1));
        let spacing = Duration::from_secs(seconds);
        if self.remaining < requests { spacing.max(self.reset) } else { spacing }
    }

    /// The least time that so many requests take.
    pub fn time_for(self, requests: u64) -> Duration {
        let Some(later) = requests.checked_sub(self.remaining).filter(|later| *later > 0) else {
            return Duration::ZERO;
        };
        let windows = (later - 1) / self.limit;
        self.reset.saturating_add(WINDOW.saturating_mul(u32::try_from(windows).unwrap_or(u32::MAX)))
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

/// How many requests the rate limit allows in every window.
pub(super) fn limit(exchange: &Exchange) -> Option<u64> {
    exchange.header("x-ratelimit-limit")?.trim().parse().ok().filter(|limit| *limit > 0)
}

/// How many requests the rate limit still allows.
pub(super) fn remaining(exchange: &Exchange) -> Option<u64> {
    exchange.header("x-ratelimit-remaining")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_leave_half_of_the_limit_to_others() {
        let allowed = Allowed { limit: 150, remaining: 30, reset: Duration::from_secs(20) };
        let seconds = |requests| allowed.spacing(requests).as_secs();
        assert_eq!([1, 10, 30, 31].map(seconds), [1, 8, 24, 25]);
        assert_eq!(Allowed { remaining: 0, ..allowed }.spacing(1).as_secs(), 20);
    }

    #[test]
    fn the_time_left_is_that_of_the_windows_that_the_limit_leaves() {
        let allowed = Allowed { limit: 150, remaining: 30, reset: Duration::from_secs(20) };
        let seconds = |requests| allowed.time_for(requests).as_secs();
        assert_eq!([0, 30, 31, 180, 181, 1230].map(seconds), [0, 0, 20, 20, 80, 20 + 7 * 60]);
    }
}
