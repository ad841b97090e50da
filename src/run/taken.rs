//! Another package that a report is made with: found to be as it was signed, and what of it goes into the new one.

use std::path::{Path, PathBuf};

use super::earlier::{Earlier, EarlierError};
use super::files::read_folder;
use super::held::{self, NotHeld};
use crate::digest::sha256;
use crate::package::{Entry, KeptFile, Manifest, taken, taken_files};
use crate::report::MadePackage;
use crate::verify::folder::Folder;

/// Why a package cannot be taken from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TakenError {
    /// It cannot be read.
    #[error(transparent)]
    Earlier(#[from] EarlierError),
    /// It is not as it was signed.
    #[error(transparent)]
    NotHeld(#[from] NotHeld),
}

/// A package as it was signed.
#[derive(Debug)]
pub struct Taken {
    /// Its report.
    pub earlier: Earlier,
    /// SHA-256 of its manifest, in hex.
    pub manifest_sha256: String,
    /// What the new report states of what was taken.
    pub made: MadePackage,
    /// The files that the new package takes.
    pub kept: Vec<KeptFile>,
}

impl Taken {
    /// Reads the package in the folder at `path`, of which `word` says what it is to the new report: `superseded`. All of it is read
    /// from what was opened first; a file that is another one when it is copied is not taken.
    ///
    /// # Errors
    /// Where it cannot be read, or is not as it was signed.
    pub fn read(path: &Path, word: &str) -> Result<Self, TakenError> {
        let folder = read_folder(path).map_err(EarlierError::from)?;
        let (manifest, manifest_sha256) = held::package(path, &folder)?;
        let names = taken_files(&manifest);
        let made = taken(word, sums(path, &manifest, &manifest_sha256, &folder)?);
        let kept = made.files().into_iter().zip(&names);
        let kept = kept.map(|(file, name)| KeptFile { name: file.file.clone(), path: path.join(name) }).collect();
        let earlier = Earlier::of_folder(path, &folder)?;
        Ok(Self { earlier, manifest_sha256, made, kept })
    }
}

/// The SHA-256 of each file that is taken. The manifest, which was found to hold, lists the others but for its own signature.
fn sums(path: &Path, manifest: &Manifest, manifest_sha256: &str, folder: &Folder) -> Result<[String; 4], NotHeld> {
    let [_, manifest_signature, report, report_signature] = taken_files(manifest);
    let listed = |name: &str| {
        let entry = manifest.files.iter().find(|entry| entry.name == name).map(|entry: &Entry| entry.sha256.clone());
        entry.ok_or_else(|| NotHeld { path: PathBuf::from(path), why: format!("its manifest does not list {name}") })
    };
    let signature = held::file(path, folder, &manifest_signature)?;
    Ok([manifest_sha256.to_owned(), sha256(&signature), listed(&report)?, listed(&report_signature)?])
}
