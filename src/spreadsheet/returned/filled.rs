//! The worksheet of an audit sample that came back filled in: what was signed is compared, what was blank is what was filled in.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Difference, Returned, ReturnedError};
use crate::spreadsheet::cell::unescaped;

/// A worksheet as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Worksheet {
    /// The register of its batches, as CSV.
    pub register: Vec<u8>,
    /// The columns that the worksheet has, and a register may have.
    pub columns: Vec<String>,
    /// The columns to be filled in.
    pub blank: Vec<String>,
    /// What its further columns hold, by batch and column, not escaped.
    pub cells: BTreeMap<(String, String), String>,
}

/// A cell that was filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filled {
    /// The batch.
    pub batch_id: String,
    /// The column.
    pub column: String,
    /// What it holds.
    pub found: String,
}

/// Compares a worksheet that came back with the one that was signed.
///
/// # Errors
/// When the file is no table of batches at all.
pub fn compare(signed: &Worksheet, returned: &[u8]) -> Result<Returned, ReturnedError> {
    let mut found = super::compare(&signed.register, returned)?;
    let has = |columns: &[String], column: &str| columns.iter().any(|known| known == column);
    let own = |column: &str| has(&signed.columns, column) || signed.cells.keys().any(|(_, known)| known == column);
    let (mut titles, mut rows, mut seen) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    rows.extend(signed.cells.keys().map(|(batch, _)| batch.clone()));
    let mut differences = Vec::new();
    for difference in std::mem::take(&mut found.differences) {
        match difference {
            Difference::MissingColumn { column } if !own(&column) => {}
            Difference::AddedColumn { column } if own(&column) || has(&signed.blank, &column) => {
                titles.insert(column);
            }
            Difference::Added { batch_id, column, found: cell } if has(&signed.blank, &column) => {
                found.filled.push(Filled { batch_id, column, found: cell });
            }
            Difference::Added { batch_id, column, found: cell } if own(&column) => {
                let place = (batch_id, column);
                let expected = signed.cells.get(&place).cloned().unwrap_or_default();
                if unescaped(&cell) != expected && cell != expected {
                    differences.push(changed(&place, expected, cell));
                }
                seen.insert(place);
            }
            Difference::MissingRow { batch_id } => {
                rows.remove(&batch_id);
                differences.push(Difference::MissingRow { batch_id });
            }
            other => differences.push(other),
        }
    }
    for (place, expected) in signed.cells.iter().filter(|(_, expected)| !expected.is_empty()) {
        if titles.contains(&place.1) && rows.contains(&place.0) && !seen.contains(place) {
            differences.push(changed(place, expected.clone(), String::new()));
        }
    }
    // The CSV has columns that the workbook states on a sheet of its own.
    found.differences = differences;
    Ok(found)
}

fn changed((batch_id, column): &(String, String), signed: String, found: String) -> Difference {
    Difference::Changed { batch_id: batch_id.clone(), column: column.clone(), signed, found, why: None }
}
