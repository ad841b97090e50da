//! The package: names, manifest, and writing that happens wholly or not at all.

use std::io::{self, Read};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::digest::{Checksum, Summing};
use crate::report::{AuditReport, PeriodStatement, Scope, Standing};

mod build;
mod error;
mod files;
mod layout;
mod signoff;
mod taken;
mod write;

pub use build::{Rendered, letter_document, letter_reason, render, sign};
pub use error::BuildError;
pub use files::{Contents, Piece};
pub use layout::{Format, FoundInputs, HANDOUT, INPUTS, Layout, Look, Materials};
/// The name in the package of the company's answers to findings.
pub const DISPOSITIONS: &str = "inputs/dispositions.csv";

pub use signoff::{Role, SIGN_OFF_FORMAT, SignOff};
pub use taken::{taken, taken_files};
pub use write::{Place, PlaceError, Staged};

/// The value of [`Manifest::format`] that this version writes and reads.
pub const FORMAT: &str = "dialnexa-audit-package/1";
/// The manifest's name.
pub const MANIFEST: &str = "manifest.json";
/// The name of the file that holds the signer's certificate chain.
pub const SIGNER: &str = "signer.pem";
/// What follows the name of a file in the name of its detached signature.
pub const SIGNATURE: &str = ".p7s";

/// A file of a package that is on disk already and may be large: it is read where it lies, as often as needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// Its name in the package.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// The list of a package's files; itself and its signature are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// The package's name: `batch-audit-2024-Q1`.
    pub package: String,
    /// What it is of; packages of a version before this statement do not have it.
    #[serde(default)]
    pub subject: Option<Subject>,
    /// Whether every signature of the package was given a timestamp: one that is missing later was removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub timestamps: bool,
    /// Its files, by name.
    pub files: Vec<Entry>,
}

/// What a package is of: its signature covers that, so that no other period, standing or source can be read into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The period, with its zone.
    pub period: PeriodStatement,
    /// What the report may be taken for.
    pub standing: Standing,
    /// Whose batches, from where.
    pub source: Scope,
}

impl Subject {
    /// What `report` is of.
    pub fn of(report: &AuditReport) -> Self {
        Self { period: report.period.clone(), standing: report.standing, source: report.scope.clone() }
    }
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
    /// The entry of a file that is not held in memory.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn of_reader(name: &str, mut content: impl Read) -> io::Result<Self> {
        let mut sum = Summing::new(io::sink());
        io::copy(&mut content, &mut sum)?;
        Ok(Self::new(name, &sum.checksum()))
    }

    /// The entry of a file with this checksum.
    pub fn new(name: &str, checksum: &Checksum) -> Self {
        Self { name: name.to_owned(), bytes: checksum.bytes, sha256: checksum.hex() }
    }

    /// Whether `bytes` are the file that is listed. A PDF may have grown by signatures since: its first bytes are what is listed.
    pub fn covers(&self, bytes: &[u8]) -> bool {
        let length = usize::try_from(self.bytes).unwrap_or(usize::MAX);
        let listed = if self.may_grow() { bytes.get(..length).unwrap_or(bytes) } else { bytes };
        Self::of(&self.name, listed) == *self
    }

    /// Whether further signatures may be appended to the file after it was listed.
    pub fn may_grow(&self) -> bool {
        self.name.ends_with(".pdf")
    }

    /// The entry of a file.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        Self::new(name, &Checksum::of(bytes))
    }
}

impl Manifest {
    /// The manifest over `files`.
    pub fn over(package: &str, subject: Subject, mut files: Vec<Entry>) -> Self {
        files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let subject = Some(subject);
        Self { format: FORMAT.to_owned(), package: package.to_owned(), subject, timestamps: false, files }
    }

    /// The same, stating whether every signature of the package has a timestamp.
    #[must_use]
    pub fn with_timestamps(self, timestamps: bool) -> Self {
        Self { timestamps, ..self }
    }

    /// The manifest's own bytes.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }
}

#[cfg(test)]
mod forms;
