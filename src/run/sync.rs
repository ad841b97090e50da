//! Tables for a warehouse: one per quarter, each proven complete, written only where its batches changed. What changed in a
//! quarter that was stated before is a restatement, and is reported.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono_tz::Tz;

use super::gather::{ApiSource, Gathered, Gathering};
use super::listener::Listener;
use crate::durable;
use crate::period::{FiscalYearStart, Period, Quarter};
use crate::report::{AuditReport, Standing};

mod changes;
mod delta;
mod error;
mod format;
mod ledger;
mod packages;
mod publish;
mod quarters;
mod restated;
mod table;

use changes::Changes;
pub use changes::KeptTable;
pub use error::SyncError;
use error::failed;
pub use format::{BATCHES, RESTATEMENTS, TableFormat};
use ledger::Ledger;
pub use ledger::{Entry, Outside, RestatedQuarter, Stray};
pub use packages::{PACKAGES, Packaged, QuarterPackages, remedy};
use publish::Staging;

/// The tables that are wanted.
#[derive(Debug, Clone)]
pub struct Tables {
    /// The folder in which they are kept.
    pub to: PathBuf,
    /// What they are.
    pub format: TableFormat,
    /// The first quarter; `None` for all.
    pub since: Option<Quarter>,
    /// The time zone of the quarters' days.
    pub timezone: Tz,
    /// The month in which a fiscal year begins.
    pub fiscal_year_start: FiscalYearStart,
}

/// A folder of tables, made if it was not there, whose tables are those that are wanted.
#[derive(Debug)]
pub struct Folder<'a> {
    tables: &'a Tables,
    ledger: Ledger,
    recovered: Vec<RestatedQuarter>,
    /// Keeps other runs from the folder.
    alone: Option<File>,
    /// Goes again where nothing is left in it; before the folder itself.
    staging: Staging,
    /// Goes again where nothing comes into it.
    made: durable::MadeFolders,
}

/// The folder for this run alone; `None` where folders cannot be held.
fn alone(folder: &Path, waiting: impl FnOnce()) -> io::Result<Option<File>> {
    let Ok(file) = File::open(folder) else { return Ok(None) };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            waiting();
            file.lock()?;
            Ok(Some(file))
        }
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// What a run has kept.
#[derive(Debug)]
pub struct Synced {
    /// The quarters that have a table, oldest first.
    pub quarters: Vec<KeptTable>,
    /// The quarters that the list has otherwise than the tables before stated them; with those of a run that was killed before
    /// it could report them.
    pub restated: Vec<RestatedQuarter>,
    /// The batches of the list that are in no table because of their dates.
    pub outside: Outside,
    /// What else is worth knowing, in sentences.
    pub notes: Vec<String>,
    /// The signed packages of closed quarters, where they were wanted.
    pub packages: Packaged,
}

impl<'a> Folder<'a> {
    /// Opens the folder, before anything is collected. Where another run keeps tables in it, waits for its end, after it
    /// called `waiting`. What a killed run had begun to put in place is put there.
    ///
    /// # Errors
    /// Where it cannot be made or read, or holds other tables.
    pub fn open(tables: &'a Tables, source: &ApiSource, waiting: impl FnOnce()) -> Result<Self, SyncError> {
        let made = durable::make_folders(&tables.to).map_err(failed("make the folder", &tables.to))?;
        let alone = alone(&tables.to, waiting).map_err(failed("lock", &tables.to))?;
        let staging = Staging::open(&tables.to)?;
        let recovered = staging.recover()?;
        let ledger = Ledger::open(tables, source)?;
        if ledger.is_older() && tables.since.is_some() {
            return Err(SyncError::PartlyMigrated(tables.to.clone()));
        }
        changes::check(tables, &ledger)?;
        Ok(Self { tables, ledger, recovered, alone, staging, made })
    }

    /// Gathers from the first quarter to the end of the present one, and writes each quarter's table where it changed; then the
    /// package of each closed quarter that has none, where `packages` are wanted.
    ///
    /// # Errors
    /// Where the list cannot be gathered or is not proven complete, or a file cannot be written.
    pub fn keep(
        self,
        gathering: &Gathering,
        source: &ApiSource,
        listener: &Arc<dyn Listener>,
        packages: Option<QuarterPackages<'_>>,
    ) -> Result<Synced, SyncError> {
        let Self { tables, ledger, recovered, alone: _alone, staging, made: _made } = &self;
        let gathering = &Gathering { out: staging.path(), ..gathering.clone() };
        let gathered = quarters::gathered(tables, gathering, source, listener)?;
        // A quarter that has begun by the API's clock and not by this machine's is in no table either.
        let over = gathered.collected.as_of.is_none().then_some(gathered.collected.range.end);
        let ahead = quarters::ahead(gathering, source, listener, over)?;
        let origin = gathered.origin();
        let Gathered { mut collected, counts, partial, .. } = gathered;
        let (whole, mut closed) = (packages.is_some().then(|| collected.clone()), Vec::new());
        let outside = Outside::of(quarters::cut_off(tables, &mut collected)?, ahead);
        let mut changes = Changes::new(tables, ledger, staging);
        for (quarter, collected) in quarters::quarters(tables, ledger, collected)? {
            let period = Period::of_quarter(quarter, tables.fiscal_year_start, tables.timezone)?;
            if collected.batches.is_empty() && ledger.entry(period.slug()).is_none() {
                continue;
            }
            let report = AuditReport::of_collection(&period, collected, &counts, origin.clone())?;
            changes.take(&report)?;
            if report.standing == Standing::Complete {
                closed.push(period);
            }
        }
        let mut synced = changes.publish(outside)?;
        synced.restated.splice(..0, recovered.iter().cloned());
        if let (Some(packages), Some(whole)) = (packages, whole) {
            synced.packages = packages.make(closed, (whole, &counts), &origin, &partial.evidence());
        }
        // Also where a package could not be made: another run reads the list again.
        partial.remove().map_err(failed("remove", &partial.evidence()))?;
        Ok(synced)
    }
}
