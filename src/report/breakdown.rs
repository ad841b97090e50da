//! The totals once more, by month and by calling agent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::words::NOT_ESTABLISHED;
use super::{AuditReport, Point, Series, Standing};
use crate::batch::Batch;
use crate::period::{Period, SpanUnit};
use crate::totals::{Overflow, Sums};

/// How many agents pages show; the JSON has all.
const SHOWN: usize = 50;

/// The sums of the batches of one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentTotals {
    /// The agent; `None` for the batches whose agent is not reported.
    pub agent_id: Option<Box<str>>,
    /// Their sums.
    #[serde(flatten)]
    pub sums: Sums,
}

/// The totals per month, where [`Series`] has those of weeks. `batches` must be oldest first.
pub(super) fn months(period: &Period, batches: &[Batch], standing: Standing) -> Result<Vec<Point>, Overflow> {
    match period.spans().0 {
        SpanUnit::Month => Ok(Vec::new()),
        SpanUnit::Week => Series::points(period.months(), batches, standing),
    }
}

/// The totals per agent: those with the most batches first, then by id, those without one last. None where no batch has one.
pub(super) fn agents(batches: &[Batch]) -> Result<Vec<AgentTotals>, Overflow> {
    let mut by_agent: BTreeMap<Option<&str>, Vec<&Batch>> = BTreeMap::new();
    for batch in batches {
        by_agent.entry(batch.agent_id.as_deref()).or_default().push(batch);
    }
    if by_agent.keys().all(Option::is_none) {
        return Ok(Vec::new());
    }
    let sums = by_agent
        .into_iter()
        .map(|(agent, of)| Ok(AgentTotals { agent_id: agent.map(Into::into), sums: Sums::over(of)? }));
    let mut agents = sums.collect::<Result<Vec<_>, Overflow>>()?;
    agents.sort_by(|a, b| {
        (a.agent_id.is_none(), b.sums.batches, &a.agent_id).cmp(&(b.agent_id.is_none(), a.sums.batches, &b.agent_id))
    });
    Ok(agents)
}

/// A table of the totals by something else than the status.
#[derive(Debug, Clone)]
pub struct Breakdown<'a> {
    /// What it is by: `Totals per month`.
    pub title: &'static str,
    /// The heading of the first column.
    pub first: &'static str,
    /// What each row is of, and its sums.
    pub rows: Vec<(String, &'a Sums)>,
    /// Whether the rows come to the totals.
    pub is_whole: bool,
    /// What a reader must know of rows that are not here.
    pub note: Option<String>,
}

impl AuditReport {
    /// What a draft says of the weeks or months that its tables do not list.
    pub fn unlisted_spans(&self, unit: SpanUnit) -> Option<String> {
        let spans = match unit {
            SpanUnit::Week => "Weeks",
            SpanUnit::Month => "Months",
        };
        (self.standing == Standing::Draft).then(|| {
            format!("{spans} in which no batch was read are not listed: whether they had any is {NOT_ESTABLISHED}.")
        })
    }

    /// The tables of the totals per month and per agent, as far as there is something to show.
    pub fn breakdowns(&self) -> Vec<Breakdown<'_>> {
        let month = |point: &Point| point.first_day.format("%B %Y").to_string();
        let months = Breakdown {
            title: "Totals per month",
            first: "Month",
            rows: self.months.iter().map(|point| (month(point), &point.sums)).collect(),
            is_whole: true,
            note: self.unlisted_spans(SpanUnit::Month),
        };
        let left = self.agents.len().saturating_sub(SHOWN);
        let agent = |of: &AgentTotals| of.agent_id.as_deref().unwrap_or("(not reported)").to_owned();
        let agents = Breakdown {
            title: "Totals per agent",
            first: "Agent",
            rows: self.agents.iter().take(SHOWN).map(|of| (agent(of), &of.sums)).collect(),
            is_whole: left == 0,
            note: (left > 0).then(|| {
                format!(
                    "The {SHOWN} agents with the most batches; {} more are in {}.json.",
                    self.grouped(left as u64),
                    self.stem()
                )
            }),
        };
        [months, agents].into_iter().filter(|table| !table.rows.is_empty()).collect()
    }

    /// What does not hold in the totals per month and agent; nothing in a report of a version that had none.
    pub(crate) fn breakdown_contradiction(&self, period: &Period) -> Option<&'static str> {
        let months = |standing| months(period, &self.register, standing).is_ok_and(|months| months == self.months);
        let months = self.months.is_empty() || months(self.standing);
        let agents = self.agents.is_empty() || agents(&self.register).is_ok_and(|agents| agents == self.agents);
        (!months || !agents).then_some("its totals per month or agent are not the sums of its register")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::{Standing, fixture};

    proptest! {
        #[test]
        fn months_and_agents_add_up_to_the_totals(count in 0_usize..200) {
            let report = fixture::report(count, Standing::Complete);
            let batches = |of: &mut dyn Iterator<Item = &Sums>| of.map(|sums| sums.batches).sum::<u64>();
            prop_assert_eq!(batches(&mut report.months.iter().map(|month| &month.sums)), count as u64);
            let agents = batches(&mut report.agents.iter().map(|agent| &agent.sums));
            prop_assert!(agents == count as u64 || report.agents.is_empty());
            prop_assert!(report.agents.iter().all(|agent| agent.sums.foots()));
            let period = report.period.period().unwrap();
            prop_assert_eq!(report.breakdown_contradiction(&period), None);
        }
    }

    #[test]
    fn a_draft_lists_no_span_in_which_nothing_was_read() {
        let whole = fixture::report(200, Standing::Complete);
        let period = whole.period.period().unwrap();
        let read: Vec<Batch> =
            whole.register.iter().filter(|batch| batch.created_at < period.spans().1[3].start).cloned().collect();
        let of = |standing| months(&period, &read, standing).unwrap().len();
        assert_eq!((of(Standing::Complete), of(Standing::Draft)), (3, 1));
        let draft = fixture::report(5, Standing::Draft);
        assert!(draft.series.points.iter().chain(&draft.months).all(|point| point.sums.batches > 0));
        assert_eq!(draft.breakdown_contradiction(&draft.period.period().unwrap()), None);
        let steps = draft.waterfall();
        assert!(steps[3].label.starts_with("4. Gone"));
        assert_eq!(steps[3].value, NOT_ESTABLISHED);
        assert!(draft.breakdowns()[0].note.as_deref().is_some_and(|note| note.contains(NOT_ESTABLISHED)));
    }

    #[test]
    fn a_figure_that_is_not_the_sum_is_a_contradiction() {
        let report = fixture::report(60, Standing::Complete);
        let period = report.period.period().unwrap();
        let mut wrong = report.clone();
        wrong.months[1].sums.failed_calls = Some(1);
        assert!(wrong.breakdown_contradiction(&period).is_some());
        let mut wrong = report;
        wrong.agents[0].sums.batches += 1;
        assert!(wrong.breakdown_contradiction(&period).is_some());
    }
}
