//! `diff`: what changed from a report that was signed off to a later one.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use unicode_width::UnicodeWidthChar;

use crate::harness::{Place, Run};

const STEM: &str = "batch-audit-2024-Q1";

fn report(place: &Place, folder: &str, more: &[&str]) {
    fs::create_dir_all(place.work().join(folder)).unwrap();
    let arguments = ["report", "--sample", "--quiet", "--format", "csv", "--out", folder];
    place.run(&[&arguments, more].concat()).done().expect(0);
}

/// The sample's first quarter, in a folder of its own.
fn quarter(place: &Place, folder: &str) -> String {
    report(place, folder, &["--quarter", "2024-Q1"]);
    format!("{folder}/{STEM}")
}

fn diff(place: &Place, old: &str, new: &str) -> Run {
    place.run(&["diff", old, new]).done()
}

fn diff_json(place: &Place, old: &str, new: &str, status: i32) -> Value {
    let run = place.run(&["diff", old, new, "--json"]).done().expect(status);
    serde_json::from_str(&run.stdout).unwrap()
}

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/restatement.schema.json");
pub const REPORT_SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/report.schema.json");
const CHECK: &str = "import json, sys\nfrom jsonschema import Draft202012Validator as V\n\
    schema = json.load(open(sys.argv[1]))\nV.check_schema(schema)\n\
    for number, value in enumerate(json.load(sys.stdin)):\n    for e in V(schema).iter_errors(value):\n        \
    print(number, e.json_path, e.message)\n";

/// What jsonschema has against each of the values, by their numbers; `None` where it is not installed.
pub fn against_the_schema(schema: &str, values: &[Value]) -> Option<Vec<String>> {
    let tools = std::env::var("DIALNEXA_WEB_TOOLS").map(|tools| format!("{tools}/python/bin/python"));
    let python = tools.unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python).args(["-c", "import jsonschema"]).output().is_ok_and(|run| run.status.success());
    assert!(there || std::env::var("CI").as_deref() != Ok("true"), "jsonschema is needed");
    if !there {
        println!("skipped: jsonschema not installed");
        return None;
    }
    let input = serde_json::to_vec(values).unwrap();
    let run = Place::new().run_program(&python, &["-c", CHECK, schema]).input(&input).done().expect(0);
    Some(run.stdout.lines().map(str::to_owned).collect())
}

/// The report's JSON.
fn data(place: &Place, package: &str) -> Value {
    serde_json::from_slice(&fs::read(place.work().join(format!("{package}/{STEM}.json"))).unwrap()).unwrap()
}

fn write(place: &Place, name: &str, report: &Value) {
    fs::write(place.work().join(name), serde_json::to_vec_pretty(report).unwrap()).unwrap();
}

