//! The folder of a collection that is not in a package yet.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::evidence::{FILE_NAME, Writer};

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

    /// Takes it away: there is nothing in it that is still needed.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// The folder of a collection that has ended, with its evidence held against other runs for as long as this lives.
#[derive(Debug)]
pub struct Held {
    partial: Partial,
    writer: Arc<Writer>,
}

impl Held {
    pub(super) fn new(partial: Partial, writer: Arc<Writer>) -> Self {
        Self { partial, writer }
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
