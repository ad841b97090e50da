//! The committed workspace: made by its example, and holding everything that a reader gets wrong.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use dialnexa_audit::batch::{ApiForm, Batch, Status};
use dialnexa_audit::sample::{Workspace, batches};

use super::make_samples;

fn in_first_quarter() -> Vec<Batch> {
    let bounds = at("2024-01-01T00:00:00Z")..at("2024-04-01T00:00:00Z");
    batches(ApiForm::Leads).unwrap().into_iter().filter(|batch| bounds.contains(&batch.created_at)).collect()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn the_committed_workspace_is_what_the_example_makes() {
    let committed = include_str!("../../../samples/workspace.jsonl");
    assert_eq!(committed, make_samples::workspace::lines().unwrap(), "run: cargo run --example make_samples");
}

#[test]
fn the_first_quarter_of_2024_has_every_status_and_one_that_is_not_documented() {
    let seen: BTreeSet<Status> = in_first_quarter().into_iter().map(|batch| batch.status).collect();
    let expected: BTreeSet<Status> = Status::documented().chain([Status::new("escalated")]).collect();
    assert_eq!(seen, expected);
}

#[test]
fn names_hold_every_script_and_everything_that_a_spreadsheet_or_browser_would_run() {
    let batches = in_first_quarter();
    let names: Vec<&str> = batches.iter().filter_map(|batch| batch.name.as_deref()).collect();
    for first in ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "<script>"] {
        assert!(names.iter().any(|name| name.starts_with(first)), "no name begins with {first:?}");
    }
    for part in ["\"", "&", ",", "\r\n", "'", "\u{202e}"] {
        assert!(names.iter().any(|name| name.contains(part)), "no name holds {part:?}");
    }
    let scripts = ['\u{900}'..='\u{97f}', '\u{b80}'..='\u{bff}', '\u{600}'..='\u{6ff}', '\u{590}'..='\u{5ff}'];
    for script in scripts.into_iter().chain(['\u{4e00}'..='\u{9fff}', '\u{1f300}'..='\u{1faff}']) {
        assert!(names.iter().any(|name| name.chars().any(|c| script.contains(&c))), "no name in {script:?}");
    }
    assert!(names.len() < batches.len(), "a batch has no name");
}

#[test]
fn batches_lie_exactly_on_the_bounds_of_every_quarter_and_just_before() {
    let times: BTreeSet<DateTime<Utc>> = batches(ApiForm::Leads).unwrap().iter().map(|b| b.created_at).collect();
    for day in ["2023-07-01", "2023-10-01", "2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01"] {
        for offset in ["Z", "+05:30"] {
            let bound = at(&format!("{day}T00:00:00{offset}"));
            assert!(times.contains(&bound) && times.contains(&(bound - TimeDelta::milliseconds(1))), "{bound}");
        }
    }
    let last = *times.last().unwrap();
    assert_eq!(last, at("2025-01-01T00:00:00Z") - TimeDelta::milliseconds(1));
    assert!((at("2023-06-15T00:00:00Z")..at("2023-06-20T00:00:00Z")).contains(times.first().unwrap()));
}

#[test]
fn creation_times_are_shared_by_batches_in_no_order_of_their_ids() {
    let mut ties: BTreeMap<DateTime<Utc>, Vec<Box<str>>> = BTreeMap::new();
    for batch in batches(ApiForm::Leads).unwrap() {
        ties.entry(batch.created_at).or_default().push(batch.id);
    }
    ties.retain(|_, ids| ids.len() > 1);
    assert!(ties.len() >= 10 && ties.values().any(|ids| ids.len() >= 5), "{ties:?}");
    assert!(ties.values().any(|ids| !ids.is_sorted()) && ties.values().any(|ids| !ids.is_sorted_by(|a, b| a > b)));
}

#[test]
fn figures_are_missing_excessive_or_unaccounted_for() {
    let batches = in_first_quarter();
    let any = |rule: &dyn Fn(&Batch) -> bool| batches.iter().any(rule);
    assert!(any(&|b| b.total_calls.is_none() && b.completed_calls.is_some()));
    assert!(any(&|b| b.completed_calls.is_none() && b.total_calls.is_some()));
    assert!(any(&|b| b.failed_calls.is_none() && b.total_calls.is_some()));
    assert!(any(&|b| b.total_calls.is_none() && b.completed_calls.is_none() && b.failed_calls.is_none()));
    assert!(any(&|b| b.agent_id.is_none()));
    assert!(any(&|b| b.reports_all_figures() && b.other_calls().is_none()));
    assert!(any(&|b| b.status.as_str() == "completed" && b.other_calls().is_some_and(|other| other > 0)));
}

#[test]
fn times_are_written_at_other_offsets_and_numbers_as_texts() {
    let workspace = Workspace::embedded().unwrap();
    let times: Vec<&str> = workspace.records().map(|record| record.created_at.as_str()).collect();
    for end in ["Z", "+05:30", "-08:00", "+05:45", "+13:45", "+00:00"] {
        assert!(times.iter().any(|time| time.ends_with(end)), "{end}");
    }
    // Digits after the second: none, three, six.
    for length in ["2024-03-01T10:00:00", "2024-03-01T10:00:00.000", "2024-03-01T10:00:00.000000"].map(str::len) {
        assert!(times.iter().any(|time| time.find(['Z', '+']) == Some(length)), "{length}");
    }
    assert!(workspace.records().any(|record| record.total.as_ref().is_some_and(serde_json::Value::is_string)));
    for id in ["007134", "12345678901234567890", "1E5", "2024-03-01"] {
        assert!(workspace.find(id).is_some(), "{id}");
    }
}

#[test]
fn ids_are_unique() {
    let ids: BTreeSet<Box<str>> = batches(ApiForm::V1).unwrap().into_iter().map(|batch| batch.id).collect();
    assert_eq!(ids.len(), 600);
}
