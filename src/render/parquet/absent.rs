//! Parquet in a build that cannot write it: every table is refused.

use std::borrow::Cow;
use std::io::Write;

use crate::remedy::Remedy;
use crate::render::Out;
use crate::report::AuditReport;

/// The number of the form of the table: it grows with every change after which the same report gives other bytes.
pub const FORM: u32 = 3;

/// What keeps a register from being Parquet.
#[derive(Debug, thiserror::Error)]
pub enum ParquetError {
    /// The library is not part of this build.
    #[error("cannot write or read Parquet: this build was made without the feature parquet")]
    Absent,
}

impl Remedy for ParquetError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        Some("use a build with the feature parquet, or another format".into())
    }
}

/// How it would be written.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Options {
    /// Whether the verdict is left out.
    pub lasting: bool,
}

impl Options {
    /// For a table that is kept as long as no batch changes.
    pub fn lasting() -> Self {
        Self { lasting: true }
    }
}

/// Writes nothing.
///
/// # Errors
/// Always [`ParquetError::Absent`].
pub fn write(_: &AuditReport, _: &Options, _: &mut Out<'_>) -> Result<(), ParquetError> {
    Err(ParquetError::Absent)
}

/// The table of restatements.
pub mod restatements {
    use super::{ParquetError, Write};
    use crate::render::restated::Restated;

    /// Writes nothing.
    ///
    /// # Errors
    /// Always [`ParquetError::Absent`].
    pub fn write(_: &[Restated<'_>], _: &mut Out<'_>) -> Result<(), ParquetError> {
        Err(ParquetError::Absent)
    }
}

/// The way back.
pub mod read {
    use std::fs::File;

    use super::ParquetError;
    use crate::batch::Batch;

    /// Reads nothing.
    ///
    /// # Errors
    /// Always [`ParquetError::Absent`].
    pub fn register(_: File) -> Result<Vec<Batch>, ParquetError> {
        Err(ParquetError::Absent)
    }
}
