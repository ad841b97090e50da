//! Parquet in a build that cannot write it: every table is refused.

use std::io::Write;

use crate::report::AuditReport;

/// What keeps a register from being Parquet.
#[derive(Debug, thiserror::Error)]
pub enum ParquetError {
    /// The library is not part of this build.
    #[error("cannot write the register as Parquet: this build was made without the feature parquet")]
    Absent,
}

/// The register as Parquet.
///
/// # Errors
/// Always [`ParquetError::Absent`].
pub fn parquet(_: &AuditReport) -> Result<Vec<u8>, ParquetError> {
    Err(ParquetError::Absent)
}

/// The same, written to `out`.
///
/// # Errors
/// Always [`ParquetError::Absent`].
pub fn write<W: Write + Send>(_: &AuditReport, _: W) -> Result<W, ParquetError> {
    Err(ParquetError::Absent)
}

/// The same without what only one run says.
///
/// # Errors
/// Always [`ParquetError::Absent`].
pub fn lasting(_: &AuditReport) -> Result<Vec<u8>, ParquetError> {
    Err(ParquetError::Absent)
}
