//! A package that supersedes another holds what it was made with of that one, so that it is made again from itself alone; and what it
//! holds of it must be as it was signed.

use std::fs;

use serde_json::{Value, json};

use super::forged::{Desk, STEM, put_data};
use crate::harness::{Place, Run};

const INPUTS: [(&str, &str); 4] = [
    ("superseded-manifest.json", "manifest.json"),
    ("superseded-manifest.json.signature", "manifest.json.p7s"),
    ("superseded-report.json", "batch-audit-2024-Q1.json"),
    ("superseded-report.json.signature", "batch-audit-2024-Q1.json.p7s"),
];

/// An older package of the same quarter, and a newer one of another form of the API's answer that supersedes it.
fn superseding(more: &[&str]) -> Desk {
    let place = Place::new();
    let old = ["report", "--sample", "--quiet", "--quarter", "2024-Q1", "--form", "v1", "--out", "old"];
    if more.contains(&"--pseudonymise") {
        // Names are replaced by the key of one identity.
        place.run(&["identity", "create", "--name", "Report Desk", "--out", "../desk.pem"]).done().expect(0);
        place.run(&[&old[..], &["--pseudonymise", "--identity", "../desk.pem"]].concat()).done().expect(0);
    } else {
        place.run(&old).done().expect(0);
    }
    Desk::at(place, &[&["--supersedes", "old/batch-audit-2024-Q1"], more].concat())
}

fn reproduced(run: &Run, name: &str) -> String {
    let line = run.stdout.lines().find(|line| line.starts_with(&format!(" {name} "))).unwrap_or_default();
    line.split_whitespace().last().unwrap_or_default().to_owned()
}

#[test]
fn a_package_that_supersedes_another_is_made_again_without_that_one() {
    let desk = superseding(&[]);
    for (input, name) in INPUTS {
        let old = fs::read(desk.place.work().join("old").join(STEM).join(name)).unwrap();
        assert!(desk.read(&format!("inputs/{input}")) == old, "{input} is not {name} of the superseded package");
    }
    fs::remove_dir_all(desk.place.work().join("old")).unwrap();
    let run = desk.place.run(&["verify", STEM]).done().expect(0);
    for end in [".json", ".csv", "-totals.csv", ".csv-metadata.json", ".html", ".pdf"] {
        assert_eq!(reproduced(&run, &format!("{STEM}{end}")), "evidence", "{run}");
    }
    assert!(run.stdout.contains("note: batch-audit-2024-Q1, which this report supersedes, was signed by"), "{run}");
    // Anyone can check that the superseded package's manifest was signed.
    let openssl = "openssl cms -verify -binary -noverify -inform DER -in inputs/superseded-manifest.json.signature \
                   -content inputs/superseded-manifest.json -out /dev/null";
    desk.place.run_program("bash", &["-c", &format!("cd {STEM} && {openssl}")]).done().expect(0);
    // The document alone needs none of it.
    let run = desk.place.run(&["verify", &format!("{STEM}/{STEM}.pdf")]).done().expect(0);
    assert_eq!(reproduced(&run, &format!("{STEM}.pdf")), "data", "{run}");
}

#[test]
fn what_a_key_holder_states_of_the_superseded_report_must_follow_from_it() {
    let desk = superseding(&["--format", "csv"]);
    let name = format!("{STEM}.json");
    let changes: [(&str, &str, Value, &str); 3] = [
        ("when it ended", "/supersedes/ended", json!("2024-04-01T00:00:00Z"), "supersedes.ended"),
        ("what it could be taken for", "/supersedes/standing", json!("provisional"), "supersedes.standing"),
        ("a note on the two", "/supersedes/notes", json!([]), "supersedes.notes"),
    ];
    for (attack, pointer, value, words) in changes {
        put_data(&desk, |data| *data.pointer_mut(pointer).unwrap() = value.clone());
        desk.must_fail(attack, &name, words);
    }
    put_data(&desk, |data| drop(data["made"].as_object_mut().unwrap().remove("superseded")));
    desk.must_fail("no files of it", &name, "it does not state with which files of that it was made");
    put_data(&desk, |data| drop(data.as_object_mut().unwrap().remove("supersedes")));
    desk.must_fail("no statement", &name, "something is left out");
}

