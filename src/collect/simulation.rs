//! The laws of collecting, held against a simulated list that moves between and during readings.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestError, TestRunner};

use super::outcome::Mistake;
use super::*;
use crate::batch::{ApiForm, Batch, Status};

const DAY: i64 = 86_400;

fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_704_067_200 + seconds, 0).unwrap()
}

/// Days 10 to 20 of a list that begins at day 0 and is read at day 100.
fn range() -> Range<DateTime<Utc>> {
    instant(10 * DAY)..instant(20 * DAY)
}

fn batch(number: u64, seconds: i64) -> Batch {
    Batch {
        id: format!("b{number}").into(),
        name: None,
        status: Status::new("running"),
        created_at: instant(seconds),
        total_calls: Some(number),
        completed_calls: None,
        failed_calls: None,
        agent_id: None,
        form: ApiForm::Leads,
        extra: None,
    }
}

/// What happens to the list between two answers.
#[derive(Debug, Clone)]
enum Event {
    Nothing,
    /// New batches at the head.
    Insert(u8),
    /// A batch goes, wherever it is.
    Delete(prop::sample::Index),
    /// The batch on the same place relative to the last page read goes: deletions near the reader do the harm.
    DeleteNear(u8),
    /// A batch changes its status.
    Status(prop::sample::Index),
    /// Equal creation times come in another order.
    Reshuffle(u64),
    /// The server's cap on the limit changes.
    Cap(u32),
    /// A batch appears that is dated in the past: this many seconds after day 0.
    Past(i64),
}

/// Which events an assurance has to bear.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Allowed {
    /// Nothing is created dated before the end of the range.
    Future,
    /// Nothing is created dated before its start.
    InRange,
    /// Anything.
    All,
}

fn event(allowed: Allowed) -> BoxedStrategy<Event> {
    let earliest = match allowed {
        Allowed::Future => 20 * DAY,
        Allowed::InRange => 10 * DAY,
        Allowed::All => 0,
    };
    prop_oneof![
        6 => Just(Event::Nothing),
        3 => (1_u8..9).prop_map(Event::Insert),
        2 => any::<prop::sample::Index>().prop_map(Event::Delete),
        3 => (0_u8..12).prop_map(Event::DeleteNear),
        1 => any::<prop::sample::Index>().prop_map(Event::Status),
        3 => any::<u64>().prop_map(Event::Reshuffle),
        1 => (2_u32..9).prop_map(Event::Cap),
        2 => (earliest..21 * DAY).prop_map(Event::Past),
    ]
    .boxed()
}

/// A workspace and its server.
#[derive(Debug, Clone)]
struct World {
    list: Vec<Batch>,
    clock: i64,
    next: u64,
    cap: u32,
    last_row: usize,
    /// The population of the range at the moment of each answer.
    history: BTreeMap<DateTime<Utc>, BTreeSet<Box<str>>>,
    requests: u64,
}

impl World {
    /// Batches on these seconds after day 0, newest first.
    fn new(mut seconds: Vec<i64>, cap: u32) -> Self {
        seconds.sort_unstable_by(|a, b| b.cmp(a));
        let list: Vec<_> = seconds.iter().zip(0..).map(|(at, number)| batch(number, *at)).collect();
        let next = list.len() as u64;
        Self { list, clock: 100 * DAY, next, cap, last_row: 0, history: BTreeMap::new(), requests: 0 }
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Nothing => {}
            Event::Insert(count) => (0..*count).for_each(|_| self.insert(self.clock)),
            Event::Delete(index) if !self.list.is_empty() => drop(self.list.remove(index.index(self.list.len()))),
            Event::DeleteNear(back) => {
                let place = self.last_row.saturating_sub(usize::from(*back));
                if place < self.list.len() {
                    self.list.remove(place);
                }
            }
            Event::Status(index) if !self.list.is_empty() => {
                let place = index.index(self.list.len());
                self.list[place].status = Status::new("completed");
            }
            Event::Delete(_) | Event::Status(_) => {}
            Event::Reshuffle(seed) => {
                let mut random = fastrand::Rng::with_seed(*seed);
                random.shuffle(&mut self.list);
                self.list.sort_by_key(|row| std::cmp::Reverse(row.created_at));
            }
            Event::Cap(cap) => self.cap = *cap,
            Event::Past(seconds) => self.insert(*seconds),
        }
    }

    fn insert(&mut self, seconds: i64) {
        let new = batch(self.next, seconds);
        self.next += 1;
        let place = self.list.partition_point(|row| row.created_at > new.created_at);
        self.list.insert(place, new);
    }

    fn population(&self) -> BTreeSet<Box<str>> {
        let inside = self.list.iter().filter(|row| range().contains(&row.created_at));
        inside.map(|row| row.id.clone()).collect()
    }

    fn answer(&mut self, request: PageRequest) -> Page {
        self.requests += 1;
        self.clock += 1;
        self.history.insert(instant(self.clock), self.population());
        let limit = request.limit.min(self.cap);
        let start = usize::try_from((request.number - 1) * u64::from(limit)).unwrap();
        let rows: Vec<_> = self.list.iter().skip(start).take(limit as usize).cloned().collect();
        self.last_row = start + rows.len();
        let at = instant(self.clock);
        Page { number: request.number, limit, total: self.list.len() as u64, rows, at, server_date: Some(at) }
    }
}

