//! `--supersedes`: the packages that new ones take the place of, each matched with its period before anything is collected.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::earlier::{Earlier, EarlierError};
use super::held::{self, NotHeld};
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
    #[error("`{}` is a file; --supersedes wants the folder of a package, whose manifest is then named", .0.display())]
    File(PathBuf),
    /// It is not as it was signed.
    #[error("cannot supersede the package: {0}")]
    NotHeld(#[from] NotHeld),
    /// No report to be made is of its period.
    #[error("cannot supersede `{}`: it is of another period than the report to be made", .0.display())]
    OtherPeriod(PathBuf),
    /// Its successor would be written over it.
    #[error("cannot supersede `{}`: the new package would be written in its place", .0.display())]
    InItsPlace(PathBuf),
    /// Two packages of one period.
    #[error("cannot supersede `{}`: another package of its period is named already", .0.display())]
    Repeated(PathBuf),
    /// The two reports cannot be compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
}

impl Remedy for SupersedeError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Earlier(error) => error.remedy(),
            Self::Compare(error) => error.remedy(),
            Self::NotHeld(error) => error.remedy(),
            Self::InItsPlace(_) => Some("name another folder with --out".into()),
            Self::File(_) | Self::OtherPeriod(_) | Self::Repeated(_) => None,
        }
    }
}

/// The packages to be superseded.
#[derive(Debug)]
pub struct Superseded(Vec<(Earlier, String)>);

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
        let mut found: Vec<(Earlier, String)> = Vec::new();
        for path in paths {
            let (old, manifest) = package(path)?;
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
            if found.iter().any(|(other, _)| {
                other.report.period.start == old.report.period.start && other.report.period.end == old.report.period.end
            }) {
                return Err(SupersedeError::Repeated(path.clone()));
            }
            found.push((old, manifest));
        }
        Ok(Self(found))
    }

    /// `report` with what it supersedes, if that is anything.
    ///
    /// # Errors
    /// Where the two cannot be compared.
    pub fn stated(&self, report: AuditReport, period: &Period) -> Result<AuditReport, CompareError> {
        match self.0.iter().find(|(old, _)| is_of(&old.report, period)) {
            Some((old, manifest)) => report.superseding(&old.report, manifest),
            None => Ok(report),
        }
    }
}

fn is_of(report: &AuditReport, period: &Period) -> bool {
    (report.period.start, report.period.end) == (period.start(), period.end())
}

/// The report of a package, and its manifest's SHA-256: the JSON alone does not report which package it is of.
fn package(path: &Path) -> Result<(Earlier, String), SupersedeError> {
    if path.is_dir() {
        held::package(path)?;
    }
    let earlier = Earlier::read(path)?;
    let manifest = earlier.manifest_sha256.clone().ok_or_else(|| SupersedeError::File(path.to_owned()))?;
    Ok((earlier, manifest))
}

fn same_folder(one: &Path, other: &Path) -> bool {
    // One that is not there yet is no other's.
    one.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(one, other)| one == other)
}
