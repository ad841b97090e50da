//! Opening by path, where a folder has no handle that files are opened from.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::package::INPUTS;
use crate::verify::folder::Held;

/// A folder with more entries is no package.
const MOST: usize = 10_000;

/// A folder whose files are open.
pub struct Opened {
    /// Its files by name.
    pub files: BTreeMap<String, Held>,
}

impl Opened {
    /// Whether `path` still names this folder: while files in it are open, it cannot be replaced.
    pub fn is_still(&self, _: &Path) -> bool {
        true
    }
}

/// Opens the folder at `path` and the files in it.
///
/// # Errors
/// Where the folder or a file in it cannot be opened.
pub fn folder(path: &Path) -> io::Result<Opened> {
    let mut files = BTreeMap::new();
    entries(path, "", &mut files)?;
    Ok(Opened { files })
}

fn entries(folder: &Path, before: &str, files: &mut BTreeMap<String, Held>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if files.len() >= MOST {
            return Err(io::Error::other("it holds more files than any package does"));
        }
        let text = format!("{before}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        let held = if kind.is_symlink() {
            Held::Refused("it is a link, which is not followed")
        } else if kind.is_dir() && before.is_empty() && text == INPUTS {
            entries(&entry.path(), &format!("{INPUTS}/"), files)?;
            continue;
        } else if kind.is_file() {
            Held::File(Arc::new(File::open(entry.path())?))
        } else {
            Held::Refused("it is not a file")
        };
        files.insert(text, held);
    }
    Ok(())
}

/// Opens the file at `path`; what is no file is refused.
///
/// # Errors
/// Where it cannot be opened, or is no file.
pub fn file(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() {
        File::open(path)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"))
    }
}
