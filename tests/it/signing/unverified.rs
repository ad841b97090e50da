//! What does not hold as it was signed is not signed over: `report --supersedes` and `render` refuse it with exit 1.

use std::fs;

use serde_json::Value;

use crate::harness::{Place, Run};

const OLD: &str = "batch-audit-2024-Q1";

fn reported(more: &[&str]) -> Place {
    let place = Place::new();
    fs::create_dir(place.work().join("new")).unwrap();
    place.run(&[&["report", "--sample", "--quarter", "2024-Q1", "--quiet"], more].concat()).done().expect(0);
    place
}

fn superseding(place: &Place) -> Run {
    let arguments = ["report", "--sample", "--quarter", "2024-Q1", "--quiet", "--out", "new", "--supersedes", OLD];
    place.run(&arguments).done()
}

fn rendered(place: &Place, evidence: &str) -> Run {
    place.run(&["render", evidence, "--quarter", "2024-Q1", "--quiet", "--out", "new"]).done()
}

fn change(place: &Place, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let path = place.work().join(OLD).join(name);
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

/// The JSON with another figure, listed as it is: only the manifest's signature does not hold.
fn forge_figures(place: &Place) {
    let name = format!("{OLD}.json");
    let text = fs::read_to_string(place.work().join(OLD).join(&name)).unwrap();
    let forged = text.replacen("\"host\"", "\"host\" ", 1);
    assert_ne!(text, forged);
    fs::write(place.work().join(OLD).join(&name), &forged).unwrap();
    change(place, "manifest.json", |bytes| {
        let mut manifest: Value = serde_json::from_slice(bytes).unwrap();
        let entry = manifest["files"].as_array_mut().unwrap().iter_mut().find(|entry| entry["name"] == *name).unwrap();
        entry["bytes"] = forged.len().into();
        entry["sha256"] = dialnexa_audit::digest::sha256(forged.as_bytes()).into();
        *bytes = serde_json::to_vec_pretty(&manifest).unwrap();
    });
}

#[test]
fn a_package_whose_signature_fails_is_not_superseded() {
    type Attack = fn(&Place);
    let attacks: [(Attack, &str); 5] = [
        (forge_figures, "the content is not what was signed"),
        (
            |place| change(place, &format!("{OLD}.json"), |bytes| bytes[100] ^= 1),
            ".json was changed after it was signed",
        ),
        (|place| change(place, &format!("{OLD}.csv"), |bytes| bytes[100] ^= 1), ".csv was changed after it was signed"),
        (|place| fs::remove_file(place.work().join(OLD).join("manifest.json.p7s")).unwrap(), "it is not signed"),
        (
            |place| fs::remove_file(place.work().join(OLD).join("evidence.warc.gz")).unwrap(),
            "evidence.warc.gz is missing",
        ),
    ];
    for (attack, words) in attacks {
        let place = reported(&["--format", "csv"]);
        attack(&place);
        superseding(&place)
            .expect(1)
            .says("cannot supersede the package")
            .says(words)
            .says("hint: run `dialnexa-audit verify`");
        assert_eq!(fs::read_dir(place.work().join("new")).unwrap().count(), 0, "nothing is written");
    }
    superseding(&reported(&["--format", "csv"])).expect(0);
}

#[test]
fn evidence_whose_signature_fails_or_was_removed_is_not_rendered() {
    let place = reported(&["--format", "csv"]);
    let evidence = format!("{OLD}/evidence.warc.gz");
    rendered(&place, &evidence).expect(0);
    fs::remove_dir_all(place.work().join("new").join(OLD)).unwrap();
    // Another collection's evidence, as good as the first, in its place.
    let other = reported(&["--form", "leads", "--format", "csv"]);
    let good = fs::read(place.work().join(&evidence)).unwrap();
    fs::copy(other.work().join(&evidence), place.work().join(&evidence)).unwrap();
    rendered(&place, &evidence).expect(1).says("is not as it was signed").says("the content is not what was signed");
    fs::write(place.work().join(&evidence), good).unwrap();
    fs::remove_file(place.work().join(format!("{evidence}.p7s"))).unwrap();
    rendered(&place, &evidence).expect(1).says("its signature was removed");
    assert_eq!(fs::read_dir(place.work().join("new")).unwrap().count(), 0, "nothing is written");
}

#[test]
fn evidence_that_never_had_a_signature_is_taken_with_a_word_that_the_report_states() {
    let place = reported(&["--format", "csv"]);
    fs::copy(place.work().join(OLD).join("evidence.warc.gz"), place.work().join("kept.warc.gz")).unwrap();
    rendered(&place, "kept.warc.gz").expect(0).says("note: the evidence has no signature");
    let json = fs::read(place.work().join("new").join(OLD).join(format!("{OLD}.json"))).unwrap();
    let report: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(report["made"]["unsigned_evidence"], true);
    place.run(&["verify", &format!("new/{OLD}")]).done().expect(0);
    // A report that was collected, or made from signed evidence, states nothing of the kind.
    let json = fs::read(place.work().join(OLD).join(format!("{OLD}.json"))).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&json).unwrap()["made"]["unsigned_evidence"], Value::Null);
}

#[test]
fn the_page_states_that_its_evidence_was_unsigned() {
    let place = reported(&[]);
    fs::copy(place.work().join(OLD).join("evidence.warc.gz"), place.work().join("kept.warc.gz")).unwrap();
    rendered(&place, "kept.warc.gz").expect(0);
    let page = fs::read_to_string(place.work().join("new").join(OLD).join(format!("{OLD}.html"))).unwrap();
    assert!(page.contains("unsigned when this report was made from it"));
}
