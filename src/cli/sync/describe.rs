//! What the tables of `sync` are, for tools that build on them: the sources of a dbt project.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::cli::foreign::in_json;
use crate::render::schema::{BATCHES, Column, Kind, RESTATEMENTS};
use crate::run::sync::{self, TableFormat};

/// `sources.yml` of a dbt project, for the tables of that format below `folder`. DuckDB finds them by `external_location`; another
/// engine by tables of these names.
pub fn dbt(folder: &Path, format: TableFormat) -> String {
    let mut yaml = format!(
        "version: 2\n\nsources:\n  - name: dialnexa_audit\n    description: {}\n    tables:\n",
        quoted("Batch calls of a DialNexa workspace, every quarter proven complete."),
    );
    let quarter = Column {
        name: "quarter",
        kind: Kind::Text,
        required: true,
        about: "The quarter that the batch was created in, of the folder's name.",
    };
    let batches: Vec<Column> = BATCHES.into_iter().chain([quarter]).collect();
    let about = "Batch calls, one row each. A quarter that goes on is provisional: see standing.";
    table(
        &mut yaml,
        (sync::BATCHES, about),
        &location(folder, sync::BATCHES, true, format),
        &batches,
        Some("batch_id"),
    );
    let about = "What changed in quarters that were stated before, one row per field of a batch.";
    let place = location(folder, sync::RESTATEMENTS, false, format);
    table(&mut yaml, (sync::RESTATEMENTS, about), &place, &RESTATEMENTS, None);
    yaml
}

/// What DuckDB reads a table by.
fn location(folder: &Path, name: &str, is_partitioned: bool, format: TableFormat) -> String {
    // In a text of SQL.
    let folder = folder.join(name).display().to_string().replace('\'', "''");
    let files = if is_partitioned { "*/*" } else { "*" };
    let (reader, ending) = match format {
        TableFormat::Delta => return format!("delta_scan('{folder}')"),
        TableFormat::Parquet => ("read_parquet", "parquet"),
        TableFormat::Ndjson => ("read_json_auto", "ndjson"),
    };
    let partitioning = if is_partitioned { ", hive_partitioning = true" } else { "" };
    format!("{reader}('{folder}/{files}.{ending}'{partitioning})")
}

fn table(yaml: &mut String, (name, about): (&str, &str), location: &str, columns: &[Column], unique: Option<&str>) {
    // Writing to a String cannot fail.
    let _ = writeln!(
        yaml,
        "      - name: {name}\n        description: {}\n        meta:\n          external_location: {}\n        columns:",
        quoted(about),
        quoted(location),
    );
    for column in columns {
        let kind = match column.kind {
            Kind::Text => "varchar",
            Kind::Count => "bigint",
            Kind::Moment => "timestamp with time zone",
        };
        let _ = writeln!(
            yaml,
            "          - name: {}\n            description: {}\n            data_type: {kind}",
            column.name,
            quoted(column.about),
        );
        let tests = [(column.required, "not_null"), (unique == Some(column.name), "unique")];
        let tests: Vec<&str> = tests.into_iter().filter(|(wanted, _)| *wanted).map(|(_, test)| test).collect();
        if !tests.is_empty() {
            let _ = writeln!(yaml, "            data_tests: [{}]", tests.join(", "));
        }
    }
}

/// A text between double quotes, which YAML reads as JSON does.
fn quoted(text: &str) -> String {
    in_json(&Value::from(text).to_string())
}
