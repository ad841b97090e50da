//! Reading the register and the totals back from their CSV files.
//!
//! The files are read as this program writes them; one that came back from a spreadsheet is another matter.

use crate::batch::REGISTER;
use crate::render::csv::{TOTAL, TOTALS};
use crate::spreadsheet::{BOM, cell};
use crate::totals::Sums;
use crate::verify::stated::{Figure, Stated, StatedRow, StatedTotals};

/// What is wrong with a CSV file.
#[derive(Debug, thiserror::Error)]
pub enum CsvReadError {
    /// Not CSV, not UTF-8, or a row of another length than the header.
    #[error("the file is not the CSV that was written: {0}")]
    NotCsv(#[from] ::csv::Error),
    /// The header is another one.
    #[error("the columns are `{found}`, not `{expected}`")]
    Columns {
        /// The header that was found.
        found: String,
        /// The header that the file must have.
        expected: String,
    },
    /// A cell that must hold a figure holds something else.
    #[error("row {row}, column {column}: `{cell}` is not a figure")]
    NotAFigure {
        /// The row as a spreadsheet counts it: the header is row 1.
        row: u64,
        /// The column's name.
        column: &'static str,
        /// What the cell holds, cut after 60 characters.
        cell: String,
    },
    /// The totals do not end with their total.
    #[error("the last row is not {TOTAL}; rows are missing, or were sorted anew")]
    NoTotal,
    /// More rows than were asked for.
    #[error("it has more than {0} rows")]
    TooMany(usize),
}

/// The rows that a register states.
pub fn register(bytes: &[u8]) -> Result<Stated, CsvReadError> {
    register_of(bytes, usize::MAX)
}

/// The same of a register that should have no more than `most` rows; nothing is kept of what comes after them.
pub fn register_of(bytes: &[u8], most: usize) -> Result<Stated, CsvReadError> {
    let mut rows = Vec::new();
    for record in records(bytes, &REGISTER)? {
        let record = record?;
        if rows.len() == most {
            return Err(CsvReadError::TooMany(most));
        }
        let figure = |column| figure(&record, column, REGISTER[column]);
        rows.push(StatedRow {
            batch_id: text(&record, 0),
            status: text(&record, 2),
            calls: [figure(5)?, figure(6)?, figure(7)?],
        });
    }
    Ok(Stated { rows, ..Stated::default() })
}

/// The totals that a totals file states.
pub fn totals(bytes: &[u8]) -> Result<Stated, CsvReadError> {
    totals_of(bytes, usize::MAX)
}

/// The same of a file that should have no more than `most` rows.
pub fn totals_of(bytes: &[u8], most: usize) -> Result<Stated, CsvReadError> {
    let mut totals = Vec::new();
    for record in records(bytes, &TOTALS)? {
        if totals.len() == most {
            return Err(CsvReadError::TooMany(most));
        }
        totals.push(totals_row(&record?)?);
    }
    match totals.last() {
        Some(last) if last.status == TOTAL => Ok(Stated { totals, ..Stated::default() }),
        _ => Err(CsvReadError::NoTotal),
    }
}

fn totals_row(record: &::csv::StringRecord) -> Result<StatedTotals, CsvReadError> {
    let figure = |column| figure(record, column, TOTALS[column]);
    let count = |column: usize| figure(column)?.ok_or_else(|| not_a_figure(record, column, TOTALS[column]));
    Ok(StatedTotals {
        status: text(record, 0),
        sums: Sums {
            batches: count(1)?,
            total_calls: figure(2)?,
            completed_calls: figure(3)?,
            failed_calls: figure(4)?,
            other_calls: figure(5)?,
            not_reported: count(6)?,
        },
    })
}

/// Every record after a header that must be `columns`.
fn records<'a>(
    bytes: &'a [u8],
    columns: &[&str],
) -> Result<impl Iterator<Item = Result<::csv::StringRecord, CsvReadError>> + 'a, CsvReadError> {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let mut reader = ::csv::Reader::from_reader(bytes);
    let header = reader.headers()?;
    if header.iter().ne(columns.iter().copied()) {
        let found = shortened(&header.iter().collect::<Vec<_>>().join(","));
        return Err(CsvReadError::Columns { found, expected: columns.join(",") });
    }
    Ok(reader.into_records().map(|record| Ok(record?)))
}

