//! The report as a workbook for people who work in a spreadsheet: summary, reconciliation, register, findings, and what it is of.
//!
//! Ids are texts, times are dates, figures are numbers, and sums are formulas beside the signed values. Nothing of the API's becomes
//! a formula or a link. What a cell cannot hold is stated in it, never cut. The same report gives the same bytes.

use std::io;
use std::path::PathBuf;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError as Cause};

use super::pdf::Paper;
use crate::remedy::Remedy;
use crate::render::Out;
use crate::report::AuditReport;
use styles::Styles;

mod about;
mod findings;
mod reconciliation;
mod register;
pub(super) mod sheet;
pub(super) mod styles;
mod summary;
mod units;

/// The number of the form of the workbook: it grows with every change after which the same report gives other bytes.
pub const FORM: u32 = 1;

/// How many rows a sheet of a spreadsheet has.
const ROWS: usize = 1_048_576;
/// How many batches a sheet holds, with its head, a blank row and the rows of totals.
const BATCHES: usize = ROWS - 6;

/// What keeps a report from being a workbook.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum XlsxError {
    /// There are more batches than a sheet has rows.
    #[error("cannot write the register as XLSX: it has {0} batches, and a sheet holds {BATCHES}")]
    TooLong(usize),
    /// There is no room for the files that its sheets are spooled in.
    #[error("cannot write the workbook: no temporary file can be made in `{}`: {error}", .folder.display())]
    Spool {
        /// The folder of temporary files.
        folder: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The library failed.
    #[error("cannot write the workbook: {0}")]
    Workbook(Cause),
}

impl From<Cause> for XlsxError {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::TempFileError(folder, error) => Self::Spool { folder, error },
            cause => Self::Workbook(cause),
        }
    }
}

impl Remedy for XlsxError {
    fn remedy(&self) -> Option<std::borrow::Cow<'static, str>> {
        match self {
            Self::TooLong(_) => Some("leave xlsx out of --format; csv, ndjson and parquet hold any number".into()),
            Self::Spool { .. } => Some("set TMPDIR to a folder that exists and has room".into()),
            Self::Workbook(_) => None,
        }
    }
}

/// How it is written.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Options {
    /// The paper that it is printed on.
    pub paper: Paper,
}

impl Options {
    /// For that paper.
    pub fn on(paper: Paper) -> Self {
        Self { paper }
    }
}

/// Writes the workbook. Its sheets are spooled in temporary files, so that memory does not grow with the register.
///
/// # Errors
/// Where there are more batches than rows, the library fails, or `out` takes no more.
pub fn write(report: &AuditReport, options: &Options, out: &mut Out<'_>) -> Result<(), XlsxError> {
    fits(report.register.len())?;
    let mut workbook = workbook(report, &report.title())?;
    let styles = Styles::new(report.grouping());
    let mark = (report, &styles, options.paper);
    summary::draw(&mut sheet::Sheet::new(&mut workbook, "Summary", mark)?, report)?;
    reconciliation::draw(&mut sheet::Sheet::new(&mut workbook, "Reconciliation", mark)?, report)?;
    register::draw(&mut sheet::Sheet::new(&mut workbook, "Register", mark)?, report)?;
    findings::draw(&mut sheet::Sheet::new(&mut workbook, "Findings", mark)?, report)?;
    if !report.has_like_figures() {
        units::draw(&mut sheet::Sheet::new(&mut workbook, "Units", mark)?, report)?;
    }
    about::draw(&mut sheet::Sheet::new(&mut workbook, "About", mark)?, report)?;
    Ok(workbook.save_to_writer(out)?)
}

/// Whether a sheet has rows for so many batches.
pub(super) fn fits(batches: usize) -> Result<(), XlsxError> {
    if batches > BATCHES { Err(XlsxError::TooLong(batches)) } else { Ok(()) }
}

/// An empty workbook that is dated as the report is: by its last answer, so that the same report gives the same bytes.
pub(super) fn workbook(report: &AuditReport, title: &str) -> Result<Workbook, Cause> {
    use chrono::{Datelike, Timelike};
    let made = report.provenance.ended;
    let (hour, minute, second) = (made.hour(), made.minute(), made.second().min(59));
    let date = u16::try_from(made.year()).unwrap_or_default().clamp(1900, 9999);
    let date = ExcelDateTime::from_ymd(date, made.month() as u8, made.day() as u8)?;
    let date = date.and_hms(hour as u16, minute as u8, f64::from(second))?;
    let properties = DocProperties::new()
        .set_title(title)
        .set_subject(report.marks())
        .set_author(format!("{} {}", report.provenance.tool, report.provenance.version))
        .set_company(report.organisation().unwrap_or_default())
        .set_creation_datetime(&date);
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties);
    Ok(workbook)
}

#[cfg(test)]
mod tests;
