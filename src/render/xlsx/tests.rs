//! The workbook read back by another library: every text, figure and date is what the report holds.

use std::io::Cursor;

use calamine::{Data, DataType, Range, Reader, Xlsx};
use proptest::prelude::*;

use super::*;
use crate::batch::{ApiForm, Column, REGISTER, Unit};
use crate::render::bytes;
use crate::report::{Grouping, Standing, fixture};
use crate::spreadsheet::EXACT;

fn workbook_of(report: &AuditReport) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes(|out| write(report, &Options::default(), out)).unwrap())).unwrap()
}

fn sheet(report: &AuditReport, name: &str) -> Range<Data> {
    workbook_of(report).worksheet_range(name).unwrap()
}

fn text(cell: Option<&Data>) -> String {
    cell.and_then(DataType::get_string).unwrap_or_default().to_owned()
}

/// A date as the text of an instant without an offset, to the millisecond.
fn date(cell: &Data) -> String {
    let (year, month, day, hour, minute, second, milli) = cell.get_datetime().unwrap().to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}")
}

#[test]
fn every_row_of_the_register_is_read_back_as_it_is() {
    let report = fixture::report(400, Standing::Complete);
    let sheet = sheet(&report, "Register");
    let head: Vec<_> = (0..10).map(|column| text(sheet.get((0, column)))).collect();
    assert_eq!(head, REGISTER);
    for (row, batch) in (1..).zip(&report.register) {
        let cell = |column| sheet.get((row, column));
        assert_eq!(text(cell(0)), &*batch.id);
        assert_eq!(text(cell(1)), batch.name.as_deref().unwrap_or_default());
        assert_eq!(text(cell(2)), batch.status.as_str());
        assert_eq!(date(cell(3).unwrap()), report.created_utc(batch).trim_end_matches('Z'));
        assert_eq!(date(cell(4).unwrap()), report.created_local(batch)[..23]);
        for (column, figure) in (5..).zip(Column::figures(batch)) {
            assert_eq!(cell(column).and_then(DataType::get_float), figure.map(|figure| figure as f64), "{row}");
        }
    }
    assert_eq!(sheet.get((401, 0)), Some(&Data::Empty));
    for (column, all) in (5..).zip(Column::ALL.map(|column| report.totals.all.of(column))) {
        for row in [402, 403, 405] {
            assert_eq!(sheet.get((row, column)).and_then(DataType::as_f64), all.map(|sum| sum as f64));
        }
        assert_eq!(sheet.get((404, column)).and_then(DataType::as_f64), Some(0.0));
    }
}

#[test]
fn nothing_of_the_apis_is_a_formula_or_a_link() {
    let mut report = fixture::report(40, Standing::Complete);
    report.register[3].id = "=1+1".into();
    report.register[4].id = "https://example.com/".into();
    let mut workbook = workbook_of(&report);
    let formulas = workbook.worksheet_formula("Register").unwrap();
    let rows: Vec<_> = formulas.used_cells().map(|(row, _, _)| row + formulas.start().unwrap().0 as usize).collect();
    assert!(rows.iter().all(|row| *row > 41) && rows.len() == 9, "{rows:?}");
    let held = workbook.worksheet_range("Register").unwrap();
    assert_eq!([text(held.get((4, 0))), text(held.get((5, 0)))], ["=1+1", "https://example.com/"]);
}

