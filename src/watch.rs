//! What there is to tell of a list since it was last told: batches that are new, newly final, or gone. No I/O and no clock.
//!
//! # Why nothing is missed
//!
//! A watch tells of the batches that are dated from its beginning on. Its [`State`] holds a `floor` and the batches that are
//! known and not done with: every batch that is dated from the floor on, and the older ones that were not final, or could not
//! be told, when they were last seen. Each round reads [`State::ranges`] by the collector, so that each is a population that
//! is proven, and not what happened to stand on some pages while they moved. Two readings must agree, because that proof alone
//! holds while batches come into the list after the time that they are dated with, as long as that is not below the floor:
//!
//! - everything from the floor up to the moment `e` of the round's first answer, and
//! - around each known batch below the floor, its instant. There a census of a few requests suffices, so that a batch that
//!   runs for a year does not make every round read a year.
//!
//! The floor then moves up to `e` less the overlap, never down; nor does it pass the newest batch that was read less the
//! overlap, so that a server whose clock is wrong for a moment does no harm. Suppose that a batch is in the list no later than the overlap
//! after the time that it is dated with. Let it be dated `c`, and let `e'` be the moment of the last round before the one in
//! whose range it could first be seen. If `c >= e'`, it is at or above the floor, which is at most `e'` less the overlap. If
//! `c < e'` and that round did not see it, it came into the list after `e'`, so `c` is not older than `e'` less the overlap:
//! again at or above the floor. So some round reads it. Whatever it is from then on, it is known by its id until it was told
//! final, so that a batch that becomes final after months is told, and equal times cannot hide one behind another.
//!
//! A round that is not proven tells nothing and changes nothing; the next one reads the same ranges again.
//!
//! # Why nothing is told twice
//!
//! Before anything of a round is told, the state is kept with the new floor and with what is to be told as known and untold.
//! After each thing is told, it is kept again with that. What was not told is read again in the next round, below the floor
//! if need be. A batch that is final and told is forgotten once it is below the floor, where an unknown batch is never new.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::batch::{Batch, Finality, as_rfc3339};

mod event;

pub use event::{Event, Kind};

/// The value of [`State::format`] that this version writes and reads.
pub const FORMAT: &str = "dialnexa-audit-watch/1";

/// Instants that are closer than this are read in one range.
const NEAR: TimeDelta = TimeDelta::hours(6);

/// What was told of a batch last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Told {
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
    /// What was told of it.
    pub told: Told,
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
    /// A watch of the list at `source` that tells of batches dated from `floor` on.
    pub fn new(source: String, floor: DateTime<Utc>) -> Self {
        Self { format: FORMAT.to_owned(), source, sequence: 0, floor, known: BTreeMap::new() }
    }

    /// What is to be read: from the floor on without an end, and around each known batch below it.
    pub fn ranges(&self) -> Vec<Range<DateTime<Utc>>> {
        let mut ranges: Vec<Range<DateTime<Utc>>> = vec![self.floor..DateTime::<Utc>::MAX_UTC];
        let below: BTreeSet<_> =
            self.known.values().map(|known| known.created_at).filter(|at| *at < self.floor).collect();
        for at in below.into_iter().rev() {
            match ranges.last_mut() {
                Some(range) if range.start - at <= NEAR => range.start = at,
                _ => ranges.push(at..at + TimeDelta::nanoseconds(1)),
            }
        }
        ranges
    }

    /// What a round that read these ranges has to tell, oldest batch first, and the state to keep before it is told: the floor
    /// is `overlap` before the newest batch that was read, if that is higher than it was.
    pub fn after(&self, observed: &[Observed], overlap: TimeDelta) -> (Self, Vec<Event>) {
        let mut next = self.clone();
        let mut events = Vec::new();
        let mut seen = BTreeSet::new();
        for batch in observed.iter().flat_map(|observed| &observed.batches) {
            if !seen.insert(&*batch.id) || (batch.created_at < self.floor && !self.known.contains_key(&*batch.id)) {
                continue;
            }
            let fresh = Known { created_at: batch.created_at, told: Told::Nothing };
            let known = next.known.entry(batch.id.to_string()).or_insert(fresh);
            known.created_at = batch.created_at;
            let is_final = batch.status.finality() == Finality::Final;
            let kind = if is_final { Kind::Final } else { Kind::New };
            if known.told < kind.tells() {
                events.push(Event::of(kind, known.told == Told::Nothing, batch));
            }
        }
        let gone = |(id, known): &(&String, &Known)| {
            !seen.contains(id.as_str()) && observed.iter().any(|observed| observed.range.contains(&known.created_at))
        };
        for (id, known) in self.known.iter().filter(gone) {
            // One that was told final is known until it is below the floor, whatever becomes of it.
            if known.told != Told::Final {
                events.push(Event::gone(id, known));
            }
        }
        next.raise(observed, overlap);
        events.sort_by(|a, b| (a.created_at, &a.batch_id).cmp(&(b.created_at, &b.batch_id)));
        (next, events)
    }

    fn raise(&mut self, observed: &[Observed], overlap: TimeDelta) {
        let newest = observed.iter().flat_map(|observed| &observed.batches).map(|batch| batch.created_at).max();
        let read_to = observed.iter().map(|observed| observed.range.end).max();
        let floor = newest.min(read_to).and_then(|to| to.checked_sub_signed(overlap));
        self.floor = floor.map_or(self.floor, |floor| floor.max(self.floor));
        let floor = self.floor;
        self.known.retain(|_, known| known.created_at >= floor || known.told != Told::Final);
    }

    /// Notes that this was told.
    pub fn told(&mut self, id: &str, kind: Kind) {
        if kind == Kind::Gone {
            self.known.remove(id);
        } else if let Some(known) = self.known.get_mut(id) {
            known.told = known.told.max(kind.tells());
        }
    }
}

#[cfg(test)]
mod tests;
