//! `sync.json`: what the tables of a folder are and hold, so that another run does not mix up what does not belong together.

use std::fs;
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{SyncError, TableFormat, Tables, failed};
use crate::batch::{Batch, as_rfc3339};
use crate::digest::sha256;
use crate::durable;
use crate::period::Quarter;
use crate::report::{AuditReport, Standing};
use crate::run::ApiSource;
use crate::totals::Sums;

const NAME: &str = "sync.json";
const FORMAT: &str = "dialnexa-audit-sync/1";

/// The file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ledger {
    format: String,
    source: String,
    tables: String,
    timezone: String,
    fiscal_year_start: u32,
    quarters: Vec<Entry>,
    /// As of the last run; not there where there are none.
    #[serde(default, skip_serializing_if = "Outside::is_empty")]
    outside: Outside,
}

/// Batches of the list that are in no table because of their dates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// Those dated before the first quarter, which begins in 1970, oldest first.
    pub before_1970: Vec<Stray>,
    /// Those dated after the moment at which they were read, or after this machine's present quarter, oldest first, as far as the head of the list shows them. Each comes
    /// into a table when its date has passed.
    pub in_the_future: Vec<Stray>,
}

/// Such a batch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stray {
    /// When it was created, as the API says.
    #[serde(with = "as_rfc3339")]
    pub created_at: DateTime<Utc>,
    /// The batch.
    pub batch_id: String,
}

impl Outside {
    pub(super) fn of(before: Vec<Batch>, ahead: Vec<Batch>) -> Self {
        let strays = |batches: Vec<Batch>| {
            let stray = |batch: Batch| Stray { created_at: batch.created_at, batch_id: batch.id.into() };
            let mut strays: Vec<Stray> = batches.into_iter().map(stray).collect();
            strays.sort();
            strays.dedup();
            strays
        };
        Self { before_1970: strays(before), in_the_future: strays(ahead) }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.before_1970.is_empty() && self.in_the_future.is_empty()
    }
}

/// What the table of a quarter holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    quarter: String,
    file: String,
    sha256: String,
    standing: Standing,
    totals: Sums,
    hash_total: String,
}

impl Entry {
    /// What the table at `file`, made of this report, holds.
    pub fn of(file: &str, report: &AuditReport, bytes: &[u8]) -> Self {
        Self {
            quarter: report.period.slug.clone(),
            file: file.to_owned(),
            sha256: sha256(bytes),
            standing: report.standing,
            totals: report.totals.all.clone(),
            hash_total: report.hash_total.clone(),
        }
    }

    /// The table's path in the folder.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// How many batches it holds.
    pub fn rows(&self) -> u64 {
        self.totals.batches
    }
}

impl Ledger {
    /// The ledger of the folder, or of a new one.
    ///
    /// # Errors
    /// Where the folder's tables are of another list, of other quarters or of another kind.
    pub fn open(tables: &Tables, source: &ApiSource) -> Result<Self, SyncError> {
        let wanted = Self {
            format: FORMAT.to_owned(),
            source: if source.sample { "sample".to_owned() } else { source.endpoint.batch_calls() },
            tables: extension(tables.format).to_owned(),
            timezone: tables.timezone.name().to_owned(),
            fiscal_year_start: tables.fiscal_year_start.month(),
            quarters: Vec::new(),
            outside: Outside::default(),
        };
        let path = tables.to.join(NAME);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(wanted),
            Err(error) => return Err(failed("read", &path)(error)),
        };
        let kept: Self = serde_json::from_slice(&bytes).map_err(|error| SyncError::NoLedger { path, error })?;
        match kept.difference(&wanted) {
            None => Ok(kept),
            Some((what, kept, wanted)) => Err(SyncError::Apart { folder: tables.to.clone(), what, kept, wanted }),
        }
    }

    fn difference(&self, wanted: &Self) -> Option<(&'static str, String, String)> {
        let month = |ledger: &Self| ledger.fiscal_year_start.to_string();
        let pairs = [
            ("the layout", self.format.clone(), wanted.format.clone()),
            ("the source", self.source.clone(), wanted.source.clone()),
            ("the format", self.tables.clone(), wanted.tables.clone()),
            ("the time zone", self.timezone.clone(), wanted.timezone.clone()),
            ("the fiscal year's first month", month(self), month(wanted)),
        ];
        pairs.into_iter().find(|(_, kept, wanted)| kept != wanted)
    }

    /// Writes the ledger with these quarters in the place of what it said of them, unless it says just that.
    pub fn keep<'a>(
        mut self,
        folder: &Path,
        entries: impl Iterator<Item = &'a Entry>,
        outside: &Outside,
    ) -> Result<(), SyncError> {
        self.outside = outside.clone();
        for entry in entries {
            self.quarters.retain(|kept| kept.quarter != entry.quarter);
            self.quarters.push(entry.clone());
        }
        self.quarters.sort_by(|a, b| a.quarter.cmp(&b.quarter));
        let path = folder.join(NAME);
        let bytes = format!("{:#}\n", serde_json::json!(self)).into_bytes();
        if fs::read(&path).ok().as_ref() != Some(&bytes) {
            durable::replace(&path, &bytes).map_err(failed("write", &path))?;
        }
        Ok(())
    }
}

/// Where the table of a quarter is in the folder. Warehouses take the folder's name for a column.
pub fn place(quarter: Quarter, format: TableFormat) -> String {
    format!("quarter={quarter}/batches.{}", extension(format))
}

/// The quarters that have a table in the folder, by name.
pub fn quarters(folder: &Path, format: TableFormat) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let there = entries.filter(|entry| entry.path().join(format!("batches.{}", extension(format))).exists());
    let names = there.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter_map(|name| name.strip_prefix("quarter=").map(str::to_owned)).collect()
}

fn extension(format: TableFormat) -> &'static str {
    match format {
        TableFormat::Parquet => "parquet",
        TableFormat::Ndjson => "ndjson",
    }
}
