//! `--dispositions`: the company's answers to findings, read before anything is collected.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::files::{ReadError, read};
use crate::digest::sha256;
use crate::dispositions::{self, Disposition, DispositionsError};
use crate::package::{DISPOSITIONS, KeptFile};
use crate::remedy::Remedy;
use crate::report::MadeFile;

/// Why the answers cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswersError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is not such a file.
    #[error("`{}`: {error}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: DispositionsError,
    },
}

impl Remedy for AnswersError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Read(error) => error.remedy(),
            Self::Unusable { error, .. } => error.remedy(),
        }
    }
}

/// The answers of a file.
#[derive(Debug)]
pub struct Answers {
    /// Each of them, in the order of the file.
    pub all: Vec<Disposition>,
    /// What the report states of the file.
    pub made: MadeFile,
    /// The file that the package takes.
    pub kept: KeptFile,
}

impl Answers {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// Where it cannot be read, or is not such a file.
    pub fn read(path: &Path) -> Result<Self, AnswersError> {
        let bytes = read(path)?;
        let all =
            dispositions::read(&bytes).map_err(|error| AnswersError::Unusable { path: path.to_owned(), error })?;
        let name = DISPOSITIONS.to_owned();
        let made = MadeFile { file: name.clone(), sha256: sha256(&bytes) };
        Ok(Self { all, made, kept: KeptFile { name, path: path.to_owned() } })
    }
}
