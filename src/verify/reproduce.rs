//! From the evidence to the report: what `report` made of the answers is made of them again.

use crate::evidence::{Evidence, executables};
use crate::findings::UNSHOWN;
use crate::machine;
use crate::package::{Format, Layout};
use crate::pseudonym::PseudonymKey;
use crate::render::pdf;
use crate::report::{AuditReport, EvidenceStatement, Head, Origin};

use super::folder::Held;
use crate::digest::Checksum;

/// Makes the report again that `head` is of, from `evidence`, of which `sum` is the checksum. What no evidence holds is taken from
/// `head`: who hands it over, how its files were made.
///
/// # Errors
/// Why that cannot be done, in words.
pub(super) fn reproduce(
    (evidence, sum): (&Held, &Checksum),
    head: &Head,
    pseudonyms: Option<&PseudonymKey>,
) -> Result<AuditReport, String> {
    let period = head.period.period().map_err(|error| error.to_string())?;
    let replayed = evidence.same(sum, |reader| {
        let opened = Evidence::open(reader).map_err(|error| error.to_string())?;
        let (info, mut collector) = (opened.info().clone(), opened.collector());
        let replayed = opened.replay(&mut collector).map_err(|error| error.to_string())?;
        Ok::<_, String>((info, collector.finish(), replayed))
    });
    let (info, collected, replayed) = replayed.map_err(|error| error.to_string())??;
    let counts = replayed.counting.finish();
    if collected.proof.is_ok() && !counts.is_complete() {
        return Err("the evidence is of a counting of calls that was interrupted".to_owned());
    }
    let has_begun = collected.as_of.is_none_or(|as_of| period.start() < as_of);
    if info.start > period.start() || period.end() > info.end || !has_begun {
        return Err("the evidence does not cover the period".to_owned());
    }
    let name = head.evidence.as_ref().map(|stated| stated.name.clone()).unwrap_or_default();
    let statement = EvidenceStatement { name, bytes: sum.bytes, sha256: sum.hex() };
    let origin = Origin::of_run(&info, replayed.traffic, statement);
    let executables = executables(&replayed.runs);
    let origin = Origin { pseudonym_key: pseudonyms.cloned(), executables, ..origin };
    let report = AuditReport::of_collection(&period, collected, &counts, origin).map_err(|error| error.to_string())?;
    let issued = report.issued_by(head.issuer.clone().unwrap_or_default());
    Ok(AuditReport { made: head.made.clone(), ..issued })
}

/// The report with the finding over what the fonts of `layout` do not show, where it has a PDF.
///
/// # Errors
/// Where a font cannot be used, in words.
pub(super) fn fitted(report: AuditReport, layout: &Layout<'_>) -> Result<AuditReport, String> {
    if !layout.look.formats.contains(&Format::Pdf) {
        return Ok(report);
    }
    machine::workers().map_err(|error| error.to_string())?;
    let lacking = pdf::lacking(&report, layout.fonts).map_err(|error| error.to_string())?;
    Ok(report.with_unshown(&lacking.batches))
}

/// The report without that finding.
pub(super) fn unfitted(mut report: AuditReport) -> AuditReport {
    report.findings.retain(|finding| finding.code != UNSHOWN);
    report
}
