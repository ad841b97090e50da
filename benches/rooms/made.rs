//! What the rooms are given: pages, a collection, a report, an identity, all made up.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use dialnexa_audit::api::exchange::{Exchange, Observer, Outcome, Sent, Traffic};
use dialnexa_audit::api::wire;
use dialnexa_audit::calls::{CallCounts, CallTotals};
use dialnexa_audit::collect::{Assurance, Collected, Collector, Options, Page};
use dialnexa_audit::evidence::{Bounds, Info, Writer};
use dialnexa_audit::period::{FiscalYearStart, Period, zone};
use dialnexa_audit::report::{AuditReport, EvidenceStatement, Origin};
use dialnexa_audit::sign::{Algorithm, Identity, Subject};

use crate::workspace::{LIMIT, Workspace};

const URL: &str = "https://api.example.com/v1/batch-calls";

/// The moment of everything.
pub fn moment() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn period() -> Period {
    Period::of_quarter("2024-Q1".parse().unwrap(), FiscalYearStart::JANUARY, zone("UTC").unwrap()).unwrap()
}

/// The pages of a workspace with `count` batches, all of one quarter.
pub fn pages(count: u64) -> Vec<Page> {
    let workspace = Workspace::of_a_quarter(count);
    let page = |number| {
        let decoded = wire::decode(workspace.page(number, LIMIT).as_bytes()).unwrap();
        let (limit, total) = (LIMIT as u32, decoded.total);
        Page {
            number,
            limit,
            total: Some(total),
            rows: decoded.rows,
            at: moment(),
            server_date: Some(moment()),
            age: None,
        }
    };
    (1..=count.div_ceil(LIMIT)).map(page).collect()
}

/// The quarter collected from its pages.
pub fn collected(pages: &[Page]) -> Collected {
    let period = period();
    let mut collector = Collector::new(period.start()..period.end(), Options::new(Assurance::TiedOut, 1, LIMIT as u32));
    while !collector.has_ended() {
        for request in collector.wanted() {
            let page = pages.get(request.number as usize - 1).or(pages.last()).unwrap();
            collector.answer(request.ticket, page.clone());
        }
    }
    collector.finish()
}

fn info() -> Info {
    Info {
        executable: None,
        version: "0.0.0".to_owned(),
        commit: None,
        arguments: Vec::new(),
        workspace: None,
        host: "api.example.com".to_owned(),
        endpoint: URL.to_owned(),
        key_fingerprint: "000000000000".to_owned(),
        sample: false,
        start: period().start(),
        end: period().end(),
        assurance: Assurance::TiedOut,
        concurrency: 1,
        limit: LIMIT as u32,
        call_totals: CallTotals::Never,
        periods: vec![Bounds { start: period().start(), end: period().end() }],
        rules: dialnexa_audit::evidence::RULES,
        resumes: None,
    }
}

/// A report over `count` batches.
pub fn report(count: u64) -> AuditReport {
    let evidence = EvidenceStatement { name: "evidence.warc.gz".to_owned(), bytes: 0, sha256: String::new() };
    let (started, ended) = (Some(period().end()), Some(period().end()));
    let origin = Origin::of_run(&info(), Traffic { started, ended, ..Traffic::default() }, evidence);
    AuditReport::of_collection(&period(), collected(&pages(count)), &CallCounts::default(), origin).unwrap()
}

/// The first `count` pages of a large workspace, as they were asked for and answered.
pub fn exchanges(count: u64) -> Vec<Exchange> {
    let workspace = Workspace::of_a_quarter(count * LIMIT);
    let exchange = |number: u64| Exchange {
        ticket: number - 1,
        attempt: 1,
        url: format!("{URL}?page={number}&limit={LIMIT}"),
        started: moment(),
        ended: moment(),
        redacted: false,
        withheld: None,
        outcome: Outcome::Answered {
            status: 200,
            headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
            body: workspace.page(number, LIMIT).into_bytes(),
        },
    };
    (1..=count).map(exchange).collect()
}

/// Writes them as evidence.
pub fn kept(path: &Path, exchanges: &[Exchange]) {
    let writer = Writer::create(path, &info(), moment()).unwrap();
    for exchange in exchanges {
        let Exchange { ticket, attempt, url, started, .. } = exchange;
        writer.sending(&Sent { ticket: *ticket, attempt: *attempt, url, headers: &[], at: *started }).unwrap();
        writer.exchanged(exchange).unwrap();
    }
    writer.seal().unwrap();
}

/// An identity to sign with.
pub fn identity() -> Identity {
    let subject = Subject { name: "Bench".to_owned(), organization: None, email: None };
    Identity::create(&subject, Algorithm::P256, moment(), 1).unwrap()
}
