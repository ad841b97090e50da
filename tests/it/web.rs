//! The CSV, JSON and HTML files before other people's programs: csvw, frictionless, DuckDB, pandas, jsonschema, the Nu
//! checker, axe in Chromium, LibreOffice. `.ci/web-tools.sh` installs them; DIALNEXA_WEB_TOOLS is where.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::Command;

use dialnexa_audit::digest::Checksum;
use dialnexa_audit::render::{bytes, csv, html, json};
use dialnexa_audit::report::{AuditReport, hex};
use made::How;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

mod form;
mod made;
mod pseudonyms;
mod returned;
mod signed;
mod templates;

/// Says that a test cannot run here; on CI every tool must be there.
fn skipped(what: &str) {
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{what} is not installed");
    println!("skipped: {what} is not installed");
}

/// A program of the tools' folder, or of the path where the folder is not needed for it.
pub fn tools() -> Option<PathBuf> {
    let folder = std::env::var_os("DIALNEXA_WEB_TOOLS").map(PathBuf::from).filter(|folder| folder.is_dir());
    if folder.is_none() {
        skipped("the folder DIALNEXA_WEB_TOOLS (made by .ci/web-tools.sh)");
    }
    folder
}

pub fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    let found = found.into_iter().find(|program| program.is_file());
    if found.is_none() {
        skipped(names[0]);
    }
    found
}

/// Runs a program and gives its standard output; on failure everything that it said is shown.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{}\n--- out\n{out}\n--- err\n{err}", output.status);
    out.into_owned()
}

/// The unsigned CSV, JSON and HTML files of a report, as a package names them.
fn package(report: &AuditReport) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let stem = report.stem();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(format!("{stem}{name}")), bytes).unwrap();
    let csv = |table| bytes(|out| csv::write(report, &csv::Options::of(table), out)).unwrap();
    let (register, totals) = (csv(csv::Table::Register), csv(csv::Table::Totals));
    let sums = (Checksum::of(&register), Checksum::of(&totals));
    write(".csv-metadata.json", &csv(csv::Table::Metadata { register: &sums.0, totals: &sums.1 }));
    let sha256 = hex(&Sha256::digest(&register));
    let (name, data) = (format!("{stem}.csv"), json::Options::default());
    let options = html::Options::new(&name, &sha256);
    write(".html", &bytes(|out| html::write(report, &options, out)).unwrap());
    write(".csv", &register);
    write("-totals.csv", &totals);
    write(".json", &bytes(|out| json::write(report, &data, out)).unwrap());
    folder
}

pub fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn check_tables(python: &Path, check: &str, report: &AuditReport) {
    check_package(python, check, report, &package(report));
}

fn check_package(python: &Path, check: &str, report: &AuditReport, folder: &TempDir) {
    let mut command = Command::new(python);
    command.arg(source("tests/it/web/check_tables.py")).arg(check).arg(folder.path()).arg(report.stem());
    command.arg(source("samples/report.schema.json"));
    assert!(run(&mut command).ends_with("ok\n"));
}

#[test]
fn every_raw_text_is_read_back_by_pythons_csv() {
    if let Some(python) = on_path(&["python3"]) {
        check_tables(&python, "raw", &made::report(600, How::Complete));
    }
}

#[test]
fn csvw_and_frictionless_accept_the_tables() {
    if let Some(tools) = tools() {
        check_tables(&tools.join("python/bin/python"), "csvw", &made::report(600, How::Complete));
    }
}

#[test]
fn duckdb_and_pandas_sum_to_the_reports_totals() {
    if let Some(tools) = tools() {
        check_tables(&tools.join("python/bin/python"), "sums", &made::report(2_000, How::Complete));
    }
}

