//! The documented examples, and what must not pass.

use super::*;

const LEADS_PAGE: &str = r#"{"data":[{"id":"batch_abc123","name":"May Follow-Up Campaign","status":"completed","total_leads":250,"completed":235,"failed":15,"agent_id":"agt_abc123","created_at":"2024-03-01T10:00:00.000Z"}],"meta":{"page":1,"limit":20,"total":150,"totalPages":8}}"#;
const CALLS_PAGE: &str = r#"{"data":[{"id":"bat_q1r5sv9mdk3z","name":"May Follow-Up Run","status":"completed","total_calls":250,"completed_calls":250,"created_at":"2024-05-01T11:00:00.000Z"}],"meta":{"page":1,"limit":20,"total":1}}"#;
const V1_PAGE: &str = r#"{"items":[{"id":"batch_abc123","title":"Q3 Follow-up Batch","status":"waiting","total_records":250,"createdAt":"2026-07-03T10:30:00.000Z","total_lead_count":250,"sent_lead_count":240,"picked_up_lead_count":120,"picked_up_calls":116,"last_call_sent_at":"2026-07-03T11:42:18.000Z","number_of_retries":2,"attempt_stages":[{"depth":0,"attempted":240,"total":250}]}],"total":1,"page":1,"limit":20}"#;

fn one(body: &str) -> Batch {
    decode(body.as_bytes()).unwrap().rows.remove(0)
}

fn problem(body: &str) -> String {
    decode(body.as_bytes()).unwrap_err().to_string()
}

