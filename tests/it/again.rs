//! Re-performance: from the evidence anybody makes the same report again, and what was changed since is reported by its cell.

use std::fs;

use chrono::{TimeDelta, Utc};
use dialnexa_audit::sign::{Algorithm, Identity, Signing, Subject, cms};
use serde_json::Value;

use crate::harness::{Place, Run};
use crate::hostile::{Hostile, List, Reply};

const STEM: &str = "batch-audit-2024-Q1";
const KEY: &str = "marked-key-again-5d2c";

fn sample() -> Place {
    let place = Place::new();
    place.run(&["report", "--quarter", "2024-Q1", "--sample", "--quiet"]).done().expect(0);
    place
}

fn render(place: &Place, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let evidence = format!("{STEM}/evidence.warc.gz");
    let mut run = place.run(&[&["render", &evidence, "--quiet"], arguments].concat());
    for (name, value) in environment {
        run = run.env(name, value);
    }
    run.done()
}

/// The part of a file that no signature changes.
pub fn unsigned(name: &str, bytes: &[u8]) -> Vec<u8> {
    let end = |words: &[u8]| bytes.windows(words.len()).position(|window| window == words).unwrap();
    match name.rsplit('.').next().unwrap() {
        "html" => bytes[..end(b"<template id=\"signature\"")].to_vec(),
        "pdf" => bytes[..end(b"%%EOF")].to_vec(),
        _ => bytes.to_vec(),
    }
}

#[test]
fn the_same_report_is_made_again_from_the_evidence() {
    let place = sample();
    fs::create_dir(place.work().join("again")).unwrap();
    let elsewhere = [("TZ", "Pacific/Kiritimati"), ("LC_ALL", "hi_IN.UTF-8")];
    render(&place, &["--quarter", "2024-Q1", "--out", "again"], &elsewhere).expect(0);
    let files = place.files();
    for suffix in [".csv", "-totals.csv", ".csv-metadata.json", ".json", ".html", ".pdf"] {
        let name = format!("{STEM}{suffix}");
        let [one, other] = ["", "again/"].map(|folder| unsigned(&name, &files[&format!("{folder}{STEM}/{name}")]));
        assert!(one == other, "{name} differs");
    }
    place.run(&["verify", STEM, &format!("again/{STEM}")]).done().expect(0);
}

#[test]
fn other_periods_that_the_evidence_covers_can_be_rendered_and_no_others() {
    let place = sample();
    let january = ["--from", "2024-01-10", "--to", "2024-02-01"];
    render(&place, &january, &[]).expect(0);
    let json: Value =
        serde_json::from_slice(&place.files()["batch-audit-20240110-20240201/batch-audit-20240110-20240201.json"])
            .unwrap();
    assert_eq!(json["standing"], "complete");
    assert!(json["completeness"]["reported"].as_u64() < json["completeness"]["in_range"].as_u64());
    place.run(&["verify", "batch-audit-20240110-20240201"]).done().expect(0);
    render(&place, &["--quarter", "2024-Q2"], &[]).expect(5).says("does not cover");
    render(&place, &["--quarter", "2023-Q4"], &[]).expect(5).says("does not cover");
}

#[test]
fn several_quarters_come_from_one_collection() {
    let place = Place::new();
    let quarters = ["report", "--sample", "--quiet", "--quarter", "2024-Q1", "--quarter", "2024-Q2"];
    place.run(&quarters).done().expect(0);
    let files = place.files();
    let evidence = |stem: &str| &files[&format!("{stem}/evidence.warc.gz")];
    assert_eq!(evidence(STEM), evidence("batch-audit-2024-Q2"));
    place.run(&["verify", STEM, "batch-audit-2024-Q2"]).done().expect(0);
}

