//! A server that keeps no more than real ones do.

use std::collections::HashMap;
use std::sync::Arc;

use super::*;
use crate::batch::Status;

/// What happens to the list between two answers.
#[derive(Debug, Clone)]
pub enum Event {
    Nothing,
    /// New batches at the head.
    Insert(u8),
    /// A batch goes, wherever it is.
    Delete(prop::sample::Index),
    /// A batch near the end of the last page read goes: deletions near the reader do the harm.
    DeleteNear(u8),
    /// A batch changes its status.
    Status(prop::sample::Index),
    /// Equal creation times come in another order.
    Reshuffle(u64),
    /// The server's cap on the limit changes.
    Cap(u32),
    /// A batch appears that is dated in the past: this many seconds after day 0.
    Past(i64),
    /// A batch that had gone is put back.
    Restore(prop::sample::Index),
}

/// Which events may happen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Allowed {
    /// Nothing is created dated before the end of the range, nor put back.
    Future,
    Anything,
}

/// What the `total` of an answer is.
#[derive(Debug, Clone, PartialEq)]
pub enum Totals {
    /// The number of rows at the moment of the answer.
    True,
    /// Counted after the rows were read; something happens between.
    RowsFirst,
    /// Counted before.
    TotalFirst,
    /// A counter that is refreshed once in so many answers.
    Refreshed(u64),
    /// Off by a constant number.
    OffBy(i64),
    /// Never more than this.
    Capped(u64),
    /// Anything.
    Nonsense(u64),
}

/// Of which moment an answer is.
#[derive(Debug, Clone, PartialEq)]
pub enum ListSource {
    /// Of the moment at which it is made.
    Fresh,
    /// At times from a cache, by URL; whether that says its age.
    Cache { says_age: bool },
    /// At times of a replica that lags by so many changes; one replica by URL, or any by request.
    Replicas { lag: usize, by_url: bool },
}

/// What is answered for a page behind the end of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Behind {
    Empty,
    NotThere,
    LastPage,
}

#[derive(Debug, Clone)]
pub struct Server {
    pub cap: u32,
    /// Whether it states the limit in force, or the one asked for.
    pub states_cap: bool,
    /// Whether it serves its cap whatever is asked.
    pub is_pinned: bool,
    pub behind: Behind,
    pub totals: Totals,
    pub source: ListSource,
    /// Rows that the list never shows, although it goes on.
    pub window: Option<usize>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            cap: 100,
            states_cap: true,
            is_pinned: false,
            behind: Behind::Empty,
            totals: Totals::True,
            source: ListSource::Fresh,
            window: None,
        }
    }
}

type Population = BTreeSet<Box<str>>;

/// A workspace and its server.
#[derive(Debug, Clone)]
pub struct World {
    pub list: Vec<Batch>,
    pub server: Server,
    pub clock: i64,
    next: u64,
    last_row: usize,
    /// The list after each change, with the moment of the change.
    states: Vec<(i64, Arc<Vec<Batch>>)>,
    /// The population of the range at the moment of each answer.
    pub history: BTreeMap<DateTime<Utc>, Population>,
    gone: Vec<Batch>,
    /// When batches dated before the end of the range were put in or back, and which were taken out.
    pub put_in: Vec<(DateTime<Utc>, Box<str>)>,
    pub taken_out: BTreeSet<Box<str>>,
    pub reshuffled: bool,
    /// Whether a total would have been negative: then it is not off by the same number any more.
    pub is_cut_off: bool,
    /// The earliest moment that an answer is of.
    pub earliest: Option<DateTime<Utc>>,
    pub requests: u64,
    pub urls: Vec<(u64, u32)>,
    counter: u64,
    cache: HashMap<(u64, u32), Page>,
    random: fastrand::Rng,
}

