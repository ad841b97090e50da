//! The call logs of a batch, one level down.

use std::collections::BTreeMap;

use dialnexa_audit::batch::ApiForm;
use dialnexa_audit::sample::{CALL_PHONE, CALL_TRANSCRIPT, Record, Workspace};
use serde_json::{Value, json};

use super::{Desk, FORMS};

const FAILED: &str = "failed,did_not_pick,busy,no_answer,retry_expired";

fn records() -> Vec<Record> {
    Workspace::embedded().unwrap().records().cloned().collect()
}

/// What the call logs and the list say of completed and failed calls, where the list says both.
fn reported_twice(desk: &Desk, record: &Record) -> Option<([u64; 2], [u64; 2])> {
    let number = |value: &Option<Value>| match value {
        Some(Value::String(digits)) => digits.parse().ok(),
        other => other.as_ref()?.as_u64(),
    };
    let count = |statuses: &str| {
        let body = desk.get(&format!("/batch-calls/{}?status={statuses}&limit=1&page=1", record.id)).body;
        body["total"].as_u64().unwrap()
    };
    let listed = [number(&record.completed)?, number(&record.failed)?];
    Some(([count("completed"), count(FAILED)], listed))
}

#[test]
fn counts_of_calls_are_those_of_the_list_except_in_a_few_batches() {
    let desk = Desk::of_form(ApiForm::V1);
    let reported: Vec<_> = records().iter().filter_map(|record| reported_twice(&desk, record)).collect();
    let differing: Vec<_> = reported.iter().filter(|(logs, list)| logs != list).collect();
    assert!(reported.len() > 500 && (1..=5).contains(&differing.len()), "{} of {}", differing.len(), reported.len());
    assert!(differing.iter().all(|(logs, list)| logs[0] + 2 == list[0] && logs[1] == list[1] + 2), "{differing:?}");
}

#[test]
fn a_batch_without_figures_in_the_list_has_them_in_its_call_logs() {
    let desk = Desk::of_form(ApiForm::Leads);
    let silent = records().into_iter().find(|record| record.total.is_none() && record.failed.is_none()).unwrap();
    let body = desk.get(&format!("/batch-calls/{}", silent.id)).body;
    assert!(body["total"].as_u64().unwrap() > 0);
}

#[test]
fn pages_of_call_logs_hold_each_call_once() {
    let desk = Desk::of_form(ApiForm::V1);
    let record = records().into_iter().find(|record| record.calls.len() >= 5).unwrap();
    let mut by_status: BTreeMap<String, u64> = BTreeMap::new();
    let mut ids = std::collections::BTreeSet::new();
    for page in 1.. {
        let body = desk.get(&format!("/batch-calls/{}?limit=30&page={page}", record.id)).body;
        let total: u64 = record.calls.values().sum();
        assert_eq!(body["total"], total);
        assert_eq!((&body["page"], &body["limit"]), (&json!(page), &json!(30)));
        assert_eq!(body["totalPages"], total.div_ceil(30));
        let logs = body["callLogs"].as_array().unwrap();
        if logs.is_empty() {
            break;
        }
        for log in logs {
            assert!(ids.insert(log["id"].to_string()));
            *by_status.entry(log["status"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    assert_eq!(by_status, record.calls);
}

#[test]
fn a_log_carries_the_marked_number_and_words() {
    let desk = Desk::of_form(ApiForm::V1);
    let record = records().into_iter().find(|record| record.calls.contains_key("completed")).unwrap();
    let body = desk.get(&format!("/batch-calls/{}?status=completed&limit=1", record.id)).body;
    let log = &body["callLogs"][0];
    assert_eq!((&log["to_number"], &log["transcript"]), (&json!(CALL_PHONE), &json!(CALL_TRANSCRIPT)));
}

#[test]
fn the_list_never_holds_what_was_said_on_a_call() {
    for form in FORMS {
        let text = Value::Array(Desk::of_form(form).whole_list(100)).to_string();
        assert!(!text.contains(CALL_PHONE) && !text.contains(CALL_TRANSCRIPT), "{form}");
    }
}

#[test]
fn an_id_that_no_batch_has_is_not_found() {
    let desk = Desk::of_form(ApiForm::V1);
    for id in ["batch_unknown", "7134", "%FF", "1e5"] {
        let answer = desk.get(&format!("/batch-calls/{id}?limit=1"));
        assert_eq!((answer.status, &answer.body["error"]), (404, &json!("Not Found")), "{id}");
    }
    for id in ["007134", "1E5", "+491500", "%2B491500"] {
        assert_eq!(desk.get(&format!("/batch-calls/{id}?limit=1")).status, 200, "{id}");
    }
    assert_eq!(desk.get("/batch-calls/007134?limit=0").status, 400);
}
