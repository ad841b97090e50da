//! `--supersedes`: the packages that new ones take the place of, each matched with its period before anything is collected.

use std::path::{Path, PathBuf};

use super::earlier::Earlier;
use super::{Exit, Failure};
use crate::package::Place;
use crate::period::Period;
use crate::pseudonym::Pseudonyms;
use crate::report::{AuditReport, CompareError};

/// The packages to be superseded.
pub struct Superseded(Vec<(Earlier, String)>);

impl Superseded {
    /// Reads them. Each must be of one of `periods`, and none the folder that its successor is to be written to.
    pub fn read(paths: &[PathBuf], periods: &[(Period, Place)], names: Option<&Pseudonyms>) -> Result<Self, Failure> {
        let mut found: Vec<(Earlier, String)> = Vec::new();
        for path in paths {
            let (old, manifest) = package(path)?;
            let unusable =
                |why: &str| Failure::new(Exit::Usage, format_args!("cannot supersede `{}`: {why}", path.display()));
            let place = periods.iter().find(|(period, _)| is_of(&old.report, period)).map(|(_, place)| place);
            let place = place.ok_or_else(|| unusable("it is of another period than the report to be made"))?;
            if same_folder(path, place.target()) {
                return Err(unusable("the new package would be written in its place; name another folder with --out"));
            }
            if old.report.pseudonyms.as_ref() != names {
                return Err(CompareError::Pseudonyms.into());
            }
            if found.iter().any(|(other, _)| {
                other.report.period.start == old.report.period.start && other.report.period.end == old.report.period.end
            }) {
                return Err(unusable("another package of its period is named already"));
            }
            found.push((old, manifest));
        }
        Ok(Self(found))
    }

    /// `report` with what it supersedes, if that is anything.
    pub fn stated(&self, report: AuditReport, period: &Period) -> Result<AuditReport, Failure> {
        match self.0.iter().find(|(old, _)| is_of(&old.report, period)) {
            Some((old, manifest)) => Ok(report.superseding(&old.report, manifest)?),
            None => Ok(report),
        }
    }
}

fn is_of(report: &AuditReport, period: &Period) -> bool {
    (report.period.start, report.period.end) == (period.start(), period.end())
}

/// The report of a package, and its manifest's SHA-256: the JSON alone does not tell which package it is of.
fn package(path: &Path) -> Result<(Earlier, String), Failure> {
    let earlier = Earlier::read(path)?;
    let manifest = earlier.manifest_sha256.clone();
    let manifest = manifest.ok_or_else(|| {
        let words = "--supersedes wants the folder of a package, whose manifest is then named";
        Failure::new(Exit::Usage, format_args!("`{}` is a file; {words}", path.display()))
    })?;
    Ok((earlier, manifest))
}

fn same_folder(one: &Path, other: &Path) -> bool {
    // One that is not there yet is no other's.
    one.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(one, other)| one == other)
}
