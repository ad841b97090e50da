//! Text to rows of cells, whatever is between them.

use super::ReturnedError;
use crate::batch::REGISTER;

/// What may stand between cells, the most usual first.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

/// A table as it was read.
#[derive(Debug)]
pub struct ReturnedTable {
    /// What is between its cells; `None` in a workbook.
    pub delimiter: Option<char>,
    /// The titles of its columns, without white space around.
    pub header: Vec<String>,
    /// Its rows: their number as a spreadsheet counts, and their cells. Empty rows are left out.
    pub rows: Vec<(u64, Vec<String>)>,
}

/// Reads the table; `quoting` reports whether quotes around a cell belong to the file and not to the text.
pub fn parse(text: &str, quoting: bool) -> Result<ReturnedTable, ReturnedError> {
    let (declared, text) = declared(text);
    let first = text.lines().find(|line| !is_empty(line)).unwrap_or_default();
    let delimiter = declared.unwrap_or_else(|| {
        let known = |delimiter: &char| first.split(*delimiter).filter(|title| is_known(title)).count();
        // Of several the last is taken, and a single comma is as good as none.
        DELIMITERS.into_iter().rev().max_by_key(known).unwrap_or(',')
    });
    let mut reader = ::csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true).quoting(quoting).delimiter(u8::try_from(delimiter).unwrap_or(b','));
    let mut rows = Vec::new();
    for (number, record) in reader.from_reader(text.as_bytes()).records().enumerate() {
        let cells: Vec<String> = record?.iter().map(str::to_owned).collect();
        if !cells.iter().all(|cell| cell.trim().is_empty()) {
            rows.push((number as u64 + 1, cells));
        }
    }
    let mut rows = rows.into_iter();
    let (_, titles) = rows.next().unwrap_or_default();
    let mut header: Vec<String> = titles.iter().map(|title| bare(title).to_owned()).collect();
    // A spreadsheet that once had more columns saves them without titles.
    while header.last().is_some_and(String::is_empty) {
        header.pop();
    }
    Ok(ReturnedTable { delimiter: Some(delimiter), header, rows: rows.collect() })
}

/// `sep=;`, by which Excel learns the delimiter, is no row.
fn declared(text: &str) -> (Option<char>, &str) {
    let line = text.lines().next().unwrap_or_default();
    let declared = bare(line).strip_prefix("sep=").and_then(|rest| rest.chars().next());
    match declared.filter(|delimiter| DELIMITERS.contains(delimiter)) {
        Some(delimiter) => {
            (Some(delimiter), text.get(line.len()..).unwrap_or_default().trim_start_matches(['\r', '\n']))
        }
        None => (None, text),
    }
}

fn is_empty(line: &str) -> bool {
    line.trim_matches(|c: char| c.is_whitespace() || DELIMITERS.contains(&c) || c == '"').is_empty()
}

/// Whether this is the title of a column of a register.
pub fn is_known(title: &str) -> bool {
    REGISTER.iter().any(|known| known.eq_ignore_ascii_case(bare(title)))
}

fn bare(title: &str) -> &str {
    title.trim().trim_matches('"').trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> (char, Vec<Vec<String>>) {
        let table = parse(text, true).unwrap();
        let rows = table.rows.into_iter().map(|(_, cells)| cells);
        (table.delimiter.unwrap(), [table.header].into_iter().chain(rows).collect())
    }

    #[test]
    fn cells_are_found_whatever_stands_between_them() {
        for delimiter in DELIMITERS {
            let text = format!("batch_id{delimiter}name\r\n\r\n1{delimiter}\"a{delimiter}b\"\r\n");
            let cells =
                vec![vec!["batch_id".to_owned(), "name".to_owned()], vec!["1".to_owned(), format!("a{delimiter}b")]];
            assert_eq!(rows(&text), (delimiter, cells));
        }
    }

    #[test]
    fn a_declared_separator_empty_rows_and_columns_without_a_title_are_no_data() {
        let (delimiter, cells) = rows("sep=;\r\n;;\r\n\"batch_id\"; Name ;;\r\n1;a,b;;\r\n;;;\r\n");
        assert_eq!(
            (delimiter, cells),
            (
                ';',
                vec![
                    vec!["batch_id".to_owned(), "Name".to_owned()],
                    vec!["1".to_owned(), "a,b".to_owned(), String::new(), String::new()],
                ]
            )
        );
    }

    #[test]
    fn a_text_without_rows_is_an_empty_table() {
        assert_eq!(rows(""), (',', vec![vec![]]));
    }
}
