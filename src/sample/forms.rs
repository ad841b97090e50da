//! A record in each of the three documented forms of the answer.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::batch::{ApiForm, Batch, Status};

use super::record::{Given, Record};

const RETRY_COUNTS: [&str; 4] = ["first_retry_count", "second_retry_count", "third_retry_count", "fourth_retry_count"];

/// The record as the API lists it in `form`.
pub fn listed(record: &Record, form: ApiForm) -> Value {
    let mut fields = further_fields(record, form);
    fields.insert("id".to_owned(), json!(record.id));
    fields.insert("status".to_owned(), json!(record.status));
    let [name, created_at, total, completed, failed, agent] = names(form);
    fields.insert(created_at.to_owned(), json!(record.created_at));
    give(&mut fields, name, &record.name);
    give(&mut fields, total, &record.total);
    give(&mut fields, completed, &record.completed);
    if form != ApiForm::V1 {
        give(&mut fields, failed, &record.failed);
        give(&mut fields, agent, &record.agent.clone().map(Value::String));
    }
    Value::Object(fields)
}

/// The fields of the record in `form` beside those that every register has.
pub fn further_fields(record: &Record, form: ApiForm) -> Map<String, Value> {
    let mut fields: Map<String, Value> = record.more.clone().into_iter().collect();
    if form == ApiForm::V1 {
        attempts(record, &mut fields);
    }
    fields
}

/// The row of a register that was read in `form`, for a batch created at `created_at`.
pub fn batch(record: &Record, form: ApiForm, created_at: DateTime<Utc>) -> Batch {
    let legacy = form != ApiForm::V1;
    let extra: BTreeMap<_, _> = further_fields(record, form).into_iter().collect();
    Batch {
        id: record.id.as_str().into(),
        name: record.name.as_ref().and_then(Value::as_str).map(Into::into),
        status: Status::new(&record.status),
        created_at,
        total_calls: figure(&record.total),
        completed_calls: figure(&record.completed),
        failed_calls: if legacy { figure(&record.failed) } else { None },
        agent_id: record.agent.as_deref().filter(|_| legacy).map(Into::into),
        form,
        extra: (!extra.is_empty()).then(|| json!(extra).to_string().into()),
    }
}

/// The number that a value as given stands for, be it a number or its digits as a text.
fn figure(given: &Given) -> Option<u64> {
    match given.as_ref()? {
        Value::String(digits) => digits.parse().ok(),
        value => value.as_u64(),
    }
}

/// One page of records, with what each form says about the page.
pub fn page(records: Vec<Value>, form: ApiForm, page: u64, limit: u64, total: u64) -> Value {
    match form {
        ApiForm::Leads => {
            let pages = total.div_ceil(limit);
            json!({"data": records, "meta": {"page": page, "limit": limit, "total": total, "totalPages": pages}})
        }
        ApiForm::Calls => json!({"data": records, "meta": {"page": page, "limit": limit, "total": total}}),
        ApiForm::V1 => json!({"items": records, "total": total, "page": page, "limit": limit}),
    }
}

/// The names of name, time of creation, total, completed, failed and agent. `v1` has no word for the last two.
fn names(form: ApiForm) -> [&'static str; 6] {
    match form {
        ApiForm::Leads => ["name", "created_at", "total_leads", "completed", "failed", "agent_id"],
        ApiForm::Calls => ["name", "created_at", "total_calls", "completed_calls", "failed_calls", "agent_id"],
        ApiForm::V1 => ["title", "createdAt", "total_lead_count", "picked_up_calls", "", ""],
    }
}

fn attempts(record: &Record, fields: &mut Map<String, Value>) {
    let attempts = &record.attempts;
    give(fields, "total_records", &record.total);
    fields.insert("sent_lead_count".to_owned(), json!(attempts.sent));
    fields.insert("picked_up_lead_count".to_owned(), json!(attempts.picked_up));
    fields.insert("last_call_sent_at".to_owned(), json!(attempts.last_sent));
    fields.insert("number_of_retries".to_owned(), json!(attempts.retries));
    for (place, name) in RETRY_COUNTS.into_iter().enumerate() {
        let due = attempts.stages.get(place + 1).map_or(0, |[_, due]| *due);
        fields.insert(name.to_owned(), json!(due));
    }
    let stage =
        |(depth, [attempted, due]): (usize, &[u64; 2])| json!({"attempted": attempted, "depth": depth, "total": due});
    fields.insert("attempt_stages".to_owned(), attempts.stages.iter().enumerate().map(stage).collect());
}

fn give(fields: &mut Map<String, Value>, name: &str, value: &Given) {
    if let Some(value) = value {
        fields.insert(name.to_owned(), value.clone());
    }
}
