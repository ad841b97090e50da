//! Why tables could not be kept.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use crate::collect::Refusal;
use crate::period::{PeriodError, Quarter};
use crate::remedy::Remedy;
use crate::render::{ndjson, parquet};
use crate::report::ReportError;
use crate::restatement::RestatementError;
use crate::run::gather::GatherError;

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
    /// The ledger is not readable as one.
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
    /// An older layout is migrated as a whole.
    #[error("the tables in `{}` are of an older layout, and --since would migrate a part of them", .0.display())]
    PartlyMigrated(PathBuf),
    /// A reader of the table would take this file for a part of it.
    #[error("`{}` is in the folder of the table and is not a file of sync: readers would take it for a part", .0.display())]
    ForeignFile(PathBuf),
    /// Another program wrote to the Delta table.
    #[error("the Delta table `{}` was changed by another program: version {version} {what}", .table.display())]
    ForeignCommit {
        /// The table.
        table: PathBuf,
        /// The version that changed it.
        version: u64,
        /// What it did.
        what: String,
    },
    /// A file is not what was written.
    #[error("`{}` is not what was written: {why}", .path.display())]
    NotAsWritten {
        /// The file.
        path: PathBuf,
        /// What differs.
        why: String,
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
    /// A table could not be compared with the one before it.
    #[error(transparent)]
    Restatement(#[from] RestatementError),
    /// A table could not be made.
    #[error(transparent)]
    Parquet(#[from] parquet::ParquetError),
    /// A table could not be made.
    #[error(transparent)]
    Ndjson(#[from] ndjson::NdjsonError),
    /// A value could not be written as JSON.
    #[error("cannot write the changes of {quarter} as JSON: {error}")]
    Json {
        /// The quarter.
        quarter: String,
        /// Why it failed.
        error: serde_json::Error,
    },
}

impl Remedy for SyncError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NoLedger { .. } | Self::Apart { .. } => Some("name another folder by --to".into()),
            Self::PartlyMigrated(_) => Some("run sync once without --since".into()),
            Self::ForeignFile(_) => Some("move it out of the folder, then run sync again".into()),
            Self::ForeignCommit { .. } => {
                Some("restore the table to the version before it, or name another folder by --to".into())
            }
            Self::NotAsWritten { .. } => Some("check the disk, then run sync again".into()),
            Self::InsideAQuarter { cut, .. } => Some(format!("write --since {cut}").into()),
            Self::Period(error) => error.remedy(),
            Self::Gather(error) => error.remedy(),
            Self::Refused { refusal, .. } => refusal.remedy(),
            Self::Report(error) => error.remedy(),
            Self::Restatement(error) => error.remedy(),
            Self::Parquet(error) => error.remedy(),
            Self::Ndjson(error) => error.remedy(),
            Self::Io { .. } | Self::Json { .. } => None,
        }
    }
}

pub(super) fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SyncError {
    move |error| SyncError::Io { doing, path: path.to_owned(), error }
}