#[test]
fn what_a_package_holds_of_the_superseded_one_must_be_as_it_was_signed() {
    let desk = superseding(&["--format", "csv"]);
    let name = format!("{STEM}.json");
    // Each with its new digest in the data, in the manifest, and a good signature of the newer package's key.
    let put = |number: usize, bytes: &[u8]| {
        let kept = format!("inputs/{}", INPUTS[number].0);
        let part = ["manifest", "manifest_signature", "report", "report_signature"][number];
        put_data(&desk, |data| {
            data["made"]["superseded"][part]["sha256"] = json!(dialnexa_audit::digest::sha256(bytes));
        });
        desk.put(&kept, bytes);
    };
    let read = |number: usize| desk.text(&format!("inputs/{}", INPUTS[number].0));
    put(2, read(2).replacen("\"total_calls\": ", "\"total_calls\": 1", 1).as_bytes());
    desk.must_fail("another report", &name, "is not the file that inputs/superseded-manifest.json lists as");
    put(0, read(0).replacen("\"bytes\": ", "\"bytes\": 1", 1).as_bytes());
    desk.must_fail("another manifest", &name, "inputs/superseded-manifest.json is not as it was signed");
    let other = desk.read("manifest.json.p7s");
    put(1, &other);
    desk.must_fail("another signature", &name, "inputs/superseded-manifest.json is not as it was signed");
    put(3, &other);
    desk.must_fail(
        "another signature of the report",
        &name,
        "is not the file that inputs/superseded-manifest.json lists",
    );
}

#[test]
fn what_a_package_holds_of_the_superseded_one_is_listed_and_cannot_be_left_out() {
    let desk = superseding(&["--format", "csv"]);
    for (input, _) in INPUTS {
        let kept = format!("inputs/{input}");
        let mut bytes = desk.read(&kept);
        bytes[40] ^= 1;
        fs::write(desk.path(&kept), bytes).unwrap();
        let run = desk.place.run(&["verify", STEM]).done().expect(1);
        assert!(run.stdout.contains("FAILED: "), "{run}");
        desk.restore();
        let mut manifest = desk.manifest();
        let is_kept = |name: &str| name == kept || name == format!("{kept}.p7s");
        manifest.files.retain(|entry| !is_kept(&entry.name));
        for name in [kept.clone(), format!("{kept}.p7s")] {
            fs::remove_file(desk.path(&name)).unwrap();
        }
        desk.list(manifest);
        let run = desk.place.run(&["verify", STEM]).done().expect(1);
        assert!(run.stdout.contains(&format!("{kept}, which it was made with, is not listed")), "{run}");
        desk.restore();
    }
    desk.place.run(&["verify", STEM]).done().expect(0);
}

#[test]
fn a_package_that_itself_holds_inputs_is_superseded() {
    let desk = superseding(&["--format", "csv"]);
    let arguments = ["report", "--sample", "--quiet", "--quarter", "2024-Q1", "--format", "csv", "--out", "third"];
    desk.place.run(&[&arguments[..], &["--supersedes", STEM]].concat()).done().expect(0);
    let run = desk.place.run(&["verify", &format!("third/{STEM}")]).done().expect(0);
    assert_eq!(reproduced(&run, &format!("{STEM}.json")), "evidence", "{run}");
}

#[test]
fn what_is_stated_of_the_superseded_report_is_made_again_where_the_evidence_is_kept_apart() {
    let desk = superseding(&["--format", "csv", "--pseudonymise"]);
    let name = format!("{STEM}.json");
    let run = desk.place.run(&["verify", STEM]).done().expect(0);
    assert_eq!(reproduced(&run, &name), "data", "{run}");
    put_data(&desk, |data| data["supersedes"]["ended"] = json!("2024-04-01T00:00:00Z"));
    desk.must_fail("when it ended", &name, "does not follow from");
}
