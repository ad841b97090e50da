//! The way back: the batches of a table that this program wrote, also in the forms before the present one.

use std::fs::File;
use std::sync::Arc;

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::{Field, Row};
use chrono::{DateTime, Utc};

use super::ParquetError;
use crate::batch::{ApiForm, Batch, Status};

/// The batches of the table that was opened, in the order in which they are in it.
///
/// # Errors
/// Where the file cannot be read, or is not such a table.
pub fn register(file: File) -> Result<Vec<Batch>, ParquetError> {
    let reader = SerializedFileReader::new(file).map_err(ParquetError::Damaged)?;
    let rows = reader.get_row_iter(None).map_err(ParquetError::Damaged)?;
    rows.map(|row| batch(&row.map_err(ParquetError::Damaged)?)).collect()
}

/// The cells of a row by the names of their columns.
struct Cells<'a>(&'a Row);

impl Cells<'_> {
    fn cell(&self, name: &str) -> Option<&Field> {
        self.0.get_column_iter().find(|(column, _)| *column == name).map(|(_, field)| field)
    }

    fn text(&self, name: &'static str) -> Result<Option<&str>, ParquetError> {
        match self.cell(name) {
            None | Some(Field::Null) => Ok(None),
            Some(Field::Str(text)) => Ok(Some(text)),
            // JSON was a type of its own.
            Some(Field::Bytes(bytes)) => {
                let text = std::str::from_utf8(bytes.data());
                Ok(Some(text.map_err(|error| ParquetError::Foreign(format!("{name}: {error}")))?))
            }
            Some(_) => Err(ParquetError::Foreign(format!("the column {name} holds no text"))),
        }
    }

    fn required(&self, name: &'static str) -> Result<&str, ParquetError> {
        self.text(name)?.ok_or_else(|| ParquetError::Foreign(format!("a row has no {name}")))
    }

    fn figure(&self, name: &'static str) -> Result<Option<u64>, ParquetError> {
        let wrong = || ParquetError::Foreign(format!("the column {name} holds no count"));
        match self.cell(name) {
            None | Some(Field::Null) => Ok(None),
            Some(Field::Long(figure)) => u64::try_from(*figure).map(Some).map_err(|_| wrong()),
            Some(Field::ULong(figure)) => Ok(Some(*figure)),
            Some(_) => Err(wrong()),
        }
    }
}

fn batch(row: &Row) -> Result<Batch, ParquetError> {
    let cells = Cells(row);
    // The timestamp beside it lacks what is finer than a microsecond.
    let created = cells.required("created_at_local")?;
    let created_at = DateTime::parse_from_rfc3339(created)
        .map_err(|error| ParquetError::Foreign(format!("created_at_local `{created}`: {error}")))?;
    let form = cells.required("api_form")?;
    let form: ApiForm =
        serde_json::from_value(form.into()).map_err(|error| ParquetError::Foreign(format!("api_form: {error}")))?;
    Ok(Batch {
        id: cells.required("batch_id")?.into(),
        name: cells.text("name")?.map(Into::into),
        status: Status::new(cells.required("status")?),
        created_at: created_at.with_timezone(&Utc),
        total_calls: cells.figure("total_calls")?,
        completed_calls: cells.figure("completed_calls")?,
        failed_calls: cells.figure("failed_calls")?,
        agent_id: cells.text("agent_id")?.map(Arc::from),
        form,
        extra: cells.text("extra")?.map(Into::into),
    })
}
