//! The state machine: from the batches of a collection to the counts of their calls.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{DateTime, Utc};

use super::counts::{CallCounts, Counted};
use super::question::{CallTotals, CountAnswer, Question};
use crate::collect::Collector;

/// A count that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountRequest {
    /// Distinguishes this request from every other one of the gathering, those for pages included.
    pub ticket: u64,
    /// The batch.
    pub batch: Box<str>,
    /// Which of its calls are to be counted.
    pub question: Question,
}

type Key = (Box<str>, Question);

/// Counts calls, once the batches are collected. Ask it what it wants, hand it the answers, until it has ended.
///
/// A gathering may be interrupted and resumed: what was answered is kept, and not asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counting {
    totals: CallTotals,
    periods: Vec<Range<DateTime<Utc>>>,
    concurrency: usize,
    known: BTreeMap<Key, CountAnswer>,
    plan: Option<Plan>,
}

/// What is to be asked, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Plan {
    /// Everything that the report needs, also what is known already.
    needed: Vec<Key>,
    /// What was not known when the plan was made; the tickets count on from `first`.
    requests: Vec<CountRequest>,
    first: u64,
    /// Which of these are settled, and how many are not.
    settled: Vec<bool>,
    open: usize,
    /// How many were handed out or skipped, and the places of those that were handed out and are not settled.
    handed_out: usize,
    under_way: Vec<usize>,
}

impl Plan {
    fn new(needed: Vec<Key>, open: Vec<Key>, first: u64) -> Self {
        let request = |((batch, question), ticket): (Key, u64)| CountRequest { ticket, batch, question };
        let requests: Vec<_> = open.into_iter().zip(first..).map(request).collect();
        let (settled, open) = (vec![false; requests.len()], requests.len());
        Self { needed, requests, first, settled, open, handed_out: 0, under_way: Vec::new() }
    }

    /// The next request that is not settled yet.
    fn hand_out(&mut self) -> Option<&CountRequest> {
        let is_settled = |settled: &bool| *settled;
        while self.settled.get(self.handed_out).is_some_and(is_settled) {
            self.handed_out += 1;
        }
        let request = self.requests.get(self.handed_out)?;
        self.under_way.push(self.handed_out);
        self.handed_out += 1;
        Some(request)
    }

    fn place(&self, ticket: u64) -> Option<usize> {
        usize::try_from(ticket.checked_sub(self.first)?).ok()
    }

    /// Settles a request, and where `whole` is set every other one about its batch; these stand next to each other.
    fn settle(&mut self, place: usize, whole: bool) {
        let batch = self.requests.get(place).map(|request| request.batch.clone());
        let (from, to) = if whole { (place.saturating_sub(1), place + 1) } else { (place, place) };
        for place in from..=to {
            let is_meant = self.requests.get(place).map(|request| &request.batch) == batch.as_ref();
            if let Some(settled) = self.settled.get_mut(place).filter(|settled| is_meant && !**settled) {
                *settled = true;
                self.open -= 1;
                self.under_way.retain(|under_way| *under_way != place);
            }
        }
    }
}

impl Counting {
    /// To count what `totals` says for the batches of `periods` (half-open; none: all that were collected), with
    /// `concurrency` requests at once.
    pub fn new(totals: CallTotals, periods: Vec<Range<DateTime<Utc>>>, concurrency: usize) -> Self {
        Self { totals, periods, concurrency: concurrency.max(1), known: BTreeMap::new(), plan: None }
    }

    /// Begins, if `collector` has ended, and the counting has not begun.
    pub fn follow(&mut self, collector: &mut Collector) {
        if self.plan.is_some() || !collector.has_ended() {
            return;
        }
        let inside = |at: &DateTime<Utc>| self.periods.is_empty() || self.periods.iter().any(|p| p.contains(at));
        // A population can be large: it is not put in order for nothing.
        let collected = if self.totals == CallTotals::Never { Vec::new() } else { collector.batches() };
        let batches = collected.into_iter().filter(|batch| inside(&batch.created_at));
        let needed: Vec<Key> = batches
            .flat_map(|batch| self.totals.questions(batch).map(|question| (batch.id.clone(), question)))
            .collect();
        for key in needed.iter().filter(|(id, _)| !has_address(id)) {
            self.known.insert(key.clone(), CountAnswer::NotFound);
        }
        let open: Vec<Key> = needed.iter().filter(|key| !self.known.contains_key(*key)).cloned().collect();
        let first = collector.reserve_tickets(open.len() as u64);
        self.plan = Some(Plan::new(needed, open, first));
    }

