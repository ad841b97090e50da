//! A report that was written earlier: a package's folder, or the JSON of one. Its signature is not checked here.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use super::files::{ReadError, read, read_folder};
use crate::digest::sha256;
use crate::package::{Entry, MANIFEST, Manifest, Role, SignOff};
use crate::remedy::Remedy;
use crate::report::AuditReport;
use crate::spreadsheet::BOM;
use crate::verify::consistent::consistent;
use crate::verify::folder::{Folder, Held};

/// Why an earlier report cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EarlierError {
    /// A file of it cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The package is none.
    #[error("cannot use the package `{}`: {why}", .path.display())]
    Package {
        /// Its folder.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The file is no report, or one that contradicts itself.
    #[error("cannot use the report `{}`: {why}", .path.display())]
    Report {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The report is not the one that its package lists.
    #[error("cannot use the report `{}`: it is not the file that {MANIFEST} lists", .0.display())]
    NotListed(PathBuf),
}

impl Remedy for EarlierError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Read(error) => error.remedy(),
            Self::Package { .. } => None,
            Self::Report { .. } => Some("name the folder of a package, or the batch-audit-....json of one".into()),
            Self::NotListed(_) => Some("run `dialnexa-audit verify` on the package; it says what was changed".into()),
        }
    }
}

/// The report, and which file it is.
#[derive(Debug)]
pub struct Earlier {
    /// The path as it was given.
    pub path: String,
    /// The report, which does not contradict itself.
    pub report: AuditReport,
    /// SHA-256 of its JSON, in hex.
    pub sha256: String,
    /// SHA-256 of the manifest that lists it, in hex, where it was read from a package.
    pub manifest_sha256: Option<String>,
    /// The sign-offs of this manifest that its package holds, the reviewer's first.
    pub sign_offs: Vec<SignOff>,
}

impl Earlier {
    /// Reads the report at `path`.
    ///
    /// # Errors
    /// Where it cannot be read, is none, or is not the one that its package lists.
    pub fn read(path: &Path) -> Result<Self, EarlierError> {
        if path.is_dir() { Self::of_folder(path, &read_folder(path)?) } else { Self::of_json(path, &read(path)?) }
    }

    /// The report of the package at `path`, whose files are open in `folder`.
    ///
    /// # Errors
    /// Where it cannot be read, is none, or is not the one that the package lists.
    pub fn of_folder(path: &Path, folder: &Folder) -> Result<Self, EarlierError> {
        let file = |name: &str| {
            let missing = || Err(io::Error::new(io::ErrorKind::NotFound, "there is no such file"));
            let bytes = folder.files.get(name).map_or_else(missing, Held::bytes);
            bytes.map_err(|error| ReadError::Io { path: path.join(name), error })
        };
        let bytes = file(MANIFEST)?;
        let unusable = |why: String| EarlierError::Package { path: path.to_owned(), why };
        let manifest: Manifest = serde_json::from_slice(&bytes)
            .map_err(|error| unusable(format!("its {MANIFEST} cannot be read: {error}")))?;
        let name = format!("{}.json", manifest.package);
        let entry = manifest.files.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(|| unusable(format!("its {MANIFEST} does not list {name}")))?;
        let json = file(&name)?;
        if *entry != Entry::of(&name, &json) {
            return Err(EarlierError::NotListed(path.join(&name)));
        }
        let earlier = Self::of_json(&path.join(&name), &json)?;
        let manifest_sha256 = sha256(&bytes);
        let statement = |role: Role| serde_json::from_slice::<SignOff>(&file(&role.file()).ok()?).ok();
        let sign_offs = Role::ALL.into_iter().filter_map(statement);
        let sign_offs = sign_offs.filter(|sign_off| sign_off.manifest_sha256 == manifest_sha256).collect();
        let path = path.display().to_string();
        Ok(Self { path, manifest_sha256: Some(manifest_sha256), sign_offs, ..earlier })
    }

    /// The report in the bytes of the JSON file at `path`.
    fn of_json(path: &Path, bytes: &[u8]) -> Result<Self, EarlierError> {
        // An editor may have saved it with a mark.
        let report = consistent(bytes.strip_prefix(BOM).unwrap_or(bytes));
        let report = report.map_err(|why| EarlierError::Report { path: path.to_owned(), why })?;
        let (sha256, sign_offs) = (sha256(bytes), Vec::new());
        Ok(Self { path: path.display().to_string(), report, sha256, manifest_sha256: None, sign_offs })
    }
}
