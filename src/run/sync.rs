//! Tables for a warehouse: one a quarter, each proven complete, written anew only where its batches changed.

use std::borrow::Cow;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::gather::{ApiSource, GatherError, Gathered, Gathering, gather};
use super::listener::Listener;
use super::watch::dated_ahead;
use crate::api::client::{Client, Settings};
use crate::api::exchange::{Exchange, Observer, Sent};
use crate::batch::Batch;
use crate::collect::{Collected, Refusal};
use crate::durable;
use crate::machine;
use crate::period::{FiscalYearStart, Period, PeriodError, Quarter};
use crate::remedy::Remedy;
use crate::render::{bytes, ndjson, parquet};
use crate::report::{AuditReport, ReportError};

mod ledger;

use ledger::Ledger;
pub use ledger::{Entry, Outside, Stray};

/// What the files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// Typed columns.
    Parquet,
    /// One JSON object a line.
    Ndjson,
}

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

/// A quarter as it is in the folder now.
#[derive(Debug)]
pub struct KeptTable {
    /// What its table holds.
    pub entry: Entry,
    /// Whether it was written by this run.
    pub written: bool,
}

/// Why tables could not be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The file system refuses.
    #[error("cannot {doing} `{}`: {error}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
    /// The ledger is none.
    #[error("`{}` is not what sync writes: {error}", .path.display())]
    NoLedger {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// The folder's tables are of something else.
    #[error("the tables in `{}` have {what} {kept}, not {wanted}", .folder.display())]
    Apart {
        /// The folder.
        folder: PathBuf,
        /// What differs.
        what: &'static str,
        /// What it is of the tables there.
        kept: String,
        /// What was asked for.
        wanted: String,
    },
    /// The first quarter is not one that the tables are cut by.
    #[error("--since {since} begins inside {cut} of this fiscal year")]
    InsideAQuarter {
        /// The quarter asked for.
        since: Quarter,
        /// The quarter that it begins in.
        cut: Quarter,
    },
    /// A period lies too far away.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// The list could not be gathered.
    #[error(transparent)]
    Gather(#[from] GatherError),
    /// Completeness is not established.
    #[error("completeness not established: {refusal}")]
    Refused {
        /// Why not.
        refusal: Refusal,
        /// Where what was read is kept.
        evidence: PathBuf,
    },
    /// There can be no report.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A table could not be made.
    #[error(transparent)]
    Parquet(#[from] parquet::ParquetError),
    /// A table could not be made.
    #[error(transparent)]
    Ndjson(#[from] ndjson::NdjsonError),
}

impl Remedy for SyncError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NoLedger { .. } | Self::Apart { .. } => Some("name another folder by --to".into()),
            Self::InsideAQuarter { cut, .. } => Some(format!("write --since {cut}").into()),
            Self::Period(error) => error.remedy(),
            Self::Gather(error) => error.remedy(),
            Self::Refused { refusal, .. } => refusal.remedy(),
            Self::Report(error) => error.remedy(),
            Self::Parquet(error) => error.remedy(),
            Self::Ndjson(error) => error.remedy(),
            Self::Io { .. } => None,
        }
    }
}

/// A folder of tables, made if it was not there, whose tables are those that are wanted.
#[derive(Debug)]
pub struct Folder<'a> {
    tables: &'a Tables,
    ledger: Ledger,
    /// Keeps other runs from the folder.
    _alone: Option<File>,
    /// Goes again where nothing comes into it.
    _made: durable::MadeFolders,
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
    /// The batches of the list that are in no table because of their dates.
    pub outside: Outside,
}

impl<'a> Folder<'a> {
    /// Opens the folder, before anything is collected. Where another run keeps tables in it, waits for its end, after it
    /// called `waiting`.
    ///
    /// # Errors
    /// Where it cannot be made or read, or holds other tables.
    pub fn open(tables: &'a Tables, source: &ApiSource, waiting: impl FnOnce()) -> Result<Self, SyncError> {
        let made = durable::make_folders(&tables.to).map_err(failed("make the folder", &tables.to))?;
        let alone = alone(&tables.to, waiting).map_err(failed("lock", &tables.to))?;
        Ok(Self { tables, ledger: Ledger::open(tables, source)?, _alone: alone, _made: made })
    }

    /// Gathers from the first quarter to the end of the present one, and writes each quarter's table where it changed.
    ///
    /// # Errors
    /// Where the list cannot be gathered or is not proven complete, or a file cannot be written.
    pub fn keep(
        self,
        gathering: &Gathering,
        source: &ApiSource,
        listener: &Arc<dyn Listener>,
    ) -> Result<Synced, SyncError> {
        let Self { tables, ledger, _alone, _made } = self;
        let gathered = gathered(tables, gathering, source, listener)?;
        // A quarter that has begun by the API's clock and not by this machine's is in no table either.
        let over = gathered.collected.as_of.is_none().then_some(gathered.collected.range.end);
        let ahead = ahead(gathering, source, listener, over)?;
        let origin = gathered.origin();
        let Gathered { mut collected, counts, partial, .. } = gathered;
        let outside = Outside::of(cut_off(tables, &mut collected)?, ahead);
        let mut all = Vec::new();
        for (quarter, collected) in quarters(tables, collected)? {
            let period = Period::of_quarter(quarter, tables.fiscal_year_start, tables.timezone)?;
            let place = ledger::place(quarter, tables.format);
            if collected.batches.is_empty() && !tables.to.join(&place).exists() {
                continue;
            }
            let report = AuditReport::of_collection(&period, collected, &counts, origin.clone())?;
            all.push(keep(tables, &place, &report)?);
        }
        ledger.keep(&tables.to, all.iter().map(|kept| &kept.entry), &outside)?;
        partial.remove().map_err(failed("remove", &partial.evidence()))?;
        Ok(Synced { quarters: all, outside })
    }
}

