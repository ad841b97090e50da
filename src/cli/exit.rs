//! The exit statuses, which are a contract, and failures that end in one of them.

use std::fmt;
use std::process::ExitCode;

use super::gather::Partial;
use crate::api::ApiError;
use crate::api::endpoint::EndpointError;
use crate::api::key::KeyError;
use crate::collect::Refusal;
use crate::package::{BuildError, PlaceError};
use crate::period::PeriodError;
use crate::report::CompareError;
use crate::sign::SignError;
use crate::totals::Overflow;

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
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why the program ends otherwise than done: words for people, and the status.
#[derive(Debug)]
pub struct Failure {
    /// The status.
    pub exit: Exit,
    /// What happened, to what, why, and what to do.
    pub message: String,
    /// Whether the user stopped it, so that nothing else shall be begun.
    pub interrupted: bool,
}

impl Failure {
    /// A failure of that status.
    pub fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string(), interrupted: false }
    }
}

impl Failure {
    /// The user stopped it.
    pub fn interrupted() -> Self {
        Self { interrupted: true, ..Self::new(Exit::Unreadable, "interrupted") }
    }

    /// The same, and where the evidence of it is kept.
    pub(super) fn with_evidence(self, partial: &Partial) -> Self {
        let kept = partial.evidence();
        let message = format!("{}\nWhat was read is kept as evidence in `{}`.", self.message, kept.display());
        Self { message, ..self }
    }
}

macro_rules! failures {
    ($($error:ty => $exit:ident),* $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(Exit::$exit, error)
            }
        })*
    };
}

failures! {
    PeriodError => Usage,
    KeyError => Usage,
    EndpointError => Usage,
    PlaceError => Local,
    SignError => Local,
    Overflow => Unproven,
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        // The built-in templates are not wrong: what is, is the user's.
        let exit = if matches!(error, BuildError::Html(_)) { Exit::Usage } else { Exit::Local };
        Self::new(exit, error)
    }
}

impl From<CompareError> for Failure {
    fn from(error: CompareError) -> Self {
        let exit = if matches!(error, CompareError::Registers(_)) { Exit::Local } else { Exit::Usage };
        Self::new(exit, error)
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let exit = match error {
            ApiError::Refused { .. } => Exit::KeyRefused,
            ApiError::Evidence { .. } | ApiError::Setup(_) | ApiError::Machine { .. } => Exit::Local,
            _ => Exit::Unreadable,
        };
        Self::new(exit, error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotBegun { .. } => Self::new(Exit::Usage, refusal),
            _ => Self::new(Exit::Unproven, format_args!("completeness not established: {refusal}")),
        }
    }
}