/// Totals, number and hash total of a register that was changed by hand, as anybody would compute them.
fn settle(report: &mut Value) {
    // As a report of an older version, that does not say where its figures come from.
    for field in ["figure_sources", "call_logs"] {
        report.as_object_mut().unwrap().remove(field);
    }
    let register = report["register"].as_array().unwrap().clone();
    let sums = |rows: &[&Value]| {
        let other = |row: &Value| {
            let [total, completed, failed] =
                ["total_calls", "completed_calls", "failed_calls"].map(|f| row[f].as_u64());
            total?.checked_sub(completed? + failed?)
        };
        let sum = |figures: Vec<Option<u64>>| figures.into_iter().flatten().reduce(|a, b| a + b);
        let of = |name: &str| sum(rows.iter().map(|row| row[name].as_u64()).collect());
        let lacking =
            |row: &&&Value| ["total_calls", "completed_calls", "failed_calls"].iter().any(|f| row[*f].is_null());
        let remainder = |part: usize| {
            let of = |row: &&Value| {
                let [total, completed, failed] =
                    ["total_calls", "completed_calls", "failed_calls"].map(|f| row[f].as_u64());
                let ended = completed.unwrap_or(0) + failed.unwrap_or(0);
                match total {
                    None => [ended, 0, 0],
                    Some(total) if ended > total => [0, ended - total, 0],
                    Some(total) if completed.is_none() || failed.is_none() => [0, 0, total - ended],
                    Some(_) => [0; 3],
                }
            };
            rows.iter().map(|row| of(row)[part]).sum::<u64>()
        };
        json!({
            "batches": rows.len(), "total_calls": of("total_calls"), "completed_calls": of("completed_calls"),
            "failed_calls": of("failed_calls"), "other_calls": sum(rows.iter().map(|row| other(row)).collect()),
            "not_reported": rows.iter().filter(lacking).count(),
            "without_total": remainder(0), "above_total": remainder(1), "unallocated": remainder(2),
        })
    };
    for line in report["totals"]["by_status"].as_array_mut().unwrap() {
        let rows: Vec<_> = register.iter().filter(|row| row["status"] == line["status"]).collect();
        line.as_object_mut().unwrap().extend(sums(&rows).as_object().unwrap().clone());
    }
    report["totals"]["all"] = sums(&register.iter().collect::<Vec<_>>());
    report["completeness"]["reported"] = json!(register.len());
    let mut ids: Vec<_> = register.iter().map(|row| format!("{}\n", row["batch_id"].as_str().unwrap())).collect();
    ids.sort();
    let digest = Sha256::digest(ids.concat());
    report["hash_total"] = json!(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
}

/// The first row of the register that is completed and has all its figures, and its place.
fn full_row(report: &Value) -> (usize, Value) {
    let rows = report["register"].as_array().unwrap().iter().enumerate();
    let full = |row: &Value| {
        let figures = ["total_calls", "completed_calls", "failed_calls"];
        row["status"] == "completed" && figures.iter().all(|figure| row[*figure].as_u64().is_some_and(|n| n > 1))
    };
    let (place, row) = rows.filter(|(_, row)| full(row)).nth(2).unwrap();
    (place, row.clone())
}

#[test]
fn the_same_batches_are_unchanged_whichever_port_served_them() {
    let place = Place::new();
    let (old, new) = (quarter(&place, "old"), quarter(&place, "new"));
    let run = diff(&place, &old, &new).expect(0);
    assert!(run.stdout.ends_with("UNCHANGED: the same batches with the same figures\n"), "{run}");
    // A package and the JSON of one are the same report.
    let told = diff_json(&place, &old, &format!("{new}/{STEM}.json"), 0);
    assert_eq!((&told["differs"], &told["new"]["manifest_sha256"]), (&json!(false), &Value::Null));
    let manifest = fs::read(place.work().join(&old).join("manifest.json")).unwrap();
    let digest: String = Sha256::digest(manifest).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(told["old"]["manifest_sha256"], json!(digest));
}

#[test]
fn a_form_without_failed_calls_gives_a_recount_from_not_reported() {
    let place = Place::new();
    report(&place, "old", &["--quarter", "2024-Q1", "--form", "v1", "--call-totals", "never"]);
    let (old, new) = (format!("old/{STEM}"), quarter(&place, "new"));
    let run = diff(&place, &old, &new).expect(1);
    assert!(run.stdout.contains("failed_calls: not reported -> "), "{run}");
    assert!(!run.stdout.contains("failed_calls: 0 -> "), "{run}");
    assert!(run.stdout.contains("  v1 -> leads: "), "{run}");
    let note = "Not all figures come from the same source in both reports";
    assert!(run.stdout.split_whitespace().collect::<Vec<_>>().join(" ").contains(note), "{run}");
    let columns = |line: &str| line.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>();
    assert!(run.stdout.lines().all(|line| columns(line) <= 80), "{run}");
    let told = diff_json(&place, &old, &new, 1);
    let after = &data(&place, &new)["totals"]["all"];
    let all = &told["restatement"]["totals"]["all"];
    assert_eq!((&all["before"]["failed_calls"], &all["adjustment"]["failed_calls"]), (&Value::Null, &Value::Null));
    assert_eq!(&all["after"], after);
    assert_eq!((&told["restatement"]["added"], &told["restatement"]["vanished"]), (&json!([]), &json!([])));
}

#[test]
fn every_kind_of_change_is_told_with_its_figures() {
    let place = Place::new();
    let old = quarter(&place, "old");
    let mut new = data(&place, &old);
    let (at, row) = full_row(&new);
    let gone = new["register"][at + 1].clone();
    let renamed = new["register"][at + 2]["batch_id"].clone();
    let completed = row["completed_calls"].as_u64().unwrap();
    new["register"][at]["completed_calls"] = json!(completed - 1);
    new["register"][at]["failed_calls"] = json!(row["failed_calls"].as_u64().unwrap() + 1);
    new["register"][at + 2]["name"] = json!("Another name");
    let mut added = row.clone();
    added["batch_id"] = json!("batch_added");
    new["register"].as_array_mut().unwrap()[at + 1] = added;
    settle(&mut new);
    write(&place, "new.json", &new);

    let told = diff_json(&place, &old, "new.json", 1);
    let found = &told["restatement"];
    assert_eq!(found["added"][0]["batch_id"], "batch_added");
    assert_eq!(found["vanished"], json!([gone]));
    let failed = row["failed_calls"].as_u64().unwrap();
    let recounts = json!([
        { "field": "completed_calls", "from": completed, "to": completed - 1 },
        { "field": "failed_calls", "from": failed, "to": failed + 1 },
    ]);
    assert_eq!(found["recounted"], json!([{ "batch_id": row["batch_id"], "changes": recounts }]));
    assert_eq!(
        (&found["changed"][0]["batch_id"], &found["changed"][0]["changes"][0]["to"]),
        (&renamed, &json!("Another name"))
    );
    let all = &found["totals"]["all"];
    assert_eq!((&all["before"], &all["after"]), (&data(&place, &old)["totals"]["all"], &new["totals"]["all"]));
    let [before, moved, after] =
        ["before", "adjustment", "after"].map(|part| all[part]["total_calls"].as_i64().unwrap());
    assert_eq!(before + moved, after);

    let run = diff(&place, &old, "new.json").expect(1);
    let bottom = "RESTATED: 1 batch added, 1 vanished, 1 recounted, 1 otherwise changed\n";
    assert!(run.stdout.ends_with(bottom), "{run}");
}

#[test]
fn other_periods_and_other_sources_are_refused() {
    let place = Place::new();
    let old = quarter(&place, "old");
    report(&place, "old", &["--quarter", "2024-Q2"]);
    let run = diff(&place, &old, "old/batch-audit-2024-Q2").expect(2);
    assert!(run.says("the period of the old one is 1 Jan 2024 00:00 to 31 Mar 2024 24:00, UTC").stdout.is_empty());
    let mut other = data(&place, &old);
    other["scope"]["sample"] = json!(false);
    write(&place, "other.json", &other);
    diff(&place, &old, "other.json").expect(2).says("the source of the old one is the built-in sample API");
    // The same instants under another name are the same period.
    report(&place, "old", &["--from", "2024-01-01", "--to", "2024-04-01"]);
    diff(&place, &old, "old/batch-audit-20240101-20240401").expect(0);
    place.run(&["diff", &old]).done().expect(2);
}

#[test]
fn a_file_that_cannot_be_relied_on_is_refused() {
    let place = Place::new();
    let old = quarter(&place, "old");
    let mut forged = data(&place, &old);
    let (at, row) = full_row(&forged);
    forged["register"][at]["completed_calls"] = json!(row["completed_calls"].as_u64().unwrap() - 1);
    write(&place, "forged.json", &forged);
    diff(&place, &old, "forged.json").expect(6).says("its totals are not the sums of its register");
    // The same row twice, with totals to match.
    let mut twice = data(&place, &old);
    twice["register"].as_array_mut().unwrap().push(row);
    settle(&mut twice);
    write(&place, "twice.json", &twice);
    diff(&place, &old, "twice.json").expect(6).says("lists batch").says("twice");
    diff(&place, "nowhere", &old).expect(6).says("nowhere");
    diff(&place, &old, &format!("{old}/{STEM}.csv")).expect(6).says("name the folder of a package");
    // In a package the JSON must be the one that the manifest lists.
    let honest = data(&place, &old);
    let mut consistent = honest.clone();
    consistent["register"][at]["name"] = json!("Another name");
    write(&place, &format!("{old}/{STEM}.json"), &consistent);
    diff(&place, &old, &old).expect(6).says("it is not the file that manifest.json lists");
    for manifest in ["{", r#"{"format":"x","package":"../../forged","files":[]}"#] {
        fs::write(place.work().join(&old).join("manifest.json"), manifest).unwrap();
        diff(&place, &old, &old).expect(6).says("manifest.json");
    }
}

#[test]
fn every_restatement_meets_the_schema_and_the_schema_tells_others_apart() {
    let place = Place::new();
    let old = quarter(&place, "old");
    report(&place, "v1", &["--quarter", "2024-Q1", "--form", "v1", "--call-totals", "never"]);
    let mut fewer = data(&place, &old);
    fewer["register"].as_array_mut().unwrap().pop();
    fewer["register"][1]["created_at"] = fewer["register"][2]["created_at"].clone();
    fewer["register"][2]["status"] = fewer["register"][3]["status"].clone();
    settle(&mut fewer);
    write(&place, "fewer.json", &fewer);
    let told = |old: &str, new: &str, status| diff_json(&place, old, new, status);
    let v1 = format!("v1/{STEM}");
    let good = vec![told(&old, &old, 0), told(&v1, &old, 1), told(&old, "fewer.json", 1), told("fewer.json", &old, 1)];
    let Some(found) = against_the_schema(SCHEMA, &good) else { return };
    assert_eq!(found, Vec::<String>::new());
    let bad: Vec<Value> = [
        ("/restatement/recounted/0/changes/0/to", json!("12")),
        ("/restatement/recounted/0/changes/0/field", json!("status")),
        ("/restatement/changed/0/changes/0/field", json!("failed_calls")),
        ("/restatement/totals/all/adjustment/batches", Value::Null),
        ("/restatement/recounted/0/changes", json!([])),
        ("/old/manifest_sha256", json!("short")),
    ]
    .into_iter()
    .map(|(place, value)| {
        let mut bad = good[1].clone();
        *bad.pointer_mut(place).unwrap() = value;
        bad
    })
    .collect();
    let found = against_the_schema(SCHEMA, &bad).unwrap();
    for number in 0..bad.len() {
        assert!(found.iter().any(|line| line.starts_with(&format!("{number} "))), "{number} is accepted: {found:?}");
    }
}

/// A package over the `v1` form, and one over the `leads` form that supersedes it.
fn superseding(place: &Place) -> (String, String) {
    report(place, "old", &["--quarter", "2024-Q1", "--form", "v1"]);
    let old = format!("old/{STEM}");
    fs::create_dir(place.work().join("new")).unwrap();
    let arguments = ["report", "--sample", "--quarter", "2024-Q1", "--out", "new", "--supersedes", &old];
    place.run(&arguments).done().expect(0).says("supersedes batch-audit-2024-Q1: 0 batches added");
    (old, format!("new/{STEM}"))
}

#[test]
fn a_report_that_supersedes_another_tells_it_in_every_format_and_is_verified() {
    let place = Place::new();
    let (old, new) = superseding(&place);
    let manifest = fs::read(place.work().join(&old).join("manifest.json")).unwrap();
    let digest: String = Sha256::digest(manifest).iter().map(|byte| format!("{byte:02x}")).collect();
    let told = data(&place, &new);
    assert_eq!(told["supersedes"]["manifest_sha256"], json!(digest));
    assert_eq!(told["supersedes"]["restatement"], diff_json(&place, &old, &new, 1)["restatement"]);
    for suffix in [".html", ".csv-metadata.json"] {
        let text = fs::read_to_string(place.work().join(format!("{new}/{STEM}{suffix}"))).unwrap();
        assert!(text.contains(&digest), "{suffix}");
    }
    let run = place.run(&["verify", &new]).done().expect(0);
    for name in [".json", ".html", ".pdf", ".csv"] {
        let name = format!(" {STEM}{name} ");
        let line = run.stdout.lines().find(|line| line.starts_with(&name)).unwrap_or_default();
        assert!(line.ends_with("evidence"), "{name}: {run}");
    }
    if let Some(found) = against_the_schema(REPORT_SCHEMA, &[told, data(&place, &old)]) {
        assert_eq!(found, Vec::<String>::new());
    }
    let text = Command::new("pdftotext").arg(place.work().join(format!("{new}/{STEM}.pdf"))).arg("-").output();
    match text {
        Ok(text) => assert!(String::from_utf8_lossy(&text.stdout).contains(&digest)),
        Err(_) => {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "pdftotext is needed");
            println!("skipped: pdftotext not installed");
        }
    }
}

