//! The register for a warehouse, as Parquet: typed columns, times as UTC timestamps, one row a batch.
//!
//! The columns are those of the NDJSON file. A figure that was not reported is null. Of the file itself the key-value metadata
//! reports what report it is of, with the control totals. The same report gives the same bytes.

use std::io::Write;
use std::sync::Arc;

use ::parquet::basic::Compression;
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use ::parquet::errors::ParquetError as Cause;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::parser::parse_message_type;

use crate::batch::{Batch, Column};
use crate::pseudonym::Pseudonyms;
use crate::remedy::Remedy;
use crate::report::{AuditReport, Standing};

/// The number of the form of the table: it grows with every change after which the same report gives other bytes.
pub const FORM: u32 = 2;

/// How many rows a group has; readers work through groups one by one, and beside each other.
const GROUP: usize = 100_000;

/// What keeps a register from being Parquet.
#[derive(Debug, thiserror::Error)]
pub enum ParquetError {
    /// The library failed.
    #[error("cannot write the register as Parquet: {0}")]
    Table(#[from] Cause),
}

impl Remedy for ParquetError {}

/// The schema, the same whatever the data: several files are one table. Microseconds reach from year 1 to year 9999; finer
/// digits are cut off, so that no time is moved over the end of its period, and are in `created_at_local`.
const SCHEMA: &str = "message batch_call {
    required binary batch_id (STRING);
    optional binary name (STRING);
    required binary status (STRING);
    required int64 created_at (TIMESTAMP(MICROS, true));
    required binary created_at_local (STRING);
    optional int64 total_calls (INTEGER(64, false));
    optional int64 completed_calls (INTEGER(64, false));
    optional int64 failed_calls (INTEGER(64, false));
    optional binary agent_id (STRING);
    required binary api_form (STRING);
    optional binary extra (JSON);
    required binary period (STRING);
    required binary standing (STRING);
    optional binary total_calls_unit (STRING);
    optional binary total_calls_source (STRING);
    optional binary completed_calls_unit (STRING);
    optional binary completed_calls_source (STRING);
    optional binary failed_calls_unit (STRING);
    optional binary failed_calls_source (STRING);
}";

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
pub fn write(report: &AuditReport, options: &Options, out: impl Write + Send) -> Result<(), ParquetError> {
    let mut metadata = metadata(report);
    metadata.retain(|pair| !options.lasting || pair.key != "dialnexa-audit.verdict");
    let properties = WriterProperties::builder()
        .set_created_by(format!("{} version {}", report.provenance.tool, report.provenance.version))
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(metadata))
        .build();
    let schema = Arc::new(parse_message_type(SCHEMA)?);
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

type Group<'a, W> = SerializedRowGroupWriter<'a, W>;

fn rows<W: Write + Send>(group: &mut Group<'_, W>, report: &AuditReport, part: &[Batch]) -> Result<(), ParquetError> {
    let times: Vec<i64> = part.iter().map(|batch| batch.created_at.timestamp_micros()).collect();
    texts(group, part, |batch| text(&batch.id))?;
    some_texts(group, part, |batch| batch.name.as_deref().map(text))?;
    texts(group, part, |batch| text(batch.status.as_str()))?;
    column::<Int64Type, W>(group, &times, None)?;
    texts(group, part, |batch| text(&report.created_local(batch)))?;
    Column::ALL.into_iter().try_for_each(|column| figures(group, part, |batch| column.of(batch)))?;
    some_texts(group, part, |batch| batch.agent_id.as_deref().map(text))?;
    texts(group, part, |batch| text(batch.form.as_str()))?;
    some_texts(group, part, |batch| batch.extra.as_deref().map(text))?;
    texts(group, part, |_| text(&report.period.slug))?;
    texts(group, part, |_| text(report.standing.as_str()))?;
    let sources = report.row_sources();
    (0..Column::ALL.len()).try_for_each(|column| {
        let of = |batch: &Batch| sources.of(batch).into_iter().nth(column).flatten();
        some_texts(group, part, |batch| of(batch).map(|(_, unit)| text(unit.as_str())))?;
        some_texts(group, part, |batch| of(batch).map(|(source, _)| text(source.as_str())))
    })
}

fn text(text: &str) -> ByteArray {
    ByteArray::from(text.as_bytes().to_vec())
}

fn texts<W: Write + Send>(
    group: &mut Group<'_, W>,
    part: &[Batch],
    of: impl Fn(&Batch) -> ByteArray,
) -> Result<(), ParquetError> {
    column::<ByteArrayType, W>(group, &part.iter().map(of).collect::<Vec<_>>(), None)
}

fn some_texts<W: Write + Send>(
    group: &mut Group<'_, W>,
    part: &[Batch],
    of: impl Fn(&Batch) -> Option<ByteArray>,
) -> Result<(), ParquetError> {
    optional::<ByteArrayType, W>(group, part.iter().map(of))
}

/// Parquet has no unsigned 64 bits beneath the logical type: the same bits are stored.
fn figures<W: Write + Send>(
    group: &mut Group<'_, W>,
    part: &[Batch],
    of: impl Fn(&Batch) -> Option<u64>,
) -> Result<(), ParquetError> {
    optional::<Int64Type, W>(group, part.iter().map(|batch| of(batch).map(u64::cast_signed)))
}

fn optional<T: DataType, W: Write + Send>(
    group: &mut Group<'_, W>,
    cells: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        levels.push(i16::from(cell.is_some()));
        values.extend(cell);
    }
    column::<T, W>(group, &values, Some(&levels))
}

/// Writes the next column of the schema. `levels` reports an optional one where there is a value.
fn column<T: DataType, W: Write + Send>(
    group: &mut Group<'_, W>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let missing = || Cause::General("the schema has fewer columns than are written".to_owned());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(values, levels, None)?;
    Ok(column.close()?)
}

#[cfg(test)]
mod tests;
