//! What `verify` reports through the real binary: each fact by itself, as words and as JSON that meets its schema.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::authority::{Reply, TimeStamps};
use super::pki::pki;
use super::stamps::answer;
use crate::harness::{Place, Run};

const PACKAGE: &str = "batch-audit-2024-Q1";
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/verdict.schema.json");
const CHECK: &str = "import json, sys\nfrom jsonschema import Draft202012Validator as V\n\
    schema = json.load(open(sys.argv[1]))\nV.check_schema(schema)\n\
    for number, value in enumerate(json.load(sys.stdin)):\n    for e in V(schema).iter_errors(value):\n        \
    print(number, e.json_path, e.message)\n";

/// What jsonschema has against each of the values, by their numbers; `None` where it is not installed.
pub fn against_the_schema(values: &[Value]) -> Option<Vec<String>> {
    let tools = std::env::var("DIALNEXA_WEB_TOOLS").map(|tools| format!("{tools}/python/bin/python"));
    let python = tools.unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python).args(["-c", "import jsonschema"]).output().is_ok_and(|run| run.status.success());
    assert!(there || std::env::var("CI").as_deref() != Ok("true"), "jsonschema is needed");
    if !there {
        println!("skipped: jsonschema not installed");
        return None;
    }
    let input = serde_json::to_vec(values).unwrap();
    let run = Place::new().run_program(&python, &["-c", CHECK, SCHEMA]).input(&input).done().expect(0);
    Some(run.stdout.lines().map(str::to_owned).collect())
}

fn report(more: &[&str]) -> Place {
    let place = Place::new();
    let arguments = ["report", "--sample", "--quarter", "2024-Q1", "--quiet"];
    place.run(&[&arguments[..], more].concat()).done().expect(0);
    place
}

fn verify(place: &Place, arguments: &[&str]) -> Run {
    place.run(&[&["verify"], arguments].concat()).done()
}

/// The verdict as JSON, which agrees with the exit status.
fn reported(place: &Place, arguments: &[&str]) -> Value {
    let run = verify(place, &[arguments, &["--json"]].concat());
    let value: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
    assert_eq!(run.status, Some(if value["accepted"] == json!(true) { 0 } else { 1 }), "{run}");
    value
}

#[test]
fn every_verdict_meets_the_schema_and_the_schema_refuses_others() {
    let place = report(&[]);
    let file = |name: &str| format!("{PACKAGE}/{PACKAGE}{name}");
    let mut values =
        vec![reported(&place, &[PACKAGE]), reported(&place, &[PACKAGE, "--trust", &format!("{PACKAGE}/signer.pem")])];
    values.extend([".html", ".pdf", ".csv", ".csv.p7s"].map(|name| reported(&place, &[&file(name)])));
    for (name, bytes) in
        [("plain.html", "<html>"), ("plain.pdf", "%PDF-1.7"), ("alone.p7s", "x"), ("manifest.json", "{}")]
    {
        fs::write(place.work().join(name), bytes).unwrap();
        values.push(reported(&place, &[name]));
    }
    values.push(reported(&place, &["."]));
    for name in [".pdf", ".html", ".json"] {
        let path = place.work().join(file(name));
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
        values.push(reported(&place, &[PACKAGE]));
    }
    fs::remove_file(place.work().join(file(".csv.p7s"))).unwrap();
    values.push(reported(&place, &[PACKAGE, &file(".pdf"), "--fingerprint", &"0".repeat(64)]));
    if let Some(pki) = pki() {
        let authority = TimeStamps::start(move |request| Reply::Stamp(answer(pki, "stamp", request)));
        let place = report(&["--timestamp-url", &authority.url]);
        fs::write(place.work().join("root.pem"), pki.text("root.pem")).unwrap();
        values.extend([reported(&place, &[PACKAGE]), reported(&place, &[PACKAGE, "--trust", "root.pem"])]);
    }
    let Some(against) = against_the_schema(&values) else { return };
    assert!(against.is_empty(), "{against:#?}");

    let bad = |pointer: &str, value: Value| {
        let mut verdict = values[0].clone();
        *verdict.pointer_mut(pointer).unwrap() = value;
        verdict
    };
    let wrong = [
        bad("/format", json!("another/1")),
        bad("/paths/0/files/0/reproduced", json!(true)),
        bad("/paths/0/files/0/reproduced", json!({ "answer": "no" })),
        bad("/paths/0/subject/standing", json!("perfect")),
        bad("/paths/0/files/0/signature/intact", json!({ "answer": "no" })),
        bad("/paths/0/files/0/signature/timed", json!({ "how": "stated" })),
        bad("/paths/0/signer/fingerprint", json!("AB")),
        bad("/paths/0/files/0/reasons", json!(["a reason"])),
    ];
    let against = against_the_schema(&wrong).unwrap();
    for number in 0..wrong.len() {
        assert!(against.iter().any(|line| line.starts_with(&format!("{number} "))), "{number}: {against:#?}");
    }
}

