//! `verify --returned`: a register that LibreOffice and people had their hands on.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::signed::{STEM, data, file, reported};
use super::{on_path, run};
use crate::harness::Place;

fn compare(place: &Place, name: &str) -> (Option<i32>, Value) {
    let run = place.run(&["verify", "--json", "--returned", name, STEM]).done();
    let reported: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{run}"));
    (run.status, reported["returned"].clone())
}

/// As the finding advises.
const IDS_AS_TEXT: &str = "1/2";

/// CSV to a workbook and back, as somebody does who opens it and saves it: with these types of columns, in a language, and
/// with delimiter and encoding.
fn through_the_office(place: &Place, office: &Path, types: &str, language: &str, export: &str) {
    let (work, back) = (place.work(), place.work().join("back"));
    let convert = |filter: &str, to: &str, file: &Path| {
        let mut command = Command::new(office);
        command.arg(format!("-env:UserInstallation=file://{}", work.join("profile").display()));
        command.args(["--headless", filter, "--convert-to", to, "--outdir"]).arg(&back);
        run(command.arg(file));
    };
    // Comma, quote, UTF-8, from row 1; quoted cells are no texts for that, numbers and dates are detected.
    let filter = format!("--infilter=CSV:44,34,76,1,{types},{language},false,true");
    convert(&filter, "xlsx", &file(place, ".csv"));
    convert(
        "--infilter=Calc MS Excel 2007 XML",
        &format!("csv:Text - txt - csv (StarCalc):{export}"),
        &back.join(format!("{STEM}.xlsx")),
    );
    fs::copy(back.join(format!("{STEM}.csv")), work.join("returned.csv")).unwrap();
}

#[test]
fn what_a_spreadsheet_saved_is_harmless_and_a_changed_figure_in_it_is_named() {
    let Some(office) = on_path(&["soffice"]) else { return };
    let place = reported(&["--format", "csv"]);
    // English with commas in UTF-8; German with semicolons in UTF-16.
    for (language, export, delimiter) in [("1033", "44,34,76", ","), ("1031", "59,34,65535", ";")] {
        through_the_office(&place, &office, IDS_AS_TEXT, language, export);
        let (status, reported) = compare(&place, "returned.csv");
        assert_eq!((status, &reported["differences"]), (Some(0), &Value::Array(Vec::new())), "{reported:#}");
        assert_eq!(reported["delimiter"], delimiter);
    }
    through_the_office(&place, &office, IDS_AS_TEXT, "1033", "44,34,76");
    let mut rows = rows(&place.work().join("returned.csv"));
    let (batch, before) = (rows[5][0].clone(), rows[5][6].clone());
    rows[5][6] = (before.parse::<u64>().unwrap() + 1).to_string();
    write(&place.work().join("returned.csv"), &rows);
    let (status, reported) = compare(&place, "returned.csv");
    let found = reported["differences"].as_array().unwrap();
    assert_eq!((status, found.len()), (Some(1), 1), "{reported:#}");
    let text = |field: &str| found[0][field].as_str().unwrap();
    assert_eq!(
        [text("what"), text("batch_id"), text("column"), text("signed")],
        ["changed", &batch, "completed_calls", &before]
    );
}

#[test]
fn an_id_that_the_spreadsheet_took_for_a_number_is_named_and_was_a_finding() {
    let Some(office) = on_path(&["soffice"]) else { return };
    let place = reported(&["--format", "csv"]);
    let reported: Vec<Value> = data(&place)["findings"].as_array().unwrap().to_vec();
    let finding = reported.iter().find(|finding| finding["code"] == "id-changed-by-spreadsheet").unwrap();
    through_the_office(&place, &office, "", "1033", "44,34,76");
    let (status, reported) = compare(&place, "returned.csv");
    let ids = |list: &Value| -> Vec<String> {
        let mut ids: Vec<_> =
            list.as_array().unwrap().iter().map(|entry| entry["batch_id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(status, Some(1));
    // This spreadsheet leaves an id that is an ISO date as it is; others do not.
    let (changed, expected_ids) = (ids(&reported["differences"]), ids(&finding["concerns"]));
    assert!(changed.len() > 3 && changed.iter().all(|id| expected_ids.contains(id)), "{reported:#}\n{expected_ids:?}");
    assert!(
        reported["differences"].as_array().unwrap().iter().all(|entry| entry["column"] == "batch_id"),
        "{reported:#}"
    );
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn write(path: &Path, rows: &[Vec<String>]) {
    let mut writer = csv::Writer::from_path(path).unwrap();
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    writer.flush().unwrap();
}

#[test]
fn changes_are_reported_in_words_and_the_exit_status_says_so() {
    let place = reported(&["--format", "csv"]);
    let mut rows = rows(&file(&place, ".csv"));
    let removed = rows.remove(3)[0].clone();
    rows[1..].sort();
    rows.push(["batch_of_mine", "x", "completed", "", "", "1", "1", "0", "", "leads"].map(str::to_owned).into());
    write(&place.work().join("back.csv"), &rows);
    let run = place.run(&["verify", "--returned", "back.csv", STEM]).done().expect(1);
    for words in [
        "rows in another order",
        &format!("MISSING   {removed}: the whole row"),
        "batch_of_mine",
        "CHANGED: 2 differences from the signed register",
    ] {
        assert!(run.stdout.contains(words), "{words}\n{run}");
    }
    let signed = fs::read_to_string(file(&place, ".csv")).unwrap();
    fs::write(place.work().join("same.csv"), signed.replace('\u{feff}', "").replace("\r\n", "\n")).unwrap();
    let run = place.run(&["verify", "--returned", "same.csv", STEM]).done().expect(0);
    assert!(run.stdout.ends_with("UNCHANGED: every value is the signed one\n"), "{run}");
}

#[test]
fn a_package_that_does_not_hold_is_compared_with_nothing() {
    let place = reported(&["--format", "csv"]);
    let register = file(&place, ".csv");
    fs::copy(&register, place.work().join("back.csv")).unwrap();
    let text = fs::read_to_string(&register).unwrap();
    fs::write(&register, text.replacen("completed", "cancelled", 1)).unwrap();
    let run = place.run(&["verify", "--returned", "back.csv", STEM]).done().expect(1);
    assert!(!run.stdout.contains("UNCHANGED") && run.stdout.contains("FAILED"), "{run}");
}

#[test]
fn what_cannot_be_compared_is_reported() {
    let place = reported(&["--format", "html"]);
    fs::write(place.work().join("book.csv"), b"PK\x03\x04").unwrap();
    let run = place.run(&["verify", "--returned", "book.csv", STEM]).done().expect(1);
    assert!(run.stdout.contains("it is a workbook"), "{run}");
    place.run(&["verify", "--returned", "none.csv", STEM]).done().expect(6).says("none.csv");
    let html = format!("{STEM}/{STEM}.html");
    place.run(&["verify", "--returned", "book.csv", &html]).done().expect(2).says("one package");
    // Without a CSV in the package its data gives the register.
    let (with, rows) = (reported(&["--format", "csv"]), place.work().join("rows.csv"));
    fs::copy(file(&with, ".csv"), &rows).unwrap();
    place.run(&["verify", "--returned", "rows.csv", STEM]).done().expect(0);
}
