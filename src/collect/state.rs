//! The state machine: from the first page to a proof or a refusal.

use std::collections::HashSet;
use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use foldhash::fast::RandomState;

use super::ids::Ids;
use super::kept::{KeptBatches, KeptParts};
use super::outcome::{Collected, Counted, Edge, NotExact, Observations, Options, Tally};
use super::page::{Page, PageRequest};
use super::plan::Limits;
use super::queue::{Ask, Asked, Queue};
use super::reading::Reading;
use super::refusal::Refusal;
use super::tie_out::{Assurance, Read, TieOut};
use super::window::{Row, Window};
use crate::defect::Defect;

mod check;
mod counted;
mod followed;
#[cfg(test)]
mod mistakes;
mod read;
mod resume;
mod settle;

use resume::Pauses;

/// How often a range is read before the collection ends with what is proven.
const MOST_READINGS: u64 = 24;
/// How often the whole list is.
const MOST_WHOLE_READINGS: u64 = 8;
/// How often a reading is begun again because rows changed their order: of the range, of the whole list.
const MOST_RESTARTS: u32 = 2;
const MOST_WHOLE_RESTARTS: u32 = 8;
/// How many readings in a row may rest on stale answers before further ones are given up.
const MOST_STALE_READINGS: u32 = 2;
/// How often a page is asked for whose answer cannot be used.
const MOST_ASKINGS: u32 = 4;
/// How many stale answers for one place are asked for again.
const MOST_STALE: u32 = 3;
/// How many windows in a row may show nothing new.
const MOST_IDLE: u32 = 12;
/// How many windows may be asked for to find the place where a reading goes on.
const MOST_STEPS: u32 = 96;
/// The least cap that a server has which does not state it: this is supposed.
const LEAST_SILENT_CAP: usize = 7;
/// By how much rows may be out of order before the whole list is read instead.
const MOST_DISORDER: TimeDelta = TimeDelta::seconds(1);

#[derive(Debug)]
enum Phase {
    /// Asking for the first page.
    First,
    /// Reading window by window.
    Read,
    /// The list seems to end in this window: asking for one of a limit that the server is known to serve.
    Confirm(Box<Window>),
    /// The list goes on behind this window, which has fewer rows than its limit: asking for its page by another limit, to know
    /// whether a cap has cut it, or the list has grown since.
    Suspect(Box<Window>),
    /// The list ends in this window, if the page after it has no row: asking for that.
    After(Box<Window>),
    Ended(Result<TieOut, Refusal>),
}

/// The collector. Ask it what it wants, hand it the answers, until it has ended.
#[derive(Debug)]
pub struct Collector {
    range: Range<DateTime<Utc>>,
    as_of: Option<DateTime<Utc>>,
    options: Options,
    assurance: Assurance,
    phase: Phase,
    queue: Queue,
    limits: Limits,
    /// The reading under way.
    reading: Reading,
    /// The last reading that came to its end.
    last: Option<Read>,
    /// How many readings in a row rested on stale answers.
    stale_readings: u32,
    /// How many readings had to be begun again.
    restarts: u32,
    /// How many pages were short although the list goes on.
    hidden: u32,
    /// By how much rows may be out of order.
    allowance: TimeDelta,
    /// Every id seen, by number, and the date that it came with first.
    seen: Ids,
    dates: Vec<DateTime<Utc>>,
    kept: KeptBatches,
    pauses: Pauses,
    tally: Tally,
    notes: Vec<String>,
    observations: Observations,
    newer: Option<Edge>,
    older: Option<Edge>,
    /// There are more ids than can be distinguished.
    is_full: bool,
}

impl Collector {
    /// A collection of the batches created in `range`.
    pub fn new(range: Range<DateTime<Utc>>, options: Options) -> Self {
        let mut collector = Self {
            pauses: Pauses::new(range.end),
            reading: Reading::of_range(range.end, TimeDelta::zero()),
            range,
            as_of: None,
            options,
            assurance: options.assurance,
            phase: Phase::First,
            queue: Queue::default(),
            limits: Limits::new(options.limit),
            last: None,
            stale_readings: 0,
            restarts: 0,
            hidden: 0,
            allowance: TimeDelta::zero(),
            seen: Ids::default(),
            dates: Vec::new(),
            kept: KeptBatches::default(),
            tally: Tally::default(),
            notes: Vec::new(),
            observations: Observations::default(),
            newer: None,
            older: None,
            is_full: false,
        };
        collector.ask(Ask::first(1, options.limit));
        collector
    }

    /// The pages that are wanted and were not handed out before.
    pub fn wanted(&mut self) -> Vec<PageRequest> {
        self.queue.take_fresh()
    }

    /// The requests that were given up before they were handed out, and were not handed out by this before. Another run that
    /// was handed the same answers in another order may have made them; their answers count among what was read.
    pub fn given_up(&mut self) -> Vec<PageRequest> {
        self.queue.take_given_up()
    }