#[test]
fn a_figure_that_was_changed_and_signed_by_another_key_is_reported_by_its_cell() {
    let place = sample();
    let csv = place.work().join(format!("{STEM}/{STEM}.csv"));
    let text = fs::read_to_string(&csv).unwrap();
    // The first row whose completed calls are a figure.
    let row = text.lines().find(|line| line.starts_with("batch_") && line.matches(',').count() == 9).unwrap();
    let cells: Vec<&str> = row.split(',').collect();
    let changed: u64 = cells[6].parse::<u64>().unwrap() + 1;
    let mut forged = cells.clone();
    let figure = changed.to_string();
    forged[6] = &figure;
    fs::write(&csv, text.replace(row, &forged.join(","))).unwrap();
    let subject = Subject { name: "Somebody else".to_owned(), organization: None, email: None };
    let other = Identity::create(&subject, Algorithm::P256, Utc::now() - TimeDelta::minutes(1), 1).unwrap();
    let signature = cms::detached(&fs::read(&csv).unwrap(), &Signing::new(&other, Utc::now())).unwrap();
    fs::write(place.work().join(format!("{STEM}/{STEM}.csv.p7s")), signature).unwrap();

    let run = place.run(&["verify", STEM, "--trust", &format!("{STEM}/signer.pem")]).done().expect(1);
    let cell = format!("({}), completed_calls: `{changed}` instead of `{}`", cells[0], cells[6]);
    for words in ["Somebody else", "another certificate", &cell, "SHA-256 is not the one in the manifest"] {
        assert!(run.stdout.contains(words), "{words}: {run}");
    }
}

#[test]
fn a_changed_answer_in_the_evidence_is_reported() {
    let place = sample();
    let path = place.work().join(format!("{STEM}/evidence.warc.gz"));
    let good = fs::read(&path).unwrap();
    for spot in [10, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[spot] ^= 1;
        fs::write(&path, bad).unwrap();
        let run = place.run(&["verify", STEM]).done().expect(1);
        assert!(run.stdout.contains("cannot be made again from evidence.warc.gz"), "{run}");
    }
}

#[test]
fn an_interrupted_run_keeps_its_evidence_and_the_same_command_goes_on() {
    let range = "2023-10-01T00:00:00Z".parse().unwrap().."2024-07-01T00:00:00Z".parse().unwrap();
    let server = Hostile::start(List::spread(3_000, range, 1), |seen, _| {
        // The API goes down for a while in the middle of the reading.
        if (10..13).contains(&seen.number) { Reply::error(400, "maintenance") } else { Reply::Page }
    });
    let place = Place::new();
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--concurrency", "1"];
    let run = place.run(&arguments).key(KEY).done().expect(4).says("the same command goes on from there");
    let files: Vec<_> = place.files().into_keys().collect();
    assert_eq!(files, [format!("{STEM}.partial/evidence.warc.gz")], "{run}");
    let mut tries = 0;
    let run = loop {
        let run = place.run(&arguments).key(KEY).done();
        tries += 1;
        assert!(tries < 8, "{run}");
        if run.status == Some(0) {
            break run;
        }
    };
    assert!(run.stderr.contains("Going on where an interrupted run stopped") && run.stderr.contains("saved"), "{run}");
    assert!(!place.files().keys().any(|name| name.contains(".partial")));
    place.run(&["verify", STEM]).done().expect(0);
    place.assert_nowhere(KEY);
}

#[test]
fn a_draft_of_an_interrupted_collection_passes_its_own_verification() {
    let range = "2023-10-01T00:00:00Z".parse().unwrap().."2024-07-01T00:00:00Z".parse().unwrap();
    let server = Hostile::start(List::spread(3_000, range, 1), |seen, _| {
        if seen.number >= 10 { Reply::error(400, "maintenance") } else { Reply::Page }
    });
    let place = Place::new();
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--concurrency", "1"];
    place.run(&arguments).key(KEY).done().expect(4);
    let evidence = format!("{STEM}.partial/evidence.warc.gz");
    place.run(&["render", &evidence, "--quarter", "2024-Q1", "--draft", "--quiet"]).done().expect(5);
    let run = place.run(&["verify", STEM]).done().expect(0);
    assert!(run.stdout.contains("  Standing  DRAFT - COMPLETENESS NOT ESTABLISHED"), "{run}");
    assert!(run.stdout.contains(&format!(" {STEM}.json ")) && !run.stdout.contains("  NO"), "{run}");
}

