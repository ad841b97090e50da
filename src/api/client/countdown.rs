//! A wait that says how much of it is left.

use std::time::Duration;

use tokio::time::Instant;

/// Waits, and says about once a second how many seconds are left: whole ones, so that a display counts down evenly.
pub(super) async fn wait(wait: Duration, report: impl Fn(f64)) {
    let until = Instant::now() + wait;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let seconds = left.as_secs_f64().ceil() - 1.0;
        if seconds < 1.0 {
            return tokio::time::sleep(left).await;
        }
        tokio::time::sleep(left.saturating_sub(Duration::from_secs_f64(seconds))).await;
        report(seconds);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn the_seconds_that_are_left_are_reported_from_the_most_to_the_least() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let reported = RefCell::new(Vec::new());
        let begun = std::time::Instant::now();
        runtime.block_on(wait(Duration::from_millis(2_300), |seconds| reported.borrow_mut().push(seconds)));
        assert!(begun.elapsed() >= Duration::from_millis(2_300));
        assert!(
            reported.borrow().iter().is_sorted_by(|more, less| more > less) && reported.borrow()[0] == 2.0,
            "{reported:?}"
        );
        reported.borrow_mut().clear();
        runtime.block_on(wait(Duration::from_millis(20), |seconds| reported.borrow_mut().push(seconds)));
        assert!(reported.borrow().is_empty(), "{reported:?}");
    }
}
