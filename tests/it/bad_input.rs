//! What can be wrong before or while the API is read: a clear message, the documented exit status, and no package.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::time::Duration;

use crate::harness::{Place, Run};
use crate::hostile::{Hostile, List, Reply};

const KEY: &str = "marked-key-77aa";

/// Runs `report` for a quarter with these further arguments and a key; nothing may be written.
fn refused(status: i32, words: &str, arguments: &[&str]) -> Run {
    let place = Place::new();
    let mut all = vec!["report"];
    all.extend(arguments);
    if !arguments.contains(&"--quarter") && !arguments.contains(&"--from") {
        all.extend(["--quarter", "2024-Q1"]);
    }
    let run = place.run(&all).key(KEY).within(Duration::from_secs(120)).done().expect(status).says(words);
    assert!(place.files().is_empty(), "something was written: {:?}\n{run}", place.files().keys());
    place.assert_nowhere(KEY);
    assert!(!run.stdout.contains(KEY) && !run.stderr.contains(KEY) && run.stdout.is_empty(), "{run}");
    run
}

#[test]
fn a_period_that_is_none_is_a_usage_error() {
    for quarter in ["2024-Q5", "24Q1", "2024", "", "Q1-2024", "0000-Q1"] {
        refused(2, "quarter", &["--sample", "--quarter", quarter]);
    }
    refused(2, "IANA", &["--sample", "--timezone", "Asia/Calcuta"]);
    refused(2, "month", &["--sample", "--fiscal-year-start", "13"]);
    refused(2, "is not a day", &["--sample", "--from", "2024-02-30", "--to", "2024-03-01"]);
    refused(2, "holds no time", &["--sample", "--from", "2024-03-01", "--to", "2024-03-01"]);
    refused(2, "--to", &["--sample", "--from", "2024-03-01"]);
    refused(2, "nothing to report yet", &["--sample", "--quarter", "2090-Q1"]);
}

#[test]
fn without_a_usable_key_nothing_is_asked() {
    let server = Hostile::quiet(List::spread(10, range(), 1));
    let place = Place::new();
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url];
    place.run(&arguments).done().expect(2).says("DIALNEXA_API_KEY");
    for key in ["", "  \n", "two words", "schl\u{fc}ssel"] {
        place.run(&arguments).key(key).done().expect(2).says("cannot use the API key from DIALNEXA_API_KEY");
    }
    let mut with_file = arguments.to_vec();
    with_file.extend(["--api-key-file", "missing.key"]);
    place.run(&with_file).done().expect(2).says("cannot read the API key from the key file `missing.key`");
    fs::write(place.work().join("missing.key"), "\n").unwrap();
    place.run(&with_file).done().expect(2).says("is empty");
    with_file[6] = "-";
    place.run(&with_file).input(b"").done().expect(2).says("standard input");
    assert!(server.requests().is_empty());
    // And with a usable one from a file or from standard input it is.
    place.run(&with_file).input(format!("{KEY}\n").as_bytes()).done().expect(0);
    assert!(server.received(KEY));
}

fn range() -> std::ops::Range<chrono::DateTime<chrono::Utc>> {
    "2024-01-01T00:00:00Z".parse().unwrap().."2024-04-01T00:00:00Z".parse().unwrap()
}

#[test]
fn a_base_url_that_is_none_is_a_usage_error() {
    for (url, words) in [
        ("nonsense", "is not a base URL"),
        ("http://example.com/v1", "plain HTTP is refused"),
        ("ftp://example.com", "https://"),
        ("https://me:pw@example.com", "user name"),
    ] {
        refused(2, words, &["--base-url", url]);
    }
}

#[test]
fn an_output_folder_that_cannot_be_used_is_a_local_failure() {
    refused(6, "is not a folder", &["--sample", "--out", "/dev/null"]);
    // Nobody may write there, not even root.
    refused(6, "/proc", &["--sample", "--out", "/proc"]);
}

#[test]
fn a_package_that_is_there_is_not_overwritten_without_force() {
    let place = Place::new();
    let arguments = ["report", "--quarter", "2024-Q1", "--sample", "--quiet"];
    place.run(&arguments).done().expect(0);
    let before = place.files();
    place.run(&arguments).done().expect(6).says("exists already");
    assert_eq!(place.files(), before);
    place.run(&[&arguments[..], &["--force"]].concat()).done().expect(0);
    assert_eq!(place.files().keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    place.run(&["verify", "batch-audit-2024-Q1"]).done().expect(0);
}

#[test]
fn an_identity_that_cannot_be_used_is_refused_before_anything_is_asked() {
    let server = Hostile::quiet(List::spread(10, range(), 1));
    let place = Place::new();
    fs::write(place.work().join("garbage.pem"), "not a key").unwrap();
    for (identity, words) in [("missing.pem", "cannot read the identity"), ("garbage.pem", "identity")] {
        let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--identity", identity];
        place.run(&arguments).key(KEY).done().expect(6).says(words);
    }
    assert!(server.requests().is_empty());
}

/// Runs `report` against a server that answers every request so.
fn refused_by(status: i32, words: &str, reply: impl Fn() -> Reply + Send + 'static) {
    let server = Hostile::start(List::spread(10, range(), 1), move |_, _| reply());
    refused(status, words, &["--base-url", &server.base_url, "--max-wait", "30s"]);
}

#[test]
fn an_api_that_answers_otherwise_than_documented_is_distinguished() {
    refused_by(3, "the API refused the key (HTTP 401): \"Unauthorized\"", || Reply::error(401, "Unauthorized"));
    refused_by(3, "the API refused the key (HTTP 403)", || Reply::error(403, "not yours"));
    refused_by(4, "HTTP 404", || Reply::error(404, "no such thing"));
    refused_by(4, "not a JSON object", Reply::html);
    refused_by(4, "redirects to", || Reply::redirect("http://127.0.0.1:9/"));
    // A server that repeats the key does not make the program reveal it.
    refused_by(3, "[API key]", || Reply::error(401, "marked-key-77aa is not known"));
}

#[test]
fn an_api_that_is_down_is_reported_after_six_tries() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    refused(4, "after 6 tries", &["--base-url", &format!("http://127.0.0.1:{port}/v1")]);
}

#[test]
fn the_sample_api_needs_no_address_and_takes_none() {
    let place = Place::new();
    let sample = ["report", "--quarter", "2024-Q1", "--sample", "--format", "csv", "--quiet"];
    place.run(&sample).env("DIALNEXA_BASE_URL", "https://api.example.com/v1").done().expect(0);
    refused(2, "--base-url", &["--sample", "--base-url", "http://127.0.0.1:1/v1"]);
}

#[test]
fn arguments_that_are_none_are_usage_errors() {
    for arguments in [
        &["--sample", "--format", "docx"][..],
        &["--sample", "--assurance", "perhaps"],
        &["--sample", "--concurrency", "0"],
        &["--sample", "--max-wait", "long"],
        &["--sample", "--html-budget", "small"],
        &["--sample", "--pdf-rows", "-1"],
        &["--form", "v1"],
        &["--nonsense"],
    ] {
        refused(2, "", arguments);
    }
    let place = Place::new();
    place.run(&[]).done().expect(2);
    place.run(&["verify"]).done().expect(2);
    place.run(&["--help"]).done().expect(0);
    place.run(&["--version"]).done().expect(0);
}
