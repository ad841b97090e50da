//! From what a collection ended in to the report over it.

use std::collections::HashSet;

use chrono_tz::Tz;

use super::{
    AuditReport, CallLogs, CensusStatement, Completeness, EvidenceStatement, Inputs, Neighbour, Parameters, Provenance,
    Scope, proven,
};
use crate::api::exchange::Traffic;
use crate::calls::CallCounts;
use crate::collect::{Collected, Edge};
use crate::evidence::{Info, executables};
use crate::findings::{
    Circumstances, Finding, NIL_RETURN, clocks_apart, damaged, default_zone, findings, of_collection, round_total,
};
use crate::period::Period;
use crate::pseudonym::PseudonymKey;
use crate::remedy::Remedy;
use crate::totals::Overflow;

/// What the report says of how it came to be, beside what was collected.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Whose batches.
    pub scope: Scope,
    /// What was asked.
    pub parameters: Parameters,
    /// The tool's version.
    pub version: String,
    /// The commit that it was built from, where that is known.
    pub commit: Option<String>,
    /// The executables that collected, by their SHA-256 in hex.
    pub executables: Vec<String>,
    /// The requests of the collection.
    pub traffic: Traffic,
    /// The file that holds them, where it is kept.
    pub evidence: Option<EvidenceStatement>,
    /// Whether that file is an older one without a signature.
    pub unsigned_evidence: bool,
    /// The key of the pseudonyms that take the place of names, where they shall.
    pub pseudonym_key: Option<PseudonymKey>,
}

/// Why there can be no report over a collection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A sum of figures does not fit.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// Nothing was read.
    #[error("the API answered no request, so there is nothing to report")]
    Unanswered,
}

impl Remedy for ReportError {
    fn remedy(&self) -> Option<std::borrow::Cow<'static, str>> {
        match self {
            Self::Overflow(error) => error.remedy(),
            Self::Unanswered => Some("run `dialnexa-audit report` again; it resumes the collection".into()),
        }
    }
}

impl Origin {
    /// What the evidence of a run says of it.
    pub fn of_run(info: &Info, traffic: Traffic, evidence: EvidenceStatement) -> Self {
        let command = info.arguments.iter().map(|argument| quoted(argument));
        Self {
            scope: Scope {
                workspace: info.workspace.clone(),
                host: info.host.clone(),
                endpoint: info.endpoint.clone(),
                key_fingerprint: info.key_fingerprint.clone(),
                sample: info.sample,
            },
            parameters: Parameters {
                command: std::iter::once("dialnexa-audit".to_owned()).chain(command).collect::<Vec<_>>().join(" "),
                assurance: info.assurance.to_string(),
            },
            version: info.version.clone(),
            commit: info.commit.clone(),
            executables: executables([info]),
            traffic,
            evidence: Some(evidence),
            unsigned_evidence: false,
            pseudonym_key: None,
        }
    }
}

/// An argument as a shell would have to be given it.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

impl AuditReport {
    /// The report of `period` over a collection of it, or of a range that it lies in, and over what was counted of its calls.
    ///
    /// # Errors
    /// Where a sum of figures does not fit, or no request was answered.
    pub fn of_collection(
        period: &Period,
        collected: Collected,
        counts: &CallCounts,
        origin: Origin,
    ) -> Result<Self, ReportError> {
        let mut collected = collected.within(period.start()..period.end());
        // While the names are those that came; it repeats none.
        let damaged = damaged(&collected.batches);
        // Before anything else is made of the batches, so that no name gets past.
        let pseudonyms = origin.pseudonym_key.as_ref().map(|key| {
            key.replace(&mut collected.batches, &mut collected.changes);
            key.statement()
        });
        let call_logs = CallLogs::new(&collected.batches, counts);
        let (calls_gone, calls_differ) = match &call_logs {
            Some(logs) => logs.noted(&collected.batches),
            None => Default::default(),
        };
        collected.batches.iter_mut().for_each(|batch| counts.complete(batch));
        let circumstances = Circumstances {
            period_over: collected.as_of.is_none(),
            changes: &collected.changes,
            ahead: &collected.ahead,
            calls_gone: &calls_gone,
            calls_differ: &calls_differ,
            damaged: &damaged,
        };
        let mut findings = findings(&collected.batches, circumstances);
        if collected.proof.is_err() {
            // That none was read says nothing of the period.
            findings.retain(|finding| finding.code != NIL_RETURN);
        }
        findings.extend(about_collection(&collected));
        findings.extend(origin.traffic.clocks_apart().map(clocks_apart));
        let ends_inside = collected.observations.list_end.is_some();
        findings.extend(round_total(collected.tally.held).filter(|_| !ends_inside));
        let is_zone_named = origin.parameters.command.contains(" --timezone");
        findings.extend((period.zone() == Tz::UTC && !is_zone_named).then(default_zone));
        findings.sort_by_key(|finding| finding.severity);
        let traffic = origin.traffic;
        let (started, ended) = traffic.started.zip(traffic.ended).ok_or(ReportError::Unanswered)?;
        let provenance = Provenance {
            tool: "dialnexa-audit".to_owned(),
            version: origin.version,
            commit: origin.commit,
            executables: origin.executables,
            answers: traffic.answers,
            withheld: traffic.withheld,
            started,
            ended,
            first_server_date: traffic.first_server_date,
            last_server_date: traffic.last_server_date,
        };
        let report = Self::new(Inputs {
            period,
            as_of: collected.as_of,
            scope: origin.scope,
            parameters: origin.parameters,
            provenance,
            completeness: completeness(&collected, traffic),
            evidence: origin.evidence,
            findings,
            call_logs,
            batches: collected.batches,
        })?;
        Ok(Self { pseudonyms, ..report })
    }
}

