//! A batch as most of them are: plausible figures that add up, call logs that agree with them.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use dialnexa_audit::sample::{Attempts, Record};
use serde_json::json;

use super::chance::Chance;
use super::names::{GROUPS, SCRIPTS, THEMES};

/// The statuses in which no call has been made yet.
const NOT_BEGUN: [&str; 5] = ["draft", "initiated", "waiting", "scheduled", "queued"];

/// The statuses in which every call has ended.
const ENDED: [&str; 4] = ["completed", "failed", "cancelled", "deleted"];

/// A completed batch of `at`, with a plausible name.
pub fn completed(chance: &mut Chance, at: DateTime<Utc>) -> Record {
    with_status(chance, at, "completed")
}

/// A batch of `at` with figures that suit `status`.
pub fn with_status(chance: &mut Chance, at: DateTime<Utc>, status: &str) -> Record {
    let total = chance.between(12, 480);
    let made = match status {
        "completed" | "failed" => total,
        status if NOT_BEGUN.contains(&status) => 0,
        _ => chance.between(total / 4, total),
    };
    let completed = if status == "failed" { made / 20 } else { made * chance.between(55, 97) / 100 };
    let id = format!("batch_{}", chance.word(12));
    Record {
        id,
        name: Some(json!(name(chance))),
        status: status.to_owned(),
        created_at: utc(at),
        total: Some(json!(total)),
        completed: Some(json!(completed)),
        failed: Some(json!(made - completed)),
        agent: (!chance.percent(12)).then(|| format!("agt_{:06}", chance.between(1, 10) * 104_729)),
        attempts: attempts(chance, at, total, made, completed),
        calls: calls(chance, status, total, completed, made - completed),
        more: BTreeMap::new(),
    }
}

/// An instant as the API writes most of them.
pub fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn name(chance: &mut Chance) -> String {
    if chance.percent(14) {
        return (*chance.pick(&SCRIPTS)).to_owned();
    }
    format!("{} – {}", chance.pick(&THEMES), chance.pick(&GROUPS))
}

fn attempts(chance: &mut Chance, at: DateTime<Utc>, total: u64, made: u64, completed: u64) -> Attempts {
    let retries = if made == 0 { 0 } else { chance.between(0, 5) };
    let mut stages = vec![[made, total]];
    let mut due = made - completed;
    for _ in 0..retries {
        let attempted = due * chance.between(60, 101) / 100;
        stages.push([attempted, due]);
        due = attempted / 2;
    }
    let minutes = i64::try_from(chance.between(3, 2_000)).unwrap_or(3);
    let last_sent = (made > 0).then(|| utc(at + TimeDelta::minutes(minutes)));
    let picked_up = completed + (made - completed) / 10;
    Attempts { sent: made, picked_up, last_sent, retries, stages }
}

/// Calls by their status: completed ones, failed ones of every kind, and the rest by whether the batch has ended.
pub fn calls(chance: &mut Chance, status: &str, total: u64, completed: u64, failed: u64) -> BTreeMap<String, u64> {
    let rest = total.saturating_sub(completed + failed);
    let mut counts = vec![("completed", completed)];
    let mut left = failed;
    for kind in ["did_not_pick", "no_answer", "busy", "retry_expired"] {
        let share = left * chance.between(10, 70) / 100;
        counts.push((kind, share));
        left -= share;
    }
    counts.push(("failed", left));
    if ENDED.contains(&status) {
        counts.push(("cancelled", rest));
    } else {
        let sent = if NOT_BEGUN.contains(&status) { 0 } else { rest.min(5) };
        counts.extend([("sent", sent), ("initiated", (rest - sent) / 3), ("created", rest - sent - (rest - sent) / 3)]);
    }
    counts.into_iter().filter(|(_, count)| *count > 0).map(|(kind, count)| (kind.to_owned(), count)).collect()
}
