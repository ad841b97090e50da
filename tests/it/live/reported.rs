//! `watch` by itself: what it reports, to whom, and what it refuses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::harness::{Place, Run};
use crate::hostile::{Hostile, List, Reply};

const KEY: &str = "marked-key-watch-5b1e";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn list() -> List {
    List::spread(120, at("2024-01-01T00:00:00Z")..at("2024-04-01T00:00:00Z"), 3)
}

fn watch(place: &Place, server: &Hostile, more: &[&str]) -> Run {
    let arguments = [&["watch", "--state", "state.json", "--once", "--base-url", &server.base_url], more].concat();
    place.run(&arguments).key(KEY).done()
}

fn events(run: &Run) -> Vec<(String, bool, String)> {
    let line = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            event["event_id"],
            format!("{}:{}", event["batch_id"].as_str().unwrap(), event["event"].as_str().unwrap())
        );
        (
            event["event"].as_str().unwrap().to_owned(),
            event["first_seen"].as_bool().unwrap(),
            event["batch"]["status"].as_str().unwrap_or("-").to_owned(),
        )
    };
    run.stdout.lines().map(line).collect()
}

#[test]
fn each_batch_is_reported_new_then_final_and_then_no_more() {
    let stage = Arc::new(AtomicU32::new(0));
    let now = Arc::clone(&stage);
    let server = Hostile::start(list(), move |_, list| {
        match now.swap(9, Ordering::SeqCst) {
            1 => {
                list.insert_at_head();
                list.set_status(0, "processing");
            }
            2 => list.set_status(0, "failed"),
            3 => {
                list.insert_at_head();
                list.set_status(0, "queued");
            }
            4 => drop(list.delete(0)),
            _ => {}
        }
        Reply::Page
    });
    let place = Place::new();
    let first = watch(&place, &server, &["--since", "beginning"]).expect(0);
    assert_eq!(first.stdout.lines().count(), 120);
    let created = |line: &str| serde_json::from_str::<Value>(line).unwrap()["created_at"].to_string();
    assert!(first.stdout.lines().map(created).is_sorted(), "oldest first");
    let mut reported = Vec::new();
    for step in [1, 8, 2, 8, 3, 4, 8] {
        stage.store(step, Ordering::SeqCst);
        reported.push(events(&watch(&place, &server, &[]).expect(0)));
    }
    let event = |event: &str, first, status: &str| vec![(event.to_owned(), first, status.to_owned())];
    let none = Vec::new;
    let expected = [
        event("new", true, "processing"),
        none(),
        event("final", false, "failed"),
        none(),
        event("new", true, "queued"),
        event("gone", false, "-"),
        none(),
    ];
    assert_eq!(reported, expected);
    place.assert_nowhere(KEY);
}

#[test]
fn by_default_it_begins_with_what_comes_after_the_first_run() {
    let add = Arc::new(AtomicU32::new(0));
    let wanted = Arc::clone(&add);
    let server = Hostile::start(list(), move |_, list| {
        if wanted.swap(0, Ordering::SeqCst) == 1 {
            list.insert(Utc::now());
        }
        Reply::Page
    });
    let place = Place::new();
    assert_eq!(watch(&place, &server, &[]).expect(0).stdout, "");
    add.store(1, Ordering::SeqCst);
    let mut reported = watch(&place, &server, &[]).expect(0).stdout;
    // The server reports its time in whole seconds: what is dated within one is read when it is over.
    std::thread::sleep(Duration::from_millis(1_100));
    reported += &watch(&place, &server, &[]).expect(0).stdout;
    assert_eq!(reported.lines().count(), 1, "{reported}");
    let run = watch(&place, &server, &["--since", "beginning"]).expect(0).says("--since is ignored");
    assert_eq!(run.stdout, "");
}

#[test]
fn a_command_gets_the_line_and_the_ids_and_never_the_key() {
    let server = Hostile::quiet(List::spread(3, at("2024-01-01T00:00:00Z")..at("2024-02-01T00:00:00Z"), 1));
    let place = Place::new();
    let exec = "cat >> lines; env >> env; echo $DIALNEXA_EVENT $DIALNEXA_EVENT_ID $DIALNEXA_BATCH_ID $DIALNEXA_BATCH_STATUS >> ids";
    let arguments = ["watch", "--state", "s", "--once", "--since", "beginning", "--base-url", &server.base_url];
    let run = place.run(&[&arguments[..], &["--exec", exec]].concat()).key(KEY);
    run.env("COPY_OF_IT", &format!("Bearer {KEY}")).env("KEPT", "kept").done().expect(0);
    let files = place.files();
    let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    assert_eq!(text("lines").lines().count(), 3);
    for (line, ids) in text("lines").lines().zip(text("ids").lines()) {
        let event: Value = serde_json::from_str(line).unwrap();
        let id = event["batch_id"].as_str().unwrap();
        assert_eq!(ids, format!("final {id}:final {id} completed"));
    }
    assert!(text("env").contains("KEPT=kept") && !text("env").contains("DIALNEXA_API_KEY"));
    assert!(server.received(KEY));
    place.assert_nowhere(KEY);
}

