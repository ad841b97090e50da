//! Data that is no evidence of itself must at least not contradict itself: totals, counts and hash total follow from the register.

use crate::report::{AuditReport, FORMAT, PeriodStatement, hash_total};
use crate::totals::Totals;

/// The report in a JSON file, if it does not contradict itself; why not, otherwise.
///
/// # Errors
/// Where the bytes are no report of this version's format, or one that contradicts itself.
pub fn consistent(bytes: &[u8]) -> Result<AuditReport, String> {
    let report: AuditReport = serde_json::from_slice(bytes).map_err(|error| format!("it cannot be read: {error}"))?;
    if report.format != FORMAT {
        return Err(format!("it is of the format `{}`, this version reads {FORMAT}", report.format));
    }
    contradiction(&report).map_or(Ok(report), Err)
}

/// What in the data contradicts itself, in words.
pub(super) fn contradiction(report: &AuditReport) -> Option<String> {
    match Totals::over(&report.register) {
        Err(overflow) => return Some(overflow.to_string()),
        Ok(totals) if totals != report.totals => return Some("its totals are not the sums of its register".to_owned()),
        Ok(_) => {}
    }
    let count = report.register.len() as u64;
    if report.completeness.reported != count {
        return Some(format!("it says that {} batches are reported and lists {count}", report.completeness.reported));
    }
    if report.hash_total != hash_total(report.register.iter().map(|batch| &*batch.id)) {
        return Some("its hash total is not that of its register's ids".to_owned());
    }
    match report.period.period() {
        Ok(period) if PeriodStatement::new(&period, report.period.as_of) == report.period => {
            if let Some(why) = report.breakdown_contradiction(&period) {
                return Some(why.to_owned());
            }
        }
        Ok(period) => return Some(format!("its period is not {} as it is called", period.label())),
        Err(error) => return Some(error.to_string()),
    }
    if let Some(why) = report.sources_contradiction() {
        return Some(why.to_owned());
    }
    if let Some(why) = report.comparison_contradiction() {
        return Some(why.to_owned());
    }
    if let Some(why) = report.supersedes.as_ref().and_then(|old| old.contradiction(report)) {
        return Some(why.to_owned());
    }
    let outside = report.register.iter().find(|batch| {
        !(report.period.start..report.period.as_of.unwrap_or(report.period.end)).contains(&batch.created_at)
    });
    outside.map(|batch| format!("batch `{}` is not dated in the period", batch.id))
}
