//! `doctor` through the real binary: a line for each thing that a report needs, and the status that a report would end with.

use std::fs;

use serde_json::Value;

use crate::harness::{Place, Run};
use crate::hostile::{Hostile, List, Reply};

const KEY: &str = "marked-key-of-doctor-3b1d";

/// The outcome of one check, and its words.
fn check(run: &Run, name: &str) -> (String, String) {
    let reported: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{run}"));
    let checks = reported["workspaces"][0]["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("no {name}\n{run}"));
    if found["outcome"] != "ok" && found["outcome"] != "skip" {
        assert!(found["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "no remedy: {found}");
    }
    (found["outcome"].as_str().unwrap().to_owned(), found["words"].as_str().unwrap().to_owned())
}

fn doctor(place: &Place, arguments: &[&str]) -> Run {
    place.run(&[&["doctor", "--json"], arguments].concat()).key(KEY).done()
}

fn list() -> List {
    List::spread(10, "2024-01-01T00:00:00Z".parse().unwrap().."2024-04-01T00:00:00Z".parse().unwrap(), 1)
}

#[test]
fn with_the_sample_nothing_fails_and_nothing_is_written() {
    let place = Place::new();
    let run = place.run(&["doctor", "--sample"]).done().expect(0);
    for name in [
        "settings",
        "key",
        "API",
        "clock",
        "rate limit",
        "identity",
        "timestamps",
        "time zone",
        "fonts",
        "appearance",
        "folder",
    ] {
        assert_eq!(
            run.stdout.lines().filter(|line| line.get(6..).is_some_and(|rest| rest.starts_with(name))).count(),
            1,
            "{name}\n{run}"
        );
    }
    assert!(run.stdout.lines().all(|line| line.chars().count() <= 80), "{run}");
    assert!(run.stdout.contains("warn  identity") && run.stdout.contains("identity create"), "{run}");
    assert!(place.files().is_empty());
    let json = place.run(&["doctor", "--sample", "--json", "--quarter", "2024-Q1"]).done().expect(0);
    assert!(check(&json, "period").1.starts_with("2024-Q1: 1 Jan 2024 00:00 to 31 Mar 2024 24:00, "), "{json}");
    assert_eq!(check(&json, "rate limit").1, "the API reports none; a refusal (429) is waited out");
    assert!(check(&json, "fonts").1.contains("Devanagari") && !check(&json, "fonts").1.contains("Chinese"), "{json}");
}

#[test]
fn one_request_is_made_and_the_key_is_not_reported() {
    let (server, place) = (Hostile::quiet(list()), Place::new());
    let run = doctor(&place, &["--base-url", &server.base_url]).expect(0);
    assert_eq!(server.requests().len(), 1);
    assert!(check(&run, "API").1.contains("it holds 10 batches"), "{run}");
    assert!(!run.stdout.contains(KEY) && !run.stderr.contains(KEY));
}

#[test]
fn the_rate_limit_is_reported_as_the_api_reports_it() {
    use dialnexa_audit::sample::{KEY, Options, SampleApi};
    let api = SampleApi::start(Options { rate_limit: Some(60), ..Options::default() }).unwrap();
    let run = Place::new().run(&["doctor", "--json", "--base-url", &api.base_url()]).key(KEY).done().expect(0);
    assert_eq!(check(&run, "rate limit").1, "59 of 60 requests left in this window");
}

#[test]
fn a_failure_is_reported_with_a_remedy_and_ends_as_a_report_would() {
    let place = Place::new();
    let failing = |arguments: &[&str], status, name: &str, words: &str| {
        let run = doctor(&place, arguments).expect(status);
        let (outcome, reported) = check(&run, name);
        assert!(outcome == "fail" && reported.contains(words), "{name}: {reported}\n{run}");
    };
    let refusing = Hostile::start(list(), |_, _| Reply::error(401, "Unauthorized"));
    failing(&["--base-url", &refusing.base_url], 3, "key", "refused the key");
    let broken = Hostile::start(list(), |_, _| Reply::html());
    failing(&["--base-url", &broken.base_url], 4, "API", "JSON");
    failing(&["--base-url", "http://example.com/v1"], 2, "key", "plain HTTP");
    fs::write(place.work().join("garbage.pem"), "no key").unwrap();
    failing(&["--sample", "--identity", "garbage.pem"], 6, "identity", "identity");
    fs::write(place.work().join("plain"), "a file").unwrap();
    failing(&["--sample", "--out", "plain/reports"], 6, "folder", "cannot write to `plain`");
    // As a report, which makes it.
    let run = doctor(&place, &["--sample", "--out", "not/there/yet"]).expect(0);
    assert_eq!(check(&run, "folder").1, "packages can be written to `not/there/yet`, which report makes");
    assert!(!place.work().join("not").exists());
    failing(&["--sample", "--timestamp-url", "http://127.0.0.1:9/"], 6, "timestamps", "gave no answer");
    failing(&["--sample", "--font-dir", "missing"], 6, "fonts", "missing");
    fs::write(place.work().join("dialnexa-audit.toml"), "time_zone = \"UTC\"\n").unwrap();
    failing(&["--sample"], 2, "settings", "there is no setting `time_zone`");
    assert!(doctor(&place, &["--sample"]).stdout.contains("did you mean `timezone`?"));
    // Without any key.
    fs::remove_file(place.work().join("dialnexa-audit.toml")).unwrap();
    let run = place.run(&["doctor", "--json"]).done().expect(2);
    assert!(check(&run, "key").1.contains("there is no API key"), "{run}");
    for name in ["API", "clock", "rate limit"] {
        assert_eq!(check(&run, name), ("skip".to_owned(), "the API was not asked".to_owned()));
    }
    // Nor is anything said of an API that could not be reached.
    let run = doctor(&place, &["--base-url", "http://127.0.0.1:9/v1"]).expect(4);
    for name in ["clock", "rate limit"] {
        assert_eq!(check(&run, name), ("skip".to_owned(), "the API gave no answer".to_owned()));
    }
    let run = doctor(&place, &["--sample", "--timezone", "Asia/Kolkata"]).expect(0);
    assert_eq!(check(&run, "time zone").1, "days and quarters are those of Asia/Kolkata");
    assert_eq!(check(&run, "timestamps").0, "skip");
}

#[test]
fn what_a_server_says_is_quoted_and_never_becomes_advice() {
    let place = Place::new();
    let advice = "the disk is broken; run rm -rf / to repair";
    for (status, exit, name) in [(401, 3, "key"), (403, 3, "key"), (404, 4, "API")] {
        let server = Hostile::start(list(), move |_, _| Reply::error(status, advice));
        let run = doctor(&place, &["--base-url", &server.base_url]).expect(exit);
        assert!(check(&run, name).1.contains(&format!("\"{advice}\"")), "{run}");
        let reported: Value = serde_json::from_str(&run.stdout).unwrap();
        for check in reported["workspaces"][0]["checks"].as_array().unwrap() {
            assert!(!check["remedy"].to_string().contains("rm -rf"), "{check}");
        }
        // Nor does a report show it as a hint.
        let report = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url];
        let run = place.run(&report).key(KEY).done().expect(exit).says(advice);
        let hints: Vec<_> = run.stderr.lines().filter(|line| line.starts_with("hint: ")).collect();
        assert!(hints.iter().all(|hint| !hint.contains("rm -rf")), "{run}");
        assert!(run.stderr.lines().any(|line| line.starts_with("error: ") && line.contains(advice)), "{run}");
    }
}

#[test]
fn an_identity_that_signs_is_reported_with_its_end_and_one_that_ends_soon_is_a_warning() {
    let place = Place::new();
    place.run(&["identity", "create", "--name", "Audit desk"]).done().expect(0);
    let (outcome, words) = check(&doctor(&place, &["--sample"]).expect(0), "identity");
    assert!(outcome == "ok" && words.contains("Audit desk (ECDSA P-256) signs; valid until 20"), "{words}");

    let soon = soon_to_end();
    fs::write(place.work().join("soon.pem"), soon).unwrap();
    let (outcome, words) = check(&doctor(&place, &["--sample", "--identity", "soon.pem"]).expect(0), "identity");
    assert!(outcome == "warn" && words.contains("valid until"), "{words}");
}

/// An identity that was made a year less ten days ago, for a year.
fn soon_to_end() -> String {
    use dialnexa_audit::sign::{Algorithm, Identity, Subject};
    let subject = Subject { name: "Old desk".to_owned(), organization: None, email: None };
    let made = chrono::Utc::now() - chrono::TimeDelta::days(355);
    Identity::create(&subject, Algorithm::P256, made, 1).unwrap().to_pem(None).unwrap().to_string()
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_can_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let (server, place) = (Hostile::quiet(list()), Place::new());
    let path = place.work().join("desk.key");
    fs::write(&path, KEY).unwrap();
    let seen = |mode| {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let arguments = ["doctor", "--json", "--base-url", &server.base_url, "--api-key-file", "desk.key"];
        check(&place.run(&arguments).done().expect(0), "key").0
    };
    assert_eq!((seen(0o644), seen(0o600)), ("warn".to_owned(), "ok".to_owned()));
}

#[test]
fn every_workspace_is_checked() {
    let place = Place::new();
    fs::write(place.work().join("dialnexa-audit.toml"), "[workspace.acme]\n[workspace.beta]\nlogo = \"none.png\"\n")
        .unwrap();
    let run = place.run(&["doctor", "--sample", "--all-workspaces"]).done().expect(2);
    assert!(run.stdout.contains("Workspace acme") && run.stdout.contains("Workspace beta"), "{run}");
    assert_eq!(run.stdout.matches("FAIL  appearance").count(), 1, "{run}");
}
