//! `draw`, from the report to the worksheet that came back: the real binary over packages that it made.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::diff::against_the_schema;
use crate::harness::{Place, Run};

const STEM: &str = "batch-audit-2024-Q1";
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/sample.schema.json");
const SAMPLE: &str = "batch-audit-2024-Q1-sample";

/// A place with a package of the sample API's quarter.
fn reported() -> Place {
    let place = Place::new();
    let arguments = ["report", "--sample", "--quiet", "--quarter", "2024-Q1", "--timezone", "Asia/Kolkata"];
    place.run(&[&arguments[..], &["--format", "csv"]].concat()).done().expect(0);
    place
}

fn draw(place: &Place, more: &[&str]) -> Run {
    place.run(&[&["draw", STEM], more].concat()).done()
}

fn verify(place: &Place, more: &[&str]) -> Run {
    place.run(&[&["verify", STEM, "--drawn", SAMPLE], more].concat()).done()
}

fn sample(place: &Place) -> Value {
    serde_json::from_slice(&fs::read(place.work().join(SAMPLE).join(format!("{SAMPLE}.json"))).unwrap()).unwrap()
}

/// The files of the sample that do not hold a signature.
fn unsigned(place: &Place) -> BTreeMap<String, Vec<u8>> {
    let files = place.files().into_iter().filter(|(name, _)| name.starts_with(SAMPLE) && !name.ends_with(".p7s"));
    files.collect()
}

#[test]
fn a_sample_is_drawn_again_from_its_package_to_the_byte_by_every_method() {
    let (place, mut drawn) = (reported(), Vec::new());
    for method in [["--method", "random"], ["--method", "interval"], ["--method", "mus"]] {
        let asked =
            [&method[..], &["--size", "20", "--seed", "7f3a", "--key-items", "high,medium", "--force"]].concat();
        let run = draw(&place, &asked).expect(0);
        assert_eq!(run.stdout.lines().count(), 7, "{run}");
        assert!(run.stderr.contains("VERIFIED: unchanged since it was signed"), "{run}");
        let once = unsigned(&place);
        let verdict = verify(&place, &[]).expect(0);
        for file in ["json", "csv", "xlsx"] {
            let line = verdict.stdout.lines().find(|line| line.contains(&format!("{SAMPLE}.{file} "))).unwrap();
            assert!(
                line.split_whitespace().eq([&*format!("{SAMPLE}.{file}"), "yes", "yes", "yes", "-", "evidence"]),
                "{verdict}"
            );
        }
        assert!(verdict.stdout.contains("seed 7f3a"), "{verdict}");
        draw(&place, &asked).expect(0);
        assert_eq!(unsigned(&place), once, "{method:?}");
        drawn.push(sample(&place));
        let of = &sample(&place)["population"];
        assert!(of["key_items"].as_u64().unwrap() > 10, "{of}");
        assert_eq!(of["drawn_from"].as_u64().unwrap() + of["key_items"].as_u64().unwrap(), 162);
    }
    assert!(against_the_schema(SCHEMA, &drawn).is_none_or(|found| found.is_empty()));
    drawn.iter_mut().for_each(|sample| sample["items"][20]["points"] = "1".into());
    assert!(
        against_the_schema(SCHEMA, &drawn).is_none_or(|found| {
            (0..3).all(|number| found.iter().any(|line| line.starts_with(&format!("{number} "))))
        }),
        "a wrong item is accepted"
    );
    let alone = place.run(&["verify", SAMPLE]).done().expect(1);
    assert!(alone.stdout.contains("this is an audit sample: verify the package"), "{alone}");
    assert!(draw(&place, &[]).expect(6).stderr.contains("--force"), "a sample that is there is not overwritten");
    let run = draw(&place, &["--force"]).expect(0);
    assert!(run.stderr.contains("no size was given: 25"), "{run}");
    let drawn = sample(&place);
    assert!(
        run.stderr.contains(&format!("--seed {} draws the same sample again", drawn["seed"].as_str().unwrap())),
        "{run}"
    );
    assert_eq!((&drawn["size_is_advised"], drawn["items"].as_array().unwrap().len()), (&true.into(), 25));
}

