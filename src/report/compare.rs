//! Whether two reports can be compared at all, and what a reader must know of the two.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{AuditReport, Grouping, Standing, moment, utc_bounds};
use crate::remedy::Remedy;
use crate::restatement::{Restatement, RestatementError, Texts};

/// Why two reports cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// They are over something else.
    #[error("the reports cannot be compared: the {what} of the old one is {old}, of the new one {new}")]
    Apart {
        /// What differs.
        what: &'static str,
        /// What it is in the old report.
        old: String,
        /// What it is in the new one.
        new: String,
        /// What to do.
        advice: &'static str,
    },
    /// One would put names of the other into a package that must not hold them, or could not know its own.
    #[error(
        "the old report and the new one do not share one key of pseudonyms, so what changed cannot stand in the new one"
    )]
    Pseudonyms,
    /// Their registers cannot be compared.
    #[error(transparent)]
    Registers(#[from] RestatementError),
}

impl Remedy for CompareError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Apart { advice, .. } => Some((*advice).into()),
            Self::Pseudonyms => Some("give both reports the names, or both the pseudonyms of one --identity".into()),
            Self::Registers(error) => error.remedy(),
        }
    }
}

/// What became of an old report in a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What changed.
    pub restatement: Restatement,
    /// What a reader should know of the two reports beside that, in words.
    pub notes: Vec<String>,
}

impl AuditReport {
    /// Compares with an older report over the same batches of the same period.
    ///
    /// The period is the same where its first and last instants are, whatever it is called; an older report may go up to
    /// an earlier moment of it. The sample API is the same on every port.
    ///
    /// # Errors
    /// Where source or period differ, or where a register is none.
    pub fn compared_with(&self, old: &Self) -> Result<Comparison, CompareError> {
        self.over_the_same(old)?;
        let texts = if old.pseudonyms == self.pseudonyms { Texts::Compared } else { Texts::Ignored };
        let restatement = Restatement::between(&old.register, &self.register, texts)?;
        let notes = self.notes(old, &restatement, texts);
        Ok(Comparison { restatement, notes })
    }

    fn over_the_same(&self, old: &Self) -> Result<(), CompareError> {
        self.of_one_source(old)?;
        let bounds = |report: &Self| utc_bounds(report.period.start, report.period.end);
        match (bounds(old), bounds(self)) {
            (old, new) if old != new => {
                Err(CompareError::Apart { what: "period", old, new, advice: "name two reports of one period" })
            }
            _ => Ok(()),
        }
    }

    /// Refuses a report of another API or workspace.
    pub(super) fn of_one_source(&self, old: &Self) -> Result<(), CompareError> {
        let source = |report: &Self| {
            if report.scope.sample { "the built-in sample API".to_owned() } else { report.scope.endpoint.clone() }
        };
        let workspace = |report: &Self, other: &Self| {
            let named = report.scope.workspace.as_ref().zip(other.scope.workspace.as_ref());
            named.map_or_else(String::new, |(own, _)| format!("`{own}`"))
        };
        let compared = [
            ("source", source(old), source(self), "name two reports of one API"),
            ("workspace", workspace(old, self), workspace(self, old), "name two reports of one workspace"),
        ];
        match compared.into_iter().find(|(_, old, new, _)| old != new) {
            Some((what, old, new, advice)) => Err(CompareError::Apart { what, old, new, advice }),
            None => Ok(()),
        }
    }

