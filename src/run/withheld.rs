//! Evidence that a package does not carry because it holds the names that the package replaces. It is kept beside the
//! package, for its owner alone; the report states its SHA-256 all the same.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::digest::Summing;
use crate::durable::{self, Existing};
use crate::evidence::FILE_NAME;
use crate::package::{PlaceError, SIGNATURE};
use crate::period::Period;
use crate::remedy::Remedy;
use crate::sign::{SignError, Signing, cms};

/// Why the evidence could not be written beside its package.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WithheldError {
    /// Such a file is there already.
    #[error(transparent)]
    Exists(#[from] PlaceError),
    /// It could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// It could not be written.
    #[error("cannot write the evidence `{}`: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
}

impl Remedy for WithheldError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Exists(error) => error.remedy(),
            Self::Sign(error) => error.remedy(),
            Self::Io { .. } => None,
        }
    }
}

/// The file's name: `batch-audit-2024-Q1.evidence.warc.gz`.
pub fn name(period: &Period) -> String {
    format!("batch-audit-{}.{FILE_NAME}", period.slug())
}

/// Refuses to replace such a file unless `force` is set. To be called before the API is asked.
///
/// # Errors
/// Where it is there.
pub fn check(out: &Path, period: &Period, force: bool) -> Result<(), WithheldError> {
    let path = out.join(name(period));
    if !force && fs::symlink_metadata(&path).is_ok() { Err(PlaceError::Exists(path).into()) } else { Ok(()) }
}

/// Writes the evidence that is at `kept`, whole or not at all.
///
/// # Errors
/// Where it cannot be read or written.
pub fn write(out: &Path, period: &Period, kept: &Path) -> Result<PathBuf, WithheldError> {
    let path = out.join(name(period));
    let failed = |error| WithheldError::Io { path: path.clone(), error };
    let evidence = fs::File::open(kept).map_err(failed)?;
    durable::write_private(&path, evidence, Existing::Replaced).map_err(failed)?;
    Ok(path)
}

/// Signs the evidence at `path`, the signature beside it: so that a report can be made from it again without a doubt.
///
/// # Errors
/// Where it cannot be read or signed, or the signature cannot be written.
pub fn sign(path: &Path, signing: &Signing<'_>) -> Result<(), WithheldError> {
    let failed = |error| WithheldError::Io { path: path.to_owned(), error };
    let mut sum = Summing::new(io::sink());
    io::copy(&mut fs::File::open(path).map_err(failed)?, &mut sum).map_err(failed)?;
    let signature = cms::detached_of(&sum.checksum().sha256, || fs::File::open(path), signing)?;
    let mut name = path.as_os_str().to_owned();
    name.push(SIGNATURE);
    let path = PathBuf::from(name);
    let failed = |error| WithheldError::Io { path: path.clone(), error };
    durable::write_private(&path, signature.as_slice(), Existing::Replaced).map_err(failed)
}
