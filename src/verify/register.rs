//! The signed register of a package, which a file that came back from a spreadsheet is compared with.

use super::folder::Folder;
use crate::package::{Entry, MANIFEST, Manifest};
use crate::render::bytes;
use crate::render::csv::{self, Options, Table};
use crate::report::AuditReport;
use crate::spreadsheet::returned::ReturnedError;

/// The signed register among the files of a package: its CSV, else the one that its data gives. The package must have been
/// verified.
///
/// # Errors
/// When the package holds neither.
pub fn signed_register(folder: &Folder) -> Result<Vec<u8>, ReturnedError> {
    let none = |why: &dyn std::fmt::Display| ReturnedError::NoRegister(why.to_string());
    let manifest = listed(folder, MANIFEST, None).map_err(|why| none(&why))?;
    let manifest: Manifest = serde_json::from_slice(&manifest).map_err(|error| none(&error))?;
    let file = |name: String| {
        let entry = manifest.files.iter().find(|entry| entry.name == name)?;
        Some(listed(folder, &name, Some(entry)).map_err(|why| none(&why)))
    };
    if let Some(register) = file(format!("{}.csv", manifest.package)) {
        return register;
    }
    let data = file(format!("{}.json", manifest.package)).ok_or_else(|| none(&"there is no data"))??;
    let report: AuditReport = serde_json::from_slice(&data).map_err(|error| none(&error))?;
    bytes(|out| csv::write(&report, &Options::of(Table::Register), out)).map_err(|error| none(&error))
}

/// A file as it was opened, which must be the one that the manifest lists.
fn listed(folder: &Folder, name: &str, entry: Option<&Entry>) -> Result<Vec<u8>, String> {
    let bytes = folder.bytes(name).ok_or_else(|| format!("there is no {name}"))?.map_err(|error| error.to_string())?;
    match entry.is_none_or(|entry| *entry == Entry::of(name, &bytes)) {
        true => Ok(bytes),
        false => Err(format!("{name} is not the file that {MANIFEST} lists")),
    }
}

#[cfg(test)]
mod tests;
