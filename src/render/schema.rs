//! The columns of the tables for a warehouse: their names, types and meanings, the same for good.

/// What a column holds. Every engine knows these three types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text in UTF-8.
    Text,
    /// A signed 64-bit number.
    Count,
    /// A moment in microseconds, UTC.
    Moment,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether every row has a value.
    pub required: bool,
    /// What it means, in a sentence.
    pub about: &'static str,
}

const fn must(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { name, kind, required: true, about }
}

const fn may(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { name, kind, required: false, about }
}

/// The table of batches. Microseconds reach from year 1 to year 9999; finer digits of a time are cut off, so that no time is moved
/// over the end of its period, and are in `created_at_local`.
pub const BATCHES: [Column; 19] = [
    must("batch_id", Kind::Text, "The API's identifier, unique in the workspace."),
    may("name", Kind::Text, "The display name."),
    must("status", Kind::Text, "The status when the batch was last read, in the API's word."),
    must(
        "created_at",
        Kind::Moment,
        "When the batch was created, in UTC; digits finer than a microsecond are cut off.",
    ),
    must("created_at_local", Kind::Text, "The same as RFC 3339 in the time zone of the quarters, with every digit."),
    may("total_calls", Kind::Count, "How many calls the batch was to make; null where not reported."),
    may("completed_calls", Kind::Count, "How many calls were completed; null where not reported."),
    may("failed_calls", Kind::Count, "How many calls failed; null where not reported."),
    may("agent_id", Kind::Text, "The calling agent."),
    must("api_form", Kind::Text, "The form of the answer that the record came in: leads, calls or v1."),
    may("extra", Kind::Text, "Every further field of the record, as one JSON object."),
    must("period", Kind::Text, "The quarter that the batch was created in."),
    must("standing", Kind::Text, "complete, nothing-left-out, or provisional while the quarter goes on."),
    may("total_calls_unit", Kind::Text, "What total_calls counts: recipients, calls or attempts."),
    may("total_calls_source", Kind::Text, "Where total_calls comes from: list or call-logs."),
    may("completed_calls_unit", Kind::Text, "What completed_calls counts."),
    may("completed_calls_source", Kind::Text, "Where completed_calls comes from."),
    may("failed_calls_unit", Kind::Text, "What failed_calls counts."),
    may("failed_calls_source", Kind::Text, "Where failed_calls comes from."),
];

/// The table of restatements.
pub const RESTATEMENTS: [Column; 13] = [
    must("read_at", Kind::Moment, "When the list was read that differs from the table before."),
    must("quarter", Kind::Text, "The quarter that was restated."),
    must("batch_id", Kind::Text, "The batch."),
    must("change", Kind::Text, "vanished, added, recounted or changed."),
    must(
        "field",
        Kind::Text,
        "The column that changed; batch for the whole record of a batch that vanished or was added.",
    ),
    may("before", Kind::Text, "The value before."),
    may("after", Kind::Text, "The value after."),
    may("before_calls", Kind::Count, "The figure before, where the field is one."),
    may("after_calls", Kind::Count, "The figure after."),
    must("standing_before", Kind::Text, "What the table before stood for: complete, nothing-left-out or provisional."),
    must("standing", Kind::Text, "What the new one stands for."),
    must("hash_total_before", Kind::Text, "SHA-256 of the sorted ids of the table before."),
    must("hash_total", Kind::Text, "SHA-256 of the sorted ids of the new one."),
];

/// The columns as the schema of a Parquet file.
pub fn message(name: &str, columns: &[Column]) -> String {
    let line = |column: &Column| {
        let repetition = if column.required { "required" } else { "optional" };
        let (physical, logical) = match column.kind {
            Kind::Text => ("binary", "STRING"),
            Kind::Count => ("int64", "INTEGER(64, true)"),
            Kind::Moment => ("int64", "TIMESTAMP(MICROS, true)"),
        };
        format!("    {repetition} {physical} {} ({logical});\n", column.name)
    };
    format!("message {name} {{\n{}}}", columns.iter().map(line).collect::<String>())
}
