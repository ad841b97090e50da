//! The tables of one run: which are as they were, which are new, and how the new ones come into the folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::Utc;
use serde_json::{Value, json};

use super::delta::{Added, Commit, DeltaTable};
use super::error::SyncError;
use super::format::{BATCHES, RESTATEMENTS, TableFormat};
use super::ledger::{Entry, Ledger, Outside};
use super::packages::Packaged;
use super::publish::{self, Journal, Staging};
use super::restated::{self, Found};
use super::table::{bytes_of, register, verify};
use super::{Synced, Tables};
use crate::digest::sha256;
use crate::figures::Grouping;
use crate::render::schema;
use crate::report::AuditReport;

/// A quarter as it is in the folder now.
#[derive(Debug)]
pub struct KeptTable {
    /// What its table holds.
    pub entry: Entry,
    /// Whether it was written by this run.
    pub written: bool,
}

const OF_BATCHES: DeltaTable<'static> = DeltaTable {
    name: BATCHES,
    about: "Batch calls, one row each; every quarter proven complete.",
    columns: &schema::BATCHES,
    partition: Some("quarter"),
    append_only: false,
};

const OF_RESTATEMENTS: DeltaTable<'static> = DeltaTable {
    name: RESTATEMENTS,
    about: "What changed in quarters that were stated before, one row per field of a batch.",
    columns: &schema::RESTATEMENTS,
    partition: None,
    append_only: true,
};

/// Refuses a folder whose table has something in it that this program did not put there.
///
/// # Errors
/// [`SyncError::ForeignFile`], [`SyncError::ForeignCommit`]; where the folder cannot be read.
pub fn check(tables: &Tables, ledger: &Ledger) -> Result<(), SyncError> {
    if tables.format == TableFormat::Delta {
        OF_BATCHES.next(&tables.to, ledger.versions.batches)?;
        OF_RESTATEMENTS.next(&tables.to, ledger.versions.restatements)?;
        return Ok(());
    }
    publish::hidden(&tables.to, ledger).map(drop)
}

/// What a run has come to so far.
#[derive(Debug)]
pub struct Changes<'a> {
    tables: &'a Tables,
    ledger: &'a Ledger,
    staging: &'a Staging,
    kept: Vec<KeptTable>,
    found: Vec<Found>,
    notes: Vec<String>,
    reasons: Vec<String>,
    proof: BTreeMap<String, Value>,
    census: BTreeMap<String, Value>,
}

impl<'a> Changes<'a> {
    /// None yet.
    pub fn new(tables: &'a Tables, ledger: &'a Ledger, staging: &'a Staging) -> Self {
        Self {
            tables,
            ledger,
            staging,
            kept: Vec::new(),
            found: Vec::new(),
            notes: Vec::new(),
            reasons: Vec::new(),
            proof: BTreeMap::new(),
            census: BTreeMap::new(),
        }
    }

    /// The next quarter. Its table is written, read back and checked where it is not there with the very same bytes.
    ///
    /// # Errors
    /// Where the table cannot be made or written, or is not as it was written.
    pub fn take(&mut self, report: &AuditReport) -> Result<(), SyncError> {
        let format = self.tables.format;
        let bytes = bytes_of(format, report)?;
        let entry = Entry::of(format, report, &bytes);
        let before = self.ledger.entry(&entry.quarter);
        let path = self.tables.to.join(entry.file());
        let written = before.is_none_or(|before| before.file() != entry.file())
            || !fs::read(&path).is_ok_and(|there| there == bytes);
        if written {
            let staged = self.staging.put(entry.file(), &bytes)?;
            drop(bytes);
            verify(format, &staged, &entry)?;
            self.compare(before, &entry, report)?;
            let complete = &report.completeness;
            self.proof.insert(
                entry.quarter.clone(),
                json!({ "standing": report.standing, "assurance": complete.assurance, "theorem": complete.theorem,
                    "exact": complete.exact, "proven": complete.proven, "rows": entry.rows(),
                    "hash_total": entry.hash_total, "evidence_sha256": report.evidence.as_ref().map(|file| &file.sha256) }),
            );
            self.census.insert(entry.quarter.clone(), json!(complete.census));
        }
        self.kept.push(KeptTable { entry, written });
        Ok(())
    }

