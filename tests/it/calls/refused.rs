//! Answers that report no count: none is guessed, and nothing of what is in them is shown or kept.

use super::*;

/// Answers the fifth count so, and nothing after it.
fn run(reply: Reply) -> (Place, Run, Front) {
    let mut counts = 0;
    let front = Front::start(ApiForm::V1, move |seen| {
        counts += usize::from(is_count(seen));
        (is_count(seen) && counts >= 5).then(|| reply.clone())
    });
    let place = Place::new();
    let run = front.report(&place, &["--quarter", "2024-Q1", "--max-wait", "1s"]).done();
    (place, run, front)
}

fn body(text: &str) -> Reply {
    Reply::Other { status: 200, headers: Vec::new(), body: text.to_owned() }
}

#[test]
fn an_answer_that_is_not_understood_ends_the_run_and_is_reported_without_its_words() {
    let completed = |total: &str| count(total, "completed");
    let phone = format!("\"{CALL_PHONE}\"");
    let cases = [
        (body(r#"{"callLogs":[]}"#), "`total` is missing"),
        (completed("-1"), "`total` is not a count"),
        (completed("1.5"), "`total` is not a count"),
        (completed(&phone), "`total` is not a count"),
        (completed("0"), "should hold 0 call logs, but it holds 1"),
        (count("7", "busy"), "the API does not filter by it"),
        (body(r#"{"callLogs":[],"total":0,"page":2}"#), "page 2 was answered"),
        (body(&format!("{{\"callLogs\":[{{\"to_number\":\"{CALL_PHONE}\",,")), "is not a JSON object"),
        (Reply::html(), "is not a JSON object"),
        (body(""), "is not a JSON object"),
        (body(&format!(r#"["{CALL_PHONE}","{CALL_TRANSCRIPT}"]"#)), "is not a JSON object"),
    ];
    for (reply, words) in cases {
        let (place, run, _front) = run(reply);
        let run = run.expect(4).says(words).says("the call logs of batch `").says("--call-totals never");
        assert!(!run.stderr.contains(&CALL_PHONE[1..]) && !run.stderr.contains("sample-transcript"), "{run}");
        assert!(run.stderr.contains("is kept in"), "{run}");
        assert_no_trace(&place);
        assert_eq!(
            place.files().keys().filter(|name| !name.contains(".partial/")).count(),
            0,
            "{:?}",
            place.files().keys()
        );
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Front::quiet(ApiForm::V1);
    let (_, run, _front) = run(Reply::redirect(&elsewhere.server.base_url));
    run.expect(4).says("the API redirects to").says("the call logs of batch `");
    assert!(elsewhere.server.requests().is_empty());
}

#[test]
fn a_key_that_must_not_read_calls_is_refused_with_a_way_out() {
    let (_, run, _front) = run(Reply::error(403, &format!("no calls for you, {CALL_PHONE}")));
    let run = run.expect(3).says("the right to read the calls").says("--call-totals never");
    assert!(!run.stderr.contains(CALL_PHONE), "{run}");
}

#[test]
fn a_server_that_stays_away_is_reported_as_such_and_asked_again_later() {
    let headers = vec![("retry-after", "0".to_owned())];
    let (place, run, front) = run(Reply::Other { status: 503, headers, body: CALL_PHONE.to_owned() });
    run.expect(4).says("the call logs of batch `").says("HTTP 503");
    assert!(!front.asked().1.is_empty());
    assert_no_trace(&place);
}

#[test]
fn an_odd_answer_to_a_count_is_asked_for_again_and_leaves_no_trace() {
    let reported =
        |status| Reply::Other { status, headers: Vec::new(), body: format!(r#"{{"total":1,"to":"{CALL_PHONE}"}}"#) };
    let mut odd = vec![
        body(&format!("{{\"callLogs\":[{{\"to_number\":\"{CALL_PHONE}\",,")),
        body(""),
        Reply::html(),
        count("7", "cancelled"),
        reported(202),
        reported(206),
        Reply::Other { status: 204, headers: Vec::new(), body: String::new() },
    ];
    let (oddities, mut counts) = (odd.len(), 0);
    let front = Front::start(ApiForm::V1, move |seen| {
        counts += usize::from(is_count(seen));
        (is_count(seen) && counts % 5 == 2).then(|| odd.pop()).flatten()
    });
    let place = Place::new();
    front.report(&place, &["--quarter", "2024-Q1", "--quiet"]).done().expect(0);
    let report = json(&place, STEM);
    assert_eq!(report["completeness"]["retries"], oddities);
    for (id, figures) in figures(&report) {
        let record = records().into_iter().find(|record| record.id == id).unwrap();
        assert_eq!(figures, counted(&record).map(Some), "{id}");
    }
    verified(&place, STEM);
    assert_no_trace(&place);
}

#[test]
fn a_count_that_stays_odd_is_refused_after_all_tries() {
    let server = Front::start(ApiForm::V1, |seen| {
        let headers = vec![("retry-after", "0".to_owned())];
        is_count(seen).then(|| Reply::Other { status: 202, headers, body: CALL_TRANSCRIPT.to_owned() })
    });
    let place = Place::new();
    let run = server.report(&place, &["--quarter", "2024-Q1", "--quiet"]).done().expect(4);
    let run = run.says("the call logs of batch `").says("after 6 tries: HTTP 202").says("--call-totals never");
    assert!(!run.stderr.contains("sample-transcript") && !run.stderr.contains("base URL"), "{run}");
    assert_no_trace(&place);
}
