//! The laws of counting, over made-up workspaces with every call of every batch.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::batch::{ApiForm, Batch, Column, Status};
use crate::collect::{Collector, Options, Page, PageRequest};
use crate::totals::Totals;

/// Every documented status of a call, and one that is not.
const STATUSES: [&str; 11] = [
    "created",
    "initiated",
    "sent",
    "completed",
    "did_not_pick",
    "busy",
    "no_answer",
    "failed",
    "cancelled",
    "retry_expired",
    "teleported",
];

/// A batch as the list gives it, with its calls; one that is gone has none that anybody could count.
#[derive(Debug, Clone)]
struct Job {
    batch: Batch,
    calls: Vec<&'static str>,
    gone: bool,
}

impl Job {
    fn count(&self, statuses: &[&str]) -> u64 {
        self.calls.iter().filter(|status| statuses.contains(status)).count() as u64
    }
}

fn start() -> DateTime<Utc> {
    "2024-01-01T00:00:00Z".parse().unwrap()
}

fn job(forms: Vec<ApiForm>, may_go: bool) -> impl Strategy<Value = Job> {
    let calls = prop::collection::vec(prop::sample::select(STATUSES.to_vec()), 0..30);
    let figure = || prop::option::of(0_u64..30);
    let gone = prop::bool::weighted(if may_go { 0.2 } else { 0.0 });
    (calls, prop::sample::select(forms), figure(), figure(), 0_i64..90, gone).prop_map(
        |(calls, form, completed_calls, failed_calls, day, gone)| {
            let batch = Batch {
                id: "".into(),
                name: None,
                status: Status::new("completed"),
                created_at: start() + TimeDelta::days(day),
                total_calls: Some(calls.len() as u64),
                completed_calls,
                failed_calls: failed_calls.filter(|_| form != ApiForm::V1),
                agent_id: None,
                form,
                extra: None,
            };
            Job { batch, calls, gone }
        },
    )
}

/// A workspace, newest first.
fn workspace(forms: Vec<ApiForm>, may_go: bool) -> impl Strategy<Value = Vec<Job>> {
    prop::collection::vec(job(forms, may_go), 0..14).prop_map(|mut jobs| {
        jobs.sort_by_key(|job| std::cmp::Reverse(job.batch.created_at));
        jobs.iter_mut().enumerate().for_each(|(place, job)| job.batch.id = format!("batch_{place:02}").into());
        jobs
    })
}

const ALL_FORMS: [ApiForm; 3] = [ApiForm::Leads, ApiForm::Calls, ApiForm::V1];

/// The whole workspace, collected.
fn collected(jobs: &[Job]) -> Collector {
    let mut collector = Collector::new(start()..start() + TimeDelta::days(91), Options::default());
    while !collector.has_ended() {
        for PageRequest { ticket, number, limit, .. } in collector.wanted() {
            let before = usize::try_from((number - 1) * u64::from(limit)).unwrap();
            let rows = jobs.iter().skip(before).take(limit as usize).map(|job| job.batch.clone()).collect();
            let at = start() + TimeDelta::days(200);
            let page = Page { number, limit, total: Some(jobs.len() as u64), rows, at, server_date: None, age: None };
            collector.answer(ticket, page);
        }
    }
    assert!(collector.is_proven());
    collector
}

fn answer_to(jobs: &[Job], request: &CountRequest) -> CountAnswer {
    let job = jobs.iter().find(|job| job.batch.id == request.batch).unwrap();
    if job.gone { CountAnswer::NotFound } else { CountAnswer::Count(job.count(request.question.statuses())) }
}

/// How a counting went.
struct Went {
    counts: CallCounts,
    /// Every request that was sent, and of these those that were answered.
    sent: Vec<CountRequest>,
    answered: Vec<CountRequest>,
    most_at_once: usize,
}

/// Counts with answers in any order, and interruptions that lose what is under way.
fn count(jobs: &[Job], totals: CallTotals, concurrency: usize, seed: u64, interruptions: f64) -> Went {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut collector = collected(jobs);
    let mut counting = Counting::new(totals, vec![], concurrency);
    counting.follow(&mut collector);
    let (mut under_way, mut sent, mut answered, mut most_at_once) = (Vec::new(), Vec::new(), Vec::new(), 0);
    while !counting.has_ended() {
        let fresh = counting.wanted();
        sent.extend(fresh.iter().cloned());
        under_way.extend(fresh);
        most_at_once = most_at_once.max(under_way.len());
        assert!(!under_way.is_empty(), "it neither ends nor asks");
        if random.f64() < interruptions {
            under_way.clear();
            collector.resume();
            counting.resume(totals, vec![], &mut collector);
            continue;
        }
        let request = under_way.swap_remove(random.usize(..under_way.len()));
        assert!(counting.owns(request.ticket) && counting.was_asked(request.ticket));
        counting.answer(request.ticket, answer_to(jobs, &request));
        under_way.retain(|other| counting.wants(other.ticket));
        answered.push(request);
    }
    assert_eq!((counting.next_wanted(), counting.wanted()), (None, vec![]));
    Went { counts: counting.finish(), sent, answered, most_at_once }
}

