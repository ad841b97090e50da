//! Names: what a package is of is in its signed manifest, is printed first, and a name that says otherwise is refused.

use std::fs;

use serde_json::Value;

use super::forged::{Desk, STEM};

#[test]
fn period_zone_standing_and_source_are_printed_first_and_bound_by_the_manifest() {
    let desk = Desk::reporting(&["--timezone", "Asia/Kolkata", "--format", "csv"]);
    let run = desk.place.run(&["verify", STEM]).done().expect(0);
    let lines: Vec<&str> = run.stdout.lines().take(5).collect();
    assert_eq!(lines[0], STEM);
    assert_eq!(lines[1], "  Period    2024-Q1: 1 Jan 2024 00:00 to 31 Mar 2024 24:00, Asia/Kolkata");
    assert_eq!(lines[2], "  Standing  COMPLETE");
    assert_eq!(lines[3], "  Source    Sample workspace");
    assert!(lines[4].starts_with("            http://127.0.0.1:"), "{run}");
    let manifest: Value = serde_json::from_slice(&desk.read("manifest.json")).unwrap();
    assert_eq!(manifest["subject"]["period"]["label"], "2024-Q1");
    assert_eq!(
        (&manifest["subject"]["standing"], &manifest["subject"]["source"]["sample"]),
        (&"complete".into(), &true.into())
    );
}

#[test]
fn a_folder_or_a_file_of_another_period_by_its_name_is_refused() {
    let desk = Desk::reporting(&["--format", "csv,pdf"]);
    let work = desk.place.work();
    let verify = |name: &str, status| desk.place.run(&["verify", name]).done().expect(status);
    for (name, status) in [
        ("batch-audit-2024-Q2", 1),
        ("audit Q3 2024", 1),
        ("batch-audit-FY2024-Q1", 1),
        ("delivered", 0),
        ("2024Q1 (1)", 0),
    ] {
        fs::rename(work.join(STEM), work.join(name)).unwrap();
        let run = verify(name, status);
        let words = format!("the folder is named `{name}`, and what is in it is {STEM}");
        assert_eq!(run.stdout.contains(&words), status == 1, "{run}");
        fs::rename(work.join(name), work.join(STEM)).unwrap();
    }
    // A document says itself of which period it is.
    fs::copy(desk.path(&format!("{STEM}.pdf")), work.join("batch-audit-2024-Q2.pdf")).unwrap();
    let run = verify("batch-audit-2024-Q2.pdf", 1);
    assert!(run.stdout.contains("the file is named `batch-audit-2024-Q2.pdf`, and is of batch-audit-2024-Q1"), "{run}");
    // A table and a page do not show it, but their signatures do.
    for suffix in ["-totals.csv", ".csv", ".json"] {
        for rest in ["", ".p7s"] {
            let from = desk.path(&format!("{STEM}{suffix}{rest}"));
            fs::copy(from, work.join(format!("batch-audit-2024-Q2{suffix}{rest}"))).unwrap();
        }
        let run = verify(&format!("batch-audit-2024-Q2{suffix}"), 1);
        let words = format!("it is named `batch-audit-2024-Q2{suffix}`, and was signed as {STEM}/{STEM}{suffix}");
        assert!(run.stdout.contains(&words), "{run}");
    }
    // One table in the place of the other, each with its good signature and listed as it is.
    let (register, totals) = (format!("{STEM}.csv"), format!("{STEM}-totals.csv"));
    let copy = |from: &str, to: &str| fs::write(desk.path(to), desk.read(from)).unwrap();
    let kept: Vec<_> = ["", ".p7s"].map(|rest| desk.read(&format!("{register}{rest}"))).into();
    copy(&totals, &register);
    copy(&format!("{totals}.p7s"), &format!("{register}.p7s"));
    let run = desk.verify().expect(1);
    assert!(run.stdout.contains(&format!("it was signed as {STEM}/{totals}")), "{run}");
    fs::write(desk.path(&register), &kept[0]).unwrap();
    fs::write(desk.path(&format!("{register}.p7s")), &kept[1]).unwrap();
    desk.list(desk.manifest());
    verify(STEM, 0);
    // The files of a package are those that its manifest names.
    let name = format!("{STEM}-totals.csv");
    fs::rename(desk.path(&name), desk.path("batch-audit-2024-Q2-totals.csv")).unwrap();
    let run = verify(STEM, 1);
    assert!(run.stdout.contains(&format!("{name} is missing")), "{run}");
}

#[test]
fn a_manifest_that_states_another_period_standing_or_source_than_the_data_is_refused() {
    let desk = Desk::reporting(&["--format", "csv"]);
    let good = desk.manifest();
    let mut subject = good.subject.clone().unwrap();
    subject.period.label = "2024-Q2".to_owned();
    let mut other = good.clone();
    other.subject = Some(subject);
    desk.list(other);
    let run = desk.place.run(&["verify", STEM]).done().expect(1);
    assert!(run.stdout.contains("its manifest states the period 2024-Q2, its data 2024-Q1"), "{run}");
    let mut subject = good.subject.clone().unwrap();
    subject.source.endpoint = "https://api.dialnexa.com/v1/batch-calls".to_owned();
    let mut other = good.clone();
    other.subject = Some(subject);
    desk.list(other);
    let run = desk.place.run(&["verify", STEM]).done().expect(1);
    assert!(run.stdout.contains("its manifest states the source https://api.dialnexa.com"), "{run}");
    let mut other = good.clone();
    other.package = "batch-audit-2024-Q2".to_owned();
    desk.list(other);
    let run = desk.place.run(&["verify", STEM]).done().expect(1);
    assert!(run.stdout.contains("names the package batch-audit-2024-Q2 and is of 2024-Q1"), "{run}");
    let mut other = good;
    other.subject = None;
    desk.list(other);
    let run = desk.place.run(&["verify", STEM]).done().expect(1);
    assert!(run.stdout.contains("does not state of which period"), "{run}");
}
