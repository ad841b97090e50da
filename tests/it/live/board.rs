//! `status` through the real binary.

use std::time::Duration;

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::harness::Place;
use crate::hostile::{Hostile, List, Reply};

/// The sample workspace is of 2023 and 2024.
const SAMPLE: [&str; 4] = ["status", "--sample", "--days", "10000"];
const KEY: &str = "marked-key-status-0e77";

#[test]
fn the_board_fits_the_terminal_and_is_plain_in_a_pipe() {
    let place = Place::new();
    for columns in ["80", "120"] {
        let run = place.run(&SAMPLE).env("COLUMNS", columns).env("LANG", "C.UTF-8").done().expect(0);
        let widest = run.stdout.lines().map(UnicodeWidthStr::width).max().unwrap();
        assert!(widest <= columns.parse().unwrap(), "{widest} of {columns}\n{run}");
        assert!(!run.stdout.contains('\x1b') && run.stdout.contains("####"), "{run}");
        assert!(run.stdout.contains("A look, not a proof"), "{run}");
        assert_eq!(run.stdout.lines().count(), 600 + 4, "every batch of the workspace has a line");
    }
}

#[test]
fn as_json_it_holds_the_batches_newest_first_and_claims_nothing() {
    let place = Place::new();
    let run = place.run(&[&SAMPLE[..], &["--json", "--status", "failed,cancelled"]].concat()).done().expect(0);
    let reported: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.stdout.lines().count(), &reported["proven_complete"]), (1, &Value::Bool(false)));
    let batches = reported["batches"].as_array().unwrap();
    assert!(batches.len() > 5);
    assert!(batches.iter().all(|batch| ["failed", "cancelled"].contains(&batch["status"].as_str().unwrap())));
    assert!(batches.iter().map(|batch| batch["created_at"].as_str().unwrap()).rev().is_sorted());
}

fn list() -> List {
    let range = "2024-01-01T00:00:00Z".parse().unwrap().."2024-04-01T00:00:00Z".parse().unwrap();
    List::spread(250, range, 2)
}

#[test]
fn the_apis_filter_is_asked_status_by_status_and_not_trusted() {
    let server = Hostile::quiet(list());
    let place = Place::new();
    let arguments = ["status", "--days", "9999", "--status", "failed,a&b=c", "--base-url", &server.base_url];
    let run = place.run(&arguments).key(KEY).done().expect(0);
    assert!(server.received("page=1&limit=100&status=failed ") && server.received("status=a%26b%3Dc "));
    assert!(run.stdout.contains("0 batches") && run.stdout.contains("batches of other statuses"), "{run}");
}

#[test]
fn only_the_pages_of_the_last_days_are_read() {
    let server = Hostile::quiet(list());
    let place = Place::new();
    place.run(&["status", "--base-url", &server.base_url]).key(KEY).done().expect(0);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn following_leaves_half_of_the_rate_limit_to_others() {
    let limited = |limit: &'static str| {
        let headers = move || {
            let reported = [("x-ratelimit-limit", limit), ("x-ratelimit-remaining", "5"), ("x-ratelimit-reset", "60")];
            reported.map(|(name, value)| (name, value.to_owned())).to_vec()
        };
        Hostile::start(list(), move |_, _| Reply::PageWith(headers()))
    };
    for (limit, expected) in [("12", 1..=1), ("1000000", 2..=1000)] {
        let server = limited(limit);
        let place = Place::new();
        let arguments = ["status", "--follow", "--every", "0s", "--base-url", &server.base_url];
        let mut running = place.run(&arguments).key(KEY).start();
        assert!(running.wait(Duration::from_millis(2_500)).is_none(), "{}", running.finished());
        running.kill();
        let seen = server.requests().len();
        assert!(expected.contains(&seen), "{seen} requests with a limit of {limit} a minute");
    }
}