impl World {
    /// Batches on these seconds after day 0, newest first.
    pub fn new(mut seconds: Vec<i64>, server: Server) -> Self {
        seconds.sort_unstable_by(|a, b| b.cmp(a));
        let list: Vec<_> = seconds.iter().zip(0..).map(|(at, number)| batch(number, *at)).collect();
        let (next, counter) = (list.len() as u64, list.len() as u64);
        let mut world = Self {
            list,
            server,
            clock: 100 * DAY,
            next,
            last_row: 0,
            states: vec![],
            history: BTreeMap::new(),
            gone: vec![],
            put_in: vec![],
            taken_out: BTreeSet::new(),
            reshuffled: false,
            is_cut_off: false,
            earliest: None,
            requests: 0,
            urls: vec![],
            counter,
            cache: HashMap::new(),
            random: fastrand::Rng::with_seed(7),
        };
        world.keep_state();
        world
    }

    fn keep_state(&mut self) {
        self.states.push((self.clock, Arc::new(self.list.clone())));
        self.history.insert(instant(self.clock), population(&self.list));
    }

    /// Something happens, at a moment of its own.
    pub fn apply(&mut self, event: &Event) {
        self.clock += 1;
        match event {
            Event::Nothing => {}
            Event::Insert(count) => (0..*count).for_each(|_| self.insert(self.clock)),
            Event::Delete(index) if !self.list.is_empty() => self.delete(index.index(self.list.len())),
            Event::DeleteNear(back) => {
                let place = self.last_row.saturating_sub(usize::from(*back));
                if place < self.list.len() {
                    self.delete(place);
                }
            }
            Event::Status(index) if !self.list.is_empty() => {
                let place = index.index(self.list.len());
                self.list[place].status = Status::new("completed");
            }
            Event::Restore(index) if !self.gone.is_empty() => {
                let row = self.gone.swap_remove(index.index(self.gone.len()));
                self.put(row);
            }
            Event::Delete(_) | Event::Status(_) | Event::Restore(_) => {}
            Event::Reshuffle(seed) => {
                let mut random = fastrand::Rng::with_seed(*seed);
                random.shuffle(&mut self.list);
                self.list.sort_by_key(|row| std::cmp::Reverse(row.created_at));
                self.reshuffled = true;
            }
            // A cap that is not stated can be found out, but it must not change.
            Event::Cap(cap) if self.server.states_cap => self.server.cap = *cap,
            Event::Cap(_) => {}
            Event::Past(seconds) => self.insert(*seconds),
        }
        self.keep_state();
    }

    fn delete(&mut self, place: usize) {
        let row = self.list.remove(place);
        self.taken_out.insert(row.id.clone());
        self.gone.push(row);
    }

    fn insert(&mut self, seconds: i64) {
        let new = batch(self.next, seconds);
        self.next += 1;
        self.put(new);
    }

    fn put(&mut self, row: Batch) {
        if row.created_at < range().end {
            self.put_in.push((instant(self.clock), row.id.clone()));
        }
        let place = self.list.partition_point(|known| known.created_at > row.created_at);
        self.list.insert(place, row);
    }

    pub fn population(&self) -> Population {
        population(&self.list)
    }

