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
    // The end of the range is found by bisecting, or by three times four windows.
    (reading + (readings - 1.0) * reading * 1.06) as u64 + u64::from(pages.next_power_of_two().ilog2()).max(12) + 8
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

    /// A quiet list costs the windows of the range, a search for its end, and a few.
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

/// How many times requests had to be waited for until an answer showed both sides of `end`, after the first page: of a list of `all`
/// batches, of which the one at a place, the newest first, is of the second that `at` gives.
fn rounds(all: u64, at: impl Fn(u64) -> i64, end: i64, search: Search, concurrency: usize) -> u32 {
    let options = Options { search, ..options(Assurance::TiedOut, concurrency, 100) };
    let mut collector = Collector::new(instant(end - 1)..instant(end), options);
    let mut rounds = 0;
    loop {
        let mut found = false;
        for request in collector.wanted() {
            let start = (request.number - 1).saturating_mul(u64::from(request.limit)).min(all);
            let places = start..all.min(start + u64::from(request.limit));
            let rows: Vec<_> = places.map(|place| batch(all - 1 - place, at(place))).collect();
            let is_newer = |row: &Batch| row.created_at >= instant(end);
            found |= rows.first().is_none_or(is_newer) && !rows.last().is_some_and(is_newer)
                || request.number == 1 && !rows.first().is_some_and(is_newer);
            let (number, limit, total, now) =
                (request.number, request.limit, Some(all), Some(instant(i64::from(u32::MAX))));
            let page = Page { number, limit, total, rows, at: now.unwrap(), server_date: now, age: None };
            collector.answer(request.ticket, page);
        }
        if found || collector.has_ended() {
            return rounds;
        }
        rounds += 1;
    }
}

proptest! {
    #![proptest_config(cases(60))]

    /// Batches that were made evenly: the end of the range is found in three rounds, whatever the list's length.
    #[test]
    fn in_an_even_list_the_end_is_found_in_three_rounds(all in 1_u64..3_000_000, end in 0.0..1.0_f64, jitter in 0_u64..60) {
        let at = |place: u64| 60 * (all - place) as i64 - (place.wrapping_mul(0x9e37_79b9) % (jitter + 1)) as i64;
        let end = (end * 60.0 * all as f64) as i64 + 1;
        let taken = rounds(all, at, end, Search::Probing, 4);
        prop_assert!(taken <= 3, "{taken} rounds");
    }

    /// However unevenly: what is left is halved by each round, as by bisecting.
    #[test]
    fn in_a_skewed_list_no_more_rounds_than_bisecting_may_take(all in 1_u64..3_000_000, end in 0.0..1.0_f64, power in -4.0..4.0_f64, bursts in prop::bool::ANY, concurrency in 2_usize..20) {
        let at = |place: u64| {
            let place = if bursts { place / 500 * 500 } else { place };
            ((1.0 - place as f64 / all as f64).powf(2.0_f64.powf(power * 2.0)) * 1e9) as i64
        };
        let end = (end * 1e9) as i64 + 1;
        let most = (all as f64 / 50.0).max(1.0).log2().ceil() as u32 + 2;
        let taken = rounds(all, at, end, Search::Probing, concurrency);
        prop_assert!(taken <= most, "{taken} rounds, {most} at most; bisecting takes {}", rounds(all, at, end, Search::Bisecting, 1));
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
