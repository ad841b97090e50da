//! Where the figures of the register come from and what they count, and what the call logs say beside the list.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{AuditReport, Fact, Grouping};
use crate::batch::{ApiForm, Batch, Column, FigureOrigin, Unit};
use crate::calls::{CallCounts, CallTotals, Question};
use crate::findings::Noted;
use crate::totals::TOTALS_WORDS;

/// The label of the statement on figures of different units.
pub const MIXED_UNITS: &str = "Different units";

/// Where figures of one column and form come from, and what they count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FigureSource {
    /// The column of the register.
    pub column: Column,
    /// The form of the list's answer.
    pub api_form: ApiForm,
    /// Where they come from.
    pub source: FigureOrigin,
    /// What they count.
    pub unit: Unit,
    /// How many batches have such a figure.
    pub batches: u64,
}

/// What the call logs say of one batch, and what the list says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallLogLine {
    /// The batch.
    pub batch_id: Box<str>,
    /// Completed calls as the list gives them.
    pub listed_completed_calls: Option<u64>,
    /// Failed calls as the list gives them.
    pub listed_failed_calls: Option<u64>,
    /// Completed calls by the call logs, where they were counted.
    pub completed_calls: Option<u64>,
    /// Failed calls by the call logs, where they were counted.
    pub failed_calls: Option<u64>,
    /// Whether the API knew no calls of this batch (404): it was deleted after the list was read.
    pub not_found: bool,
}

impl CallLogLine {
    fn new(batch: &Batch, counts: &CallCounts) -> Option<Self> {
        let counted = counts.batches.get(&batch.id)?;
        Some(Self {
            batch_id: batch.id.clone(),
            listed_completed_calls: batch.completed_calls,
            listed_failed_calls: batch.failed_calls,
            completed_calls: counted.count(Question::Completed),
            failed_calls: counted.count(Question::Failed),
            not_found: counted.is_gone(),
        })
    }

    fn listed(&self, question: Question) -> Option<u64> {
        match question {
            Question::Completed => self.listed_completed_calls,
            Question::Failed => self.listed_failed_calls,
        }
    }

    fn counted(&self, question: Question) -> Option<u64> {
        match question {
            Question::Completed => self.completed_calls,
            Question::Failed => self.failed_calls,
        }
    }

    /// Both figures, where there are both.
    fn both(&self, question: Question) -> Option<(u64, u64)> {
        self.listed(question).zip(self.counted(question))
    }

    fn is_compared(&self) -> bool {
        Question::ALL.into_iter().any(|question| self.both(question).is_some())
    }

    fn agrees(&self) -> bool {
        Question::ALL.into_iter().filter_map(|question| self.both(question)).all(|(listed, counted)| listed == counted)
    }

    /// The differences in words, where there are any: `completed: 240 in the list (recipients), 238 in the call logs`.
    fn differences(&self, form: ApiForm) -> Option<String> {
        let differing = Question::ALL.into_iter().filter_map(|question| {
            let (listed, counted) = self.both(question).filter(|(listed, counted)| listed != counted)?;
            let unit = form.unit(question.column()).map_or("", Unit::as_str);
            let words = question.column().words();
            Some(format!("{words}: {listed} in the list ({unit}), {counted} in the call logs"))
        });
        let words: Vec<_> = differing.collect();
        (!words.is_empty()).then(|| words.join("; "))
    }
}

/// What the call logs say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallLogs {
    /// When calls were counted.
    pub totals: CallTotals,
    /// For how many batches both say how many calls were completed or failed; only where all batches were asked about.
    pub compared: Option<u64>,
    /// For how many of these they say the same.
    pub agreeing: Option<u64>,
    /// The batches that were asked about, in the order of the register.
    pub batches: Vec<CallLogLine>,
}

impl CallLogs {
    /// What `counts` say of `batches`, which are as the list gives them, in the order of the register.
    pub(super) fn new(batches: &[Batch], counts: &CallCounts) -> Option<Self> {
        if counts.totals == CallTotals::Never {
            return None;
        }
        let lines: Vec<_> = batches.iter().filter_map(|batch| CallLogLine::new(batch, counts)).collect();
        Some(Self::of_lines(counts.totals, lines))
    }

