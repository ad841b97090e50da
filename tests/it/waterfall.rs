//! The figures from every batch that was read to those in the register, counted again from the evidence by a script that
//! knows nothing of the program.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::process::Command;

use serde_json::Value;

use crate::harness::Place;

/// Six quarters from one collection, and one by itself, in every form of the API and by every assurance.
const RUNS: [&[&str]; 4] = [
    &[
        "--quarter",
        "2023-Q3",
        "--quarter",
        "2023-Q4",
        "--quarter",
        "2024-Q1",
        "--quarter",
        "2024-Q2",
        "--quarter",
        "2024-Q3",
        "--quarter",
        "2024-Q4",
    ],
    &["--quarter", "2024-Q1", "--form", "calls", "--assurance", "double-read"],
    &["--quarter", "2024-Q1", "--form", "v1", "--assurance", "whole-list"],
    &["--quarter", "FY2024-Q3", "--fiscal-year-start", "4", "--timezone", "Asia/Kolkata"],
];

fn packages(place: &Place) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(place.work()).unwrap().map(|entry| entry.unwrap().path());
    let mut packages: Vec<_> = entries.filter(|path| path.join("manifest.json").exists()).collect();
    packages.sort();
    packages
}

#[test]
fn every_figure_of_the_waterfall_is_counted_again_from_the_evidence() {
    if Command::new("python3").arg("--version").output().is_err() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "python3 is needed");
        println!("skipped: python3 not installed");
        return;
    }
    for arguments in RUNS {
        let place = Place::new();
        let mut all = vec!["report", "--sample", "--quiet", "--format", "csv"];
        all.extend(arguments);
        place.run(&all).done().expect(0);
        let packages = packages(&place);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/waterfall.py");
        let output = Command::new("python3").arg(script).args(&packages).output().unwrap();
        let words = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}\n{words}");
        for package in packages {
            let stem = package.file_name().unwrap().to_string_lossy().into_owned();
            let report: Value =
                serde_json::from_str(&std::fs::read_to_string(package.join(stem + ".json")).unwrap()).unwrap();
            let figure = |name: &str| report["completeness"][name].as_u64().unwrap();
            assert_eq!(figure("in_period"), figure("gone") + figure("reported"), "{package:?}");
            assert_eq!(report["completeness"]["exact"], true, "{package:?}");
        }
    }
}
