//! Tables of the layout before this one, and a reader beside a run.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::Value;

use crate::harness::Place;
use crate::hostile::{Hostile, List, Reply};

const KEY: &str = "marked-key-sync-migrated-71be";

/// The tables as the layout before had them: beside the ledger, under one name.
fn made_older(folder: &Path) {
    let path = folder.join("sync.json");
    let mut ledger: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    ledger["format"] = "dialnexa-audit-sync/1".into();
    for entry in ledger["quarters"].as_array_mut().unwrap() {
        let older = format!("quarter={}/batches.parquet", entry["quarter"].as_str().unwrap());
        fs::create_dir_all(folder.join(&older).parent().unwrap()).unwrap();
        fs::rename(folder.join(entry["file"].as_str().unwrap()), folder.join(&older)).unwrap();
        entry["file"] = older.into();
    }
    fs::write(path, ledger.to_string()).unwrap();
    fs::remove_dir_all(folder.join("batches")).unwrap();
    fs::remove_dir_all(folder.join("restatements")).unwrap();
}

/// Six quarters, from which `gone` takes every tenth batch.
fn shrinking(gone: &Arc<AtomicBool>) -> Hostile {
    let range = "2023-01-01T00:00:00Z".parse().unwrap().."2024-07-01T00:00:00Z".parse().unwrap();
    let gone = Arc::clone(gone);
    Hostile::start(List::spread(300, range, 1), move |_, list| {
        if gone.swap(false, Ordering::SeqCst) {
            (0..30).for_each(|place| drop(list.delete(place * 9)));
        }
        Reply::Page
    })
}

#[test]
fn an_older_layout_is_migrated_and_what_vanished_meanwhile_is_reported() {
    for format in ["parquet", "delta"] {
        let gone = Arc::new(AtomicBool::new(false));
        let (server, place) = (shrinking(&gone), Place::new());
        let sync = |format: &str, more: &[&str]| {
            let arguments = ["sync", "--to", "w", "--base-url", &server.base_url, "--format", format];
            place.run(&[&arguments[..], more].concat()).key(KEY).done()
        };
        sync("parquet", &[]).expect(0);
        made_older(&place.work().join("w"));
        sync(format, &["--since", "2023-Q2"]).expect(2).says("run sync once without --since");
        gone.store(true, Ordering::SeqCst);
        let run = sync(format, &[]).expect(0).says("of an older layout and are migrated").says("RESTATED 2023-Q1: ");
        assert_eq!(run.stderr.matches("RESTATED ").count(), 6, "{run}");
        let files = place.files();
        assert!(files.keys().all(|name| !name.starts_with("w/quarter=")), "{:?}", files.keys());
        let ledger: Value = serde_json::from_slice(&files["w/sync.json"]).unwrap();
        let restated = ledger["restatements"].as_array().unwrap();
        assert_eq!(restated.iter().map(|quarter| quarter["vanished"].as_u64().unwrap()).sum::<u64>(), 30, "{ledger}");
        assert_eq!(sync(format, &["-q"]).expect(0).stdout, "");
    }
}

#[test]
fn a_reader_beside_a_running_sync_sees_one_state_whole_or_misses_a_file() {
    let range = "2023-01-01T00:00:00Z".parse().unwrap().."2024-07-01T00:00:00Z".parse().unwrap();
    let (other, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let now = Arc::clone(&other);
    let server = Hostile::start(List::spread(60, range, 1), move |_, list| {
        // In every quarter at once.
        let status = if now.load(Ordering::SeqCst) { "failed" } else { "completed" };
        (0..60).for_each(|place| list.set_status(place, status));
        Reply::Page
    });
    let place = Place::new();
    let sync = || {
        let arguments = ["sync", "--to", "w", "--base-url", &server.base_url, "--format", "ndjson", "-q"];
        drop(place.run(&arguments).key(KEY).done().expect(0));
    };
    sync();
    let (folder, reads) = (place.work().join("w/batches"), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..6 {
                other.fetch_xor(true, Ordering::SeqCst);
                sync();
            }
            over.store(true, Ordering::SeqCst);
        });
        while !over.load(Ordering::SeqCst) || reads.load(Ordering::SeqCst) < 300 {
            let Some(rows) = read(&folder) else { continue };
            reads.fetch_add(1, Ordering::SeqCst);
            let statuses: BTreeSet<&str> = rows.iter().map(|row| row["status"].as_str().unwrap()).collect();
            assert_eq!((rows.len(), statuses.len()), (60, 1), "a torn view");
        }
    });
    place.assert_nowhere(KEY);
}

/// Lists all, then opens all, as engines do; `None` where a file is not there any more.
fn read(folder: &Path) -> Option<Vec<Value>> {
    let mut paths = Vec::new();
    for quarter in fs::read_dir(folder).ok()? {
        for file in fs::read_dir(quarter.ok()?.path()).ok()? {
            paths.push(file.ok()?.path());
        }
    }
    let texts = paths.iter().map(|path| fs::read_to_string(path).ok()).collect::<Option<Vec<_>>>()?;
    Some(texts.iter().flat_map(|text| text.lines()).map(|line| serde_json::from_str(line).unwrap()).collect())
}