#[test]
fn a_command_that_fails_leaves_its_batch_and_no_other_for_the_next_time() {
    let server = Hostile::quiet(List::spread(5, at("2024-01-01T00:00:00Z")..at("2024-02-01T00:00:00Z"), 1));
    let place = Place::new();
    let exec =
        "n=$(cat n 2>/dev/null || echo 0); echo $((n + 1)) > n; [ $n != 2 ] && echo $DIALNEXA_EVENT_ID >> reported";
    let more = ["--since", "beginning", "--exec", exec];
    watch(&place, &server, &more).expect(6).says("it is run again in the next round");
    let reported = |place: &Place| String::from_utf8(place.files()["reported"].clone()).unwrap();
    assert_eq!(reported(&place).lines().count(), 4);
    watch(&place, &server, &more[2..]).expect(0);
    watch(&place, &server, &more[2..]).expect(0);
    let lines: std::collections::BTreeSet<String> = reported(&place).lines().map(str::to_owned).collect();
    assert_eq!((lines.len(), reported(&place).lines().count()), (5, 5));
}

#[cfg(unix)]
#[test]
fn a_command_that_hangs_is_ended_with_all_that_it_began_and_run_again() {
    let server = Hostile::quiet(List::spread(2, at("2024-01-01T00:00:00Z")..at("2024-02-01T00:00:00Z"), 1));
    let place = Place::new();
    let exec = "[ -e mended ] && echo $DIALNEXA_EVENT_ID >> reported && exit 0; sleep 600 & echo $! >> sleeping; wait";
    let more = ["--exec", exec, "--exec-timeout", "1s", "--since", "beginning"];
    let run = watch(&place, &server, &more).expect(6).says("took longer than --exec-timeout allows and was ended");
    assert_eq!(run.stderr.matches("took longer").count(), 2, "{run}");
    let sleeping = String::from_utf8(place.files()["sleeping"].clone()).unwrap();
    assert_eq!(sleeping.lines().count(), 2);
    for process in sleeping.lines() {
        // Killed, and at most not yet reaped by whoever inherited it.
        let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        assert!(state.is_empty() || state.contains(") Z "), "{process} is still there: {state}");
    }
    std::fs::write(place.work().join("mended"), "").unwrap();
    watch(&place, &server, &more[..4]).expect(0);
    assert_eq!(String::from_utf8(place.files()["reported"].clone()).unwrap().lines().count(), 2);
    watch(&place, &server, &["--exec-timeout", "1s"]).expect(2).says("--exec");
}

#[test]
fn a_round_that_is_not_proven_reports_nothing_and_the_next_one_reports_all() {
    let lies = Arc::new(AtomicU32::new(7));
    let lie = Arc::clone(&lies);
    let server = Hostile::start(list(), move |_, list| {
        // Page 1 comes whatever page is asked for.
        (list.ignore_page, list.echo_page) = (lie.load(Ordering::SeqCst) > 0, true);
        Reply::Page
    });
    let place = Place::new();
    let run = watch(&place, &server, &["--since", "beginning"]).expect(5).says("completeness not established");
    assert_eq!(run.stdout, "");
    lies.store(0, Ordering::SeqCst);
    assert_eq!(watch(&place, &server, &[]).expect(0).stdout.lines().count(), 120);
}

#[test]
fn one_state_serves_one_watch_of_one_list() {
    let (server, other) = (Hostile::quiet(list()), Hostile::quiet(list()));
    let place = Place::new();
    let arguments = ["watch", "--state", "state.json", "--base-url", &server.base_url];
    let mut first = place.run(&arguments).key(KEY).start();
    while !place.work().join("state.json").exists() {
        assert!(first.wait(Duration::from_millis(20)).is_none(), "{}", first.finished());
    }
    watch(&place, &server, &[]).expect(6).says("in use by another watch");
    first.kill();
    watch(&place, &other, &[]).expect(2).says("give each list a state file of its own");
    watch(&place, &server, &[]).expect(0);
    for nonsense in [
        "",
        "{}",
        "null",
        "{\"format\":\"dialnexa-audit-watch/9\",\"source\":\"\",\"sequence\":1,\"floor\":\"2024-01-01T00:00:00Z\",\"known\":{}}",
    ] {
        std::fs::write(place.work().join("state.json"), nonsense).unwrap();
        let run = watch(&place, &server, &[]).expect(6).says("is not the state of a watch");
        assert_eq!(run.stdout, "");
    }
}
