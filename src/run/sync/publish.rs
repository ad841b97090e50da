//! Putting new tables in the place of old ones, so that a reader beside it sees the one or the other.
//!
//! What is new is written below `_staging`, then a journal says what is to be done with it, and only then is anything done. A run
//! that is killed leaves the journal, and the next one does the rest: from the journal on, the tables are as good as there.
//!
//! A table of plain files is a folder that changes its name with the new one in one step, and no two contents have one file name.
//! So a reader that listed the old folder finds each of its files with its old content, or does not find it: never a mixture. A
//! Delta table keeps its old files, and a commit in its log makes the new ones part of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{SyncError, failed};
use super::format::BATCHES;
use super::ledger::{Entry, Ledger, NAME, RestatedQuarter};
use crate::durable;

/// The folder of what is not part of the tables yet.
pub const STAGING: &str = "_staging";
const NEW: &str = "_staging/new";
const JOURNAL: &str = "_staging/commit.json";

/// What is to be done, in this order.
#[derive(Debug, Serialize, Deserialize)]
pub struct Journal {
    /// Staged files that are moved to their places.
    pub moves: Vec<String>,
    /// Whether the staged folder of batches takes the place of the one that is there.
    pub tree: bool,
    /// Staged files of a log that must not be there yet, in order.
    pub logs: Vec<String>,
    /// The ledger after it.
    pub ledger: Ledger,
    /// Files of an older layout that go.
    pub older: Vec<String>,
    /// What is to be reported of it.
    pub restated: Vec<RestatedQuarter>,
}

/// The folder of what is not part of the tables yet, which goes again where nothing is left in it.
#[derive(Debug)]
pub struct Staging {
    folder: PathBuf,
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What a run leaves to the next one stays.
        let _ = fs::remove_dir(self.folder.join(STAGING));
    }
}

impl Staging {
    /// That of these tables. What a killed run had written without a journal is taken away.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub fn open(folder: &Path) -> Result<Self, SyncError> {
        let staging = Self { folder: folder.to_owned() };
        if !folder.join(JOURNAL).exists() {
            staging.clear()?;
        }
        // Until layout 2 what was collected lay beside the tables; an interrupted run is resumed from there.
        let name = "batch-audit-sync.partial";
        let (old, new) = (folder.join(name), staging.path().join(name));
        if old.is_dir() && !new.exists() {
            fs::create_dir_all(staging.path()).map_err(failed("make the folder", &staging.path()))?;
            fs::rename(&old, &new).map_err(failed("move", &old))?;
        }
        Ok(staging)
    }

    /// The folder itself.
    pub fn path(&self) -> PathBuf {
        self.folder.join(STAGING)
    }

    fn staged(&self, place: &str) -> PathBuf {
        self.folder.join(NEW).join(place)
    }

    fn clear(&self) -> Result<(), SyncError> {
        let path = self.folder.join(NEW);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", &path)(error)),
            _ => Ok(()),
        }
    }

    /// Writes a file that is going to be at `place`; where it lies until then.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn put(&self, place: &str, bytes: &[u8]) -> Result<PathBuf, SyncError> {
        let path = self.staged(place);
        make_folder(&path)?;
        durable::create(&path, bytes).map_err(failed("write", &path))?;
        Ok(path)
    }

    /// Puts the file that is at `place` already beside the new ones, without copying it where the file system can.
    ///
    /// # Errors
    /// Where it cannot be linked or copied.
    pub fn keep(&self, place: &str) -> Result<(), SyncError> {
        let (old, new) = (self.folder.join(place), self.staged(place));
        make_folder(&new)?;
        if fs::hard_link(&old, &new).is_ok() {
            return Ok(());
        }
        fs::copy(&old, &new).map_err(failed("copy", &old))?;
        durable::sync_file(&new).map_err(failed("write", &new))
    }

    /// How many bytes a staged file has.
    ///
    /// # Errors
    /// Where it is not there.
    pub fn size(&self, place: &str) -> Result<u64, SyncError> {
        let path = self.staged(place);
        fs::metadata(&path).map(|metadata| metadata.len()).map_err(failed("read", &path))
    }

    /// Makes a folder that is going to be at `place`.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn folder(&self, place: &str) -> Result<(), SyncError> {
        let path = self.staged(place);
        fs::create_dir_all(&path).map_err(failed("make the folder", &path))
    }

    /// Does what the journal says. From its first step on it is done, by this run or by the next.
    ///
    /// # Errors
    /// Where the file system refuses, or another program wrote to a log.
    pub fn publish(&self, journal: &Journal) -> Result<(), SyncError> {
        if journal.tree {
            sync_all(&self.staged(BATCHES))?;
        }
        let path = self.folder.join(JOURNAL);
        let failure = |error: serde_json::Error| failed("write", &path)(error.into());
        let bytes = serde_json::to_vec(journal).map_err(failure)?;
        fs::create_dir_all(self.path()).map_err(failed("make the folder", &self.path()))?;
        durable::replace(&path, &bytes).map_err(failed("write", &path))?;
        self.finish(journal)
    }

    /// Does what is left of the journal of a killed run; what that one had to report.
    ///
    /// # Errors
    /// Where the file system refuses, or the journal is none.
    pub fn recover(&self) -> Result<Vec<RestatedQuarter>, SyncError> {
        let path = self.folder.join(JOURNAL);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            bytes => bytes.map_err(failed("read", &path))?,
        };
        let journal: Journal = serde_json::from_slice(&bytes).map_err(|error| SyncError::NoLedger { path, error })?;
        self.finish(&journal)?;
        Ok(journal.restated)
    }

    fn finish(&self, journal: &Journal) -> Result<(), SyncError> {
        self.steps(journal, usize::MAX)
    }

    /// The first so many steps. Each may have been done already.
    fn steps(&self, journal: &Journal, most: usize) -> Result<(), SyncError> {
        let of = |step: fn(String) -> Step, places: &[String]| places.iter().cloned().map(step).collect::<Vec<_>>();
        let steps = [
            of(Step::Move, &journal.moves),
            if journal.tree { vec![Step::Exchange] } else { Vec::new() },
            of(Step::Append, &journal.logs),
            vec![Step::Ledger],
            of(Step::Remove, &journal.older),
            vec![Step::Clear, Step::Forget],
        ];
        steps.into_iter().flatten().take(most).try_for_each(|step| self.step(journal, &step))
    }

    fn step(&self, journal: &Journal, step: &Step) -> Result<(), SyncError> {
        match step {
            Step::Move(place) => self.move_in(place),
            Step::Exchange => {
                let is_there = |entry: &Entry| self.folder.join(entry.file()).exists();
                if self.folder.join(BATCHES).exists() && journal.ledger.entries().iter().all(is_there) {
                    return Ok(());
                }
                self.exchange()
            }
            Step::Append(place) => self.append(place),
            Step::Ledger => {
                let path = self.folder.join(NAME);
                durable::replace(&path, &journal.ledger.bytes()).map_err(failed("write", &path))
            }
            Step::Remove(place) => remove_with_folder(&self.folder.join(place)),
            Step::Clear => self.clear(),
            Step::Forget => {
                let path = self.folder.join(JOURNAL);
                fs::remove_file(&path).map_err(failed("remove", &path))
            }
        }
    }

    fn move_in(&self, place: &str) -> Result<(), SyncError> {
        let (staged, target) = (self.staged(place), self.folder.join(place));
        if !staged.exists() {
            return Ok(());
        }
        make_folder(&target)?;
        fs::rename(&staged, &target).map_err(failed("write", &target))?;
        sync_above(&target)
    }

    fn exchange(&self) -> Result<(), SyncError> {
        let (new, old) = (self.staged(BATCHES), self.folder.join(BATCHES));
        let there = fs::symlink_metadata(&old).is_ok();
        let exchanged = if there { durable::exchange(&new, &old) } else { fs::rename(&new, &old) };
        exchanged.map_err(failed("replace", &old))?;
        durable::sync_folder(&self.folder).map_err(failed("write into", &self.folder))
    }

    /// Gives a file of a log its name, which no other may have: whole at once.
    fn append(&self, place: &str) -> Result<(), SyncError> {
        let (staged, target) = (self.staged(place), self.folder.join(place));
        if !staged.exists() {
            return Ok(());
        }
        make_folder(&target)?;
        let linked = fs::hard_link(&staged, &target);
        match linked {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if fs::read(&staged).ok() != fs::read(&target).ok() {
                    let table = durable::folder(durable::folder(&target)).to_owned();
                    let version = target.file_stem().and_then(|stem| stem.to_str()?.parse().ok()).unwrap_or_default();
                    let what = "was written meanwhile".to_owned();
                    return Err(SyncError::ForeignCommit { table, version, what });
                }
            }
            // A file system without links: no other name for it, but it is whole all the same.
            Err(_) => fs::rename(&staged, &target).map_err(failed("write", &target))?,
            Ok(()) => {}
        }
        sync_above(&target)
    }
}