/// Runs a collection; `events` happen one before each answer, then the list is quiet. `order` picks which of the requests
/// under way the server serves next, and which answer arrives next.
fn collect(world: &mut World, options: Options, events: &[Event], order: u64) -> Collected {
    interrupted::run(world, options, events, order, &[]).collector.finish()
}

mod absurd;
mod interrupted;

fn ids(collected: &Collected) -> BTreeSet<Box<str>> {
    collected.batches.iter().map(|batch| batch.id.clone()).collect()
}

/// Lists with many equal creation times, in and around the range.
fn list() -> impl Strategy<Value = Vec<i64>> {
    let seconds = prop_oneof![
        3 => (0_i64..30).prop_map(|day| day * DAY),
        2 => 0_i64..30 * DAY,
        1 => Just(10 * DAY), 1 => Just(20 * DAY), 1 => Just(15 * DAY),
    ];
    prop::collection::vec(seconds, 0..60)
}

fn options(assurance: Assurance, concurrency: usize, limit: u32) -> Options {
    Options::new(assurance, concurrency, limit)
}

fn cases(count: u32) -> ProptestConfig {
    // The environment can ask for more.
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    // Seeds of failures are kept in proptest-regressions, to be tried first from then on.
    let source_file = Some(file!());
    ProptestConfig { cases: asked.unwrap_or(0).max(count), source_file, ..ProptestConfig::default() }
}

/// Looking for a counterexample that must be there is no failure to remember.
fn searching(count: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..cases(count) }
}

type History = (Vec<i64>, Vec<Event>, u32, usize, u64);

fn histories(allowed: Allowed) -> impl Strategy<Value = History> {
    (list(), prop::collection::vec(event(allowed), 0..60), 2_u32..9, 1_usize..5, any::<u64>())
}

/// Whenever it ends in a proof, the ids are exactly the population at the moment that it names.
fn is_sound(options: Options, (seconds, events, cap, concurrency, order): History) -> Result<(), TestCaseError> {
    let mut world = World::new(seconds, cap);
    let collected = collect(&mut world, Options { concurrency, ..options }, &events, order);
    if let Ok(proof) = &collected.proof {
        let population = &world.history[&proof.at()];
        prop_assert_eq!(&ids(&collected), population, "at {}", proof.at());
    }
    Ok(())
}

fn sound(options: Options, allowed: Allowed, config: ProptestConfig) -> Result<(), TestError<History>> {
    TestRunner::new(config).run(&histories(allowed), |history| is_sound(options, history))
}

#[test]
fn tied_out_is_sound_while_nothing_is_dated_before_the_end() {
    sound(options(Assurance::TiedOut, 1, 8), Allowed::Future, cases(8_000)).unwrap();
}

#[test]
fn double_read_is_sound_while_nothing_is_dated_before_the_start() {
    sound(options(Assurance::DoubleRead, 1, 8), Allowed::InRange, cases(8_000)).unwrap();
}

#[test]
fn whole_list_is_sound_whatever_happens() {
    sound(options(Assurance::WholeList, 1, 8), Allowed::All, cases(4_000)).unwrap();
}

#[test]
fn a_census_after_the_reading_is_found_unsound() {
    let mistaken = Options { mistake: Some(Mistake::CensusAfterReading), ..options(Assurance::TiedOut, 1, 8) };
    sound(mistaken, Allowed::Future, searching(40_000)).unwrap_err();
}

