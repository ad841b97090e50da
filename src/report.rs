//! The audit report: every figure, row and statement, decided once. Knows no format; the renderers only lay it out.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::batch::{Batch, as_rfc3339, as_rfc3339_option, in_register_order, rfc3339, rfc3339_local};
pub use crate::digest::hex;
use crate::dispositions::Disposition;
pub use crate::figures::{Grouping, NOT_REPORTED, per_mille, share};
use crate::findings::{Finding, Unshown, unshown};
use crate::period::{FiscalYearStart, Period, PeriodError, Quarter, Span, SpanUnit};
use crate::pseudonym::Pseudonyms;
use crate::totals::{Overflow, Sums, Totals};

mod assemble;
mod breakdown;
mod calls;
mod compare;
mod compared;
mod completeness;
mod disposed;
mod figures;
mod ipe;
mod issuer;
mod made;
mod moments;
mod proven;
mod restated;
mod supersede;
mod words;

pub use assemble::{Origin, ReportError};
pub use breakdown::{AgentTotals, Breakdown};
pub use calls::{CallLogLine, CallLogs, FigureSource, MIXED_UNITS, RowSources};
pub use compare::{CompareError, Comparison};
pub use compared::Compared;
pub use completeness::{CensusStatement, Completeness, Neighbour};
pub use disposed::NO_DISPOSITION;
pub use ipe::Answer;
pub use issuer::Issuer;
pub use made::{Head, Made, MadeFile, MadeFont, MadePackage};
pub use moments::{moment, utc_bounds};
pub use restated::{BatchLine, ChangeWords, SumsLine};
pub use supersede::Supersedes;
pub use words::{Fact, NOT_ESTABLISHED};

/// The value of [`AuditReport::format`] that this version writes and reads.
pub const FORMAT: &str = "dialnexa-audit-report/1";

/// What the report may be taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The population is proven complete and the period is over.
    Complete,
    /// Nothing was left out and the period is over, but the register is not exact at one moment.
    NothingLeftOut,
    /// The population is proven complete up to a moment before the end of the period.
    Provisional,
    /// The population is not proven complete.
    Draft,
}

impl Standing {
    /// The word in data: `complete`, `nothing-left-out`, `provisional`, `draft`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::NothingLeftOut => "nothing-left-out",
            Self::Provisional => "provisional",
            Self::Draft => "draft",
        }
    }

    /// The mark that no reader overlooks: one or a few words in capitals.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Complete => "COMPLETE",
            Self::NothingLeftOut => "NOTHING LEFT OUT - NOT EXACT AT ONE MOMENT",
            Self::Provisional => "PROVISIONAL",
            Self::Draft => "DRAFT - COMPLETENESS NOT ESTABLISHED",
        }
    }
}

/// The period in words, in its zone and in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodStatement {
    /// `2024-Q1`, `FY2024-Q3`, `2024-01-01 to 2024-02-15 (exclusive)`.
    pub label: String,
    /// The part of file names that reports the period.
    pub slug: String,
    /// The IANA zone that the days are of.
    pub timezone: Tz,
    /// The month that the fiscal year begins in, for a fiscal quarter.
    pub fiscal_year_start: Option<u32>,
    /// The first day.
    pub first_day: NaiveDate,
    /// The first day after.
    pub day_after: NaiveDate,
    /// The first instant.
    #[serde(with = "as_rfc3339")]
    pub start: DateTime<Utc>,
    /// The first instant after.
    #[serde(with = "as_rfc3339")]
    pub end: DateTime<Utc>,
    /// For a period that was not over: the moment up to which the report goes, exclusive.
    #[serde(with = "as_rfc3339_option")]
    pub as_of: Option<DateTime<Utc>>,
}

impl PeriodStatement {
    /// States `period`, of which the part before `as_of` was collected if that is given.
    pub fn new(period: &Period, as_of: Option<DateTime<Utc>>) -> Self {
        Self {
            label: period.label().to_owned(),
            slug: period.slug().to_owned(),
            timezone: period.zone(),
            fiscal_year_start: period.fiscal_year_start().map(|start| start.month()),
            first_day: period.first_day(),
            day_after: period.day_after(),
            start: period.start(),
            end: period.end(),
            as_of,
        }
    }

    /// The period that this states.
    ///
    /// # Errors
    /// Where name and days are of no period.
    pub fn period(&self) -> Result<Period, PeriodError> {
        match self.slug.parse::<Quarter>() {
            Ok(quarter) => {
                let start = self.fiscal_year_start.and_then(FiscalYearStart::new).unwrap_or(FiscalYearStart::JANUARY);
                Period::of_quarter(quarter, start, self.timezone)
            }
            Err(_) => Period::of_range(self.first_day, self.day_after, self.timezone),
        }
    }

    /// The first instant in the zone, as RFC 3339.
    pub fn start_local(&self) -> String {
        rfc3339_local(self.start, self.timezone)
    }

