//! Rounds over a list that grows, ends and loses batches.

use proptest::prelude::*;

use super::*;
use crate::batch::{ApiForm, Status};

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

fn batch(number: usize, created: i64, status: &str) -> Batch {
    Batch {
        id: format!("b{number:03}").into(),
        name: None,
        status: Status::new(status),
        created_at: at(created),
        total_calls: None,
        completed_calls: None,
        failed_calls: None,
        agent_id: None,
        form: ApiForm::Leads,
        extra: None,
    }
}

const OVERLAP: TimeDelta = TimeDelta::seconds(10);

/// What a reading of the state's ranges shows at a moment. It is exact, but for what is dated within the overlap: there a
/// batch is missed where `misses` says so.
fn read(state: &State, list: &[Batch], now: i64, mut misses: impl FnMut() -> bool) -> Vec<Observed> {
    let cut = |range: Range<DateTime<Utc>>| range.start..range.end.min(at(now));
    let ranges = state.ranges(at(now), OVERLAP).into_iter().map(cut).filter(|range| range.start < range.end);
    let within = |range: Range<DateTime<Utc>>| {
        let mut seen =
            |batch: &&Batch| range.contains(&batch.created_at) && !(batch.created_at >= at(now) - OVERLAP && misses());
        Observed { batches: list.iter().filter(|batch| seen(batch)).cloned().collect(), range: range.clone() }
    };
    ranges.map(within).collect()
}

/// One exact round.
fn round(state: &mut State, list: &[Batch], now: i64, fails: impl FnMut(&Event) -> bool) -> Vec<String> {
    round_of(false, state, list, now, fails)
}

/// One round in which everything is reported, but what `fails`.
fn round_of(
    missing: bool,
    state: &mut State,
    list: &[Batch],
    now: i64,
    mut fails: impl FnMut(&Event) -> bool,
) -> Vec<String> {
    let mut count = now;
    let misses = || {
        count += 1;
        missing && count % 3 == 0
    };
    let (next, events) = state.after(&read(state, list, now, misses), at(now), OVERLAP);
    *state = next;
    let reported = events.iter().filter(|event| !fails(event));
    reported
        .map(|event| {
            state.reported(&event.batch_id, event.event);
            event.event_id.clone()
        })
        .collect()
}

#[test]
fn a_batch_that_is_final_after_a_year_is_reported_and_only_its_instant_is_read_until_then() {
    let mut state = State::new("x".to_owned(), at(0));
    let mut list = vec![batch(1, 5, "processing"), batch(2, 5, "completed")];
    assert_eq!(round(&mut state, &list, 20, |_| false), ["b001:new", "b002:final"]);
    let year = 365 * 86_400;
    list.push(batch(3, year - 20, "completed"));
    assert_eq!(round(&mut state, &list, year - 1, |_| false), ["b003:final"]);
    assert_eq!(round(&mut state, &list, year, |_| false), Vec::<String>::new());
    assert_eq!(state.known.len(), 2, "{state:?}");
    assert_eq!(state.ranges(at(year), OVERLAP)[2..], [at(5)..at(5) + TimeDelta::nanoseconds(1)]);
    list[0].status = Status::new("failed");
    assert_eq!(round(&mut state, &list, year + 60, |_| false), ["b001:final"]);
    assert_eq!(round(&mut state, &list, year + 90, |_| false), Vec::<String>::new());
    assert_eq!((state.known.len(), state.ranges(at(year + 91), OVERLAP).len()), (1, 2));
}

#[test]
fn a_batch_that_vanishes_before_its_end_is_reported_gone_once() {
    let mut state = State::new("x".to_owned(), at(0));
    let mut list = vec![batch(1, 5, "processing"), batch(2, 6, "completed")];
    round(&mut state, &list, 8, |_| false);
    list.clear();
    assert_eq!(round(&mut state, &list, 15, |_| false), Vec::<String>::new(), "what is not settled may only be missed");
    assert_eq!(round(&mut state, &list, 16, |_| false), ["b001:gone"]);
    assert_eq!(round(&mut state, &list, 99, |_| false), Vec::<String>::new());
}

#[test]
fn what_is_older_than_the_beginning_is_never_reported() {
    let mut state = State::new("x".to_owned(), at(100));
    let mut list = vec![batch(1, 99, "processing"), batch(2, 100, "queued")];
    assert_eq!(round(&mut state, &list, 110, |_| false), ["b002:new"]);
    list[0].status = Status::new("completed");
    assert_eq!(round(&mut state, &list, 500, |_| false), Vec::<String>::new());
}

proptest! {
    /// Batches come up to 10 seconds late, many at one instant, end when they like, and notifying fails by chance.
    #[test]
    fn every_batch_is_reported_new_or_final_exactly_once_and_in_the_end_final(
        births in prop::collection::vec((0i64..400, 0i64..=10, 0i64..2_000), 1..60),
        rounds in prop::collection::vec(1i64..90, 1..40),
        failing in prop::collection::vec(any::<bool>(), 64),
    ) {
        let list = |now: i64| -> Vec<Batch> {
            let there = births.iter().enumerate().filter(|(_, (created, late, _))| created + late <= now);
            there.map(|(n, (created, _, life))| {
                batch(n, *created, if created + life <= now { "completed" } else { "processing" })
            }).collect()
        };
        let mut state = State::new("x".to_owned(), at(0));
        let (mut now, mut reported, mut count) = (0, Vec::new(), 0usize);
        let last = [5_000, 5_001, 5_002];
        for step in rounds {
            now += step;
            reported.extend(round_of(true, &mut state, &list(now), now, |_| { count += 1; failing[count % failing.len()] }));
        }
        for now in last {
            reported.extend(round(&mut state, &list(now), now, |_| false));
        }
        let distinct: BTreeSet<_> = reported.iter().collect();
        prop_assert_eq!(distinct.len(), reported.len(), "reported twice: {:?}", reported);
        for number in 0..births.len() {
            prop_assert!(distinct.contains(&format!("b{number:03}:final")), "b{number:03} was missed: {reported:?}");
        }
        prop_assert!(state.known.values().all(|known| known.created_at >= state.floor));
    }
}