/// The batches at the head of the list that are dated in the future, or from `since` on.
fn ahead(
    gathering: &Gathering,
    source: &ApiSource,
    listener: &Arc<dyn Listener>,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<Batch>, GatherError> {
    let settings = Settings { max_wait: gathering.max_wait, ..Settings::default() };
    let observer: Arc<dyn Observer> = Arc::new(Waits(Arc::clone(listener)));
    let client = Client::new(source.endpoint.clone(), source.key.clone(), settings, observer)?;
    let runtime = machine::runtime()?;
    Ok(runtime.block_on(dated_ahead(&client, since))?)
}

/// Passes waits on to a listener, and nothing else: these requests are no part of the evidence.
struct Waits(Arc<dyn Listener>);

impl Observer for Waits {
    fn sending(&self, _: &Sent<'_>) -> io::Result<()> {
        Ok(())
    }

    fn exchanged(&self, _: &Exchange) -> io::Result<()> {
        Ok(())
    }

    fn waiting(&self, seconds: f64, why: &str) {
        self.0.waiting(seconds, why);
    }
}

/// Takes out what is dated before the first quarter that there can be, where every quarter is wanted.
fn cut_off(tables: &Tables, collected: &mut Collected) -> Result<Vec<Batch>, SyncError> {
    if tables.since.is_some() {
        return Ok(Vec::new());
    }
    let first = Quarter::of_day(NaiveDate::default(), tables.fiscal_year_start);
    // A fiscal quarter may have begun before 1970; the next one is the first that is whole.
    let first = match first.days(tables.fiscal_year_start)? {
        (day, _) if day < NaiveDate::default() => first.after(),
        _ => first,
    };
    let start = Period::of_quarter(first, tables.fiscal_year_start, tables.timezone)?.start();
    let place = collected.batches.partition_point(|batch| batch.created_at < start);
    let rest = collected.batches.split_off(place);
    collected.range.start = collected.range.start.max(start);
    Ok(std::mem::replace(&mut collected.batches, rest))
}

/// Collects from the first quarter to the end of the present one, and counts calls.
fn gathered(
    tables: &Tables,
    gathering: &Gathering,
    source: &ApiSource,
    listener: &Arc<dyn Listener>,
) -> Result<Gathered, SyncError> {
    first_day(tables)?;
    let present = Quarter::of_day(Utc::now().with_timezone(&tables.timezone).date_naive(), tables.fiscal_year_start);
    let (_, after) = present.days(tables.fiscal_year_start)?;
    let period = match tables.since {
        Some(_) => Period::of_range(first_day(tables)?, after, tables.timezone)?,
        None => Period::until(after, tables.timezone)?,
    };
    let gathered = gather(gathering, &[&period], "sync", source, listener)?;
    match &gathered.collected.proof {
        Ok(_) => Ok(gathered),
        Err(refusal) => Err(SyncError::Refused { refusal: refusal.clone(), evidence: gathered.partial.evidence() }),
    }
}

/// The first day of the first quarter: of one that the tables are cut by, so that no table holds a part of its quarter.
fn first_day(tables: &Tables) -> Result<NaiveDate, SyncError> {
    let Some(since) = tables.since else { return Ok(NaiveDate::default()) };
    let (first, _) = since.days(tables.fiscal_year_start)?;
    let cut = Quarter::of_day(first, tables.fiscal_year_start);
    if cut.days(tables.fiscal_year_start)?.0 == first {
        Ok(first)
    } else {
        Err(SyncError::InsideAQuarter { since, cut })
    }
}

/// The collection cut into quarters, oldest first, from the first that has batches, or a file from an earlier run, on.
fn quarters(tables: &Tables, collected: Collected) -> Result<Vec<(Quarter, Collected)>, SyncError> {
    let of = |instant: DateTime<Utc>| {
        Quarter::of_day(instant.with_timezone(&tables.timezone).date_naive(), tables.fiscal_year_start)
    };
    let start = of(collected.range.start);
    let mut quarter = of(collected.range.end);
    let mut parts = Vec::new();
    let mut rest = collected;
    let mut batches = std::mem::take(&mut rest.batches);
    let known = ledger::quarters(&tables.to, tables.format);
    loop {
        let period = Period::of_quarter(quarter, tables.fiscal_year_start, tables.timezone)?;
        let place = batches.partition_point(|batch| batch.created_at < period.start());
        parts.push((quarter, Collected { batches: batches.split_off(place), ..rest.clone() }));
        let older = known.iter().any(|name| *name < quarter.to_string());
        if quarter == start || (batches.is_empty() && !older) {
            break;
        }
        quarter = quarter.before();
    }
    parts.reverse();
    Ok(parts)
}

/// Writes the quarter's table where it is not there with the very same bytes.
fn keep(tables: &Tables, place: &str, report: &AuditReport) -> Result<KeptTable, SyncError> {
    let path = tables.to.join(place);
    let bytes = match tables.format {
        TableFormat::Parquet => bytes(|out| parquet::write(report, &parquet::Options::lasting(), out))?,
        TableFormat::Ndjson => bytes(|out| ndjson::write(report, &ndjson::Options::default(), out))?,
    };
    let written = fs::read(&path).ok().as_ref() != Some(&bytes);
    if written {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
        }
        durable::replace(&path, &bytes).map_err(failed("write", &path))?;
    }
    Ok(KeptTable { entry: Entry::of(place, report, &bytes), written })
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SyncError {
    move |error| SyncError::Io { doing, path: path.to_owned(), error }
}