#[test]
fn the_same_superseding_report_is_made_again_from_its_evidence() {
    let place = Place::new();
    let (old, new) = superseding(&place);
    fs::create_dir(place.work().join("again")).unwrap();
    let evidence = format!("{new}/evidence.warc.gz");
    let arguments = ["render", &evidence, "--quarter", "2024-Q1", "--out", "again", "--supersedes", &old, "--quiet"];
    place.run(&arguments).done().expect(0);
    assert_eq!(data(&place, &format!("again/{STEM}")), data(&place, &new));
}

#[test]
fn what_is_said_of_the_superseded_report_cannot_be_changed() {
    let place = Place::new();
    let (_, new) = superseding(&place);
    let honest = data(&place, &new);
    let changes = [
        ("/supersedes/restatement/recounted/0/changes/0/from", json!(1)),
        ("/supersedes/restatement/totals/all/before/batches", json!(1)),
        ("/supersedes/hash_total", json!("0".repeat(64))),
    ];
    for (at, value) in changes {
        let mut forged = honest.clone();
        *forged.pointer_mut(at).unwrap() = value;
        write(&place, &format!("{new}/{STEM}.json"), &forged);
        let run = place.run(&["verify", &new]).done().expect(1);
        assert!(run.stdout.contains("superseded report") || run.stdout.contains("its restatement"), "{at}: {run}");
    }
}