    /// Goes on after an interruption, now as asked for; `collector` has been resumed. What was under way is forgotten.
    pub fn resume(&mut self, totals: CallTotals, periods: Vec<Range<DateTime<Utc>>>, collector: &mut Collector) {
        (self.totals, self.periods, self.plan) = (totals, periods, None);
        self.follow(collector);
    }

    /// The requests that are wanted and were not handed out before.
    pub fn wanted(&mut self) -> Vec<CountRequest> {
        let Some(plan) = &mut self.plan else { return Vec::new() };
        let room = self.concurrency.saturating_sub(plan.under_way.len());
        std::iter::from_fn(|| plan.hand_out().cloned()).take(room).collect()
    }

    /// Whether the answer to a request that was handed out is still wanted.
    pub fn wants(&self, ticket: u64) -> bool {
        self.under_way(ticket).is_some()
    }

    /// Whether a request of that ticket was handed out since the last interruption.
    pub fn was_asked(&self, ticket: u64) -> bool {
        let handed_out = |plan: &Plan| plan.place(ticket).is_some_and(|place| place < plan.handed_out);
        self.plan.as_ref().is_some_and(handed_out)
    }

    /// Whether that ticket is one of those that were set aside for the counting since the last interruption.
    pub fn owns(&self, ticket: u64) -> bool {
        let owns = |plan: &Plan| plan.place(ticket).is_some_and(|place| place < plan.requests.len());
        self.plan.as_ref().is_some_and(owns)
    }

    /// The ticket of the first request that has no answer.
    pub fn next_wanted(&self) -> Option<u64> {
        let plan = self.plan.as_ref()?;
        let place = plan.settled.iter().position(|settled| !settled)?;
        plan.requests.get(place).map(|request| request.ticket)
    }

    /// The request of that ticket, if its answer is wanted.
    pub fn under_way(&self, ticket: u64) -> Option<&CountRequest> {
        let plan = self.plan.as_ref()?;
        let place = plan.place(ticket).filter(|place| plan.under_way.contains(place))?;
        plan.requests.get(place)
    }

    /// Takes the answer to a request that was handed out; one that is not wanted is dropped. Answers may come in any order.
    pub fn answer(&mut self, ticket: u64, answer: CountAnswer) {
        let Some(CountRequest { batch, question, .. }) = self.under_way(ticket).cloned() else { return };
        if answer == CountAnswer::NotFound {
            // The other count of a batch that is gone would be of another moment, if there were one.
            for question in Question::ALL {
                self.known.entry((batch.clone(), question)).or_insert(answer);
            }
        }
        self.known.insert((batch, question), answer);
        if let Some(plan) = &mut self.plan
            && let Some(place) = plan.place(ticket)
        {
            plan.settle(place, answer == CountAnswer::NotFound);
        }
    }

    /// Whether everything that the collected batches call for was answered.
    pub fn has_ended(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.open == 0)
    }

    /// How many requests were settled since the last interruption, and how many there are.
    pub fn progress(&self) -> (u64, u64) {
        let all = self.plan.as_ref().map_or(0, |plan| plan.requests.len() as u64);
        (all - self.plan.as_ref().map_or(0, |plan| plan.open as u64), all)
    }

    /// How many counts were known before.
    pub fn spared(&self) -> u64 {
        self.plan.as_ref().map_or(0, |plan| plan.needed.len().saturating_sub(plan.requests.len()) as u64)
    }

    /// What it came to.
    pub fn finish(self) -> CallCounts {
        let mut batches: BTreeMap<Box<str>, Counted> = BTreeMap::new();
        for key in self.plan.into_iter().flat_map(|plan| plan.needed) {
            let answer = self.known.get(&key).copied();
            let (id, question) = key;
            batches.entry(id).or_default().take(question, answer);
        }
        CallCounts { totals: self.totals, batches }
    }
}

/// Whether an id can stand in an address: these two mean places in a path there, however they are written.
fn has_address(id: &str) -> bool {
    !matches!(id, "." | "..")
}
