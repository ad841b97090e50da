//! What a new table states otherwise than the one before it.

use super::error::SyncError;
use super::format::TableFormat;
use super::ledger::{Entry, RestatedQuarter};
use crate::batch::Batch;
use crate::render::restated::{self, Restated};
use crate::render::{bytes, parquet};
use crate::report::{AuditReport, Standing};
use crate::restatement::{Restatement, Row, Texts};

/// How many of the ids that vanished the ledger names; the table of restatements has all.
const NAMED: usize = 20;

/// A restated quarter, and the rows that say so field by field.
#[derive(Debug)]
pub struct Found {
    /// The quarter.
    pub quarter: RestatedQuarter,
    rows: Vec<Row>,
}

/// Holds the new register against the one before. Of a quarter that was over everything counts but names and further fields.
/// Of one that was not, batches are added and counted as it goes on: there only what vanished does.
///
/// # Errors
/// Where a register names a batch twice, or a sum does not fit.
pub fn found(before: &Entry, old: &[Batch], report: &AuditReport) -> Result<Option<Found>, SyncError> {
    let mut restatement = Restatement::between(old, &report.register, Texts::Ignored)?;
    if before.standing == Standing::Provisional {
        restatement.added.clear();
        restatement.recounted.clear();
        restatement.changed.clear();
    }
    if restatement.is_empty() {
        return Ok(None);
    }
    let failed = |error| SyncError::Json { quarter: before.quarter.clone(), error };
    let all = restatement.totals.all.clone();
    let quarter = RestatedQuarter {
        quarter: before.quarter.clone(),
        read_at: report.provenance.started,
        standing_before: before.standing,
        standing: report.standing,
        vanished: restatement.vanished.len() as u64,
        added: restatement.added.len() as u64,
        recounted: restatement.recounted.len() as u64,
        changed: restatement.changed.len() as u64,
        before: all.before,
        adjustment: all.adjustment,
        after: all.after,
        hash_total_before: before.hash_total.clone(),
        hash_total: report.hash_total.clone(),
        vanished_ids: restatement.vanished.iter().take(NAMED).map(|batch| batch.id.to_string()).collect(),
    };
    Ok(Some(Found { quarter, rows: restatement.rows().map_err(failed)? }))
}

/// The bytes of the table of restatements that these add.
///
/// # Errors
/// Where the table cannot be made.
pub fn table(format: TableFormat, found: &[Found]) -> Result<Vec<u8>, SyncError> {
    let rows: Vec<Restated<'_>> = found.iter().flat_map(rows).collect();
    match format {
        TableFormat::Parquet | TableFormat::Delta => Ok(bytes(|out| parquet::restatements::write(&rows, out))?),
        TableFormat::Ndjson => bytes(|out| restated::ndjson(&rows, out)).map_err(|error| {
            let quarter = found.first().map(|found| found.quarter.quarter.clone()).unwrap_or_default();
            SyncError::Json { quarter, error }
        }),
    }
}

fn rows(found: &Found) -> impl Iterator<Item = Restated<'_>> {
    let quarter = &found.quarter;
    found.rows.iter().map(|row| Restated {
        read_at: quarter.read_at,
        quarter: &quarter.quarter,
        row: row.clone(),
        standing_before: quarter.standing_before,
        standing: quarter.standing,
        hash_total_before: &quarter.hash_total_before,
        hash_total: &quarter.hash_total,
    })
}

/// How many rows these have.
pub fn count(found: &[Found]) -> u64 {
    found.iter().map(|found| found.rows.len() as u64).sum()
}
