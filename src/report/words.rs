//! The report's statements in words, the same in every format.

use std::fmt::Write;

use chrono::{DateTime, Utc};

use super::{AuditReport, Grouping, NOT_REPORTED, Neighbour, Standing, moment, utc_bounds};
use crate::batch::{Batch, Column, Unit};
use crate::findings::{NOT_FINAL, Severity};
use crate::totals::Sums;

/// What is shown for a figure of which nothing is known, because nothing was read.
pub const NOT_ESTABLISHED: &str = "not established";

/// A label and what is stated under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What the statement is about.
    pub label: &'static str,
    /// The statement.
    pub value: String,
}

/// Up to this many batches are named in a line; the data formats have them all.
const NAMED: usize = 8;

fn named(ids: &[&str], grouping: Grouping) -> String {
    let batches = grouping.batches(ids.len() as u64);
    let shown = ids.get(..NAMED.min(ids.len())).unwrap_or(ids).join(", ");
    let more = if ids.len() > NAMED { ", \u{2026}" } else { "" };
    format!("{batches}: {shown}{more}")
}

fn fact(label: &'static str, value: impl Into<String>) -> Fact {
    Fact { label, value: value.into() }
}

pub(super) fn instant(at: DateTime<Utc>) -> String {
    moment(at)
}

impl Sums {
    /// That the calls foot, in one line: the total and what it is made of. What no batch has is left out.
    ///
    /// `what` is what the total counts: [`AuditReport::total_words`].
    pub fn footing(&self, what: &str, grouping: Grouping) -> String {
        let grouped = |figure| grouping.grouped(figure);
        let figure = |figure| grouping.figure(figure);
        let [total, completed, failed, other] = self.calls();
        let [without_total, above_total, unallocated] = self.remainder();
        let Some(total) = total else {
            return format!(
                "{what}: {NOT_REPORTED}. Completed {} + failed {} = {} without a total.",
                figure(completed),
                figure(failed),
                grouped(without_total)
            );
        };
        let mut line =
            format!("{what} {} = completed {} + failed {}", grouped(total), figure(completed), figure(failed));
        let terms = [
            ('+', "other", other.unwrap_or(0)),
            ('+', "unallocated", unallocated),
            ('\u{2212}', "without a total", without_total),
            ('\u{2212}', "above the total", above_total),
        ];
        for (sign, words, term) in terms.into_iter().filter(|(_, _, term)| *term > 0) {
            let _ = write!(line, " {sign} {words} {}", grouped(term));
        }
        line.push('.');
        line
    }
}

impl AuditReport {
    /// The footing of all batches; of a draft that read none there is nothing to add up.
    pub fn footing(&self) -> String {
        match self.is_unread() {
            true => format!("Nothing was read, so the figures are {NOT_ESTABLISHED}."),
            false => self.totals.all.footing(self.total_words(), self.grouping()),
        }
    }

    /// Whether this is a draft of a collection that read no batch of the period: then 0 is no figure.
    pub fn is_unread(&self) -> bool {
        self.standing == Standing::Draft && self.totals.all.batches == 0
    }

