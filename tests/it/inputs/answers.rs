//! What is odd in an answer and what a report makes of it; its evidence gives the same report again, and `verify` agrees.

use super::*;

/// The package verifies, and its evidence gives the same report again.
#[track_caller]
fn assert_verified(place: &Place) {
    place.run(&["verify", STEM]).done().expect(0);
    let evidence = format!("{STEM}/evidence.warc.gz");
    place.run(&["render", &evidence, "--quarter", "2024-Q1", "--format", "csv", "--out", "again"]).done().expect(0);
    let files = place.files();
    let data = |path: String| {
        let mut data: serde_json::Value = serde_json::from_slice(&files[&path]).unwrap();
        // The formats may be others.
        data.as_object_mut().unwrap().remove("made");
        data
    };
    assert_eq!(data(format!("{STEM}/{STEM}.json")), data(format!("again/{STEM}/{STEM}.json")));
}

/// The names and codes of a report's findings.
fn findings(place: &Place) -> Vec<(String, String)> {
    let data = data(place);
    let concerns = |finding: &serde_json::Value| {
        let concerns = finding["concerns"].as_array().unwrap().iter();
        concerns.map(|concern| concern["detail"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" | ")
    };
    let found = data["findings"].as_array().unwrap().iter();
    found.map(|finding| (finding["code"].as_str().unwrap().to_owned(), concerns(finding))).collect()
}

/// One batch of the quarter with `more`, between its neighbours.
fn between(more: &str) -> Vec<String> {
    vec![
        record(3, "2024-05-01T00:00:00.000Z", ""),
        record(2, "2024-02-01T00:00:00.000Z", more),
        record(1, "2023-12-01T00:00:00.000Z", ""),
    ]
}

#[test]
fn half_a_character_is_shown_as_one_that_is_lost_and_the_batch_is_named() {
    for (more, field) in [
        (r#","name":"Winback \ud83d""#, "U+FFFD in: name"),
        (r#","name":"\ude00 Winback""#, "U+FFFD in: name"),
        (r#","description":"cut \ud83d","name":"Winback""#, "U+FFFD in: further fields"),
        (r#","name":"\ud83d\ude00","notes":{"\ud83d":[]}"#, "U+FFFD in: further fields"),
    ] {
        let (place, run) = report(&serving("", between(more)), &[]);
        run.expect(0);
        let damaged = ("text-damaged".to_owned(), field.to_owned());
        assert!(findings(&place).contains(&damaged), "{more}: {:?}", findings(&place));
        assert_verified(&place);
    }
}

#[test]
fn a_byte_order_mark_and_a_list_that_is_null_are_a_report() {
    let (place, run) = report(&serving("\u{feff}", between("")), &[]);
    run.expect(0);
    assert_eq!(data(&place)["register"].as_array().unwrap().len(), 1);
    assert_verified(&place);
    let null = |body: &'static str| {
        Hostile::start(no_list(), move |_: &Seen, _: &mut List| Reply::Other {
            status: 200,
            headers: Vec::new(),
            body: body.to_owned(),
        })
    };
    let bodies =
        [r#"{"data":null,"meta":{"page":1,"limit":100,"total":0,"totalPages":0}}"#, r#"{"items":null,"total":0}"#];
    for body in bodies {
        let (place, run) = report(&null(body), &[]);
        run.expect(0);
        assert_eq!(
            (data(&place)["standing"].clone(), data(&place)["register"].clone()),
            ("complete".into(), [(); 0][..].into())
        );
        assert_verified(&place);
    }
    let (_, run) = report(&null(r#"{"data":null,"meta":{"total":7}}"#), &[]);
    run.expect(4).says("`data` is null although the total is 7");
}

#[test]
fn further_fields_are_signed_as_they_came() {
    let deep = format!("{}{}", "[".repeat(400), "]".repeat(400));
    let fields = format!(
        r#""deep":{deep},"external_id":123456789012345678901234567890,"far":1e400,"fine":0.10000000000000000000001"#
    );
    let (place, run) = report(&serving("", between(&format!(",{fields}"))), &["--format", "csv,ndjson"]);
    run.expect(0);
    for ending in [".json", ".ndjson"] {
        assert!(text(&place, ending).contains(&format!("{{{fields}}}")), "{ending}");
    }
    place.run(&["verify", STEM]).done().expect(0);
}

#[test]
fn a_record_that_cannot_be_read_is_named_by_page_position_and_id_and_the_url_is_not_asked_about() {
    for (created, words) in [
        ("2024-02-01T10:00:00", "`2024-02-01T10:00:00` has no time zone"),
        ("2024-03-15T10:20:60Z", "`2024-03-15T10:20:60Z` has a second 60 that UTC does not have"),
        ("2024-03-15T24:00:00Z", "`2024-03-15T24:00:00Z` is not an RFC 3339 time"),
    ] {
        let mut rows = between("");
        rows[1] = record(2, created, "");
        let (_, run) = report(&serving("", rows), &["--quiet"]);
        let run = run
            .expect(4)
            .says("cannot read page 1 of batch-calls")
            .says("record 2 (batch `bat_000002`), field `created_at`: ");
        let run = run.says(words);
        assert!(!run.stderr.contains("base URL"), "{run}");
    }
}

#[test]
fn a_leap_second_is_one_instant_of_its_day_in_every_format() {
    let mut rows = between("");
    rows[1] = record(2, "2024-03-31T23:59:60Z", "");
    let (place, run) = report(&serving("", rows), &["--format", "csv,ndjson,parquet"]);
    run.expect(0);
    for ending in [".csv", ".json", ".ndjson"] {
        let text = text(&place, ending);
        assert!(text.contains("2024-03-31T23:59:59.999999999Z") && !text.contains(":60"), "{text}");
    }
    let parquet = &place.files()[&format!("{STEM}/{STEM}.parquet")];
    let micros = 1_711_929_599_999_999_i64.to_le_bytes();
    assert!(parquet.windows(8).any(|part| part == micros), "the table holds another instant");
    assert_verified(&place);
}

#[test]
fn an_error_in_the_place_of_a_page_is_quoted() {
    let server = Hostile::start(no_list(), |_: &Seen, _: &mut List| Reply::error(200, "tenant is suspended"));
    let (_, run) = report(&server, &["--quiet"]);
    run.expect(4).says("`data` is missing, and so is `items` (it says: \"tenant is suspended\")");
}

#[test]
fn a_text_runs_nothing_in_a_spreadsheet_with_another_separator_and_comes_back() {
    let names = ["North;=1+1;South", r"North\t=1+1", r#"a; \"@x\""#, "a;b=1", "=1"];
    let mut rows = between("");
    rows.remove(1);
    for (name, id) in names.iter().zip(10..) {
        rows.insert(1, record(id, "2024-02-01T00:00:00.000Z", &format!(r#","name":"{name}""#)));
    }
    let (place, run) = report(&serving("", rows), &[]);
    run.expect(0);
    let csv = text(&place, ".csv");
    for cell in [",North;'=1+1;South,", ",North\t'=1+1,", r#","a; ""'@x""","#, ",a;b=1,", ",'=1,"] {
        assert!(csv.contains(cell), "{cell}: {csv}");
    }
    let metadata: serde_json::Value = serde_json::from_str(&text(&place, ".csv-metadata.json")).unwrap();
    assert_eq!(metadata["tables"][0]["notes"][0]["spreadsheet_escapes"], 4);
    assert_verified(&place);
    let returned = [",North;=1+1;South,", ",North\t=1+1,", r#","a; ""@x""","#, ",=1,"];
    let escaped = [",North;'=1+1;South,", ",North\t'=1+1,", r#","a; ""'@x""","#, ",'=1,"];
    let back = escaped.iter().zip(returned).fold(csv, |csv, (cell, bare)| csv.replace(cell, bare));
    std::fs::write(place.work().join("back.csv"), back).unwrap();
    place.run(&["verify", STEM, "--returned", "back.csv"]).done().expect(0);
}