#[test]
fn only_the_package_of_the_same_period_elsewhere_can_be_superseded() {
    let place = Place::new();
    let old = quarter(&place, "old");
    let again = |more: &[&str]| {
        let arguments = ["report", "--sample", "--quiet", "--format", "csv", "--supersedes"];
        place.run(&[&arguments, more].concat()).done()
    };
    again(&[&old, "--quarter", "2024-Q2"]).expect(2).says("it is of another period");
    again(&[&old, "--quarter", "2024-Q1", "--out", "old", "--force"]).expect(2).says("in its place");
    again(&[&format!("{old}/{STEM}.json"), "--quarter", "2024-Q1"]).expect(2).says("the folder of a package");
    again(&[&old, "--supersedes", &old, "--quarter", "2024-Q1"]).expect(2).says("named already");
    again(&[&old, "--quarter", "2024-Q1", "--pseudonymise"]).expect(2).says("key of pseudonyms");
    let files = place.files();
    assert!(files.keys().all(|name| name.starts_with("old/")), "{:?}", files.keys());
    // Of several periods only the one that it is of.
    again(&[&old, "--quarter", "2024-Q1", "--quarter", "2024-Q2"]).expect(0);
    assert!(data(&place, STEM)["supersedes"].is_object());
    let other = fs::read(place.work().join("batch-audit-2024-Q2/batch-audit-2024-Q2.json")).unwrap();
    assert!(serde_json::from_slice::<Value>(&other).unwrap().get("supersedes").is_none());
}
