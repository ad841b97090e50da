//! Pacing against simulated servers: what they refuse is what a user waits for.

use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;

fn answer(limit: u64, remaining: u64, reset: u64) -> Exchange {
    let texts = [limit, remaining, reset].map(|figure| figure.to_string());
    let headers =
        [("x-ratelimit-limit", &*texts[0]), ("x-ratelimit-remaining", &*texts[1]), ("x-ratelimit-reset", &*texts[2])];
    Exchange::answered(200, &headers)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn nothing_is_sent_once_the_limit_is_used_up() {
    let (pace, now) = (Pace::default(), Instant::now());
    pace.turn(now).unwrap().note(&answer(3, 2, 60), now);
    pace.turn(now).unwrap().note(&answer(3, 1, 60), now);
    pace.turn(now).unwrap().note(&answer(3, 0, 60), now);
    assert_eq!(pace.turn(now).err(), Some(Hold::For(seconds(60))));
    assert!(pace.turn(now + seconds(60)).is_ok());
}

#[test]
fn requests_under_way_use_up_their_part_until_they_are_answered() {
    let (pace, now) = (Pace::default(), Instant::now());
    pace.turn(now).unwrap().note(&answer(9, 4, 10), now);
    let mut turns: Vec<_> = (0..4).map(|_| pace.turn(now).unwrap()).collect();
    assert_eq!(pace.turn(now).err(), Some(Hold::Answer));
    // Answered, and counted in what another answer said already.
    turns.remove(3).note(&answer(9, 1, 10), now);
    turns.remove(0).note(&answer(9, 3, 10), now);
    assert_eq!(pace.turn(now).err(), Some(Hold::Answer));
    drop(turns);
    assert!(pace.turn(now).is_ok());
}

#[test]
fn an_answer_that_was_overtaken_raises_nothing() {
    let (pace, now) = (Pace::default(), Instant::now());
    pace.turn(now).unwrap().note(&answer(5, 4, 10), now);
    let [one, two] = [pace.turn(now).unwrap(), pace.turn(now).unwrap()];
    two.note(&answer(5, 0, 10), now);
    one.note(&answer(5, 3, 10), now);
    assert_eq!(pace.turn(now).err(), Some(Hold::For(seconds(10))));
}

#[test]
fn before_the_first_answer_one_request_asks_and_where_none_speaks_of_a_limit_all_go() {
    let (pace, now) = (Pace::default(), Instant::now());
    let first = pace.turn(now).unwrap();
    assert_eq!(pace.turn(now).err(), Some(Hold::Answer));
    first.note(&Exchange::answered(200, &[]), now);
    let turns: Vec<_> = (0..16).map(|_| pace.turn(now).unwrap()).collect();
    assert_eq!(turns.len(), 16);
}

#[test]
fn a_short_stop_does_not_end_a_long_one() {
    let (pace, now) = (Pace::default(), Instant::now());
    pace.stop(seconds(20), now);
    pace.stop(seconds(1), now);
    assert_eq!(pace.turn(now).err(), Some(Hold::For(seconds(20))));
    assert!(pace.turn(now + seconds(20)).is_ok());
}

#[test]
fn of_a_server_that_rounds_down_the_first_refusal_is_the_only_one() {
    let (pace, start) = (Pace::default(), Instant::now());
    pace.turn(start).unwrap().note(&answer(1, 0, 59), start);
    let early = start + seconds(59);
    drop(pace.turn(early).unwrap());
    pace.stop(seconds(1), early);
    pace.turn(early + seconds(1)).unwrap().note(&answer(1, 0, 59), early + seconds(1));
    assert_eq!(pace.turn(early + seconds(1)).err(), Some(Hold::For(seconds(60))));
}

/// How a server counts its windows.
#[derive(Debug, Clone, Copy)]
enum Windows {
    /// Each begins with the first request after the end of the one before.
    OnDemand,
    /// Each begins at a whole multiple of its length.
    ByTheClock,
}

#[derive(Debug, Clone, Copy)]
struct Server {
    limit: u64,
    window: u64,
    windows: Windows,
    /// Whether it always reports the length of the window, in the place of what is left of it.
    is_constant: bool,
}

/// Milliseconds since the start.
type At = u64;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrives(usize),
    Answered(usize),
    Free(usize),
}

