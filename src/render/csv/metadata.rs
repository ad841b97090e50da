//! W3C CSVW metadata for both tables: columns, types, meaning, dialect, control totals, SHA-256 and escapes.

use serde_json::{Map, Value, json};

use super::TOTAL;
use crate::batch::Column;
use crate::digest::Checksum;
use crate::pseudonym::Pseudonyms;
use crate::render::Out;
use crate::report::AuditReport;
use crate::spreadsheet::{cell, taken_for};

const NOT_REPORTED: &str = "An empty cell: not reported by the API. Never 0.";
const ESCAPE: &str = "A text is looked at in parts: its beginning, and what is behind each ; | tab, CR and LF, where a \
    spreadsheet with another list separator begins a cell. A part that a spreadsheet would run (first character, behind blanks \
    and quotes, = + - @, their full-width forms or NUL; at the beginning of the text also tab, CR or LF) has an apostrophe (') \
    before that character, also where apostrophes are before it already. To get the text back, take one of the apostrophes \
    before such a character from each part. The count is of cells. The JSON file of the package holds every text unescaped.";

/// How many of the ids that a spreadsheet would change are named one by one.
const NAMED_IDS: usize = 100;

/// Writes the metadata of both tables of `report`, which have these checksums.
pub(super) fn write(
    report: &AuditReport,
    (register, totals): (&Checksum, &Checksum),
    out: &mut Out<'_>,
) -> Result<(), serde_json::Error> {
    let document = json!({
        "@context": ["http://www.w3.org/ns/csvw", { "@language": "en" }],
        "dc:title": report.title(),
        "dc:description": description(report),
        "tables": [
            table(report, "", "Register: one row per batch, oldest first", register_columns(report), register_notes(report, register)),
            table(report, "-totals", "Totals per status, TOTAL last", totals_columns(report), totals_notes(report, totals)),
        ],
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n").map_err(serde_json::Error::io)
}

fn description(report: &AuditReport) -> String {
    let notes = report.pseudonyms.as_ref().map(Pseudonyms::note).into_iter();
    let notes = notes.chain(report.supersedes.as_ref().map(|old| old.note(report.grouping())));
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

/// A figure whose source and unit the report states.
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
        column("agent_id", "string", "The calling agent; empty where the API did not report it."),
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
        required(column(
            "without_total",
            "unsignedLong",
            "Completed and failed calls of batches that did not report a total."
        )),
        required(column(
            "above_total",
            "unsignedLong",
            "By how much completed and failed calls exceed the total, over the batches where they do."
        )),
        required(column(
            "unallocated",
            "unsignedLong",
            "The part of the totals whose outcome is not known, because completed or failed calls are not reported. Every row \
             foots: total_calls = completed_calls + failed_calls + other_calls - without_total - above_total + unallocated, an \
             empty cell being 0."
        )),
    ])
}

fn register_notes(report: &AuditReport, file: &Checksum) -> Value {
    let batches = &report.register;
    let escapes = batches.iter().flat_map(|batch| {
        [Some(&*batch.id), batch.name.as_deref(), Some(batch.status.as_str()), batch.agent_id.as_deref()]
    });
    let changed: Vec<_> = batches.iter().map(|batch| &*batch.id).filter(|id| taken_for(id).is_some()).collect();
    let control = |column: Column| {
        let cells = batches.iter().filter_map(|batch| column.of(batch)).count();
        (column.as_str().to_owned(), json!({ "sum": report.totals.all.of(column), "cells": cells }))
    };
    json!({
        "sha256": file.hex(),
        "size": file.bytes,
        "rows": batches.len(),
        "hash_total": report.hash_total,
        "figures": facts(report),
        "hash_total_rule": "SHA-256 of the batch ids in byte order, each followed by a line feed",
        "control_totals": Column::ALL.into_iter().map(control).collect::<Map<_, _>>(),
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
    use super::super::{Options, Table, write};
    use super::*;
    use crate::render::bytes;
    use crate::report::{Standing, fixture};

    fn parsed(report: &AuditReport) -> Value {
        let written = |table| bytes(|out| write(report, &Options::of(table), out)).unwrap();
        let [register, totals] = [Table::Register, Table::Totals].map(|table| Checksum::of(&written(table)));
        serde_json::from_slice(&written(Table::Metadata { register: &register, totals: &totals })).unwrap()
    }

    #[test]
    fn columns_are_those_of_the_tables() {
        let document = parsed(&fixture::report(10, Standing::Complete));
        let names = |table: usize| -> Vec<String> {
            let columns = document["tables"][table]["tableSchema"]["columns"].as_array().unwrap();
            columns.iter().map(|column| column["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(0), crate::batch::REGISTER);
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
        let options = Options { bom: false, ..Options::of(Table::Register) };
        let bytes = bytes(|out| write(&report, &options, out)).unwrap();
        let mut reader = ::csv::Reader::from_reader(&*bytes);
        let escaped = reader
            .records()
            .map(|row| row.unwrap().iter().filter(|text| cell::unescaped(text) != *text).count())
            .sum::<usize>();
        assert!(escaped > 0);
        assert_eq!(parsed(&report)["tables"][0]["notes"][0]["spreadsheet_escapes"], escaped);
    }
}