#[test]
fn what_a_cell_cannot_hold_is_stated_in_it_and_never_cut() {
    let mut report = fixture::report(6, Standing::Complete);
    report.register[0].name = Some("\u{1f389}".repeat(16_384).into());
    report.register[1].name = Some("x".repeat(32_767).into());
    report.register[2].created_at = "1899-12-31T23:00:00Z".parse().unwrap();
    report.register[3].total_calls = Some(9_007_199_254_740_993);
    report.register[4].created_at = "2024-02-01T00:00:00.000001Z".parse().unwrap();
    let sheet = sheet(&report, "Register");
    let stated = text(sheet.get((1, 1)));
    assert!(stated.starts_with("[16384 characters, more than a cell holds; SHA-256 "), "{stated}");
    assert_eq!(text(sheet.get((2, 1))).len(), 32_767);
    assert_eq!(text(sheet.get((3, 3))), "1899-12-31T23:00:00.000+00:00");
    assert_eq!(text(sheet.get((4, 5))), "9007199254740993");
    assert_eq!([text(sheet.get((0, 10))), text(sheet.get((5, 10)))], [EXACT, "2024-02-01T00:00:00.000001Z"]);
    // A sum that would be rounded is none.
    assert_eq!(text(sheet.get((8, 5))), "more than 15 digits");
    assert!(sheet.get((8, 6)).unwrap().is_float());
}

#[test]
fn a_register_of_more_rows_than_a_sheet_is_an_error() {
    assert!(fits(BATCHES).is_ok());
    let error = fits(BATCHES + 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot write the register as XLSX: it has 1048571 batches, and a sheet holds 1048570"
    );
    assert!(error.remedy().unwrap().contains("--format"));
}

#[test]
fn where_figures_are_of_different_units_each_row_states_its_own() {
    let mut report = fixture::report(8, Standing::Complete);
    report.register[2].form = ApiForm::Calls;
    report.register[3].failed_calls = None;
    report.figure_sources[0].unit = Unit::Calls;
    let units = sheet(&report, "Units");
    let row = |row: u32| (0..7).map(|column| text(units.get((row as usize, column)))).collect::<Vec<_>>();
    for (batch, number) in report.register.iter().zip(1..) {
        let sources = report.row_sources().of(batch);
        let cells = sources.iter().flat_map(|of| of.map_or([""; 2], |(source, unit)| [unit.as_str(), source.as_str()]));
        assert_eq!(row(number), std::iter::once(&*batch.id).chain(cells).collect::<Vec<_>>());
    }
    assert!(row(1)[1] != row(3)[1] && row(4)[5].is_empty());
}

#[test]
fn every_standing_grouping_and_size_is_a_workbook_of_the_same_bytes_each_time() {
    for standing in [Standing::Complete, Standing::NothingLeftOut, Standing::Provisional, Standing::Draft] {
        let report = fixture::report(0, standing);
        let mut workbook = workbook_of(&report);
        assert_eq!(workbook.sheet_names(), ["Summary", "Reconciliation", "Register", "Findings", "About"]);
        let mark = text(workbook.worksheet_range("Summary").unwrap().get((2, 0)));
        assert_eq!(mark, format!("Population: {}", report.mark()));
    }
    let report = fixture::report(30, Standing::Complete);
    let once = || bytes(|out| write(&report, &Options::on(Paper::Letter), out)).unwrap();
    assert_eq!(once(), once());
    Grouping::ALL.into_iter().for_each(|grouping| drop(Styles::new(grouping)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_is_read_back_as_it_is(texts in proptest::collection::vec(any::<String>(), 1..6), odd in "[\r\n\t_x0-9A-F= ]{0,12}") {
        let mut report = fixture::report(6, Standing::Complete);
        for (batch, text) in report.register.iter_mut().zip(texts.iter().chain([&odd])) {
            batch.name = Some(text.as_str().into());
        }
        let names = rows(&report);
        for (found, batch) in names.iter().zip(&report.register) {
            prop_assert_eq!(found, batch.name.as_deref().unwrap_or_default());
        }
    }
}

/// The names as the XML of the sheet has them, by the rule of the format: `_x000D_` is a character, `_x005F_` an underscore.
fn rows(report: &AuditReport) -> Vec<String> {
    let sheet = sheet(report, "Register");
    (1..=report.register.len()).map(|row| text(sheet.get((row, 1)))).collect()
}
