//! What a report is made with beside the evidence: the totals of an earlier period, and the company's answers to findings.

use std::fs;

use serde_json::{Value, json};

use super::forged::{Desk, STEM, put_data};
use crate::harness::Place;

const BEFORE: &str = "before/batch-audit-2023-Q4";

fn compared(more: &[&str]) -> Desk {
    let place = Place::new();
    place.run(&["report", "--sample", "--quiet", "--quarter", "2023-Q4", "--out", "before"]).done().expect(0);
    Desk::at(place, &[&["--compare-with", BEFORE], more].concat())
}

fn data(desk: &Desk) -> Value {
    serde_json::from_slice(&desk.read(&format!("{STEM}.json"))).unwrap()
}

#[test]
fn the_totals_of_an_earlier_period_are_beside_those_of_the_new_one_in_every_format() {
    let desk = compared(&[]);
    let earlier: Value =
        serde_json::from_slice(&fs::read(desk.place.work().join(BEFORE).join("batch-audit-2023-Q4.json")).unwrap())
            .unwrap();
    let data = data(&desk);
    let all = &data["compared"]["totals"]["all"];
    assert_eq!(all["before"], earlier["totals"]["all"]);
    assert_eq!(all["after"], data["totals"]["all"]);
    let page = String::from_utf8(desk.read(&format!("{STEM}.html"))).unwrap();
    assert!(page.contains("Comparison with 2023-Q4"));
    fs::remove_dir_all(desk.place.work().join("before")).unwrap();
    let run = desk.place.run(&["verify", STEM]).done().expect(0);
    assert!(run.stdout.contains("which this report is compared with, was signed by"), "{run}");
}

#[test]
fn what_a_key_holder_states_of_the_earlier_period_must_follow_from_it() {
    let desk = compared(&["--format", "csv"]);
    let name = format!("{STEM}.json");
    put_data(&desk, |data| data["compared"]["period"] = json!("2023-Q3"));
    desk.must_fail("another period", &name, "compared.period");
    put_data(&desk, |data| drop(data["made"].as_object_mut().unwrap().remove("compared")));
    desk.must_fail("no files of it", &name, "it does not state with which files of that it was made");
}

#[test]
fn a_report_is_compared_with_an_earlier_period_only() {
    let place = Place::new();
    place.run(&["report", "--sample", "--quiet", "--quarter", "2024-Q1", "--out", "same"]).done().expect(0);
    let report =
        ["report", "--sample", "--quiet", "--quarter", "2024-Q1", "--compare-with", "same/batch-audit-2024-Q1"];
    let run = place.run(&report).done().expect(2);
    run.says("2024-Q1 does not end before 2024-Q1 begins");
    assert!(!place.work().join(STEM).exists());
    // One that was changed since is not used.
    let totals = place.work().join("same/batch-audit-2024-Q1/batch-audit-2024-Q1-totals.csv");
    fs::write(&totals, "status,batches\n").unwrap();
    let later = ["report", "--sample", "--quiet", "--quarter", "2024-Q2", "--compare-with", "same/batch-audit-2024-Q1"];
    let run = place.run(&later).done().expect(1);
    run.says("cannot compare with the package").says("was changed after it was signed");
}

const ANSWERS: &str = "code,batch,disposition,by,on,words\n\
                       figure-not-reported,,accepted,R. Rao,2024-04-15,\"as the vendor has it, <b>known</b>\"\n\
                       no-such-finding,b1,explained,R. Rao,2024-04-15,\n";

fn answered() -> Desk {
    let place = Place::new();
    fs::write(place.work().join("answers.csv"), ANSWERS).unwrap();
    Desk::at(place, &["--dispositions", "answers.csv"])
}

#[test]
fn the_companys_answers_are_beside_the_findings_and_an_answer_to_none_is_a_finding() {
    let desk = answered();
    let data = data(&desk);
    assert_eq!(data["dispositions"][0]["by"], "R. Rao");
    let findings = data["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["code"] == "disposition-unmatched"));
    let page = String::from_utf8(desk.read(&format!("{STEM}.html"))).unwrap();
    assert!(page.contains("accepted by R. Rao on 2024-04-15: as the vendor has it, &lt;b&gt;known&lt;/b&gt;"));
    assert!(page.contains("no disposition") && !page.contains("<b>known"));
    assert!(desk.read("inputs/dispositions.csv") == ANSWERS.as_bytes());
    desk.place.run(&["verify", STEM]).done().expect(0);
}

#[test]
fn answers_that_a_key_holder_puts_into_the_data_must_be_those_of_the_file() {
    let desk = answered();
    let name = format!("{STEM}.json");
    put_data(&desk, |data| data["dispositions"][0]["words"] = json!("settled"));
    desk.must_fail("other words", &name, "dispositions");
}

#[test]
fn a_file_of_answers_that_cannot_be_used_ends_the_run_before_anything_is_asked() {
    let place = Place::new();
    fs::write(place.work().join("answers.csv"), "code,batch\n").unwrap();
    let report = ["report", "--sample", "--quarter", "2024-Q1", "--dispositions"];
    let run = place.run(&[&report[..], &["answers.csv"]].concat()).done().expect(2);
    run.says("line 1: its columns are not code,batch,disposition,by,on,words");
    place.run(&[&report[..], &["none.csv"]].concat()).done().expect(6).says("none.csv");
    assert!(!place.work().join(format!("{STEM}.partial")).exists());
}
