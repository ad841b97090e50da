//! Writing a folder of files that appears whole or not at all.

use std::borrow::Cow;
use std::fs;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::digest::{Checksum, Summing};
use crate::durable;
use crate::remedy::Remedy;

/// Where a package is going to be: checked, and reserved beside its final name.
///
/// Dropped before [`Place::commit`], it leaves nothing behind; what a killed process left is taken away by the next one.
#[derive(Debug)]
pub struct Place {
    target: PathBuf,
    staging: TempDir,
    force: bool,
    /// Held as long as the staging folder is in use.
    _lock: Option<fs::File>,
    /// The package that is there and is renewed, held against another process that renews it.
    _old: Option<fs::File>,
}

/// How the names of staging folders end.
const UNFINISHED: &str = ".unfinished";

/// Why a package cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// There is no such folder.
    #[error("the output folder `{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// It is something else.
    #[error("the output folder `{}` is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// The package is there already.
    #[error("`{}` exists already, and a package is never overwritten unasked", .0.display())]
    Exists(PathBuf),
    /// Another process signs the package.
    #[error("`{}` is being signed by another process", .0.display())]
    Busy(PathBuf),
    /// Writing failed.
    #[error("cannot {doing} `{}`: {error} (nothing was left half written)", .path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
}

impl Remedy for PlaceError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Missing(_) => Some("create it, or name another with --out".into()),
            Self::NotAFolder(_) => Some("name another with --out".into()),
            Self::Exists(_) => Some("name another folder with --out, or replace what is there with --force".into()),
            Self::Busy(_) => Some("run the command again when that one is done".into()),
            Self::Io { .. } => None,
        }
    }
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PlaceError {
    move |error| PlaceError::Io { doing, path: path.to_owned(), error }
}

/// A file of a package while it is written; summed up as it is.
#[derive(Debug)]
pub struct Staged {
    path: PathBuf,
    out: BufWriter<Summing<fs::File>>,
}

