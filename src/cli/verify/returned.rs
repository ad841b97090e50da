//! `verify --returned`: a CSV or a workbook that came back from a spreadsheet, against the register of a verified package or the
//! worksheet of a sample that was drawn again.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::output::shown;
use crate::cli::{Failure, output};
use crate::remedy::Remedy;
use crate::report::Grouping;
use crate::run::files::read;
use crate::spreadsheet::returned::{self, Difference, Filled, Returned, ReturnedError, Worksheet};
use crate::verify::folder::Folder;
use crate::verify::register::signed_register;

/// Up to so many different texts of a column are named.
const FEW: usize = 3;

/// What became of the comparison.
pub struct Outcome {
    file: String,
    result: Result<Returned, ReturnedError>,
}

/// Compares `file` with the register of the package in `folder`, which has been verified: with the very bytes that were.
pub fn look(file: &Path, folder: &Folder) -> Result<Outcome, Failure> {
    let bytes = read(file)?;
    let signed = signed_register(folder);
    let result = signed.and_then(|signed| returned::compare(&signed, &bytes));
    Ok(Outcome { file: file.display().to_string(), result })
}

/// Compares `file` with the worksheet of a sample, which was drawn again.
pub fn look_at_worksheet(file: &Path, worksheet: &Worksheet) -> Result<Outcome, Failure> {
    let result = returned::compare_worksheet(worksheet, &read(file)?);
    Ok(Outcome { file: file.display().to_string(), result })
}

impl Outcome {
    /// Whether nothing but the writing changed.
    pub fn harmless(&self) -> bool {
        self.result.as_ref().is_ok_and(Returned::is_harmless)
    }

    /// Everything that was found, and the bottom line.
    pub fn print(&self) -> Result<(), Failure> {
        output::result(&shown(&self.file))?;
        match &self.result {
            Err(error) => {
                output::result(&format!("  {}", shown(&error.to_string())))?;
                error.remedy().map_or(Ok(()), |remedy| output::result(&format!("  hint: {remedy}")))?;
                output::result("FAILED: it cannot be compared")?;
            }
            Ok(found) => print_found(found)?,
        }
        Ok(())
    }

    /// The same for programs.
    pub fn as_json(&self) -> Value {
        match &self.result {
            Err(error) => json!({ "file": self.file, "harmless": false, "error": error.to_string() }),
            Ok(found) => {
                let mut value = json!(found);
                value["file"] = json!(self.file);
                value["harmless"] = json!(found.is_harmless());
                value
            }
        }
    }
}

fn print_found(found: &Returned) -> Result<(), Failure> {
    let grouping = Grouping::default();
    let between = match found.delimiter {
        None => "",
        Some(',') => ", commas",
        Some(';') => ", semicolons",
        Some('\t') => ", tabs",
        Some(_) => ", bars",
    };
    let moved = [(found.sorted_anew, ", rows in another order"), (found.columns_moved, ", columns in another order")];
    let moved: String = moved.into_iter().filter(|(is, _)| *is).map(|(_, words)| words).collect();
    output::result(&format!(
        "  {}{between}, {}{moved}",
        found.encoding,
        grouping.count(found.rows as u64, "row", "rows")
    ))?;
    for entry in &found.reformatted {
        let (signed, now) = (quoted(&entry.signed), quoted(&entry.found));
        let cells = if entry.cells == 1 { "cell".to_owned() } else { "cells, the first".to_owned() };
        let (column, how, count) = (&entry.column, &entry.how, grouping.grouped(entry.cells as u64));
        output::result(&format!("  harmless  {column}: {how}\n            {count} {cells} {signed} -> {now}"))?;
    }
    for (column, cells) in filled(&found.filled) {
        output::result(&format!("  filled in {}: {}", shown(column), shown(&cells)))?;
    }
    for difference in &found.differences {
        output::result(&line(difference))?;
    }
    let count = found.differences.len();
    output::result(&match count {
        0 => "UNCHANGED: every value is the signed one".to_owned(),
        count => {
            let differences = grouping.count(count as u64, "difference", "differences");
            format!("CHANGED: {differences} from the signed register")
        }
    })
}

/// Each column that was filled in, with how many cells; of a column with few different texts, how many of each.
fn filled(cells: &[Filled]) -> Vec<(&str, String)> {
    let mut by_column: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for cell in cells {
        *by_column.entry(&cell.column).or_default().entry(cell.found.trim()).or_default() += 1;
    }
    let grouping = Grouping::default();
    let words = |texts: &BTreeMap<&str, u64>| {
        let count = grouping.count(texts.values().sum(), "cell", "cells");
        let each = texts.iter().map(|(text, count)| format!("{text} {}", grouping.grouped(*count)));
        if texts.len() <= FEW { format!("{count} ({})", each.collect::<Vec<_>>().join(", ")) } else { count }
    };
    by_column.iter().map(|(column, texts)| (*column, words(texts))).collect()
}

fn line(difference: &Difference) -> String {
    match difference {
        Difference::Changed { batch_id, column, signed, found, why } => {
            let why = why.as_ref().map_or_else(String::new, |why| format!("\n            {why}"));
            format!(
                "  CHANGED   {} {column}\n            {} -> {}{why}",
                shown(batch_id),
                quoted(signed),
                quoted(found)
            )
        }
        Difference::MissingRow { batch_id } => format!("  MISSING   {}: the whole row", shown(batch_id)),
        Difference::AddedRow { row, cells } => format!("  ADDED     row {row}: {}", quoted(cells)),
        Difference::RepeatedRow { row, batch_id } => format!("  ADDED     row {row}: {} once more", shown(batch_id)),
        Difference::MissingColumn { column } => format!("  MISSING   the column {column}"),
        Difference::AddedColumn { column } => format!("  ADDED     the column {}", quoted(column)),
        Difference::Added { batch_id, column, found } => {
            format!("  ADDED     {} {}\n            {}", shown(batch_id), shown(column), quoted(found))
        }
    }
}

/// A text from outside between quotes; an empty cell in words.
fn quoted(text: &str) -> String {
    if text.is_empty() { "(empty)".to_owned() } else { format!("`{}`", shown(text)) }
}
