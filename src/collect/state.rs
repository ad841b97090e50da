//! The state machine: from the first page to a proof or a refusal.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::ids::{IdSet, Ids};
use super::kept::Kept;
#[cfg(test)]
use super::outcome::Mistake;
use super::outcome::{Collected, Edge, Options, Tally};
use super::page::{Page, PageRequest};
use super::reading::{Passed, Queue, Walk};
use super::refusal::Refusal;
use super::seek::{Seek, Sought};
use super::tie_out::{Assurance, Census, TieOut};
use crate::batch::rfc3339;

mod doubt;
mod followed;
#[cfg(test)]
mod mistakes;
mod resume;
mod whole;

use doubt::Doubt;
use resume::Pauses;

/// How often a range is read before the collection is given up.
const MOST_READINGS: u64 = 24;
/// How often the whole list is.
const MOST_WHOLE_READINGS: u64 = 8;
/// How often a page that contradicts itself is asked for.
const MOST_ASKINGS: u32 = 4;

/// One census, and what was read of the range since.
#[derive(Debug)]
struct Round {
    census: Census,
    kept: Kept,
    /// A: the largest figure of how many are older than the range that was seen since the census.
    older_than_start: u64,
}

impl Round {
    fn new(census: Census) -> Self {
        Self { census, kept: Kept::default(), older_than_start: 0 }
    }
}

#[derive(Debug)]
enum Phase {
    First,
    /// Looking for the end of the range.
    Seek(Seek),
    /// Reading from the end of the range to its start.
    Read(Walk),
    /// Reading the whole list; with the first answer's total, once it is there.
    Whole(Walk, Option<Census>),
    /// The same was interrupted: looking whether the list still has this many batches.
    Look {
        walk: Walk,
        census: Census,
        held: u64,
    },
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
    doubt: Doubt,
    limit: u32,
    round: Option<Round>,
    /// What the round before this one had kept, to tell what changed since.
    earlier: Option<Kept>,
    /// The ids of the reading before this one, where two in a row must agree.
    previous: Option<IdSet>,
    /// Ids of the reading of the whole list that is under way.
    whole: IdSet,
    /// How the collection was interrupted, if it was.
    pauses: Pauses,
    /// The page on which the end of the range was last seen.
    hint: u64,
    seen: Ids,
    /// The numbers of the ids on the page at hand.
    numbers: Vec<usize>,
    tally: Tally,
    notes: Vec<String>,
    newer: Option<Edge>,
    older: Option<Edge>,
}

impl Collector {
    /// A collection of the batches created in `range`.
    pub fn new(range: Range<DateTime<Utc>>, options: Options) -> Self {
        let mut queue = Queue::default();
        queue.ask(1, options.limit);
        Self {
            pauses: Pauses::new(range.end),
            range,
            as_of: None,
            options,
            assurance: options.assurance,
            phase: Phase::First,
            queue,
            doubt: Doubt::default(),
            limit: options.limit,
            round: None,
            earlier: None,
            previous: None,
            whole: IdSet::default(),
            hint: 1,
            seen: Ids::default(),
            numbers: Vec::new(),
            tally: Tally::default(),
            notes: Vec::new(),
            newer: None,
            older: None,
        }
    }

    /// The pages that are wanted and were not handed out before.
    pub fn wanted(&mut self) -> Vec<PageRequest> {
        self.queue.take_fresh()
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
        let held = self.tally.held.div_ceil(u64::from(self.limit.max(1)));
        (held > 0).then_some(held)
    }

    /// Takes the answer to a request that was handed out. Answers may come in any order.
    pub fn answer(&mut self, ticket: u64, page: Page) {
        self.queue.put(ticket, page);
        while let Some((request, page)) = self.queue.pop() {
            if let Err(refusal) = self.take(request, &page) {
                self.end(Err(refusal));
            }
            if self.has_ended() {
                return;
            }
        }
    }

    /// Ends the collection and hands over what there is.
    ///
    /// Before [`Collector::has_ended`] this gives what was read so far, refused as not tied out.
    pub fn finish(self) -> Collected {
        let tally = self.tally();
        let (expected, kept) = match self.round {
            Some(round) => (round.census.older.saturating_sub(round.older_than_start), round.kept),
            None => (self.tally.held, Kept::default()),
        };
        let proof = match self.phase {
            Phase::Ended(proof) => proof,
            _ => Err(Refusal::NotTiedOut { expected, found: kept.distinct(), readings: tally.readings }),
        };
        let (batches, changes, ahead) = kept.into_parts(self.earlier);
        Collected {
            range: self.range,
            batches,
            changes,
            ahead,
            as_of: self.as_of,
            proof,
            assurance: self.assurance,
            notes: self.notes,
            tally,
            newer: self.newer,
            older: self.older,
        }
    }