/// Whatever the API gives as ids, names and statuses, what is made of it is made again to the byte.
#[test]
fn a_package_over_the_oddest_texts_verifies() {
    let odd = [
        "plain".to_owned(),
        "a\r\nb".to_owned(),
        "tab\tand\u{0}nul\u{1b}[31m".to_owned(),
        "\u{2028}line\u{2029}paragraph\u{85}".to_owned(),
        "\u{202e}right to left\u{2066}".to_owned(),
        "=HYPERLINK(\"x\")".to_owned(),
        "</template></html><!--".to_owned(),
        "x".repeat(20_000),
        "\u{e0041}\u{200b}\u{feff}".to_owned(),
    ];
    let record = |(number, text): (usize, &String)| {
        serde_json::json!({
            "id": format!("{text}#{number}"), "name": text, "status": text, "total_leads": 10, "completed": 7, "failed": 3,
            "agent_id": text, "created_at": format!("2024-02-{:02}T10:00:00Z", 28 - number),
        })
    };
    let data: Vec<Value> = odd.iter().enumerate().map(record).collect();
    let count = data.len();
    let server = Hostile::start(List::spread(0, Utc::now()..Utc::now(), 1), move |seen, _| {
        let before = usize::try_from((seen.page - 1) * seen.limit).unwrap();
        let rows: Vec<&Value> = data.iter().skip(before).take(usize::try_from(seen.limit).unwrap()).collect();
        let meta = serde_json::json!({ "page": seen.page, "limit": seen.limit, "total": count, "totalPages": (count as u64).div_ceil(seen.limit) });
        Reply::Other {
            status: 200,
            headers: Vec::new(),
            body: serde_json::json!({ "data": rows, "meta": meta }).to_string(),
        }
    });
    let place = Place::new();
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--quiet"];
    let all = [&arguments[..], &["--format", "csv,html,pdf,ndjson,parquet", "--call-totals", "never"]].concat();
    place.run(&all).key(KEY).done().expect(0);
    let run = place.run(&["verify", STEM]).done().expect(0);
    assert_eq!(run.stdout.matches("   evidence\n").count(), 9, "{run}");
}

/// The options in the help of a command.
fn options(command: &str) -> Vec<String> {
    let help = Place::new().run(&[command, "--help"]).done().expect(0).stdout;
    let words = help.lines().filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")));
    words.map(|word| word.trim_end_matches(',').to_owned()).collect()
}

#[test]
fn render_takes_every_option_of_report_but_those_of_reading_the_list() {
    let [report, render] = ["report", "render"].map(options);
    // What these decide is in the evidence.
    let reading = [
        "--all-workspaces",
        "--sample",
        "--form",
        "--base-url",
        "--api-key-file",
        "--concurrency",
        "--max-wait",
        "--call-totals",
        "--assurance",
        // For what runs unattended.
        "--exec",
        "--exec-timeout",
        "--metrics-file",
    ];
    let lacking: Vec<&String> = report.iter().filter(|option| !render.contains(option)).collect();
    assert!(lacking.iter().all(|option| reading.contains(&option.as_str())), "{lacking:?}");
    for option in [
        "--format",
        "--no-bom",
        "--html-budget",
        "--template-dir",
        "--paper",
        "--pdf-rows",
        "--font-dir",
        "--system-fonts",
    ] {
        assert!(report.contains(&option.to_owned()) && render.contains(&option.to_owned()), "{option}");
    }
}