#[test]
fn what_was_changed_after_the_draw_is_named_and_fails() {
    let place = reported();
    draw(&place, &["--size", "5", "--seed", "s"]).expect(0);
    let folder = place.work().join(SAMPLE);
    let spoil = |name: &str, from: &str, to: &str| {
        let path = folder.join(name);
        let whole = fs::read_to_string(&path).unwrap();
        assert!(whole.contains(from), "{from}");
        fs::write(&path, whole.replacen(from, to, 1)).unwrap();
        (path, whole)
    };
    let (path, whole) = spoil(&format!("{SAMPLE}.json"), "\"size\": 5", "\"size\": 4");
    let run = verify(&place, &[]).expect(1);
    assert!(run.stdout.contains("not reproduced"), "{run}");
    fs::write(path, whole).unwrap();
    let (path, whole) = spoil(&format!("{SAMPLE}.csv"), "drawn,", "Drawn,");
    let run = verify(&place, &[]).expect(1);
    assert!(run.stdout.contains("selected_as: `Drawn` instead of `drawn`"), "{run}");
    fs::write(path, whole).unwrap();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    assert!(verify(&place, &[]).expect(0).stdout.contains("notes.txt is no part of the sample"));
    // Of a package that was made again there is another manifest.
    let again =
        ["report", "--sample", "--quiet", "--quarter", "2024-Q1", "--timezone", "UTC", "--format", "csv", "--force"];
    place.run(&again).done().expect(0);
    let run = verify(&place, &[]).expect(1);
    assert!(run.stdout.contains("it was drawn from a package whose manifest.json has the SHA-256"), "{run}");
    fs::remove_file(folder.join(format!("{SAMPLE}.json"))).unwrap();
    assert!(verify(&place, &[]).expect(1).stdout.contains("this is not a sample of batch-audit-2024-Q1"));
}

#[test]
fn nothing_is_drawn_from_a_package_that_does_not_hold() {
    let place = reported();
    let csv = place.work().join(STEM).join(format!("{STEM}.csv"));
    let whole = fs::read(&csv).unwrap();
    fs::write(&csv, [&whole[..], b"more\r\n"].concat()).unwrap();
    let run = draw(&place, &["--size", "5"]).expect(1);
    assert!(run.stderr.contains("does not hold, so nothing is drawn from it: FAILED"), "{run}");
    assert!(run.stderr.contains("hint: run `dialnexa-audit verify` on it"), "{run}");
    assert!(!place.work().join(SAMPLE).exists());
    fs::write(&csv, whole).unwrap();
    for (arguments, words) in [
        (&["--size", "0"][..], "--size"),
        (&["--seed", "a b"], "a seed is 1 to 64 letters"),
        (&["--key-items", "grave"], "--key-items"),
    ] {
        let run = draw(&place, arguments).expect(2);
        assert!(run.stderr.contains(words), "{run}");
    }
    let run = place.run(&["draw", &format!("{STEM}/{STEM}.csv")]).done().expect(2);
    assert!(run.stderr.contains("it is not the folder of a package"), "{run}");
    let none = ["report", "--sample", "--quiet", "--from", "2019-01-01", "--to", "2019-02-01", "--format", "csv"];
    place.run(&none).done().expect(0);
    let run = place.run(&["draw", "batch-audit-20190101-20190201"]).done().expect(2);
    assert!(run.stderr.contains("there is nothing to draw from: the register has no batch"), "{run}");
}

#[test]
fn a_worksheet_that_was_filled_in_is_distinguished_from_one_that_was_changed() {
    let place = reported();
    draw(&place, &["--size", "6", "--seed", "s", "--key-items", "high"]).expect(0);
    let csv = fs::read(place.work().join(SAMPLE).join(format!("{SAMPLE}.csv"))).unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&csv[3..]);
    let mut rows: Vec<Vec<String>> =
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let place_of = |title: &str, rows: &[Vec<String>]| rows[0].iter().position(|known| known == title).unwrap();
    let (result, by, total) = (place_of("result", &rows), place_of("tested_by", &rows), place_of("total_calls", &rows));
    for row in rows.iter_mut().skip(1) {
        (row[result], row[by]) = ("no exception".to_owned(), "A. Auditor".to_owned());
    }
    rows[3][result] = "exception".to_owned();
    let write = |rows: &[Vec<String>]| {
        let mut writer = csv::WriterBuilder::new().delimiter(b';').from_path(place.work().join("back.csv")).unwrap();
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.flush().unwrap();
    };
    write(&rows);
    let run = verify(&place, &["--returned", "back.csv"]).expect(0);
    assert!(run.stdout.contains("filled in result: 8 cells (exception 1, no exception 7)"), "{run}");
    assert!(run.stdout.trim_end().ends_with("UNCHANGED: every value is the signed one"), "{run}");
    // A library panics over this one; whoever runs the program learns that the file is damaged.
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/returned/damaged.xlsx"), place.work().join("d.xlsx"))
        .unwrap();
    let run = verify(&place, &["--returned", "d.xlsx"]).expect(1);
    assert!(run.stdout.contains("it is a workbook that is not XLSX, or is damaged") && run.stderr.is_empty(), "{run}");
    rows[4][total] = "1".to_owned();
    let selection = place_of("selection", &rows);
    rows[5][selection] = "chosen by hand".to_owned();
    rows[6][selection] = String::new();
    rows.remove(2);
    write(&rows);
    let run = verify(&place, &["--returned", "back.csv"]).expect(1);
    let named = ["total_calls", "`chosen by hand`", "-> (empty)", "the whole row", "CHANGED: 4 differences"];
    assert!(named.iter().all(|words| run.stdout.contains(words)), "{run}");
}
