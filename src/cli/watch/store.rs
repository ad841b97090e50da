//! The state file: one watch at a time, and within it one writer at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::{Exit, Failure, atomic, output};
use crate::watch::{FORMAT, State};

/// A state larger than this is none of ours.
const LARGEST: u64 = 1 << 30;

/// The state file, taken for this watch until it is dropped.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    _watching: File,
}

impl Store {
    /// Takes the state at `path`; the file itself need not be there. Waits for a telling that a killed watch left behind.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let watching = lock_file(path, ".lock")?;
        match watching.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let words =
                    format!("the state `{}` is in use by another watch; one file serves one watch", path.display());
                return Err(Failure::new(Exit::Local, words));
            }
            Err(TryLockError::Error(error)) => return Err(failed("lock", path, &error)),
        }
        let left = lock_file(path, ".telling")?;
        if matches!(left.try_lock(), Err(TryLockError::WouldBlock)) {
            output::say("waiting for a killed watch's last command to end");
            left.lock().map_err(|error| failed("lock", path, &error))?;
        }
        drop(left);
        Ok(Self { path: path.to_owned(), _watching: watching })
    }

    /// The state, where there is one.
    pub fn load(&self) -> Result<Option<State>, Failure> {
        load(&self.path)
    }

    /// Keeps `state` in the place of the one with this sequence (`None`: of none).
    pub fn commit(&self, sequence: Option<u64>, state: &mut State) -> Result<(), Failure> {
        let telling = telling(&self.path)?;
        if load(&self.path)?.map(|state| state.sequence) == sequence {
            save(&self.path, state)?;
        }
        drop(telling);
        Ok(())
    }
}

/// The right to write the state, until the file is dropped; waits for whoever has it.
pub fn telling(path: &Path) -> Result<File, Failure> {
    let file = lock_file(path, ".telling")?;
    file.lock().map_err(|error| failed("lock", path, &error))?;
    Ok(file)
}

fn lock_file(path: &Path, ending: &str) -> Result<File, Failure> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(atomic::beside(path, ending));
    file.map_err(|error| failed("lock", path, &error))
}

/// The state at `path`, where there is one.
pub fn load(path: &Path) -> Result<Option<State>, Failure> {
    let not_one = |why: &dyn std::fmt::Display| {
        let words = format!(
            "`{}` is not the state of a watch: {why}; name another file, or restore it from a copy (a new one tells again \
             from where it begins)",
            path.display()
        );
        Failure::new(Exit::Local, words)
    };
    let bytes = match std::fs::metadata(path) {
        Ok(data) if data.len() > LARGEST => return Err(not_one(&"it is too large")),
        _ => std::fs::read(path),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path, &error)),
    };
    let state: State = serde_json::from_slice(&bytes).map_err(|error| not_one(&error))?;
    if state.format != FORMAT {
        return Err(not_one(&format_args!("its format is `{}`, not `{FORMAT}`", state.format.escape_debug())));
    }
    Ok(Some(state))
}

/// Writes the state whole, with the next sequence. Only the holder of [`telling`] may.
pub fn save(path: &Path, state: &mut State) -> Result<(), Failure> {
    state.sequence = state.sequence.saturating_add(1);
    let mut bytes = serde_json::to_vec(state).map_err(|error| failed("write", path, &error.into()))?;
    bytes.push(b'\n');
    atomic::replace(path, &bytes).map_err(|error| failed("write", path, &error))
}

fn failed(doing: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Local, format_args!("cannot {doing} the state `{}`: {error}", path.display()))
}
