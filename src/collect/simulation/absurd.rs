//! Answers that no list gives: evidence can be made up, and a server can lie.

use super::*;

fn figure() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0_u64..40, 1 => Just(u64::MAX), 1 => Just(u64::MAX - 1), 1 => any::<u64>(), 1 => Just(1 << 32)]
}

/// A page that may be consistent with itself or not; the number is the one asked for, or any.
fn page() -> impl Strategy<Value = (Option<u64>, u32, u64, Vec<i64>)> {
    let limit = prop_oneof![4 => 1_u32..4, 1 => Just(8_u32), 1 => Just(u32::MAX)];
    (proptest::option::weighted(0.05, figure()), limit, figure(), prop::collection::vec(0_i64..30 * DAY, 0..5))
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn any_answers_are_taken_or_refused(
        pages in prop::collection::vec(page(), 1..120),
        assurance in prop_oneof![Just(Assurance::TiedOut), Just(Assurance::DoubleRead), Just(Assurance::WholeList)],
        sorted in any::<bool>(),
    ) {
        let mut collector = Collector::new(range(), options(assurance, 3, 3));
        let (mut born, mut asked) = (0, BTreeMap::new());
        for (place, (number, limit, total, mut seconds)) in pages.into_iter().enumerate() {
            asked.extend(collector.wanted().into_iter().map(|request| (request.ticket, request.number)));
            let Some(ticket) = collector.next_wanted() else { collector.resume(); continue };
            let number = number.unwrap_or(asked[&ticket]);
            let start = number.saturating_sub(1).saturating_mul(u64::from(limit));
            let room = total.saturating_sub(start).min(u64::from(limit));
            if room <= 8 {
                // As many rows as the figures demand, so that some answers are consistent with themselves.
                seconds.resize(usize::try_from(room).unwrap(), 15 * DAY);
            }
            if sorted {
                seconds.sort_unstable_by_key(|at| std::cmp::Reverse(*at));
            }
            let rows = seconds.into_iter().map(|at| { born += 1; batch(born, at) }).collect();
            let at = instant(100 * DAY + place as i64);
            let (total, age) = ((total % 7 != 3).then_some(total), (total % 11 == 5).then_some(total));
            collector.answer(ticket, Page { number, limit, total, rows, at, server_date: None, age });
            if place % 40 == 39 {
                collector.resume();
            }
        }
        let _ = collector.finish();
    }
}