/// The findings over the collection; of batches, those of the period only.
fn about_collection(collected: &Collected) -> Vec<Finding> {
    let mut findings = of_collection(&collected.observations);
    if findings.iter().all(|finding| finding.concerns.is_empty()) {
        return findings;
    }
    let ids: HashSet<&str> = collected.batches.iter().map(|batch| &*batch.id).collect();
    findings.retain_mut(|finding| {
        let concerned = !finding.concerns.is_empty();
        finding.concerns.retain(|concern| ids.contains(&*concern.batch_id));
        !concerned || !finding.concerns.is_empty()
    });
    findings
}

fn completeness(collected: &Collected, traffic: Traffic) -> Completeness {
    let tally = collected.tally;
    let (count, gone) = (collected.batches.len() as u64, collected.gone.len() as u64);
    let proof = collected.proof.as_ref();
    Completeness {
        established: proof.is_ok(),
        reason: proof.err().map(ToString::to_string),
        assurance: collected.assurance.to_string(),
        assumption: proven::suppositions(collected).join(" "),
        theorem: proof.ok().map(|proof| proof.theorem()),
        exact: proof.is_ok_and(|proof| proof.theorem().is_exact()),
        proven: proven::statement(collected),
        exact_from: proof.ok().filter(|proof| proof.theorem().is_exact()).map(|proof| proof.at()),
        exact_until: proof.ok().filter(|proof| proof.theorem().is_exact()).map(|proof| proof.until()),
        range_start: collected.range.start,
        range_end: collected.range.end,
        notes: collected.notes.clone(),
        held_by_api: tally.held,
        page_limit: tally.limit,
        pages: tally.pages,
        requests: traffic.requests,
        retries: traffic.retries,
        readings: tally.readings,
        rows_read: tally.rows,
        distinct: tally.distinct,
        in_range: collected.in_range,
        in_period: count + gone,
        gone,
        reported: count,
        census: proof.ok().and_then(|proof| {
            let (older_than_end, older_than_start) = (proof.older_than_end()?, proof.older_than_start()?);
            Some(CensusStatement { older_than_end, older_than_start, at: proof.census_at() })
        }),
        newer_neighbour: collected.newer.as_ref().map(neighbour),
        older_neighbour: collected.older.as_ref().map(neighbour),
    }
}

fn neighbour(edge: &Edge) -> Neighbour {
    Neighbour { batch_id: edge.id.to_string(), created_at: edge.created_at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::{Collector, Options};
    use crate::period::FiscalYearStart;
    use crate::report::{Standing, fixture};

    #[test]
    fn there_is_no_report_over_requests_of_which_none_was_answered() {
        let period = Period::of_quarter("2024-Q1".parse().unwrap(), FiscalYearStart::JANUARY, chrono_tz::UTC).unwrap();
        let like = fixture::report(1, Standing::Draft);
        let origin = |traffic| Origin {
            scope: like.scope.clone(),
            parameters: like.parameters.clone(),
            version: like.provenance.version.clone(),
            executables: Vec::new(),
            unsigned_evidence: false,
            commit: None,
            traffic,
            evidence: None,
            pseudonym_key: None,
        };
        let report = |traffic| {
            let range = period.start()..period.end();
            let collected = Collector::new(range, Options::default()).finish();
            AuditReport::of_collection(&period, collected, &CallCounts::default(), origin(traffic))
        };
        let sent = Traffic { requests: 1, started: Some(period.end()), ..Traffic::default() };
        assert_eq!(report(sent).unwrap_err(), ReportError::Unanswered);
        assert!(report(Traffic { ended: Some(period.end()), ..sent }).is_ok());
    }

    #[test]
    fn arguments_are_quoted_for_a_shell() {
        assert_eq!(quoted("--quarter=2024-Q1"), "--quarter=2024-Q1");
        assert_eq!([quoted("a b"), quoted(""), quoted("it's")], ["'a b'", "''", r"'it'\''s'"]);
    }
}
