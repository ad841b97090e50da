//! A report beside that of an earlier period: the totals of both, per status and in all.

use serde::{Deserialize, Serialize};

use super::{AuditReport, CompareError, Fact, Standing, SumsLine};
use crate::restatement::RestatedTotals;

/// The earlier report, and the totals of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// The name of its package.
    pub package: String,
    /// SHA-256 of its manifest, in hex.
    pub manifest_sha256: String,
    /// Its period: `2023-Q4`.
    pub period: String,
    /// What it could be taken for.
    pub standing: Standing,
    /// Its totals, the change, and those of this report.
    pub totals: RestatedTotals,
}

impl AuditReport {
    /// The same report beside `old`, which is of an earlier period and whose package has a manifest of that SHA-256 (in hex).
    ///
    /// # Errors
    /// Where they are of different sources or workspaces, `old` is not of an earlier period, or a change does not fit 64 bits.
    pub fn compared_to(self, old: &Self, manifest_sha256: &str) -> Result<Self, CompareError> {
        self.of_one_source(old)?;
        if old.period.end > self.period.start {
            return Err(CompareError::Apart {
                what: "period",
                old: old.period.label.clone(),
                new: format!("{}, which does not begin after it", self.period.label),
                advice: "compare with a report of an earlier period",
            });
        }
        if self.pseudonyms != old.pseudonyms {
            return Err(CompareError::Pseudonyms);
        }
        let compared = Compared {
            package: old.stem(),
            manifest_sha256: manifest_sha256.to_owned(),
            period: old.period.label.clone(),
            standing: old.standing,
            totals: RestatedTotals::between(&old.register, &self.register)?,
        };
        Ok(Self { compared: Some(compared), ..self })
    }

    /// Which report it is compared with; nothing where it is with none.
    pub fn compared_facts(&self) -> Vec<Fact> {
        let Some(old) = &self.compared else { return Vec::new() };
        let fact = |label, value: String| Fact { label, value };
        vec![
            fact("Compared with", format!("{}: {}", old.package, old.standing.mark())),
            fact("Its period", old.period.clone()),
            fact("Its manifest (SHA-256)", old.manifest_sha256.clone()),
        ]
    }

    /// The sums that differ, then every sum over all batches.
    pub fn compared_lines(&self) -> Vec<SumsLine> {
        self.compared.as_ref().map_or_else(Vec::new, |old| old.totals.lines(self.grouping()))
    }

    /// What does not hold in the comparison beside the totals of the report.
    pub(crate) fn comparison_contradiction(&self) -> Option<&'static str> {
        let compared = self.compared.as_ref()?;
        let after = compared.totals.by_status.iter().filter(|of| of.sums.after.batches > 0);
        let after: Vec<_> = after.map(|of| (&of.status, &of.sums.after)).collect();
        let own: Vec<_> = self.totals.by_status.iter().map(|of| (&of.status, &of.sums)).collect();
        let holds = after == own && compared.totals.all.after == self.totals.all && compared.totals.is_consistent();
        (!holds).then_some("its comparison with an earlier period does not lead to its totals")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn pair() -> (AuditReport, AuditReport) {
        let (mut old, new) = (fixture::report(30, Standing::Complete), fixture::report(60, Standing::Complete));
        old.period.end = new.period.start;
        (old, new)
    }

    #[test]
    fn the_totals_of_both_are_side_by_side() {
        let (old, new) = pair();
        let compared = new.clone().compared_to(&old, "00").unwrap();
        let all = &compared.compared.as_ref().unwrap().totals.all;
        assert_eq!((all.before.batches, all.adjustment.batches, all.after.batches), (30, 30, 60));
        assert_eq!(compared.comparison_contradiction(), None);
        assert!(compared.compared_lines().iter().any(|line| line.status == "TOTAL" && line.cells[2] == "60"));
        let mut wrong = compared;
        wrong.compared.as_mut().unwrap().totals.all.adjustment.batches = 7;
        assert!(wrong.comparison_contradiction().is_some());
    }

    #[test]
    fn a_report_of_the_same_or_a_later_period_is_refused() {
        let (_, new) = pair();
        let error = new.clone().compared_to(&new, "00").unwrap_err();
        assert!(error.to_string().contains("which does not begin after it"), "{error}");
    }
}
