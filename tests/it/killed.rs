//! A run that ends in the middle, at any moment and by any cause: the same command goes on to the report of an undisturbed
//! run, nothing half made is left, and what was read is kept where it can be.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Place, Run, Running, thorough};
use crate::hostile::{Hostile, List, Reply};

mod disk;

const STEM: &str = "batch-audit-2024-Q1";
const KEY: &str = "marked-key-killed-71c3";
fn moments() -> u32 {
    if thorough() { 32 } else { 12 }
}

/// 1,500 batches around the quarter; every page takes its time.
fn throttled() -> Hostile {
    let range = "2023-10-01T00:00:00Z".parse().unwrap().."2024-07-01T00:00:00Z".parse().unwrap();
    Hostile::start(List::spread(1_500, range, 2), |_, _| Reply::Late(Duration::from_millis(40)))
}

fn arguments(server: &Hostile) -> [&str; 9] {
    ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--concurrency", "2", "--format", "csv,html"]
}

/// What a report says of the population, without when and how it was read.
fn said(files: &BTreeMap<String, Vec<u8>>) -> (Value, Vec<u8>, Vec<u8>) {
    let file = |name: &str| files[&format!("{STEM}/{STEM}{name}")].clone();
    let mut json: Value = serde_json::from_slice(&file(".json")).unwrap();
    for of_the_run in ["provenance", "completeness", "evidence", "parameters"] {
        json.as_object_mut().unwrap().remove(of_the_run);
    }
    (json, file(".csv"), file("-totals.csv"))
}

fn undisturbed(server: &Hostile) -> ((Value, Vec<u8>, Vec<u8>), Duration) {
    let (place, began) = (Place::new(), Instant::now());
    place.run(&arguments(server)).key(KEY).done().expect(0);
    (said(&place.files()), began.elapsed())
}

/// The same command until it is done.
fn go_on(place: &Place, server: &Hostile) -> Run {
    place.run(&arguments(server)).key(KEY).done().expect(0)
}

#[test]
fn a_run_killed_at_any_moment_goes_on_to_the_same_report() {
    let server = throttled();
    let (expected, time) = undisturbed(&server);
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut resumed, mut finished) = (0, 0);
    let moments = moments();
    for number in 0..moments {
        let moment = time.mul_f64(random.f64() * 1.05);
        let story = format!("seed {seed}, kill {number} after {moment:?} of {time:?}");
        let place = Place::new();
        let mut running = place.run(&arguments(&server)).key(KEY).start();
        let whole = running.wait(moment).is_some();
        running.kill();
        let reported = running.finished();
        if whole || place.work().join(STEM).exists() {
            finished += 1;
        } else {
            let run = go_on(&place, &server);
            resumed += u32::from(run.stderr.contains("Going on where"));
            let left: Vec<_> =
                std::fs::read_dir(place.work()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(left, [STEM], "{story}\n{reported}\n{run}");
        }
        assert!(said(&place.files()) == expected, "{story}: another report\n{reported}");
        place.run(&["verify", STEM]).done().expect(0);
        place.assert_nowhere(KEY);
    }
    println!("{moments} kills: {resumed} collections taken up, {finished} packages were whole already");
    assert!(resumed > moments / 10, "seed {seed}: only {resumed} of {moments} kills hit a collection");
}

#[cfg(unix)]
fn interrupt(process: u32) {
    // The shell's own: not every machine has a program for it.
    let status = std::process::Command::new("sh").args(["-c", &format!("kill -INT {process}")]).status().unwrap();
    assert!(status.success());
}

/// Interrupts a run once the server has seen so many requests; how long it took to end.
#[cfg(unix)]
fn interrupted(place: &Place, server: &Hostile, after: usize) -> (Duration, Run) {
    let mut running = place.run(&arguments(server)).key(KEY).start();
    let until = Instant::now() + Duration::from_secs(60);
    while server.requests().len() < after {
        assert!(Instant::now() < until, "the server saw {} requests", server.requests().len());
        std::thread::sleep(Duration::from_millis(5));
    }
    // What was asked for is now waited for.
    std::thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    interrupt(running.id());
    let ended = running.wait(Duration::from_secs(20));
    let time = began.elapsed();
    assert!(ended.is_some(), "it did not end\n{}", running.finished());
    (time, running.finished())
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_run_within_a_second_with_the_words_how_to_go_on() {
    let range = "2023-10-01T00:00:00Z".parse().unwrap().."2024-07-01T00:00:00Z".parse().unwrap();
    type Stall = fn() -> Reply;
    let stalls: [Stall; 2] = [|| Reply::Silent, || Reply::too_many(Some("50".to_owned()))];
    for stall in stalls {
        let server =
            Hostile::start(
                List::spread(1_500, range.clone(), 2),
                move |seen, _| {
                    if seen.number < 9 { Reply::Page } else { stall() }
                },
            );
        let place = Place::new();
        let (time, run) = interrupted(&place, &server, 9);
        let run = run.expect(4).says("interrupted").says("the same command goes on from there");
        assert!(time < Duration::from_secs(1), "{time:?}\n{run}");
        let left: Vec<_> = place.files().into_keys().collect();
        assert_eq!(left, [format!("{STEM}.partial/evidence.warc.gz")], "{run}");
    }
}

/// A run that has read everything and now writes; `None` if it was done before that was seen.
#[cfg(unix)]
fn writing(place: &Place, server: &Hostile, pages: usize) -> Option<Running> {
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--pdf-rows", "all"];
    let mut running = place.run(&arguments).key(KEY).start();
    let evidence = place.work().join(format!("{STEM}.partial/evidence.warc.gz"));
    let mut before = 0;
    // Once it is written to no more, everything was read.
    while running.wait(Duration::from_millis(150)).is_none() {
        let bytes = std::fs::metadata(&evidence).map_or(0, |file| file.len());
        if bytes > 0 && bytes == before && server.requests().len() > pages {
            return Some(running);
        }
        before = bytes;
    }
    running.finished().expect(0);
    None
}

#[cfg(unix)]
#[test]
fn an_interrupt_while_the_report_is_written_ends_it_as_soon() {
    // A fast machine is given more to write.
    for batches in [6_000, 12_000, 24_000, 48_000] {
        let range = "2024-01-01T00:00:00Z".parse().unwrap().."2024-04-01T00:00:00Z".parse().unwrap();
        let server = Hostile::quiet(List::spread(batches, range, 2));
        let place = Place::new();
        let Some(mut running) = writing(&place, &server, batches / 100) else { continue };
        let began = Instant::now();
        interrupt(running.id());
        let ended = running.wait(Duration::from_secs(60));
        let (time, run) = (began.elapsed(), running.finished());
        if run.status == Some(0) {
            continue;
        }
        assert!(ended.is_some() && time < Duration::from_secs(1), "{time:?}\n{run}");
        run.expect(4).says("interrupted before the report was written").says("the same command goes on from there");
        assert!(place.work().join(format!("{STEM}.partial/evidence.warc.gz")).exists());
        assert!(!place.work().join(STEM).exists());
        return;
    }
    panic!("every report was written before it could be interrupted");
}
