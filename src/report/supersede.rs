//! A report that takes the place of an older one: which one, and what changed. The old package is named by the SHA-256 of
//! its manifest, so that another one cannot take its place.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AuditReport, CompareError, Comparison, Fact, Grouping, Standing, hash_total, moment};
use crate::batch::as_rfc3339;
use crate::restatement::{Restatement, Texts};

/// The report that is superseded, and what changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supersedes {
    /// The name of its package.
    pub package: String,
    /// SHA-256 of its manifest, in hex.
    pub manifest_sha256: String,
    /// What it could be taken for.
    pub standing: Standing,
    /// When its last answer was had.
    #[serde(with = "as_rfc3339")]
    pub ended: DateTime<Utc>,
    /// Its hash total.
    pub hash_total: String,
    /// What a reader should know of the two reports beside that, in words.
    pub notes: Vec<String>,
    /// What changed.
    pub restatement: Restatement,
}

impl Supersedes {
    /// The statement in one sentence.
    pub fn note(&self, grouping: Grouping) -> String {
        let (package, mark, sha256) = (&self.package, self.standing.mark(), &self.manifest_sha256);
        let counts = self.restatement.counts(grouping);
        format!("This report supersedes {package} ({mark}; SHA-256 of its manifest.json: {sha256}): {counts}.")
    }

    /// What does not hold in it beside `report`, which states it.
    ///
    /// The old package is not at hand. But with every change undone the register must be one of the old hash total, and from
    /// that one the restatement must follow again, totals and all.
    pub(crate) fn contradiction(&self, report: &AuditReport) -> Option<&'static str> {
        let Some(old) = self.restatement.undone(&report.register) else {
            return Some("the changes since the superseded report do not lead to its register");
        };
        if hash_total(old.iter().map(|batch| &*batch.id)) != self.hash_total {
            return Some("its changes undone do not give the hash total of the superseded report");
        }
        match Restatement::between(&old, &report.register, Texts::Compared) {
            Ok(restatement) if restatement == self.restatement => None,
            _ => Some("its restatement does not follow from its register and the changes"),
        }
    }
}

impl AuditReport {
    /// That the report supersedes another one, and in how many batches they differ, for its first page.
    pub fn superseding_words(&self) -> Option<String> {
        let old = self.supersedes.as_ref()?;
        let count = match old.restatement.batches_changed() {
            0 => "no batch differs".to_owned(),
            1 => "1 batch differs".to_owned(),
            count => format!("{} batches differ", self.grouped(count as u64)),
        };
        Some(format!("Supersedes {} of {}: {count}. See Restatement.", old.package, moment(old.ended)))
    }

    /// The same report with the statement that it supersedes `old`, whose package has a manifest of that SHA-256 (in hex).
    ///
    /// # Errors
    /// Where they cannot be compared, or where one holds pseudonyms that the other does not share.
    pub fn superseding(self, old: &Self, manifest_sha256: &str) -> Result<Self, CompareError> {
        if self.pseudonyms != old.pseudonyms {
            return Err(CompareError::Pseudonyms);
        }
        let Comparison { restatement, notes } = self.compared_with(old)?;
        let supersedes = Supersedes {
            package: old.stem(),
            manifest_sha256: manifest_sha256.to_owned(),
            standing: old.standing,
            ended: old.provenance.ended,
            hash_total: old.hash_total.clone(),
            notes,
            restatement,
        };
        Ok(Self { supersedes: Some(supersedes), ..self })
    }

    /// Which report it supersedes, and how much changed; nothing where it supersedes none.
    pub fn superseded_facts(&self) -> Vec<Fact> {
        let Some(old) = &self.supersedes else { return Vec::new() };
        let fact = |label, value: &str| Fact { label, value: value.to_owned() };
        let mut facts = vec![
            fact("Superseded report", &format!("{}: {}", old.package, old.standing.mark())),
            fact("Its last answer (collector's clock)", &moment(old.ended)),
            fact("Its manifest (SHA-256)", &old.manifest_sha256),
            fact("Its hash total", &old.hash_total),
            fact("What changed since", &old.restatement.counts(self.grouping())),
        ];
        let forms = old.restatement.forms_lines(self.grouping());
        facts.extend(forms.iter().map(|line| fact("Read in another form of the API's answer", line)));
        facts.extend(old.notes.iter().map(|note| fact("Note", note)));
        facts.push(fact("Where to check", "sha256sum manifest.json in the old package; dialnexa-audit diff OLD NEW"));
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn what_is_said_of_the_superseded_report_must_lead_to_the_register() {
        let report = fixture::superseding();
        let said = report.supersedes.clone().unwrap();
        assert_eq!(said.contradiction(&report), None);
        assert!(!said.restatement.added.is_empty() && !said.restatement.recounted.is_empty());
        let wrong = |change: fn(&mut Supersedes)| {
            let mut wrong = said.clone();
            change(&mut wrong);
            wrong.contradiction(&report)
        };
        assert!(wrong(|said| drop(said.restatement.added.pop())).is_some());
        assert!(wrong(|said| drop(said.restatement.vanished.pop())).is_some());
        assert!(wrong(|said| drop(said.restatement.recounted.pop())).is_some());
        assert!(wrong(|said| said.restatement.vanished[0].total_calls = Some(1)).is_some());
        assert!(wrong(|said| said.restatement.totals.all.adjustment.batches += 1).is_some());
        assert!(wrong(|said| said.hash_total = "0".repeat(64)).is_some());
        let mut other = report.clone();
        other.register[6].completed_calls = Some(999);
        assert!(said.contradiction(&other).is_some());
    }

    #[test]
    fn names_never_come_back_by_way_of_the_superseded_report() {
        let old = fixture::report(20, Standing::Complete);
        let mut new = fixture::report(20, Standing::Complete);
        new.pseudonyms = Some(crate::pseudonym::Pseudonyms { key_id: "0123456789ab".to_owned() });
        assert_eq!(new.superseding(&old, "00").unwrap_err(), CompareError::Pseudonyms);
    }
}
