//! The call logs of a batch. They are made up from the counts in its record; only ids and statuses differ.

use serde_json::{Value, json};

use super::query::ListQuery;
use super::record::Record;

/// The number that every sample call went to: one that is reserved for fiction. Whoever finds it in a file has found a
/// leak.
pub const CALL_PHONE: &str = "+12025550143";

/// The words of every sample call that was completed, marked so that a leak is found.
pub const CALL_TRANSCRIPT: &str = "sample-transcript-5c1d: please ring me after six";

/// The page of call logs that `query` asks for.
pub fn page(record: &Record, query: &ListQuery) -> Value {
    let statuses = query.statuses();
    let total = record.calls_with(statuses.as_deref());
    let last = query.offset().saturating_add(query.limit).min(total);
    let logs: Vec<_> = (query.offset()..last).filter_map(|place| log(record, statuses.as_deref(), place)).collect();
    let pages = total.div_ceil(query.limit);
    json!({"callLogs": logs, "total": total, "page": query.page, "limit": query.limit, "totalPages": pages})
}

/// The call at `place` among those wanted: statuses in alphabetical order, the calls of each one numbered.
fn log(record: &Record, statuses: Option<&[String]>, mut place: u64) -> Option<Value> {
    for (status, count) in &record.calls {
        if statuses.is_some_and(|statuses| !statuses.contains(status)) {
            continue;
        }
        if place < *count {
            return Some(call(record, status, place));
        }
        place -= count;
    }
    None
}

fn call(record: &Record, status: &str, number: u64) -> Value {
    let completed = status == "completed";
    json!({
        "id": format!("call_{}_{status}_{number:05}", record.id),
        "batch_call_id": record.id,
        "status": status,
        "to_number": CALL_PHONE,
        "duration_seconds": if completed { 20 + number * 37 % 400 } else { 0 },
        "transcript": completed.then_some(CALL_TRANSCRIPT),
    })
}
