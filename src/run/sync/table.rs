//! One quarter's table: its bytes, and the batches that it holds, read back.

use std::fs::File;
use std::io::BufRead;
use std::path::Path;

use super::error::{SyncError, failed};
use super::format::TableFormat;
use super::ledger::Entry;
use crate::batch::Batch;
use crate::digest::sha256;
use crate::render::{bytes, ndjson, parquet};
use crate::report::{AuditReport, hash_total};
use crate::totals::Totals;

/// The bytes of a quarter's table.
///
/// # Errors
/// Where the format cannot hold a figure.
pub fn bytes_of(format: TableFormat, report: &AuditReport) -> Result<Vec<u8>, SyncError> {
    Ok(match format {
        TableFormat::Parquet | TableFormat::Delta => {
            bytes(|out| parquet::write(report, &parquet::Options::lasting(), out))?
        }
        TableFormat::Ndjson => bytes(|out| ndjson::write(report, &ndjson::Options::default(), out))?,
    })
}

/// The batches of the table at `path`.
///
/// # Errors
/// Where the file cannot be read, or is not such a table.
pub fn register(format: TableFormat, path: &Path) -> Result<Vec<Batch>, SyncError> {
    let file = File::open(path).map_err(failed("read", path))?;
    match format {
        TableFormat::Parquet | TableFormat::Delta => Ok(parquet::read::register(file)?),
        TableFormat::Ndjson => {
            let wrong = |why: String| SyncError::NotAsWritten { path: path.to_owned(), why };
            let lines = std::io::BufReader::new(file).lines();
            let batch = |line: std::io::Result<String>| {
                serde_json::from_str(&line.map_err(failed("read", path))?).map_err(|error| wrong(error.to_string()))
            };
            lines.map(batch).collect()
        }
    }
}

/// Reads a written file back from the disk, as a reader would, and holds it against the report that it was made of.
///
/// # Errors
/// [`SyncError::NotAsWritten`]; where it cannot be read.
pub fn verify(format: TableFormat, path: &Path, entry: &Entry) -> Result<(), SyncError> {
    let wrong = |why: String| SyncError::NotAsWritten { path: path.to_owned(), why };
    let read = std::fs::read(path).map_err(failed("read", path))?;
    if sha256(&read) != entry.sha256 {
        return Err(wrong("its SHA-256 is another".to_owned()));
    }
    drop(read);
    let batches = register(format, path)?;
    if hash_total(batches.iter().map(|batch| &*batch.id)) != entry.hash_total {
        return Err(wrong("the hash total of its ids is another".to_owned()));
    }
    let totals = Totals::over(&batches).map_err(|error| wrong(error.to_string()))?;
    if totals.all != entry.totals {
        return Err(wrong("its totals are others".to_owned()));
    }
    Ok(())
}