    fn compare(&mut self, before: Option<&Entry>, entry: &Entry, report: &AuditReport) -> Result<(), SyncError> {
        let grouping = Grouping::default();
        let Some(before) = before else {
            self.reasons.push(format!("{}: new, {}", entry.quarter, grouping.batches(entry.rows())));
            return Ok(());
        };
        if before.sha256 == entry.sha256 {
            self.notes.push(format!("the table of {} was not as it was written; it was restored", entry.quarter));
            return Ok(());
        }
        let path = self.tables.to.join(before.file());
        let known = fs::read(&path).is_ok_and(|there| sha256(&there) == before.sha256);
        let old = if known { register(self.tables.format, &path).ok() } else { None };
        let Some(old) = old else {
            let words = format!(
                "the earlier table of {} is missing or is not as it was written, so which batches changed is not known; it had {}, \
                 the new one has {}",
                entry.quarter,
                grouping.batches(before.rows()),
                grouping.grouped(entry.rows()),
            );
            self.notes.push(words);
            self.reasons.push(format!("{}: written again", entry.quarter));
            return Ok(());
        };
        match restated::found(before, &old, report)? {
            Some(found) => {
                self.reasons.push(found.quarter.words());
                self.found.push(found);
            }
            None => self.reasons.push(format!("{}: changed", entry.quarter)),
        }
        Ok(())
    }

    /// Puts what is new in its place.
    ///
    /// # Errors
    /// Where a file cannot be written, or another program wrote to the table.
    pub fn publish(mut self, outside: Outside) -> Result<Synced, SyncError> {
        let (tables, ledger, staging) = (self.tables, self.ledger, self.staging);
        let restated: Vec<_> = self.found.iter().map(|found| found.quarter.clone()).collect();
        let mut after = ledger.clone().with(tables.format, self.kept.iter().map(|kept| &kept.entry));
        after.restatements.extend(restated.iter().cloned());
        after.outside = outside.clone();
        let mut journal = Journal {
            moves: Vec::new(),
            tree: false,
            logs: Vec::new(),
            ledger: after,
            older: Vec::new(),
            restated: restated.clone(),
        };
        if ledger.is_older() {
            journal.older = ledger.entries().iter().map(|entry| entry.file().to_owned()).collect();
        }
        let table = self.restatements()?;
        let added = table.map(|(place, bytes)| self.stage_restatements(&mut journal, place, &bytes)).transpose()?;
        match tables.format {
            TableFormat::Delta => self.stage_commits(&mut journal, added)?,
            _ => self.stage_tree(&mut journal)?,
        }
        let nothing = journal.moves.is_empty() && !journal.tree && journal.logs.is_empty() && journal.older.is_empty();
        if !nothing || !journal.ledger.is_in(&tables.to) {
            staging.publish(&journal)?;
        }
        if ledger.is_older() {
            self.notes
                .push(format!("the tables in `{}` were of an older layout and are migrated", tables.to.display()));
        }
        let packages = Packaged::default();
        Ok(Synced { quarters: self.kept, restated, outside, notes: self.notes, packages })
    }

    /// The file that this run adds to the table of restatements: one without rows where there is no table yet, so that it has
    /// its columns from the first run on.
    fn restatements(&self) -> Result<Option<(String, Vec<u8>)>, SyncError> {
        let format = self.tables.format;
        let first = format == TableFormat::Parquet && !self.tables.to.join(RESTATEMENTS).exists();
        if self.found.is_empty() && !first {
            return Ok(None);
        }
        let bytes = restated::table(format, &self.found)?;
        let place = format!("{RESTATEMENTS}/restatements-{}.{}", &sha256(&bytes)[..16], format.extension());
        Ok(Some((place, bytes)))
    }

