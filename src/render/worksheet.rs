//! The files of an audit sample: the worksheet as CSV and as a workbook, with blank columns for what the test of each batch shows, and
//! the data by which `verify` draws again.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::csv::CsvError;
use super::xlsx::XlsxError;
use crate::batch::{Batch, Column};
use crate::defect::Defect;
use crate::draw::{self, Item, Sample};
use crate::remedy::Remedy;
use crate::render::Out;
use crate::report::AuditReport;
use crate::spreadsheet::{BOM, cell};

mod workbook;

/// The number of the form of the CSV and of the workbook: it grows with every change after which the same sample gives other bytes.
pub const FORM: u32 = 1;

/// The columns of the worksheet that are filled already.
pub const COLUMNS: [&str; 12] = [
    "item",
    "selected_as",
    "batch_id",
    "name",
    "status",
    "created_at_local",
    "total_calls",
    "completed_calls",
    "failed_calls",
    "agent_id",
    "register_row",
    "selection",
];

/// The columns that whoever tests the batches fills in.
pub const BLANK: [&str; 5] = ["evidence_seen", "tested_by", "tested_on", "result", "exception"];

/// What the CSV states in every row beside, because it has no other place for it.
pub const STATED: [&str; 3] = ["package", "manifest_sha256", "drawn_by"];

/// A file of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// What it takes to draw again.
    Data,
    /// The worksheet as CSV.
    Table,
    /// The worksheet as a workbook.
    Workbook,
}

impl File {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Data, Self::Table, Self::Workbook];

    /// Its name among the files of a sample whose names begin so.
    pub fn name(self, stem: &str) -> String {
        match self {
            Self::Data => format!("{stem}.json"),
            Self::Table => format!("{stem}.csv"),
            Self::Workbook => format!("{stem}.xlsx"),
        }
    }

    /// The word for its form in the data.
    pub fn format(self) -> &'static str {
        match self {
            Self::Data => "json",
            Self::Table => "csv",
            Self::Workbook => "xlsx",
        }
    }

    /// The number of its form.
    pub fn form(self) -> u32 {
        match self {
            Self::Data => draw::FORM,
            Self::Table | Self::Workbook => FORM,
        }
    }
}

/// The numbers of all forms, by format.
pub fn forms() -> BTreeMap<String, u32> {
    File::ALL.into_iter().map(|file| (file.format().to_owned(), file.form())).collect()
}

/// What keeps a file of a sample from being written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorksheetError {
    /// The data could not be written.
    #[error("cannot write the data of the sample: {0}")]
    Data(#[from] serde_json::Error),
    /// The CSV could not be written.
    #[error("cannot write the worksheet as CSV: {0}")]
    Table(#[from] ::csv::Error),
    /// The register of its batches could not be written.
    #[error(transparent)]
    Register(#[from] CsvError),
    /// The workbook could not be written.
    #[error(transparent)]
    Workbook(#[from] XlsxError),
    /// The program contradicts itself.
    #[error(transparent)]
    Defect(#[from] Defect),
}

impl Remedy for WorksheetError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Workbook(error) => error.remedy(),
            Self::Defect(defect) => defect.remedy(),
            Self::Data(_) | Self::Table(_) | Self::Register(_) => None,
        }
    }
}

/// How it is written.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// The sample, which was drawn from the report.
    pub sample: &'a Sample,
    /// The file.
    pub file: File,
}

/// An item, and its batch.
pub type Drawn<'a> = (&'a Item, &'a Batch);

/// Writes one file of a sample.
///
/// # Errors
/// Where it cannot be made, or `out` takes no more.
pub fn write(report: &AuditReport, options: &Options<'_>, out: &mut Out<'_>) -> Result<(), WorksheetError> {
    let sample = options.sample;
    match options.file {
        File::Data => out.write_all(&sample.to_json()?).map_err(serde_json::Error::io)?,
        File::Table => table(report, sample, out)?,
        File::Workbook => workbook::write(report, sample, &rows(report, sample)?, out)?,
    }
    Ok(())
}

/// The items with their batches.
///
/// # Errors
/// Where the sample holds a batch that the report does not.
pub fn rows<'a>(report: &'a AuditReport, sample: &'a Sample) -> Result<Vec<Drawn<'a>>, Defect> {
    let by_id: HashMap<&str, &Batch> = report.register.iter().map(|batch| (&*batch.id, batch)).collect();
    let batch =
        |item: &Item| by_id.get(&*item.batch_id).copied().ok_or(Defect("a sample with a batch of another register"));
    sample.items.iter().map(|item| Ok((item, batch(item)?))).collect()
}

fn table(report: &AuditReport, sample: &Sample, out: &mut Out<'_>) -> Result<(), WorksheetError> {
    out.write_all(BOM).map_err(::csv::Error::from)?;
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(out);
    writer.write_record(COLUMNS.iter().chain(&BLANK).chain(&STATED))?;
    for drawn in rows(report, sample)? {
        let cells = cells(report, drawn);
        let cells = cells.iter().map(|text| cell::escaped(text));
        let stated = [&sample.package.name, &sample.package.manifest_sha256, &sample.drawn_by()]
            .map(|text| cell::escaped(text).into_owned());
        let blank = BLANK.map(|_| Cow::Borrowed(""));
        let row: Vec<Cow<'_, str>> = cells.chain(blank).chain(stated.into_iter().map(Cow::Owned)).collect();
        writer.write_record(row.iter().map(|cell| cell.as_bytes()))?;
    }
    writer.flush().map_err(::csv::Error::from)?;
    Ok(())
}

/// The texts of a row in the order of [`COLUMNS`], not escaped.
pub fn cells(report: &AuditReport, (item, batch): (&Item, &Batch)) -> [String; COLUMNS.len()] {
    let figure = |figure: Option<u64>| figure.map_or_else(String::new, |figure| figure.to_string());
    let [total, completed, failed] = Column::figures(batch).map(figure);
    [
        item.item.to_string(),
        item.selection.kind().to_owned(),
        batch.id.to_string(),
        batch.name.as_deref().unwrap_or_default().to_owned(),
        batch.status.as_str().to_owned(),
        report.created_local(batch),
        total,
        completed,
        failed,
        batch.agent_id.as_deref().unwrap_or_default().to_owned(),
        item.register_row.to_string(),
        item.selection.reason(),
    ]
}
