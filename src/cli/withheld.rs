//! Evidence that a package does not carry because it holds the names that the package replaces. It is kept beside the
//! package, for its owner alone; the report states its SHA-256 all the same.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Exit, Failure};
use crate::evidence::FILE_NAME;
use crate::package::PlaceError;
use crate::period::Period;

/// The file's name: `batch-audit-2024-Q1.evidence.warc.gz`.
pub fn name(period: &Period) -> String {
    format!("batch-audit-{}.{FILE_NAME}", period.slug())
}

/// Refuses to replace such a file unless `force` is set. To be called before the API is asked.
pub fn check(out: &Path, period: &Period, force: bool) -> Result<(), Failure> {
    let path = out.join(name(period));
    if !force && fs::symlink_metadata(&path).is_ok() { Err(PlaceError::Exists(path).into()) } else { Ok(()) }
}

/// Writes the evidence that is at `kept`, whole or not at all.
pub fn write(out: &Path, period: &Period, kept: &Path) -> Result<PathBuf, Failure> {
    let path = out.join(name(period));
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(Exit::Local, format_args!("cannot write the evidence `{}`: {error}", path.display()))
    };
    // A temporary file is made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(out).map_err(|error| failed(&error))?;
    let copied = fs::File::open(kept).and_then(|mut evidence| io::copy(&mut evidence, &mut file));
    copied.map_err(|error| failed(&error))?;
    file.as_file().sync_all().map_err(|error| failed(&error))?;
    file.persist(&path).map_err(|error| failed(&error.error))?;
    Ok(path)
}