    /// Whether the answer to a request that was handed out is still wanted.
    pub fn wants(&self, ticket: u64) -> bool {
        self.queue.wants(ticket)
    }

    /// Whether there is a proof or a refusal.
    pub fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended(_))
    }

    /// What was done so far.
    pub fn tally(&self) -> Tally {
        Tally { distinct: self.seen.len() as u64, ..self.tally }
    }

    /// How many pages the reading under way may still need, as far as is known; for a display.
    pub fn pages_expected(&self) -> Option<u64> {
        let held = self.tally.held.div_ceil(u64::from(self.limits.cap.max(1)));
        (held > 0).then_some(held)
    }

    /// Takes the answer to a request that was handed out. Answers may come in any order, and also when they are no longer
    /// wanted: they are counted among what was read then, and not used.
    pub fn answer(&mut self, ticket: u64, page: Page) {
        let numbers = self.count(&page);
        self.queue.put(ticket, (page, numbers));
        while let Some((asked, (page, numbers))) = self.queue.pop() {
            if let Err(refusal) = self.take(asked, &page, &numbers) {
                self.refuse(refusal);
            }
            if self.has_ended() {
                return;
            }
        }
    }

    /// Ends the collection and hands over what there is.
    ///
    /// Where there is no proof these are all batches that were read.
    pub fn finish(self) -> Collected {
        let tally = self.tally();
        let proof = match self.phase {
            Phase::Ended(proof) => proof,
            _ => Err(Refusal::Unfinished { readings: tally.readings }),
        };
        let ids = match (&proof, self.last) {
            (Ok(_), Some(last)) => last.ids,
            _ => self.kept.ids(&self.range),
        };
        let mut instants = self.observations.instants;
        instants.sort_unstable();
        instants.dedup();
        let in_range = self.dates.iter().filter(|date| self.range.contains(date)).count() as u64;
        let KeptParts { batches, gone, changes, ahead, two_dates } = self.kept.into_parts(&ids, &self.range);
        let proof = match proof {
            Ok(_) if batches.len() as u64 != ids.len() => {
                Err(Defect("another number of batches is kept than the proof is of").into())
            }
            proof => proof,
        };
        Collected {
            range: self.range,
            batches,
            gone,
            in_range,
            changes,
            ahead,
            as_of: self.as_of,
            proof,
            assurance: self.assurance,
            notes: self.notes,
            observations: Observations { two_dates, instants, ..self.observations },
            tally,
            newer: self.newer,
            older: self.older,
        }
    }

    fn end(&mut self, proof: Result<TieOut, Refusal>) {
        self.queue.clear();
        self.phase = Phase::Ended(proof);
    }

    /// A reading that left nothing out stands, whatever a further one fails of.
    fn refuse(&mut self, refusal: Refusal) {
        let most = if self.assurance == Assurance::WholeList { MOST_WHOLE_RESTARTS } else { MOST_RESTARTS };
        let is_lost = matches!(refusal, Refusal::NotFound { .. } | Refusal::NoProgress { .. });
        if is_lost && self.restarts < most {
            self.restarts += 1;
            if self.begin_reading().is_ok() {
                return;
            }
        }
        let proof = self.last.as_ref().and_then(TieOut::nothing_left_out);
        match proof {
            Some(proof) => self.end_inexact(proof, NotExact::Failed { why: refusal.to_string() }),
            None => self.end(Err(refusal)),
        }
    }

    fn end_inexact(&mut self, proof: TieOut, why: NotExact) {
        self.observations.not_exact = Some(why);
        self.end(Ok(proof));
    }

    fn ask(&mut self, ask: Ask) {
        self.reading.asked.insert((ask.number, ask.limit));
        self.queue.ask(ask);
    }

    fn ask_first(&mut self, ask: Ask) {
        self.reading.asked.insert((ask.number, ask.limit));
        self.queue.ask_first(ask);
    }

    /// Counts an answer among what was read; returns the numbers of its ids.
    fn count(&mut self, page: &Page) -> Vec<usize> {
        self.tally.pages += 1;
        self.tally.rows += page.rows.len() as u64;
        self.tally.limit = self.tally.limit.max(page.limit.min(self.options.limit));
        let mut numbers = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            let Some(number) = self.seen.number(&row.id) else {
                self.is_full = true;
                return numbers;
            };
            if number == self.dates.len() {
                self.dates.push(row.created_at);
            }
            numbers.push(number);
        }
        numbers
    }

    fn take(&mut self, asked: Asked, page: &Page, numbers: &[usize]) -> Result<(), Refusal> {
        if self.is_full {
            return Err(Refusal::TooMany);
        }
        if self.is_wrong(asked, page)? {
            return Ok(());
        }
        self.tally.held = page.total.unwrap_or(self.tally.held);
        if matches!(self.phase, Phase::First) {
            self.first(page)?;
        }
        let window = self.window(asked, page, numbers);
        let is_pinned = self.limits.is_pinned;
        let rows = u32::try_from(window.rows.len()).unwrap_or(u32::MAX);
        if rows > 0 && self.limits.observe(asked.request.limit, window.limit, rows) {
            self.reading.front = None;
        }
        if self.is_to_be_asked_again(asked, &window)? {
            return Ok(());
        }
        self.reading.note(&window);
        self.note(page, &window);
        if !self.reading.cover.allows(window.disorder()) {
            return self.allow_for(window.disorder());
        }
        if self.limits.is_pinned && !is_pinned {
            return self.count_instead(Counted::PagesOfOneSize);
        }
        match std::mem::replace(&mut self.phase, Phase::Read) {
            Phase::Confirm(short) => self.confirm(*short, window),
            Phase::Suspect(short) => self.settle_cap(*short, window),
            Phase::After(short) => self.after(*short, window),
            _ if self.observations.counted.is_some() => self.read_counted(window),
            _ => self.read(window),
        }
    }

    fn window(&self, asked: Asked, page: &Page, numbers: &[usize]) -> Window {
        let rows: Vec<Row> =
            page.rows.iter().zip(numbers).map(|(row, id)| Row { id: *id, at: row.created_at }).collect();
        let stated = if self.limits.is_silent { page.limit.min(self.limits.cap) } else { page.limit };
        // A server that holds more rows than it states is taken at its rows.
        let limit = stated.max(u32::try_from(page.rows.len()).unwrap_or(u32::MAX)).max(1);
        let limit = if page.rows.is_empty() { asked.request.limit.min(self.limits.cap).max(1) } else { limit };
        let Asked { request: PageRequest { number, limit: asked_limit, .. }, .. } = asked;
        let is_stale = self.is_stale(asked, page);
        let all = &self.reading.all;
        let begins_known = numbers.first().is_some_and(|first| all.contains(*first));
        let is_placed = number == 1 || rows.len() as u64 >= u64::from(limit) || limit <= self.limits.largest_served();
        Window {
            is_placed,
            number,
            asked: asked_limit,
            limit,
            rows,
            total: page.total,
            at: page.at,
            goes_on: false,
            begins_known,
            is_stale,
        }
    }

    /// Takes note of what the answer shows beside its place in the list.
    fn note(&mut self, page: &Page, window: &Window) {
        self.kept.add(page, &window.rows, &(self.range.start..self.pauses.end));
        self.observations.contradicting_totals += u64::from(!window.total_fits());
        let mut held = HashSet::with_capacity_and_hasher(window.rows.len(), RandomState::default());
        for (row, batch) in window.rows.iter().zip(&page.rows) {
            if !held.insert(row.id) && !self.observations.repeated.contains(&batch.id) {
                self.observations.repeated.push(batch.id.clone());
            }
            self.reading.all.insert(row.id);
            if self.range.contains(&row.at) {
                self.reading.ids.insert(row.id);
                #[cfg(test)]
                {
                    self.reading.rows += 1;
                }
            }
            let first = self.dates.get_mut(row.id);
            if let Some(first) = first.filter(|first| **first != row.at) {
                self.kept.note_two_dates(&batch.id, *first, row.at);
                *first = row.at;
                self.reading.has_two_dates = true;
            }
        }
        self.note_edges(page);
    }

    fn note_edges(&mut self, page: &Page) {
        for row in &page.rows {
            let edge = || Edge { created_at: row.created_at, id: row.id.clone() };
            if row.created_at >= self.range.end {
                let nearer = self.newer.as_ref().is_none_or(|e| (row.created_at, &row.id) < (e.created_at, &e.id));
                self.newer = if nearer { Some(edge()) } else { self.newer.take() };
            } else if row.created_at < self.range.start {
                let nearer = self.older.as_ref().is_none_or(|e| (row.created_at, &row.id) > (e.created_at, &e.id));
                self.older = if nearer { Some(edge()) } else { self.older.take() };
            }
        }
    }

    /// The first answer shows the moment up to which a period that is not over is collected.
    fn first(&mut self, page: &Page) -> Result<(), Refusal> {
        if self.range.start >= page.at {
            return Err(Refusal::not_begun(self.range.start, page.at));
        }
        if self.range.end > page.at {
            self.range.end = page.at;
            self.as_of = Some(page.at);
        }
        self.reading = Reading { asked: std::mem::take(&mut self.reading.asked), ..self.fresh_reading() };
        Ok(())
    }

    /// A reading of the range, or of the whole list, that has not begun.
    fn fresh_reading(&self) -> Reading {
        let reading = match self.assurance {
            Assurance::WholeList => Reading::of_whole_list(self.range.end),
            _ => Reading::of_range(self.range.end, self.allowance),
        };
        #[cfg(test)]
        let reading = reading.mistaken(self.options.mistake);
        reading
    }
}