    /// The large figures of the first page: what each counts, and the figure.
    pub fn headline(&self) -> [(&'static str, String); 5] {
        let all = &self.totals.all;
        let shown = |count: Option<u64>| if self.is_unread() { NOT_ESTABLISHED.to_owned() } else { self.figure(count) };
        [
            ("Batches", shown(Some(all.batches))),
            (self.total_words(), shown(all.total_calls)),
            ("Completed", shown(all.completed_calls)),
            ("Failed", shown(all.failed_calls)),
            ("Other", shown(all.other_calls)),
        ]
    }

    /// What is to be known of the units before the figures are read; nothing where all of them count calls.
    pub fn unit_notes(&self) -> Vec<String> {
        let units: Vec<_> = self.units(&Column::ALL).into_iter().collect();
        let mut notes = match units.as_slice() {
            [] | [Unit::Calls] => Vec::new(),
            [unit] => vec![format!("Every figure counts {}. {}", unit.as_str(), unit.meaning())],
            _ => {
                let mixed = self.mixed_units();
                let mixed =
                    if mixed.is_empty() { vec!["The figures are of different units.".to_owned()] } else { mixed };
                vec![format!("{} The unit of each figure is in the JSON, NDJSON, Parquet and XLSX.", mixed.join(" "))]
            }
        };
        let ids: Vec<_> = self.register.iter().filter(|batch| batch.is_not_begun()).map(|batch| &*batch.id).collect();
        if !ids.is_empty() {
            let planned =
                self.register.iter().filter(|batch| batch.is_not_begun()).filter_map(|batch| batch.total_calls);
            let planned = planned.fold(0_u64, u64::saturating_add);
            notes.push(format!(
                "Planned, not called: {} of the total are of batches that have not begun ({}).",
                self.grouped(planned),
                named(&ids, self.grouping())
            ));
        }
        notes
    }

    /// What the words of [`Sums::footing`] mean, and which batches are behind them.
    pub fn footing_notes(&self) -> Vec<String> {
        let all = &self.totals.all;
        let behind = |is_part: fn(&Batch) -> bool| {
            let parts: Vec<_> = self.register.iter().filter(|batch| is_part(batch)).map(|batch| &*batch.id).collect();
            named(&parts, self.grouping())
        };
        let mut notes = Vec::new();
        if all.other_calls.is_some_and(|other| other > 0) {
            notes.push(
                "Other: neither completed nor failed, over the batches that reported all three figures without exceeding \
                 their total."
                    .to_owned(),
            );
        }
        if all.unallocated > 0 {
            let batches = behind(|batch| batch.remainder().is_some_and(|left| left.unallocated > 0));
            notes.push(format!(
                "Unallocated: the part of a total whose outcome is not known, because completed or failed calls are not \
                 reported ({batches})."
            ));
        }
        if all.without_total > 0 {
            let batches = behind(|batch| batch.remainder().is_some_and(|left| left.without_total > 0));
            notes.push(format!("Without a total: completed and failed calls where no total is reported ({batches})."));
        }
        if all.above_total > 0 {
            let batches = behind(|batch| batch.remainder().is_some_and(|left| left.above_total > 0));
            notes.push(format!("Above the total: by how much completed and failed calls exceed it ({batches})."));
        }
        notes
    }

    /// What is said where there is no finding.
    pub fn no_findings(&self) -> &'static str {
        match self.standing {
            Standing::Draft => "None in the batches that were read; the rules could not be applied to any other.",
            _ => "None: every batch met every rule.",
        }
    }

    /// How many findings there are of each severity that occurs.
    pub fn findings_by_severity(&self) -> Vec<(Severity, usize)> {
        [Severity::High, Severity::Medium, Severity::Low]
            .into_iter()
            .map(|severity| (severity, self.findings.iter().filter(|finding| finding.severity == severity).count()))
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// The report's title.
    pub fn title(&self) -> String {
        format!("Batch call audit {}", self.period.label)
    }

    /// The verdict as a mark that no reader overlooks: one or a few words in capitals.
    pub fn mark(&self) -> &'static str {
        self.standing.mark()
    }

