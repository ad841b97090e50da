//! The company's answers beside the findings that they are to.

use super::AuditReport;
use crate::dispositions::Disposition;
use crate::findings::{Concern, Finding, UNSHOWN, unmatched};

/// The answer that is shown for a finding without one.
pub const NO_DISPOSITION: &str = "no disposition";

impl AuditReport {
    /// The same report with these answers; one that is to no finding of it becomes a finding itself.
    #[must_use]
    pub fn disposed(mut self, dispositions: Vec<Disposition>) -> Self {
        let is_to = |finding: &Finding, answer: &Disposition| {
            finding.code == answer.code
                && answer.batch_id.as_ref().is_none_or(|id| finding.concerns.iter().any(|of| of.batch_id == *id))
        };
        let lost = dispositions
            .iter()
            .filter(|answer| answer.code != UNSHOWN && !self.findings.iter().any(|finding| is_to(finding, answer)));
        let lost: Vec<String> = lost
            .map(|answer| match &answer.batch_id {
                Some(id) => format!("{} ({id})", answer.code),
                None => answer.code.clone(),
            })
            .collect();
        self.findings.extend(unmatched(&lost));
        self.findings.sort_by_key(|finding| finding.severity);
        self.dispositions = Some(dispositions);
        self
    }

    /// The answer to a finding over one batch, in words; `None` where the report has no answers at all.
    pub fn disposition(&self, finding: &Finding, concern: Option<&Concern>) -> Option<String> {
        let answers = self.dispositions.as_ref()?;
        let of_batch =
            |answer: &&Disposition| concern.is_some_and(|concern| answer.batch_id.as_ref() == Some(&concern.batch_id));
        let mut to_it = answers.iter().filter(|answer| answer.code == finding.code);
        let answer = to_it.clone().find(of_batch).or_else(|| to_it.find(|answer| answer.batch_id.is_none()));
        Some(answer.map_or_else(|| NO_DISPOSITION.to_owned(), words))
    }

    /// How many findings, or batches of them, have an answer; `None` where the report has no answers at all.
    pub fn disposition_note(&self) -> Option<String> {
        self.dispositions.as_ref()?;
        let (mut all, mut open) = (0_u64, 0_u64);
        for finding in &self.findings {
            let concerns = finding.concerns.iter().map(Some);
            let none = finding.concerns.is_empty().then_some(None);
            for concern in concerns.chain(none) {
                all += 1;
                open += u64::from(self.disposition(finding, concern).as_deref() == Some(NO_DISPOSITION));
            }
        }
        let [answered, all, open] = [all - open, all, open].map(|count| self.grouped(count));
        Some(format!("The company answered {answered} of {all} concerns; {open} have {NO_DISPOSITION}."))
    }
}

fn words(answer: &Disposition) -> String {
    let said = if answer.words.is_empty() { String::new() } else { format!(": {}", answer.words) };
    format!("{} by {} on {}{said}", answer.disposition.as_str(), answer.by, answer.on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispositions::read;
    use crate::report::{Standing, fixture};

    #[test]
    fn every_concern_has_its_answer_or_none_and_an_answer_to_nothing_is_a_finding() {
        let report = fixture::report(60, Standing::Complete);
        let finding = report.findings.iter().find(|finding| finding.concerns.len() > 1).unwrap().clone();
        let (first, second) = (&finding.concerns[0], &finding.concerns[1]);
        let file = format!(
            "code,batch,disposition,by,on,words\n{},{},explained,R. Rao,2024-04-15,retried\nno-such,,accepted,R. Rao,2024-04-15,\n",
            finding.code, first.batch_id
        );
        assert_eq!(report.disposition(&finding, Some(first)), None);
        let report = report.disposed(read(file.as_bytes()).unwrap());
        let answer = report.disposition(&finding, Some(first)).unwrap();
        assert_eq!(answer, "explained by R. Rao on 2024-04-15: retried");
        assert_eq!(report.disposition(&finding, Some(second)).unwrap(), NO_DISPOSITION);
        let lost = report.findings.iter().find(|finding| finding.code == "disposition-unmatched").unwrap();
        assert!(lost.rule.contains("no-such"), "{}", lost.rule);
        let note = report.disposition_note().unwrap();
        assert!(note.starts_with("The company answered 1 of "), "{note}");
    }

    #[test]
    fn an_answer_to_the_whole_finding_is_to_each_of_its_batches() {
        let report = fixture::report(60, Standing::Complete);
        let finding = report.findings.iter().find(|finding| finding.concerns.len() > 1).unwrap().clone();
        let file = format!("code,batch,disposition,by,on,words\n{},,accepted,R. Rao,2024-04-15,\n", finding.code);
        let report = report.disposed(read(file.as_bytes()).unwrap());
        for concern in &finding.concerns {
            assert_eq!(report.disposition(&finding, Some(concern)).unwrap(), "accepted by R. Rao on 2024-04-15");
        }
    }
}
