//! What the report says of its figures' sources, and that it must follow from the figures.

use super::*;
use crate::report::{Standing, fixture};

/// A report of which the first row's failed calls were counted, because the list left them out.
fn counted() -> AuditReport {
    let mut report = fixture::report(20, Standing::Complete);
    let row = &report.register[0];
    let line = CallLogLine {
        batch_id: row.id.clone(),
        listed_completed_calls: row.completed_calls,
        listed_failed_calls: None,
        completed_calls: row.completed_calls.map(|calls| calls + 1),
        failed_calls: row.failed_calls,
        not_found: false,
    };
    report.call_logs = Some(CallLogs::of_lines(CallTotals::Always, vec![line]));
    report.figure_sources = sources(&report.register, report.call_logs.as_ref());
    report
}

#[test]
fn what_is_said_of_the_sources_must_follow_from_the_figures() {
    let report = counted();
    assert_eq!(report.sources_contradiction(), None);
    let wrong = |change: fn(&mut AuditReport)| {
        let mut wrong = report.clone();
        change(&mut wrong);
        wrong.sources_contradiction()
    };
    assert!(wrong(|report| report.register[0].failed_calls = Some(9_999)).is_some());
    assert!(wrong(|report| report.register[0].completed_calls = Some(9_999)).is_some());
    assert!(wrong(|report| report.figure_sources[0].batches += 1).is_some());
    assert!(wrong(|report| report.figure_sources.clear()).is_some());
    assert!(wrong(|report| report.figure_sources[0].unit = Unit::Attempts).is_some());
    assert!(wrong(|report| report.call_logs = None).is_some());
    assert!(wrong(|report| report.call_logs.as_mut().unwrap().agreeing = Some(1)).is_some());
    assert!(wrong(|report| report.call_logs.as_mut().unwrap().batches[0].batch_id = "nobody".into()).is_some());
    let older = wrong(|report| (report.figure_sources, report.call_logs) = (Vec::new(), None));
    assert_eq!(older, None, "an older version says nothing of it");
}

#[test]
fn sums_over_different_units_are_reported() {
    let report = counted();
    let mixed = report.mixed_units();
    assert_eq!(mixed.len(), 2, "{mixed:?}");
    assert!(mixed[0].contains("The sums of failed calls add figures of different units (recipients, calls)."));
    assert!(mixed[1].starts_with("Other calls are total less completed less failed"));
    assert!(fixture::report(20, Standing::Complete).mixed_units().is_empty());
    let facts = report.figure_facts();
    let labels: BTreeSet<_> = facts.iter().map(|fact| fact.label).collect();
    assert_eq!(labels.len(), facts.len(), "each label stands once");
    let of = |label| &facts.iter().find(|fact| fact.label == label).unwrap().value;
    assert!(
        of("Failed calls").contains("; 1 batch from the call logs, in calls (form leads)"),
        "{}",
        of("Failed calls")
    );
    assert_eq!(of("List and call logs"), "figures agree with call logs for 0 of 1 batches");
}

#[test]
fn a_difference_is_reported_with_both_numbers_and_the_lists_unit() {
    let mut line = counted().call_logs.unwrap().batches.remove(0);
    (line.listed_completed_calls, line.completed_calls) = (Some(240), Some(238));
    let words = "completed calls: 240 in the list (attempts), 238 in the call logs";
    assert_eq!(line.differences(ApiForm::V1).as_deref(), Some(words));
    line.completed_calls = Some(240);
    assert_eq!(line.differences(ApiForm::Leads), None);
}
