//! The package: names, manifest, and writing that happens wholly or not at all.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::digest::{hex, sha256};

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
    /// What it holds; the PDF carries some of the files too.
    pub bytes: Arc<Vec<u8>>,
}

impl File {
    /// A file that holds `bytes`.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), bytes: Arc::new(bytes) }
    }
}

/// A file of a package that is on disk already and may be large: it is read where it lies, as often as needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name in the package.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// All files of a package, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// Those that were made, the manifest and its signature last.
    pub made: Vec<File>,
    /// Those that were there.
    pub kept: Vec<Kept>,
    /// What all of them hold: by name, the manifest and its signature last.
    pub entries: Vec<Entry>,
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

/// Takes bytes for their hash alone.
struct Hashing {
    hash: Sha256,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.hash.update(part);
        self.bytes += part.len() as u64;
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Entry {
    /// The entry of a file that is not held in memory.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn of_reader(name: &str, mut content: impl Read) -> io::Result<Self> {
        let mut hash = Hashing { hash: Sha256::new(), bytes: 0 };
        io::copy(&mut content, &mut hash)?;
        Ok(Self { name: name.to_owned(), bytes: hash.bytes, sha256: hex(&hash.hash.finalize()) })
    }

    /// The entry of a file.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), bytes: bytes.len() as u64, sha256: sha256(bytes) }
    }
}

impl Manifest {
    /// The manifest over `files`.
    pub fn over(package: &str, mut files: Vec<Entry>) -> Self {
        files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Self { format: FORMAT.to_owned(), package: package.to_owned(), files }
    }

    /// The manifest's own bytes.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }
}