    fn end(&mut self, proof: Result<TieOut, Refusal>) {
        self.queue.clear();
        self.phase = Phase::Ended(proof);
    }

    fn take(&mut self, request: PageRequest, page: &Page) -> Result<(), Refusal> {
        if page.number != request.number {
            return Err(Refusal::WrongPage { asked: request.number, answered: page.number });
        }
        if self.doubts(request, page)? {
            return Ok(());
        }
        self.count(page)?;
        if matches!(self.phase, Phase::First) {
            self.first(page)?;
        }
        self.note_edges(page);
        if self.assurance != Assurance::WholeList && !page.is_newest_first() {
            self.fall_back();
            return Ok(());
        }
        match std::mem::replace(&mut self.phase, Phase::First) {
            Phase::Seek(seek) => self.seek(seek, page),
            Phase::Read(walk) => self.read(walk, page),
            Phase::Whole(walk, census) => self.read_whole(walk, census, page),
            Phase::Look { walk, census, held } => {
                self.look(walk, census, held, page);
                Ok(())
            }
            phase @ (Phase::First | Phase::Ended(_)) => {
                self.phase = phase;
                Ok(())
            }
        }
    }

    fn count(&mut self, page: &Page) -> Result<(), Refusal> {
        self.tally.pages += 1;
        self.tally.rows += page.rows.len() as u64;
        self.tally.held = page.total;
        self.tally.limit = self.tally.limit.max(page.limit);
        self.numbers.clear();
        for row in &page.rows {
            self.numbers.push(self.seen.number(&row.id).ok_or(Refusal::TooMany)?);
        }
        Ok(())
    }

