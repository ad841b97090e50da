//! What there is to report about a list since it was last reported: batches that are new, newly final, or gone. No I/O and
//! no clock.
//!
//! # Why nothing is missed
//!
//! A watch reports the batches that are dated from its beginning on. Its [`State`] holds a `floor` and the batches that are
//! known and not done with: every batch that is dated from the floor on, and the older ones that were not final, or could
//! not be reported, when they were last seen. Each round reads [`State::ranges`] by the collector, so that each is a
//! population that is proven, and not what happened to stand on some pages while they moved:
//!
//! - from the floor to `s`, which is the moment `e` of the round's beginning less the overlap;
//! - from `s` on;
//! - around each known batch below the floor, its instant. There a census of a few requests suffices, so that a batch that
//!   runs for a year does not make every round read a year.
//!
//! The floor then moves up to `s`, never down; nor does it pass the newest batch that was read less the overlap, so that a
//! server whose clock is wrong for a moment does no harm.
//!
//! Suppose that a batch is in the list no later than the overlap after the time that it is dated with. Then nothing that is
//! dated before `s` comes after `e`, so that what the proof of the collector supposes is so of every range but the one from
//! `s` on. There a batch may come late while it is read, and make up for one that is missed. What is missed there is at or
//! above the next floor, and is read again. Below the next floor every batch was read. So each is read once at least; from
//! then on it is known by its id until it was reported final, so that a batch that becomes final after months is reported,
//! and equal times cannot hide one behind another. For the same reason a batch is gone only where it is missing below `s`.
//!
//! A round that is not proven reports nothing and changes nothing; the next one reads the same ranges again.
//!
//! # Why nothing is reported twice
//!
//! Before anything of a round is reported, the state is kept with the new floor and with what is to be reported as known
//! and unreported. After each thing is reported, it is kept again with that. What was not reported is read again in the
//! next round, below the floor if need be. A batch that is final and reported is forgotten once it is below the floor,
//! where an unknown batch is never new.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::batch::{Batch, Finality, as_rfc3339};

mod event;

pub use event::{Event, EventKind};

/// The value of [`State::format`] that this version writes and reads.
pub const FORMAT: &str = "dialnexa-audit-watch/2";

/// Instants that are closer than this are read in one range.
const NEAR: TimeDelta = TimeDelta::hours(6);

/// What was reported of a batch last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventReported {
    /// Nothing yet.
    Nothing,
    /// That it is there.
    New,
    /// That it is final.
    Final,
}

/// A batch that is not done with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// When it was created.
    #[serde(with = "as_rfc3339")]
    pub created_at: DateTime<Utc>,
    /// What was reported of it.
    #[serde(rename = "told")]
    pub reported: EventReported,
}

/// What a watch knows from one round to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// What kind of file this is: [`FORMAT`].
    pub format: String,
    /// Whose list: its address.
    pub source: String,
    /// Counts how often this was kept; two that keep it by turns notice each other.
    pub sequence: u64,
    /// Batches older than this are done with, unless they are known.
    #[serde(with = "as_rfc3339")]
    pub floor: DateTime<Utc>,
    /// The batches that are not done with, by id.
    pub known: BTreeMap<String, Known>,
}

/// A range of the list that was read and proven.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The range, up to the moment at which it was read where it was not over.
    pub range: Range<DateTime<Utc>>,
    /// The batches dated in it.
    pub batches: Vec<Batch>,
}

impl State {
    /// A watch of the list at `source` that reports batches dated from `floor` on.
    pub fn new(source: String, floor: DateTime<Utc>) -> Self {
        Self { format: FORMAT.to_owned(), source, sequence: 0, floor, known: BTreeMap::new() }
    }

    /// The moment that nothing dated before can come after: `now` less the overlap, or the floor if that is higher.
    fn settled(&self, now: DateTime<Utc>, overlap: TimeDelta) -> DateTime<Utc> {
        now.checked_sub_signed(overlap).map_or(self.floor, |settled| settled.max(self.floor))
    }

    /// What is to be read in a round that begins at `now`: what is not settled, the rest from the floor on, and around each
    /// known batch below it.
    pub fn ranges(&self, now: DateTime<Utc>, overlap: TimeDelta) -> Vec<Range<DateTime<Utc>>> {
        let settled = self.settled(now, overlap);
        let mut ranges: Vec<Range<DateTime<Utc>>> = vec![settled..DateTime::<Utc>::MAX_UTC];
        if self.floor < settled {
            ranges.push(self.floor..settled);
        }
        let first = ranges.len();
        let below: BTreeSet<_> =
            self.known.values().map(|known| known.created_at).filter(|at| *at < self.floor).collect();
        for at in below.into_iter().rev() {
            match ranges.get_mut(first..).and_then(<[_]>::last_mut) {
                Some(range) if range.start - at <= NEAR => range.start = at,
                _ => ranges.push(at..at + TimeDelta::nanoseconds(1)),
            }
        }
        ranges
    }

    /// What a round that began at `now` and read these ranges has to show, oldest batch first, and the state to keep before
    /// it is reported.
    pub fn after(&self, observed: &[Observed], now: DateTime<Utc>, overlap: TimeDelta) -> (Self, Vec<Event>) {
        let settled = self.settled(now, overlap);
        let mut next = self.clone();
        let mut events = Vec::new();
        let mut seen = BTreeSet::new();
        for batch in observed.iter().flat_map(|observed| &observed.batches) {
            if !seen.insert(&*batch.id) || (batch.created_at < self.floor && !self.known.contains_key(&*batch.id)) {
                continue;
            }
            let fresh = Known { created_at: batch.created_at, reported: EventReported::Nothing };
            let known = next.known.entry(batch.id.to_string()).or_insert(fresh);
            known.created_at = batch.created_at;
            let is_final = batch.status.finality() == Finality::Final;
            let kind = if is_final { EventKind::Final } else { EventKind::New };
            if known.reported < kind.reports() {
                events.push(Event::of(kind, known.reported == EventReported::Nothing, batch));
            }
        }
        let gone = |(id, known): &(&String, &Known)| {
            known.reported != EventReported::Final
                && known.created_at < settled
                && !seen.contains(id.as_str())
                && observed.iter().any(|observed| observed.range.contains(&known.created_at))
        };
        events.extend(self.known.iter().filter(gone).map(|(id, known)| Event::gone(id, known)));
        next.raise(observed, now, overlap);
        events.sort_by(|a, b| (a.created_at, &a.batch_id).cmp(&(b.created_at, &b.batch_id)));
        (next, events)
    }

    fn raise(&mut self, observed: &[Observed], now: DateTime<Utc>, overlap: TimeDelta) {
        // What is dated in the future says nothing of how far the list was read.
        let dates = observed.iter().flat_map(|observed| &observed.batches).map(|batch| batch.created_at);
        let newest = dates.filter(|at| *at <= now).max();
        let floor = newest.and_then(|newest| newest.min(now).checked_sub_signed(overlap));
        self.floor = floor.map_or(self.floor, |floor| floor.max(self.floor));
        let floor = self.floor;
        self.known.retain(|_, known| known.created_at >= floor || known.reported != EventReported::Final);
    }

    /// Notes that this was reported.
    pub fn reported(&mut self, id: &str, kind: EventKind) {
        if kind == EventKind::Gone {
            self.known.remove(id);
        } else if let Some(known) = self.known.get_mut(id) {
            known.reported = known.reported.max(kind.reports());
        }
    }
}

#[cfg(test)]
mod tests;
