//! What a new report rests on must be as it was signed, before anything is signed over it: an older package that it
//! supersedes, and kept evidence. Who signed them is not asked here: `verify` with `--trust` says so.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use chrono::Utc;

use super::files::read;
use crate::digest::{SummingReader, sha256};
use crate::package::{Entry, MANIFEST, Manifest, SIGNATURE};
use crate::remedy::Remedy;
use crate::verify::folder::Folder;
use crate::verify::signature::{SignatureVerdict, Trust, verify_detached, verify_detached_from};

/// Why an input is not what was signed.
#[derive(Debug, thiserror::Error)]
#[error("`{}` is not as it was signed: {why}", .path.display())]
pub struct NotHeld {
    /// The package, or the evidence.
    pub path: PathBuf,
    /// What does not hold.
    pub why: String,
}

impl Remedy for NotHeld {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        Some("run `dialnexa-audit verify` on it, and obtain it again from whoever signed it".into())
    }
}

/// Whether evidence has a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// It has, and this is the SHA-256, in hex, of what was found to be signed.
    Of(String),
    /// It never had one, as that of an interrupted run or of a trial.
    Never,
}

/// Checks the package at `path`, whose files are open in `folder`: the manifest's signature, and that every file which it lists is
/// there as it was. The manifest, and its SHA-256 in hex.
///
/// # Errors
/// What is not as it was signed.
pub fn package(path: &Path, folder: &Folder) -> Result<(Manifest, String), NotHeld> {
    let failed = |why: String| NotHeld { path: path.to_owned(), why };
    let bytes = file(path, folder, MANIFEST)?;
    let signature = format!("{MANIFEST}{SIGNATURE}");
    if !folder.files.contains_key(&signature) {
        return Err(failed(format!("it is not signed: {signature} is missing")));
    }
    holds(&verify_detached(&bytes, &file(path, folder, &signature)?, &Trust::at(Utc::now())))
        .map_err(|why| failed(format!("{MANIFEST}: {why}")))?;
    let manifest: Manifest =
        serde_json::from_slice(&bytes).map_err(|error| failed(format!("{MANIFEST} cannot be read: {error}")))?;
    manifest.files.iter().try_for_each(|entry| listed(folder, entry).map_err(failed))?;
    Ok((manifest, sha256(&bytes)))
}

/// The bytes of a file of the package at `path`.
///
/// # Errors
/// Where it is missing, or cannot be read.
pub(super) fn file(path: &Path, folder: &Folder, name: &str) -> Result<Vec<u8>, NotHeld> {
    let failed = |why: String| NotHeld { path: path.to_owned(), why };
    let held = folder.files.get(name).ok_or_else(|| failed(format!("{name} is missing")))?;
    held.bytes().map_err(|error| failed(format!("{name} cannot be read: {error}")))
}

fn listed(folder: &Folder, entry: &Entry) -> Result<(), String> {
    let name = &entry.name;
    let held = folder.files.get(name).ok_or_else(|| format!("{name} is missing"))?;
    // Sign-offs are appended to a PDF after it was listed.
    let longest = if entry.may_grow() { entry.bytes } else { u64::MAX };
    match held.open().and_then(|file| Entry::of_reader(name, BufReader::new(file).take(longest))) {
        Ok(found) if found == *entry => Ok(()),
        Ok(_) => Err(format!("{name} was changed after it was signed")),
        Err(error) => Err(format!("{name} cannot be read: {error}")),
    }
}

/// Checks the signature beside the evidence at `path`.
///
/// # Errors
/// When there is one that does not hold, or when there should be one and is not.
pub fn evidence(path: &Path) -> Result<Signature, NotHeld> {
    let failed = |why: String| NotHeld { path: path.to_owned(), why };
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let signature = format!("{name}{SIGNATURE}");
    let beside = path.with_file_name(&signature);
    if !beside.is_file() {
        return match is_listed(&path.with_file_name(MANIFEST), &signature) {
            true => Err(failed(format!("its signature was removed: {MANIFEST} lists {signature}, which is missing"))),
            false => Ok(Signature::Never),
        };
    }
    let p7s = read(&beside).map_err(|error| failed(error.to_string()))?;
    let file = File::open(path).map_err(|error| failed(format!("it cannot be read: {error}")))?;
    let mut content = SummingReader::new(BufReader::new(file));
    holds(&verify_detached_from(&mut content, &p7s, &Trust::at(Utc::now()))).map_err(failed)?;
    Ok(Signature::Of(content.checksum().hex()))
}

fn is_listed(manifest: &Path, name: &str) -> bool {
    let manifest = read(manifest).ok().and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok());
    manifest.is_some_and(|manifest| manifest.files.iter().any(|entry| entry.name == name))
}

fn holds(verdict: &SignatureVerdict) -> Result<(), String> {
    if verdict.accepted() { Ok(()) } else { Err(verdict.bottom_line()) }
}
