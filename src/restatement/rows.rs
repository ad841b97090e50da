//! A restatement as the rows of a table: one per field that changed, so that sums over it are the adjustment.

use serde::{Deserialize, Serialize};

use super::{FieldChange, Restatement};
use crate::batch::{Batch, Column};

/// What a row with the whole record names as its field.
pub const WHOLE: &str = "batch";

/// One field of one batch, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The batch.
    pub batch_id: String,
    /// `vanished`, `added`, `recounted` or `changed`.
    pub change: String,
    /// The register's column, or [`WHOLE`] for a batch that is in one register alone.
    pub field: String,
    /// The value before: a text as it is, anything else as JSON. `None` where there was none.
    pub before: Option<String>,
    /// The value after.
    pub after: Option<String>,
    /// The figure before, where the field is one and it was reported.
    pub before_calls: Option<u64>,
    /// The figure after.
    pub after_calls: Option<u64>,
}

impl Restatement {
    /// Vanished batches first, then added, recounted and changed ones. A batch of one register alone has a row of its whole
    /// record, and one of each figure that it reported.
    ///
    /// # Errors
    /// Where a record's further fields are not the JSON that was read.
    pub fn rows(&self) -> serde_json::Result<Vec<Row>> {
        let mut rows = Vec::new();
        for batch in &self.vanished {
            alone(&mut rows, batch, "vanished", |row, value, calls| (row.before, row.before_calls) = (value, calls))?;
        }
        for batch in &self.added {
            alone(&mut rows, batch, "added", |row, value, calls| (row.after, row.after_calls) = (value, calls))?;
        }
        for (change, entries) in [("recounted", &self.recounted), ("changed", &self.changed)] {
            for entry in entries {
                for field in &entry.changes {
                    rows.push(Row {
                        batch_id: entry.batch_id.to_string(),
                        change: change.to_owned(),
                        ..of_field(field)?
                    });
                }
            }
        }
        Ok(rows)
    }
}

fn empty(field: &str) -> Row {
    Row {
        batch_id: String::new(),
        change: String::new(),
        field: field.to_owned(),
        before: None,
        after: None,
        before_calls: None,
        after_calls: None,
    }
}

fn alone(
    rows: &mut Vec<Row>,
    batch: &Batch,
    change: &str,
    put: impl Fn(&mut Row, Option<String>, Option<u64>),
) -> serde_json::Result<()> {
    let record = serde_json::to_string(batch)?;
    let figures = Column::ALL.into_iter().filter_map(|column| Some((column.as_str(), column.of(batch)?)));
    let figures = figures.map(|(name, figure)| (name, figure.to_string(), Some(figure)));
    for (field, value, calls) in std::iter::once((WHOLE, record, None)).chain(figures) {
        let mut row = Row { batch_id: batch.id.to_string(), change: change.to_owned(), ..empty(field) };
        put(&mut row, Some(value), calls);
        rows.push(row);
    }
    Ok(())
}

/// A change as its JSON says it: `{"field": ..., "from": ..., "to": ...}`.
fn of_field(change: &FieldChange) -> serde_json::Result<Row> {
    let value = serde_json::to_value(change)?;
    let text = |key: &str| match &value[key] {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let calls = |key: &str| change.is_figure().then(|| value[key].as_u64()).flatten();
    Ok(Row {
        before: text("from"),
        after: text("to"),
        before_calls: calls("from"),
        after_calls: calls("to"),
        ..empty(&text("field").unwrap_or_default())
    })
}
