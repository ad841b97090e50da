//! The laws of collecting, held against a simulated list that moves between and during readings, and against servers that
//! keep no more than real ones do.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestError, TestRunner};

use super::outcome::Mistake;
use super::*;
use crate::batch::Batch;

mod absurd;
mod costs;
mod interrupted;
mod laws;
mod lists;
mod mutants;
mod server;

use lists::{DAY, batch, event, instant, list, range};
use server::{Allowed, Behind, Event, ListSource, Server, Totals, World};

/// Runs a collection; `events` happen one before each answer, then the list is quiet. `order` picks which of the requests
/// under way the server serves next, and which answer arrives next.
fn collect(world: &mut World, options: Options, events: &[Event], order: u64) -> Collected {
    interrupted::run(world, options, events, order, &[]).collector.finish()
}

fn ids(collected: &Collected) -> BTreeSet<Box<str>> {
    collected.batches.iter().map(|batch| batch.id.clone()).collect()
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
    ProptestConfig { failure_persistence: None, max_shrink_iters: 0, ..cases(count) }
}

/// What happens in one run.
#[derive(Debug, Clone)]
struct History {
    seconds: Vec<i64>,
    events: Vec<Event>,
    concurrency: usize,
    order: u64,
    server: Server,
}

impl History {
    fn world(&self) -> World {
        World::new(self.seconds.clone(), self.server.clone())
    }
}

fn histories(allowed: Allowed, server: impl Strategy<Value = Server>) -> impl Strategy<Value = History> {
    let events = prop::collection::vec(event(allowed), 0..70);
    (list(), events, 1_usize..5, any::<u64>(), server).prop_map(|(seconds, events, concurrency, order, server)| {
        History { seconds, events, concurrency, order, server }
    })
}

/// Any server whose answers are of the moment at which they are made.
fn server(totals: impl Strategy<Value = Totals>) -> impl Strategy<Value = Server> {
    let behind = prop_oneof![Just(Behind::Empty), Just(Behind::NotThere), Just(Behind::LastPage)];
    (11_u32..17, any::<bool>(), behind, totals).prop_map(|(cap, states_cap, behind, totals)| Server {
        cap,
        states_cap,
        behind,
        totals,
        ..Server::default()
    })
}

fn any_totals() -> impl Strategy<Value = Totals> {
    prop_oneof![
        2 => Just(Totals::True),
        1 => Just(Totals::RowsFirst),
        1 => Just(Totals::TotalFirst),
        1 => (2_u64..30).prop_map(Totals::Refreshed),
        1 => (-5_i64..6).prop_map(Totals::OffBy),
        1 => (0_u64..60).prop_map(Totals::Capped),
        1 => any::<u64>().prop_map(Totals::Nonsense),
    ]
}
