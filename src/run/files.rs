//! Files of a package that is there already: opened once, read with a limit.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::package::{MANIFEST, SIGNATURE, SIGNER};
use crate::remedy::Remedy;
use crate::verify::folder::{Folder, Held, LARGEST};

#[cfg(unix)]
mod open;
#[cfg(not(unix))]
#[path = "files/open_by_path.rs"]
mod open;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The system refuses.
    #[error("cannot read `{}`: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
    /// It is larger than any file of a package.
    #[error("cannot read `{}`: it is larger than 2 GiB, no file of a report is", .0.display())]
    TooLarge(PathBuf),
    /// The folder cannot be listed.
    #[error("cannot read the package `{}`: {error}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
}

impl Remedy for ReadError {}

/// The bytes of a file: a pipe or a device is refused, and never waited for.
///
/// # Errors
/// Where it cannot be read, is no file, or is larger than any file of a package.
pub fn read(path: &Path) -> Result<Vec<u8>, ReadError> {
    let failed = |error| ReadError::Io { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    let file = open::file(path).map_err(failed)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(ReadError::TooLarge(path.to_owned()));
    }
    Ok(bytes)
}

/// A file of its own, opened.
///
/// # Errors
/// Where it cannot be opened, or is no file.
pub fn held(path: &Path) -> Result<Held, ReadError> {
    let file = open::file(path).map_err(|error| ReadError::Io { path: path.to_owned(), error })?;
    Ok(Held::File(Arc::new(file)))
}

/// The files of a package's folder, each opened once, and small ones read. Where the folder is replaced by another while they are
/// opened, that other one is opened instead.
///
/// # Errors
/// Where the folder or a file in it cannot be read.
pub fn read_folder(folder: &Path) -> Result<Folder, ReadError> {
    let failed = |error| ReadError::Folder { path: folder.to_owned(), error };
    let mut opened = open::folder(folder);
    for _ in 0..REPLACED {
        match &opened {
            Ok(opened) if opened.is_still(folder) => break,
            Err(error) if error.kind() != io::ErrorKind::NotFound => break,
            _ => opened = open::folder(folder),
        }
    }
    let files = opened.map_err(failed)?.files;
    // `.` is a folder with a name as well.
    let name = folder.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    let small = |name: &str| name == MANIFEST || name == SIGNER || name.ends_with(SIGNATURE);
    let files = files.into_iter().map(|(name, held)| {
        let held = match held {
            Held::File(_) if small(&name) => {
                let bytes = held.bytes().map_err(|error| ReadError::Io { path: folder.join(&name), error })?;
                Held::Bytes(Arc::new(bytes))
            }
            held => held,
        };
        Ok((name, held))
    });
    Ok(Folder { name, files: files.collect::<Result<_, ReadError>>()? })
}

/// How many times a folder may be replaced while it is opened.
const REPLACED: usize = 20;