/// One thing to be done.
#[derive(Debug)]
enum Step {
    Move(String),
    Exchange,
    Append(String),
    Ledger,
    Remove(String),
    Clear,
    Forget,
}

fn make_folder(path: &Path) -> Result<(), SyncError> {
    let folder = durable::folder(path);
    fs::create_dir_all(folder).map_err(failed("make the folder", folder))
}

fn sync_above(path: &Path) -> Result<(), SyncError> {
    let folder = durable::folder(path);
    durable::sync_folder(folder).map_err(failed("write into", folder))
}

/// Makes the names in a folder and in those below it durable.
fn sync_all(folder: &Path) -> Result<(), SyncError> {
    for entry in fs::read_dir(folder).map_err(failed("look into", folder))? {
        let path = entry.map_err(failed("look into", folder))?.path();
        if path.is_dir() {
            sync_all(&path)?;
        }
    }
    durable::sync_folder(folder).map_err(failed("write", folder))
}

/// Takes a file away, and the folder that it was alone in.
fn remove_with_folder(path: &Path) -> Result<(), SyncError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("remove", path)(error)),
        _ => {}
    }
    // What a user put there stays.
    let _ = fs::remove_dir(durable::folder(path));
    Ok(())
}

/// The files in the folder of a plain table that sync did not write, but that no reader takes for a part of it: they stay. A
/// file that a reader would take for one is refused.
///
/// # Errors
/// [`SyncError::ForeignFile`]; where the folder cannot be read.
pub fn hidden(folder: &Path, ledger: &Ledger) -> Result<Vec<String>, SyncError> {
    let mut hidden = Vec::new();
    let root = folder.join(BATCHES);
    let mut folders = vec![(root, BATCHES.to_owned())];
    while let Some((path, place)) = folders.pop() {
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(failed("look into", &path))?,
        };
        for entry in entries {
            let entry = entry.map_err(failed("look into", &path))?;
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let place = format!("{place}/{name}");
            let is_file = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
            if path.is_dir() && name.starts_with("quarter=") && place.matches('/').count() == 1 {
                folders.push((path, place));
            } else if ledger.entries().iter().any(|entry| entry.file() == place) {
            } else if is_file && name.starts_with(['.', '_']) {
                hidden.push(place);
            } else {
                return Err(SyncError::ForeignFile(path));
            }
        }
    }
    Ok(hidden)
}

#[cfg(test)]
mod tests;
