//! The batches of the range that were read, each once, with what changed from one reading to the next.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::ids::IdSet;
use super::page::Page;
use super::refusal::Refusal;
use crate::batch::Batch;
use crate::findings::{AheadOfServer, Change, Renamed};

/// Ids are told apart by 32 bits, so places are too.
const NOWHERE: u32 = u32::MAX;

/// What was read of the range since a census.
#[derive(Debug, Default)]
pub(super) struct Kept {
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
    /// How many rows were kept, repeated ones counted again.
    rows: u64,
}

impl Kept {
    /// Keeps the rows of `page`, whose ids have these `numbers`, that are in `range`; a refusal where an id comes with a
    /// second creation time.
    pub fn add(&mut self, page: &Page, numbers: &[usize], range: &Range<DateTime<Utc>>) -> Result<(), Refusal> {
        for (row, number) in page.rows.iter().zip(numbers) {
            let place = self.places.get(*number).copied().unwrap_or(NOWHERE);
            match self.batches.get_mut(place as usize) {
                Some(known) if known.created_at != row.created_at => {
                    return Err(Refusal::two_dates(&row.id, known.created_at, row.created_at));
                }
                Some(known) => {
                    self.rows += 1;
                    if known != row {
                        let before = std::mem::replace(known, row.clone());
                        self.first.entry(row.id.clone()).or_insert(before);
                    }
                }
                None if range.contains(&row.created_at) => {
                    self.rows += 1;
                    self.note_ahead(row, page.server_date);
                    self.keep(*number, row);
                }
                None => {}
            }
        }
        Ok(())
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

    fn numbered(&self, number: u32) -> Option<&Batch> {
        self.batches.get(*self.places.get(number as usize)? as usize)
    }

    /// A `Date` has whole seconds only, so one second of grace.
    fn note_ahead(&mut self, row: &Batch, server_date: Option<DateTime<Utc>>) {
        if let Some(date) = server_date.filter(|date| row.created_at >= *date + TimeDelta::seconds(1)) {
            self.ahead.insert(row.id.clone(), date);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// How many different batches there are.
    pub fn distinct(&self) -> u64 {
        self.batches.len() as u64
    }

    /// The batches oldest first, ties by id.
    pub fn batches(&self) -> Vec<&Batch> {
        let mut batches: Vec<&Batch> = self.batches.iter().collect();
        batches.sort_unstable_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        batches
    }

    /// How many rows they were read in.
    #[cfg(test)]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    pub fn ids(&self) -> IdSet {
        self.numbers.iter().map(|number| *number as usize).collect()
    }

    /// The batches oldest first, ties by id; what changed (also since an `earlier` reading), and what is dated ahead of the
    /// server.
    pub fn into_parts(self, earlier: Option<Self>) -> (Vec<Batch>, Vec<Change>, Vec<AheadOfServer>) {
        let earlier = earlier.unwrap_or_default();
        let changes = self.batches.iter().zip(&self.numbers).filter_map(|(last, number)| {
            let id = &last.id;
            let first = earlier.first.get(id).or(earlier.numbered(*number)).or(self.first.get(id))?;
            let (detail, renamed) = (changes(first, last), renamed(first, last));
            let changed = !detail.is_empty() || renamed.is_some();
            changed.then(|| Change { id: id.clone(), detail: detail.into(), renamed })
        });
        let mut changes: Vec<_> = changes.collect();
        changes.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let ahead = self.ahead.into_iter().map(|(id, server_date)| AheadOfServer { id, server_date }).collect();
        let mut batches = self.batches;
        batches.sort_unstable_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        (batches, changes, ahead)
    }
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
