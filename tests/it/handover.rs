//! What comes after the report, from end to end: a sample is drawn and filled in, two persons sign beside the one who prepared the
//! package, and whoever it is handed to checks all of it with a fingerprint that came by another way.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::process::Command;

use crate::harness::Place;
use crate::pdf::bench::installed;
use crate::web::tools;

const STEM: &str = "batch-audit-2024-Q1";
const SAMPLE: &str = "batch-audit-2024-Q1-sample";

/// Fills the blank columns of the worksheet, in the workbook as in the CSV.
const FILL_IN: &str = "
import sys
from openpyxl import load_workbook
book = load_workbook(sys.argv[1])
sheet = next(sheet for sheet in book if any(cell.value == 'tested_by' for row in sheet.iter_rows(max_row=12) for cell in row))
head = next(row for row in sheet.iter_rows(max_row=12) if any(cell.value == 'tested_by' for cell in row))
places = {cell.value: cell.column for cell in head}
filled = 0
for row in range(head[0].row + 1, sheet.max_row + 1):
    if sheet.cell(row, places['batch_id']).value:
        sheet.cell(row, places['tested_by']).value = 'Tester 1'
        sheet.cell(row, places['result']).value = 'exception' if filled == 0 else 'no exception'
        filled += 1
book.save(sys.argv[2])
print(filled)
";

/// The fingerprint of an identity, as its owner reads it out.
fn fingerprint(place: &Place, identity: &[&str]) -> String {
    let shown = place.run(&[&["identity", "show"], identity].concat()).done().expect(0).stdout;
    let pairs: Vec<_> =
        shown.rsplit("SHA-256").next().unwrap().split([':', ' ', '\n']).filter(|pair| pair.len() == 2).collect();
    assert_eq!(pairs.len(), 32, "{shown}");
    pairs.join(":")
}

#[test]
fn a_report_is_sampled_signed_by_two_more_persons_and_checked_by_whoever_receives_it() {
    let place = Place::new();
    let report =
        ["report", "--sample", "--quarter", "2024-Q1", "--format", "csv,html,pdf,xlsx,ndjson", "--letter", "en"];
    let run = place.run(&[&report[..], &["--ticket", "plain"]].concat()).done().expect(0);
    assert!(run.stdout.contains("COMPLETE"), "{run}");

    // The auditor draws, and fills in what came of it.
    place.run(&["draw", STEM, "--size", "20", "--seed", "7f3a91", "--key-items", "high"]).done().expect(0);
    let drawn = ["verify", STEM, "--drawn", SAMPLE];
    if let Some(tools) = tools() {
        let mut fill = Command::new(tools.join("python/bin/python"));
        let worksheet = place.work().join(SAMPLE).join(format!("{SAMPLE}.xlsx"));
        let filled = fill.args(["-c", FILL_IN]).arg(worksheet).arg(place.work().join("filled.xlsx")).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&filled.stdout).trim(), "22", "{}", String::from_utf8_lossy(&filled.stderr));
        let run = place.run(&[&drawn[..], &["--returned", "filled.xlsx"]].concat()).done().expect(0);
        for words in [
            "filled in result: 22 cells (exception 1, no exception 21)",
            "filled in tested_by: 22 cells",
            "UNCHANGED: every value is the signed one",
        ] {
            assert!(run.stdout.contains(words), "{words}: {run}");
        }
    }

    // A reviewer and an approver sign, each with a key of their own.
    for (role, name) in [("reviewer", "Internal Audit"), ("approver", "Head of Compliance")] {
        let identity = format!("../{role}.pem");
        place.run(&["identity", "create", "--name", name, "--out", &identity]).done().expect(0);
        let sign =
            ["countersign", STEM, "--role", role, "--name", name, "--comment", "Released", "--identity", &identity];
        place.run(&sign).done().expect(0);
    }
    // The sample still follows from the package: what was signed before has not changed.
    let run = place.run(&drawn).done().expect(0);
    for line in ["Preparer  ", "Reviewer  Internal Audit", "Approver  Head of Compliance"] {
        assert!(run.stdout.contains(line), "{line}: {run}");
    }

    // Handed over, with three fingerprints: a machine that has neither the settings nor the keys of those who signed.
    let theirs = Place::new();
    let tar = theirs.run_program("tar", &["-xf", "-"]).input(
        &Command::new("tar").args(["-cf", "-", STEM, SAMPLE]).current_dir(place.work()).output().unwrap().stdout,
    );
    tar.done().expect(0);
    let mut arguments: Vec<String> = drawn.map(str::to_owned).to_vec();
    for identity in [&[][..], &["../reviewer.pem"], &["../approver.pem"]] {
        arguments.extend(["--fingerprint".to_owned(), fingerprint(&place, identity)]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let run = theirs.run(&arguments).done().expect(0);
    assert_eq!(run.stdout.matches("Trusted   yes").count(), 4, "{run}");
    assert!(run.stdout.contains("VERIFIED") && run.stdout.contains("drawn again: random, seed 7f3a91"), "{run}");
    if installed("openssl") {
        for file in [format!("{STEM}.csv"), "manifest.json".to_owned(), "README.txt".to_owned()] {
            let line = format!(
                "cms -verify -binary -inform DER -in {file}.p7s -content {file} -CAfile signer.pem -purpose any -out ../x"
            );
            let mut check = Command::new("openssl");
            check.args(line.split(' ')).current_dir(theirs.work().join(STEM));
            assert!(check.output().unwrap().status.success(), "{file}");
        }
    }
    // Of whom no fingerprint came, nothing is claimed; who prepared it must be one of those given.
    let run = theirs.run(&arguments[..arguments.len() - 2]).done().expect(0);
    assert_eq!(
        run.stdout.matches("not checked: none of the fingerprints given is of this certificate").count(),
        1,
        "{run}"
    );
    let other = [&arguments[..4], &arguments[6..]].concat();
    let run = theirs.run(&other).done().expect(1);
    assert!(run.stdout.contains("another fingerprint than those given"), "{run}");

    // And one figure that is changed after all this fails, in the package as in the sample.
    for folder in [STEM, SAMPLE] {
        let path = theirs.work().join(folder).join(format!("{folder}.csv"));
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, whole.replacen(",completed,", ",failed,", 1)).unwrap();
        let run = theirs.run(&drawn).done().expect(1);
        assert!(run.stdout.contains("FAILED"), "{run}");
        fs::write(&path, whole).unwrap();
    }
    theirs.run(&drawn).done().expect(0);
}
