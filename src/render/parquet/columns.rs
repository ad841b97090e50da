//! Columns of a row group, in the order of the schema.

use std::io::Write;

use ::parquet::data_type::{ByteArray, ByteArrayType, DataType};
use ::parquet::errors::ParquetError as Cause;
use ::parquet::file::writer::SerializedRowGroupWriter;

use super::ParquetError;

/// A row group that is being written.
pub type Group<'a, W> = SerializedRowGroupWriter<'a, W>;

/// A cell of text.
pub fn text(text: &str) -> ByteArray {
    ByteArray::from(text.as_bytes().to_vec())
}

/// A column of text that every row has.
pub fn texts<T, W: Write + Send>(
    group: &mut Group<'_, W>,
    part: &[T],
    of: impl Fn(&T) -> ByteArray,
) -> Result<(), ParquetError> {
    column::<ByteArrayType, W>(group, &part.iter().map(of).collect::<Vec<_>>(), None)
}

/// A column of text that a row may lack.
pub fn some_texts<T, W: Write + Send>(
    group: &mut Group<'_, W>,
    part: &[T],
    of: impl Fn(&T) -> Option<ByteArray>,
) -> Result<(), ParquetError> {
    optional::<ByteArrayType, W>(group, part.iter().map(of))
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
