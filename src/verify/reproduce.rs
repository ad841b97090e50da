//! Re-performance: the report made again from the raw answers in the evidence.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::Value;

use crate::evidence::{Evidence, FILE_NAME};
use crate::findings::UNSHOWN;
use crate::package::Entry;
use crate::report::{AuditReport, EvidenceStatement, Origin};

/// Evidence, wherever it lies.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeptEvidence<'a> {
    Held(&'a [u8]),
    File(&'a Path),
}

impl<'a> KeptEvidence<'a> {
    fn open(self) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::Held(bytes) => Box::new(bytes),
            Self::File(path) => Box::new(File::open(path)?),
        })
    }
}

/// Makes the report again that `claimed` says to be, from `evidence`; why that cannot be done, where it cannot.
pub(super) fn reproduce(evidence: KeptEvidence<'_>, claimed: &AuditReport) -> Result<AuditReport, String> {
    let open = || evidence.open().map_err(|error| error.to_string());
    let period = claimed.period.period().map_err(|error| error.to_string())?;
    let opened = Evidence::open(open()?).map_err(|error| error.to_string())?;
    let (info, mut collector) = (opened.info().clone(), opened.collector());
    let replayed = opened.replay(&mut collector).map_err(|error| error.to_string())?;
    if !collector.has_ended() {
        return Err("the evidence is of a collection that was interrupted".to_owned());
    }
    let (collected, counts) = (collector.finish(), replayed.counting.finish());
    if collected.proof.is_ok() && !counts.is_complete() {
        return Err("the evidence is of a counting of calls that was interrupted".to_owned());
    }
    let range = &collected.range;
    if period.start() < range.start || (period.end() > range.end && collected.as_of.is_none()) {
        return Err("the evidence does not cover the period".to_owned());
    }
    let file = Entry::of_reader(FILE_NAME, open()?).map_err(|error| error.to_string())?;
    // Whether it was signed when the report was made again is not in the evidence.
    let unsigned = claimed.evidence.as_ref().is_some_and(|kept| kept.unsigned);
    let statement = EvidenceStatement { name: file.name, bytes: file.bytes, sha256: file.sha256, unsigned };
    let origin = Origin::of_run(&info, replayed.traffic, statement);
    let report = AuditReport::of_collection(&period, collected, &counts, origin).map_err(|error| error.to_string())?;
    // An older version did not say where figures come from.
    let figure_sources = if claimed.figure_sources.is_empty() { Vec::new() } else { report.figure_sources.clone() };
    // What the maker states of the handing over is in no evidence either.
    let report = AuditReport { issuer: claimed.issuer.clone(), ..report };
    // What an older package held is not in this evidence; whether it leads to the register is checked with the data.
    Ok(AuditReport { supersedes: claimed.supersedes.clone(), figure_sources, ..report })
}

/// The first place in which two reports differ, as a path into their JSON and both values. What fonts the maker had is not
/// a matter of the evidence.
pub(super) fn first_difference(claimed: &AuditReport, reproduced: &AuditReport) -> Option<String> {
    if claimed.is_same_but_for(reproduced, UNSHOWN) {
        return None;
    }
    let [claimed, reproduced] = &[claimed, reproduced].map(|report| {
        let mut report = report.clone();
        report.findings.retain(|finding| finding.code != UNSHOWN);
        report
    });
    match (serde_json::to_value(claimed), serde_json::to_value(reproduced)) {
        (Ok(claimed), Ok(reproduced)) => differs("", &claimed, &reproduced),
        _ => Some("they cannot be compared".to_owned()),
    }
}

fn differs(path: &str, claimed: &Value, reproduced: &Value) -> Option<String> {
    match (claimed, reproduced) {
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
            names.into_iter().find_map(|name| {
                let part = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                differs(&part, one.get(name).unwrap_or(&Value::Null), other.get(name).unwrap_or(&Value::Null))
            })
        }
        (Value::Array(one), Value::Array(other)) => {
            let pairs = one.iter().zip(other).enumerate();
            let inside = pairs.into_iter().find_map(|(place, (one, other))| {
                // A row is known by its batch, not by its place.
                let id = one.get("batch_id").and_then(Value::as_str);
                let part = id.map_or_else(|| format!("{path}[{place}]"), |id| format!("{path}, batch {id}"));
                differs(&part, one, other)
            });
            inside.or_else(|| {
                (one.len() != other.len()).then(|| format!("{path}: {} entries instead of {}", one.len(), other.len()))
            })
        }
        (one, other) => (one != other).then(|| format!("{path}: {one} instead of {other}")),
    }
}
