//! The batches of the range that were read, each once, with what changed from one reading to the next.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::changed::{AheadOfServer, Change, Renamed, TwoDates};
use super::ids::IdSet;
use super::page::Page;
use super::window::Row;
use crate::batch::Batch;

/// Ids are distinguished by 32 bits, so places are too.
const NOWHERE: u32 = u32::MAX;

/// What was read of the range.
#[derive(Debug, Default)]
pub(super) struct KeptBatches {
    batches: Vec<Batch>,
    /// The number of each one's id.
    numbers: Vec<u32>,
    /// The place in `batches`, by number; [`NOWHERE`] for those that are not kept.
    places: Vec<u32>,
    /// Every agent once.
    agents: HashSet<Arc<str>>,
    /// The first reading of each batch that was read differently later.
    first: BTreeMap<Box<str>, Batch>,
    ahead: BTreeMap<Box<str>, DateTime<Utc>>,
    /// Ids that came with two creation times.
    two_dates: BTreeMap<Box<str>, TwoDates>,
}

impl KeptBatches {
    /// Keeps the rows of `page`, with the numbers of their ids, that are in `range`.
    pub fn add(&mut self, page: &Page, rows: &[Row], range: &Range<DateTime<Utc>>) {
        for (row, Row { id: number, .. }) in page.rows.iter().zip(rows) {
            let is_inside = range.contains(&row.created_at);
            let place = self.places.get(*number).copied().unwrap_or(NOWHERE);
            match self.batches.get_mut(place as usize) {
                Some(known) if known != row && is_inside => {
                    let before = std::mem::replace(known, row.clone());
                    self.first.entry(row.id.clone()).or_insert(before);
                }
                None if is_inside => {
                    self.note_ahead(row, page.server_date);
                    self.keep(*number, row);
                }
                _ => {}
            }
        }
    }

    /// Takes note that an id came with two creation times.
    pub fn note_two_dates(&mut self, id: &str, first: DateTime<Utc>, second: DateTime<Utc>) {
        self.two_dates.entry(id.into()).or_insert_with(|| TwoDates { id: id.into(), first, second });
    }

    fn keep(&mut self, number: usize, row: &Batch) {
        if self.places.len() <= number {
            self.places.resize(number + 1, NOWHERE);
        }
        if let Some(place) = self.places.get_mut(number) {
            *place = self.batches.len() as u32;
            let agent_id = row.agent_id.as_ref().map(|agent| shared(&mut self.agents, agent));
            self.batches.push(Batch { agent_id, ..row.clone() });
            self.numbers.push(number as u32);
        }
    }

    /// A `Date` has whole seconds only, so one second of grace.
    fn note_ahead(&mut self, row: &Batch, server_date: Option<DateTime<Utc>>) {
        if let Some(date) = server_date.filter(|date| row.created_at >= *date + TimeDelta::seconds(1)) {
            self.ahead.insert(row.id.clone(), date);
        }
    }

    /// The numbers of all that is kept of `range`.
    pub fn ids(&self, range: &Range<DateTime<Utc>>) -> IdSet {
        let inside = self.batches.iter().zip(&self.numbers).filter(|(batch, _)| range.contains(&batch.created_at));
        inside.map(|(_, number)| *number as usize).collect()
    }

    /// The batches whose numbers are among `ids`, oldest first, ties by id.
    pub fn batches(&self, ids: &IdSet) -> Vec<&Batch> {
        let chosen = self.batches.iter().zip(&self.numbers).filter(|(_, number)| ids.contains(**number as usize));
        let mut batches: Vec<&Batch> = chosen.map(|(batch, _)| batch).collect();
        batches.sort_unstable_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        batches
    }

    /// Splits into the batches whose numbers are among `ids`, and the others of `range`, which were there in some answer;
    /// both oldest first, ties by id. With what changed from one reading to another, and what is dated ahead of the server.
    pub fn into_parts(self, ids: &IdSet, range: &Range<DateTime<Utc>>) -> KeptParts {
        let chosen: Vec<bool> = self.numbers.iter().map(|number| ids.contains(*number as usize)).collect();
        let change = |(last, _): (&Batch, &bool)| {
            let first = self.first.get(&last.id)?;
            let (detail, renamed) = (changes(first, last), renamed(first, last));
            let changed = !detail.is_empty() || renamed.is_some();
            changed.then(|| Change { id: last.id.clone(), detail: detail.into(), renamed })
        };
        let mut changes: Vec<_> =
            self.batches.iter().zip(&chosen).filter(|(_, chosen)| **chosen).filter_map(change).collect();
        changes.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let ahead = self.ahead.into_iter().map(|(id, server_date)| AheadOfServer { id, server_date }).collect();
        let two_dates = self.two_dates.into_values().collect();
        let (mut batches, mut gone) = (self.batches, Vec::new());
        let mut numbers = self.numbers.iter();
        batches.retain(|batch| {
            let stays = numbers.next().is_some_and(|number| ids.contains(*number as usize));
            if !stays && range.contains(&batch.created_at) {
                gone.push(batch.clone());
            }
            stays
        });
        for list in [&mut batches, &mut gone] {
            list.sort_unstable_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        }
        KeptParts { batches, gone, changes, ahead, two_dates }
    }
}

/// What was kept, in its parts.
pub(super) struct KeptParts {
    pub batches: Vec<Batch>,
    pub gone: Vec<Batch>,
    pub changes: Vec<Change>,
    pub ahead: Vec<AheadOfServer>,
    pub two_dates: Vec<TwoDates>,
}

/// The one of `agents` that is the same text; added if there is none.
fn shared(agents: &mut HashSet<Arc<str>>, agent: &Arc<str>) -> Arc<str> {
    if let Some(known) = agents.get(agent) {
        return Arc::clone(known);
    }
    agents.insert(Arc::clone(agent));
    Arc::clone(agent)
}

fn renamed(first: &Batch, last: &Batch) -> Option<Renamed> {
    (first.name != last.name).then(|| Renamed { before: first.name.clone(), after: last.name.clone() })
}

/// What is different but for the name, in words; empty where nothing that the report shows is.
fn changes(first: &Batch, last: &Batch) -> String {
    let figure = |figure: Option<u64>| figure.map_or_else(|| "not reported".to_owned(), |figure| figure.to_string());
    let text = |text: &Option<Arc<str>>| text.as_deref().unwrap_or("not reported").to_owned();
    let fields = [
        ("status", first.status.to_string(), last.status.to_string()),
        ("total calls", figure(first.total_calls), figure(last.total_calls)),
        ("completed calls", figure(first.completed_calls), figure(last.completed_calls)),
        ("failed calls", figure(first.failed_calls), figure(last.failed_calls)),
        ("agent", text(&first.agent_id), text(&last.agent_id)),
    ];
    let changed: Vec<_> = fields
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| format!("{field}: {before} -> {after}"))
        .collect();
    changed.join("; ")
}
