//! What tables are, and where they are.

use serde::{Deserialize, Serialize};

use crate::digest::sha256;

/// The folder of the table of batches, below the folder of all tables.
pub const BATCHES: &str = "batches";
/// The folder of the table of restatements.
pub const RESTATEMENTS: &str = "restatements";

/// What the files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TableFormat {
    /// Typed columns.
    Parquet,
    /// Parquet in a Delta Lake table.
    Delta,
    /// One JSON object a line.
    Ndjson,
}

impl TableFormat {
    /// The word in the ledger, as the argument takes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Delta => "delta",
            Self::Ndjson => "ndjson",
        }
    }

    /// How the names of its files end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Parquet | Self::Delta => "parquet",
            Self::Ndjson => "ndjson",
        }
    }

    /// The path of a table with these bytes: another name for every content, so that no reader mixes two of them.
    pub fn place(self, quarter: &str, bytes: &[u8]) -> String {
        format!("{BATCHES}/quarter={quarter}/batches-{}.{}", &sha256(bytes)[..16], self.extension())
    }
}
