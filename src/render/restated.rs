//! Rows of the table of restatements: what a later run found to be otherwise than an earlier one stated it.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::batch::as_rfc3339;
use crate::render::Out;
use crate::report::Standing;
use crate::restatement::Row;

/// One field of a batch, and the statements that it stood in before and is in now.
#[derive(Debug, Clone, Serialize)]
pub struct Restated<'a> {
    /// When the list was read that differs.
    #[serde(with = "as_rfc3339")]
    pub read_at: DateTime<Utc>,
    /// The quarter.
    pub quarter: &'a str,
    /// What changed.
    #[serde(flatten)]
    pub row: Row,
    /// What the quarter's table was before.
    pub standing_before: Standing,
    /// What it is now.
    pub standing: Standing,
    /// The hash total of the table before.
    pub hash_total_before: &'a str,
    /// That of the table now.
    pub hash_total: &'a str,
}

/// Writes the rows as NDJSON, in their order.
///
/// # Errors
/// Where `out` takes no more.
pub fn ndjson(rows: &[Restated<'_>], out: &mut Out<'_>) -> serde_json::Result<()> {
    rows.iter().try_for_each(|row| {
        serde_json::to_writer(&mut *out, row)?;
        out.write_all(b"\n").map_err(serde_json::Error::io)
    })
}
