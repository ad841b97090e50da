//! Reading the register back from its NDJSON file.

use serde::Deserialize;

use crate::report::Standing;
use crate::verify::stated::{Figure, Stated, StatedRow};

/// What is wrong with an NDJSON file.
#[derive(Debug, thiserror::Error)]
pub enum NdjsonReadError {
    /// A line is not the record of a batch.
    #[error("line {line} is not the record of a batch: {source}")]
    NotARecord {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The last line does not end.
    #[error("the last line does not end: the file is cut")]
    Cut,
    /// Not all records are of one report.
    #[error("line {line} is of another standing than the lines before it")]
    Mixed {
        /// The line, from 1.
        line: usize,
    },
}

/// The fields that are compared, each of which must be there.
#[derive(Deserialize)]
struct Record {
    batch_id: String,
    status: String,
    #[serde(deserialize_with = "Option::deserialize")]
    total_calls: Figure,
    #[serde(deserialize_with = "Option::deserialize")]
    completed_calls: Figure,
    #[serde(deserialize_with = "Option::deserialize")]
    failed_calls: Figure,
    standing: Standing,
}

/// The rows that the file states, and the verdict that they carry.
///
/// # Errors
/// When a line is no record, the last one is cut, or the records are not all of one standing.
pub fn stated(bytes: &[u8]) -> Result<Stated, NdjsonReadError> {
    let mut stated = Stated::default();
    let lines = match bytes.split_last() {
        None => return Ok(stated),
        Some((b'\n', lines)) => lines,
        Some(_) => return Err(NdjsonReadError::Cut),
    };
    for (number, line) in lines.split(|byte| *byte == b'\n').enumerate() {
        let line_number = number + 1;
        let record: Record =
            serde_json::from_slice(line).map_err(|source| NdjsonReadError::NotARecord { line: line_number, source })?;
        let mark = record.standing.mark();
        if stated.mark.get_or_insert_with(|| mark.to_owned()) != mark {
            return Err(NdjsonReadError::Mixed { line: line_number });
        }
        stated.rows.push(StatedRow {
            batch_id: record.batch_id,
            status: record.status,
            calls: [record.total_calls, record.completed_calls, record.failed_calls],
        });
    }
    Ok(stated)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::render::{bytes, ndjson};
    use crate::report::AuditReport;
    use crate::report::fixture;

    fn written(report: &AuditReport) -> Vec<u8> {
        bytes(|out| ndjson::write(report, &ndjson::Options::default(), out)).unwrap()
    }

    #[test]
    fn the_lines_state_what_the_report_states() {
        for standing in [Standing::Complete, Standing::Provisional, Standing::Draft] {
            let report = fixture::report(120, standing);
            let (whole, found) = (Stated::by_report(&report), stated(&written(&report)).unwrap());
            assert_eq!((found.rows, found.mark), (whole.rows, whole.mark));
        }
        assert_eq!(stated(&written(&fixture::report(0, Standing::Complete))).unwrap(), Stated::default());
    }

    #[test]
    fn a_cut_line_a_missing_figure_and_a_foreign_line_are_refused() {
        let bytes = written(&fixture::report(3, Standing::Complete));
        assert!(matches!(stated(&bytes[..bytes.len() - 1]), Err(NdjsonReadError::Cut)));
        let text = String::from_utf8(bytes).unwrap();
        for (part, other) in [("\"failed_calls\":", "\"failed\":"), (":50,", ":-50,"), ("\"status\":", "\"state\":")] {
            let error = stated(text.replacen(part, other, 1).as_bytes()).unwrap_err();
            assert!(matches!(error, NdjsonReadError::NotARecord { line: 1, .. }), "{error}");
        }
        let mixed = text.replacen("\"complete\"}\n", "\"draft\"}\n", 1);
        assert!(matches!(stated(mixed.as_bytes()), Err(NdjsonReadError::Mixed { line: 2 })));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = stated(&bytes);
        }
    }
}