    /// The first instant after, in the zone, as RFC 3339.
    pub fn end_local(&self) -> String {
        rfc3339_local(self.end, self.timezone)
    }
}

/// Whose batches were read, from where, with which key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The workspace's name, as the user calls it; the API does not report one.
    pub workspace: Option<String>,
    /// The host, with the port where it is not the scheme's own.
    pub host: String,
    /// The address that was asked, without its query.
    pub endpoint: String,
    /// The first 12 hex digits of the SHA-256 of the API key.
    pub key_fingerprint: String,
    /// Whether this is the built-in sample API with its made-up data.
    pub sample: bool,
}

/// What the report was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// The command as it was given, quoted for a shell. It never holds the key.
    pub command: String,
    /// The assurance asked for: `tied-out`, `double-read` or `whole-list`.
    pub assurance: String,
}

/// With what and when the report was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The tool's name.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// The commit that it was built from, where that is known.
    pub commit: Option<String>,
    /// SHA-256, in hex, of each executable that collected, as the evidence states it; older evidence does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub executables: Vec<String>,
    /// How many answers came in. A report of an older version says nothing of it.
    #[serde(default)]
    pub answers: u64,
    /// Of how many answers the body was withheld from the evidence.
    #[serde(default)]
    pub withheld: u64,
    /// When the first request was sent, by the clock of the machine that collected.
    #[serde(with = "as_rfc3339")]
    pub started: DateTime<Utc>,
    /// When the last answer was had, by the same clock.
    #[serde(with = "as_rfc3339")]
    pub ended: DateTime<Utc>,
    /// The `Date` of the first answer, where the server gave one.
    #[serde(with = "as_rfc3339_option")]
    pub first_server_date: Option<DateTime<Utc>>,
    /// The `Date` of the last answer.
    #[serde(with = "as_rfc3339_option")]
    pub last_server_date: Option<DateTime<Utc>>,
}

/// The file that holds every exchange with the API, from which the report can be made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceStatement {
    /// Its name in the package.
    pub name: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

/// Totals per week or month, for the chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// What a point spans.
    pub unit: SpanUnit,
    /// One for every week or month of the period, also an empty one.
    pub points: Vec<Point>,
}

/// The totals of one week or month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The first day, in the period's zone.
    pub first_day: NaiveDate,
    /// The first day after.
    pub day_after: NaiveDate,
    /// The sums of the batches created in it.
    #[serde(flatten)]
    pub sums: Sums,
}

/// The whole report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditReport {
    /// [`FORMAT`].
    pub format: String,
    /// What it may be taken for.
    pub standing: Standing,
    /// The period.
    pub period: PeriodStatement,
    /// Whose batches.
    pub scope: Scope,
    /// What was asked.
    pub parameters: Parameters,
    /// With what and when.
    pub provenance: Provenance,
    /// Where names are replaced by pseudonyms: how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pseudonyms: Option<Pseudonyms>,
    /// Who hands it over, where that is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Issuer>,
    /// Which report of the period this one takes the place of, and what changed, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<Supersedes>,
    /// The report of an earlier period, and the totals of both, where they are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
    /// How complete.
    pub completeness: Completeness,
    /// What it was made from, where that is kept.
    pub evidence: Option<EvidenceStatement>,
    /// Where the figures come from and what they count, by column and form. A report of an older version says nothing of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figure_sources: Vec<FigureSource>,
    /// What was counted of the call logs, where anything was to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_logs: Option<CallLogs>,
    /// Totals per status and over all.
    pub totals: Totals,
    /// Totals per week or month.
    pub series: Series,
    /// Totals per month, where `series` has those of weeks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub months: Vec<Point>,
    /// Totals per calling agent, those with the most batches first; none where no batch names one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<AgentTotals>,
    /// SHA-256 of the batch ids in byte order, each followed by a line feed, in hex.
    pub hash_total: String,
    /// How the package's files are made; `None` where the report stands alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
    /// Findings, the most severe first.
    pub findings: Vec<Finding>,
    /// The company's answers to them, where it gave any; an empty list where it gave an empty file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispositions: Option<Vec<Disposition>>,
    /// One row per batch, oldest first, ties by id.
    pub register: Vec<Batch>,
}

/// All that a report is made of, before anything is computed.
#[derive(Debug, Clone)]
pub struct Inputs<'a> {
    /// The period asked for.
    pub period: &'a Period,
    /// For a period that was not over: the moment up to which it was collected.
    pub as_of: Option<DateTime<Utc>>,
    /// Whose batches.
    pub scope: Scope,
    /// What was asked.
    pub parameters: Parameters,
    /// With what and when.
    pub provenance: Provenance,
    /// How complete.
    pub completeness: Completeness,
    /// What it was made from, where that is kept.
    pub evidence: Option<EvidenceStatement>,
    /// What the rules found.
    pub findings: Vec<Finding>,
    /// What was counted of the call logs, where anything was to be.
    pub call_logs: Option<CallLogs>,
    /// The batches of the period, in any order.
    pub batches: Vec<Batch>,
}

