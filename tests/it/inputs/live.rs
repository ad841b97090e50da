//! `sync` and `watch` over dates that no quarter has, on a disk that fills up, with a state that is damaged and with a reader
//! that goes away.

use std::fs;
use std::time::Duration;

use super::*;
use crate::harness::Running;

/// What databases and languages write for "never" and for no time at all, between batches of two quarters.
fn odd_years() -> Vec<String> {
    vec![
        record(9, "9999-12-31T23:59:59Z", ""),
        record(8, "2024-04-02T00:00:00.000Z", ""),
        record(7, "2024-03-15T10:00:00Z", ""),
        record(5, "1969-12-31T23:59:59.000Z", ""),
        record(4, "0001-01-01T00:00:00Z", ""),
    ]
}

#[test]
fn sync_names_the_batches_that_are_in_no_table() {
    let server = serving("", odd_years());
    let place = Place::new();
    let arguments = ["sync", "--base-url", &server.base_url, "--format", "ndjson"];
    for (folder, more, quarters) in [
        ("wh", &[][..], 2),
        ("wh", &["-q"], 2),
        ("fiscal", &["--fiscal-year-start", "5"], 1),
        ("late", &["--timezone", "Asia/Tokyo"], 2),
    ] {
        let run = place.run(&[&arguments[..], &["--to", folder], more].concat()).key(KEY).done().expect(0);
        let run = run.says("bat_000004 (0001-01-01T00:00:00.000Z)").says("and in no table");
        let run = run.says("1 batch of the list is dated in the future").says("bat_000009 (9999-12-31T23:59:59.000Z)");
        assert!(!run.stderr.contains("proven complete\n"), "{run}");
        let ledger: serde_json::Value = serde_json::from_slice(&place.files()[&format!("{folder}/sync.json")]).unwrap();
        let tables = ledger["quarters"].as_array().unwrap();
        let rows: u64 = tables.iter().map(|entry| entry["totals"]["batches"].as_u64().unwrap()).sum();
        let before = ledger["outside"]["before_1970"].as_array().unwrap().len() as u64;
        assert_eq!(rows + before, 4, "{folder}: {ledger}");
        assert_eq!(ledger["outside"]["in_the_future"][0]["batch_id"], "bat_000009");
        assert!(tables.len() >= quarters, "{folder}: {ledger}");
    }
    let json = place.run(&[&arguments[..], &["--to", "wh", "--json"]].concat()).key(KEY).done().expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["outside"]["before_1970"][0]["created_at"], "0001-01-01T00:00:00.000Z");
    let usual = serving("", odd_years().split_off(1)[..2].to_vec());
    let arguments = ["sync", "--to", "usual", "--base-url", &usual.base_url, "--format", "ndjson"];
    let run = place.run(&arguments).key(KEY).done().expect(0);
    assert!(run.stderr.contains("proven complete\n") && !run.stderr.contains("in no table"), "{run}");
    assert!(!String::from_utf8_lossy(&place.files()["usual/sync.json"]).contains("outside"));
}

