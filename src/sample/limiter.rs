//! So many requests a window, and what the answers say about it. Is handed the time.

use std::time::{Duration, Instant};

/// Counts requests over fixed windows, each beginning with the first request after the last one's end.
#[derive(Debug)]
pub struct Limiter {
    limit: u32,
    window: Duration,
    began: Option<Instant>,
    used: u32,
}

/// What is left after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Whether the request is let through.
    pub admitted: bool,
    /// Requests per window.
    pub limit: u32,
    /// Requests left in this window.
    pub remaining: u32,
    /// Whole seconds until the window's end, at least 1.
    pub resets_in: u64,
}

impl Limiter {
    /// A limiter of `limit` requests per `window`.
    pub fn new(limit: u32, window: Duration) -> Self {
        Self { limit, window, began: None, used: 0 }
    }

    /// Counts a request made at `now`.
    pub fn admit(&mut self, now: Instant) -> Allowance {
        let began = match self.began {
            Some(began) if now.saturating_duration_since(began) < self.window => began,
            _ => {
                self.used = 0;
                *self.began.insert(now)
            }
        };
        let admitted = self.used < self.limit;
        self.used += u32::from(admitted);
        let left = self.window.saturating_sub(now.saturating_duration_since(began));
        let resets_in = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Allowance { admitted, limit: self.limit, remaining: self.limit - self.used, resets_in: resets_in.max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_admits_its_limit_and_the_next_one_begins_anew() {
        let start = Instant::now();
        let mut limiter = Limiter::new(2, Duration::from_secs(60));
        let mut at = |seconds: u64| limiter.admit(start + Duration::from_millis(seconds * 1000 + 500));
        assert_eq!(at(0), Allowance { admitted: true, limit: 2, remaining: 1, resets_in: 60 });
        assert_eq!(at(10), Allowance { admitted: true, limit: 2, remaining: 0, resets_in: 50 });
        assert_eq!(at(59), Allowance { admitted: false, limit: 2, remaining: 0, resets_in: 1 });
        assert_eq!(at(60), Allowance { admitted: true, limit: 2, remaining: 1, resets_in: 60 });
    }
}
