//! `watch` killed at any moment, while the list grows, ends its batches and commands fail: nothing missed, nothing twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::harness::Place;
use crate::hostile::{Hostile, List, Reply};

const KILLS: u32 = 50;
const KEY: &str = "marked-key-watch-killed-9c0d";

/// A list where with almost every request something is created, or becomes final; once calm, all become final.
fn busy(calm: &Arc<AtomicBool>, seed: u64) -> Hostile {
    let now = Utc::now();
    let range = now - TimeDelta::minutes(90)..now - TimeDelta::minutes(1);
    let calm = Arc::clone(calm);
    let mut random = fastrand::Rng::with_seed(seed);
    Hostile::start(List::spread(40, range, 2), move |_, list| {
        let count = list.rows().len();
        if calm.load(Ordering::SeqCst) {
            (0..count).for_each(|place| list.set_status(place, "completed"));
        } else if random.u8(..3) == 0 && count < 400 {
            list.insert(Utc::now());
            list.set_status(0, random.choice(["processing", "queued", "teleported", "failed"]).unwrap());
        } else {
            let open = (0..count).filter(|place| list.rows()[*place].status != "completed");
            let open: Vec<usize> = open.filter(|place| list.rows()[*place].status != "failed").collect();
            if let Some(place) = random.choice(&open) {
                list.set_status(*place, random.choice(["cancelled", "completed", "processing"]).unwrap());
            }
        }
        Reply::Page
    })
}

fn ever(server: &Hostile) -> BTreeSet<String> {
    let all: std::ops::Range<DateTime<Utc>> = DateTime::UNIX_EPOCH..DateTime::<Utc>::MAX_UTC;
    server.populations(&all).into_iter().flatten().collect()
}

/// Each batch final exactly once, and new once at most, before.
fn assert_each_once(reported: &[String], ids: &BTreeSet<String>, story: &str) {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    reported.iter().for_each(|event| *counts.entry(event).or_default() += 1);
    let twice: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{story}: reported twice: {twice:?}");
    let missed: Vec<_> = ids.iter().filter(|id| !counts.contains_key(format!("{id}:final").as_str())).collect();
    assert!(missed.is_empty(), "{story}: missed: {missed:?}");
    assert!(reported.iter().all(|event| ids.contains(event.split(':').next().unwrap())), "{story}: made up");
}

/// The server reports its time in whole seconds: what is dated within one is read when it is over.
fn settle() {
    std::thread::sleep(Duration::from_millis(1_100));
}

fn arguments<'a>(server: &'a Hostile, more: &[&'a str]) -> Vec<&'a str> {
    // What is dated within the last seconds is not settled; the rest of what is open is older than the floor.
    let same = ["watch", "--state", "state.json", "--every", "0s", "--since", "beginning", "--overlap", "3s", "-q"];
    [&same[..], &["--base-url", &server.base_url], more].concat()
}

#[test]
fn killed_at_50_moments_no_command_is_left_out_and_none_is_run_twice_after_its_success() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let calm = Arc::new(AtomicBool::new(false));
    let server = busy(&calm, seed);
    let place = Place::new();
    // One of five fails before it has done anything, and all take their time after they have.
    let exec = "[ $(($$ % 5)) != 0 ] || exit 1; echo $DIALNEXA_EVENT_ID >> reported; sleep 0.02";
    let mut middle = 0;
    for _ in 0..KILLS {
        let mut running = place.run(&arguments(&server, &["--exec", exec])).key(KEY).start();
        let ended = running.wait(Duration::from_millis(random.u64(20..500)));
        assert!(ended.is_none(), "seed {seed}: it ended by itself\n{}", running.finished());
        let before = std::fs::read(place.work().join("reported")).map_or(0, |reported| reported.len());
        running.kill();
        running.finished();
        middle += u32::from(std::fs::read(place.work().join("reported")).map_or(0, |reported| reported.len()) > before);
    }
    calm.store(true, Ordering::SeqCst);
    settle();
    let reported = || std::fs::read_to_string(place.work().join("reported")).unwrap().lines().count();
    for _ in 0..60 {
        let before = reported();
        let run = place.run(&arguments(&server, &["--once", "--exec", exec])).key(KEY).done();
        if run.status == Some(0) && reported() == before {
            break;
        }
    }
    let reported = std::fs::read_to_string(place.work().join("reported")).unwrap();
    let reported: Vec<String> = reported.lines().map(str::to_owned).collect();
    let ids = ever(&server);
    println!("{KILLS} kills, {middle} while a command ran: {} batches, {} events", ids.len(), reported.len());
    assert!(ids.len() > 60, "the list hardly grew");
    assert_each_once(&reported, &ids, &format!("seed {seed}"));
    place.assert_nowhere(KEY);
}

#[test]
fn killed_at_50_moments_no_line_is_left_out_and_none_is_printed_twice() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let calm = Arc::new(AtomicBool::new(false));
    let server = busy(&calm, seed);
    let place = Place::new();
    let mut printed = String::new();
    for _ in 0..KILLS {
        let mut running = place.run(&arguments(&server, &[])).key(KEY).start();
        running.wait(Duration::from_millis(random.u64(20..300)));
        running.kill();
        printed += &running.finished().stdout;
    }
    calm.store(true, Ordering::SeqCst);
    settle();
    for _ in 0..3 {
        printed += &place.run(&arguments(&server, &["--once"])).key(KEY).done().expect(0).stdout;
    }
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["event_id"].as_str().unwrap().to_owned();
    let reported: Vec<String> = printed.lines().map(id).collect();
    assert_each_once(&reported, &ever(&server), &format!("seed {seed}"));
}