#[test]
fn each_file_has_its_separate_facts_and_nothing_unchecked_is_called_yes() {
    let place = report(&[]);
    let verdict = reported(&place, &[PACKAGE]);
    for file in verdict["paths"][0]["files"].as_array().unwrap() {
        let name = file["name"].as_str().unwrap();
        let answer = match name {
            "manifest.json" => "data",
            "evidence.warc.gz" | "signer.pem" => "source",
            name if name.ends_with(".p7s") => "source",
            _ => "evidence",
        };
        assert_eq!(file["reproduced"], json!({ "answer": answer }), "{file}");
        let Some(signature) = file["signature"].as_object() else { continue };
        for fact in ["intact", "valid", "covers_whole"] {
            assert_eq!(signature[fact]["answer"], "yes", "{file}");
        }
        assert_eq!(
            (&signature["trusted"]["answer"], &signature["timed"]["how"]),
            (&json!("not-checked"), &json!("stated"))
        );
        let head = file["name"] == "manifest.json";
        let package = if head { "not-checked" } else { "yes" };
        assert_eq!(
            (&file["listed"]["answer"], &file["same_signer"]["answer"]),
            (&json!(package), &json!(package)),
            "{file}"
        );
    }
    // The HTML from a ticket, the PDF from a mail.
    for (name, made, exit) in [(".html", "not-compared", 1), (".pdf", "data", 0)] {
        fs::copy(place.work().join(format!("{PACKAGE}/{PACKAGE}{name}")), place.work().join(format!("alone{name}")))
            .unwrap();
        let verdict = reported(&place, &[&format!("alone{name}")]);
        let file = &verdict["paths"][0]["files"][0];
        assert_eq!((&file["reproduced"]["answer"], &file["listed"]["answer"]), (&json!(made), &json!("not-checked")));
        let words = verify(&place, &[&format!("alone{name}")]).expect(exit).stdout;
        for line in ["Signer    ", "Trusted   not checked", "Signed    "] {
            assert!(words.contains(line), "{line}: {words}");
        }
    }
    let alone = place.work().join("alone.csv.p7s");
    fs::copy(place.work().join(format!("{PACKAGE}/{PACKAGE}.csv.p7s")), alone).unwrap();
    assert!(
        verify(&place, &["alone.csv.p7s"])
            .expect(1)
            .stdout
            .contains("the file that it signs, alone.csv, is not beside it")
    );
}

#[test]
fn a_file_trusted_or_timed_otherwise_than_the_manifest_shows_it() {
    let Some(pki) = pki() else { return };
    let authority = TimeStamps::start(move |request| Reply::Stamp(answer(pki, "stamp", request)));
    let place = Place::new();
    fs::write(place.work().join("desk.pem"), pki.identity_pem("p256")).unwrap();
    let report = |more: &[&str]| {
        let arguments = ["report", "--sample", "--quarter", "2024-Q1", "--quiet", "--force", "--identity", "desk.pem"];
        place.run(&[&arguments[..], more].concat()).done().expect(0);
    };
    report(&["--timestamp-url", &authority.url]);
    let path = place.work().join(format!("{PACKAGE}/{PACKAGE}.html"));
    let stamped = fs::read(&path).unwrap();
    report(&[]);
    fs::write(&path, stamped).unwrap();
    let run = verify(&place, &[PACKAGE]).expect(1);
    assert!(run.stdout.contains("signed: 20") && run.stdout.contains("stamped by Test stamp (not checked)"), "{run}");
    assert!(run.stdout.contains("by the signer's own clock; no timestamp"), "{run}");
}

#[test]
fn the_systems_roots_are_trusted_where_that_is_asked_for() {
    let Some(pki) = pki() else { return };
    let place = Place::new();
    for (name, text) in [
        ("desk.pem", pki.identity_pem("p256")),
        ("root.pem", pki.text("root.pem")),
        ("other.pem", pki.text("other-root.pem")),
        ("server.pem", pki.identity_pem("server")),
    ] {
        fs::write(place.work().join(name), text).unwrap();
    }
    let report = |identity: &str| {
        let arguments = ["report", "--sample", "--quarter", "2024-Q1", "--quiet", "--force", "--identity", identity];
        place.run(&arguments).done().expect(0);
    };
    // Where the system's roots are can be set by this variable, on every system.
    let verify = |roots: &str| place.run(&["verify", PACKAGE, "--system-roots"]).env("SSL_CERT_FILE", roots).done();
    report("desk.pem");
    assert!(verify("root.pem").expect(0).stdout.contains("Trusted   yes"));
    assert!(verify("other.pem").expect(1).stdout.contains("does not lead to a trusted one"));
    verify("not-there.pem").expect(2).says("the system's roots cannot be read");
    assert!(
        place
            .run(&["verify", PACKAGE])
            .env("SSL_CERT_FILE", "root.pem")
            .done()
            .expect(0)
            .stdout
            .contains("not checked")
    );
    // A certificate for a web server, which such roots mostly vouch for, is not one for documents.
    report("server.pem");
    assert!(verify("root.pem").expect(1).stdout.contains("not issued for signing documents"));
}
