//! A logo from a file.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use crate::brand::{LARGEST, Logo, LogoError};
use crate::remedy::Remedy;

/// Why a file cannot be the logo.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogoFileError {
    /// It cannot be read.
    #[error("cannot use the logo `{}`: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
    /// It is larger than a logo may be.
    #[error("cannot use the logo `{}`: it has {bytes} bytes, and may have {LARGEST}", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How many bytes it has.
        bytes: u64,
    },
    /// It is no logo.
    #[error("cannot use the logo `{}`: {error}", .path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: LogoError,
    },
}

impl Remedy for LogoFileError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Io { .. } => None,
            Self::TooLarge { .. } => Some("make it smaller".into()),
            Self::Unfit { error, .. } => error.remedy(),
        }
    }
}

/// The logo in the file at `path`.
///
/// # Errors
/// Where it cannot be read, or is not fit to be one.
pub fn logo(path: &Path) -> Result<Logo, LogoFileError> {
    let failed = |error| LogoFileError::Io { path: path.to_owned(), error };
    let bytes = std::fs::metadata(path).map_err(failed)?.len();
    if bytes > LARGEST as u64 {
        return Err(LogoFileError::TooLarge { path: path.to_owned(), bytes });
    }
    let content = std::fs::read(path).map_err(failed)?;
    Logo::new(content).map_err(|error| LogoFileError::Unfit { path: path.to_owned(), error })
}
