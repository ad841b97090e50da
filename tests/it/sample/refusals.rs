//! What the API refuses, and how it says so.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dialnexa_audit::batch::ApiForm;
use dialnexa_audit::sample::{FORBIDDEN_KEY, KEY, Options, SampleApi};
use serde_json::Value;

use super::{Answer, Desk, FORMS};

fn assert_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer.body["statusCode"].as_u64()), (status, Some(status.into())), "{}", answer.body);
    assert_eq!(answer.body["error"], error);
    assert!(answer.body["message"].is_string() || answer.body["message"].is_array(), "{}", answer.body);
    assert!(answer.header("content-type").unwrap().starts_with("application/json"));
}

#[test]
fn a_bad_page_or_limit_is_a_bad_request_that_names_it() {
    let desk = Desk::of_form(ApiForm::Leads);
    for field in ["page", "limit"] {
        for value in ["0", "-1", "x", "", "1.5", "1e2", "18446744073709551616", "%C3%A9"] {
            let answer = desk.get(&format!("/batch-calls?{field}={value}"));
            assert_refused(&answer, 400, "Bad Request");
            assert!(answer.body["message"][0].as_str().unwrap().starts_with(field), "{}", answer.body);
        }
    }
    assert_refused(&desk.get("/batch-calls?page=1&page=2"), 400, "Bad Request");
    assert_eq!(desk.get("/batch-calls?page=0&limit=0").body["message"].as_array().map(Vec::len), Some(2));
}

#[test]
fn only_the_good_key_reads_batches() {
    for form in FORMS {
        let desk = Desk::of_form(form);
        for path in ["/batch-calls", "/batch-calls/007134?limit=1"] {
            for bad in [None, Some(""), Some(KEY), Some("Bearer"), Some("Bearer wrong"), Some("Basic sample-key")] {
                assert_refused(&desk.get_as(path, bad), 401, "Unauthorized");
            }
            let forbidden = desk.get_as(path, Some(&format!("Bearer {FORBIDDEN_KEY}")));
            assert_refused(&forbidden, 403, "Forbidden");
            assert_eq!(desk.get_as(path, Some(&format!("bearer {KEY}"))).status, 200, "{form} {path}");
        }
    }
}

#[test]
fn other_paths_and_methods_are_not_found() {
    let desk = Desk::of_form(ApiForm::Leads);
    for path in ["", "/", "/batch-calls/", "/batch-calls/x/y", "/calls", "/../batch-calls.json"] {
        assert_refused(&desk.get(path), 404, "Not Found");
    }
    assert_refused(&desk.ask(reqwest::Method::POST, "/batch-calls", Some("Bearer sample-key")), 404, "Not Found");
}

#[test]
fn too_many_requests_are_asked_to_wait() {
    let desk = Desk::open(Options { rate_limit: Some(3), ..Options::default() });
    for left in [2, 1, 0] {
        let answer = desk.get("/batch-calls?limit=1");
        assert_eq!((answer.status, answer.number("x-ratelimit-remaining")), (200, Some(left)));
        assert_eq!(answer.number("x-ratelimit-limit"), Some(3));
        assert_eq!(answer.header("retry-after"), None);
    }
    // A wrong key is counted too, and learns nothing.
    for refused in [desk.get("/batch-calls?limit=1"), desk.get_as("/batch-calls?limit=1", None)] {
        assert_refused(&refused, 429, "Too Many Requests");
        assert_eq!(refused.number("x-ratelimit-remaining"), Some(0));
        assert!((1..=60).contains(&refused.number("retry-after").unwrap()));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert!((now..now + 62).contains(&refused.number("x-ratelimit-reset").unwrap()), "a Unix time, soon");
    }
}

#[test]
fn whoever_waited_is_let_in_again() {
    let window = Duration::from_millis(400);
    let desk = Desk::open(Options { rate_limit: Some(1), rate_window: window, ..Options::default() });
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(desk.get("/batch-calls?limit=1").status);
        std::thread::sleep(Duration::from_millis(50));
    }
    let refused = statuses.iter().position(|status| *status == 429).unwrap();
    assert!(statuses[refused..].contains(&200), "{statuses:?}");
}

#[test]
fn without_a_rate_limit_nothing_is_said_of_one() {
    let answer = Desk::of_form(ApiForm::Leads).get("/batch-calls?limit=1");
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("x-ratelimit")));
}

#[test]
fn every_answer_is_dated() {
    let desk = Desk::of_form(ApiForm::V1);
    for path in ["/batch-calls?limit=1", "/batch-calls?limit=0", "/elsewhere"] {
        let date = httpdate::parse_http_date(desk.get(path).header("date").unwrap()).unwrap();
        let off = SystemTime::now().duration_since(date).unwrap_or_else(|ahead| ahead.duration());
        assert!(off < Duration::from_secs(30), "{path}");
    }
}

#[test]
fn answers_are_held_back_for_the_delay() {
    let delay = Duration::from_millis(120);
    let desk = Desk::open(Options { delay, ..Options::default() });
    let began = Instant::now();
    desk.get("/batch-calls?limit=1");
    assert!(began.elapsed() >= delay);
}

#[test]
fn a_port_that_is_taken_is_an_error_and_free_again_after_the_shutdown() {
    let first = SampleApi::start(Options::default()).unwrap();
    let port = first.addr().port();
    let taken = SampleApi::start(Options { port, ..Options::default() });
    assert_eq!(taken.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    first.shutdown();
    let again = SampleApi::start(Options { port, ..Options::default() }).unwrap();
    assert_eq!(again.base_url(), format!("http://127.0.0.1:{port}/v1"));
}

#[test]
fn it_stops_at_once_though_a_client_keeps_its_connection() {
    let desk = Desk::of_form(ApiForm::Leads);
    assert!(matches!(desk.get("/batch-calls").body, Value::Object(_)));
    let began = Instant::now();
    desk.api.shutdown();
    assert!(began.elapsed() < Duration::from_secs(2));
}
