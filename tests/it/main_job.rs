//! The main job through the real binary: a package that verifies, figures that an independent count confirms, signatures
//! that outsiders accept, and nothing that is tampered with passes.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use regex::Regex;
use serde_json::Value;

use crate::harness::{Place, Run};

const STEM: &str = "batch-audit-2024-Q1";

fn report(arguments: &[&str]) -> Place {
    let place = Place::new();
    let mut all = vec!["report", "--sample", "--quiet"];
    all.extend(arguments);
    place.run(&all).done().expect(0);
    place
}

fn verify(place: &Place, arguments: &[&str]) -> Run {
    let mut all = vec!["verify"];
    all.extend(arguments);
    place.run(&all).done()
}

/// Whether a program is there; under CI it has to be.
fn has(program: &str) -> bool {
    let there =
        Command::new(program).arg("--version").output().is_ok() || Command::new(program).arg("-v").output().is_ok();
    assert!(there || std::env::var("CI").as_deref() != Ok("true"), "{program} is needed");
    if !there {
        println!("skipped: {program} not installed");
    }
    there
}

#[test]
fn the_main_job_writes_a_package_that_verifies() {
    let place = report(&["--quarter", "2024-Q1"]);
    let files = place.files();
    for name in [
        ".csv",
        ".csv.p7s",
        "-totals.csv",
        "-totals.csv.p7s",
        ".csv-metadata.json",
        ".csv-metadata.json.p7s",
        ".html",
        ".pdf",
        ".json",
        ".json.p7s",
    ] {
        assert!(files.contains_key(&format!("{STEM}/{STEM}{name}")), "{name}");
    }
    for name in ["manifest.json", "manifest.json.p7s", "signer.pem"] {
        assert!(files.contains_key(&format!("{STEM}/{name}")), "{name}");
    }
    let run = verify(&place, &[STEM]).expect(0);
    assert!(run.stdout.contains("VERIFIED"), "{run}");
    let wide = run.stdout.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None, "wider than a terminal of 80 columns");
}

#[test]
fn one_flipped_byte_in_any_file_is_found_and_the_file_named() {
    let place = report(&["--quarter", "2024-Q1"]);
    for (path, good) in place.files() {
        let (at, name) = (place.work().join(&path), path.rsplit('/').next().unwrap());
        for spot in [0, good.len() / 3, good.len() - 1] {
            let mut bad = good.clone();
            bad[spot] ^= 1;
            fs::write(&at, bad).unwrap();
            let run = verify(&place, &[STEM]).expect(1);
            assert!(run.stdout.contains(name) && run.stdout.contains("FAILED"), "{name} at {spot}: {run}");
            fs::write(&at, &good).unwrap();
        }
    }
    verify(&place, &[STEM]).expect(0);
}

#[test]
fn a_document_by_itself_verifies_any_other_file_in_part_and_an_unsigned_one_does_not() {
    let place = report(&["--quarter", "2024-Q1"]);
    let run = verify(&place, &[&format!("{STEM}/{STEM}.pdf")]).expect(0);
    assert!(run.stdout.contains("VERIFIED: "), "{run}");
    // Their signatures are good, and what they are made from is not at hand.
    for name in [".html", ".csv", ".csv.p7s", ".json"] {
        let run = verify(&place, &[&format!("{STEM}/{STEM}{name}")]).expect(1);
        assert!(run.stdout.contains("IN PART: unchanged since it was signed, but not compared: "), "{run}");
    }
    fs::copy(place.work().join(format!("{STEM}/{STEM}.csv")), place.work().join("alone.csv")).unwrap();
    fs::write(place.work().join("plain.html"), "<!DOCTYPE html>\n<html><body>\n</body>\n</html>\n").unwrap();
    fs::write(place.work().join("plain.pdf"), "%PDF-1.7\n%%EOF\n").unwrap();
    fs::write(place.work().join("empty"), "").unwrap();
    for name in ["alone.csv", "plain.html", "plain.pdf", "empty"] {
        let run = verify(&place, &[name]).expect(1);
        assert!(run.stdout.contains("FAILED"), "{run}");
    }
    verify(&place, &["there-is-none"]).expect(6);
}

#[test]
fn files_too_many_too_few_or_of_another_package_are_found() {
    let (place, other) = (report(&["--quarter", "2024-Q1"]), report(&["--quarter", "2024-Q2"]));
    let folder = place.work().join(STEM);
    fs::write(folder.join("note.txt"), "hello").unwrap();
    assert!(verify(&place, &[STEM]).expect(1).stdout.contains("note.txt"));
    fs::remove_file(folder.join("note.txt")).unwrap();

    // A file of another package, with its own good signature.
    let foreign = other.work().join("batch-audit-2024-Q2/batch-audit-2024-Q2.pdf");
    let (pdf, kept) = (folder.join(format!("{STEM}.pdf")), fs::read(folder.join(format!("{STEM}.pdf"))).unwrap());
    fs::copy(foreign, &pdf).unwrap();
    let run = verify(&place, &[STEM]).expect(1);
    assert!(run.stdout.contains("another certificate") && run.stdout.contains("not reproduced"), "{run}");
    fs::write(&pdf, kept).unwrap();

    fs::remove_file(folder.join(format!("{STEM}.csv"))).unwrap();
    assert!(verify(&place, &[STEM]).expect(1).stdout.contains(&format!("{STEM}.csv is missing")));
}

