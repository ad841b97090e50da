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

#[cfg(test)]
mod tests {
    use super::Exit::{self, Differs, Done, KeyRefused, Local, Undelivered, Unproven, Unreadable, Usage};

    #[test]
    fn an_undelivered_package_hides_no_report_that_could_not_be_made() {
        let grave = [Done, Differs, Undelivered, Usage, KeyRefused, Unreadable, Unproven, Local];
        assert!(grave.is_sorted_by(|one, other| one.gravity() < other.gravity()));
        assert_eq!(grave.map(|exit| exit as u8), [0, 1, 7, 2, 3, 4, 5, 6]);
        let worst = |ends: &[Exit]| ends.iter().copied().max_by_key(|end| end.gravity());
        assert_eq!(worst(&[Undelivered, Unproven, Done]), Some(Unproven));
    }
}
