//! Call totals through the real binary, from a server that counts what it is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use dialnexa_audit::batch::ApiForm;
use dialnexa_audit::sample::{CALL_PHONE, CALL_TRANSCRIPT, KEY, Options, Record, SampleApi, Workspace};
use serde_json::Value;

use crate::harness::{Invocation, Place, Run};
use crate::hostile::{Hostile, List, Reply, Seen};

mod figures;
mod refused;
mod resumed;
mod traces;

const STEM: &str = "batch-audit-2024-Q1";

/// The sample API behind a server that notes every request, and may do as it likes with some.
struct Front {
    server: Hostile,
    _api: Arc<SampleApi>,
}

impl Front {
    /// Lets `meddle` answer; where it does not, the sample API of that form does.
    fn start(form: ApiForm, mut meddle: impl FnMut(&Seen) -> Option<Reply> + Send + 'static) -> Self {
        let api = Arc::new(SampleApi::start(Options { form, ..Options::default() }).unwrap());
        let address = api.addr();
        let now = chrono::Utc::now();
        let server = Hostile::start(List::spread(0, now..now, 1), move |seen, _| {
            meddle(seen).unwrap_or_else(|| forwarded(address, seen))
        });
        Self { server, _api: api }
    }

    fn quiet(form: ApiForm) -> Self {
        Self::start(form, |_| None)
    }

    /// `report` over it.
    fn report(&self, place: &Place, arguments: &[&str]) -> Invocation {
        let all = [&["report", "--base-url", &self.server.base_url, "--concurrency", "1"], arguments].concat();
        place.run(&all).key(KEY)
    }

    /// The targets of the requests for pages, and of those for counts of calls.
    fn asked(&self) -> (Vec<String>, Vec<String>) {
        self.server.requests().iter().map(target).partition(|target| target.starts_with("/v1/batch-calls?"))
    }
}

fn target(seen: &Seen) -> String {
    seen.head.split(' ').nth(1).unwrap().to_owned()
}

/// Whether the request is for a count of calls.
fn is_count(seen: &Seen) -> bool {
    seen.path != "/v1/batch-calls"
}

fn forwarded(address: SocketAddr, seen: &Seen) -> Reply {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(seen.head.replacen("\r\n", "\r\nconnection: close\r\n", 1).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply::Other { status, headers: Vec::new(), body: body.to_owned() }
}

/// A count as the API answers it, with a person's number and words.
fn count(total: &str, status: &str) -> Reply {
    let log = format!(r#"{{"status":"{status}","to_number":"{CALL_PHONE}","transcript":"{CALL_TRANSCRIPT}"}}"#);
    let body = format!(r#"{{"callLogs":[{log}],"total":{total},"page":1,"limit":1,"totalPages":1}}"#);
    Reply::Other { status: 200, headers: Vec::new(), body }
}

/// The report's JSON in a package.
fn json(place: &Place, package: &str) -> Value {
    let name = package.rsplit('/').next().unwrap();
    serde_json::from_slice(&std::fs::read(place.work().join(package).join(format!("{name}.json"))).unwrap()).unwrap()
}

/// Completed and failed calls by batch.
fn figures(report: &Value) -> BTreeMap<String, [Option<u64>; 2]> {
    let rows = report["register"].as_array().unwrap().iter();
    rows.map(|row| {
        let figures = ["completed_calls", "failed_calls"].map(|column| row[column].as_u64());
        (row["batch_id"].as_str().unwrap().to_owned(), figures)
    })
    .collect()
}

/// The finding of that code: the batches concerned, and what is said of each.
fn finding(report: &Value, code: &str) -> BTreeMap<String, String> {
    let findings = report["findings"].as_array().unwrap();
    let concerns = findings.iter().filter(|finding| finding["code"] == code).flat_map(|finding| {
        finding["concerns"].as_array().unwrap().iter().map(|concern| {
            let text = |field: &str| concern[field].as_str().unwrap().to_owned();
            (text("batch_id"), text("detail"))
        })
    });
    concerns.collect()
}

fn verified(place: &Place, package: &str) -> Run {
    let run = place.run(&["verify", package]).done().expect(0);
    let line = run.stdout.lines().find(|line| line.contains(".json ") && line.contains("batch-audit-"));
    assert!(line.is_some_and(|line| line.ends_with("evidence")), "{run}");
    run
}

/// Fails if a call's number or words stand in any file, also in what is compressed.
fn assert_no_trace(place: &Place) {
    for (name, bytes) in place.files() {
        let mut inflated = Vec::new();
        // What is no gzip to its end holds what was inflated until there.
        let _ = flate2::bufread::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut inflated);
        assert!(!name.ends_with(".gz") || inflated.len() > bytes.len(), "{name} was not inflated");
        for secret in [CALL_PHONE, CALL_TRANSCRIPT, &CALL_PHONE[1..], "sample-transcript"] {
            let stands = |bytes: &[u8]| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!stands(&bytes) && !stands(&inflated), "{secret} stands in {name}");
        }
    }
    place.assert_nowhere(CALL_PHONE);
    place.assert_nowhere(CALL_TRANSCRIPT);
}

fn records() -> Vec<Record> {
    Workspace::embedded().unwrap().records().cloned().collect()
}

/// What the list reports of completed and failed calls in the older forms.
fn listed(record: &Record) -> [Option<u64>; 2] {
    [&record.completed, &record.failed].map(|given| match given {
        Some(Value::String(digits)) => digits.parse().ok(),
        other => other.as_ref()?.as_u64(),
    })
}

/// What counting the calls of a record by hand gives.
fn counted(record: &Record) -> [u64; 2] {
    let of = |statuses: &[&str]| statuses.iter().filter_map(|status| record.calls.get(*status)).sum();
    [of(&["completed"]), of(&["failed", "did_not_pick", "busy", "no_answer", "retry_expired"])]
}
