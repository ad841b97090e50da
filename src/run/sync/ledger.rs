//! `sync.json`: what the tables of a folder are and hold, so that another run does not mix up what does not belong together.

use std::fs;
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Tables;
use super::error::{SyncError, failed};
use super::format::TableFormat;
use crate::batch::{Batch, as_rfc3339};
use crate::digest::sha256;
use crate::figures::Grouping;
use crate::report::{AuditReport, Standing};
use crate::restatement::Adjustment;
use crate::run::ApiSource;
use crate::totals::Sums;

/// Its name in the folder.
pub const NAME: &str = "sync.json";
const FORMAT: &str = "dialnexa-audit-sync/2";
/// The layout before: tables beside the ledger, each replaced under one name.
const OLDER: &str = "dialnexa-audit-sync/1";

/// The file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ledger {
    format: String,
    /// The list that the tables are of.
    pub source: String,
    tables: TableFormat,
    timezone: String,
    fiscal_year_start: u32,
    quarters: Vec<Entry>,
    /// The versions of the Delta tables, by name; none where they are none.
    #[serde(default, skip_serializing_if = "Versions::is_empty")]
    pub versions: Versions,
    /// What each run found to be otherwise than the tables before it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restatements: Vec<RestatedQuarter>,
    /// As of the last run; not there where there are none.
    #[serde(default, skip_serializing_if = "Outside::is_empty")]
    pub outside: Outside,
}

/// The versions that this program wrote last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// Of the table of batches.
    pub batches: Option<u64>,
    /// Of the table of restatements.
    pub restatements: Option<u64>,
}

impl Versions {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
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

/// How a quarter is otherwise than its table before stated it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestatedQuarter {
    /// The quarter.
    pub quarter: String,
    /// When the list was read that differs, by the machine's clock.
    #[serde(with = "as_rfc3339")]
    pub read_at: DateTime<Utc>,
    /// What the table before was.
    pub standing_before: Standing,
    /// What the new one is.
    pub standing: Standing,
    /// How many batches are no longer in the list.
    pub vanished: u64,
    /// How many are in it that were not.
    pub added: u64,
    /// How many have another figure.
    pub recounted: u64,
    /// How many have another status, date, agent or form.
    pub changed: u64,
    /// The totals before.
    pub before: Sums,
    /// After less before.
    pub adjustment: Adjustment,
    /// The totals now.
    pub after: Sums,
    /// The hash total of the ids before.
    pub hash_total_before: String,
    /// That of the ids now.
    pub hash_total: String,
    /// The ids that vanished, oldest batch first: the first of them.
    pub vanished_ids: Vec<String>,
}

impl RestatedQuarter {
    /// How many batches differ. One that has both another figure and another status, date, agent or form counts twice.
    pub fn batches_changed(&self) -> u64 {
        [self.added, self.recounted, self.changed].into_iter().fold(self.vanished, u64::saturating_add)
    }

    /// `RESTATED 2024-Q3: 9 vanished, 2 recounted`; of a quarter that was not over, `VANISHED 2024-Q4: 1`.
    pub fn words(&self) -> String {
        let grouping = Grouping::default();
        if !self.was_closed() {
            return format!("VANISHED {}: {}", self.quarter, grouping.grouped(self.vanished));
        }
        let counts = [
            (self.vanished, "vanished"),
            (self.added, "added"),
            (self.recounted, "recounted"),
            (self.changed, "otherwise changed"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts.map(|(count, what)| format!("{} {what}", grouping.grouped(*count))).collect();
        format!("RESTATED {}: {}", self.quarter, counts.join(", "))
    }

    /// Whether the table before was of a quarter that was over, so that others may have relied on it.
    pub fn was_closed(&self) -> bool {
        self.standing_before != Standing::Provisional
    }
}

/// What the table of a quarter holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The quarter.
    pub quarter: String,
    file: String,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// What it may be taken for.
    pub standing: Standing,
    /// Its totals.
    pub totals: Sums,
    /// The hash total of its ids.
    pub hash_total: String,
}

impl Entry {
    /// What the table of these bytes, made of this report, holds.
    pub fn of(format: TableFormat, report: &AuditReport, bytes: &[u8]) -> Self {
        Self {
            quarter: report.period.slug.clone(),
            file: format.place(&report.period.slug, bytes),
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
            tables: tables.format,
            timezone: tables.timezone.name().to_owned(),
            fiscal_year_start: tables.fiscal_year_start.month(),
            quarters: Vec::new(),
            versions: Versions::default(),
            restatements: Vec::new(),
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
        // The layout before is migrated, into any of the formats that have its columns.
        let (layout, format) = match (&*self.format, self.tables, wanted.tables) {
            (OLDER, TableFormat::Parquet, TableFormat::Delta) => (&wanted.format, wanted.tables),
            (OLDER, ..) => (&wanted.format, self.tables),
            _ => (&self.format, self.tables),
        };
        let pairs = [
            ("the layout", layout.clone(), wanted.format.clone()),
            ("the source", self.source.clone(), wanted.source.clone()),
            ("the format", format.as_str().to_owned(), wanted.tables.as_str().to_owned()),
            ("the time zone", self.timezone.clone(), wanted.timezone.clone()),
            ("the fiscal year's first month", month(self), month(wanted)),
        ];
        pairs.into_iter().find(|(_, kept, wanted)| kept != wanted)
    }

    /// Whether the tables are of the layout before this one.
    pub fn is_older(&self) -> bool {
        self.format == OLDER
    }

    /// The quarters that have a table, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.quarters
    }

    /// What the table of this quarter holds, where there is one.
    pub fn entry(&self, quarter: &str) -> Option<&Entry> {
        self.quarters.iter().find(|entry| entry.quarter == quarter)
    }

    /// The ledger with these quarters in the place of what it said of them, in the present layout.
    pub fn with<'a>(mut self, tables: TableFormat, entries: impl Iterator<Item = &'a Entry>) -> Self {
        (self.format, self.tables) = (FORMAT.to_owned(), tables);
        for entry in entries {
            self.quarters.retain(|kept| kept.quarter != entry.quarter);
            self.quarters.push(entry.clone());
        }
        self.quarters.sort_by(|a, b| a.quarter.cmp(&b.quarter));
        self
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> Vec<u8> {
        format!("{:#}\n", serde_json::json!(self)).into_bytes()
    }

    /// Whether the folder's file says just this.
    pub fn is_in(&self, folder: &Path) -> bool {
        fs::read(folder.join(NAME)).is_ok_and(|bytes| bytes == self.bytes())
    }
}