#[test]
fn a_spreadsheet_runs_nothing_and_gives_the_register_back_unchanged() {
    let (Some(office), Some(python)) = (on_path(&["soffice"]), on_path(&["python3"])) else { return };
    let report = made::report(400, How::Complete);
    let folder = package(&report);
    let back = folder.path().join("back");
    let convert = |to: &str, file: PathBuf| {
        let mut command = Command::new(&office);
        command.arg(format!("-env:UserInstallation=file://{}", folder.path().join("profile").display()));
        // 44 and 34 are the comma and the quote, 76 is UTF-8.
        command.args(["--headless", "--infilter=CSV:44,34,76,1", "--convert-to", to, "--outdir"]).arg(&back);
        run(command.arg(file));
    };
    convert("xlsx", folder.path().join(format!("{}.csv", report.stem())));
    convert("csv:Text - txt - csv (StarCalc):44,34,76", back.join(format!("{}.xlsx", report.stem())));
    check_package(&python, "office", &report, &folder);
}

#[test]
fn the_json_meets_its_schema() {
    if let Some(tools) = tools() {
        for how in [How::Complete, How::Provisional, How::Draft] {
            check_tables(&tools.join("python/bin/python"), "schema", &made::report(200, how));
        }
    }
}

#[test]
fn the_nu_checker_finds_no_error_in_the_page() {
    let (Some(tools), Some(java)) = (tools(), on_path(&["java"])) else { return };
    for (count, how) in [(0, How::Complete), (300, How::Draft), (40, How::Provisional)] {
        let report = made::report(count, how);
        let folder = package(&report);
        let mut command = Command::new(&java);
        command.arg("-jar").arg(tools.join("node_modules/vnu-jar/build/dist/vnu.jar")).arg("--Werror");
        run(command.arg(folder.path().join(format!("{}.html", report.stem()))));
    }
}

#[test]
fn chromium_opens_the_page_with_no_request_no_message_and_no_violation() {
    let Some(tools) = tools() else { return };
    let (Some(node), Some(chromium)) = (on_path(&["node"]), on_path(&["chromium", "google-chrome"])) else { return };
    let reports = [made::report(0, How::Complete), made::report(250, How::Draft), made::report(90, How::Provisional)];
    let folders = reports.each_ref().map(package);
    let shots = shots();
    let mut command = Command::new(node);
    command.arg(source("tests/it/web/check_page.js")).arg(tools).arg(chromium).arg(shots.path());
    command.args(folders.iter().map(|folder| folder.path().join("batch-audit-2024-Q1.html")));
    let lines = run(&mut command);
    assert_eq!(lines.lines().count(), 12, "{lines}");
    for line in lines.lines() {
        let seen: serde_json::Value = serde_json::from_str(line).unwrap();
        for list in ["requests", "messages", "violations"] {
            assert_eq!(seen[list], serde_json::json!([]), "{line}");
        }
        assert_eq!(seen["wide"], false, "{line}");
        assert!(seen["passes"].as_u64().unwrap() > 20, "{line}");
    }
}

#[test]
fn a_page_of_124_000_batches_keeps_its_budget_and_opens_at_once() {
    let report = made::report(124_000, How::Complete);
    let folder = package(&report);
    let page = folder.path().join("batch-audit-2024-Q1.html");
    assert!(std::fs::metadata(&page).unwrap().len() <= html::BUDGET as u64);
    let Some(tools) = tools() else { return };
    let (Some(node), Some(chromium)) = (on_path(&["node"]), on_path(&["chromium", "google-chrome"])) else { return };
    let script = source("tests/it/web/time_page.js");
    let out = run(Command::new(node).arg(script).arg(tools).arg(chromium).arg(page));
    let milliseconds: u64 = out.trim().parse().unwrap();
    println!("opened in {milliseconds} ms");
    // On an idle machine it is a tenth of this; other tests are at work.
    assert!(milliseconds < 6_000, "{milliseconds} ms");
}

/// Where screenshots go: DIALNEXA_SHOTS, where somebody wants to look at them.
fn shots() -> TempDir {
    match std::env::var_os("DIALNEXA_SHOTS") {
        Some(folder) => {
            let mut kept = tempfile::tempdir_in(folder).unwrap();
            kept.disable_cleanup(true);
            kept
        }
        None => tempfile::tempdir().unwrap(),
    }
}
