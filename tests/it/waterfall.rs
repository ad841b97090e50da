//! The figures from every batch that was read to those in the register, counted again from the evidence by a script that
//! knows nothing of the program.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::process::Command;

use serde_json::Value;

use crate::harness::{Place, thorough};

/// By every assurance, and in fiscal quarters.
const RUNS: [&[&str]; 3] = [
    &["--quarter", "2024-Q1", "--form", "calls", "--assurance", "double-read"],
    &["--quarter", "2024-Q1", "--form", "v1", "--assurance", "whole-list"],
    &["--quarter", "FY2024-Q3", "--quarter", "FY2024-Q4", "--fiscal-year-start", "4", "--timezone", "Asia/Kolkata"],
];

/// The six quarters of the workspace from one collection.
const QUARTERS: [&str; 6] = ["2023-Q3", "2023-Q4", "2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"];

fn packages(place: &Place) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(place.work()).unwrap().map(|entry| entry.unwrap().path());
    let mut packages: Vec<_> = entries.filter(|path| path.join("manifest.json").exists()).collect();
    packages.sort();
    packages
}

/// Makes the packages, and has each script count them again.
fn counted_again(arguments: &[&str]) {
    let place = Place::new();
    let all = [&["report", "--sample", "--quiet", "--format", "csv"], arguments].concat();
    place.run(&all).done().expect(0);
    let packages = packages(&place);
    for script in ["waterfall.py", "figures.py"] {
        let script = format!("{}/tests/{script}", env!("CARGO_MANIFEST_DIR"));
        let output = Command::new("python3").arg(script).args(&packages).output().unwrap();
        let words = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}\n{words}");
    }
    for package in packages {
        let stem = package.file_name().unwrap().to_string_lossy().into_owned();
        let report: Value =
            serde_json::from_str(&std::fs::read_to_string(package.join(stem + ".json")).unwrap()).unwrap();
        let figure = |name: &str| report["completeness"][name].as_u64().unwrap();
        assert_eq!(figure("in_period"), figure("gone") + figure("reported"), "{package:?}");
        assert_eq!(report["completeness"]["exact"], true, "{package:?}");
    }
}

fn has_python() -> bool {
    let there = Command::new("python3").arg("--version").output().is_ok();
    assert!(there || std::env::var("CI").as_deref() != Ok("true"), "python3 is needed");
    if !there {
        println!("skipped: python3 not installed");
    }
    there
}

#[test]
fn every_figure_of_every_quarter_in_every_form_is_counted_again_from_evidence_and_register() {
    if !has_python() {
        return;
    }
    let quarters = QUARTERS.iter().flat_map(|quarter| ["--quarter", quarter]).collect::<Vec<_>>();
    for (form, calls) in [("leads", "always"), ("calls", "auto"), ("v1", "auto"), ("v1", "always")] {
        for zone in ["UTC", "Asia/Kolkata"] {
            // Where it need not be all: each form once, in one zone or the other.
            if !thorough() && (zone == "UTC") == (form == "leads") {
                continue;
            }
            counted_again(&[&quarters[..], &["--form", form, "--call-totals", calls, "--timezone", zone]].concat());
        }
    }
}

#[test]
fn every_figure_is_counted_again_by_whatever_assurance_and_in_fiscal_quarters() {
    if has_python() {
        RUNS.into_iter().for_each(counted_again);
    }
}
