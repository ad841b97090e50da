//! Whatever a proof says of the population is so, under what it supposes and nothing else.

use super::*;

/// Checks what a collection claims against what was so.
pub fn check(world: &World, collected: &Collected) -> Result<(), TestCaseError> {
    let Ok(proof) = &collected.proof else { return Ok(()) };
    let register = ids(collected);
    let by_id = !collected.observations.instants.is_empty() || collected.assurance == Assurance::WholeList;
    if proof.theorem() == Theorem::Counted || (by_id && world.reshuffled) {
        // Supposes more: that totals are true, or that rows keep their order.
        return Ok(());
    }
    let last = instant(world.clock);
    let earliest = world.earliest.unwrap_or(last);
    let (always, ever) = world.always_and_ever(earliest, last);
    let lost: Vec<_> = always.difference(&register).collect();
    prop_assert!(lost.is_empty(), "Theorem 1 ({:?}): left out {lost:?}", proof.theorem());
    let made_up: Vec<_> = register.difference(&ever).collect();
    prop_assert!(made_up.is_empty(), "never there: {made_up:?}");
    if world.server.source != ListSource::Fresh {
        return Ok(());
    }
    match proof.theorem() {
        Theorem::TwoReadings if !world.put_in.iter().any(|(_, id)| world.taken_out.contains(id)) => {
            for (at, population) in world.history.range(proof.at()..=proof.until()) {
                prop_assert_eq!(&register, population, "Theorem 2 at {}", at);
            }
        }
        Theorem::TiedOut => {
            let is_of_one_moment = matches!(world.server.totals, Totals::True | Totals::OffBy(_));
            // A batch put in at the very moment of the census is in it, or not: there are no two events in one moment.
            let later = world.put_in.iter().any(|(at, _)| *at > proof.at());
            if is_of_one_moment && !later && !world.is_cut_off {
                let (_, population) = world.history.range(..=proof.at()).next_back().unwrap();
                prop_assert_eq!(&register, population, "Theorem 3 at {}", proof.at());
            }
        }
        _ => {}
    }
    Ok(())
}

/// Why the laws do not hold, if there is a counterexample.
fn broken(options: Options, histories: impl Strategy<Value = History>, config: ProptestConfig) -> Option<String> {
    let held = TestRunner::new(config).run(&histories, |history| {
        let mut world = history.world();
        let options = Options { concurrency: history.concurrency, ..options };
        let collected = collect(&mut world, options, &history.events, history.order);
        check(&world, &collected)
    });
    held.err().map(|error| match error {
        TestError::Fail(why, history) => format!("{why}: {history:?}"),
        TestError::Abort(why) => panic!("{why}"),
    })
}

fn held(options: Options, histories: impl Strategy<Value = History>, config: ProptestConfig) {
    assert_eq!(broken(options, histories, config), None);
}

/// The same for the tests of mistakes.
pub fn broken_by(options: Options, allowed: Allowed, config: ProptestConfig) -> Option<String> {
    broken(options, histories(allowed, server(any_totals())), config)
}

#[test]
fn tied_out_is_sound_whatever_the_totals_say() {
    held(options(Assurance::TiedOut, 1, 16), histories(Allowed::Anything, server(any_totals())), cases(3_000));
}

#[test]
fn tied_out_is_exact_while_nothing_is_put_in_behind_the_census() {
    let totals = prop_oneof![Just(Totals::True), (-5_i64..6).prop_map(Totals::OffBy)];
    held(options(Assurance::TiedOut, 1, 16), histories(Allowed::Future, server(totals)), cases(3_000));
}

#[test]
fn double_read_is_sound_whatever_the_totals_say() {
    held(options(Assurance::DoubleRead, 1, 16), histories(Allowed::Anything, server(any_totals())), cases(3_000));
}

#[test]
fn whole_list_is_sound_whatever_the_totals_say() {
    held(options(Assurance::WholeList, 1, 16), histories(Allowed::Anything, server(any_totals())), cases(2_000));
}

#[test]
fn answers_of_earlier_moments_leave_nothing_out_that_was_there_all_along() {
    let source = prop_oneof![
        any::<bool>().prop_map(|says_age| ListSource::Cache { says_age }),
        (1_usize..12, any::<bool>()).prop_map(|(lag, by_url)| ListSource::Replicas { lag, by_url }),
    ];
    let server =
        (server(any_totals()).boxed(), source).prop_map(|(server, source)| Server { source, ..server }).boxed();
    for assurance in [Assurance::TiedOut, Assurance::DoubleRead] {
        held(options(assurance, 1, 16), histories(Allowed::Anything, server.clone()), cases(1_500));
    }
}

#[test]
fn small_caps_leave_nothing_out() {
    // Of a cap that is not stated it is supposed that it is 7 or more.
    let cap = |server: Server, cap: u32| if server.states_cap { cap } else { cap.max(7) };
    let server =
        (server(any_totals()), 1_u32..11).prop_map(move |(server, n)| Server { cap: cap(server.clone(), n), ..server });
    let server = server.boxed();
    for assurance in [Assurance::TiedOut, Assurance::WholeList] {
        held(options(assurance, 1, 16), histories(Allowed::Anything, server.clone()), cases(1_500));
    }
}