    /// How many findings are of high severity.
    pub fn high_findings(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity == Severity::High).count()
    }

    /// What is to be known of the figures beside the mark, which speaks of the population alone.
    pub fn figures_mark(&self) -> String {
        let high = match self.high_findings() as u64 {
            0 => "no high finding".to_owned(),
            count => self.grouping().count(count, "high finding", "high findings"),
        };
        let open =
            self.findings.iter().filter(|finding| finding.code == NOT_FINAL).map(|finding| finding.concerns.len());
        match (open.sum(), self.period.as_of) {
            (_, Some(_)) => format!("{high}, will change"),
            (0, None) => high,
            (count, None) => format!("{high}, {} not final", self.batches(count as u64)),
        }
    }

    /// Both marks in one line.
    pub fn marks(&self) -> String {
        format!("Population: {}. Figures: {}.", self.mark(), self.figures_mark())
    }

    /// The verdict in a sentence.
    pub fn verdict(&self) -> String {
        let batches = self.batches(self.completeness.reported);
        match (self.standing, self.period.as_of) {
            (Standing::Complete, _) if self.completeness.reported == 0 => format!("Nil return. {}.", self.held()),
            (Standing::Complete, _) => format!("{}, and each is in the register.", self.held()),
            (Standing::NothingLeftOut, _) => format!(
                "Nothing was left out: every batch dated in the period that was in the API's list during the whole reading is \
                 in the register, which holds {batches}. It is not proven that these are the list at one single moment."
            ),
            (Standing::Provisional, as_of) => format!(
                "The period is not over. Up to {}: {batches} in the API's list, and each is in the register. Figures will change.",
                as_of.map_or_else(String::new, instant)
            ),
            (Standing::Draft, _) if self.is_unread() => {
                format!("No batch of the period was read. Not for use as audit evidence. {}", self.reason())
            }
            (Standing::Draft, _) => format!(
                "It is not proven that the {batches} read are all. Not for use as audit evidence. {}",
                self.reason()
            ),
        }
    }

    /// Why completeness is not established, as a sentence.
    fn reason(&self) -> String {
        let reason = self.completeness.reason.as_deref().unwrap_or_default();
        let mut letters = reason.chars();
        let first = letters.next().map_or_else(String::new, |first| first.to_uppercase().collect());
        format!("{first}{}{}", letters.as_str(), if reason.is_empty() || reason.ends_with('.') { "" } else { "." })
    }

    /// What the list held, and when.
    fn held(&self) -> String {
        let batches = match self.completeness.reported {
            0 => "no batch".to_owned(),
            count => self.batches(count),
        };
        let at = self.completeness.exact_from.map_or_else(String::new, |at| format!(" at {}", instant(at)));
        format!("The API's list held {batches} dated in the period{at}")
    }

    /// What the report covers, and what it does not, in plain words.
    pub fn scope_sentence(&self) -> &'static str {
        "This report lists batch call jobs and their totals as the API's list gave them. Not claimed: batches that the vendor \
         had removed from the list before, batches of other workspaces, and calls made outside batches. It does not hold the \
         per-call records that call-record retention rules ask for."
    }

    /// The period with zone, local bounds and UTC bounds.
    pub fn period_facts(&self) -> Vec<Fact> {
        let period = &self.period;
        let mut facts = vec![fact("Period", &period.label)];
        if let Some(month) = period.fiscal_year_start {
            facts.push(fact("Fiscal year begins in month", month.to_string()));
        }
        facts.push(fact("From and to", period.bounds()));
        facts.extend(period.bounds_in_utc().map(|bounds| fact("The same in UTC", bounds)));
        facts.extend(period.as_of.map(|as_of| fact("Collected up to", instant(as_of))));
        facts
    }

    /// Workspace, endpoint and key.
    pub fn scope_facts(&self) -> Vec<Fact> {
        let scope = &self.scope;
        let workspace = scope.workspace.clone().unwrap_or_else(|| "not named; the API does not report it".to_owned());
        let mut facts: Vec<Fact> = self.organisation().into_iter().map(|name| fact("Handed over by", name)).collect();
        facts.extend([fact("Workspace", workspace), fact("Host", &scope.host), fact("Endpoint", &scope.endpoint)]);
        facts.push(fact("API key (start of its SHA-256)", &scope.key_fingerprint));
        facts.extend(self.pseudonyms.iter().map(|pseudonyms| fact("Names", pseudonyms.note())));
        if scope.sample {
            facts.push(fact("Data", "made up: the sample API that is built into the program"));
        }
        facts
    }

    /// The command, and the tool and moments that made the report.
    pub fn provenance_facts(&self) -> Vec<Fact> {
        let made = &self.provenance;
        let date = |date: Option<DateTime<Utc>>| date.map_or_else(|| "none given".to_owned(), instant);
        let mut facts = vec![
            fact("Command", &self.parameters.command),
            fact("Assurance asked for", &self.parameters.assurance),
            fact("Tool", format!("{} {}", made.tool, made.version)),
            fact("Built from commit", made.commit.as_deref().unwrap_or("unknown")),
            fact("Executable that collected (SHA-256)", self.executable_words()),
            fact("First request (collector's clock)", instant(made.started)),
            fact("Last answer (collector's clock)", instant(made.ended)),
            fact("First answer (server's date)", date(made.first_server_date)),
            fact("Last answer (server's date)", date(made.last_server_date)),
            fact(
                "Evidence (every exchange, SHA-256)",
                self.evidence.as_ref().map_or_else(|| "not kept".to_owned(), |kept| kept.sha256.clone()),
            ),
        ];
        if self.made.as_ref().is_some_and(|made| made.unsigned_evidence) {
            let words = "unsigned when this report was made from it: nothing proves that it was not changed before";
            facts.push(fact("Evidence's signature", words));
        }
        facts
    }

    /// How many batches there are, were read and are reported, and what ties these figures together.
    pub fn completeness_facts(&self) -> Vec<Fact> {
        let c = &self.completeness;
        let mut facts = vec![fact("Completeness", if c.established { "established" } else { "NOT ESTABLISHED" })];
        facts.extend(c.reason.iter().map(|reason| fact("Why not", reason)));
        facts.push(fact(
            if c.established { "Range proven" } else { "Range asked for, not proven" },
            utc_bounds(c.range_start, c.range_end),
        ));
        facts.push(fact("Assurance", &c.assurance));
        facts.extend(c.proven.iter().map(|proven| fact("Proven", proven)));
        if let (Some(from), Some(until)) = (c.exact_from, c.exact_until) {
            let moments = if from == until {
                instant(from)
            } else {
                format!("every moment from {} to {}", instant(from), instant(until))
            };
            facts.push(fact("Exact at", moments));
        }
        facts.push(fact("Suppositions", &c.assumption));
        facts.extend(self.waterfall());
        facts.push(fact("Held by the API (its total, last answer used)", self.grouped(c.held_by_api)));
        facts.push(fact("Rows read in all answers", self.grouped(c.rows_read)));
        if let Some(census) = &c.census {
            let (b, a) = (census.older_than_end, census.older_than_start);
            if c.assurance == "whole-list" {
                facts.push(fact("Census of the collection: the whole list", self.grouped(b)));
            } else {
                facts.push(fact("Census of the collection, B: older than the end of its range", self.grouped(b)));
                facts.push(fact("Census of the collection, A: older than its start", self.grouped(a)));
                facts.push(fact("B - A: what the API's totals demand of the range", self.grouped(b.saturating_sub(a))));
            }
            facts.push(fact("Moment of the census", instant(census.at)));
        }
        facts.push(fact(
            "Next newer batch outside the period",
            self.neighbour(&c.newer_neighbour, "none: the list begins inside it"),
        ));
        facts.push(fact(
            "Next older batch outside the period",
            self.neighbour(&c.older_neighbour, "none: the list ends inside it"),
        ));
        facts.push(fact(
            "Pages read",
            format!("{} of up to {}", self.grouped(c.pages), self.grouping().count(c.page_limit.into(), "row", "rows")),
        ));
        facts.push(fact(
            "Requests (of these repeated)",
            format!("{} ({})", self.grouped(c.requests), self.grouped(c.retries)),
        ));
        facts.push(fact("Readings of the range", self.grouped(c.readings)));
        facts.push(fact("Hash total (SHA-256 of the sorted ids)", &self.hash_total));
        facts.extend(c.notes.iter().map(|note| fact("Note", note)));
        facts
    }

    /// The batch next to the period, `none` where the list has none; a draft has not read all of the list.
    pub(super) fn neighbour(&self, of: &Option<Neighbour>, none: &str) -> String {
        let words = of.as_ref().map(|n| format!("{} created {}", n.batch_id, instant(n.created_at)));
        match (self.standing, words) {
            (Standing::Draft, None) => NOT_ESTABLISHED.to_owned(),
            (Standing::Draft, Some(words)) => format!("{words}, of those that were read"),
            (_, words) => words.unwrap_or_else(|| none.to_owned()),
        }
    }

    /// How many batches were gone before the proof; a draft, which has none, can only count those that it noticed.
    pub(super) fn gone_words(&self) -> String {
        match (self.standing, self.completeness.gone) {
            (Standing::Draft, 0) => NOT_ESTABLISHED.to_owned(),
            (Standing::Draft, gone) => format!("{}, as far as it was read", self.grouped(gone)),
            (_, gone) => self.grouped(gone),
        }
    }

    /// From every batch that was read to those in the register; each step names what falls out.
    pub fn waterfall(&self) -> Vec<Fact> {
        let c = &self.completeness;
        let without = |more: u64, less: u64, why: &str| match more.saturating_sub(less) {
            0 => self.grouped(less),
            out => format!("{} ({} {why})", self.grouped(less), self.grouped(out)),
        };
        vec![
            fact("1. Distinct batches read, in all answers", self.grouped(c.distinct)),
            fact(
                "2. Of these dated in the range that was collected",
                without(c.distinct, c.in_range, "outside it, read in searching for its bounds"),
            ),
            fact(
                "3. Of these dated in this period",
                without(c.in_range, c.in_period, "in other periods of the collection"),
            ),
            fact("4. Gone from the list before the proof", self.gone_words()),
            fact("5. In the register (3 less 4)", self.grouped(c.reported)),
        ]
    }
}
