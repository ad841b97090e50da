//! Columns of a row group, in the order of the schema.

use std::io::Write;

use ::parquet::data_type::{ByteArray, ByteArrayType, DataType};
use ::parquet::errors::ParquetError as Cause;
use ::parquet::file::writer::SerializedRowGroupWriter;

use super::ParquetError;

/// A row group that is being written.
pub type Group<'a, W> = SerializedRowGroupWriter<'a, W>;

/// A column of text that every row has.
pub fn texts<'a, T, S: AsRef<str>, W: Write + Send>(
    group: &mut Group<'_, W>,
    part: &'a [T],
    of: impl Fn(&'a T) -> S,
) -> Result<(), ParquetError> {
    column::<ByteArrayType, W>(group, &cells(part.iter().map(of)), None)
}

/// A column of text that a row may lack.
pub fn some_texts<'a, T, S: AsRef<str>, W: Write + Send>(
    group: &mut Group<'_, W>,
    part: &'a [T],
    of: impl Fn(&'a T) -> Option<S>,
) -> Result<(), ParquetError> {
    let levels: Vec<i16> = part.iter().map(|row| i16::from(of(row).is_some())).collect();
    column::<ByteArrayType, W>(group, &cells(part.iter().filter_map(of)), Some(&levels))
}

/// The cells of a column of text: parts of one text, so that memory is asked for once.
fn cells<S: AsRef<str>>(texts: impl Iterator<Item = S>) -> Vec<ByteArray> {
    let (mut all, mut lengths) = (String::new(), Vec::new());
    for text in texts {
        all.push_str(text.as_ref());
        lengths.push(text.as_ref().len());
    }
    let (all, mut start) = (ByteArray::from(all.into_bytes()), 0);
    let cell = |length| {
        let cell = all.slice(start, length);
        start += length;
        cell
    };
    lengths.into_iter().map(cell).collect()
}

/// A column that a row may lack.
pub fn optional<T: DataType, W: Write + Send>(
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
pub fn column<T: DataType, W: Write + Send>(
    group: &mut Group<'_, W>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let missing = || Cause::General("the schema has fewer columns than are written".to_owned());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(values, levels, None)?;
    Ok(column.close()?)
}