/// A list that the server shows only so far: what it shows is read, and that it ends inside the range is said.
#[test]
fn a_list_that_ends_at_a_cap_is_said_to_end_there() {
    let seconds: Vec<_> = (0..400).map(|n| 10 * DAY + n * 600).collect();
    for totals in [Totals::Capped(100), Totals::True] {
        let server = Server { window: Some(100), totals: totals.clone(), ..Server::default() };
        let mut world = World::new(seconds.clone(), server);
        let collected = collect(&mut world, options(Assurance::TiedOut, 4, 16), &[], 0);
        assert_eq!(collected.batches.len(), 100, "{totals:?}");
        assert_eq!(collected.observations.list_end.map(|(_, rows)| rows), Some(100), "{totals:?}");
        let differs = collected.observations.totals_differ;
        assert_eq!(differs, None, "the same total on both sides gives the same difference");
    }
}

/// Where pages cannot overlap, the totals are relied on, and said to be.
#[test]
fn a_pinned_limit_is_proven_by_the_count() {
    let seconds: Vec<_> = (0..120).map(|n| n * DAY / 4).collect();
    for assurance in [Assurance::TiedOut, Assurance::DoubleRead, Assurance::WholeList] {
        for cap in [1, 5, 7] {
            let mut world = World::new(seconds.clone(), Server { cap, is_pinned: true, ..Server::default() });
            let collected = collect(&mut world, options(assurance, 3, 16), &[], 0);
            let proof = collected.proof.as_ref().map(TieOut::theorem);
            assert_eq!(proof, Ok(Theorem::Counted), "{assurance} at {cap}");
            assert_eq!(collected.observations.counted, Some(Counted::PagesOfOneSize));
            assert_eq!(ids(&collected), world.population());
        }
    }
}

proptest! {
    #![proptest_config(cases(800))]

    /// When the changes stop, every assurance comes to a proof that is exact, whatever the totals say from then on.
    #[test]
    fn it_is_proven_once_the_list_is_quiet(history in histories(Allowed::Anything, server(any_totals()))) {
        for (assurance, changes) in [(Assurance::TiedOut, 70), (Assurance::DoubleRead, 70), (Assurance::WholeList, 6)] {
            let events = &history.events[..history.events.len().min(changes)];
            let mut world = history.world();
            let collected = collect(&mut world, options(assurance, history.concurrency, 16), events, history.order);
            let readings = collected.tally.readings;
            prop_assert!(collected.proof.is_ok(), "{assurance}: {:?}", collected.proof);
            let is_exact = collected.proof.as_ref().is_ok_and(|proof| proof.theorem().is_exact());
            // With caps as small as these there may be no other URL to ask, or, where as many rows are of one time, no way
            // through them that a second reading finds: then nothing was left out, which is stated, and not more.
            let observations = &collected.observations;
            let is_narrow = match &observations.not_exact {
                Some(NotExact::Repeated) => true,
                Some(NotExact::Failed { .. }) => !observations.instants.is_empty(),
                _ => false,
            };
            prop_assert!(is_exact || is_narrow, "{assurance}: {observations:?}");
            prop_assert!(readings <= 24, "{assurance}: {readings} readings");
        }
    }

    /// A total that is off for good is no reason to refuse, and is stated.
    #[test]
    fn a_total_that_is_off_is_stated(seconds in list(), cap in 0_u64..20) {
        let mut world = World::new(seconds, Server { totals: Totals::Capped(cap), ..Server::default() });
        let collected = collect(&mut world, options(Assurance::TiedOut, 4, 16), &[], 0);
        prop_assert!(collected.proof.as_ref().is_ok_and(|proof| proof.theorem().is_exact()));
        prop_assert_eq!(ids(&collected), world.population());
        // Where only a part of the list was read, its totals may fit what was seen.
        let is_seen = collected.tally.distinct > cap;
        prop_assert_eq!(is_seen, is_seen && collected.observations.contradicting_totals > 0);
    }

    /// No reading asks for a URL that the reading before it asked for.
    #[test]
    fn a_cache_that_hides_itself_is_not_asked_twice(seconds in prop::collection::vec(0_i64..30 * DAY, 0..200)) {
        let mut world = World::new(seconds, Server::default());
        let collected = collect(&mut world, options(Assurance::DoubleRead, 4, 16), &[], 0);
        prop_assert_eq!(collected.tally.readings, 2);
        let distinct: BTreeSet<_> = world.urls.iter().collect();
        prop_assert_eq!(distinct.len(), world.urls.len());
    }

    /// The order in which concurrent answers arrive changes nothing.
    #[test]
    fn the_order_of_arrival_changes_nothing(seconds in list(), concurrency in 1_usize..9, orders in any::<[u64; 2]>()) {
        let [one, other] = orders.map(|order| {
            let mut world = World::new(seconds.clone(), Server::default());
            let collected = collect(&mut world, options(Assurance::TiedOut, concurrency, 11), &[], order);
            let Collected { batches, newer, older, observations, proof, .. } = collected;
            (batches, newer, older, observations, proof.is_ok())
        });
        prop_assert_eq!(one, other);
    }
}
