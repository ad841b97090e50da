//! The state file: one watch at a time, and within it one writer at a time.

use std::borrow::Cow;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::digest::sha256;
use crate::durable::{self, Prepared};
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
            Self::NotOne { .. } => Some(
                "name another file, or restore it from a copy (a new one reports again from where it begins)".into(),
            ),
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
    /// Takes the state at `path`; the file itself need not be there. Waits for a notifying process that a killed watch left
    /// behind, after it called `waiting`.
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
        let notifying = notifying(&self.path)?;
        if load(&self.path)?.map(|state| state.sequence) == sequence {
            save(&self.path, state)?;
        }
        drop(notifying);
        Ok(())
    }
}

/// The right to write the state, until the file is dropped; waits for whoever has it.
///
/// # Errors
/// Where it cannot be locked.
pub fn notifying(path: &Path) -> Result<File, StoreError> {
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
    let sealed: Sealed<'_> = serde_json::from_slice(&bytes).map_err(|error| not_one(error.to_string()))?;
    if sealed.sha256 != sha256(sealed.state.get().as_bytes()) {
        return Err(not_one("its state has not the SHA-256 that it states; it was damaged or changed".to_owned()));
    }
    let state: State = serde_json::from_str(sealed.state.get()).map_err(|error| not_one(error.to_string()))?;
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

/// A state as its file holds it: with the checksum of its text, so that one that is damaged is not taken for another.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed<'a> {
    sha256: String,
    #[serde(borrow)]
    state: &'a RawValue,
}

/// Writes the state whole, with the next sequence. Only the holder of [`notifying`] may.
///
/// # Errors
/// Where it cannot be written.
pub fn save(path: &Path, state: &mut State) -> Result<(), StoreError> {
    keep(prepare(path, state)?, path)
}

/// Writes the state, with the next sequence, without putting it in the place of the old one yet: [`keep`] does, and needs
/// no room for it. Only the holder of [`notifying`] may.
///
/// # Errors
/// Where it cannot be written.
pub fn prepare(path: &Path, state: &mut State) -> Result<Prepared, StoreError> {
    state.sequence = state.sequence.saturating_add(1);
    let bytes = || -> serde_json::Result<Vec<u8>> {
        let state = serde_json::value::to_raw_value(state)?;
        let mut bytes = serde_json::to_vec(&Sealed { sha256: sha256(state.get().as_bytes()), state: &state })?;
        bytes.push(b'\n');
        Ok(bytes)
    };
    let bytes = bytes().map_err(|error| failed("write", path)(error.into()))?;
    durable::prepare(path, &bytes).map_err(failed("write", path))
}

/// Puts what was prepared in the place of the old state.
///
/// # Errors
/// Where the system cannot.
pub fn keep(prepared: Prepared, path: &Path) -> Result<(), StoreError> {
    prepared.commit().map_err(failed("write", path))
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |error| StoreError::Io { doing, path: path.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::watch::{EventReported, Known};

    #[test]
    fn a_state_that_is_damaged_anywhere_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let mut state = State::new("https://x.example/v1/batch-calls".to_owned(), DateTime::UNIX_EPOCH);
        for (id, reported) in
            [("bat_1", EventReported::New), ("bat_2", EventReported::Final), ("bat_\u{1f600}", EventReported::Nothing)]
        {
            state.known.insert(id.to_owned(), Known { created_at: DateTime::UNIX_EPOCH, reported });
        }
        save(&path, &mut state).unwrap();
        assert_eq!(load(&path).unwrap(), Some(state.clone()));
        let whole = std::fs::read(&path).unwrap();
        let end = whole.len() - 1;
        for place in 0..end {
            for other in [whole[place] ^ 1, whole[place] ^ 0x20, b'0', b' ', 0] {
                let mut bytes = whole.clone();
                bytes[place] = other;
                std::fs::write(&path, &bytes).unwrap();
                assert!(bytes == whole || load(&path).is_err(), "byte {place} as {other}");
            }
            std::fs::write(&path, &whole[..place]).unwrap();
            assert!(load(&path).is_err(), "cut at {place}");
            let less = [&whole[..place], &whole[place + 1..]].concat();
            std::fs::write(&path, &less).unwrap();
            assert!(load(&path).is_err(), "without byte {place}");
        }
        std::fs::write(&path, [&whole[..], &whole[..]].concat()).unwrap();
        assert!(load(&path).is_err());
    }
}
