//! The register and the totals as CSV (RFC 4180: comma, CRLF, UTF-8), for spreadsheets and for programs.
//!
//! A figure that was not reported is an empty cell. A text that a spreadsheet would run is escaped ([`crate::spreadsheet::cell`]); what every
//! column means, and the control totals, stand in the metadata ([`Table::Metadata`]).

use std::borrow::Cow;

use crate::batch::{Batch, Column, REGISTER};
use crate::digest::Checksum;
use crate::render::{Out, PART};
use crate::report::AuditReport;
use crate::spreadsheet::{BOM, cell};
use crate::totals::{self, Sums};

mod metadata;

/// The number of the form of the CSV files and their metadata: it grows with every change after which the same report gives other bytes.
pub const FORM: u32 = 3;

/// The totals' columns, in their order.
pub const TOTALS: [&str; 10] = {
    let [a, b, c, d, e, f, g, h, i] = totals::TOTALS;
    ["status", a, b, c, d, e, f, g, h, i]
};

/// The status cell of the totals' last row.
pub const TOTAL: &str = "TOTAL";

/// A file of the CSV format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table<'a> {
    /// The register, one row a batch, oldest first.
    Register,
    /// The totals, one row a status and `TOTAL` last.
    Totals,
    /// The metadata of both, which states what they hold.
    Metadata {
        /// The checksum of the register.
        register: &'a Checksum,
        /// The checksum of the totals.
        totals: &'a Checksum,
    },
}

/// What is written, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options<'a> {
    /// The file.
    pub table: Table<'a>,
    /// Whether a table begins with a byte order mark, without which Excel takes it for the local code page.
    pub bom: bool,
}

impl<'a> Options<'a> {
    /// That file, with a byte order mark where it is a table.
    pub fn of(table: Table<'a>) -> Self {
        Self { table, bom: true }
    }
}

/// What keeps a table or its metadata from being written.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// A record could not be written.
    #[error("cannot write the {table} as CSV: {source}")]
    Table {
        /// `register` or `totals`.
        table: &'static str,
        /// Why not.
        source: ::csv::Error,
    },
    /// The metadata could not be written.
    #[error("cannot write the metadata of the CSV files: {0}")]
    Metadata(#[from] serde_json::Error),
}

/// Writes one file of the format, row by row.
///
/// # Errors
/// Where `out` takes no more.
pub fn write(report: &AuditReport, options: &Options<'_>, out: &mut Out<'_>) -> Result<(), CsvError> {
    match options.table {
        Table::Register => {
            let rows = report.register.iter().map(|batch| register_row(report, batch));
            write_table("register", &REGISTER, rows, (options.bom, out))
        }
        Table::Totals => {
            let rows = totals_texts(report).map(|(status, sums)| totals_row(status, sums));
            write_table("totals", &TOTALS, rows, (options.bom, out))
        }
        Table::Metadata { register, totals } => Ok(metadata::write(report, (register, totals), out)?),
    }
}

fn totals_texts(report: &AuditReport) -> impl Iterator<Item = (&str, &Sums)> {
    let by_status = report.totals.by_status.iter().map(|entry| (entry.status.as_str(), &entry.sums));
    by_status.chain([(TOTAL, &report.totals.all)])
}

fn register_row<'a>(report: &AuditReport, batch: &'a Batch) -> [Cow<'a, str>; 10] {
    let text = |text: Option<&'a str>| text.map_or(Cow::Borrowed(""), cell::escaped);
    let [total, completed, failed] = Column::figures(batch).map(figure);
    [
        text(Some(&*batch.id)),
        text(batch.name.as_deref()),
        text(Some(batch.status.as_str())),
        Cow::Owned(report.created_utc(batch)),
        Cow::Owned(report.created_local(batch)),
        total,
        completed,
        failed,
        text(batch.agent_id.as_deref()),
        Cow::Borrowed(batch.form.as_str()),
    ]
}

fn totals_row<'a>(status: &'a str, sums: &Sums) -> [Cow<'a, str>; 10] {
    let [a, b, c, d, e, f, g, h, i] = sums.row().map(figure);
    [cell::escaped(status), a, b, c, d, e, f, g, h, i]
}

/// Plain digits; an empty cell where the figure was not reported.
fn figure(figure: Option<u64>) -> Cow<'static, str> {
    figure.map_or(Cow::Borrowed(""), |figure| Cow::Owned(figure.to_string()))
}

fn write_table<'a, const N: usize>(
    table: &'static str,
    header: &[&str; N],
    rows: impl Iterator<Item = [Cow<'a, str>; N]>,
    (bom, out): (bool, &mut Out<'_>),
) -> Result<(), CsvError> {
    let failed = |source| CsvError::Table { table, source };
    let start = if bom { BOM } else { b"" };
    out.write_all(start).map_err(|error| failed(error.into()))?;
    let mut writer =
        ::csv::WriterBuilder::new().buffer_capacity(PART).terminator(::csv::Terminator::CRLF).from_writer(out);
    writer.write_record(header).map_err(failed)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| cell.as_bytes())).map_err(failed)?;
    }
    writer.flush().map_err(|error| failed(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::bytes;
    use crate::report::{Standing, fixture};

    fn table(report: &AuditReport, table: Table<'_>, bom: bool) -> Vec<u8> {
        bytes(|out| write(report, &Options { table, bom }, out)).unwrap()
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn tables_begin_with_the_mark_unless_asked_otherwise() {
        let report = fixture::report(3, Standing::Complete);
        for one in [Table::Register, Table::Totals] {
            let (marked, bare) = (table(&report, one, true), table(&report, one, false));
            assert_eq!(marked.strip_prefix(BOM).unwrap(), bare);
            assert!(!bare.starts_with(BOM));
        }
    }

    #[test]
    fn register_shows_every_column_of_a_batch() {
        let report = fixture::report(1, Standing::Complete);
        let lines = text(table(&report, Table::Register, false));
        assert_eq!(
            lines,
            "batch_id,name,status,created_at,created_at_local,total_calls,completed_calls,failed_calls,agent_id,api_form\r\n\
             batch_000000,May Follow-Up Campaign,completed,2024-01-01T00:00:00.000Z,2024-01-01T05:30:00.000+05:30,50,45,5,agt_000,leads\r\n"
        );
    }

    #[test]
    fn a_figure_not_reported_is_an_empty_cell() {
        let mut report = fixture::report(1, Standing::Complete);
        report.register[0].failed_calls = None;
        let lines = text(table(&report, Table::Register, true));
        assert!(lines.contains(",50,45,,agt_000,leads\r\n"), "{lines}");
    }

    #[test]
    fn totals_end_with_the_total() {
        let report = fixture::report(1, Standing::Complete);
        assert_eq!(
            text(table(&report, Table::Totals, false)),
            "status,batches,total_calls,completed_calls,failed_calls,other_calls,not_reported,without_total,above_total,\
             unallocated\r\ncompleted,1,50,45,5,0,0,0,0,0\r\nTOTAL,1,50,45,5,0,0,0,0,0\r\n"
        );
    }

    #[test]
    fn no_cell_of_the_register_begins_with_an_active_character() {
        let report = fixture::report(400, Standing::Draft);
        let bytes = table(&report, Table::Register, false);
        let mut reader = ::csv::Reader::from_reader(&*bytes);
        let cells: Vec<_> =
            reader.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect();
        assert_eq!(cells.len(), 4000);
        assert!(cells.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0'])));
    }
}