    fn of_lines(totals: CallTotals, batches: Vec<CallLogLine>) -> Self {
        let compared = batches.iter().filter(|line| line.is_compared());
        let (all, same) = (compared.clone().count() as u64, compared.filter(|line| line.agrees()).count() as u64);
        let is_tie_out = totals == CallTotals::Always;
        Self { totals, compared: is_tie_out.then_some(all), agreeing: is_tie_out.then_some(same), batches }
    }

    /// The batches whose calls the API did not find, and those on which list and call logs differ where that was to be
    /// found out; in words. `batches` are as the list gives them.
    pub(super) fn noted(&self, batches: &[Batch]) -> (Vec<Noted>, Vec<Noted>) {
        if self.batches.is_empty() {
            return Default::default();
        }
        let forms: BTreeMap<&str, ApiForm> = batches.iter().map(|batch| (&*batch.id, batch.form)).collect();
        let noted = |line: &CallLogLine, detail: String| Noted { id: line.batch_id.clone(), detail: detail.into() };
        let gone = self.batches.iter().filter(|line| line.not_found).map(|line| noted(line, gone_words(line)));
        let differ = self.batches.iter().filter(|_| self.compared.is_some()).filter_map(|line| {
            let form = forms.get(&*line.batch_id)?;
            Some(noted(line, line.differences(*form)?))
        });
        (gone.collect(), differ.collect())
    }

    fn facts(&self, grouping: Grouping) -> Vec<Fact> {
        let why = match self.totals {
            CallTotals::Auto => "where the list leaves a figure out, or gives it in attempts",
            CallTotals::Always => "for every batch, beside the list",
            CallTotals::Never => "not at all",
        };
        let counts = self.batches.iter().flat_map(|line| Question::ALL.map(|question| line.counted(question)));
        let (counts, gone) = (counts.flatten().count(), self.batches.iter().filter(|line| line.not_found).count());
        let batches = grouping.batches(self.batches.len() as u64);
        let counts = grouping.count(counts as u64, "count", "counts");
        let gone = grouping.batches(gone as u64);
        let asked = format!(
            "{}: {why}, once each, after the list was read; {batches} asked about, {counts} obtained, {gone} not found",
            self.totals
        );
        let mut facts = vec![fact("Call logs counted", asked)];
        if let (Some(compared), Some(agreeing)) = (self.compared, self.agreeing) {
            let (agreeing, compared) = (grouping.grouped(agreeing), grouping.batches(compared));
            let words = format!("figures agree with call logs for {agreeing} of {compared}");
            facts.push(fact("List and call logs", words));
        }
        if !self.batches.is_empty() {
            let kept = "of each answer its count and its SHA-256; the answer itself holds a person's number and words";
            facts.push(fact("Kept of the call logs", kept));
        }
        facts
    }
}

fn gone_words(line: &CallLogLine) -> String {
    let listed = Question::ALL.into_iter().filter_map(|question| {
        let figure = line.listed(question)?;
        Some(format!("the list gave {figure} {}", question.column().words()))
    });
    let words: Vec<_> = std::iter::once("no calls found (404)".to_owned()).chain(listed).collect();
    words.join("; ")
}

fn fact(label: &'static str, value: impl Into<String>) -> Fact {
    Fact { label, value: value.into() }
}

/// Where the figures of each batch come from and what they count.
#[derive(Debug, Clone)]
pub struct RowSources<'a>(BTreeMap<&'a str, &'a CallLogLine>);

impl<'a> RowSources<'a> {
    fn new(logs: Option<&'a CallLogs>) -> Self {
        Self(logs.into_iter().flat_map(|logs| &logs.batches).map(|line| (&*line.batch_id, line)).collect())
    }