    /// The first answer tells the limit in force, and the moment up to which a period that is not over is collected.
    fn first(&mut self, page: &Page) -> Result<(), Refusal> {
        self.limit = page.limit;
        if self.range.start >= page.at {
            return Err(Refusal::NotBegun { start: rfc3339(self.range.start), now: rfc3339(page.at) });
        }
        if self.range.end > page.at {
            self.range.end = page.at;
            self.as_of = Some(page.at);
        }
        self.phase = if self.assurance == Assurance::WholeList {
            Phase::Whole(self.whole_walk(page.total), None)
        } else {
            Phase::Seek(Seek::everywhere(self.range.end, self.limit))
        };
        Ok(())
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

    fn pages(&self, total: u64) -> u64 {
        total.div_ceil(u64::from(self.limit))
    }

    fn seek(&mut self, mut seek: Seek, page: &Page) -> Result<(), Refusal> {
        let sought = seek.observe(page);
        self.limit = seek.limit();
        match sought {
            Sought::Found(census) => {
                self.hint = (page.start() / u64::from(self.limit)).saturating_add(1);
                self.take_census(census);
                if self.has_ended() || self.go_on(page, census)? {
                    return Ok(());
                }
                self.read(Walk::after(page.start(), page.limit, page.total), page)
            }
            Sought::Between { census, next } => {
                self.hint = next;
                self.take_census(census);
                if self.has_ended() || self.go_on(page, census)? {
                    return Ok(());
                }
                let mut walk = Walk::after((next - 1).saturating_mul(u64::from(self.limit)), self.limit, page.total);
                let last = self.pages(page.total);
                walk.fill(&mut self.queue, self.options.concurrency, last);
                self.phase = Phase::Read(walk);
                Ok(())
            }
            Sought::Ask { number, limit } => {
                self.queue.ask(number, limit);
                self.phase = Phase::Seek(seek);
                Ok(())
            }
            Sought::Lost { steps } => Err(Refusal::NotFound { steps }),
        }
    }

    /// A census that is the same as before leaves what was read standing: only the order moved. Another one begins anew.
    fn take_census(&mut self, census: Census) {
        #[cfg(test)]
        if self.is_mistaken(census) {
            return;
        }
        match &self.round {
            Some(round) if round.census.older == census.older => {}
            _ => self.begin_round(census),
        }
    }

    fn begin_round(&mut self, census: Census) {
        self.end_round();
        self.round = Some(Round::new(census));
    }

    fn end_round(&mut self) {
        self.earlier = self.round.take().map(|round| round.kept).or(self.earlier.take());
    }

    /// Takes a page of the range.
    fn read(&mut self, mut walk: Walk, page: &Page) -> Result<(), Refusal> {
        let Some(mut round) = self.round.take() else { return Ok(()) };
        // Nothing read yet, and the bound is on this page or behind it: a census of this very moment.
        let older = page.first_before(self.range.end);
        if round.kept.is_empty() && older != Some(0) && !page.rows.is_empty() {
            let newer = older.unwrap_or(page.rows.len() as u64);
            round = Round::new(Census {
                older: page.total.saturating_sub(page.start().saturating_add(newer)),
                at: page.at,
            });
            // Pages asked for ahead may have been answered before that moment.
            walk.turn_back(page, &mut self.queue);
        }
        let added = round.kept.add(page, &self.numbers, &self.range);
        let start = page.first_before(self.range.start);
        if let Some(place) = start {
            let older = page.total.saturating_sub(page.start().saturating_add(place));
            round.older_than_start = round.older_than_start.max(older);
        }
        self.round = Some(round);
        added?;
        match walk.pass(page, &mut self.queue) {
            Passed::Endless { pages, expected } => return Err(Refusal::Endless { pages, expected }),
            Passed::On if start.is_some() || page.is_last() => return self.settle(),
            Passed::On if walk.limit != self.limit => {
                // The census needed a limit of its own; the reading goes on with the usual one.
                walk = Walk::after(page.end(), self.limit, page.total);
            }
            Passed::On => {}
            Passed::Rejoin => self.limit = walk.limit,
        }
        let last = self.pages(page.total);
        walk.fill(&mut self.queue, self.options.concurrency, last);
        self.phase = Phase::Read(walk);
        Ok(())
    }

    /// The range was read through: is it all?
    fn settle(&mut self) -> Result<(), Refusal> {
        self.queue.clear();
        self.tally.readings += 1;
        let Some(round) = &self.round else { return Ok(()) };
        #[cfg(test)]
        if self.options.mistake == Some(Mistake::CensusAfterReading) {
            return self.look_again();
        }
        let count = self.counted(round);
        match TieOut::of_reading(round.census, round.older_than_start, count) {
            Some(tie_out) if self.assurance == Assurance::TiedOut => self.end(Ok(tie_out)),
            Some(tie_out) => {
                let ids = round.kept.ids();
                let previous = self.previous.take();
                if let Some(proof) = previous.and_then(|previous| tie_out.of_two_readings(&previous, &ids)) {
                    self.end(Ok(proof));
                    return Ok(());
                }
                self.previous = Some(ids);
                self.give_up_after(MOST_READINGS)?;
                self.end_round();
                return self.look_again();
            }
            None => {
                if round.kept.distinct() > round.census.older.saturating_sub(round.older_than_start) {
                    // More than there can be: the assumption did not hold, nothing read so far can be built on.
                    self.end_round();
                }
                return self.look_again();
            }
        }
        Ok(())
    }

    fn counted(&self, round: &Round) -> u64 {
        #[cfg(test)]
        if self.options.mistake == Some(Mistake::RowsCounted) {
            return round.kept.rows();
        }
        round.kept.distinct()
    }

    fn give_up_after(&self, most: u64) -> Result<(), Refusal> {
        let readings = self.tally.readings;
        if readings - self.pauses.readings < most {
            return Ok(());
        }
        match &self.round {
            Some(round) if self.assurance != Assurance::WholeList => Err(Refusal::NotTiedOut {
                expected: round.census.older.saturating_sub(round.older_than_start),
                found: round.kept.distinct(),
                readings,
            }),
            _ => Err(Refusal::NeverTheSame { readings }),
        }
    }

    /// Takes the census again, and reads from there.
    fn look_again(&mut self) -> Result<(), Refusal> {
        self.give_up_after(MOST_READINGS)?;
        let hint = self.hint.min(self.pages(self.tally.held)).max(1);
        self.queue.ask(hint, self.limit);
        self.phase = Phase::Seek(Seek::nearby(self.range.end, self.limit));
        Ok(())
    }
}