fn text(record: &::csv::StringRecord, column: usize) -> String {
    cell::unescaped(record.get(column).unwrap_or_default()).into_owned()
}

fn figure(record: &::csv::StringRecord, column: usize, name: &'static str) -> Result<Figure, CsvReadError> {
    let cell = record.get(column).unwrap_or_default();
    if cell.is_empty() {
        return Ok(None);
    }
    // `parse` alone would take a sign.
    let digits = cell.bytes().all(|byte| byte.is_ascii_digit()).then(|| cell.parse().ok()).flatten();
    digits.map(Some).ok_or_else(|| not_a_figure(record, column, name))
}

fn not_a_figure(record: &::csv::StringRecord, column: usize, name: &'static str) -> CsvReadError {
    let row = record.position().map_or(0, |position| position.record() + 1);
    CsvReadError::NotAFigure { row, column: name, cell: shortened(record.get(column).unwrap_or_default()) }
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::batch::Status;
    use crate::render::bytes;
    use crate::render::csv::{self, Options, Table};
    use crate::report::{AuditReport, Standing, fixture};

    fn written(report: &AuditReport, table: Table<'_>, bom: bool) -> Vec<u8> {
        bytes(|out| csv::write(report, &Options { table, bom }, out)).unwrap()
    }

    #[test]
    fn both_tables_state_what_the_report_states() {
        let report = fixture::report(500, Standing::Complete);
        let whole = Stated::by_report(&report);
        for bom in [true, false] {
            assert_eq!(register(&written(&report, Table::Register, bom)).unwrap().rows, whole.rows);
            assert_eq!(totals(&written(&report, Table::Totals, bom)).unwrap().totals, whole.totals);
        }
    }

    #[test]
    fn a_signed_or_wordy_figure_is_refused() {
        let report = fixture::report(1, Standing::Complete);
        let text = String::from_utf8(written(&report, Table::Register, true)).unwrap();
        for wrong in [",+50,", ",5e1,", ",50.0,", ",99999999999999999999,", ", 50,"] {
            let error = register(text.replace(",50,", wrong).as_bytes()).unwrap_err();
            assert!(matches!(error, CsvReadError::NotAFigure { row: 2, column: "total_calls", .. }), "{error}");
        }
    }

    #[test]
    fn another_header_a_short_row_and_a_missing_total_are_refused() {
        let report = fixture::report(2, Standing::Complete);
        let register_text = String::from_utf8(written(&report, Table::Register, true)).unwrap();
        let totals_text = String::from_utf8(written(&report, Table::Totals, true)).unwrap();
        let renamed = register_text.replace("total_calls", "calls");
        assert!(matches!(register(renamed.as_bytes()), Err(CsvReadError::Columns { .. })));
        let short = register_text.replace(",leads\r\n", "\r\n");
        assert!(matches!(register(short.as_bytes()), Err(CsvReadError::NotCsv(_))));
        let cut = &totals_text[..totals_text.find("TOTAL").unwrap()];
        assert!(matches!(totals(cut.as_bytes()), Err(CsvReadError::NoTotal)));
    }

    proptest! {
        /// Whatever the API writes as id, name, status and agent.
        #[test]
        fn any_text_comes_back_from_the_register(texts in proptest::collection::vec(any::<String>(), 4)) {
            let mut report = fixture::report(2, Standing::Complete);
            let batch = &mut report.register[0];
            (batch.id, batch.name) = (texts[0].as_str().into(), Some(texts[1].as_str().into()));
            (batch.status, batch.agent_id) = (Status::new(&texts[2]), Some(texts[3].as_str().into()));
            let stated = register(&written(&report, Table::Register, true)).unwrap();
            prop_assert_eq!(stated.rows, Stated::by_report(&report).rows);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = (register(&bytes), totals(&bytes));
        }
    }
}
