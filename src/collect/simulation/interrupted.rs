//! The same laws where the collection is interrupted at any moment, and the list goes on moving meanwhile.

use super::*;

/// What a collector was told, in order.
#[derive(Debug)]
pub enum Told {
    Answer(u64, Page),
    Resumed,
}

/// A run, and all that a replay of it needs.
pub struct Run {
    pub collector: Collector,
    pub told: Vec<Told>,
}

/// An interruption after so many steps, what happens to the list until the collection is taken up, and how long that takes.
type Pause = (u8, Vec<Event>, i64);

/// Like [`collect`]. An interruption loses the requests and the answers under way; it can also come when a proof or a refusal
/// was there already.
pub fn run(world: &mut World, options: Options, events: &[Event], order: u64, pauses: &[Pause]) -> Run {
    let mut random = fastrand::Rng::with_seed(order);
    let (mut collector, mut told) = (Collector::new(range(), options), Vec::new());
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
            told.push(Told::Resumed);
            pause = pauses.next();
            left = pause.map_or(0, |pause| pause.0);
        }
        if collector.has_ended() && pause.is_none() {
            return Run { collector, told };
        }
        left = left.saturating_sub(1);
        asked.extend(collector.wanted());
        if !asked.is_empty() && (served.is_empty() || random.bool()) {
            let request = asked.swap_remove(random.usize(..asked.len()));
            events.next().into_iter().for_each(|event| world.apply(event));
            served.push((request.ticket, world.answer(request)));
        } else if !served.is_empty() {
            let (ticket, page): (u64, Page) = served.swap_remove(random.usize(..served.len()));
            told.push(Told::Answer(ticket, page.clone()));
            collector.answer(ticket, page);
        }
        assert!(world.requests < 20_000, "the collection does not end");
    }
}

fn pauses(allowed: Allowed) -> impl Strategy<Value = Vec<Pause>> {
    let meanwhile = prop::collection::vec(event(allowed), 0..6);
    prop::collection::vec((0_u8..40, meanwhile, 0..3 * DAY), 1..5)
}

type Interrupted = (History, Vec<Pause>);

fn sound(options: Options, allowed: Allowed, config: ProptestConfig) -> Result<(), TestError<Interrupted>> {
    let all = (histories(allowed), pauses(allowed));
    TestRunner::new(config).run(&all, |((seconds, events, cap, concurrency, order), pauses)| {
        let mut world = World::new(seconds, cap);
        let options = Options { concurrency, ..options };
        let collected = run(&mut world, options, &events, order, &pauses).collector.finish();
        if let Ok(proof) = &collected.proof {
            prop_assert_eq!(&ids(&collected), &world.history[&proof.at()], "at {}", proof.at());
        }
        Ok(())
    })
}

#[test]
fn interrupted_tied_out_is_sound_while_nothing_is_dated_before_the_end() {
    sound(options(Assurance::TiedOut, 1, 8), Allowed::Future, cases(8_000)).unwrap();
}

#[test]
fn interrupted_double_read_is_sound_while_nothing_is_dated_before_the_start() {
    sound(options(Assurance::DoubleRead, 1, 8), Allowed::InRange, cases(8_000)).unwrap();
}

#[test]
fn interrupted_whole_list_is_sound_whatever_happens() {
    sound(options(Assurance::WholeList, 1, 8), Allowed::All, cases(4_000)).unwrap();
}

#[test]
fn keeping_what_was_read_through_a_changed_census_is_found_unsound() {
    let mistaken = Options { mistake: Some(Mistake::KeptThroughChange), ..options(Assurance::TiedOut, 1, 8) };
    sound(mistaken, Allowed::Future, searching(40_000)).unwrap_err();
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// However often it is interrupted, it comes to its proof once the list is quiet.
    #[test]
    fn an_interrupted_collection_ties_out_once_the_list_is_quiet(
        (seconds, events, cap, concurrency, order) in histories(Allowed::All),
        pauses in pauses(Allowed::All),
    ) {
        for (assurance, changes) in [(Assurance::TiedOut, 24), (Assurance::DoubleRead, 22), (Assurance::WholeList, 6)] {
            let events = &events[..events.len().min(changes)];
            let mut world = World::new(seconds.clone(), cap);
            let run = run(&mut world, options(assurance, concurrency, 8), events, order, &pauses);
            let proof = run.collector.finish().proof;
            prop_assert!(proof.is_ok(), "{assurance}: {proof:?}");
        }
    }

    /// What the collector was told, told again in the same order, leads to the same end; so does evidence.
    #[test]
    fn the_same_answers_and_interruptions_lead_to_the_same_end(
        (seconds, events, cap, concurrency, order) in histories(Allowed::All),
        pauses in pauses(Allowed::All),
        whole in any::<bool>(),
    ) {
        let assurance = if whole { Assurance::WholeList } else { Assurance::TiedOut };
        let options = options(assurance, concurrency, 8);
        let mut world = World::new(seconds, cap);
        let run = run(&mut world, options, &events, order, &pauses);
        let mut again = Collector::new(range(), options);
        for told in run.told {
            again.wanted();
            match told {
                Told::Answer(ticket, page) => again.answer(ticket, page),
                Told::Resumed => again.resume(),
            }
        }
        prop_assert_eq!(format!("{:?}", again.finish()), format!("{:?}", run.collector.finish()));
    }

    /// On a quiet list an interruption in the reading costs the search for the end of the range, and nothing twice.
    #[test]
    fn an_interruption_costs_little(seconds in prop::collection::vec(11 * DAY..19 * DAY, 200..400), steps in 1_u8..80) {
        let undisturbed = {
            let mut world = World::new(seconds.clone(), 8);
            let collected = collect(&mut world, options(Assurance::TiedOut, 1, 8), &[], 0);
            (ids(&collected), world.requests)
        };
        let mut world = World::new(seconds, 8);
        let run = run(&mut world, options(Assurance::TiedOut, 1, 8), &[], 0, &[(steps, vec![], 60)]);
        let collected = run.collector.finish();
        prop_assert!(collected.proof.is_ok());
        prop_assert_eq!(ids(&collected), undisturbed.0);
        prop_assert!(world.requests <= undisturbed.1 + 8, "{} requests, {} undisturbed", world.requests, undisturbed.1);
    }
}