impl AuditReport {
    /// Makes the report. [`Overflow`] where a sum of figures does not fit.
    pub fn new(inputs: Inputs<'_>) -> Result<Self, Overflow> {
        let Inputs { period, as_of, scope, parameters, provenance, completeness, evidence, .. } = inputs;
        let Inputs { findings, call_logs, mut batches, .. } = inputs;
        in_register_order(&mut batches);
        let mut parameters = parameters;
        if !completeness.established && !parameters.command.contains(" --draft") {
            // An interrupted run had no need of it; whoever runs the command again has.
            parameters.command.push_str(" --draft");
        }
        let standing = match (completeness.established, as_of) {
            (false, _) => Standing::Draft,
            (true, Some(_)) => Standing::Provisional,
            (true, None) if !completeness.exact => Standing::NothingLeftOut,
            (true, None) => Standing::Complete,
        };
        Ok(Self {
            format: FORMAT.to_owned(),
            standing,
            period: PeriodStatement::new(period, as_of),
            scope,
            parameters,
            provenance,
            pseudonyms: None,
            issuer: None,
            supersedes: None,
            compared: None,
            completeness,
            evidence,
            figure_sources: calls::sources(&batches, call_logs.as_ref()),
            call_logs,
            totals: Totals::over(&batches)?,
            series: series(period, &batches, standing)?,
            months: breakdown::months(period, &batches, standing)?,
            agents: breakdown::agents(&batches)?,
            hash_total: hash_total(batches.iter().map(|batch| &*batch.id)),
            made: None,
            findings,
            dispositions: None,
            register: batches,
        })
    }

    /// The same report with a finding over the batches that its PDF does not show whole, if there are any.
    ///
    /// Which these are depends on the fonts at hand, which are an argument; the renderer reports, the report only states it.
    #[must_use]
    pub fn with_unshown(mut self, batches: &[Unshown]) -> Self {
        self.findings.extend(unshown(batches));
        self.findings.sort_by_key(|finding| finding.severity);
        self
    }

    /// The report without its register: what is left to report when every file was made.
    #[must_use]
    pub fn without_register(mut self) -> Self {
        self.register = Vec::new();
        self
    }

    /// The start of every file name of the package: `batch-audit-2024-Q1`.
    pub fn stem(&self) -> String {
        format!("batch-audit-{}", self.period.slug)
    }

    /// The number in the register, from 1, of every batch that a finding concerns, by its id.
    pub fn concerned_rows(&self) -> HashMap<&str, usize> {
        let concerned: HashSet<&str> =
            self.findings.iter().flat_map(|finding| &finding.concerns).map(|concern| &*concern.batch_id).collect();
        let rows = self.register.iter().zip(1..).filter(|(batch, _)| concerned.contains(&*batch.id));
        rows.map(|(batch, number)| (&*batch.id, number)).collect()
    }

    /// A batch's creation in the period's zone, as RFC 3339.
    pub fn created_local(&self, batch: &Batch) -> String {
        rfc3339_local(batch.created_at, self.period.timezone)
    }

    /// A batch's creation in UTC, as RFC 3339.
    pub fn created_utc(&self, batch: &Batch) -> String {
        rfc3339(batch.created_at)
    }
}

/// SHA-256 over the ids in byte order, each followed by a line feed, in hex: `sort` and `sha256sum` give the same.
pub fn hash_total<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let mut ids: Vec<&str> = ids.into_iter().collect();
    ids.sort_unstable();
    let mut hash = Sha256::new();
    for id in ids {
        hash.update(id.as_bytes());
        hash.update(b"\n");
    }
    hex(&hash.finalize())
}

/// `batches` must be oldest first.
fn series(period: &Period, batches: &[Batch], standing: Standing) -> Result<Series, Overflow> {
    let (unit, spans) = period.spans();
    Ok(Series { unit, points: Series::points(spans, batches, standing)? })
}

impl Series {
    /// The totals of each span, in a draft only of those in which a batch was read; `batches` must be oldest first.
    fn points(spans: Vec<Span>, batches: &[Batch], standing: Standing) -> Result<Vec<Point>, Overflow> {
        let points = spans.into_iter().map(|span| {
            let from = batches.partition_point(|batch| batch.created_at < span.start);
            let to = batches.partition_point(|batch| batch.created_at < span.end);
            Ok(Point { first_day: span.first_day, day_after: span.day_after, sums: Sums::over(&batches[from..to])? })
        });
        let is_known = |point: &Result<Point, _>| {
            standing != Standing::Draft || point.as_ref().is_ok_and(|point| point.sums.batches > 0) || point.is_err()
        };
        points.filter(is_known).collect()
    }
}

#[cfg(test)]
pub mod fixture;