#[test]
fn trust_is_checked_only_where_it_is_asked_for() {
    let place = report(&["--quarter", "2024-Q1"]);
    let run = verify(&place, &[STEM]).expect(0);
    assert!(run.stdout.contains("Trusted   not checked"), "{run}");
    let signer = format!("{STEM}/signer.pem");
    assert!(verify(&place, &[STEM, "--trust", &signer]).expect(0).stdout.contains("Trusted   yes"));

    let shown = place.run(&["identity", "show", "--json"]).done().expect(0);
    let fingerprint = serde_json::from_str::<Value>(&shown.stdout).unwrap()["sha256"].as_str().unwrap().to_owned();
    assert!(verify(&place, &[STEM, "--fingerprint", &fingerprint]).expect(0).stdout.contains("Trusted   yes"));
    verify(&place, &[STEM, "--fingerprint", &"0".repeat(64)]).expect(1);
    verify(&place, &[STEM, "--fingerprint", "abc"]).expect(2);

    let other = report(&["--quarter", "2024-Q1"]);
    fs::copy(other.work().join(&signer), place.work().join("other.pem")).unwrap();
    verify(&place, &[STEM, "--trust", "other.pem"]).expect(1);
}

/// The independent count, as `tests/count_samples.py` makes it; `None` without Python.
fn counted(arguments: &[&str]) -> Option<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/count_samples.py");
    let output = has("python3").then(|| Command::new("python3").arg(script).args(arguments).output().unwrap())?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The figures of a line of totals, in the order in which every format shows them.
const FIGURES: [&str; 6] = ["batches", "total_calls", "completed_calls", "failed_calls", "other_calls", "not_reported"];

/// The digits of a figure, with or without a sign between its thousands.
fn grouped(figure: u64) -> String {
    let digits = figure.to_string();
    let place = |(at, digit): (usize, char)| {
        let apart = at > 0 && (digits.len() - at).is_multiple_of(3);
        if apart { format!(r"\D?{digit}") } else { digit.to_string() }
    };
    digits.chars().enumerate().map(place).collect()
}

/// Fails unless `text`, as another program reads it, shows the figures of each status in a row.
fn must_show(text: &str, expected: &BTreeMap<String, Value>, format: &str) {
    for (status, sums) in expected {
        let figures = FIGURES.iter().filter_map(|figure| sums[*figure].as_u64());
        // Thousands may stand apart.
        let row: String = figures.map(|figure| format!(r"\D+{}", grouped(figure))).collect();
        let row = Regex::new(&format!(r"\b{status}{row}\b")).unwrap();
        assert!(row.is_match(text), "{format} lacks {row}:\n{text}");
    }
}

#[test]
fn all_formats_state_what_an_independent_script_counts() {
    let tags = Regex::new("<[^>]*>").unwrap();
    for (quarter, zone, start) in [
        ("2024-Q1", "UTC", "1"),
        ("2024-Q1", "Asia/Kolkata", "1"),
        ("FY2024-Q3", "UTC", "4"),
        ("FY2025-Q1", "Asia/Kolkata", "4"),
    ] {
        let arguments = ["--quarter", quarter, "--timezone", zone, "--fiscal-year-start", start];
        let Some(count) = counted(&[&arguments[..], &["--call-totals", "auto"]].concat()) else { return };
        let mut expected: BTreeMap<String, Value> = count["by_status"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(status, sums)| (status.clone(), sums.clone()))
            .collect();
        expected.insert("TOTAL".to_owned(), count["all"].clone());

        let place = report(&arguments);
        let stem = format!("batch-audit-{quarter}");
        let files = place.files();
        let file = |suffix: &str| &files[&format!("{stem}/{stem}{suffix}")];
        let json: Value = serde_json::from_slice(file(".json")).unwrap();
        assert_eq!(json["hash_total"], count["hash_total"]);
        let table = String::from_utf8(file("-totals.csv").clone()).unwrap();
        assert_eq!(table.lines().count(), expected.len() + 1);
        must_show(&table.replace(',', ";"), &expected, "csv");
        let page = String::from_utf8(file(".html").clone()).unwrap();
        must_show(&tags.replace_all(&page, " "), &expected, "html");
        if has("pdftotext") {
            let pdf = place.work().join(format!("{stem}/{stem}.pdf"));
            let text = Command::new("pdftotext").arg("-layout").arg(pdf).arg("-").output().unwrap();
            must_show(&String::from_utf8(text.stdout).unwrap(), &expected, "pdf");
        }
        let rows = csv::Reader::from_reader(&file(".csv")[..]).into_records().count();
        assert_eq!(rows as u64, count["batches"].as_u64().unwrap());
        verify(&place, &[&stem]).expect(0);
    }
}

