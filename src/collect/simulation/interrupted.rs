//! The same laws where the collection is interrupted at any moment, and the list goes on moving meanwhile.

use super::*;

/// What a collector was handed, in order.
#[derive(Debug)]
pub enum Taken {
    Answer(u64, Page),
    Resumed,
}

/// A run, and all that a replay of it needs.
pub struct Run {
    pub collector: Collector,
    pub taken: Vec<Taken>,
}

/// An interruption after so many steps, what happens to the list until the collection is resumed, and how long that takes.
type Pause = (u8, Vec<Event>, i64);

/// Like [`collect`]. An interruption loses the requests and the answers under way; it can also come when a proof or a refusal
/// was there already.
pub fn run(world: &mut World, options: Options, events: &[Event], order: u64, pauses: &[Pause]) -> Run {
    let mut random = fastrand::Rng::with_seed(order);
    let (mut collector, mut taken) = (Collector::new(range(), options), Vec::new());
    let (mut events, mut pauses) = (events.iter(), pauses.iter());
    let (mut asked, mut served) = (Vec::new(), Vec::new());
    let mut pause = pauses.next();
    let mut left = pause.map_or(0, |pause| pause.0);
    loop {
        if let Some((_, meanwhile, seconds)) = pause.filter(|_| left == 0 || collector.has_ended()) {
            asked.clear();
            served.clear();
            meanwhile.iter().for_each(|event| world.apply(event));
            world.clock += seconds;
            collector.resume();
            taken.push(Taken::Resumed);
            pause = pauses.next();
            left = pause.map_or(0, |pause| pause.0);
        }
        if collector.has_ended() && pause.is_none() {
            return Run { collector, taken };
        }
        left = left.saturating_sub(1);
        asked.extend(collector.wanted());
        if !asked.is_empty() && (served.is_empty() || random.bool()) {
            let request = asked.swap_remove(random.usize(..asked.len()));
            events.next().into_iter().for_each(|event| world.apply(event));
            let between = events.as_slice().first().cloned().unwrap_or(Event::Nothing);
            served.push((request.ticket, world.answer(request, &between)));
        } else if !served.is_empty() {
            let (ticket, page): (u64, Page) = served.swap_remove(random.usize(..served.len()));
            taken.push(Taken::Answer(ticket, page.clone()));
            collector.answer(ticket, page);
        }
        assert!(world.requests < 20_000, "the collection does not end");
    }
}

fn pauses(allowed: Allowed) -> impl Strategy<Value = Vec<Pause>> {
    let meanwhile = prop::collection::vec(event(allowed), 0..6);
    prop::collection::vec((0_u8..40, meanwhile, 0..3 * DAY), 1..5)
}

fn sound(options: Options, allowed: Allowed, config: ProptestConfig) {
    let all = (histories(allowed, server(any_totals())), pauses(allowed));
    let held = TestRunner::new(config).run(&all, |(history, pauses)| {
        let mut world = history.world();
        let options = Options { concurrency: history.concurrency, ..options };
        let collected = run(&mut world, options, &history.events, history.order, &pauses).collector.finish();
        laws::check(&world, &collected)
    });
    held.unwrap();
}

#[test]
fn interrupted_tied_out_is_sound() {
    sound(options(Assurance::TiedOut, 1, 16), Allowed::Anything, cases(1_500));
    sound(options(Assurance::TiedOut, 1, 16), Allowed::Future, cases(1_500));
}

#[test]
fn interrupted_double_read_is_sound() {
    sound(options(Assurance::DoubleRead, 1, 16), Allowed::Anything, cases(1_500));
}

#[test]
fn interrupted_whole_list_is_sound() {
    sound(options(Assurance::WholeList, 1, 16), Allowed::Anything, cases(1_000));
}