#[test]
fn watch_reports_every_batch_once_whatever_it_is_dated() {
    let server = serving("", odd_years());
    let place = Place::new();
    let arguments = ["watch", "--once", "--since", "beginning", "--state", "s.json", "--base-url", &server.base_url];
    let run = place.run(&arguments).key(KEY).done().expect(0);
    let reported: Vec<serde_json::Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut ids: Vec<_> = reported.iter().map(|event| event["batch_id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["bat_000004", "bat_000005", "bat_000007", "bat_000008", "bat_000009"], "{run}");
    for _ in 0..2 {
        assert_eq!(place.run(&arguments[..]).key(KEY).done().expect(0).stdout, "");
    }
}

#[test]
fn tables_in_parquet_have_one_type_whatever_the_data() {
    let rows = vec![
        record(8, "2024-04-02T00:00:00.000Z", ""),
        record(6, "2024-03-31T23:59:59.9999999Z", ""),
        record(4, "2024-03-02T00:00:00.123456789Z", ""),
        record(5, "2023-12-02T00:00:00.000Z", ""),
    ];
    let (server, place) = (serving("", rows), Place::new());
    place.run(&["sync", "--to", "wh", "--base-url", &server.base_url]).key(KEY).done().expect(0);
    let tables: Vec<_> = place.files().into_iter().filter(|(name, _)| name.starts_with("wh/batches/")).collect();
    assert_eq!(tables.len(), 3);
    // In the footer: the unit of microseconds, UTC.
    let has = |bytes: &[u8], micros: i64| bytes.windows(8).any(|part| part == micros.to_le_bytes());
    assert!(has(&tables[1].1, 1_711_929_599_999_999), "rounded up, or in another unit");
    assert!(has(&tables[0].1, 1_701_475_200_000_000) && has(&tables[2].1, 1_712_016_000_000_000));
}

#[test]
fn several_syncs_into_one_folder_wait_for_each_other() {
    let (server, place) = (serving("", odd_years()), Place::new());
    let arguments = ["sync", "--to", "wh", "--base-url", &server.base_url, "--format", "ndjson"];
    let mut runs: Vec<Running> = (0..4).map(|_| place.run(&arguments).key(KEY).start()).collect();
    for run in &mut runs {
        run.finished().expect(0);
    }
    assert_eq!(place.files().keys().filter(|name| name.contains(".new") || name.contains("_staging")).count(), 0);
}

#[test]
fn a_damaged_state_is_refused() {
    let (server, place) = (serving("", odd_years()), Place::new());
    let arguments = ["watch", "--once", "--since", "beginning", "--state", "s.json", "--base-url", &server.base_url];
    place.run(&arguments).key(KEY).done().expect(0);
    let path = place.work().join("s.json");
    let whole = fs::read_to_string(&path).unwrap();
    for damaged in [
        whole.replace("\"final\"", "\"new\""),
        whole.replacen("bat_000008", "bat_000003", 1),
        whole.replacen("2024", "2025", 1),
        whole[..whole.len() / 2].to_owned(),
        String::new(),
    ] {
        assert_ne!(damaged, whole);
        fs::write(&path, &damaged).unwrap();
        let run = place.run(&arguments).key(KEY).done().expect(6).says("is not the state of a watch");
        assert_eq!(run.stdout, "");
        assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(place.run(&arguments).key(KEY).done().expect(0).stdout, "");
}

/// A list of so many final batches, a minute apart.
fn many(count: u32) -> Vec<String> {
    let start = chrono::DateTime::parse_from_rfc3339("2024-01-01T00:00:00Z").unwrap();
    let at = |id: u32| (start + chrono::TimeDelta::minutes(id.into())).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    (1..=count).rev().map(|id| record(id, &at(id), "")).collect()
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_ends_a_watch_quietly() {
    let (server, place) = (serving("", many(600)), Place::new());
    let watch = "\"$0\" watch --every 1s --since beginning --state s.json --base-url \"$1\" 2> err; echo $? > status";
    let script = format!("( {watch} ) | head -n 3");
    let words = ["-c", &script, env!("CARGO_BIN_EXE_dialnexa-audit"), &server.base_url];
    let run = place.run_program("sh", &words).key(KEY).within(Duration::from_secs(60)).done().expect(0);
    assert_eq!(run.stdout.lines().count(), 3);
    let files = place.files();
    assert_eq!(String::from_utf8_lossy(&files["status"]), "0\n");
    assert_eq!(String::from_utf8_lossy(&files["err"]), "");
}

#[cfg(unix)]
#[test]
fn on_a_disk_that_fills_up_nothing_is_reported_twice() {
    let (server, place) = (serving("", many(900)), Place::new());
    let watch = |limit: u32| {
        // In blocks of 512 bytes. What is reported goes to a pipe, which the limit does not reach.
        let script = format!(
            "trap '' XFSZ; ulimit -f {limit}; exec \"$0\" watch --once --since beginning --state s.json --base-url \"$1\" -q"
        );
        place
            .run_program("sh", &["-c", &script, env!("CARGO_BIN_EXE_dialnexa-audit"), &server.base_url])
            .key(KEY)
            .done()
    };
    let mut reported = Vec::new();
    for limit in [1, 60, 90, 110, 120, 130, 140, 160, 200] {
        reported.extend(watch(limit).stdout.lines().map(str::to_owned));
    }
    reported.extend(watch(100_000).expect(0).stdout.lines().map(str::to_owned));
    assert_eq!(watch(100_000).expect(0).stdout, "");
    let ids: std::collections::BTreeSet<_> = reported.iter().collect();
    assert_eq!((reported.len(), ids.len()), (900, 900), "reported twice or never");
}

#[cfg(target_os = "linux")]
#[test]
fn a_kill_of_the_whole_group_reports_nothing_twice() {
    let (server, place) = (serving("", many(40)), Place::new());
    // Each command takes a moment, so that a kill hits one of them.
    let command = "cat >> reported; sleep 0.05";
    let arguments = [
        "-w",
        env!("CARGO_BIN_EXE_dialnexa-audit"),
        "watch",
        "--once",
        "--since",
        "beginning",
        "--state",
        "s.json",
        "--base-url",
        &server.base_url,
        "--exec",
        command,
        "-q",
    ];
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..8 {
        let mut running = place.run_program("setsid", &arguments).key(KEY).start();
        std::thread::sleep(Duration::from_millis(300 + random.u64(..700)));
        let group = group_of(&running);
        let _ = std::process::Command::new("sh").args(["-c", &format!("kill -9 -{group} 2>/dev/null")]).status();
        running.finished();
    }
    place.run_program("setsid", &arguments).key(KEY).done().expect(0);
    let reported = String::from_utf8(place.files()["reported"].clone()).unwrap();
    let ids: std::collections::BTreeSet<_> = reported.lines().collect();
    assert_eq!((reported.lines().count(), ids.len()), (40, 40), "reported twice or never");
}

/// The group of the watch: `setsid` leads a session of its own where it need not fork, else its child does.
#[cfg(target_os = "linux")]
fn group_of(running: &Running) -> u32 {
    let id = running.id();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let is_setsid = fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name.trim() == "setsid");
    if is_setsid { children.split_whitespace().next().and_then(|id| id.parse().ok()).unwrap_or(id) } else { id }
}