/// The register after the counting, oldest first.
fn register(jobs: &[Job], counts: &CallCounts) -> Vec<Batch> {
    let mut batches: Vec<Batch> = jobs.iter().rev().map(|job| job.batch.clone()).collect();
    batches.iter_mut().for_each(|batch| counts.complete(batch));
    batches
}

proptest! {
    /// Where the list reports neither figure, the totals by call logs are what counting every call by hand gives.
    #[test]
    fn totals_by_call_logs_are_those_of_a_count_over_all_calls(
        jobs in workspace(vec![ApiForm::V1], false), concurrency in 1_usize..6, seed: u64,
    ) {
        let went = count(&jobs, CallTotals::Auto, concurrency, seed, 0.1);
        let totals = Totals::over(&register(&jobs, &went.counts)).unwrap().all;
        let (mut completed, mut failed, mut rest) = (0_u64, 0, 0);
        for status in jobs.iter().flat_map(|job| &job.calls) {
            match *status {
                "completed" => completed += 1,
                "failed" | "did_not_pick" | "busy" | "no_answer" | "retry_expired" => failed += 1,
                _ => rest += 1,
            }
        }
        prop_assert_eq!(
            (totals.completed_calls, totals.failed_calls, totals.other_calls, totals.not_reported),
            (Some(completed), Some(failed), Some(rest), 0)
        );
    }

    /// Each figure of the register is the list's where the list gives it and not in attempts, else the call logs', and not
    /// reported where the batch is gone; whatever the order of answers, and however often the counting is interrupted.
    #[test]
    fn every_figure_is_the_lists_or_the_call_logs(
        jobs in workspace(ALL_FORMS.to_vec(), true), concurrency in 1_usize..6, seed: u64,
        totals in prop::sample::select(vec![CallTotals::Auto, CallTotals::Always, CallTotals::Never]),
    ) {
        let went = count(&jobs, totals, concurrency, seed, 0.1);
        prop_assert!(went.counts.is_complete());
        for (row, job) in register(&jobs, &went.counts).iter().zip(jobs.iter().rev()) {
            let listed = [job.batch.completed_calls, job.batch.failed_calls];
            let rolled_up = [job.batch.form == ApiForm::V1, false];
            let counted = [job.count(&["completed"]), job.count(Question::Failed.statuses())];
            for (place, column) in [Column::CompletedCalls, Column::FailedCalls].into_iter().enumerate() {
                let expected = match listed[place] {
                    listed if totals == CallTotals::Never => listed,
                    Some(listed) if !rolled_up[place] => Some(listed),
                    _ => Some(counted[place]).filter(|_| !job.gone),
                };
                prop_assert_eq!(column.of(row), expected, "{} of {:?}", column.as_str(), job);
            }
        }
    }

    /// A count that was had is never asked for again; no more requests are under way than allowed; and every one asked for is
    /// needed.
    #[test]
    fn nothing_is_asked_twice_that_was_answered(
        jobs in workspace(ALL_FORMS.to_vec(), true), concurrency in 1_usize..6, seed: u64,
    ) {
        let went = count(&jobs, CallTotals::Always, concurrency, seed, 0.15);
        let answered: BTreeSet<_> = went.answered.iter().map(|r| (r.batch.clone(), r.question)).collect();
        prop_assert_eq!(answered.len(), went.answered.len());
        prop_assert!(went.most_at_once <= concurrency);
        let tickets: BTreeSet<u64> = went.sent.iter().map(|request| request.ticket).collect();
        prop_assert_eq!(tickets.len(), went.sent.len(), "every request has a ticket of its own");
        let expected: usize = jobs.iter().map(|job| if job.gone { 1 } else { 2 }).sum();
        prop_assert_eq!(went.answered.len(), expected);
    }

    /// Without interruptions two requests are made for each batch.
    #[test]
    fn two_requests_are_made_for_a_batch(jobs in workspace(vec![ApiForm::V1], false), seed: u64) {
        let went = count(&jobs, CallTotals::Auto, 3, seed, 0.0);
        prop_assert_eq!(went.sent.len(), 2 * jobs.len());
        let mut each: BTreeMap<Box<str>, Vec<Question>> = BTreeMap::new();
        went.sent.into_iter().for_each(|request| each.entry(request.batch).or_default().push(request.question));
        prop_assert!(each.values().all(|asked| asked == &Question::ALL));
    }
}