/// What came of it.
#[derive(Debug, Default)]
struct Outcome {
    refused: u64,
    served: u64,
}

/// So many requests at once over `seconds`, each on its way for some of `ways` milliseconds, there and back.
fn simulate(server: Server, concurrency: usize, seconds: u64, ways: &[u64]) -> Outcome {
    let (pace, start) = (Pace::default(), Instant::now());
    let instant = |at: At| start + Duration::from_millis(at);
    let (mut events, mut way) = (BinaryHeap::new(), ways.iter().copied().cycle());
    let mut turns: Vec<Option<Turn<'_>>> = (0..concurrency).map(|_| None).collect();
    let mut answers: Vec<Option<Exchange>> = (0..concurrency).map(|_| None).collect();
    let (mut began, mut used, mut outcome): (Option<At>, u64, _) = (None, 0, Outcome::default());
    let at = std::cmp::Reverse::<(At, Event)>;
    (0..concurrency).for_each(|slot| events.push(at((0, Event::Free(slot)))));
    let mut waiting: Vec<usize> = Vec::new();
    while let Some(std::cmp::Reverse((now, event))) = events.pop() {
        if now > seconds * 1_000 {
            break;
        }
        match event {
            Event::Free(slot) => match pace.turn(instant(now)) {
                Ok(turn) => {
                    turns[slot] = Some(turn);
                    events.push(at((now + way.next().unwrap(), Event::Arrives(slot))));
                }
                Err(Hold::For(wait)) => {
                    events.push(at((now + wait.as_millis() as u64 + 1, Event::Free(slot))));
                }
                Err(Hold::Answer) => waiting.push(slot),
            },
            Event::Arrives(slot) => {
                let length = server.window * 1_000;
                let current = match server.windows {
                    Windows::OnDemand => began.filter(|began| now < began + length).unwrap_or(now),
                    Windows::ByTheClock => now / length * length,
                };
                if began != Some(current) {
                    (began, used) = (Some(current), 0);
                }
                let is_served = used < server.limit;
                used += u64::from(is_served);
                outcome.served += u64::from(is_served);
                outcome.refused += u64::from(!is_served);
                let left = (current + length - now).div_ceil(1_000).max(1);
                let reset = if server.is_constant { server.window } else { left };
                answers[slot] = Some(answer(server.limit, server.limit - used, reset));
                events.push(at((now + way.next().unwrap(), Event::Answered(slot))));
            }
            Event::Answered(slot) => {
                let (turn, answer) = (turns[slot].take().unwrap(), answers[slot].take().unwrap());
                turn.note(&answer, instant(now));
                for slot in waiting.drain(..).chain([slot]) {
                    events.push(at((now, Event::Free(slot))));
                }
            }
        }
    }
    outcome
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn no_request_is_refused_and_no_time_is_lost(
        limit in 1_u64..200,
        long: bool,
        by_the_clock: bool,
        is_constant: bool,
        concurrency in prop_oneof![Just(1_usize), Just(4), Just(16)],
        ways in proptest::collection::vec(1_u64..120, 1..40),
    ) {
        let window = if long { 60 } else { 1 };
        let windows = if by_the_clock { Windows::ByTheClock } else { Windows::OnDemand };
        let server = Server { limit, window, windows, is_constant };
        let time = window * 10;
        let outcome = simulate(server, concurrency, time, &ways);
        prop_assert_eq!(outcome.refused, 0, "{:?}", outcome);
        // What the limit and the way allow; the second of an end that is rounded up is lost, and so is a window that ends before it
        // was said to.
        let mean = ways.iter().sum::<u64>() / ways.len() as u64 + 1;
        let by_way = time * 1_000 * concurrency as u64 / (2 * mean);
        let by_limit = limit * 10;
        let least = by_way.min(by_limit) * if window == 60 && !(is_constant && by_the_clock) { 85 } else { 35 } / 100;
        prop_assert!(outcome.served + 2 * concurrency as u64 >= least, "{:?} of {} at least", outcome, least);
    }
}