#[test]
fn counting_rows_is_found_unsound() {
    let mistaken = Options { mistake: Some(Mistake::RowsCounted), ..options(Assurance::TiedOut, 1, 8) };
    sound(mistaken, Allowed::Future, searching(40_000)).unwrap_err();
}

#[test]
fn tied_out_is_found_unsound_under_past_dated_batches() {
    sound(options(Assurance::TiedOut, 1, 8), Allowed::InRange, searching(40_000)).unwrap_err();
}

/// One batch a minute, a million of them: the quarter is read, not the list.
#[test]
fn a_quarter_of_a_million_batches_costs_its_own_pages() {
    const ALL: i64 = 1_000_000;
    let range = instant(60 * 400_000)..instant(60 * 524_487);
    let mut collector = Collector::new(range, options(Assurance::TiedOut, 1, 100));
    let mut requests = 0;
    while !collector.has_ended() {
        for request in collector.wanted() {
            requests += 1;
            let start = i64::try_from((request.number - 1) * u64::from(request.limit)).unwrap();
            let places = start..ALL.min(start + i64::from(request.limit));
            let rows = places.map(|place| ALL - 1 - place).map(|number| batch(number as u64, 60 * number)).collect();
            let at = instant(60 * ALL + requests);
            let total = ALL as u64;
            let page = Page { number: request.number, limit: request.limit, total, rows, at, server_date: Some(at) };
            collector.answer(request.ticket, page);
        }
    }
    let collected = collector.finish();
    assert_eq!((collected.batches.len(), collected.proof.is_ok()), (124_487, true));
    assert!(requests <= 1_245 + 14 + 6, "{requests} requests; the whole list has 10,000 pages");
}

proptest! {
    #![proptest_config(cases(3_000))]

    /// When the changes stop, every assurance comes to its proof, and soon.
    #[test]
    fn it_ties_out_once_the_list_is_quiet((seconds, events, cap, concurrency, order) in histories(Allowed::All)) {
        // A whole list is read 8 times at most, a range 24 times; a reading can be a single answer.
        for (assurance, changes) in [(Assurance::TiedOut, 24), (Assurance::DoubleRead, 22), (Assurance::WholeList, 6)] {
            let events = &events[..events.len().min(changes)];
            let mut world = World::new(seconds.clone(), cap);
            let collected = collect(&mut world, options(assurance, concurrency, 8), events, order);
            let readings = collected.tally.readings;
            prop_assert!(collected.proof.is_ok(), "{assurance}: {:?}", collected.proof);
            prop_assert!(readings <= 24, "{assurance}: {readings} readings");
        }
    }

    /// New batches at the head never cost a reading, nor more than the pages that they fill.
    #[test]
    fn insertions_at_the_head_cost_no_reading(seconds in list(), inserts in prop::collection::vec(0_u8..4, 0..60)) {
        let events: Vec<_> = inserts.into_iter().map(Event::Insert).collect();
        let mut world = World::new(seconds, 8);
        let collected = collect(&mut world, options(Assurance::TiedOut, 1, 8), &events, 0);
        prop_assert!(collected.proof.is_ok());
        prop_assert_eq!(collected.tally.readings, 1);
    }

    /// A quiet list costs the pages of the range, a bisection, and a few.
    #[test]
    fn a_quiet_list_costs_little(seconds in prop::collection::vec(0_i64..30 * DAY, 0..2_000), limit in 3_u32..101) {
        let mut world = World::new(seconds, 100);
        let rows = world.population().len() as u64;
        let pages = (world.list.len() as u64).div_ceil(u64::from(limit)).max(1);
        let collected = collect(&mut world, options(Assurance::TiedOut, 1, limit), &[], 0);
        let most = rows.div_ceil(u64::from(limit)) + u64::from(pages.next_power_of_two().ilog2()) + 6;
        prop_assert!(collected.proof.is_ok());
        prop_assert_eq!(ids(&collected), world.population());
        prop_assert!(world.requests <= most, "{} requests, at most {most}", world.requests);
    }

    /// The order in which concurrent answers arrive changes nothing.
    #[test]
    fn the_order_of_arrival_changes_nothing(seconds in list(), concurrency in 1_usize..9, orders in any::<[u64; 2]>()) {
        let [one, other] = orders.map(|order| {
            let mut world = World::new(seconds.clone(), 7);
            let collected = collect(&mut world, options(Assurance::TiedOut, concurrency, 7), &[], order);
            (collected.batches, collected.tally, collected.newer, collected.older, collected.proof.is_ok())
        });
        prop_assert_eq!(one, other);
    }
}
