//! Files of a package that is there already, read whole and with a limit.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::evidence::FILE_NAME;
use crate::remedy::Remedy;
use crate::verify::folder::Folder;

/// No file of a package is larger, in bytes.
const LARGEST: u64 = 2 << 30;

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

/// The bytes of a file.
///
/// # Errors
/// Where it cannot be read, or is larger than any file of a package.
pub fn read(path: &Path) -> Result<Vec<u8>, ReadError> {
    let failed = |error| ReadError::Io { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(ReadError::TooLarge(path.to_owned()));
    }
    Ok(bytes)
}

/// The files of a package's folder; the evidence is not read.
///
/// # Errors
/// Where the folder or a file in it cannot be read.
pub fn read_folder(folder: &Path) -> Result<Folder, ReadError> {
    let failed = |error| ReadError::Folder { path: folder.to_owned(), error };
    let mut files = Folder::default();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        if name == FILE_NAME && path.is_file() {
            files.evidence = Some(path);
            continue;
        }
        // A folder, a pipe or a device is no file of a package, and is not read: it shows as one too many, or as changed.
        let bytes = if path.is_file() { read(&path)? } else { Vec::new() };
        files.held.insert(name, bytes);
    }
    Ok(files)
}
