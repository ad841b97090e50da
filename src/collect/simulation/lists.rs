//! Lists with many equal creation times, and what happens to them.

use super::*;
use crate::batch::{ApiForm, Status};

pub const DAY: i64 = 86_400;

pub fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_704_067_200 + seconds, 0).unwrap()
}

/// Days 10 to 20 of a list that begins at day 0 and is read at day 100.
pub fn range() -> Range<DateTime<Utc>> {
    instant(10 * DAY)..instant(20 * DAY)
}

pub fn batch(number: u64, seconds: i64) -> Batch {
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

/// Seconds after day 0: groups of equal times, in and around the range, with others between them.
pub fn list() -> impl Strategy<Value = Vec<i64>> {
    let seconds = prop_oneof![
        3 => (0_i64..30).prop_map(|day| day * DAY),
        3 => 0_i64..30 * DAY,
        1 => Just(10 * DAY), 1 => Just(20 * DAY), 1 => Just(15 * DAY),
    ];
    let groups =
        prop::collection::vec((seconds, prop_oneof![6 => Just(1_usize), 2 => 2_usize..5, 1 => 5_usize..14]), 0..40);
    groups.prop_map(|groups| groups.into_iter().flat_map(|(at, count)| std::iter::repeat_n(at, count)).collect())
}

pub fn event(allowed: Allowed) -> BoxedStrategy<Event> {
    let past = match allowed {
        Allowed::Anything => 0..21 * DAY,
        Allowed::Future => 20 * DAY..21 * DAY,
    };
    let restore = match allowed {
        Allowed::Anything => any::<prop::sample::Index>().prop_map(Event::Restore).boxed(),
        Allowed::Future => Just(Event::Nothing).boxed(),
    };
    prop_oneof![
        6 => Just(Event::Nothing),
        3 => (1_u8..9).prop_map(Event::Insert),
        2 => any::<prop::sample::Index>().prop_map(Event::Delete),
        4 => (0_u8..14).prop_map(Event::DeleteNear),
        1 => any::<prop::sample::Index>().prop_map(Event::Status),
        2 => any::<u64>().prop_map(Event::Reshuffle),
        1 => (11_u32..17).prop_map(Event::Cap),
        3 => past.prop_map(Event::Past),
        1 => restore,
    ]
    .boxed()
}