impl Write for Staged {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.out.write(part)
    }

    // Rows come in small parts: what fits is copied, without a loop about it.
    fn write_all(&mut self, part: &[u8]) -> io::Result<()> {
        self.out.write_all(part)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Staged {
    /// Ends it.
    pub fn finish(mut self) -> Result<Checksum, PlaceError> {
        self.out.flush().map_err(failed("write", &self.path))?;
        Ok(self.out.get_ref().checksum())
    }
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
        let prefix = format!(".{name}.");
        remove_abandoned(out, &prefix);
        let (staging, lock) = staging(out, &prefix).map_err(failed("write into", out))?;
        Ok(Self { target, staging, force, _lock: lock, _old: None })
    }

    /// Reserves a place for what takes the place of the package in the folder `target`, which is held meanwhile: read it after this.
    ///
    /// # Errors
    /// Where another process renews it, or the folder that it is in cannot be written to.
    pub fn renewing(target: &Path) -> Result<Self, PlaceError> {
        let old = match lock(target) {
            Held::Here(folder) if durable::is_at(&folder, target) => Some(folder),
            Held::Unknown => None,
            Held::Here(_) | Held::Elsewhere => return Err(PlaceError::Busy(target.to_owned())),
        };
        let name = target.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let place = Self::reserve(durable::folder(target), &name, true)?;
        Ok(Self { target: target.to_owned(), _old: old, ..place })
    }

    /// The folder that the package will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where a file of the package lies until the package has its name.
    fn path(&self, name: &str) -> PathBuf {
        self.staging.path().join(name)
    }

    /// Begins a file of the package, which must not be there.
    pub fn create(&self, name: &str) -> Result<Staged, PlaceError> {
        let path = self.path(name);
        if let Some(folder) = path.parent().filter(|folder| *folder != self.staging.path()) {
            fs::create_dir_all(folder).map_err(failed("create the folder", folder))?;
        }
        let file = fs::File::create_new(&path).map_err(failed("write", &path))?;
        Ok(Staged { path, out: BufWriter::with_capacity(256 << 10, Summing::new(file)) })
    }

    /// A file of the package as a whole.
    pub fn put(&self, name: &str, content: &mut dyn Read) -> Result<Checksum, PlaceError> {
        let mut staged = self.create(name)?;
        io::copy(content, &mut staged).map_err(failed("write", &staged.path))?;
        staged.finish()
    }

    /// A file of the package as a whole, for the same readers as `like`, where that is known.
    pub fn put_like(&self, name: &str, content: &mut dyn Read, like: Option<&fs::Metadata>) -> Result<(), PlaceError> {
        self.put(name, content)?;
        let path = self.path(name);
        let kept = like.map_or(Ok(()), |like| fs::set_permissions(&path, like.permissions()));
        kept.map_err(failed("set the permissions of", &path))
    }

    /// Appends to a file that was finished.
    pub fn append(&self, name: &str, bytes: &[u8]) -> Result<(), PlaceError> {
        let path = self.path(name);
        let appended = fs::OpenOptions::new().append(true).open(&path).and_then(|mut file| file.write_all(bytes));
        appended.map_err(failed("write", &path))
    }

    /// Opens a file that was finished; for as long as the package has no name.
    pub fn open(&self, name: &str) -> Result<fs::File, PlaceError> {
        let path = self.path(name);
        fs::File::open(&path).map_err(failed("read", &path))
    }

    /// How to open it later.
    pub fn opener(&self, name: &str) -> impl Fn() -> io::Result<fs::File> + Send + Sync + use<> {
        let path = self.path(name);
        move || fs::File::open(&path)
    }

    /// Takes a file out again.
    pub fn remove(&self, name: &str) -> Result<(), PlaceError> {
        let path = self.path(name);
        fs::remove_file(&path).map_err(failed("remove", &path))
    }

    /// Makes the files durable and gives the folder its name.
    pub fn commit(self) -> Result<(), PlaceError> {
        make_durable(self.staging.path())?;
        self.rename()
    }

    /// Gives the new folder its name. With `force` an old one takes the name of the staging folder, and goes with it.
    fn rename(&self) -> Result<(), PlaceError> {
        let out = durable::folder(&self.target);
        match fs::symlink_metadata(&self.target) {
            Ok(_) if self.force => {
                durable::exchange(self.staging.path(), &self.target).map_err(failed("replace", &self.target))?
            }
            Ok(_) => return Err(PlaceError::Exists(self.target.clone())),
            Err(_) => fs::rename(self.staging.path(), &self.target).map_err(failed("write", &self.target))?,
        }
        durable::sync_folder(out).map_err(failed("write into", out))
    }
}

/// Makes a folder and all in it durable, and as open as its files.
fn make_durable(folder: &Path) -> Result<(), PlaceError> {
    for entry in fs::read_dir(folder).map_err(failed("look into", folder))? {
        let path = entry.map_err(failed("look into", folder))?.path();
        if path.is_dir() {
            make_durable(&path)?;
        } else {
            durable::sync_file(&path).map_err(failed("write", &path))?;
        }
    }
    open_to_readers(folder).map_err(failed("set the permissions of", folder))?;
    durable::sync_folder(folder).map_err(failed("write", folder))
}

/// How often a staging folder is made; each time another start would have to take it away in the moment before it is held.
const MOST_TRIES: u32 = 100;

/// A new staging folder that is held. Until it is, another start may take it for abandoned; then there is a next one.
fn staging(out: &Path, prefix: &str) -> io::Result<(TempDir, Option<fs::File>)> {
    for _ in 0..MOST_TRIES {
        let staging = tempfile::Builder::new().prefix(prefix).suffix(UNFINISHED).tempdir_in(out)?;
        match lock(staging.path()) {
            Held::Here(folder) if durable::is_at(&folder, staging.path()) => return Ok((staging, Some(folder))),
            Held::Unknown => return Ok((staging, None)),
            Held::Here(_) | Held::Elsewhere => {}
        }
    }
    Err(io::Error::other("other runs take away every folder that is made"))
}

