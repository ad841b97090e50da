//! From the list to its quarters: what is collected for tables, and how it is cut.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::Tables;
use super::error::SyncError;
use super::ledger::Ledger;
use crate::api::client::{Client, Settings};
use crate::api::exchange::Observer;
use crate::batch::Batch;
use crate::collect::Collected;
use crate::machine;
use crate::period::{Period, Quarter};
use crate::run::gather::{ApiSource, GatherError, Gathered, Gathering, gather};
use crate::run::listener::Listener;
use crate::run::watch::dated_ahead;

/// The batches at the head of the list that are dated in the future, or from `since` on.
pub(super) fn ahead(
    gathering: &Gathering,
    source: &ApiSource,
    listener: &Arc<dyn Listener>,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<Batch>, GatherError> {
    let settings = Settings { max_wait: gathering.max_wait, ..Settings::default() };
    // These requests are no part of the evidence.
    let observer: Arc<dyn Observer> = Arc::<dyn Listener>::clone(listener);
    let client = Client::new(source.endpoint.clone(), source.key.clone(), settings, observer)?;
    let runtime = machine::runtime()?;
    Ok(runtime.block_on(dated_ahead(&client, since))?)
}

/// Takes out what is dated before the first quarter that there can be, where every quarter is wanted.
pub(super) fn cut_off(tables: &Tables, collected: &mut Collected) -> Result<Vec<Batch>, SyncError> {
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
pub(super) fn gathered(
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

/// The collection cut into quarters, oldest first, from the first that has batches, or a table from an earlier run, on.
pub(super) fn quarters(
    tables: &Tables,
    ledger: &Ledger,
    collected: Collected,
) -> Result<Vec<(Quarter, Collected)>, SyncError> {
    let of = |instant: DateTime<Utc>| {
        Quarter::of_day(instant.with_timezone(&tables.timezone).date_naive(), tables.fiscal_year_start)
    };
    let start = of(collected.range.start);
    let mut quarter = of(collected.range.end);
    let mut parts = Vec::new();
    let mut rest = collected;
    let mut batches = std::mem::take(&mut rest.batches);
    loop {
        let period = Period::of_quarter(quarter, tables.fiscal_year_start, tables.timezone)?;
        let place = batches.partition_point(|batch| batch.created_at < period.start());
        parts.push((quarter, Collected { batches: batches.split_off(place), ..rest.clone() }));
        let older = ledger.entries().iter().any(|entry| entry.quarter < quarter.to_string());
        if quarter == start || (batches.is_empty() && !older) {
            break;
        }
        quarter = quarter.before();
    }
    parts.reverse();
    Ok(parts)
}
