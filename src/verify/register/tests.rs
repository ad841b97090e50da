//! What spreadsheets do to a register, and what people do to it.

use proptest::prelude::*;

use super::*;
use crate::report::{Standing, fixture};
use crate::spreadsheet::returned::{Difference, ReturnedError, compare};

fn register(report: &AuditReport) -> Vec<u8> {
    bytes(|out| csv::write(report, &Options::of(Table::Register), out)).unwrap()
}

fn signed(count: usize) -> Vec<u8> {
    register(&fixture::report(count, Standing::Complete))
}

fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = bytes.strip_prefix(crate::spreadsheet::BOM).unwrap_or(bytes);
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn written(rows: &[Vec<String>], delimiter: u8) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new().flexible(true).delimiter(delimiter).from_writer(Vec::new());
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    writer.into_inner().unwrap()
}

fn utf16(bytes: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).unwrap();
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn changed(batch_id: &str, column: &str, signed: &str, found: &str) -> Difference {
    let text = str::to_owned;
    Difference::Changed {
        batch_id: text(batch_id),
        column: text(column),
        signed: text(signed),
        found: text(found),
        why: None,
    }
}

#[test]
fn the_file_itself_is_the_same() {
    let signed = signed(300);
    let found = compare(&signed, &signed).unwrap();
    assert!(found.is_harmless() && found.reformatted.is_empty() && !found.sorted_anew && !found.columns_moved);
    assert_eq!((found.encoding, found.delimiter, found.rows), ("UTF-8 with BOM", Some(','), 300));
}

#[test]
fn what_a_german_spreadsheet_saves_is_harmless() {
    let signed = signed(400);
    let mut rows = cells(&signed);
    let header = rows.remove(0);
    for row in &mut rows {
        let date = |text: &str| format!("{}.{}.{} {}", &text[8..10], &text[5..7], &text[..4], &text[11..16]);
        (row[3], row[4]) = (date(&row[3]), date(&row[4]));
        (row[5], row[6]) = (row[5].replace("450", "450,00"), format!("{} ", row[6]));
        row[1] = row[1].trim_start_matches('\'').to_owned();
    }
    rows.sort_by(|a, b| (&a[2], &b[1]).cmp(&(&b[2], &a[1])));
    rows.insert(0, header);
    rows.iter_mut().for_each(|row| row.swap(2, 7));
    let found = compare(&signed, &utf16(&written(&rows, b';'))).unwrap();
    assert_eq!(found.differences, []);
    assert_eq!((found.encoding, found.delimiter), ("UTF-16", Some(';')));
    assert!(found.sorted_anew && found.columns_moved);
    let columns: Vec<_> = found.reformatted.iter().map(|entry| (&*entry.column, entry.cells)).collect();
    assert!(columns.contains(&("created_at", 400)) && columns.contains(&("created_at_local", 400)), "{columns:?}");
}

#[test]
fn every_change_is_named() {
    let signed = signed(20);
    let mut rows = cells(&signed);
    let (batch, total) = (rows[3][0].clone(), rows[3][5].clone());
    rows[3][5] = "9999".to_owned();
    rows[4][2] = "cancelled!".to_owned();
    let repeated = rows[5].clone();
    rows.push(repeated);
    rows.push(vec!["batch_new".to_owned(), "x".to_owned()]);
    rows.push(vec![String::new(), String::new(), "sum".to_owned(), String::new(), String::new(), "12345".to_owned()]);
    rows.remove(7);
    rows.iter_mut().for_each(|row| row.resize(11, String::new()));
    (rows[0][10], rows[6][10]) = ("comment".to_owned(), "checked".to_owned());
    let found = compare(&signed, &written(&rows, b',')).unwrap();
    let expected = [
        Difference::AddedColumn { column: "comment".to_owned() },
        changed(&batch, "total_calls", &total, "9999"),
        changed("batch_000003", "status", "failed", "cancelled!"),
        Difference::Added {
            batch_id: "batch_000005".to_owned(),
            column: "comment".to_owned(),
            found: "checked".to_owned(),
        },
        Difference::RepeatedRow { row: 21, batch_id: "batch_000004".to_owned() },
        Difference::AddedRow { row: 22, cells: "batch_new,x,,,,,,,,,".to_owned() },
        Difference::AddedRow { row: 23, cells: ",,sum,,,12345,,,,,".to_owned() },
        Difference::MissingRow { batch_id: "batch_000006".to_owned() },
    ];
    assert_eq!(found.differences, expected);
}

#[test]
fn a_column_that_is_gone_is_named_once() {
    let signed = signed(20);
    let rows: Vec<Vec<String>> = cells(&signed).into_iter().map(|row| [&row[..6], &row[7..]].concat()).collect();
    let found = compare(&signed, &written(&rows, b'\t')).unwrap();
    assert_eq!(found.differences, [Difference::MissingColumn { column: "completed_calls".to_owned() }]);
}

#[test]
fn texts_that_lost_their_quotes_are_put_together_again() {
    let mut report = fixture::report(6, Standing::Complete);
    let names = ["a, b", "\"quoted\", with; comma", "plain", "x,,y", ", ", "\"q\""];
    report.register.iter_mut().zip(names).for_each(|(batch, name)| batch.name = Some(name.into()));
    let signed = register(&report);
    for delimiter in [",", ";"] {
        let bare: Vec<String> = cells(&signed).iter().map(|row| row.join(delimiter)).collect();
        let found = compare(&signed, bare.join("\r\n").as_bytes()).unwrap();
        assert_eq!(found.differences, [], "{delimiter}");
    }
}

