//! The log for programs: one JSON object a line, whatever happens, and never the key.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

fn events(run: &Run) -> Vec<Value> {
    let event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for field in ["time", "level", "event"] {
            assert!(event[field].is_string(), "{line}");
        }
        event
    };
    run.stderr.lines().map(event).collect()
}

#[test]
fn every_line_is_an_object_and_requests_and_waits_are_among_them() {
    let asked = AtomicU32::new(0);
    let server = Hostile::start(List::spread(5, range(), 1), move |_, _| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::error(503, "no"),
        _ => Reply::Page,
    });
    let place = Place::new();
    let run = report(&place, &server, &["--log-format", "json", "-v"]).expect(0);
    let all = events(&run);
    let named = |name: &str| all.iter().filter(|event| event["event"] == name).collect::<Vec<_>>();
    let requests = named("request");
    assert_eq!(
        (&requests[0]["status"], &requests[0]["page"], &requests[0]["attempt"]),
        (&503.into(), &1.into(), &1.into())
    );
    assert!(requests.len() >= 3 && requests.iter().all(|one| one["level"] == "debug" && one["seconds"].is_number()));
    assert!(
        named("wait").iter().all(|wait| wait["wait"].as_f64().unwrap() >= 0.0) && !named("wait").is_empty(),
        "{run}"
    );
    assert!(!named("message").is_empty());
    let quieter = report(&place, &server, &["--log-format", "json", "--force"]).expect(0);
    assert!(events(&quieter).iter().all(|event| event["event"] != "request"), "{quieter}");
    assert!(!run.stderr.contains(KEY));
}

#[test]
fn a_failure_is_an_event_with_its_cause_remedy_and_exit_status() {
    let server = Hostile::start(List::spread(5, range(), 1), |_, _| Reply::error(403, "no"));
    let place = Place::new();
    let run = place.run(&["report", "--quarter", "2024-Q1", "--base-url", &server.base_url]).key(KEY);
    let run = run.env("DIALNEXA_AUDIT_LOG_FORMAT", "json").done().expect(3);
    let all = events(&run);
    let failure = all.last().unwrap();
    assert_eq!((&failure["event"], &failure["level"], &failure["exit"]), (&"error".into(), &"error".into(), &3.into()));
    assert!(failure["message"].is_string() && failure["remedy"].is_string(), "{run}");
    assert!(!run.stderr.contains(KEY));
}

#[test]
fn requests_are_reported_to_people_only_where_they_ask() {
    let (place, server) = (Place::new(), quiet());
    let run =
        report(&place, &server, &["--verbose"]).expect(0).says("request 1: GET http://127.0.0.1:").says(": 200 in 0.");
    assert!(!run.stderr.contains(KEY));
    let run = report(&place, &server, &["--force"]).expect(0);
    assert!(!run.stderr.contains("GET "), "{run}");
}
