//! The package: names, manifest, and writing that happens wholly or not at all.

use serde::{Deserialize, Serialize};

use crate::digest::sha256;

mod build;
mod write;

pub use build::{BuildError, Contents, Format, build};
pub use write::{Place, PlaceError};

/// The value of [`Manifest::format`] that this version writes and reads.
pub const FORMAT: &str = "dialnexa-audit-package/1";
/// The manifest's name.
pub const MANIFEST: &str = "manifest.json";
/// The name of the file that holds the signer's certificate chain.
pub const SIGNER: &str = "signer.pem";
/// What follows the name of a file in the name of its detached signature.
pub const SIGNATURE: &str = ".p7s";

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, without a folder.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// The list of a package's files; itself and its signature are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// The package's name: `batch-audit-2024-Q1`.
    pub package: String,
    /// Its files, by name.
    pub files: Vec<Entry>,
}

/// A file as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The file's name.
    pub name: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

impl Entry {
    /// The entry of a file.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), bytes: bytes.len() as u64, sha256: sha256(bytes) }
    }
}

impl Manifest {
    /// The manifest over `files`.
    pub fn over(package: &str, files: &[File]) -> Self {
        let mut entries: Vec<_> = files.iter().map(|file| Entry::of(&file.name, &file.bytes)).collect();
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Self { format: FORMAT.to_owned(), package: package.to_owned(), files: entries }
    }

    /// The manifest's own bytes.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }
}
