//! Reports to be rendered, and other people's programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use dialnexa_audit::batch::{ApiForm, Batch, Status};
use dialnexa_audit::findings::{Circumstances, findings};
use dialnexa_audit::period::{FiscalYearStart, Period, zone};
use dialnexa_audit::render::pdf::{Attachment, MadePdf, Options, Relationship, write};
use dialnexa_audit::report::{
    AuditReport, CensusStatement, Completeness, Inputs, Neighbour, Parameters, Provenance, Scope, Standing,
};

/// Campaign names in the scripts that the vendored fonts have.
pub const NAMES: [&str; 18] = [
    "May Follow-Up Campaign",
    "दिवाली ऑफ़र अभियान",
    "বাংলা নববর্ষ অফার",
    "ਵਿਸਾਖੀ ਮੁਹਿੰਮ",
    "નવરાત્રી ઝુંબેશ",
    "ଦୁର୍ଗା ପୂଜା ଅଭିଯାନ",
    "தமிழ் நினைவூட்டல்",
    "తెలుగు ఉగాది ప్రచారం",
    "ಕನ್ನಡ ರಾಜ್ಯೋತ್ಸವ",
    "മലയാളം ഓണം ഓഫർ",
    "حملة رمضان",
    "סקר לקוחות",
    "Überprüfung Straße – Łódź",
    "Отзывы клиентов",
    "Renewals 🎉 wave 2",
    "₹ 500 cashback ✓ ☎",
    "<script>alert(1)</script>",
    "=HYPERLINK(\"http://example.com\";\"x\")",
];

/// `count` batches of the first quarter of 2024, the names in turn.
fn batches(count: usize) -> Vec<Batch> {
    let start: DateTime<Utc> = "2024-01-01T00:00:00Z".parse().unwrap();
    let step = TimeDelta::days(91) / i32::try_from(count.max(1)).unwrap();
    let statuses = ["completed", "completed", "failed", "cancelled", "running", "on_hold"];
    let batch = |n: usize| {
        let total = 40 + (n as u64 * 31) % 900;
        Batch {
            id: format!("b{:08x}-5f3a-4e21-9c77-{:012x}", n * 2_654_435, n).into(),
            name: Some(NAMES[n % NAMES.len()].into()),
            status: Status::new(statuses[n % statuses.len()]),
            created_at: start + step * i32::try_from(n).unwrap(),
            total_calls: (n % 19 != 18).then_some(total),
            completed_calls: (n % 23 != 22).then_some(total - total / 8),
            failed_calls: Some(total / 8),
            agent_id: (n % 4 != 3).then(|| format!("agt_{:02}", n % 12).into()),
            form: ApiForm::Calls,
            extra: None,
        }
    };
    (0..count).map(batch).collect()
}

fn completeness(rows: u64, established: bool, at: DateTime<Utc>) -> Completeness {
    let neighbour = |at: &str| Some(Neighbour { batch_id: "outside".to_owned(), created_at: at.parse().unwrap() });
    Completeness {
        theorem: Some(dialnexa_audit::collect::Theorem::TiedOut),
        exact: true,
        proven: Some("Nothing was left out.".to_owned()),
        exact_from: Some(at),
        exact_until: Some(at),
        in_period: rows,
        gone: 0,
        established,
        reason: (!established).then(|| "The list changed during each of 8 readings.".to_owned()),
        assurance: "tied-out".to_owned(),
        assumption: "No batch is created dated before the end of the period.".to_owned(),
        range_start: at - TimeDelta::days(92),
        range_end: at,
        notes: vec!["Rows came newest first.".to_owned()],
        held_by_api: rows + 70,
        page_limit: 100,
        pages: rows / 100 + 3,
        requests: rows / 100 + 5,
        retries: 0,
        readings: 1,
        rows_read: rows + 60,
        distinct: rows + 60,
        in_range: rows,
        reported: rows,
        census: Some(CensusStatement { older_than_end: rows + 30, older_than_start: 30, at }),
        newer_neighbour: neighbour("2024-04-01T09:00:00Z"),
        older_neighbour: neighbour("2023-12-30T17:45:12.345Z"),
    }
}

/// A report over `count` batches.
pub fn report(count: usize, standing: Standing) -> AuditReport {
    let zone = zone("Asia/Kolkata").unwrap();
    let period = Period::of_quarter("2024-Q1".parse().unwrap(), FiscalYearStart::JANUARY, zone).unwrap();
    let at: DateTime<Utc> = "2024-04-02T08:30:00Z".parse().unwrap();
    let as_of = (standing == Standing::Provisional).then(|| "2024-03-31T12:00:00Z".parse().unwrap());
    let batches = batches(count);
    let circumstances = Circumstances { period_over: as_of.is_none(), ..Circumstances::default() };
    AuditReport::new(Inputs {
        period: &period,
        as_of,
        scope: Scope {
            workspace: Some("Workspace & Söhne <1>".to_owned()),
            host: "api.dialnexa.com".to_owned(),
            endpoint: "https://api.dialnexa.com/v1/batch-calls".to_owned(),
            key_fingerprint: "1f2e3d4c5b6a".to_owned(),
            sample: true,
        },
        parameters: Parameters {
            command: "dialnexa-audit report --quarter 2024-Q1 --timezone Asia/Kolkata".to_owned(),
            assurance: "tied-out".to_owned(),
        },
        provenance: Provenance {
            tool: "dialnexa-audit".to_owned(),
            version: "0.1.0".to_owned(),
            commit: None,
            started: at,
            ended: at + TimeDelta::seconds(31),
            first_server_date: Some(at),
            last_server_date: None,
        },
        completeness: completeness(count as u64, standing != Standing::Draft, at),
        evidence: None,
        findings: findings(&batches, circumstances),
        call_logs: None,
        batches,
    })
    .unwrap()
}

/// The files that go into the PDF.
pub fn attachments(report: &AuditReport) -> Vec<Attachment> {
    let file = |end: &str, media_type: &str, relationship, bytes: Vec<u8>| Attachment {
        name: format!("{}{end}", report.stem()),
        media_type: media_type.to_owned(),
        description: format!("A file of the package, {media_type}"),
        relationship,
        content: bytes.into(),
        modified: report.provenance.ended,
    };
    let json = serde_json::to_vec(report).unwrap();
    vec![
        file(".csv", "text/csv", Relationship::Data, b"\xEF\xBB\xBFbatch_id,name\r\n\"a\nb\",c\r\n".to_vec()),
        file(".json", "application/json", Relationship::Source, json),
    ]
}

/// A document in memory.
pub struct Document {
    pub bytes: Vec<u8>,
    pub missing_characters: u64,
    pub pages: usize,
}

/// The report as a PDF with attachments.
pub fn rendered(report: &AuditReport, options: &Options<'_>) -> Document {
    let attachments = attachments(report);
    let hash = Some("0123456789abcdef".repeat(4));
    let options = Options { attachments: &attachments, evidence_sha256: hash, ..options.clone() };
    let mut bytes = Vec::new();
    let MadePdf { missing_characters, pages } = write(report, &options, &mut bytes).unwrap();
    Document { bytes, missing_characters, pages }
}

/// Writes a file into a folder that goes when the test ends.
pub fn kept(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Whether a program can be run; in CI it must.
pub fn installed(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        println!("skipped: {program} not installed");
        assert!(std::env::var_os("CI").is_none(), "{program} is not installed, and CI needs it");
    }
    there
}

/// Runs a program that must succeed; gives what it wrote.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\nended with {}\n{out}\n{error}", output.status);
    out.into_owned()
}
