//! The laws of a restatement, over registers with every kind of change.

use proptest::prelude::*;

use super::*;
use crate::batch::{ApiForm, Status};
use crate::totals::{Sums, Totals};

/// Few values of each kind, so that two registers share much and differ in much.
fn batch() -> impl Strategy<Value = Batch> {
    let figure = || proptest::option::of(0_u64..4);
    let text = |one: &'static str| proptest::option::of(proptest::sample::select(vec![one, "", "-1"]));
    let status = proptest::sample::select(vec!["completed", "running", "teleported"]);
    let form = proptest::sample::select(vec![ApiForm::Leads, ApiForm::V1]);
    let extra = proptest::option::of(proptest::sample::select(vec![r#"{"n":1}"#, r#"{"n":2}"#]));
    let figures = (figure(), figure(), figure());
    (0_u8..12, 0_i64..3, figures, (text("a"), text("b"), extra), status, form).prop_map(
        |(id, second, (total_calls, completed_calls, failed_calls), (name, agent_id, extra), status, form)| Batch {
            id: format!("batch_{id:02}").into(),
            name: name.map(Into::into),
            status: Status::new(status),
            created_at: chrono::DateTime::from_timestamp(1_704_067_200 + second, 0).unwrap(),
            total_calls,
            completed_calls,
            failed_calls,
            agent_id: agent_id.map(Into::into),
            form,
            extra: extra.map(Into::into),
        },
    )
}

/// A register: each batch once, oldest first.
fn register() -> impl Strategy<Value = Vec<Batch>> {
    proptest::collection::vec(batch(), 0..14).prop_map(|batches| {
        let once: BTreeMap<Box<str>, Batch> = batches.into_iter().map(|batch| (batch.id.clone(), batch)).collect();
        in_order(once.into_values().collect())
    })
}

/// The register that the restatement says `old` has become. Whatever does not start from `old` as it is, fails.
fn applied(restatement: &Restatement, old: &[Batch]) -> Vec<Batch> {
    let mut batches: BTreeMap<Box<str>, Batch> = old.iter().map(|batch| (batch.id.clone(), batch.clone())).collect();
    for gone in &restatement.vanished {
        assert_eq!(batches.remove(&gone.id).as_ref(), Some(gone));
    }
    for entry in restatement.recounted.iter().chain(&restatement.changed) {
        assert!(!entry.changes.is_empty());
        let batch = batches.get_mut(&entry.batch_id).unwrap();
        entry.changes.iter().for_each(|change| apply(change, batch));
    }
    for new in &restatement.added {
        assert_eq!(batches.insert(new.id.clone(), new.clone()), None);
    }
    in_order(batches.into_values().collect())
}

fn apply(change: &FieldChange, batch: &mut Batch) {
    fn set<T: Clone + PartialEq + std::fmt::Debug>(place: &mut T, step: &Step<T>) {
        assert_eq!(*place, step.from);
        assert_ne!(step.from, step.to);
        *place = step.to.clone();
    }
    match change {
        FieldChange::Name(step) => set(&mut batch.name, step),
        FieldChange::Status(step) => set(&mut batch.status, step),
        FieldChange::CreatedAt { from, to } => set(&mut batch.created_at, &Step { from: *from, to: *to }),
        FieldChange::TotalCalls(step) => set(&mut batch.total_calls, step),
        FieldChange::CompletedCalls(step) => set(&mut batch.completed_calls, step),
        FieldChange::FailedCalls(step) => set(&mut batch.failed_calls, step),
        FieldChange::AgentId(step) => set(&mut batch.agent_id, step),
        FieldChange::ApiForm(step) => set(&mut batch.form, step),
        FieldChange::Extra(step) => set(&mut batch.extra, step),
    }
}

fn between(old: &[Batch], new: &[Batch]) -> Restatement {
    Restatement::between(old, new, Texts::Compared).unwrap()
}

/// Before, adjustment and after of every figure.
fn lines(sums: &RestatedSums) -> [(Option<u64>, Option<i64>, Option<u64>); 9] {
    let RestatedSums { before: b, adjustment: d, after: a } = sums;
    [
        (Some(b.batches), Some(d.batches), Some(a.batches)),
        (b.total_calls, d.total_calls, a.total_calls),
        (b.completed_calls, d.completed_calls, a.completed_calls),
        (b.failed_calls, d.failed_calls, a.failed_calls),
        (b.other_calls, d.other_calls, a.other_calls),
        (Some(b.not_reported), Some(d.not_reported), Some(a.not_reported)),
        (Some(b.without_total), Some(d.without_total), Some(a.without_total)),
        (Some(b.above_total), Some(d.above_total), Some(a.above_total)),
        (Some(b.unallocated), Some(d.unallocated), Some(a.unallocated)),
    ]
}

proptest! {
    #[test]
    fn a_register_does_not_differ_from_itself(register in register()) {
        let restatement = between(&register, &register);
        prop_assert!(restatement.is_empty());
        let moved = lines(&restatement.totals.all).into_iter().filter_map(|(_, adjustment, _)| adjustment);
        prop_assert!(moved.into_iter().all(|adjustment| adjustment == 0));
    }

    #[test]
    fn the_changes_applied_to_the_old_register_give_the_new_one(old in register(), new in register()) {
        let restatement = between(&old, &new);
        prop_assert_eq!(applied(&restatement, &old), new.clone());
        prop_assert_eq!(restatement.is_empty(), old == new);
    }

    #[test]
    fn before_and_adjustment_make_after(old in register(), new in register()) {
        let restated = between(&old, &new).totals;
        let (before, after) = (Totals::over(&old).unwrap(), Totals::over(&new).unwrap());
        prop_assert_eq!((&restated.all.before, &restated.all.after), (&before.all, &after.all));
        let of = |totals: &Totals, status: &Status| {
            let line = totals.by_status.iter().find(|line| line.status == *status);
            line.map_or_else(Sums::zero, |line| line.sums.clone())
        };
        for entry in &restated.by_status {
            prop_assert_eq!(&entry.sums.before, &of(&before, &entry.status));
            prop_assert_eq!(&entry.sums.after, &of(&after, &entry.status));
        }
        let all = restated.by_status.iter().map(|entry| &entry.sums).chain([&restated.all]);
        for (before, adjustment, after) in all.flat_map(lines) {
            match (before, after) {
                (Some(before), Some(after)) => {
                    prop_assert_eq!(before.checked_add_signed(adjustment.unwrap()), Some(after));
                }
                _ => prop_assert_eq!(adjustment, None),
            }
        }
    }

    #[test]
    fn the_way_back_is_the_same_way(old in register(), new in register()) {
        let (there, back) = (between(&old, &new), between(&new, &old));
        prop_assert_eq!((&there.added, &there.vanished), (&back.vanished, &back.added));
        let count = |restatement: &Restatement| (restatement.recounted.len(), restatement.changed.len());
        prop_assert_eq!(count(&there), count(&back));
    }

    #[test]
    fn undone_the_new_register_is_the_old_one_and_any_other_is_none(
        old in register(), new in register(), other in register()
    ) {
        let restatement = between(&old, &new);
        prop_assert_eq!(restatement.undone(&new), Some(old));
        // Whatever it makes of another register, it is not what led there, unless that is like the new one where it matters.
        if let Some(before) = restatement.undone(&other) {
            let again = between(&before, &other);
            prop_assert_eq!((&again.added, &again.vanished), (&restatement.added, &restatement.vanished));
            prop_assert_eq!((&again.recounted, &again.changed), (&restatement.recounted, &restatement.changed));
        }
    }

    #[test]
    fn it_reads_back_from_json_as_it_was(old in register(), new in register()) {
        let restatement = between(&old, &new);
        let json = serde_json::to_string(&restatement).unwrap();
        prop_assert_eq!(serde_json::from_str::<Restatement>(&json).unwrap(), restatement);
    }

    #[test]
    fn texts_that_are_not_compared_are_all_that_goes_unreported(old in register(), new in register()) {
        let blank = |batches: &[Batch]| -> Vec<Batch> {
            batches.iter().map(|batch| Batch { name: None, extra: None, ..batch.clone() }).collect()
        };
        let ignoring = Restatement::between(&old, &new, Texts::Ignored).unwrap();
        let blanked = between(&blank(&old), &blank(&new));
        prop_assert_eq!(&ignoring.changed, &blanked.changed);
        prop_assert_eq!(&ignoring.recounted, &blanked.recounted);
    }
}

fn one() -> Batch {
    let created_at = chrono::DateTime::from_timestamp(1_704_067_200, 0).unwrap();
    let (status, form, id) = (Status::new("completed"), ApiForm::Leads, "batch_1".into());
    let (total_calls, completed_calls, failed_calls) = (Some(3), Some(2), Some(1));
    Batch {
        id,
        name: None,
        status,
        created_at,
        total_calls,
        completed_calls,
        failed_calls,
        agent_id: None,
        form,
        extra: None,
    }
}

#[test]
fn a_figure_that_was_not_reported_is_not_zero() {
    let batch = |failed_calls| Batch { failed_calls, ..one() };
    let restatement = between(&[batch(None)], &[batch(Some(0))]);
    let step = Step { from: None, to: Some(0) };
    assert_eq!(restatement.recounted[0].changes, [FieldChange::FailedCalls(step)]);
    let all = &restatement.totals.all;
    assert_eq!((all.before.failed_calls, all.adjustment.failed_calls, all.after.failed_calls), (None, None, Some(0)));
    let json = serde_json::to_value(&restatement.recounted[0].changes[0]).unwrap();
    assert_eq!(json, serde_json::json!({ "field": "failed_calls", "from": null, "to": 0 }));
}

#[test]
fn what_cannot_be_right_is_refused() {
    let batch = one();
    let error = Restatement::between(&[], &[batch.clone(), batch.clone()], Texts::Compared).unwrap_err();
    assert_eq!(error, RestatementError::Repeated { register: "new", id: batch.id.to_string() });
    let large = Batch { total_calls: Some(u64::MAX), ..batch };
    let error = Restatement::between(&[large], &[], Texts::Compared).unwrap_err();
    assert!(matches!(error, RestatementError::TooLarge { figure: "total calls", .. }), "{error}");
}
