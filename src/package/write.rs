//! Writing a folder of files that appears whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::File;

/// Where a package is going to be: checked, and reserved beside its final name.
///
/// Dropped before [`Place::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Place {
    target: PathBuf,
    staging: TempDir,
    force: bool,
}

/// Why a package cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// There is no such folder.
    #[error("the output folder `{}` does not exist; create it, or name another with --out", .0.display())]
    Missing(PathBuf),
    /// It is something else.
    #[error("the output folder `{}` is not a folder; name another with --out", .0.display())]
    NotAFolder(PathBuf),
    /// The package is there already.
    #[error("`{}` exists already; a package is never overwritten unless --force says so", .0.display())]
    Exists(PathBuf),
    /// Writing failed.
    #[error("cannot {doing} `{}`: {error}; nothing was left half written", .path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PlaceError {
    move |error| PlaceError::Io { doing, path: path.to_owned(), error }
}

impl Place {
    /// Reserves a place for the package `name` in `out`: the folder must exist and be writable, and the package must not be
    /// there unless `force` is set.
    pub fn reserve(out: &Path, name: &str, force: bool) -> Result<Self, PlaceError> {
        match fs::metadata(out) {
            Ok(folder) if folder.is_dir() => {}
            Ok(_) => return Err(PlaceError::NotAFolder(out.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(PlaceError::Missing(out.to_owned())),
            Err(error) => return Err(failed("look into", out)(error)),
        }
        let target = out.join(name);
        if !force && fs::symlink_metadata(&target).is_ok() {
            return Err(PlaceError::Exists(target));
        }
        let staging = tempfile::Builder::new().prefix(&format!(".{name}.")).suffix(".unfinished").tempdir_in(out);
        let staging = staging.map_err(failed("write into", out))?;
        Ok(Self { target, staging, force })
    }

    /// The folder that the package will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Writes `files`, makes them durable and gives the folder its name. Returns the paths in the order of `files`.
    pub fn commit(self, files: &[File]) -> Result<Vec<PathBuf>, PlaceError> {
        for file in files {
            let path = self.staging.path().join(&file.name);
            write_durably(&path, &file.bytes).map_err(failed("write", &path))?;
        }
        open_to_readers(self.staging.path()).map_err(failed("set the permissions of", self.staging.path()))?;
        sync_folder(self.staging.path()).map_err(failed("write", self.staging.path()))?;
        self.rename()?;
        Ok(files.iter().map(|file| self.target.join(&file.name)).collect())
    }

    /// Moves the new folder to its name, and an old one out of its way first.
    fn rename(&self) -> Result<(), PlaceError> {
        let out = self.target.parent().unwrap_or(Path::new("."));
        let old = if self.force && fs::symlink_metadata(&self.target).is_ok() {
            let aside =
                tempfile::Builder::new().prefix(".replaced.").tempdir_in(out).map_err(failed("write into", out))?;
            fs::rename(&self.target, aside.path().join("old")).map_err(failed("replace", &self.target))?;
            Some(aside)
        } else if fs::symlink_metadata(&self.target).is_ok() {
            return Err(PlaceError::Exists(self.target.clone()));
        } else {
            None
        };
        if let Err(error) = fs::rename(self.staging.path(), &self.target) {
            if let Some(aside) = &old {
                // The old package goes back to where it was.
                let _ = fs::rename(aside.path().join("old"), &self.target);
            }
            return Err(failed("write", &self.target)(error));
        }
        sync_folder(out).map_err(failed("write into", out))
    }
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A temporary folder is its owner's alone; a package is as open as the files in it.
#[cfg(unix)]
fn open_to_readers(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let file = fs::read_dir(folder)?.next().transpose()?.map(|file| file.metadata()).transpose()?;
    let readers = file.map_or(0, |file| file.permissions().mode() & 0o444);
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700 | readers | (readers >> 2)))
}

#[cfg(not(unix))]
fn open_to_readers(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The names of a folder's files are durable only when the folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> File {
        File { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_package_appears_whole_and_is_not_overwritten_unasked() {
        let out = tempfile::tempdir().unwrap();
        let place = Place::reserve(out.path(), "p", false).unwrap();
        place.commit(&[file("a", "1"), file("b", "2")]).unwrap();
        assert_eq!(names(&out.path().join("p")), ["a", "b"]);
        assert!(matches!(Place::reserve(out.path(), "p", false), Err(PlaceError::Exists(_))));
        Place::reserve(out.path(), "p", true).unwrap().commit(&[file("c", "3")]).unwrap();
        assert_eq!((names(out.path()), names(&out.path().join("p"))), (vec!["p".to_owned()], vec!["c".to_owned()]));
    }

    #[test]
    fn a_package_that_fails_leaves_nothing_and_keeps_the_old_one() {
        let out = tempfile::tempdir().unwrap();
        Place::reserve(out.path(), "p", false).unwrap().commit(&[file("a", "1")]).unwrap();
        let place = Place::reserve(out.path(), "p", true).unwrap();
        // A name twice cannot be written.
        assert!(matches!(place.commit(&[file("x", ""), file("x", "")]), Err(PlaceError::Io { .. })));
        assert_eq!((names(out.path()), names(&out.path().join("p"))), (vec!["p".to_owned()], vec!["a".to_owned()]));
    }

    #[test]
    fn a_folder_that_is_none_is_refused() {
        let out = tempfile::tempdir().unwrap();
        let missing = Place::reserve(&out.path().join("none"), "p", false);
        assert!(matches!(missing, Err(PlaceError::Missing(_))));
        fs::write(out.path().join("file"), "").unwrap();
        assert!(matches!(Place::reserve(&out.path().join("file"), "p", false), Err(PlaceError::NotAFolder(_))));
    }
}