#[test]
fn the_three_forms_give_the_same_register() {
    let registers: Vec<Vec<Value>> = ["leads", "calls", "v1"]
        .map(|form| {
            let place = report(&["--quarter", "2024-Q1", "--form", form, "--call-totals", "never"]);
            verify(&place, &[STEM]).expect(0);
            let json: Value = serde_json::from_slice(&place.files()[&format!("{STEM}/{STEM}.json")]).unwrap();
            json["register"].as_array().unwrap().clone()
        })
        .into();
    let kept = |row: &Value, fields: &[&str]| fields.iter().map(|field| row[*field].clone()).collect::<Vec<_>>();
    let common = ["batch_id", "name", "status", "created_at", "total_calls", "completed_calls"];
    for (leads, calls) in registers[0].iter().zip(&registers[1]) {
        assert_eq!(kept(leads, &common), kept(calls, &common));
        assert_eq!(kept(leads, &["failed_calls", "agent_id"]), kept(calls, &["failed_calls", "agent_id"]));
    }
    for (leads, v1) in registers[0].iter().zip(&registers[2]) {
        assert_eq!(kept(leads, &common), kept(v1, &common));
        assert_eq!(v1["failed_calls"], Value::Null, "the form has no failed count");
    }
    assert!(registers.iter().all(|register| register.len() == registers[0].len()));
}

#[test]
fn openssl_accepts_every_detached_signature() {
    if !has("openssl") {
        return;
    }
    let place = report(&["--quarter", "2024-Q1"]);
    let folder = place.work().join(STEM);
    let signatures: Vec<_> = place.files().into_keys().filter(|path| path.ends_with(".p7s")).collect();
    assert_eq!(signatures.len(), 7);
    for path in signatures {
        let signature = path.rsplit('/').next().unwrap();
        let content = signature.strip_suffix(".p7s").unwrap();
        let mut openssl = Command::new("openssl");
        openssl
            .current_dir(&folder)
            .args(["cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", content]);
        let output = openssl.args(["-CAfile", "signer.pem", "-out", "/dev/null"]).output().unwrap();
        assert!(output.status.success(), "{signature}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn pdfsig_qpdf_and_pyhanko_accept_the_pdf() {
    let place = report(&["--quarter", "2024-Q1"]);
    let folder = place.work().join(STEM);
    let pdf = format!("{STEM}.pdf");
    let ask = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).current_dir(&folder).args(arguments).output().unwrap();
        let reported =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{program}: {reported}");
        reported
    };
    if has("pdfsig") {
        let reported = ask("pdfsig", &[&pdf]);
        assert!(reported.contains("Signature is Valid") && reported.contains("Total document signed"), "{reported}");
    }
    if has("qpdf") {
        let reported = ask("qpdf", &["--check", &pdf]);
        assert!(reported.contains("No syntax or stream encoding errors found"), "{reported}");
    }
    if has("pyhanko") {
        let trust = ["--trust-replace", "--trust", "signer.pem", "--no-revocation-check", &pdf];
        let reported = ask("pyhanko", &[&["sign", "validate"], &trust[..]].concat());
        assert!(reported.contains("INTACT:TRUSTED"), "{reported}");
    }
}

#[test]
fn formats_can_be_chosen_and_json_reported() {
    let place = Place::new();
    let run = place.run(&["report", "--quarter", "2024-Q1", "--sample", "--format", "csv", "--json"]).done().expect(0);
    let reported: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(reported["packages"][0]["standing"], "complete");
    let files = place.files();
    assert!(files.contains_key(&format!("{STEM}/{STEM}.csv")) && !files.contains_key(&format!("{STEM}/{STEM}.pdf")));
    verify(&place, &[STEM]).expect(0);

    let place = report(&["--quarter", "2024-Q1", "--quarter", "2024-Q2"]);
    verify(&place, &[STEM, "batch-audit-2024-Q2"]).expect(0);
    let place = report(&["--from", "2024-01-01", "--to", "2024-02-15"]);
    verify(&place, &["batch-audit-20240101-20240215"]).expect(0);
}

#[test]
fn a_period_that_is_not_over_is_provisional() {
    let place = report(&["--from", "2024-10-01", "--to", "2100-01-01"]);
    let stem = "batch-audit-20241001-21000101";
    let json: Value = serde_json::from_slice(&place.files()[&format!("{stem}/{stem}.json")]).unwrap();
    assert_eq!(json["standing"], "provisional");
    assert!(json["period"]["as_of"].is_string());
    verify(&place, &[stem]).expect(0);
}
