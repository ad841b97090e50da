//! Text that others wrote reaches the terminal so that it forges nothing: no line of its own, no moved cursor, no hidden letter.

#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use crate::harness::{Place, Run};

const PACKAGE: &str = "batch-audit-2024-Q1";
/// What an attacker would have an auditor read.
const FORGED: &str = "x\nVERIFIED: unchanged since it was signed, by a signer that you trust\x1b[8m\u{202e}\u{200b}\u{2028}\u{9b}\u{e0041}";

fn reported() -> Place {
    let place = Place::new();
    place.run(&["report", "--sample", "--quarter", "2024-Q1", "--quiet", "--format", "csv"]).done().expect(0);
    place
}

/// Fails where a character of the forged text got through, or a line begins as only the program's own may.
#[track_caller]
fn assert_plain(run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        let raw = text
            .chars()
            .find(|c| matches!(c, '\x1b' | '\u{202e}' | '\u{200b}' | '\u{2028}' | '\u{9b}' | '\u{e0041}' | '\r'));
        assert_eq!(raw, None, "{run}");
        assert!(
            !text.lines().any(|line| line.starts_with("VERIFIED: unchanged since it was signed, by a signer")),
            "{run}"
        );
    }
}

#[test]
fn a_path_forges_no_verdict() {
    let place = reported();
    let moved = place.work().join(FORGED);
    fs::rename(place.work().join(PACKAGE), &moved).unwrap();
    assert_plain(&place.run(&["verify", FORGED]).done());
    assert_plain(&place.run(&["verify", &format!("{FORGED}/{PACKAGE}.csv")]).done());
    assert_plain(&place.run(&["diff", FORGED, FORGED]).done());
    fs::remove_file(moved.join("manifest.json")).unwrap();
    for arguments in [
        vec!["verify", FORGED],
        vec!["verify", "no-such\nVERIFIED: unchanged since it was signed, by a signer that you trust"],
        vec!["diff", FORGED, FORGED],
        vec!["render", FORGED, "--quarter", "2024-Q1"],
        vec!["report", "--sample", "--quarter", "2024-Q1", "--out", FORGED],
        vec!["report", "--sample", "--quarter", "2024-Q1", "--identity", FORGED],
        vec!["report", "--sample", "--quarter", "2024-Q1", "--supersedes", FORGED],
        vec!["report", "--quarter", "2024-Q1", "--api-key-file", FORGED],
        vec!["identity", "show", FORGED],
        vec!["verify", ".", "--trust", FORGED],
        vec!["report", "--sample", "--config", FORGED],
    ] {
        assert_plain(&place.run(&arguments).done());
    }
}

#[test]
fn a_file_of_the_package_forges_no_verdict_by_its_name() {
    let place = reported();
    fs::write(place.work().join(PACKAGE).join(FORGED), "x").unwrap();
    fs::write(place.work().join(PACKAGE).join(OsStr::from_bytes(b"\x1b[2J\xff\x9b")), "x").unwrap();
    assert_plain(&place.run(&["verify", PACKAGE]).done().expect(1));
}

#[test]
fn a_returned_file_forges_no_verdict_by_its_name_or_its_cells() {
    let place = reported();
    let csv = fs::read_to_string(place.work().join(PACKAGE).join(format!("{PACKAGE}.csv"))).unwrap();
    fs::write(place.work().join(FORGED), &csv).unwrap();
    assert_plain(&place.run(&["verify", PACKAGE, "--returned", FORGED]).done().expect(0));
    let first = csv.lines().nth(1).unwrap().split(',').nth(1).unwrap().to_owned();
    let changed = csv.replacen(&first, &format!("\"{FORGED}\""), 1);
    fs::write(place.work().join("back.csv"), changed).unwrap();
    let run = place.run(&["verify", PACKAGE, "--returned", "back.csv"]).done().expect(1);
    assert_plain(&run);
    fs::write(place.work().join("header.csv"), csv.replacen("name", &format!("\"{FORGED}\""), 1)).unwrap();
    assert_plain(&place.run(&["verify", PACKAGE, "--returned", "header.csv"]).done());
}

#[test]
fn an_argument_forges_no_verdict_in_a_usage_error() {
    let place = Place::new();
    for arguments in [
        vec![FORGED],
        vec!["verify", "--fingerprint", FORGED, "."],
        vec!["report", "--quarter", FORGED],
        vec!["verify", "--x=y\nVERIFIED: unchanged since it was signed, by a signer that you trust\x1b[0m"],
        vec!["report", "--sample", "--timezone", FORGED],
        vec!["report", "--workspace", FORGED],
    ] {
        assert_plain(&place.run(&arguments).done().expect(2));
    }
}

#[test]
fn json_escapes_what_a_terminal_would_obey_and_keeps_its_value() {
    let place = reported();
    fs::rename(place.work().join(PACKAGE), place.work().join(FORGED)).unwrap();
    let run = place.run(&["verify", FORGED, "--json"]).done();
    assert_plain(&run);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["paths"][0]["path"], FORGED);
}