    /// Source and unit of the figures of `batch`, in the order of [`Column::ALL`]; `None` for one that is not reported.
    pub fn of(&self, batch: &Batch) -> [Option<(FigureOrigin, Unit)>; 3] {
        let line = self.0.get(&*batch.id).copied();
        Column::ALL.map(|column| {
            column.of(batch)?;
            Some(match batch.form.unit(column) {
                Some(unit) if !is_counted(column, batch.form, line) => (FigureOrigin::List, unit),
                _ => (FigureOrigin::CallLogs, Unit::Calls),
            })
        })
    }
}

/// Where the figures of `register` come from, given what was counted.
pub(super) fn sources(register: &[Batch], logs: Option<&CallLogs>) -> Vec<FigureSource> {
    let rows = RowSources::new(logs);
    let mut counts: BTreeMap<(Column, ApiForm, FigureOrigin, Unit), u64> = BTreeMap::new();
    for batch in register {
        for (column, of) in Column::ALL.into_iter().zip(rows.of(batch)) {
            if let Some((source, unit)) = of {
                *counts.entry((column, batch.form, source, unit)).or_default() += 1;
            }
        }
    }
    let source = |((column, api_form, source, unit), batches)| FigureSource { column, api_form, source, unit, batches };
    counts.into_iter().map(source).collect()
}

fn question(column: Column) -> Option<Question> {
    Question::ALL.into_iter().find(|question| question.column() == column)
}

/// Whether the register's figure is the count of the call logs: there is one, and the list's does not stand.
fn is_counted(column: Column, form: ApiForm, line: Option<&CallLogLine>) -> bool {
    let Some((question, line)) = question(column).zip(line) else { return false };
    let stands = line.listed(question).is_some() && form.unit(column) != Some(Unit::Attempts);
    line.counted(question).is_some() && !stands
}

