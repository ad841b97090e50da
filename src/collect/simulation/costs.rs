//! What a collection costs, in requests.

use super::*;

/// The factor of the bound: windows overlap, and begin at multiples of their limit.
fn factor(limit: u32) -> f64 {
    match limit {
        80.. => 1.17,
        40.. => 1.27,
        _ => 1.5,
    }
}

fn most(rows: u64, all: u64, limit: u32, readings: f64) -> u64 {
    let pages = all.div_ceil(u64::from(limit)).max(1);
    let reading = factor(limit) * rows as f64 / f64::from(limit);
    // A second reading has to do without the windows of the first.
    (reading + (readings - 1.0) * reading * 1.06) as u64 + u64::from(pages.next_power_of_two().ilog2()) + 8
}

/// One batch a minute, a million of them: the quarter is read, not the list.
#[test]
fn a_quarter_of_a_million_batches_costs_its_own_pages() {
    const ALL: i64 = 1_000_000;
    let range = instant(60 * 400_000)..instant(60 * 524_487);
    for (assurance, readings) in [(Assurance::TiedOut, 1.0), (Assurance::DoubleRead, 2.0)] {
        let mut collector = Collector::new(range.clone(), options(assurance, 4, 100));
        let mut requests = 0;
        while !collector.has_ended() {
            for request in collector.wanted() {
                requests += 1;
                let start = i64::try_from((request.number - 1) * u64::from(request.limit)).unwrap();
                let places = start.min(ALL)..ALL.min(start + i64::from(request.limit));
                let rows =
                    places.map(|place| ALL - 1 - place).map(|number| batch(number as u64, 60 * number)).collect();
                let at = instant(60 * ALL + i64::try_from(requests).unwrap());
                let (number, limit, total) = (request.number, request.limit, Some(ALL as u64));
                collector
                    .answer(request.ticket, Page { number, limit, total, rows, at, server_date: Some(at), age: None });
            }
        }
        let collected = collector.finish();
        assert_eq!((collected.batches.len(), collected.proof.is_ok()), (124_487, true));
        let most = most(124_487, 1_000_000, 100, readings);
        assert!(requests <= most, "{assurance}: {requests} requests, at most {most}; the whole list has 10,000 pages");
    }
}

proptest! {
    #![proptest_config(cases(400))]

    /// A quiet list costs the windows of the range, a bisection, and a few.
    #[test]
    fn a_quiet_list_costs_little(seconds in prop::collection::hash_set(0_i64..30 * DAY, 0..2_500), limit in prop_oneof![Just(100_u32), Just(50), Just(20)], concurrency in 1_usize..5) {
        let seconds = seconds.into_iter().collect();
        let mut world = World::new(seconds, Server::default());
        let rows = world.population().len() as u64;
        for (assurance, readings) in [(Assurance::TiedOut, 1.0), (Assurance::DoubleRead, 2.0)] {
            world.requests = 0;
            let collected = collect(&mut world, options(assurance, concurrency, limit), &[], 0);
            prop_assert!(collected.proof.is_ok());
            prop_assert_eq!(ids(&collected), world.population());
            let most = most(rows, world.list.len() as u64, limit, readings);
            prop_assert!(world.requests <= most, "{assurance} at {limit}: {} requests, at most {most}", world.requests);
        }
    }

    /// New batches at the head never cost a reading.
    #[test]
    fn insertions_at_the_head_cost_no_reading(seconds in list(), inserts in prop::collection::vec(0_u8..4, 0..60)) {
        let events: Vec<_> = inserts.into_iter().map(Event::Insert).collect();
        let mut world = World::new(seconds, Server::default());
        let full = world.list.len() >= 16;
        let collected = collect(&mut world, options(Assurance::TiedOut, 1, 16), &events, 0);
        prop_assert!(collected.proof.is_ok());
        // Where no page was full at first, the limit in force is not known for certain, and no total is relied on: while such a list
        // grows past its first page, it is read a few times more.
        let readings = collected.tally.readings;
        prop_assert!(readings == 1 || !full, "{} readings, {} rows by now", readings, world.list.len());
    }
}

/// Batches of a period that has every batch of the workspace, two at each instant.
#[test]
fn the_smallest_lists_are_read_in_a_few_requests() {
    for count in 0..60_i64 {
        for each in [1, 2, 3, 7] {
            let seconds: Vec<_> = (0..count).map(|n| 10 * DAY + n / each * 3_600).collect();
            for assurance in [Assurance::TiedOut, Assurance::DoubleRead, Assurance::WholeList] {
                for limit in [16, 100] {
                    let mut world = World::new(seconds.clone(), Server::default());
                    let collected = collect(&mut world, options(assurance, 4, limit), &[], 0);
                    let proof = collected.proof.as_ref().map(|proof| proof.theorem().is_exact());
                    assert_eq!(proof, Ok(true), "{assurance}: {count} batches, {each} at a time, limit {limit}");
                    assert!(limit < 100 || world.requests <= 12, "{count}: {} requests", world.requests);
                }
            }
        }
    }
}
