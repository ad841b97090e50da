//! The register for a warehouse, as Parquet: typed columns, times as UTC timestamps, one row a batch.
//!
//! The columns are those of the NDJSON file. A figure that was not reported is null. Of the file itself the key-value metadata
//! reports what report it is of, with the control totals. The same report gives the same bytes. [`restatements`] is the table of
//! what changed later, [`read`] is the way back from either.

use std::borrow::Cow;
use std::io::Write;
use std::sync::Arc;

use ::parquet::basic::Compression;
use ::parquet::data_type::Int64Type;
use ::parquet::errors::ParquetError as Cause;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;

use crate::batch::{Batch, Column};
use crate::pseudonym::Pseudonyms;
use crate::remedy::Remedy;
use crate::render::Out;
use crate::render::schema;
use crate::report::{AuditReport, Standing};

mod columns;
pub mod read;
pub mod restatements;

use columns::{Group, column, optional, some_texts, texts};

/// The number of the form of the table: it grows with every change after which the same report gives other bytes.
pub const FORM: u32 = 3;

/// How many rows a group has; readers work through groups one by one, and beside each other.
const GROUP: usize = 100_000;

/// What keeps a register from being Parquet.
#[derive(Debug, thiserror::Error)]
pub enum ParquetError {
    /// The library failed.
    #[error("cannot write the register as Parquet: {0}")]
    Table(#[from] Cause),
    /// A figure that no warehouse has a type for.
    #[error("cannot write batch `{id}` as Parquet: its {column} are {figure}, more than a signed 64-bit number holds")]
    TooLarge {
        /// The batch.
        id: String,
        /// Which figure.
        column: &'static str,
        /// What the API reported.
        figure: u64,
    },
    /// A table that is to be read back is damaged, or of another program.
    #[error("cannot read the table: {0}")]
    Damaged(Cause),
    /// A column of it holds what this program does not write.
    #[error("cannot read the table: {0}")]
    Foreign(String),
}

impl Remedy for ParquetError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::TooLarge { .. } => Some("use --format ndjson, and ask the vendor what the figure means".into()),
            _ => None,
        }
    }
}

/// How it is written.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Options {
    /// Whether the verdict is left out, which says up to when a period that is not over was read: as long as no batch changes,
    /// the bytes stay.
    pub lasting: bool,
}

impl Options {
    /// For a table that is kept as long as no batch changes.
    pub fn lasting() -> Self {
        Self { lasting: true }
    }
}

/// Writes the register, one row a batch, oldest first, group by group.
///
/// # Errors
/// When the library fails, or `out` takes no more.
pub fn write(report: &AuditReport, options: &Options, out: &mut Out<'_>) -> Result<(), ParquetError> {
    let mut metadata = metadata(report);
    metadata.retain(|pair| !options.lasting || pair.key != "dialnexa-audit.verdict");
    let properties = WriterProperties::builder()
        .set_created_by(format!("{} version {}", report.provenance.tool, report.provenance.version))
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(metadata))
        .build();
    let schema = Arc::new(parse_message_type(&schema::message("batch_call", &schema::BATCHES))?);
    let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
    for part in report.register.chunks(GROUP) {
        let mut group = writer.next_row_group()?;
        rows(&mut group, report, part)?;
        group.close()?;
    }
    writer.into_inner()?;
    Ok(())
}

fn metadata(report: &AuditReport) -> Vec<KeyValue> {
    let all = &report.totals.all;
    let mut pairs = vec![
        ("title", Some(report.title())),
        ("mark", Some(report.mark().to_owned())),
        // The verdict of a complete one names the moment of its census; the same tables are to be the same bytes.
        ("verdict", (report.standing != Standing::Complete).then(|| report.verdict())),
        ("timezone", Some(report.period.timezone.name().to_owned())),
        ("rows", Some(report.register.len().to_string())),
        ("hash_total", Some(report.hash_total.clone())),
        ("pseudonyms", report.pseudonyms.as_ref().map(Pseudonyms::note)),
        ("supersedes", report.supersedes.as_ref().map(|old| old.note(report.grouping()))),
    ];
    let sums = Column::ALL.map(|column| (column.as_str(), all.of(column)));
    pairs.extend(sums.map(|(name, sum)| (name, sum.map(|sum| sum.to_string()))));
    pairs.retain(|(_, value)| value.is_some());
    pairs.into_iter().map(|(key, value)| KeyValue::new(format!("dialnexa-audit.{key}"), value)).collect()
}

fn rows<W: Write + Send>(group: &mut Group<'_, W>, report: &AuditReport, part: &[Batch]) -> Result<(), ParquetError> {
    let times: Vec<i64> = part.iter().map(|batch| batch.created_at.timestamp_micros()).collect();
    texts(group, part, |batch| &batch.id)?;
    some_texts(group, part, |batch| batch.name.as_ref())?;
    texts(group, part, |batch| batch.status.as_str())?;
    column::<Int64Type, W>(group, &times, None)?;
    texts(group, part, |batch| report.created_local(batch))?;
    Column::ALL.into_iter().try_for_each(|column| figures(group, part, column))?;
    some_texts(group, part, |batch| batch.agent_id.as_ref())?;
    texts(group, part, |batch| batch.form.as_str())?;
    some_texts(group, part, |batch| batch.extra.as_ref())?;
    texts(group, part, |_| &report.period.slug)?;
    texts(group, part, |_| report.standing.as_str())?;
    let sources = report.row_sources();
    (0..Column::ALL.len()).try_for_each(|column| {
        let of = |batch: &Batch| sources.of(batch).into_iter().nth(column).flatten();
        some_texts(group, part, |batch| of(batch).map(|(_, unit)| unit.as_str()))?;
        some_texts(group, part, |batch| of(batch).map(|(source, _)| source.as_str()))
    })
}

fn figures<W: Write + Send>(group: &mut Group<'_, W>, part: &[Batch], column: Column) -> Result<(), ParquetError> {
    let figures = part.iter().map(|batch| signed(batch, column)).collect::<Result<Vec<_>, _>>()?;
    optional::<Int64Type, W>(group, figures.into_iter())
}

fn signed(batch: &Batch, column: Column) -> Result<Option<i64>, ParquetError> {
    let too_large = |figure| ParquetError::TooLarge { id: batch.id.to_string(), column: column.words(), figure };
    column.of(batch).map(|figure| i64::try_from(figure).map_err(|_| too_large(figure))).transpose()
}

#[cfg(test)]
mod tests;