/// A `leads` answer with one record of these fields.
fn record(fields: &str) -> String {
    format!(r#"{{"data":[{{{fields}}}],"meta":{{"page":1,"limit":20,"total":1,"totalPages":1}}}}"#)
}

#[test]
fn the_three_documented_forms_are_recognised() {
    let leads = decode(LEADS_PAGE.as_bytes()).unwrap();
    assert_eq!((leads.form, leads.page, leads.limit, leads.total), (ApiForm::Leads, Some(1), Some(20), 150));
    let batch = &leads.rows[0];
    assert_eq!((batch.total_calls, batch.completed_calls, batch.failed_calls), (Some(250), Some(235), Some(15)));
    assert_eq!((batch.agent_id.as_deref(), batch.extra.as_deref()), (Some("agt_abc123"), None));

    let calls = one(CALLS_PAGE);
    assert_eq!((calls.form, calls.completed_calls, calls.failed_calls), (ApiForm::Calls, Some(250), None));

    let v1 = one(V1_PAGE);
    assert_eq!((v1.form, v1.name.as_deref()), (ApiForm::V1, Some("Q3 Follow-up Batch")));
    assert_eq!((v1.total_calls, v1.completed_calls, v1.failed_calls), (Some(250), Some(116), None));
    let extra = v1.extra.unwrap();
    assert!(extra.starts_with(r#"{"attempt_stages":[{"#) && extra.contains(r#""picked_up_lead_count":120"#), "{extra}");
}

#[test]
fn figures_may_be_strings_null_or_absent() {
    let batch = one(&record(
        r#""id":7,"status":"teleported","created_at":"2024-01-01T05:30:00+05:30","total_leads":"250","completed":null,"later":{"x":1}"#,
    ));
    assert_eq!((&*batch.id, batch.status.as_str()), ("7", "teleported"));
    assert_eq!((batch.total_calls, batch.completed_calls, batch.failed_calls), (Some(250), None, None));
    assert_eq!((batch.name, batch.extra.as_deref()), (None, Some(r#"{"later":{"x":1}}"#)));
    assert_eq!(batch.created_at, "2024-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
}

#[test]
fn a_record_without_id_status_or_time_is_refused_by_name() {
    for (fields, message) in [
        (r#""status":"failed","created_at":"2024-01-01T00:00:00Z""#, "record 1, field `id`: is missing"),
        (r#""id":"","status":"failed","created_at":"2024-01-01T00:00:00Z""#, "record 1, field `id`: is empty"),
        (
            r#""id":"a","status":null,"created_at":"2024-01-01T00:00:00Z""#,
            "record 1 (batch `a`), field `status`: is missing",
        ),
        (r#""id":"a","status":"failed""#, "record 1 (batch `a`), field `created_at`: is missing"),
        (
            r#""id":"a","status":[],"created_at":"2024-01-01T00:00:00Z""#,
            "record 1 (batch `a`), field `status`: is not a text",
        ),
    ] {
        assert_eq!(problem(&record(fields)), message);
    }
    let date = problem(&record(r#""id":"a","status":"failed","created_at":"01/02/2024""#));
    assert!(
        date.starts_with("record 1 (batch `a`), field `created_at`: `01/02/2024` is not an RFC 3339 time"),
        "{date}"
    );
}

#[test]
fn a_figure_that_is_no_count_is_refused() {
    for figure in
        ["-1", "1.5", "\"many\"", "\"\"", "true", "{}", "1e300", "18446744073709551616", "\"\\ud800\"", "1e400"]
    {
        let message = problem(&record(&format!(
            r#""id":"a","status":"failed","created_at":"2024-01-01T00:00:00Z","completed":{figure}"#
        )));
        assert!(message.starts_with("record 1 (batch `a`), field `completed`: "), "{figure}: {message}");
    }
}

#[test]
fn contradictions_are_refused() {
    let both =
        record(r#""id":"a","status":"failed","created_at":"2024-01-01T00:00:00Z","completed":1,"completed_calls":2"#);
    assert!(problem(&both).contains("field `completed_calls`: belongs to the form `calls`"));
    let twice = record(r#""id":"a","id":"b","status":"failed","created_at":"2024-01-01T00:00:00Z""#);
    assert!(problem(&twice).contains("field `id`: is given twice"), "{}", problem(&twice));
    assert!(problem(r#"{"data":[],"items":[]}"#).contains("is given beside `data`"));
    assert!(problem(r#"{"data":[]}"#).contains("`meta` is missing"));
    assert!(problem(r#"{"data":[],"meta":{"page":1}}"#).contains("`total` is missing"));
    assert!(problem(r#"{"items":[]}"#).contains("`total` is missing"));
    for body in ["", "<html>", "[]", "null", "{\"data\":[1]", "{\"data\":[1],\"meta\":{\"total\":1}}"] {
        decode(body.as_bytes()).unwrap_err();
    }
}

/// A record that is whole but for what `fields` add to it.
fn odd(fields: &str) -> String {
    record(&format!(r#""id":"a","status":"failed","created_at":"2024-01-01T00:00:00Z",{fields}"#))
}

#[test]
fn a_damaged_text_is_read_as_far_as_it_goes() {
    for (json, name) in [
        (r#""Winback \ud83d""#, "Winback \u{fffd}"),
        (r#""\ude00 Winback""#, "\u{fffd} Winback"),
        (r#""\ud83d\ude00""#, "\u{1f600}"),
        ("\"a\tb\"", "a\tb"),
    ] {
        assert_eq!(one(&odd(&format!(r#""name":{json}"#))).name.as_deref(), Some(name));
    }
    let latin =
        [odd(r#""name":"caf"#).split("}],").next().unwrap().as_bytes(), b"\xe9\"}],\"meta\":{\"total\":1}}"].concat();
    assert_eq!(decode(&latin).unwrap().rows[0].name.as_deref(), Some("caf\u{fffd}"));
    let unread = one(&odd(r#""description":"\ud83d","\udfff":[{"\ud800":1}]"#));
    assert_eq!(unread.extra.as_deref(), Some("{\"description\":\"\u{fffd}\",\"\u{fffd}\":[{\"\u{fffd}\":1}]}"));
}

#[test]
fn a_damaged_id_is_refused_because_two_could_become_one() {
    let message = problem(&record(r#""id":"bat\ud83d","status":"failed","created_at":"2024-01-01T00:00:00Z""#));
    assert!(message.starts_with("record 1 (batch `bat\u{fffd}`), field `id`: is damaged"), "{message}");
    let whole = one(&record(r#""id":"bat\ufffd","status":"f","created_at":"2024-01-01T00:00:00Z","name":"\ud83d""#));
    assert_eq!(&*whole.id, "bat\u{fffd}");
}

#[test]
fn nothing_in_a_field_that_is_not_read_ends_a_run_and_its_json_stays() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for json in [
        "123456789012345678901234567890".to_owned(),
        "0.1000000000000000055511151231257827".to_owned(),
        "1e400".to_owned(),
        "-1E-400".to_owned(),
        deep(200),
        deep(50_000),
        format!(r#"{{"a":{}}}"#, deep(300)),
    ] {
        assert_eq!(one(&odd(&format!(r#""x":{json}"#))).extra.unwrap(), format!(r#"{{"x":{json}}}"#).into());
        for body in [
            format!(r#"{{"data":[],"x":{json},"meta":{{"total":0}}}}"#),
            format!(r#"{{"data":[],"meta":{{"total":0,"x":{json}}}}}"#),
            format!(r#"{{"items":[],"x":{json},"total":0}}"#),
        ] {
            assert!(decode(body.as_bytes()).unwrap().rows.is_empty());
        }
    }
    assert_eq!(one(&odd(r#""x":1,"x":2"#)).extra.as_deref(), Some(r#"{"x":1,"x":2}"#));
}

#[test]
fn a_list_that_is_null_is_an_empty_one_where_the_total_is_0() {
    for (body, form) in [
        (r#"{"data":null,"meta":{"page":1,"limit":100,"total":0,"totalPages":0}}"#, ApiForm::Leads),
        (r#"{"data":null,"meta":{"total":0}}"#, ApiForm::Calls),
        (r#"{"items":null,"total":0,"page":1,"limit":20}"#, ApiForm::V1),
        (r#"{"items":null,"data":null,"meta":{"total":"0"}}"#, ApiForm::Calls),
    ] {
        let decoded = decode(body.as_bytes()).unwrap();
        assert_eq!((decoded.form, decoded.total, decoded.rows.len()), (form, 0, 0), "{body}");
    }
    for (body, words) in [
        (r#"{"data":null,"meta":{"total":7}}"#, "the answer's `data` is null although the total is 7"),
        (r#"{"items":null,"total":7}"#, "the answer's `items` is null although the total is 7"),
        (r#"{"items":null}"#, "the answer's `total` is missing"),
        (r#"{"data":null}"#, "the answer's `meta` is missing"),
        (r#"{"data":7,"meta":{"total":7}}"#, "the answer's `data` is not a list"),
        (r#"{"data":[],"meta":7}"#, "the answer's `meta` is not an object"),
        (r#"{"data":[],"meta":{"total":0,"total":1}}"#, "the answer's `total` is given twice"),
        (r#"{"data":[],"data":[],"meta":{"total":0}}"#, "the answer's `data` is given twice"),
    ] {
        assert_eq!(problem(body), words);
    }
}

#[test]
fn a_byte_order_mark_before_an_answer_changes_nothing() {
    let utf16 = |mark: [u8; 2], unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.into_iter().chain(LEADS_PAGE.encode_utf16().flat_map(unit)).collect()
    };
    let plain = decode(LEADS_PAGE.as_bytes()).unwrap();
    for body in [
        [b"\xef\xbb\xbf", LEADS_PAGE.as_bytes()].concat(),
        utf16([0xff, 0xfe], u16::to_le_bytes),
        utf16([0xfe, 0xff], u16::to_be_bytes),
    ] {
        assert_eq!(decode(&body).unwrap(), plain);
    }
}

#[test]
fn a_time_without_a_zone_and_a_second_60_name_the_batch() {
    for (time, words) in [
        ("2024-01-01T10:00:00", "has no time zone: RFC 3339 needs `Z` or an offset such as `+05:30`"),
        ("2024-03-15T10:20:60Z", "has a second 60 that UTC does not have: leap seconds end a month at 23:59:60 UTC"),
    ] {
        let message = problem(&record(&format!(r#""id":"a","status":"failed","created_at":"{time}""#)));
        assert_eq!(message, format!("record 1 (batch `a`), field `created_at`: `{time}` {words}"));
    }
}