#[test]
fn an_id_that_the_spreadsheet_changed_is_named_as_such() {
    let mut report = fixture::report(3, Standing::Complete);
    report.register[1].id = "0012345678901234567".into();
    let signed = register(&report);
    let mut rows = cells(&signed);
    rows[2][0] = "1.23457E+16".to_owned();
    let found = compare(&signed, &written(&rows, b',')).unwrap();
    assert_eq!(found.differences, [changed("0012345678901234567", "batch_id", "0012345678901234567", "1.23457E+16")]);
}

/// The workbook of a report, of which `change` was made to the sheet that a person edited.
fn edited(report: &AuditReport, change: impl Fn(&mut Vec<Vec<String>>)) -> Vec<u8> {
    let mut rows = cells(&register(report));
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().set_name("Findings").unwrap().write_string(0, 0, "batch_id").unwrap();
    let sheet = workbook.add_worksheet();
    rows.insert(0, vec!["our copy".to_owned()]);
    change(&mut rows);
    for (row, cells) in (0..).zip(&rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell.strip_prefix('=') {
                Some(_) => {
                    sheet.write_formula(row, column, rust_xlsxwriter::Formula::new(cell).set_result("50")).unwrap()
                }
                None if row > 1 && (5..8).contains(&column) && !cell.is_empty() => {
                    sheet.write_number(row, column, cell.parse::<f64>().unwrap()).unwrap()
                }
                None => sheet.write_string(row, column, cell).unwrap(),
            };
        }
    }
    workbook.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_that_came_back_is_compared_by_its_sheet_with_the_register() {
    let report = fixture::report(60, Standing::Complete);
    let signed = register(&report);
    let own = bytes(|out| crate::render::xlsx::write(&report, &crate::render::xlsx::Options::default(), out)).unwrap();
    let found = compare(&signed, &own).unwrap();
    assert_eq!((found.differences, found.encoding, found.delimiter, found.rows), (vec![], "XLSX", None, 60));
    let moved = edited(&report, |rows| rows[2..].reverse());
    let found = compare(&signed, &moved).unwrap();
    assert_eq!((found.differences, found.sorted_anew), (vec![], true));
    // A formula is not the value that was signed, whatever it shows.
    let (batch, figure) = (report.register[0].id.to_string(), report.register[0].total_calls.unwrap());
    let formula = edited(&report, |rows| rows[2][5] = "=25+25".to_owned());
    let found = compare(&signed, &formula).unwrap();
    assert_eq!((figure, found.differences), (50, vec![changed(&batch, "total_calls", "50", "=25+25")]));
}

#[test]
fn digits_that_a_date_does_not_hold_come_back_in_their_own_column() {
    let mut report = fixture::report(4, Standing::Complete);
    report.register[1].created_at = "2024-01-20T05:00:00.123456Z".parse().unwrap();
    let signed = register(&report);
    let own = bytes(|out| crate::render::xlsx::write(&report, &crate::render::xlsx::Options::default(), out)).unwrap();
    assert_eq!(compare(&signed, &own).unwrap().differences, []);
    let exact = |text: &'static str| {
        edited(&report, move |rows| {
            rows[1].push(crate::spreadsheet::EXACT.to_owned());
            rows[2..].iter_mut().for_each(|row| row.push(row[3].clone()));
            rows[2..].iter_mut().for_each(|row| row[3] = row[3].replace('T', " ")[..23].to_owned());
            rows[3][10] = text.to_owned();
        })
    };
    assert_eq!(compare(&signed, &exact("2024-01-20T05:00:00.123456Z")).unwrap().differences, []);
    let found = compare(&signed, &exact("2024-01-20T05:00:00.123999Z")).unwrap().differences;
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn what_is_no_register_is_refused() {
    let signed = signed(3);
    assert!(matches!(compare(&signed, b"PK\x03\x04"), Err(ReturnedError::Workbook)));
    assert!(matches!(compare(&signed, b""), Err(ReturnedError::NoIds(_))));
    assert!(matches!(compare(&signed, b"id,name\n1,2\n"), Err(ReturnedError::NoIds(_))));
    assert!(matches!(compare(&signed, b"batch_id,BATCH_ID\n1,2\n"), Err(ReturnedError::ColumnTwice(_))));
    assert!(matches!(compare(b"a,b\n", &signed), Err(ReturnedError::NoRegister(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever else the spreadsheet did, one changed figure is found, and nothing else is.
    #[test]
    fn a_changed_figure_is_named_under_any_harmless_treatment(
        row in 1_usize..=60, column in 5_usize..8, figure in 0_u64..100_000, by in 0_u64..60, semicolons: bool, grouped: bool,
    ) {
        let signed = signed(60);
        let mut rows = cells(&signed);
        let (batch, before) = (rows[row][0].clone(), rows[row][column].clone());
        rows[row][column] = figure.to_string();
        if grouped {
            rows.iter_mut().skip(1).for_each(|row| row[5] = row[5].parse().map_or(String::new(), |n: u64| format!("{n}.0")));
        }
        rows[1..].sort_by_key(|row| row[0][6..].parse::<u64>().unwrap() * 7 % (61 + by));
        let found = compare(&signed, &written(&rows, if semicolons { b';' } else { b',' })).unwrap();
        if before == figure.to_string() {
            prop_assert_eq!(found.differences, []);
        } else {
            prop_assert_eq!(found.differences.len(), 1);
            let Difference::Changed { batch_id, .. } = &found.differences[0] else { panic!("{found:?}") };
            prop_assert_eq!(batch_id, &batch);
        }
    }

    #[test]
    fn any_bytes_are_compared_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let signed = signed(3);
        let _ = compare(&signed, &bytes);
        let _ = compare(&signed, &[b"batch_id,name,total_calls\n", bytes.as_slice()].concat());
    }
}
