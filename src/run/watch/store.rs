//! The state file: one watch at a time, and within it one writer at a time.

use std::borrow::Cow;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::durable;
use crate::remedy::Remedy;
use crate::watch::{FORMAT, State};

/// Why a state cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file system refuses.
    #[error("cannot {doing} the state `{}`: {error}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
    /// Another watch has it.
    #[error("the state `{}` is in use by another watch", .0.display())]
    InUse(PathBuf),
    /// It is no state.
    #[error("`{}` is not the state of a watch: {why}", .path.display())]
    NotOne {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl Remedy for StoreError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Io { .. } => None,
            Self::InUse(_) => Some("give each watch a file of its own".into()),
            Self::NotOne { .. } => {
                Some("name another file, or restore it from a copy (a new one tells again from where it begins)".into())
            }
        }
    }
}

/// A state larger than this is none of ours.
const LARGEST: u64 = 1 << 30;

/// The state file, taken for this watch until it is dropped.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    _watching: File,
}

impl Store {
    /// Takes the state at `path`; the file itself need not be there. Waits for a telling that a killed watch left behind, after
    /// it called `waiting`.
    ///
    /// # Errors
    /// Where another watch has it, or it cannot be locked.
    pub fn open(path: &Path, waiting: impl FnOnce()) -> Result<Self, StoreError> {
        is_file(path)?;
        let watching = lock_file(path, ".lock")?;
        match watching.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed("lock", path)(error)),
        }
        let left = lock_file(path, ".telling")?;
        if matches!(left.try_lock(), Err(TryLockError::WouldBlock)) {
            waiting();
            left.lock().map_err(failed("lock", path))?;
        }
        drop(left);
        Ok(Self { path: path.to_owned(), _watching: watching })
    }

    /// The state, where there is one.
    ///
    /// # Errors
    /// Where it cannot be read, or is none.
    pub fn load(&self) -> Result<Option<State>, StoreError> {
        load(&self.path)
    }

    /// Keeps `state` in the place of the one with this sequence (`None`: of none).
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn commit(&self, sequence: Option<u64>, state: &mut State) -> Result<(), StoreError> {
        let telling = telling(&self.path)?;
        if load(&self.path)?.map(|state| state.sequence) == sequence {
            save(&self.path, state)?;
        }
        drop(telling);
        Ok(())
    }
}

/// The right to write the state, until the file is dropped; waits for whoever has it.
///
/// # Errors
/// Where it cannot be locked.
pub fn telling(path: &Path) -> Result<File, StoreError> {
    let file = lock_file(path, ".telling")?;
    file.lock().map_err(failed("lock", path))?;
    Ok(file)
}

fn lock_file(path: &Path, ending: &str) -> Result<File, StoreError> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(durable::beside(path, ending));
    file.map_err(failed("lock", path))
}

/// The state at `path`, where there is one.
///
/// # Errors
/// Where it cannot be read, or is none.
pub fn load(path: &Path) -> Result<Option<State>, StoreError> {
    let not_one = |why: String| StoreError::NotOne { path: path.to_owned(), why };
    is_file(path)?;
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed("read", path))?;
    if bytes.len() as u64 > LARGEST {
        return Err(not_one("it is too large".to_owned()));
    }
    let state: State = serde_json::from_slice(&bytes).map_err(|error| not_one(error.to_string()))?;
    if state.format != FORMAT {
        return Err(not_one(format!("its format is `{}`, not `{FORMAT}`", state.format.escape_debug())));
    }
    Ok(Some(state))
}

/// A device or a pipe may have no end, and cannot be replaced.
fn is_file(path: &Path) -> Result<(), StoreError> {
    match std::fs::metadata(path) {
        Ok(data) if !data.is_file() => {
            Err(StoreError::NotOne { path: path.to_owned(), why: "it is not a regular file".to_owned() })
        }
        _ => Ok(()),
    }
}

/// Writes the state whole, with the next sequence. Only the holder of [`telling`] may.
///
/// # Errors
/// Where it cannot be written.
pub fn save(path: &Path, state: &mut State) -> Result<(), StoreError> {
    state.sequence = state.sequence.saturating_add(1);
    let mut bytes = serde_json::to_vec(state).map_err(|error| failed("write", path)(error.into()))?;
    bytes.push(b'\n');
    durable::replace(path, &bytes).map_err(failed("write", path))
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |error| StoreError::Io { doing, path: path.to_owned(), error }
}
