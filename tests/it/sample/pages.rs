//! Pages, their sizes, filters, and the three forms.

use std::collections::BTreeMap;

use dialnexa_audit::batch::{ApiForm, Batch, Status};
use dialnexa_audit::sample::batches;
use serde_json::{Map, Value, json};

use super::{Desk, FORMS, envelope, rows};

/// What the documents call id, name, status, time, total, completed, failed and agent in each form.
fn words(form: ApiForm) -> [&'static str; 8] {
    match form {
        ApiForm::Leads => ["id", "name", "status", "created_at", "total_leads", "completed", "failed", "agent_id"],
        ApiForm::Calls => {
            ["id", "name", "status", "created_at", "total_calls", "completed_calls", "failed_calls", "agent_id"]
        }
        ApiForm::V1 => ["id", "title", "status", "createdAt", "total_lead_count", "picked_up_calls", "-", "-"],
    }
}

fn figure(value: Option<Value>) -> Option<u64> {
    match value? {
        Value::Null => None,
        Value::String(digits) => Some(digits.parse().unwrap()),
        number => Some(number.as_u64().unwrap()),
    }
}

/// The batch that a record stands for, read here by the documents and not by the program.
fn decoded(record: &Value, form: ApiForm) -> Batch {
    let mut fields: Map<String, Value> = record.as_object().unwrap().clone();
    let [id, name, status, at, total, completed, failed, agent] = words(form).map(|word| fields.remove(word));
    let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(Box::<str>::from));
    let extra: BTreeMap<String, Value> = fields.into_iter().collect();
    Batch {
        id: text(id).unwrap(),
        name: text(name),
        status: Status::new(&text(status).unwrap()),
        created_at: text(at).unwrap().parse().unwrap(),
        total_calls: figure(total),
        completed_calls: figure(completed),
        failed_calls: figure(failed),
        agent_id: text(agent).map(|agent| (*agent).into()),
        form,
        extra: (!extra.is_empty()).then(|| json!(extra).to_string().into()),
    }
}

#[test]
fn every_form_served_is_the_register_reported() {
    for form in FORMS {
        let served: Vec<_> = Desk::of_form(form).whole_list(100).iter().map(|record| decoded(record, form)).collect();
        assert_eq!(served, batches(form).unwrap(), "{form}");
    }
}

#[test]
fn the_three_forms_are_one_register_but_for_what_v1_lacks() {
    let common = |form| -> Vec<Batch> {
        let bare = |batch| Batch { failed_calls: None, agent_id: None, form: ApiForm::Leads, extra: None, ..batch };
        batches(form).unwrap().into_iter().map(bare).collect()
    };
    assert_eq!(common(ApiForm::Leads), common(ApiForm::Calls));
    assert_eq!(common(ApiForm::Leads), common(ApiForm::V1));
    let with_failed = batches(ApiForm::Leads).unwrap().iter().filter(|batch| batch.failed_calls.is_some()).count();
    assert!(with_failed > 500, "{with_failed}");
}

#[test]
fn the_list_is_newest_first_whatever_the_limit() {
    let desk = Desk::of_form(ApiForm::Leads);
    let by_hundred = desk.whole_list(100);
    assert_eq!(by_hundred, desk.whole_list(33));
    let times: Vec<_> = by_hundred.iter().map(|record| decoded(record, ApiForm::Leads).created_at).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older));
}

#[test]
fn envelopes_are_those_of_the_documents() {
    let total = batches(ApiForm::Leads).unwrap().len();
    let leads = Desk::of_form(ApiForm::Leads).get("/batch-calls?page=2&limit=50").body;
    assert_eq!(leads["meta"], json!({"page": 2, "limit": 50, "total": total, "totalPages": total.div_ceil(50)}));
    let calls = Desk::of_form(ApiForm::Calls).get("/batch-calls?page=2&limit=50").body;
    assert_eq!(calls["meta"], json!({"page": 2, "limit": 50, "total": total}));
    let v1 = Desk::of_form(ApiForm::V1).get("/batch-calls?page=2&limit=50").body;
    assert_eq!((&v1["page"], &v1["limit"], &v1["total"]), (&json!(2), &json!(50), &json!(total)));
    let names: Vec<_> = v1.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["items", "limit", "page", "total"]);
}

#[test]
fn a_limit_is_twenty_where_none_is_given_and_a_hundred_at_most() {
    for form in FORMS {
        let desk = Desk::of_form(form);
        for (query, limit) in
            [("", 20), ("?limit=1", 1), ("?limit=100", 100), ("?limit=101", 100), ("?limit=5000", 100)]
        {
            let body = desk.get(&format!("/batch-calls{query}")).body;
            assert_eq!((rows(&body).len(), &envelope(&body)["limit"]), (limit, &json!(limit)), "{form} {query}");
        }
    }
}

#[test]
fn a_page_behind_the_last_is_empty_and_still_reports_the_total() {
    let desk = Desk::of_form(ApiForm::Leads);
    for page in ["7", "1000000", "18446744073709551615"] {
        let body = desk.get(&format!("/batch-calls?limit=100&page={page}")).body;
        assert_eq!((rows(&body).len(), envelope(&body)["total"].as_u64()), (0, Some(600)), "{page}");
    }
}

#[test]
fn a_status_filter_selects_exactly_its_batches() {
    let all = batches(ApiForm::V1).unwrap();
    let expected = |statuses: &[&str]| all.iter().filter(|batch| statuses.contains(&batch.status.as_str())).count();
    let counted = |form, query: &str| {
        let body = Desk::of_form(form).get(&format!("/batch-calls?{query}")).body;
        usize::try_from(envelope(&body)["total"].as_u64().unwrap()).unwrap()
    };
    for form in FORMS {
        assert_eq!(counted(form, "status=failed"), expected(&["failed"]), "{form}");
        assert_eq!(counted(form, "status=nonsense"), 0, "{form}");
    }
    let both = expected(&["failed", "cancelled"]);
    assert!(both > expected(&["failed"]));
    assert_eq!(counted(ApiForm::V1, "status=failed,cancelled"), both);
    assert_eq!(counted(ApiForm::V1, "status=failed%2C%20cancelled"), both);
    // The older forms filter by one status; a list is one that no batch has.
    assert_eq!(counted(ApiForm::Leads, "status=failed,cancelled"), 0);
}

#[test]
fn a_missing_figure_is_absent_in_some_records_and_null_in_others() {
    let records = Desk::of_form(ApiForm::Leads).whole_list(100);
    for figure in ["total_leads", "completed", "failed", "name"] {
        assert!(records.iter().any(|record| record.get(figure).is_none()), "{figure} is never absent");
        assert!(records.iter().any(|record| record.get(figure) == Some(&Value::Null)), "{figure} is never null");
    }
}
