//! A package that is there already: whether it is what would be made, so that it need not be made.

use std::path::Path;

use chrono::Utc;

use super::earlier::Earlier;
use super::files::read_folder;
use crate::package::{Entry, Format};
use crate::period::Period;
use crate::pseudonym::Pseudonyms;
use crate::report::{AuditReport, Standing};
use crate::verify::package;
use crate::verify::signature::Trust;

/// What a package has to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demands<'a> {
    /// Its period.
    pub period: &'a Period,
    /// The formats that it holds, beside others.
    pub formats: &'a [Format],
    /// The key of its pseudonyms, where its names are replaced.
    pub pseudonyms: Option<&'a Pseudonyms>,
    /// SHA-256, in hex, of the company's answers to findings that it has.
    pub dispositions: Option<&'a str>,
    /// SHA-256, in hex, of the manifest of the package that it is compared with.
    pub compared: Option<&'a str>,
    /// The language of its letter.
    pub letter: Option<&'a str>,
}

/// A whole package, whose signatures hold.
#[derive(Debug)]
pub(super) struct FoundPackage {
    report: AuditReport,
    names: Vec<String>,
}

impl FoundPackage {
    /// The package at `path`; in words, why it is none.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        if !path.is_dir() {
            return Err("it is not a folder".to_owned());
        }
        let folder = read_folder(path).map_err(|error| error.to_string())?;
        let verdict = package::verify(&folder, &Trust::at(Utc::now()));
        if let Some(problem) = verdict.problems.first() {
            return Err(format!("it is no whole package: {problem}"));
        }
        if !verdict.accepted() {
            return Err("it does not verify".to_owned());
        }
        let report = Earlier::of_folder(path, &folder).map_err(|error| error.to_string())?.report;
        let names = verdict.files.into_iter().map(|file| file.name).collect();
        Ok(Self { report, names })
    }

    /// Whether it is of the days and in the formats that are wanted; in words, why not.
    pub(super) fn meets(&self, demands: Demands<'_>) -> Result<(), String> {
        let Demands { period, formats, pseudonyms, dispositions, compared, letter } = demands;
        let its = &self.report.period;
        if its.timezone != period.zone() {
            return Err(format!("its time zone is {}", its.timezone.name()));
        }
        if (its.start, its.end) != (period.start(), period.end()) {
            return Err(format!("it is of {} to {} (exclusive)", its.first_day, its.day_after));
        }
        if self.report.pseudonyms.as_ref() != pseudonyms {
            return Err(match &self.report.pseudonyms {
                Some(names) => format!("its names are replaced by the key {}", names.key_id),
                None => "its names are not replaced".to_owned(),
            });
        }
        let made = self.report.made.as_ref();
        if made.and_then(|made| made.dispositions.as_ref()).map(|file| &*file.sha256) != dispositions {
            return Err("its dispositions are other ones".to_owned());
        }
        // A letter that was not asked for does no harm.
        if letter.is_some() && made.and_then(|made| made.letter.as_deref()) != letter {
            return Err("it has no such letter".to_owned());
        }
        if self.report.compared.as_ref().map(|old| &*old.manifest_sha256) != compared {
            return Err("it is not compared with the same package".to_owned());
        }
        let lacking = formats.iter().find(|format| !self.has(**format));
        lacking.map_or(Ok(()), |format| Err(format!("it holds no {}", format.as_str())))
    }

    fn has(&self, format: Format) -> bool {
        let name = format!("batch-audit-{}.{}", self.report.period.slug, format.as_str());
        self.names.contains(&name)
    }

    /// Whether it is complete and of this list; in words, why not.
    pub(super) fn is_done(&self, source: Option<&str>) -> Result<(), String> {
        if self.report.standing != Standing::Complete {
            return Err(format!("it is {}", self.report.standing.as_str().to_uppercase()));
        }
        let scope = &self.report.scope;
        let its = if scope.sample { "the sample API" } else { &*scope.endpoint };
        match source {
            Some(source) if source != its => Err(format!("it is of {its}, not of {source}")),
            _ => Ok(()),
        }
    }

    /// Whether it was made from the evidence at `path`.
    pub(super) fn is_from(&self, path: &Path) -> bool {
        let Some(evidence) = &self.report.evidence else { return false };
        let Ok(metadata) = std::fs::metadata(path) else { return false };
        metadata.len() == evidence.bytes && sha256_of(path).is_some_and(|sha256| sha256 == evidence.sha256)
    }
}

/// When a package that is there already need not be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ways<'a> {
    /// Where it was made from this evidence.
    pub evidence: Option<&'a Path>,
    /// Where it is complete, and of `source`.
    pub keep_existing: bool,
    /// The list that it has to be of; `None`: any.
    pub source: Option<&'a str>,
}

/// Why a package that is there does not count as made.
#[derive(Debug)]
pub(super) enum NotDone {
    /// It was not asked for that it counts.
    Exists,
    /// It is not what would be made.
    NotKept(String),
}

impl Ways<'_> {
    /// Whether the package that is there was made from the evidence that others are made from; it stays then, or because it
    /// may. An error where it does not.
    pub(super) fn found(&self, path: &Path, demands: Demands<'_>) -> Result<bool, NotDone> {
        let evidence = self.evidence.filter(|evidence| evidence.is_file());
        if evidence.is_none() && !self.keep_existing {
            return Err(NotDone::Exists);
        }
        let found = FoundPackage::read(path).and_then(|found| found.meets(demands).map(|()| found));
        match found {
            Ok(found) if evidence.is_some_and(|evidence| found.is_from(evidence)) => Ok(true),
            _ if !self.keep_existing => Err(NotDone::Exists),
            Ok(found) => found.is_done(self.source).map(|()| false).map_err(NotDone::NotKept),
            Err(why) => Err(NotDone::NotKept(why)),
        }
    }

    /// Whether there is a package that was made from the evidence, and as it would be made now.
    pub(super) fn is_from_evidence(&self, path: &Path, demands: Demands<'_>) -> bool {
        path.is_dir() && matches!((Self { keep_existing: false, ..*self }).found(path, demands), Ok(true))
    }

    /// Whether the file at `path` is the evidence.
    pub(super) fn is_the_evidence(&self, path: &Path) -> bool {
        self.evidence.is_some_and(|evidence| same_content(evidence, path))
    }
}

fn same_content(one: &Path, other: &Path) -> bool {
    sha256_of(one).zip(sha256_of(other)).is_some_and(|(one, other)| one == other)
}

fn sha256_of(path: &Path) -> Option<String> {
    let file = std::fs::File::open(path).ok()?;
    Entry::of_reader("", std::io::BufReader::new(file)).ok().map(|entry| entry.sha256)
}
