//! The files of a package's folder.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::evidence::FILE_NAME;

/// All files of a package's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folder {
    /// What they hold, by name.
    pub held: BTreeMap<String, Vec<u8>>,
    /// Where the evidence is that is read where it lies, because it may be large.
    pub evidence: Option<PathBuf>,
}

impl Folder {
    /// Whether there is a file of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.held.contains_key(name) || (name == FILE_NAME && self.evidence.is_some())
    }

    /// The names of all of them.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.held.keys().map(String::as_str).chain(self.evidence.as_ref().map(|_| FILE_NAME))
    }
}

impl From<BTreeMap<String, Vec<u8>>> for Folder {
    fn from(held: BTreeMap<String, Vec<u8>>) -> Self {
        Self { held, evidence: None }
    }
}