fn fixed(form: ApiForm, days: &[i64]) -> Vec<Job> {
    let job = |(place, day): (usize, &i64)| {
        let batch = Batch {
            id: format!("batch_{place:02}").into(),
            name: None,
            status: Status::new("completed"),
            created_at: start() + TimeDelta::days(*day),
            total_calls: Some(2),
            completed_calls: Some(1),
            failed_calls: None,
            agent_id: None,
            form,
            extra: None,
        };
        Job { batch, calls: vec!["completed", "busy"], gone: false }
    };
    days.iter().enumerate().map(job).collect()
}

#[test]
fn only_the_batches_of_the_periods_are_asked_about() {
    let jobs = fixed(ApiForm::V1, &[80, 45, 44, 30, 29, 0]);
    let day = |day| start() + TimeDelta::days(day);
    let mut counting = Counting::new(CallTotals::Always, vec![day(0)..day(30), day(45)..day(90)], 100);
    counting.follow(&mut collected(&jobs));
    let asked: BTreeSet<_> = counting.wanted().into_iter().map(|request| request.batch).collect();
    assert_eq!(asked.iter().map(|id| &**id).collect::<Vec<_>>(), ["batch_00", "batch_01", "batch_04", "batch_05"]);
}

#[test]
fn auto_asks_only_for_the_figure_that_the_list_leaves_out() {
    let mut counting = Counting::new(CallTotals::Auto, vec![], 100);
    counting.follow(&mut collected(&fixed(ApiForm::Leads, &[3, 2])));
    let asked: Vec<_> = counting.wanted().into_iter().map(|request| request.question).collect();
    assert_eq!(asked, [Question::Failed, Question::Failed]);
}

#[test]
fn what_was_had_stays_when_other_totals_are_wanted() {
    let jobs = fixed(ApiForm::Calls, &[5, 4, 3]);
    let mut collector = collected(&jobs);
    let mut counting = Counting::new(CallTotals::Auto, vec![], 2);
    counting.follow(&mut collector);
    let first = counting.wanted().remove(0);
    counting.answer(first.ticket, CountAnswer::Count(7));
    counting.resume(CallTotals::Never, vec![], &mut collector);
    assert!(counting.has_ended() && counting.clone().finish().batches.is_empty());
    counting.resume(CallTotals::Always, vec![], &mut collector);
    assert_eq!((counting.spared(), counting.progress()), (1, (0, 5)));
    assert!(counting.wanted().iter().all(|request| request.ticket > first.ticket));
}

#[test]
fn a_late_answer_to_a_request_of_an_earlier_run_changes_nothing() {
    let jobs = fixed(ApiForm::V1, &[5, 4]);
    let mut collector = collected(&jobs);
    let mut counting = Counting::new(CallTotals::Auto, vec![], 1);
    counting.follow(&mut collector);
    let lost = counting.wanted().remove(0);
    counting.resume(CallTotals::Auto, vec![], &mut collector);
    counting.answer(lost.ticket, CountAnswer::Count(99));
    assert_eq!(counting.progress(), (0, 4));
    assert!(!counting.owns(lost.ticket) && !counting.wants(lost.ticket));
}

#[test]
fn an_id_that_would_be_a_place_in_a_path_is_not_asked_for() {
    let mut jobs = fixed(ApiForm::V1, &[5, 4]);
    jobs[0].batch.id = "..".into();
    let mut counting = Counting::new(CallTotals::Auto, vec![], 9);
    counting.follow(&mut collected(&jobs));
    assert!(counting.wanted().iter().all(|request| &*request.batch == "batch_01"));
    let counts = counting.finish();
    assert!(counts.batches[".."].is_gone() && counts.figure(Question::Completed, &jobs[0].batch).is_none());
}

#[test]
fn an_interrupted_counting_is_not_complete() {
    let jobs = fixed(ApiForm::V1, &[5]);
    let mut counting = Counting::new(CallTotals::Auto, vec![], 9);
    counting.follow(&mut collected(&jobs));
    let first = counting.wanted().remove(0);
    counting.answer(first.ticket, CountAnswer::Count(1));
    let counts = counting.finish();
    assert!(!counts.is_complete() && !counts.batches["batch_00"].is_gone());
}
