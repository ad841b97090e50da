//! What the real binary writes and signs, before other people's programs: the page with its signature in it, and the tables for
//! a warehouse.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::{on_path, run, shots, source, tools};
use crate::harness::Place;

pub const STEM: &str = "batch-audit-2024-Q1";

/// Reports the sample's quarter.
pub fn report(place: &Place, more: &[&str]) {
    let arguments = ["report", "--sample", "--quiet", "--quarter", "2024-Q1", "--timezone", "Asia/Kolkata"];
    place.run(&[&arguments, more].concat()).done().expect(0);
}

/// A place where it has been reported.
pub fn reported(more: &[&str]) -> Place {
    let place = Place::new();
    report(&place, more);
    place
}

/// A file of the package.
pub fn file(place: &Place, suffix: &str) -> PathBuf {
    place.work().join(STEM).join(format!("{STEM}{suffix}"))
}

/// The report's data.
pub fn data(place: &Place) -> Value {
    serde_json::from_slice(&fs::read(file(place, ".json")).unwrap()).unwrap()
}

const ALL: [&str; 2] = ["--format", "csv,html,pdf,ndjson,parquet,xlsx"];

#[test]
fn every_format_is_signed_listed_and_made_again_to_the_byte() {
    let place = reported(&ALL);
    let reported = place.run(&["verify", "--json", STEM]).done().expect(0).stdout;
    let reported: Value = serde_json::from_str(&reported).unwrap();
    let files = reported["paths"][0]["files"].as_array().unwrap();
    for suffix in [".csv", "-totals.csv", ".html", ".pdf", ".ndjson", ".parquet", ".xlsx"] {
        let found = files.iter().find(|file| file["name"] == format!("{STEM}{suffix}")).unwrap();
        assert_eq!(found["reproduced"], json!({ "answer": "evidence" }), "{suffix}");
        for fact in ["listed", "same_signer"] {
            assert_eq!(found[fact], json!({ "answer": "yes" }), "{suffix}: {fact}");
        }
        assert_eq!(found["signature"]["valid"], json!({ "answer": "yes" }), "{suffix}");
    }
}

#[test]
fn two_runs_give_the_same_tables() {
    let (one, other) = (reported(&ALL), reported(&ALL));
    for suffix in [".csv", "-totals.csv", ".ndjson", ".parquet"] {
        assert!(fs::read(file(&one, suffix)).unwrap() == fs::read(file(&other, suffix)).unwrap(), "{suffix}");
    }
}

#[test]
fn duckdb_and_pandas_read_the_tables_for_a_warehouse() {
    let Some(tools) = tools() else { return };
    let place = reported(&ALL);
    let mut command = Command::new(tools.join("python/bin/python"));
    command.arg(source("tests/it/web/check_tables.py")).arg("warehouse").arg(place.work().join(STEM)).arg(STEM);
    assert!(run(&mut command).ends_with("ok\n"));
}

#[test]
fn openpyxl_and_libreoffice_read_the_workbook_back_and_compute_the_signed_sums() {
    let (Some(tools), Some(office)) = (tools(), on_path(&["soffice"])) else { return };
    let place = reported(&["--format", "xlsx"]);
    let folder = place.work().join(STEM);
    let check = |what: &str| {
        let mut command = Command::new(tools.join("python/bin/python"));
        command.arg(source("tests/it/web/check_tables.py")).arg(what).arg(&folder).arg(STEM);
        assert!(run(&mut command).ends_with("ok\n"));
    };
    // Without the values that stand beside the formulas, so that they are computed.
    check("bare");
    let mut command = Command::new(office);
    command.arg(format!("-env:UserInstallation=file://{}", place.work().join("profile").display()));
    command.args(["--headless", "--convert-to", "xlsx", "--outdir"]).arg(folder.join("back"));
    run(command.arg(folder.join(format!("bare/{STEM}.xlsx"))));
    check("workbook");
    fs::remove_dir_all(folder.join("bare")).unwrap();
    // What LibreOffice saved is another file with the same values.
    fs::rename(folder.join("back"), place.work().join("back")).unwrap();
    let saved = format!("back/{STEM}.xlsx");
    let verdict = place.run(&["verify", STEM, "--returned", &saved]).done().expect(0);
    assert!(verdict.stdout.trim_end().ends_with("UNCHANGED: every value is the signed one"), "{verdict}");
}

#[test]
fn the_nu_checker_finds_no_error_in_the_signed_page() {
    let (Some(tools), Some(java)) = (tools(), on_path(&["java"])) else { return };
    let place = reported(&[]);
    let mut command = Command::new(java);
    command.arg("-jar").arg(tools.join("node_modules/vnu-jar/build/dist/vnu.jar")).arg("--Werror");
    // A name that the API gave decomposed is shown as it was given.
    command.args(["--filterpattern", ".*Unicode Normalization Form C.*"]);
    run(command.arg(file(&place, ".html")));
}

#[test]
fn chromium_opens_the_signed_page_with_no_request_no_message_and_no_violation() {
    let Some(tools) = tools() else { return };
    let (Some(node), Some(chromium)) = (on_path(&["node"]), on_path(&["chromium", "google-chrome"])) else { return };
    let place = reported(&["--pseudonymise"]);
    let shots = shots();
    let mut command = Command::new(node);
    command.arg(source("tests/it/web/check_page.js")).arg(tools).arg(chromium).arg(shots.path());
    let lines = run(command.arg(file(&place, ".html")));
    assert_eq!(lines.lines().count(), 4, "{lines}");
    for line in lines.lines() {
        let seen: Value = serde_json::from_str(line).unwrap();
        for list in ["requests", "messages", "violations"] {
            assert_eq!(seen[list], json!([]), "{line}");
        }
        assert_eq!(seen["wide"], false, "{line}");
    }
}
