//! The folder of a collection that is not in a package yet.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::durable;
use crate::evidence::{EvidenceError, FILE_NAME, Writer, discard};

/// How often a folder is made that other runs remove before it is taken.
const MOST_TRIES: u32 = 1000;

/// A folder that no other run touches for as long as this lives.
#[derive(Debug)]
pub(super) struct Alone(#[expect(dead_code, reason = "it is locked while it is open")] Option<File>);

/// `batch-audit-2024-Q1.partial`: what is gathered lies in it until a package has it.
#[derive(Debug, Clone)]
pub struct Partial(PathBuf);

impl Partial {
    /// The folder's place in `out`.
    pub fn new(out: &Path, slug: &str) -> Self {
        Self(out.join(format!("batch-audit-{slug}.partial")))
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// The evidence in it.
    pub fn evidence(&self) -> PathBuf {
        self.0.join(FILE_NAME)
    }

    /// Makes the folder if it is missing, and takes it for this process alone.
    ///
    /// # Errors
    /// [`EvidenceError::Locked`] where another run has it; otherwise where it cannot be made.
    pub(super) fn hold(&self) -> Result<Alone, EvidenceError> {
        for _ in 0..MOST_TRIES {
            fs::create_dir_all(&self.0).map_err(EvidenceError::io("make the folder of"))?;
            if let Some(alone) = self.taken()? {
                return Ok(alone);
            }
        }
        Err(EvidenceError::Locked)
    }

    /// The folder, taken; nothing where there is none, or where another run removed it before it was taken.
    fn taken(&self) -> Result<Option<Alone>, EvidenceError> {
        if cfg!(not(unix)) {
            // Folders are not opened there; that the evidence is open keeps others from it.
            return Ok(self.0.is_dir().then_some(Alone(None)));
        }
        let folder = match File::open(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            folder => folder.map_err(EvidenceError::io("open the folder of"))?,
        };
        match folder.try_lock() {
            Ok(()) => Ok(durable::is_at(&folder, &self.0).then_some(Alone(Some(folder)))),
            Err(TryLockError::WouldBlock) => Err(EvidenceError::Locked),
            // A network file system that locks no folders; the evidence is locked by itself.
            Err(TryLockError::Error(_)) => Ok(Some(Alone(None))),
        }
    }

    /// Takes it away, unless another run has it. Where there is none, nothing is done.
    ///
    /// # Errors
    /// [`EvidenceError::Locked`] where one does; otherwise where it cannot be removed.
    pub fn discard(&self) -> Result<(), EvidenceError> {
        let Some(_alone) = self.taken()? else { return Ok(()) };
        discard(&self.evidence())?;
        self.remove().map_err(EvidenceError::io("remove"))
    }

    /// Takes it away: there is nothing in it that is still needed.
    pub(super) fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// The folder of a collection that has ended, held against other runs for as long as this lives.
#[derive(Debug)]
pub struct Held {
    partial: Partial,
    writer: Arc<Writer>,
    _alone: Alone,
}

impl Held {
    pub(super) fn new(partial: Partial, writer: Arc<Writer>, alone: Alone) -> Self {
        Self { partial, writer, _alone: alone }
    }

    /// The evidence in it.
    pub fn evidence(&self) -> PathBuf {
        self.partial.evidence()
    }

    /// Whether the evidence is still there: neither taken away nor another run's.
    pub fn is_kept(&self) -> bool {
        self.writer.is_at(&self.evidence())
    }

    /// Takes the folder away: there is nothing in it that is still needed. One of another run stays.
    ///
    /// # Errors
    /// Where it cannot be removed.
    pub fn remove(&self) -> io::Result<()> {
        if self.is_kept() { self.partial.remove() } else { Ok(()) }
    }
}
