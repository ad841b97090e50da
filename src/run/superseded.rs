//! `--supersedes`: the packages that new ones take the place of, each matched with its period before anything is collected.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::earlier::{Earlier, EarlierError};
use super::held::NotHeld;
use super::taken::{Taken, TakenError};
use crate::package::Place;
use crate::period::Period;
use crate::pseudonym::Pseudonyms;
use crate::remedy::Remedy;
use crate::report::{AuditReport, CompareError};

/// Why a package cannot be superseded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SupersedeError {
    /// It cannot be read.
    #[error(transparent)]
    Earlier(#[from] EarlierError),
    /// It is a file, which does not say which package it is of.
    #[error("`{}` is a file; --supersedes and --compare-with need the folder of a package", .0.display())]
    File(PathBuf),
    /// It is not as it was signed.
    #[error("cannot supersede the package: {0}")]
    NotHeld(#[from] NotHeld),
    /// What is compared with is not as it was signed.
    #[error("cannot compare with the package: {0}")]
    ComparedNotHeld(NotHeld),
    /// No report to be made is of its period.
    #[error("cannot supersede `{}`: it is of another period than the report to be made", .0.display())]
    OtherPeriod(PathBuf),
    /// Its successor would be written over it.
    #[error("cannot supersede `{}`: the new package would be written in its place", .0.display())]
    InItsPlace(PathBuf),
    /// What is compared with is not of an earlier period.
    #[error("cannot compare with `{}`: {old} does not end before {new} begins", .path.display())]
    NotEarlier {
        /// The package.
        path: PathBuf,
        /// Its period.
        old: String,
        /// The period of the report to be made.
        new: String,
    },
    /// Two packages of one period.
    #[error("cannot supersede `{}`: another package of its period is named already", .0.display())]
    Repeated(PathBuf),
    /// The two reports cannot be compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
}

impl From<TakenError> for SupersedeError {
    fn from(error: TakenError) -> Self {
        match error {
            TakenError::Earlier(error) => Self::Earlier(error),
            TakenError::NotHeld(error) => Self::NotHeld(error),
        }
    }
}

impl Remedy for SupersedeError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Earlier(error) => error.remedy(),
            Self::Compare(error) => error.remedy(),
            Self::NotHeld(error) | Self::ComparedNotHeld(error) => error.remedy(),
            Self::InItsPlace(_) => Some("name another folder with --out".into()),
            Self::NotEarlier { .. } => Some("name the package of an earlier period".into()),
            Self::File(_) | Self::OtherPeriod(_) | Self::Repeated(_) => None,
        }
    }
}

/// The packages to be superseded.
#[derive(Debug)]
pub struct Superseded(Vec<Taken>);

impl Superseded {
    /// Reads them. Each must be of one of `periods`, or of one that is `done` already, and none the folder that its successor is
    /// to be written to.
    ///
    /// # Errors
    /// Where one cannot be superseded.
    pub fn read(
        paths: &[PathBuf],
        periods: &[(Period, Place)],
        done: &[Period],
        names: Option<&Pseudonyms>,
    ) -> Result<Self, SupersedeError> {
        let mut found: Vec<Taken> = Vec::new();
        for path in paths {
            let taken = package(path, "superseded")?;
            let old = &taken.earlier;
            if done.iter().any(|period| is_of(&old.report, period)) {
                continue;
            }
            let place = periods.iter().find(|(period, _)| is_of(&old.report, period)).map(|(_, place)| place);
            let place = place.ok_or_else(|| SupersedeError::OtherPeriod(path.clone()))?;
            if same_folder(path, place.target()) {
                return Err(SupersedeError::InItsPlace(path.clone()));
            }
            if old.report.pseudonyms.as_ref() != names {
                return Err(CompareError::Pseudonyms.into());
            }
            let days = |report: &AuditReport| (report.period.start, report.period.end);
            if found.iter().any(|other| days(&other.earlier.report) == days(&old.report)) {
                return Err(SupersedeError::Repeated(path.clone()));
            }
            found.push(taken);
        }
        Ok(Self(found))
    }

    /// What is superseded by the package of `period`.
    pub fn by(&self, period: &Period) -> Option<&Taken> {
        self.0.iter().find(|old| is_of(&old.earlier.report, period))
    }
}

/// The package that is compared with, where there is one. It must be of an earlier period than each to be made.
///
/// # Errors
/// Where it cannot be compared with.
pub fn compared(
    path: Option<&Path>,
    periods: &[Period],
    names: Option<&Pseudonyms>,
) -> Result<Option<Taken>, SupersedeError> {
    let Some(path) = path else { return Ok(None) };
    let taken = package(path, "compared").map_err(|error| match error {
        SupersedeError::NotHeld(error) => SupersedeError::ComparedNotHeld(error),
        error => error,
    })?;
    let old = &taken.earlier.report;
    if old.pseudonyms.as_ref() != names {
        return Err(CompareError::Pseudonyms.into());
    }
    match periods.iter().find(|period| period.start() < old.period.end) {
        Some(period) => Err(SupersedeError::NotEarlier {
            path: path.to_owned(),
            old: old.period.label.clone(),
            new: period.label().to_owned(),
        }),
        None => Ok(Some(taken)),
    }
}

fn is_of(report: &AuditReport, period: &Period) -> bool {
    (report.period.start, report.period.end) == (period.start(), period.end())
}

/// The package: the JSON alone does not state which package it is of.
fn package(path: &Path, word: &str) -> Result<Taken, SupersedeError> {
    if path.is_dir() {
        return Ok(Taken::read(path, word)?);
    }
    Earlier::read(path)?;
    Err(SupersedeError::File(path.to_owned()))
}

fn same_folder(one: &Path, other: &Path) -> bool {
    // One that is not there yet is no other's.
    one.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(one, other)| one == other)
}
