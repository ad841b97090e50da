//! Answers that tell no count: none is guessed, and what stands in them is told nobody.

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
fn an_answer_that_is_not_understood_ends_the_run_and_is_told_without_its_words() {
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
        assert!(run.stderr.contains("are kept in"), "{run}");
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
fn a_server_that_stays_away_is_told_as_such_and_asked_again_later() {
    let headers = vec![("retry-after", "0".to_owned())];
    let (place, run, front) = run(Reply::Other { status: 503, headers, body: CALL_PHONE.to_owned() });
    run.expect(4).says("the call logs of batch `").says("HTTP 503");
    assert!(!front.asked().1.is_empty());
    assert_no_trace(&place);
}
