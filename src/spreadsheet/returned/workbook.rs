//! A workbook to the rows of the sheet that holds the register, each cell as the text that it shows the value by.

use std::io::Cursor;

use calamine::{Data, DataType, Range, Reader, Xlsx};

use super::ReturnedError;
use super::table::{ReturnedTable, is_known};
use crate::spreadsheet::{EXACT, FOOT};

/// The name of the thread that reads workbooks; what it panics over is a damaged file, and is reported as one.
pub const READER: &str = "workbook";

/// In so many rows the head of the table must be.
const HEAD: usize = 20;

/// Whether these are the bytes of a zip archive, as a workbook is one.
pub fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The table in the sheet that has the most columns of a register.
///
/// Read by a thread of its own: a damaged workbook over which the library panics ends that one alone.
pub fn read(bytes: &[u8]) -> Result<ReturnedTable, ReturnedError> {
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().name(READER.to_owned());
        match reader.spawn_scoped(scope, || read_here(bytes)) {
            Ok(reader) => reader.join().unwrap_or(Err(ReturnedError::Workbook)),
            // The system gives no thread.
            Err(_) => read_here(bytes),
        }
    })
}

fn read_here(bytes: &[u8]) -> Result<ReturnedTable, ReturnedError> {
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|_| ReturnedError::Workbook)?;
    let mut best: Option<(usize, ReturnedTable)> = None;
    for name in workbook.sheet_names() {
        // A sheet of a chart has no cells.
        let Ok(values) = workbook.worksheet_range(&name) else { continue };
        let formulas = workbook.worksheet_formula(&name).unwrap_or_default();
        let found = table(&values, &formulas);
        if best.as_ref().is_none_or(|(most, _)| found.0 > *most) {
            best = Some(found);
        }
    }
    best.map(|(_, table)| exact(table)).ok_or(ReturnedError::Workbook)
}

/// How many columns of a register the sheet has, and its rows.
fn table(values: &Range<Data>, formulas: &Range<String>) -> (usize, ReturnedTable) {
    let first = values.start().map_or((0, 0), |(row, column)| (row, column));
    let text = |row: usize, column: usize, cell: &Data| {
        let place = (first.0 + row as u32, first.1 + column as u32);
        match formulas.get_value(place).filter(|formula| !formula.is_empty()) {
            // Whatever it shows now: it is not the value that was signed.
            Some(formula) => format!("={formula}"),
            None => shown(cell),
        }
    };
    let rows = values.rows().enumerate();
    let mut rows = rows.map(|(row, cells)| {
        let cells = cells.iter().enumerate().map(|(column, cell)| text(row, column, cell)).collect::<Vec<_>>();
        (u64::from(first.0) + row as u64 + 1, cells)
    });
    let known = |cells: &[String]| cells.iter().filter(|title| is_known(title)).count();
    let head = values.rows().take(HEAD).map(|cells| cells.iter().filter(|cell| is_known(&shown(cell))).count());
    let place = head.enumerate().max_by_key(|(row, count)| (*count, HEAD - row)).map_or(0, |(row, _)| row);
    let (_, titles) = rows.nth(place).unwrap_or_default();
    let mut header: Vec<String> = titles.iter().map(|title| title.trim().to_owned()).collect();
    while header.last().is_some_and(String::is_empty) {
        header.pop();
    }
    let is_row = |cells: &[String]| !cells.iter().all(|cell| cell.trim().is_empty()) && !is_foot(cells);
    let rows = rows.filter(|(_, cells)| is_row(cells)).collect();
    (known(&header), ReturnedTable { delimiter: None, header, rows })
}

/// Whether this is one of the rows that the workbook has below the register: a label, and formulas or figures alone.
fn is_foot(cells: &[String]) -> bool {
    let label = cells.first().is_some_and(|cell| FOOT.contains(&&**cell));
    let figure =
        |cell: &String| cell.is_empty() || cell.starts_with('=') || cell.bytes().all(|byte| byte.is_ascii_digit());
    let words = ["not reported", crate::spreadsheet::NOT_COMPUTED];
    label && cells.iter().skip(1).all(|cell| figure(cell) || words.contains(&&**cell))
}

/// A value as text: a whole number by its digits, an instant to the millisecond.
fn shown(cell: &Data) -> String {
    match cell {
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        Data::DateTime(_) => match cell.get_datetime().filter(|date| date.is_datetime()) {
            Some(date) => {
                let (year, month, day, hour, minute, second, milli) = date.to_ymd_hms_milli();
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{milli:03}")
            }
            None => cell.to_string(),
        },
        Data::Bool(truth) => if *truth { "TRUE" } else { "FALSE" }.to_owned(),
        other => other.to_string(),
    }
}

/// Where the workbook has a column for digits that a date does not hold: the instants with these, in the place of the dates.
fn exact(mut table: ReturnedTable) -> ReturnedTable {
    let place = |title: &str| table.header.iter().position(|other| other == title);
    let (Some(exact), Some(date)) = (place(EXACT), place("created_at")) else { return table };
    for (_, cells) in &mut table.rows {
        let (Some(full), Some(shown)) = (cells.get(exact).cloned(), cells.get(date).cloned()) else { continue };
        let short = full.replace('T', " ");
        let agrees = short.get(..23).is_some_and(|start| start == shown);
        // Where the two contradict each other, one of them was changed: both are shown.
        let both = if agrees || full == shown { full } else { format!("{shown} / {full}") };
        if let Some(cell) = cells.get_mut(date) {
            *cell = both;
        }
        cells.remove(exact);
    }
    table.header.remove(exact);
    table
}
