//! What changed in quarters that were stated before, as Parquet: one row per field of a batch.

use std::sync::Arc;

use ::parquet::basic::Compression;
use ::parquet::data_type::Int64Type;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use chrono::{DateTime, Utc};

use super::columns::{column, optional, some_texts, texts};
use super::{GROUP, ParquetError};
use crate::render::Out;
use crate::render::restated::Restated;
use crate::render::schema;

/// Writes the rows, in their order; none make a table without rows, which has its columns all the same.
///
/// # Errors
/// When the library fails, or `out` takes no more.
pub fn write(rows: &[Restated<'_>], out: &mut Out<'_>) -> Result<(), ParquetError> {
    let properties = WriterProperties::builder()
        .set_created_by(format!("{} version {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::SNAPPY)
        .build();
    let schema = Arc::new(parse_message_type(&schema::message("restatement", &schema::RESTATEMENTS))?);
    let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
    for part in rows.chunks(GROUP) {
        let mut group = writer.next_row_group()?;
        let times: Vec<i64> = part.iter().map(|row| DateTime::<Utc>::timestamp_micros(&row.read_at)).collect();
        column::<Int64Type, _>(&mut group, &times, None)?;
        texts(&mut group, part, |row| row.quarter)?;
        texts(&mut group, part, |row| &row.row.batch_id)?;
        texts(&mut group, part, |row| &row.row.change)?;
        texts(&mut group, part, |row| &row.row.field)?;
        some_texts(&mut group, part, |row| row.row.before.as_deref())?;
        some_texts(&mut group, part, |row| row.row.after.as_deref())?;
        // A figure that is too large for its column is in `before` and `after` all the same.
        let signed = |figure: Option<u64>| figure.and_then(|figure| i64::try_from(figure).ok());
        optional::<Int64Type, _>(&mut group, part.iter().map(|row| signed(row.row.before_calls)))?;
        optional::<Int64Type, _>(&mut group, part.iter().map(|row| signed(row.row.after_calls)))?;
        texts(&mut group, part, |row| row.standing_before.as_str())?;
        texts(&mut group, part, |row| row.standing.as_str())?;
        texts(&mut group, part, |row| row.hash_total_before)?;
        texts(&mut group, part, |row| row.hash_total)?;
        group.close()?;
    }
    writer.into_inner()?;
    Ok(())
}
