//! A made-up report: every status, missing figures, many scripts, names that a spreadsheet or a browser would run.

use chrono::{DateTime, TimeDelta, Utc};
use dialnexa_audit::batch::{ApiForm, Batch, Status};
use dialnexa_audit::findings::{Circumstances, findings};
use dialnexa_audit::period::{FiscalYearStart, Period, zone};
use dialnexa_audit::report::{
    AuditReport, CensusStatement, Completeness, EvidenceStatement, Inputs, Neighbour, Parameters, Provenance, Scope,
};

const NAMES: [&str; 20] = [
    "Renewal reminders",
    "दिवाली ऑफ़र अभियान",
    "தமிழ் நினைவூட்டல்",
    "حملة رمضان 2024",
    "סקר לקוחות",
    "春节回访活动",
    "Feedback 🎉 wave 2",
    "=HYPERLINK(\"http://example.com\";\"x\")",
    "+SUM(1,2)",
    "-2+3",
    "@cmd",
    "\t=1+1",
    "＝1+1",
    "'=already quoted",
    "''",
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "\"quoted\", with a comma; and & more",
    "line\r\nbreak",
    "  spaces around  ",
    "bell \u{7} and escape \u{1b}[31m",
];

const STATUSES: [&str; 8] =
    ["completed", "completed", "completed", "failed", "cancelled", "running", "=teleported", "<b>odd</b>"];

/// How far the population is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Complete,
    Provisional,
    Draft,
}

fn batch(n: usize, created_at: DateTime<Utc>) -> Batch {
    let total = 40 + (n as u64 * 61) % 700;
    let failed = total / 7;
    Batch {
        id: format!("batch_{n:06}").into(),
        name: (n % 9 != 8).then(|| NAMES[n % NAMES.len()].into()),
        status: Status::new(STATUSES[n % STATUSES.len()]),
        created_at,
        total_calls: (n % 19 != 18).then_some(total),
        completed_calls: (n % 37 != 36).then_some(if n % 41 == 40 {
            total + 1
        } else {
            total - failed - (n as u64 % 3)
        }),
        failed_calls: (n % 11 != 10).then_some(failed),
        agent_id: (n % 4 != 3).then(|| format!("agent-{}", n % 5).into()),
        form: ApiForm::Calls,
        extra: (n.is_multiple_of(6)).then(|| r#"{"retries":2,"tags":["a","b"]}"#.into()),
    }
}

/// A report over `count` batches of the first quarter of 2024, in Asia/Kolkata.
pub fn report(count: usize, how: How) -> AuditReport {
    let zone = zone("Asia/Kolkata").unwrap();
    let period = Period::of_quarter("2024-Q1".parse().unwrap(), FiscalYearStart::JANUARY, zone).unwrap();
    let step = TimeDelta::days(90) / i32::try_from(count.max(1)).unwrap();
    let batches: Vec<_> = (0..count).map(|n| batch(n, period.start() + step * i32::try_from(n).unwrap())).collect();
    let as_of = (how == How::Provisional).then(|| period.end() - TimeDelta::hours(9));
    let circumstances = Circumstances { period_over: as_of.is_none(), ..Circumstances::default() };
    AuditReport::new(Inputs {
        period: &period,
        as_of,
        scope: Scope {
            workspace: Some("Collections <South>".to_owned()),
            host: "api.example.com".to_owned(),
            endpoint: "https://api.example.com/v1/batch-calls".to_owned(),
            key_fingerprint: "0f1e2d3c4b5a".to_owned(),
            sample: how == How::Draft,
        },
        parameters: Parameters {
            command: "dialnexa-audit report --quarter 2024-Q1 --timezone Asia/Kolkata".to_owned(),
            assurance: "tied-out".to_owned(),
        },
        provenance: provenance(),
        completeness: completeness(count as u64, how),
        evidence: Some(EvidenceStatement {
            name: "evidence.warc.gz".to_owned(),
            bytes: 4_321,
            sha256: "0123456789abcdef".repeat(4),
        }),
        findings: findings(&batches, circumstances),
        call_logs: None,
        batches,
    })
    .unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn provenance() -> Provenance {
    Provenance {
        tool: "dialnexa-audit".to_owned(),
        version: "0.1.0".to_owned(),
        commit: None,
        executables: Vec::new(),
        answers: 9,
        withheld: 0,
        started: at("2024-04-02T06:00:00Z"),
        ended: at("2024-04-02T06:00:09.250Z"),
        first_server_date: Some(at("2024-04-02T06:00:00Z")),
        last_server_date: None,
    }
}

fn completeness(count: u64, how: How) -> Completeness {
    Completeness {
        theorem: Some(dialnexa_audit::collect::Theorem::TiedOut),
        exact: true,
        proven: None,
        exact_from: None,
        exact_until: None,
        in_period: 0,
        gone: 0,
        established: how != How::Draft,
        reason: (how == How::Draft).then(|| "The list changed during each of 8 readings.".to_owned()),
        assurance: "tied-out".to_owned(),
        assumption: "Ids are not used twice, and no batch is created dated before the end of the period.".to_owned(),
        range_start: at("2023-12-31T18:30:00Z"),
        range_end: at("2024-03-31T18:30:00Z"),
        notes: vec!["The server capped a page at 50 rows.".to_owned()],
        held_by_api: count + 210,
        page_limit: 50,
        pages: count.div_ceil(50) + 7,
        requests: count.div_ceil(50) + 9,
        retries: 2,
        readings: 1,
        rows_read: count + 80,
        distinct: count + 77,
        in_range: count,
        reported: count,
        census: (how != How::Draft).then(|| CensusStatement {
            older_than_end: count + 90,
            older_than_start: 90,
            at: at("2024-04-02T06:00:03Z"),
        }),
        newer_neighbour: None,
        older_neighbour: Some(Neighbour {
            batch_id: "batch_before".to_owned(),
            created_at: at("2023-12-31T18:29:59.999Z"),
        }),
    }
}