    fn notes(&self, old: &Self, restatement: &Restatement, texts: Texts) -> Vec<String> {
        let mut notes = Vec::new();
        for (name, report) in [("old", old), ("new", self)] {
            if report.standing == Standing::Draft {
                notes.push(format!("The {name} report is a draft: a batch that it lacks may only not have been read."));
            }
            if let Some(as_of) = report.period.as_of {
                notes.push(format!("The {name} report goes up to {} only.", moment(as_of)));
            }
        }
        let later = |as_of: DateTime<Utc>| restatement.added.iter().filter(|batch| batch.created_at >= as_of).count();
        if let Some(count) = old.period.as_of.map(later).filter(|count| *count > 0) {
            // Stated in the data, whatever way its pages are made.
            let count = Grouping::default().count(count as u64, "was", "were");
            notes.push(format!("Of the batches added, {count} created after the end of the old report."));
        }
        let (key, new_key) = (&old.scope.key_fingerprint, &self.scope.key_fingerprint);
        if key != new_key {
            notes.push(format!(
                "The API keys differ ({key}, then {new_key}): the API does not report whether both are of one workspace."
            ));
        }
        notes.extend(self.sources_note(old));
        if texts == Texts::Ignored {
            notes.push(
                "Names and further fields are not compared: the reports do not share one key of pseudonyms.".to_owned(),
            );
        }
        notes
    }
}

impl AuditReport {
    /// Figures of another source may differ because they count something else.
    fn sources_note(&self, old: &Self) -> Option<String> {
        let kinds = |report: &Self| -> BTreeSet<_> {
            report.figure_sources.iter().map(|of| (of.column, of.api_form, of.source, of.unit)).collect()
        };
        let (before, now) = (kinds(old), kinds(self));
        let both_known = !before.is_empty() && !now.is_empty();
        (both_known && before != now).then(|| {
            "Not all figures come from the same source in both reports, or count the same: see there where they come from."
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn apart(old: &AuditReport, new: &AuditReport) -> &'static str {
        match new.compared_with(old) {
            Err(CompareError::Apart { what, .. }) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_reports_over_one_source_and_one_period_are_compared() {
        let old = fixture::report(20, Standing::Complete);
        let mut other = old.clone();
        other.scope.endpoint = "https://eu.dialnexa.com/v1/batch-calls".to_owned();
        assert_eq!(apart(&old, &other), "source");
        let mut other = old.clone();
        other.scope.workspace = Some("Somebody else".to_owned());
        assert_eq!(apart(&old, &other), "workspace");
        let mut other = old.clone();
        other.period.start += chrono::TimeDelta::minutes(30);
        assert_eq!(apart(&old, &other), "period");
        let mut sample = old.clone();
        sample.scope.sample = true;
        assert_eq!(apart(&old, &sample), "source");
    }

    #[test]
    fn another_name_of_the_period_another_port_and_an_unnamed_workspace_do_not_matter() {
        let mut old = fixture::report(20, Standing::Complete);
        old.scope.sample = true;
        let mut new = old.clone();
        new.period.label = "FY2024-Q4".to_owned();
        new.scope.endpoint = "http://127.0.0.1:9/v1/batch-calls".to_owned();
        new.scope.workspace = None;
        let comparison = new.compared_with(&old).unwrap();
        assert!(comparison.restatement.is_empty() && comparison.notes.is_empty(), "{comparison:?}");
    }

    #[test]
    fn what_a_reader_must_know_is_noted() {
        let mut old = fixture::report(20, Standing::Provisional);
        let mut new = fixture::report(20, Standing::Draft);
        let as_of = old.period.as_of.unwrap();
        old.register.pop();
        new.register.last_mut().unwrap().created_at = as_of;
        new.scope.key_fingerprint = "ffffffffffff".to_owned();
        new.pseudonyms = Some(crate::pseudonym::Pseudonyms { key_id: "0123456789ab".to_owned() });
        new.register.iter_mut().for_each(|batch| batch.name = Some("pseudonym-1".into()));
        let comparison = new.compared_with(&old).unwrap();
        assert!(comparison.restatement.changed.is_empty(), "{:?}", comparison.restatement.changed);
        let notes = comparison.notes.join("\n");
        for words in
            ["goes up to 31 Mar 2024 12:00:00 UTC", "1 was created", "is a draft", "keys differ", "not compared"]
        {
            assert!(notes.contains(words), "{words}: {notes}");
        }
    }
}
