//! A register that came back from a spreadsheet, held cell by cell against the signed one.
//!
//! A spreadsheet writes a file again: in another encoding, with other separators, dates and figures as its country has them,
//! rows in another order. All that is harmless where the values are the same, and is distinguished from a value that is not.
//! What can be read in two ways counts as changed unless the rest of the file settles which one is meant: a difference that
//! is none can be looked at, one that was overlooked cannot.

use std::borrow::Cow;

use serde::Serialize;

use crate::remedy::Remedy;

mod cells;
mod decode;
mod figure;
mod filled;
mod matching;
mod moment;
mod table;
mod workbook;

pub use filled::{Filled, Worksheet, compare as compare_worksheet};
pub use workbook::READER;

/// What keeps a file from being compared.
#[derive(Debug, thiserror::Error)]
pub enum ReturnedError {
    /// A workbook of another kind.
    #[error("it is a workbook that is not XLSX, or is damaged")]
    Workbook,
    /// No text.
    #[error("it is not a text")]
    NotText,
    /// No register.
    #[error("its first row does not name the column batch_id, by which rows are matched, but begins with `{0}`")]
    NoIds(String),
    /// A column twice.
    #[error("it has the column {0} twice, and which one counts cannot be known")]
    ColumnTwice(String),
    /// Not CSV.
    #[error("it cannot be read as CSV: {0}")]
    NotCsv(#[from] ::csv::Error),
    /// The package does not hold what is needed.
    #[error("the package holds no register to compare with: {0}")]
    NoRegister(String),
}

impl Remedy for ReturnedError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Workbook => Some("open it in the spreadsheet and save it as XLSX or as CSV".into()),
            Self::NotText => Some("save it as CSV in UTF-8".into()),
            Self::NoIds(_) | Self::ColumnTwice(_) | Self::NotCsv(_) | Self::NoRegister(_) => None,
        }
    }
}

/// A value that is not the signed one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Difference {
    /// A cell holds another value.
    Changed {
        /// The batch.
        batch_id: String,
        /// The column.
        column: String,
        /// The signed text of the cell.
        signed: String,
        /// What it holds now.
        found: String,
        /// What seems to have happened.
        why: Option<String>,
    },
    /// A batch is not there any more.
    MissingRow {
        /// The batch.
        batch_id: String,
    },
    /// A row is of no batch of the register.
    AddedRow {
        /// The row as a spreadsheet counts it: the header is row 1.
        row: u64,
        /// Its cells, with commas between.
        cells: String,
    },
    /// A batch is there again.
    RepeatedRow {
        /// The row.
        row: u64,
        /// The batch.
        batch_id: String,
    },
    /// A column is not there any more.
    MissingColumn {
        /// The column.
        column: String,
    },
    /// A column is new.
    AddedColumn {
        /// The column, by its title.
        column: String,
    },
    /// A cell of a new column holds something.
    Added {
        /// The batch.
        batch_id: String,
        /// The column.
        column: String,
        /// What it holds.
        found: String,
    },
}

/// The same values, written otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reformatted {
    /// The column.
    pub column: String,
    /// How they are written.
    pub how: String,
    /// How many cells.
    pub cells: usize,
    /// The first of them as it was signed.
    pub signed: String,
    /// And as it is now.
    pub found: String,
}

/// What was found of a file that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Returned {
    /// The encoding that it is in: `UTF-8`, or `XLSX`.
    pub encoding: &'static str,
    /// What is between its cells; `None` in a workbook.
    pub delimiter: Option<char>,
    /// How many rows it has, without the header and empty ones.
    pub rows: usize,
    /// Whether its rows stand in another order.
    pub sorted_anew: bool,
    /// Whether its columns do.
    pub columns_moved: bool,
    /// Every value that is not the signed one.
    pub differences: Vec<Difference>,
    /// Values that are the same, written otherwise.
    pub reformatted: Vec<Reformatted>,
    /// What was filled in, where the file is the worksheet of a sample.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filled: Vec<Filled>,
}

impl Returned {
    /// Whether every value of the register is there, unchanged, and nothing else.
    pub fn is_harmless(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Compares a file that came back with the signed register, which must be as this program wrote it.
///
/// # Errors
/// When the file is no table of batches at all.
pub fn compare(signed: &[u8], returned: &[u8]) -> Result<Returned, ReturnedError> {
    let signed = matching::Signed::read(signed)?;
    if workbook::is_packed(returned) {
        return matching::compare(&signed, &workbook::read(returned)?, "XLSX");
    }
    let (text, encoding) = decode::decode(returned)?;
    // Where quotes were lost, those that are left belong to the texts.
    let quoted = matching::compare(&signed, &table::parse(&text, true)?, encoding)?;
    if quoted.is_harmless() || !text.contains('"') {
        return Ok(quoted);
    }
    let bare = matching::compare(&signed, &table::parse(&text, false)?, encoding)?;
    Ok(if bare.differences.len() < quoted.differences.len() { bare } else { quoted })
}
