//! The report as JSON: all of it, with the raw text of every field. Its schema is `samples/report.schema.json`.

use std::io::Write;

use crate::render::{Out, in_parts};
use crate::report::AuditReport;

/// The number of the form of the JSON: it grows with every change after which the same report gives other bytes.
pub const FORM: u32 = 3;

/// What keeps a report from being JSON: a batch's further fields that are no JSON themselves, or a file that takes no more.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the report as JSON: {source}{}", why(.source))]
pub struct JsonError {
    /// What is wrong.
    #[from]
    source: serde_json::Error,
}

fn why(source: &serde_json::Error) -> &'static str {
    if source.is_io() { "" } else { " (the further fields of a batch are not the JSON object that was read)" }
}

/// How it is written: there is nothing to choose yet.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Options {}

/// Writes the whole report, indented, with a line feed at its end.
///
/// # Errors
/// When the further fields of a batch are no JSON, or `out` takes no more.
pub fn write(report: &AuditReport, _: &Options, out: &mut Out<'_>) -> Result<(), JsonError> {
    let whole = in_parts(
        out,
        |out| {
            serde_json::to_writer_pretty(&mut *out, report)?;
            out.write_all(b"\n").map_err(serde_json::Error::io)
        },
        serde_json::Error::io,
    );
    Ok(whole?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::bytes;
    use crate::report::{Standing, fixture};

    #[test]
    fn json_reads_back_to_the_same_report() {
        for standing in [Standing::Complete, Standing::Provisional, Standing::Draft] {
            let report = fixture::report(60, standing);
            let bytes = bytes(|out| write(&report, &Options::default(), out)).unwrap();
            assert!(bytes.ends_with(b"}\n"));
            assert_eq!(serde_json::from_slice::<AuditReport>(&bytes).unwrap(), report);
        }
    }
}
