//! A run that is killed at any step is finished by the next one, and a reader sees the old tables or the new ones.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;

fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(path) = folders.pop() {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

fn ledger(tables: &str, entries: &[(&str, &str)]) -> Ledger {
    let sums = json!({ "batches": 1, "total_calls": 1, "completed_calls": 1, "failed_calls": 0, "other_calls": 0,
        "not_reported": 0, "without_total": 0, "above_total": 0, "unallocated": 0 });
    let entry = |(quarter, file): &(&str, &str)| json!({ "quarter": quarter, "file": file, "sha256": "", "standing": "complete", "totals": sums, "hash_total": "" });
    let entries: Vec<_> = entries.iter().map(entry).collect();
    let ledger = json!({ "format": "dialnexa-audit-sync/2", "source": "s", "tables": tables, "timezone": "UTC",
        "fiscal_year_start": 1, "quarters": entries });
    serde_json::from_value(ledger).unwrap()
}

const OLD: [(&str, &str); 2] = [("a", "batches/quarter=a/1.parquet"), ("b", "batches/quarter=b/1.parquet")];
const NEW: [(&str, &str); 2] = [("a", "batches/quarter=a/1.parquet"), ("b", "batches/quarter=b/2.parquet")];

/// A folder with the old tables, in which the new ones are staged.
fn prepared(delta: bool) -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    for (name, place) in OLD.iter().chain(&[("older", "quarter=a/batches.parquet")]) {
        make_folder(&folder.path().join(place)).unwrap();
        fs::write(folder.path().join(place), name).unwrap();
    }
    let tables = if delta { "delta" } else { "parquet" };
    fs::write(folder.path().join(NAME), ledger(tables, &OLD).bytes()).unwrap();
    let staging = Staging::open(folder.path()).unwrap();
    staging.put(NEW[1].1, b"new").unwrap();
    staging.put("restatements/1.parquet", b"restated").unwrap();
    let (mut moves, mut logs) = (vec!["restatements/1.parquet".to_owned()], Vec::new());
    if delta {
        moves.push(NEW[1].1.to_owned());
        logs.push("batches/_delta_log/00000000000000000001.json".to_owned());
        staging.put(&logs[0], b"{}\n").unwrap();
    } else {
        staging.keep(NEW[0].1).unwrap();
    }
    let ledger = ledger(tables, &NEW);
    let older = vec!["quarter=a/batches.parquet".to_owned()];
    (folder, Journal { moves, tree: !delta, logs, ledger, older, restated: Vec::new() })
}

#[test]
fn a_run_killed_at_any_step_is_finished_by_the_next_one() {
    for delta in [false, true] {
        for steps in 0..9 {
            let (folder, journal) = prepared(delta);
            let staging = Staging { folder: folder.path().to_owned() };
            // As `publish` does it, up to the kill.
            fs::write(folder.path().join(JOURNAL), serde_json::to_vec(&journal).unwrap()).unwrap();
            staging.steps(&journal, steps).unwrap();
            let seen = files(&folder.path().join(BATCHES));
            if !delta {
                let sees = |name: &str| seen.contains_key(name);
                assert!(sees("quarter=b/1.parquet") != sees("quarter=b/2.parquet"), "{steps}: {seen:?}");
                assert!(sees("quarter=a/1.parquet"), "{steps}: {seen:?}");
            }
            let next = Staging::open(folder.path()).unwrap();
            next.recover().unwrap();
            drop((staging, next));
            let mut left = files(folder.path());
            assert_eq!(left.remove(NAME).unwrap().into_bytes(), journal.ledger.bytes());
            let mut expected =
                vec!["batches/quarter=a/1.parquet", "batches/quarter=b/2.parquet", "restatements/1.parquet"];
            if delta {
                expected.extend(["batches/_delta_log/00000000000000000001.json", "batches/quarter=b/1.parquet"]);
                expected.sort_unstable();
            }
            assert_eq!(left.keys().map(String::as_str).collect::<Vec<_>>(), expected, "delta {delta}, {steps} steps");
            assert!(!folder.path().join(STAGING).exists());
        }
    }
}

#[test]
fn what_was_staged_without_a_journal_is_taken_away() {
    let (folder, _) = prepared(false);
    let before = files(&folder.path().join(BATCHES));
    let staging = Staging::open(folder.path()).unwrap();
    assert_eq!(staging.recover().unwrap(), Vec::new());
    drop(staging);
    assert_eq!(files(&folder.path().join(BATCHES)), before);
    assert!(!folder.path().join(STAGING).exists());
}

#[test]
fn a_version_that_another_program_wrote_meanwhile_is_not_written_over() {
    let (folder, journal) = prepared(true);
    let staging = Staging { folder: folder.path().to_owned() };
    let log = folder.path().join(&journal.logs[0]);
    make_folder(&log).unwrap();
    fs::write(&log, "another's").unwrap();
    assert!(matches!(staging.publish(&journal), Err(SyncError::ForeignCommit { version: 1, .. })));
    assert_eq!(fs::read_to_string(&log).unwrap(), "another's");
}

#[test]
fn a_file_that_readers_would_take_for_a_part_of_the_table_is_refused() {
    let (folder, _) = prepared(false);
    let ledger = ledger("parquet", &OLD);
    fs::write(folder.path().join("batches/_SUCCESS"), "").unwrap();
    assert_eq!(hidden(folder.path(), &ledger).unwrap(), ["batches/_SUCCESS"]);
    fs::write(folder.path().join("batches/quarter=a/mine.parquet"), "").unwrap();
    assert!(matches!(hidden(folder.path(), &ledger), Err(SyncError::ForeignFile(_))));
}