proptest! {
    #![proptest_config(cases(500))]

    /// However often it is interrupted, it comes to its proof once the list is quiet.
    #[test]
    fn an_interrupted_collection_is_proven_once_the_list_is_quiet(
        history in histories(Allowed::Anything, server(any_totals())),
        pauses in pauses(Allowed::Anything),
    ) {
        for (assurance, changes) in [(Assurance::TiedOut, 70), (Assurance::DoubleRead, 70), (Assurance::WholeList, 6)] {
            let events = &history.events[..history.events.len().min(changes)];
            let mut world = history.world();
            let run = run(&mut world, options(assurance, history.concurrency, 16), events, history.order, &pauses);
            let proof = run.collector.finish().proof;
            prop_assert!(proof.is_ok(), "{assurance}: {proof:?}");
        }
    }

    /// What the collector was given, given again in the same order, leads to the same end; so does evidence.
    #[test]
    fn the_same_answers_and_interruptions_lead_to_the_same_end(
        history in histories(Allowed::Anything, server(any_totals())),
        pauses in pauses(Allowed::Anything),
        assurance in prop_oneof![Just(Assurance::TiedOut), Just(Assurance::DoubleRead), Just(Assurance::WholeList)],
    ) {
        let options = options(assurance, history.concurrency, 16);
        let mut world = history.world();
        let run = run(&mut world, options, &history.events, history.order, &pauses);
        let mut again = Collector::new(range(), options);
        for taken in run.taken {
            again.wanted();
            match taken {
                Taken::Answer(ticket, page) => again.answer(ticket, page),
                Taken::Resumed => again.resume(),
            }
        }
        prop_assert_eq!(format!("{:?}", again.finish()), format!("{:?}", run.collector.finish()));
    }

    /// Answers that are kept in another order than they were taken in lead to the same end.
    #[test]
    fn the_same_answers_in_another_order_lead_to_the_same_end(
        history in histories(Allowed::Anything, server(any_totals())),
        swaps in prop::collection::vec(any::<bool>(), 200),
        assurance in prop_oneof![Just(Assurance::TiedOut), Just(Assurance::DoubleRead), Just(Assurance::WholeList)],
    ) {
        let options = options(assurance, history.concurrency, 16);
        let mut world = history.world();
        let run = run(&mut world, options, &history.events, history.order, &[]);
        let mut again = Collector::new(range(), options);
        let mut answers: Vec<_> = run.taken.into_iter().filter_map(|taken| match taken {
            Taken::Answer(ticket, page) => Some((ticket, page)),
            Taken::Resumed => None,
        }).collect();
        let mut known = BTreeSet::new();
        for at in 0..answers.len() {
            known.extend(again.wanted().into_iter().chain(again.given_up()).map(|request| request.ticket));
            // Only what had been asked for by then can have come first.
            if swaps[at % swaps.len()] && answers.get(at + 1).is_some_and(|(ticket, _)| known.contains(ticket)) {
                answers.swap(at, at + 1);
            }
            let (ticket, page) = answers[at].clone();
            prop_assert!(known.contains(&ticket), "request {} was never made", ticket);
            again.answer(ticket, page);
        }
        prop_assert_eq!(format!("{:?}", again.finish()), format!("{:?}", run.collector.finish()));
    }

    /// On a quiet list an interruption in the reading costs the search for the place where it stopped, and nothing twice.
    #[test]
    fn an_interruption_costs_little(seconds in prop::collection::hash_set(11 * DAY..19 * DAY, 200..400), steps in 1_u8..80) {
        let seconds: Vec<_> = seconds.into_iter().collect();
        let undisturbed = {
            let mut world = World::new(seconds.clone(), Server { cap: 16, ..Server::default() });
            let collected = collect(&mut world, options(Assurance::TiedOut, 1, 16), &[], 0);
            (ids(&collected), world.requests)
        };
        let mut world = World::new(seconds, Server { cap: 16, ..Server::default() });
        let run = run(&mut world, options(Assurance::TiedOut, 1, 16), &[], 0, &[(steps, vec![], 60)]);
        let collected = run.collector.finish();
        prop_assert!(collected.proof.is_ok());
        prop_assert_eq!(ids(&collected), undisturbed.0);
        prop_assert!(world.requests <= undisturbed.1 + 8, "{} requests, {} undisturbed", world.requests, undisturbed.1);
    }
}
