//! The report as JSON: all of it, with the raw text of every field. Its schema is `samples/report.schema.json`.

use crate::report::AuditReport;

/// What keeps a report from being JSON: a batch's further fields that are no JSON themselves.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the report as JSON: {0}; the further fields of a batch are not the JSON object that was read")]
pub struct JsonError(#[from] serde_json::Error);

/// The whole report, indented, with a line feed at its end.
pub fn json(report: &AuditReport) -> Result<Vec<u8>, JsonError> {
    let mut bytes = serde_json::to_vec_pretty(report)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Standing, fixture};

    #[test]
    fn json_reads_back_to_the_same_report() {
        for standing in [Standing::Complete, Standing::Provisional, Standing::Draft] {
            let report = fixture::report(60, standing);
            let bytes = json(&report).unwrap();
            assert!(bytes.ends_with(b"}\n"));
            assert_eq!(serde_json::from_slice::<AuditReport>(&bytes).unwrap(), report);
        }
    }
}