    fn stage_restatements(&self, journal: &mut Journal, place: String, bytes: &[u8]) -> Result<Added, SyncError> {
        self.staging.put(&place, bytes)?;
        journal.moves.push(place.clone());
        Ok(Added { place, partition: None, bytes: bytes.len() as u64, rows: restated::count(&self.found) })
    }

    /// The folder of all tables as it is to be: new ones beside those that stay.
    fn stage_tree(&self, journal: &mut Journal) -> Result<(), SyncError> {
        let folder = &self.tables.to;
        journal.tree = self.kept.iter().any(|kept| kept.written) || !folder.join(BATCHES).exists();
        if !journal.tree {
            return Ok(());
        }
        let written = |place: &str| self.kept.iter().any(|kept| kept.written && kept.entry.file() == place);
        let staying = journal.ledger.entries().iter().map(|entry| entry.file().to_owned());
        let hidden = publish::hidden(folder, self.ledger)?;
        let staying: Vec<String> = staying.filter(|place| !written(place)).chain(hidden).collect();
        staying.iter().try_for_each(|place| self.staging.keep(place))?;
        if journal.ledger.entries().is_empty() {
            // A list without batches has a table all the same.
            self.staging.folder(BATCHES)?;
        }
        Ok(())
    }

    fn stage_commits(&self, journal: &mut Journal, restatements: Option<Added>) -> Result<(), SyncError> {
        let (folder, millis) = (&self.tables.to, Utc::now().timestamp_millis());
        let written: Vec<&KeptTable> = self.kept.iter().filter(|kept| kept.written).collect();
        journal.moves.extend(written.iter().map(|kept| kept.entry.file().to_owned()));
        let old = |kept: &KeptTable| self.ledger.entry(&kept.entry.quarter);
        let is_new = |kept: &&&KeptTable| old(kept).is_none_or(|old| old.file() != kept.entry.file());
        let changed: Vec<_> = written.iter().filter(is_new).collect();
        let removed = changed.iter().filter_map(|kept| old(kept)).filter(|old| is_in_table(old.file()));
        let reason = if self.reasons.is_empty() { "the table is made".to_owned() } else { self.reasons.join("; ") };
        let commit = Commit {
            added: changed.iter().map(|kept| added(self.staging, &kept.entry)).collect::<Result<_, _>>()?,
            removed: removed.map(|old| (old.file().to_owned(), Some(old.quarter.clone()))).collect(),
            reason: reason.clone(),
            proof: json!(self.proof),
            census: json!(self.census),
        };
        let next = OF_BATCHES.next(folder, self.ledger.versions.batches)?;
        if next == 0 || !commit.added.is_empty() {
            let place = OF_BATCHES.place(next);
            self.staging.put(&place, &OF_BATCHES.commit(next, &self.ledger.source, millis, &commit))?;
            journal.logs.push(place);
            journal.ledger.versions.batches = Some(next);
        }
        let next = OF_RESTATEMENTS.next(folder, self.ledger.versions.restatements)?;
        if next == 0 || restatements.is_some() {
            let commit = Commit { added: restatements.into_iter().collect(), removed: Vec::new(), ..commit };
            let place = OF_RESTATEMENTS.place(next);
            self.staging.put(&place, &OF_RESTATEMENTS.commit(next, &self.ledger.source, millis, &commit))?;
            journal.logs.push(place);
            journal.ledger.versions.restatements = Some(next);
        }
        Ok(())
    }
}

/// A file of an older layout is in no table.
fn is_in_table(place: &str) -> bool {
    Path::new(place).starts_with(BATCHES)
}

fn added(staging: &Staging, entry: &Entry) -> Result<Added, SyncError> {
    Ok(Added {
        place: entry.file().to_owned(),
        partition: Some(entry.quarter.clone()),
        bytes: staging.size(entry.file())?,
        rows: entry.rows(),
    })
}