impl AuditReport {
    /// What does not hold in what the report says of its figures' sources; nothing where it says nothing of them.
    pub(crate) fn sources_contradiction(&self) -> Option<&'static str> {
        if let Some(logs) = &self.call_logs {
            let rows: BTreeMap<&str, &Batch> = self.register.iter().map(|batch| (&*batch.id, batch)).collect();
            let follows = |line: &CallLogLine| rows.get(&*line.batch_id).is_some_and(|row| follows(row, line));
            if !logs.batches.iter().all(follows) {
                return Some("its register does not follow from the list and the call logs that it states");
            }
            if CallLogs::of_lines(logs.totals, logs.batches.clone()) != *logs {
                return Some("it does not follow from its call logs for how many batches they agree with the list");
            }
        }
        let stated = !self.figure_sources.is_empty() || self.call_logs.is_some();
        (stated && self.figure_sources != sources(&self.register, self.call_logs.as_ref()))
            .then_some("where its figures come from does not follow from its register and the call logs")
    }

    /// Whether all figures come from the same source and count the same.
    pub fn has_like_figures(&self) -> bool {
        self.figure_sources.windows(2).all(|pair| (pair[0].source, pair[0].unit) == (pair[1].source, pair[1].unit))
    }

    /// Where the figures of each batch come from and what they count.
    pub fn row_sources(&self) -> RowSources<'_> {
        RowSources::new(self.call_logs.as_ref())
    }

    /// Where the figures come from and what they count, in words; which of them are added or subtracted although they count
    /// something else; what was counted of the call logs.
    pub fn figure_facts(&self) -> Vec<Fact> {
        let labels = ["Total calls", "Completed calls", "Failed calls"];
        let mut facts: Vec<Fact> =
            Column::ALL.into_iter().zip(labels).map(|(column, label)| fact(label, self.source_words(column))).collect();
        let (mixed, meanings) = (self.mixed_units(), self.unit_meanings());
        let said = [(MIXED_UNITS, mixed), ("Units", meanings)];
        facts.extend(
            said.into_iter().filter(|(_, words)| !words.is_empty()).map(|(label, words)| fact(label, words.join(" "))),
        );
        facts.push(fact("Completed and failed", self.outcome_words()));
        facts.extend(self.call_logs.iter().flat_map(|logs| logs.facts(self.grouping())));
        facts
    }

    /// What completed and failed mean, by where the figures come from.
    fn outcome_words(&self) -> String {
        let is_of =
            |source| self.figure_sources.iter().any(|of| of.column != Column::TotalCalls && of.source == source);
        let statuses = |question: Question| question.statuses().join(", ");
        let mut words = Vec::new();
        if is_of(FigureOrigin::List) {
            words.push("From the list: as the API counts them; its documents do not define them.".to_owned());
        }
        if is_of(FigureOrigin::CallLogs) || words.is_empty() {
            words.push(format!(
                "From the call logs: completed is a call with the status {}; failed is one with the status {}. A call with the \
                 status cancelled, or one that is not final, is neither.",
                statuses(Question::Completed),
                statuses(Question::Failed).replacen(", retry_expired", " or retry_expired", 1)
            ));
        }
        words.join(" ")
    }

    /// `580 batches from the list, in recipients (form leads); 20 batches from the call logs, in calls (form leads)`.
    fn source_words(&self, column: Column) -> String {
        let of_column = self.figure_sources.iter().filter(|figures| figures.column == column);
        let words: Vec<_> = of_column
            .map(|figures| {
                let batches = self.batches(figures.batches);
                let (source, unit) = (figures.source.words(), figures.unit.as_str());
                format!("{batches} from {source}, in {unit} (form {})", figures.api_form)
            })
            .collect();
        if words.is_empty() { "not reported for any batch".to_owned() } else { words.join("; ") }
    }

    /// What the source of each column is, in one sentence, for a format that describes its columns.
    pub fn source_sentence(&self, column: Column) -> String {
        format!("Source and unit: {}.", self.source_words(column))
    }

    /// What the totals count, as a heading: `Recipients`, `Calls`, or `Total` where that differs from batch to batch.
    pub fn total_words(&self) -> &'static str {
        let units: Vec<_> = self.units(&[Column::TotalCalls]).into_iter().collect();
        match units.as_slice() {
            [] | [Unit::Calls] => "Calls",
            [Unit::Recipients] => "Recipients",
            [Unit::Attempts] => "Attempts",
            _ => "Total",
        }
    }

    /// The headings of the totals for people, of [`crate::totals::TOTALS`]: what the total counts is named.
    pub fn totals_words(&self) -> [&'static str; TOTALS_WORDS.len()] {
        let mut words = TOTALS_WORDS;
        words[1] = self.total_words();
        words
    }

    pub(super) fn units(&self, columns: &[Column]) -> BTreeSet<Unit> {
        self.figure_sources.iter().filter(|f| columns.contains(&f.column)).map(|f| f.unit).collect()
    }

    /// What the units are.
    fn unit_meanings(&self) -> Vec<String> {
        self.units(&Column::ALL).iter().map(|unit| unit.meaning().to_owned()).collect()
    }

    /// Which sums and differences are of figures of different units.
    pub fn mixed_units(&self) -> Vec<String> {
        let list = |units: &BTreeSet<Unit>| units.iter().map(|unit| unit.as_str()).collect::<Vec<_>>().join(", ");
        let mut notes = Vec::new();
        for column in Column::ALL {
            let units = self.units(&[column]);
            if units.len() > 1 {
                notes.push(format!(
                    "The sums of {} add figures of different units ({}).",
                    column.words(),
                    list(&units)
                ));
            }
        }
        let units = self.units(&Column::ALL);
        if units.len() > 1 && self.totals.all.other_calls.is_some() {
            let units = list(&units);
            notes.push(format!(
                "Other calls are total less completed less failed, figures of different units ({units})."
            ));
        }
        notes
    }
}

/// Whether the figures of a row are what the list and the call logs give.
fn follows(row: &Batch, line: &CallLogLine) -> bool {
    Question::ALL.into_iter().all(|question| {
        let column = question.column();
        let (figure, counted, listed) = (column.of(row), line.counted(question), line.listed(question));
        let is_attempts = row.form.unit(column) == Some(Unit::Attempts);
        match listed {
            Some(_) if !is_attempts => figure == listed,
            Some(_) => figure == counted,
            None => figure == counted,
        }
    })
}

#[cfg(test)]
mod tests;
