//! The signed register of a package, which a file that came back from a spreadsheet is compared with.

use std::collections::BTreeMap;

use crate::package::{MANIFEST, Manifest};
use crate::render::bytes;
use crate::render::csv::{self, Options, Table};
use crate::report::AuditReport;
use crate::spreadsheet::returned::ReturnedError;

/// The signed register among the files of a package: its CSV, else the one that its data gives. The package must have been
/// verified.
///
/// # Errors
/// When the package holds neither.
pub fn signed_register(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, ReturnedError> {
    let none = |why: &dyn std::fmt::Display| ReturnedError::NoRegister(why.to_string());
    let manifest = files.get(MANIFEST).ok_or_else(|| none(&"there is no manifest"))?;
    let manifest: Manifest = serde_json::from_slice(manifest).map_err(|error| none(&error))?;
    if let Some(register) = files.get(&format!("{}.csv", manifest.package)) {
        return Ok(register.clone());
    }
    let data = files.get(&format!("{}.json", manifest.package)).ok_or_else(|| none(&"there is no data"))?;
    let report: AuditReport = serde_json::from_slice(data).map_err(|error| none(&error))?;
    bytes(|out| csv::write(&report, &Options::of(Table::Register), out)).map_err(|error| none(&error))
}

#[cfg(test)]
mod tests;
