//! A report that was written earlier: a package's folder, or the JSON of one. Its signature is not checked here.

use std::path::Path;

use super::verify::read;
use super::{Exit, Failure};
use crate::digest::sha256;
use crate::package::{Entry, MANIFEST, Manifest};
use crate::report::AuditReport;
use crate::verify::figures;

/// The report, and which file it is.
pub struct Earlier {
    /// The path as it was given.
    pub path: String,
    /// The report, which does not contradict itself.
    pub report: AuditReport,
    /// SHA-256 of its JSON, in hex.
    pub sha256: String,
    /// SHA-256 of the manifest that lists it, in hex, where it was read from a package.
    pub manifest_sha256: Option<String>,
}

impl Earlier {
    /// Reads the report at `path`.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        if path.is_dir() { Self::of_package(path) } else { Self::of_json(path, None) }
    }

    fn of_package(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(MANIFEST);
        let bytes = read(&path)?;
        let unusable = |why: &dyn std::fmt::Display| {
            Failure::new(Exit::Local, format_args!("cannot use the package `{}`: {why}", folder.display()))
        };
        let manifest: Manifest = serde_json::from_slice(&bytes)
            .map_err(|error| unusable(&format_args!("its {MANIFEST} cannot be read: {error}")))?;
        let name = format!("{}.json", manifest.package);
        let entry = manifest.files.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(|| unusable(&format_args!("its {MANIFEST} does not list {name}")))?;
        // A name that leads out of the folder is none of a package's.
        if Path::new(&name).file_name().is_none_or(|file| *file != *name) {
            return Err(unusable(&format_args!(
                "its {MANIFEST} names `{name}`, which is not the name of a file in it"
            )));
        }
        let earlier = Self::of_json(&folder.join(&name), Some(entry))?;
        Ok(Self { path: folder.display().to_string(), manifest_sha256: Some(sha256(&bytes)), ..earlier })
    }

    /// The report of a JSON file, which must be the one that its package lists, where it is of one.
    fn of_json(path: &Path, listed: Option<&Entry>) -> Result<Self, Failure> {
        let unusable = |why: &dyn std::fmt::Display| {
            Failure::new(Exit::Local, format_args!("cannot use the report `{}`: {why}", path.display()))
        };
        let bytes = read(path)?;
        if listed.is_some_and(|entry| *entry != Entry::of(&entry.name, &bytes)) {
            return Err(unusable(&format_args!(
                "it is not the file that {MANIFEST} lists; `dialnexa-audit verify` tells more"
            )));
        }
        let report = figures::consistent(&bytes).map_err(|why| {
            unusable(&format_args!("{why}; name the folder of a package, or the batch-audit-....json of one"))
        })?;
        Ok(Self { path: path.display().to_string(), report, sha256: sha256(&bytes), manifest_sha256: None })
    }
}