/// Takes away the staging folders of processes that were killed: those that no process holds.
fn remove_abandoned(out: &Path, prefix: &str) {
    for entry in fs::read_dir(out).into_iter().flatten().filter_map(Result::ok) {
        let name = entry.file_name();
        let is_staging = name.to_str().is_some_and(|name| name.starts_with(prefix) && name.ends_with(UNFINISHED));
        if !is_staging {
            continue;
        }
        // Held until it is gone, so that no other run begins to use it meanwhile.
        if let Held::Here(_folder) = lock(&entry.path()) {
            // It does no harm if it stays.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Who holds a folder.
enum Held {
    /// This process, as long as the file is open.
    Here(fs::File),
    /// Another one; or it is gone.
    Elsewhere,
    /// Folders cannot be held here.
    Unknown,
}

/// Holds a folder against [`remove_abandoned`] of others.
fn lock(folder: &Path) -> Held {
    let folder = match fs::File::open(folder) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Held::Elsewhere,
        Err(_) => return Held::Unknown,
    };
    match folder.try_lock() {
        Ok(()) => Held::Here(folder),
        Err(fs::TryLockError::WouldBlock) => Held::Elsewhere,
        Err(fs::TryLockError::Error(_)) => Held::Unknown,
    }
}

/// A temporary folder is its owner's alone; a package is as open as the files in it.
#[cfg(unix)]
fn open_to_readers(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let entries = fs::read_dir(folder)?.map(|entry| entry?.metadata()).collect::<io::Result<Vec<_>>>()?;
    let readers = entries.iter().find(|entry| entry.is_file()).map_or(0, |file| file.permissions().mode() & 0o444);
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700 | readers | (readers >> 2)))
}

#[cfg(not(unix))]
fn open_to_readers(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit<const N: usize>(place: Place, files: [(&str, &str); N]) -> Result<(), PlaceError> {
        for (name, text) in files {
            place.put(name, &mut text.as_bytes())?;
        }
        place.commit()
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
        commit(place, [("a", "1"), ("b", "2")]).unwrap();
        assert_eq!(names(&out.path().join("p")), ["a", "b"]);
        assert!(matches!(Place::reserve(out.path(), "p", false), Err(PlaceError::Exists(_))));
        commit(Place::reserve(out.path(), "p", true).unwrap(), [("c", "3")]).unwrap();
        assert_eq!((names(out.path()), names(&out.path().join("p"))), (vec!["p".to_owned()], vec!["c".to_owned()]));
    }

    #[test]
    fn a_package_that_fails_leaves_nothing_and_keeps_the_old_one() {
        let out = tempfile::tempdir().unwrap();
        commit(Place::reserve(out.path(), "p", false).unwrap(), [("a", "1")]).unwrap();
        let place = Place::reserve(out.path(), "p", true).unwrap();
        // A name twice cannot be written.
        assert!(matches!(commit(place, [("x", ""), ("x", "")]), Err(PlaceError::Io { .. })));
        assert_eq!((names(out.path()), names(&out.path().join("p"))), (vec!["p".to_owned()], vec!["a".to_owned()]));
    }

    #[cfg(unix)]
    #[test]
    fn what_a_killed_process_left_goes_and_what_another_is_making_stays() {
        let out = tempfile::tempdir().unwrap();
        fs::create_dir(out.path().join(".p.abc.unfinished")).unwrap();
        let one = Place::reserve(out.path(), "p", false).unwrap();
        let other = Place::reserve(out.path(), "p", false).unwrap();
        assert_eq!(names(out.path()).len(), 2);
        commit(one, [("a", "1")]).unwrap();
        assert!(matches!(commit(other, [("a", "1")]), Err(PlaceError::Exists(_))));
        assert_eq!(names(out.path()), ["p"]);
    }

    #[cfg(unix)]
    #[test]
    fn whoever_reserves_a_place_keeps_it_whatever_others_take_away() {
        let out = tempfile::tempdir().unwrap();
        let round = || {
            let place = Place::reserve(out.path(), "p", false).unwrap();
            place.put("a", &mut &b"1"[..]).unwrap();
            drop(place);
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..200).for_each(|_| round()));
            }
        });
        assert_eq!(names(out.path()), [""; 0]);
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