    /// The batches of the range that were there at every moment that an answer was of, and those there at some.
    pub fn always_and_ever(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> (Population, Population) {
        // The state that held when the first answer was made may have begun before.
        let before = self.history.range(..=from).next_back().map(|(at, _)| *at).unwrap_or(from);
        let mut during = self.history.range(before..=to).map(|(_, population)| population);
        let mut always = during.next().cloned().unwrap_or_default();
        let mut ever = always.clone();
        for population in during {
            always.retain(|id| population.contains(id));
            ever.extend(population.iter().cloned());
        }
        (always, ever)
    }

    /// Answers; `between` happens while the answer is made.
    pub fn answer(&mut self, request: PageRequest, between: &Event) -> Page {
        self.requests += 1;
        self.clock += 1;
        self.urls.push((request.number, request.limit));
        let url = (request.number, request.limit);
        if let ListSource::Cache { says_age } = self.server.source
            && let Some(page) = self.cache.get(&url)
            && self.random.u8(..3) > 0
        {
            let seconds = (instant(self.clock) - page.at).num_seconds().max(1);
            let age = says_age.then(|| u64::try_from(seconds).unwrap());
            return Page { age, ..page.clone() };
        }
        let (moment, list) = self.state(url);
        let at = instant(self.clock);
        self.earliest = Some(self.earliest.map_or(moment, |earliest| earliest.min(moment)));
        let total_first = list.len();
        let limit = if self.server.is_pinned { self.server.cap } else { request.limit.min(self.server.cap) };
        let start = usize::try_from((request.number - 1).saturating_mul(u64::from(limit))).unwrap_or(usize::MAX);
        let shown = self.server.window.unwrap_or(usize::MAX).min(list.len());
        let rows: Vec<_> = list[..shown].iter().skip(start).take(limit as usize).cloned().collect();
        self.last_row = start.saturating_add(rows.len());
        let total = match self.server.totals {
            Totals::True => list.len() as u64,
            Totals::TotalFirst => self.torn_before(between, total_first),
            Totals::RowsFirst => {
                self.apply(between);
                self.list.len() as u64
            }
            Totals::Refreshed(every) => {
                if self.requests.is_multiple_of(every) {
                    self.counter = list.len() as u64;
                }
                self.counter
            }
            Totals::OffBy(by) => {
                let total = (list.len() as u64).checked_add_signed(by);
                self.is_cut_off |= total.is_none();
                total.unwrap_or(0)
            }
            Totals::Capped(cap) => (list.len() as u64).min(cap),
            Totals::Nonsense(seed) => {
                let mut random = fastrand::Rng::with_seed(seed ^ self.requests);
                match random.u8(..4) {
                    0 => 0,
                    1 => random.u64(..),
                    _ => random.u64(..200),
                }
            }
        };
        let stated = if self.server.states_cap { limit } else { request.limit };
        let page = Page {
            number: request.number,
            limit: stated,
            total: Some(total),
            rows,
            at,
            server_date: Some(at),
            age: None,
        };
        let page = match self.server.behind {
            Behind::NotThere if page.rows.is_empty() && request.number > 1 => Page::not_there(request, at, Some(at)),
            Behind::LastPage if page.rows.is_empty() && request.number > 1 => {
                let number = (shown as u64).div_ceil(u64::from(limit)).max(1);
                let start = usize::try_from((number - 1) * u64::from(limit)).unwrap();
                Page { number, rows: list[..shown].iter().skip(start).cloned().collect(), ..page }
            }
            _ => page,
        };
        self.cache.insert(url, page.clone());
        page
    }

    /// The total was counted, then this happened, and the rows are those from before it: what an observer sees is the same
    /// as a total of an earlier moment.
    fn torn_before(&mut self, _: &Event, total: usize) -> u64 {
        let earlier = self.states.len().checked_sub(2).and_then(|place| self.states.get(place));
        earlier.map_or(total, |(_, list)| list.len()) as u64
    }

    /// The list as the answer shows it, and the moment that this is of.
    fn state(&mut self, url: (u64, u32)) -> (DateTime<Utc>, Arc<Vec<Batch>>) {
        let newest = self.states.len() - 1;
        let place = match self.server.source {
            ListSource::Replicas { lag, by_url } => {
                let lags = if by_url { (url.0 + u64::from(url.1)) % 2 == 1 } else { self.random.bool() };
                if lags { newest.saturating_sub(lag) } else { newest }
            }
            _ => newest,
        };
        let (moment, list) = &self.states[place];
        (if place == newest { instant(self.clock) } else { instant(*moment) }, Arc::clone(list))
    }
}

fn population(list: &[Batch]) -> Population {
    list.iter().filter(|row| range().contains(&row.created_at)).map(|row| row.id.clone()).collect()
}
