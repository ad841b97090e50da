//! The register for a warehouse: one JSON object a line and batch, with every field that the API gave.
//!
//! Every record has every key, `null` where the API gave nothing. Each also reports the period and the standing of the report,
//! so that a record is still known as one of a draft when it is in a table with those of other reports.

use std::borrow::Cow;
use std::io::Write;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::batch::{Batch, FigureOrigin, Unit};
use crate::remedy::Remedy;
use crate::render::{Out, in_parts};
use crate::report::AuditReport;

/// The number of the form of the NDJSON: it grows with every change after which the same report gives other bytes.
pub const FORM: u32 = 2;

/// What keeps a batch from being a record: its further fields are no JSON themselves, or the file takes no more.
#[derive(Debug, thiserror::Error)]
#[error("cannot write batch `{id}` as a record: {source}{}", why(.source))]
pub struct NdjsonError {
    /// The batch.
    pub id: String,
    /// What is wrong.
    pub source: serde_json::Error,
}

impl Remedy for NdjsonError {}

fn why(source: &serde_json::Error) -> &'static str {
    if source.is_io() { "" } else { " (its further fields are not the JSON object that was read)" }
}

/// How it is written: there is nothing to choose yet.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Options {}

/// A line. The names are those of the register's columns in CSV.
#[derive(Serialize)]
struct Record<'a> {
    batch_id: &'a str,
    name: Option<&'a str>,
    status: &'a str,
    created_at: String,
    created_at_local: String,
    total_calls: Option<u64>,
    completed_calls: Option<u64>,
    failed_calls: Option<u64>,
    agent_id: Option<&'a str>,
    api_form: &'a str,
    extra: Option<&'a RawValue>,
    period: &'a str,
    standing: &'a str,
    total_calls_unit: Option<&'a str>,
    total_calls_source: Option<&'a str>,
    completed_calls_unit: Option<&'a str>,
    completed_calls_source: Option<&'a str>,
    failed_calls_unit: Option<&'a str>,
    failed_calls_source: Option<&'a str>,
}

/// Writes the register, one line a batch, oldest first; each line ends in a line feed.
///
/// # Errors
/// When the further fields of a batch are no JSON, or `out` takes no more.
pub fn write(report: &AuditReport, _: &Options, out: &mut Out<'_>) -> Result<(), NdjsonError> {
    let sources = report.row_sources();
    let failed = |batch: &Batch, source| NdjsonError { id: batch.id.to_string(), source };
    let last = |error| {
        let id = report.register.last().map(|batch| batch.id.to_string()).unwrap_or_default();
        NdjsonError { id, source: serde_json::Error::io(error) }
    };
    in_parts(
        out,
        |out| {
            let mut rows = report.register.iter();
            rows.try_for_each(|batch| {
                line(&mut *out, report, (batch, sources.of(batch))).map_err(|source| failed(batch, source))
            })
        },
        last,
    )
}

fn line(
    mut out: impl Write,
    report: &AuditReport,
    (batch, sources): (&Batch, [Option<(FigureOrigin, Unit)>; 3]),
) -> Result<(), serde_json::Error> {
    let units = sources.map(|of| of.map(|(_, unit)| unit.as_str()));
    let sources = sources.map(|of| of.map(|(source, _)| source.as_str()));
    // A line feed can only stand between the tokens of JSON, never in them.
    let extra = batch.extra.as_deref().map(|extra| match extra.contains(['\n', '\r']) {
        true => Cow::Owned(extra.replace(['\n', '\r'], " ")),
        false => Cow::Borrowed(extra),
    });
    let record = Record {
        batch_id: &batch.id,
        name: batch.name.as_deref(),
        status: batch.status.as_str(),
        created_at: report.created_utc(batch),
        created_at_local: report.created_local(batch),
        total_calls: batch.total_calls,
        completed_calls: batch.completed_calls,
        failed_calls: batch.failed_calls,
        agent_id: batch.agent_id.as_deref(),
        api_form: batch.form.as_str(),
        extra: extra.as_deref().map(serde_json::from_str).transpose()?,
        period: &report.period.slug,
        standing: report.standing.as_str(),
        total_calls_unit: units[0],
        total_calls_source: sources[0],
        completed_calls_unit: units[1],
        completed_calls_source: sources[1],
        failed_calls_unit: units[2],
        failed_calls_source: sources[2],
    };
    serde_json::to_writer(&mut out, &record)?;
    out.write_all(b"\n").map_err(serde_json::Error::io)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::render::bytes;
    use crate::report::{Standing, fixture};

    #[test]
    fn every_batch_is_a_line_with_every_field_that_the_api_gave() {
        let report = fixture::report(200, Standing::Draft);
        let text = String::from_utf8(bytes(|out| write(&report, &Options::default(), out)).unwrap()).unwrap();
        assert!(text.ends_with("}\n"));
        assert_eq!(text.lines().count(), 200);
        for (line, batch) in text.lines().zip(&report.register) {
            let mut record: Value = serde_json::from_str(line).unwrap();
            assert_eq!((&record["period"], &record["standing"]), (&"2024-Q1".into(), &"draft".into()));
            assert_eq!(record["created_at_local"], report.created_local(batch));
            assert_eq!(record.as_object().unwrap().len(), 19, "{line}");
            let fields = record.as_object_mut().unwrap();
            if fields["extra"].is_null() {
                fields.remove("extra");
            }
            assert_eq!(serde_json::from_value::<Batch>(record).unwrap(), *batch);
        }
    }

    #[test]
    fn further_fields_that_came_in_lines_stay_on_theirs() {
        let mut report = fixture::report(1, Standing::Complete);
        report.register[0].extra = Some("{\"a\":\n1e400,\r\n\"b\":\"x\\ny\"}".into());
        let text = String::from_utf8(bytes(|out| write(&report, &Options::default(), out)).unwrap()).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains("\"extra\":{\"a\": 1e400,  \"b\":\"x\\ny\"}"), "{text}");
        report.register[0].extra = Some("{".into());
        assert_eq!(write(&report, &Options::default(), &mut Vec::new()).unwrap_err().id, "batch_000000");
    }
}
