//! The exit statuses, which are a contract.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It is done.
    Done = 0,
    /// Verification failed, or differences were found.
    Differs = 1,
    /// The arguments or the configuration are not usable.
    Usage = 2,
    /// The API refused the key.
    KeyRefused = 3,
    /// The API could not be read.
    Unreadable = 4,
    /// Completeness could not be established.
    Unproven = 5,
    /// A local file or the signing failed, or this machine allows too little.
    Local = 6,
    /// A package is written, and was not delivered.
    Undelivered = 7,
}

impl Exit {
    /// How bad it is among the ends of several workspaces: the highest status, but an undelivered package hides no report that
    /// could not be made.
    pub fn gravity(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Differs => 1,
            Self::Undelivered => 2,
            other => other as u8 + 1,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
