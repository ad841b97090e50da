//! W3C CSVW metadata for both tables: columns, types, meaning, dialect, control totals, SHA-256 and escapes.

use serde_json::{Value, json};

use super::{CsvError, TOTAL, cell};
use crate::batch::Column;
use crate::digest::Checksum;
use crate::pseudonym::Pseudonyms;
use crate::report::{AuditReport, Supersedes};
use crate::spreadsheet::taken_for;

const NOT_REPORTED: &str = "An empty cell: not reported by the API. Never 0.";
const ESCAPE: &str = "A text cell that a spreadsheet would run (first character = + - @, tab, CR, LF, NUL or the \
    full-width forms of = + - @), and one of apostrophes followed by such a character, has one more apostrophe (') before it. \
    To get the text back, take one apostrophe from a cell that is one or more apostrophes followed by such a character. The JSON \
    file of the package holds every text unescaped.";

/// How many of the ids that a spreadsheet would change are named one by one.
const NAMED_IDS: usize = 100;

/// The metadata of both tables, as [`super::register`] and [`super::totals`] made them from `report`.
pub fn metadata(report: &AuditReport, register: &Checksum, totals: &Checksum) -> Result<Vec<u8>, CsvError> {
    let document = json!({
        "@context": ["http://www.w3.org/ns/csvw", { "@language": "en" }],
        "dc:title": report.title(),
        "dc:description": description(report),
        "tables": [
            table(report, "", "Register: one row per batch, oldest first", register_columns(report), register_notes(report, register)),
            table(report, "-totals", "Totals per status, TOTAL last", totals_columns(report), totals_notes(report, totals)),
        ],
    });
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn description(report: &AuditReport) -> String {
    let notes = report.pseudonyms.as_ref().map(Pseudonyms::note).into_iter();
    let notes = notes.chain(report.supersedes.as_ref().map(Supersedes::note));
    let text = format!("{}: {} {}", report.mark(), report.verdict(), report.scope_sentence());
    std::iter::once(text).chain(notes).collect::<Vec<_>>().join(" ")
}

fn table(report: &AuditReport, suffix: &str, title: &str, columns: Value, notes: Value) -> Value {
    let mut schema = json!({ "columns": columns });
    if suffix.is_empty() {
        schema["primaryKey"] = json!("batch_id");
    }
    json!({
        "url": format!("{}{suffix}.csv", report.stem()),
        "dc:title": title,
        "dialect": {
            "encoding": "utf-8",
            "delimiter": ",",
            "lineTerminators": ["\r\n"],
            "quoteChar": "\"",
            "doubleQuote": true,
            "header": true,
        },
        "tableSchema": schema,
        "notes": [notes],
    })
}

fn column(name: &str, datatype: &str, description: &str) -> Value {
    json!({ "name": name, "titles": name, "datatype": datatype, "null": "", "dc:description": description })
}

fn required(mut column: Value) -> Value {
    column["required"] = json!(true);
    column
}

fn figure(name: &str, description: &str) -> Value {
    column(name, "unsignedLong", &format!("{description} {NOT_REPORTED}"))
}

/// A figure whose source and unit the report tells.
fn sourced(report: &AuditReport, figures: Column, description: &str) -> Value {
    figure(figures.as_str(), &format!("{description} {}", report.source_sentence(figures)))
}

fn register_columns(report: &AuditReport) -> Value {
    let local =
        format!("The same instant in {}, with the zone's offset of that moment.", report.period.timezone.name());
    json!([
        required(column("batch_id", "string", "The API's identifier of the batch, unique in the workspace.")),
        column("name", "string", "The display name; empty where there is none."),
        column("status", "string", "The status when the batch was last read, as the API wrote it."),
        required(column("created_at", "dateTime", "When the batch was created, RFC 3339 in UTC.")),
        required(column("created_at_local", "dateTime", &local)),
        sourced(report, Column::TotalCalls, "How many calls the batch was to make."),
        sourced(report, Column::CompletedCalls, "How many calls were completed."),
        sourced(report, Column::FailedCalls, "How many calls failed."),
        column("agent_id", "string", "The calling agent; empty where the API did not tell it."),
        required(column("api_form", "string", "The form of the answer that the record came in: leads, calls or v1.")),
    ])
}

fn totals_columns(report: &AuditReport) -> Value {
    json!([
        column("status", "string", &format!("The status; {TOTAL} in the last row, which sums over all.")),
        required(column("batches", "unsignedLong", "How many batches have it.")),
        sourced(report, Column::TotalCalls, "Sum of total calls over the batches that reported them."),
        sourced(report, Column::CompletedCalls, "Sum of completed calls over the batches that reported them."),
        sourced(report, Column::FailedCalls, "Sum of failed calls over the batches that reported them."),
        figure(
            "other_calls",
            "Calls neither completed nor failed, over the batches that reported all three figures without exceeding their total."
        ),
        required(column("not_reported", "unsignedLong", "How many batches did not report total, completed or failed.")),
    ])
}

fn register_notes(report: &AuditReport, file: &Checksum) -> Value {
    let batches = &report.register;
    let reported = |figure: fn(&crate::batch::Batch) -> Option<u64>| batches.iter().filter_map(figure).count();
    let escapes = batches.iter().flat_map(|batch| {
        [Some(&*batch.id), batch.name.as_deref(), Some(batch.status.as_str()), batch.agent_id.as_deref()]
    });
    let changed: Vec<_> = batches.iter().map(|batch| &*batch.id).filter(|id| taken_for(id).is_some()).collect();
    let all = &report.totals.all;
    json!({
        "sha256": file.hex(),
        "size": file.bytes,
        "rows": batches.len(),
        "hash_total": report.hash_total,
        "figures": facts(report),
        "hash_total_rule": "SHA-256 of the batch ids in byte order, each followed by a line feed",
        "control_totals": {
            "total_calls": { "sum": all.total_calls, "cells": reported(|batch| batch.total_calls) },
            "completed_calls": { "sum": all.completed_calls, "cells": reported(|batch| batch.completed_calls) },
            "failed_calls": { "sum": all.failed_calls, "cells": reported(|batch| batch.failed_calls) },
        },
        "spreadsheet_escapes": escapes.flatten().filter(|text| cell::is_active(text)).count(),
        "spreadsheet_escape_rule": ESCAPE,
        "ids_that_a_spreadsheet_changes": {
            "count": changed.len(),
            "first": changed.iter().take(NAMED_IDS).collect::<Vec<_>>(),
            "advice": "Import the column batch_id as text.",
        },
    })
}

/// Where the figures come from and what they count, as every format states it.
fn facts(report: &AuditReport) -> Value {
    report.figure_facts().into_iter().map(|fact| json!(format!("{}: {}", fact.label, fact.value))).collect()
}

fn totals_notes(report: &AuditReport, file: &Checksum) -> Value {
    let by_status = &report.totals.by_status;
    let mut notes = json!({
        "sha256": file.hex(),
        "size": file.bytes,
        "rows": by_status.len() + 1,
        "figures": facts(report),
        "spreadsheet_escapes": by_status.iter().filter(|entry| cell::is_active(entry.status.as_str())).count(),
        "spreadsheet_escape_rule": ESCAPE,
    });
    if let Some(old) = &report.supersedes {
        let restatement = &old.restatement;
        notes["restatement"] = json!({
            "package": old.package,
            "manifest_sha256": old.manifest_sha256,
            "added": restatement.added.len(),
            "vanished": restatement.vanished.len(),
            "recounted": restatement.recounted.len(),
            "changed": restatement.changed.len(),
            "totals": restatement.totals,
        });
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::super::{Options, register, totals};
    use super::*;
    use crate::report::{Standing, fixture};

    fn parsed(report: &AuditReport) -> Value {
        let tables = [register(report, Options::default()), totals(report, Options::default())];
        let [register, totals] = tables.map(|table| Checksum::of(&table.unwrap()));
        serde_json::from_slice(&metadata(report, &register, &totals).unwrap()).unwrap()
    }

    #[test]
    fn columns_are_those_of_the_tables() {
        let document = parsed(&fixture::report(10, Standing::Complete));
        let names = |table: usize| -> Vec<String> {
            let columns = document["tables"][table]["tableSchema"]["columns"].as_array().unwrap();
            columns.iter().map(|column| column["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(0), super::super::REGISTER);
        assert_eq!(names(1), super::super::TOTALS);
    }

    #[test]
    fn control_totals_are_the_reports() {
        let report = fixture::report(300, Standing::Complete);
        let notes = parsed(&report)["tables"][0]["notes"][0].clone();
        assert_eq!(notes["rows"], 300);
        assert_eq!(notes["hash_total"], report.hash_total);
        let column = &notes["control_totals"]["failed_calls"];
        let failed: Vec<u64> = report.register.iter().filter_map(|batch| batch.failed_calls).collect();
        assert_eq!(
            (column["sum"].as_u64(), column["cells"].as_u64()),
            (Some(failed.iter().sum()), Some(failed.len() as u64))
        );
    }

    #[test]
    fn escapes_are_counted_as_they_stand_in_the_file() {
        let report = fixture::report(160, Standing::Complete);
        let bytes = register(&report, Options { bom: false }).unwrap();
        let mut reader = ::csv::Reader::from_reader(&*bytes);
        let escaped = reader
            .records()
            .map(|row| row.unwrap().iter().filter(|cell| cell.starts_with('\'')).count())
            .sum::<usize>();
        assert!(escaped > 0);
        assert_eq!(parsed(&report)["tables"][0]["notes"][0]["spreadsheet_escapes"], escaped);
    }
}
