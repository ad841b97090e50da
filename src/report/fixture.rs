//! A report for the renderers' tests: every status, missing figures, many scripts, hostile names.

#![allow(clippy::unwrap_used)]

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::batch::{ApiForm, Status};
use crate::findings::{Circumstances, findings};
use crate::period::{FiscalYearStart, zone};

/// Names in many scripts, and names that a spreadsheet or a browser would run.
pub const NAMES: [&str; 16] = [
    "May Follow-Up Campaign",
    "दिवाली ऑफ़र अभियान",
    "حملة رمضان 2024",
    "春节回访活动",
    "Renewals 🎉 wave 2",
    "=HYPERLINK(\"http://example.com\";\"x\")",
    "+SUM(1,2)",
    "-2+3",
    "@cmd",
    "<script>alert(1)</script>",
    "\"quoted\", with comma",
    "line\nbreak",
    "தமிழ் நினைவூட்டல்",
    "Überprüfung Straße",
    "סקר לקוחות",
    "A name that is far too long for one line of a table and goes on and on, beyond what anybody should call a campaign, to see where it is cut",
];

/// `count` batches spread over the first quarter of 2024.
pub fn batches(count: usize) -> Vec<Batch> {
    let statuses = ["completed", "completed", "completed", "failed", "cancelled", "running", "teleported"];
    let start: DateTime<Utc> = "2024-01-01T00:00:00Z".parse().unwrap();
    let step = TimeDelta::days(91) / i32::try_from(count.max(1)).unwrap();
    (0..count)
        .map(|n| {
            let total = 50 + (n as u64 * 37) % 400;
            let failed = total / 9;
            let completed = total - failed - if n % 8 == 3 { 4 } else { 0 };
            Batch {
                id: format!("batch_{n:06}").into(),
                name: (n % 11 != 10).then(|| NAMES[n % NAMES.len()].into()),
                status: Status::new(statuses[n % statuses.len()]),
                created_at: start + step * i32::try_from(n).unwrap(),
                total_calls: (n % 23 != 22).then_some(total),
                completed_calls: (n % 29 != 28).then_some(if n % 31 == 30 { total + 1 } else { completed }),
                failed_calls: (n % 13 != 12).then_some(failed),
                agent_id: (n % 5 != 4).then(|| format!("agt_{:03}", n % 7).into()),
                form: ApiForm::Leads,
                extra: (n % 17 == 0).then(|| r#"{"priority":3}"#.into()),
            }
        })
        .collect()
}

/// A report over [`batches`] of the first quarter of 2024, in Asia/Kolkata.
pub fn report(count: usize, standing: Standing) -> AuditReport {
    let period =
        Period::of_quarter("2024-Q1".parse().unwrap(), FiscalYearStart::JANUARY, zone("Asia/Kolkata").unwrap())
            .unwrap();
    let batches = batches(count);
    let at: DateTime<Utc> = "2024-04-02T08:30:00Z".parse().unwrap();
    let as_of = (standing == Standing::Provisional).then(|| "2024-03-31T12:00:00Z".parse().unwrap());
    let established = standing != Standing::Draft;
    let rows = count as u64;
    let neighbour = |id: &str, at: &str| Some(Neighbour { batch_id: id.to_owned(), created_at: at.parse().unwrap() });
    let completeness = Completeness {
        established,
        reason: (!established).then(|| "The list changed during each of 8 readings.".to_owned()),
        assurance: "tied-out".to_owned(),
        assumption: "Ids are not used twice, and no batch is created dated before the end of the period.".to_owned(),
        theorem: established.then_some(crate::collect::Theorem::TiedOut),
        exact: established,
        proven: established.then(|| "Nothing was left out, and the register is exact.".to_owned()),
        exact_from: established.then_some(at),
        exact_until: established.then_some(at),
        range_start: period.start(),
        range_end: as_of.unwrap_or(period.end()),
        notes: vec![],
        held_by_api: rows + 300,
        page_limit: 100,
        pages: rows.div_ceil(100) + 5,
        requests: rows.div_ceil(100) + 6,
        retries: 1,
        readings: 1,
        rows_read: rows + 350,
        distinct: rows + 310,
        in_range: rows,
        in_period: rows,
        gone: 0,
        reported: rows,
        census: Some(CensusStatement { older_than_end: rows + 120, older_than_start: 120, at }),
        newer_neighbour: neighbour("batch_next", "2024-04-01T09:00:00Z"),
        older_neighbour: neighbour("batch_before", "2023-12-30T17:45:12.345Z"),
    };
    let findings = findings(&batches, Circumstances { period_over: as_of.is_none(), ..Circumstances::default() });
    AuditReport::new(Inputs {
        period: &period,
        as_of,
        scope: Scope {
            workspace: Some("Acme Collections".to_owned()),
            host: "api.dialnexa.com".to_owned(),
            endpoint: "https://api.dialnexa.com/v1/batch-calls".to_owned(),
            key_fingerprint: "1f2e3d4c5b6a".to_owned(),
            sample: false,
        },
        parameters: Parameters {
            command: "dialnexa-audit report --quarter 2024-Q1 --timezone Asia/Kolkata".to_owned(),
            assurance: "tied-out".to_owned(),
        },
        provenance: Provenance {
            tool: "dialnexa-audit".to_owned(),
            version: "0.1.0".to_owned(),
            commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
            executables: Vec::new(),
            answers: 9,
            withheld: 0,
            started: at - TimeDelta::seconds(12),
            ended: at + TimeDelta::seconds(31),
            first_server_date: Some(at - TimeDelta::seconds(11)),
            last_server_date: Some(at + TimeDelta::seconds(30)),
        },
        completeness,
        evidence: Some(EvidenceStatement {
            name: "evidence.warc.gz".to_owned(),
            bytes: 123_456,
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        }),
        findings,
        call_logs: None,
        batches,
    })
    .unwrap()
}

/// A report that supersedes one of other batches and other figures.
pub fn superseding() -> AuditReport {
    let (mut old, new) = (report(58, Standing::Complete), report(60, Standing::Complete));
    let shift =
        |batch: &mut Batch| batch.created_at = new.register.iter().find(|b| b.id == batch.id).unwrap().created_at;
    old.register.iter_mut().for_each(shift);
    old.register[6].completed_calls = Some(7);
    old.register[7].failed_calls = None;
    old.register[8].name = Some("春节 <b>".into());
    old.register[9].id = "batch_gone".into();
    old.hash_total = hash_total(old.register.iter().map(|batch| &*batch.id));
    new.superseding(&old, "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8").unwrap()
}
