//! The IPE sheet: what an auditor asks of information produced by the entity, the facts that answer it, and where they can be
//! checked.

use super::words::instant;
use super::{AuditReport, FigureSource};
use crate::batch::FigureOrigin;

/// A demand on information produced by the entity (IPE), the fact that answers it, and where to check that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What the auditor asks.
    pub demand: &'static str,
    /// The fact.
    pub fact: String,
    /// Where it can be checked.
    pub check: String,
}

impl AuditReport {
    /// The executables that collected.
    pub(super) fn executable_words(&self) -> String {
        match self.provenance.executables.as_slice() {
            [] => "not recorded".to_owned(),
            sums => sums.join(", "),
        }
    }

    /// Which answers are not in the evidence as they came, and which figures rest on them.
    fn withheld_words(&self) -> String {
        let made = &self.provenance;
        if made.withheld == 0 {
            return "Nothing: every answer is in the evidence as it came".to_owned();
        }
        let is_counted = |figures: &&FigureSource| figures.source == FigureOrigin::CallLogs;
        let resting: u64 = self.figure_sources.iter().filter(is_counted).map(|figures| figures.batches).sum();
        format!(
            "The bodies of {} of {} answers, because call logs hold what people said. Of each the evidence has the program's \
             count and the SHA-256. {} figures of the register rest on these counts",
            self.grouped(made.withheld),
            self.grouped(made.answers),
            self.grouped(resting)
        )
    }

    /// The IPE sheet: what an auditor asks of a report that the audited company made itself.
    pub fn ipe_answers(&self) -> Vec<Answer> {
        let (c, made, stem) = (&self.completeness, &self.provenance, self.stem());
        let answer = |demand, fact: String, check: &str| Answer { demand, fact, check: check.to_owned() };
        let all = &self.totals.all;
        vec![
            answer(
                "Source",
                match self.scope.sample {
                    true => "The sample API that is built into the program; its data are made up".to_owned(),
                    false => format!(
                        "External: {} at {}, of the vendor that placed the calls (AS 1105.10A)",
                        self.scope.endpoint, self.scope.host
                    ),
                },
                "Scope",
            ),
            answer(
                "How it reached the company",
                format!(
                    "Read by this program from the API itself, {}, with a key of the company. The report is computed from the \
                     answers and holds no figure that was entered by hand; {} answers are in the evidence as they came",
                    if self.scope.endpoint.starts_with("https:") {
                        "over HTTPS"
                    } else {
                        "over HTTP without encryption"
                    },
                    self.grouped(made.answers.saturating_sub(made.withheld))
                ),
                "The evidence; Parameters and provenance",
            ),
            answer("Parameters", self.parameters.command.clone(), "Parameters and provenance; run it again"),
            answer(
                "Logic and version",
                format!(
                    "{} {}, commit {}; executable that collected, SHA-256: {}",
                    made.tool,
                    made.version,
                    made.commit.as_deref().unwrap_or("unknown"),
                    self.executable_words()
                ),
                "sha256sum of the company's executable; the program's source at that commit",
            ),
            answer(
                "Time",
                format!("Read from {} to {}", instant(made.started), instant(made.ended)),
                "Parameters and provenance",
            ),
            answer(
                "Completeness",
                format!(
                    "{}; read in the period: {}; gone from the list before the proof: {}; reported: {}",
                    match (c.established, c.exact) {
                        (true, true) => "Established",
                        (true, false) => "Nothing left out; not exact at one moment",
                        (false, _) => "Not established",
                    },
                    self.grouped(c.in_period),
                    self.gone_words(),
                    self.grouped(c.reported)
                ),
                "Completeness: what is proven and what it supposes, the waterfall, neighbours on both sides; hash total over the ids",
            ),
            answer(
                "Cut-off",
                format!(
                    "By the creation of the batch, not by when calls were made. Next older batch: {}. Next newer batch: {}",
                    self.neighbour(&c.older_neighbour, "none in the list"),
                    self.neighbour(&c.newer_neighbour, "none in the list")
                ),
                "Completeness: neighbours on both sides; the first and last rows of the register",
            ),
            answer("Withheld from the evidence", self.withheld_words(), "Figures: source and unit; verify counts them"),
            answer(
                "Accuracy",
                format!(
                    "Figures as given by the API: completed {}, failed {}; {} with a figure not reported; {}",
                    self.figure(all.completed_calls),
                    self.figure(all.failed_calls),
                    self.batches(all.not_reported),
                    self.grouping().count(self.findings.len() as u64, "finding", "findings")
                ),
                "Totals, findings, and the register row by row",
            ),
            answer(
                "Integrity",
                "Every file is signed; the manifest holds the SHA-256 of each".to_owned(),
                &format!("dialnexa-audit verify; openssl cms -verify on {stem}.csv.p7s; pdfsig {stem}.pdf"),
            ),
            answer(
                "Review and approval",
                "After the report was made: reviewer and approver sign it by countersign, in the PDF and over the manifest's SHA-256"
                    .to_owned(),
                "dialnexa-audit verify names who has signed, with certificate and time, and who is missing",
            ),
            answer(
                "Sample",
                "Drawn from this package by a seed of whoever tests it, so that others can draw it again".to_owned(),
                "dialnexa-audit draw, then verify --drawn; draw --help states sizes and methods",
            ),
            answer(
                "Re-performance",
                self.evidence.as_ref().map_or_else(
                    || "No evidence was kept; the report cannot be made again from it".to_owned(),
                    |kept| format!("{} holds every exchange with the API; SHA-256 {}", kept.name, kept.sha256),
                ),
                if self.pseudonyms.is_some() {
                    "The maker of the report holds the evidence, because it holds the names; compare its SHA-256"
                } else {
                    "dialnexa-audit verify says reproduced; dialnexa-audit render makes the report again, offline"
                },
            ),
            answer(
                "Retention",
                match self.issuer.as_ref().and_then(|issuer| issuer.retention.as_deref()) {
                    None => "The package is to be kept whole: every file that manifest.json lists".to_owned(),
                    Some(words) => format!("{words}; to be kept whole: every file that manifest.json lists"),
                },
                "manifest.json",
            ),
        ]
    }
}
