//! Answers as servers write them, machines as people set them up: what is odd and harmless costs a finding at most, and an
//! error names what is odd.

use crate::harness::{Place, Run};
use crate::hostile::{Hostile, List, Reply, Seen};

mod answers;
mod live;
mod machine;
#[cfg(unix)]
mod packages;

const KEY: &str = "marked-key-input-5d1e";
const STEM: &str = "batch-audit-2024-Q1";

/// A record of the list, with more fields, each led by a comma.
fn record(id: u32, created: &str, more: &str) -> String {
    format!(
        r#"{{"id":"bat_{id:06}","status":"completed","total_leads":10,"completed":9,"failed":1,"agent_id":"agt_1","created_at":"{created}"{more}}}"#
    )
}

/// A list that is not asked: the script answers.
fn no_list() -> List {
    let at = |text: &str| text.parse().unwrap();
    List::spread(0, at("2024-01-01T00:00:00Z")..at("2024-01-02T00:00:00Z"), 1)
}

/// The page asked for, of these records.
fn page_of(rows: &[String], seen: &Seen) -> Reply {
    let (from, limit) = ((seen.page - 1) * seen.limit, seen.limit as usize);
    let part: Vec<_> = rows.iter().skip(from as usize).take(limit).cloned().collect();
    let (total, page) = (rows.len(), seen.page);
    let meta = format!(r#"{{"page":{page},"limit":{limit},"total":{total},"totalPages":1}}"#);
    let body = format!(r#"{{"data":[{}],"meta":{meta}}}"#, part.join(","));
    Reply::Other { status: 200, headers: vec![("content-type", "application/json".to_owned())], body }
}

/// A server of these records, newest first, whose answers begin with `mark`.
fn serving(mark: &'static str, rows: Vec<String>) -> Hostile {
    Hostile::start(no_list(), move |seen: &Seen, _: &mut List| match page_of(&rows, seen) {
        Reply::Other { status, headers, body } => Reply::Other { status, headers, body: format!("{mark}{body}") },
        other => other,
    })
}

fn report(server: &Hostile, more: &[&str]) -> (Place, Run) {
    let place = Place::new();
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--format", "csv"];
    let run = place.run(&[&arguments[..], more].concat()).key(KEY).done();
    place.assert_nowhere(KEY);
    (place, run)
}

/// The report as data.
fn data(place: &Place) -> serde_json::Value {
    serde_json::from_slice(&place.files()[&format!("{STEM}/{STEM}.json")]).unwrap()
}

/// A file of the package as text.
fn text(place: &Place, ending: &str) -> String {
    String::from_utf8(place.files()[&format!("{STEM}/{STEM}{ending}")].clone()).unwrap()
}
