//! `sync`: the tables of a warehouse, and what another run leaves alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use serde_json::Value;

use crate::harness::Place;
use crate::hostile::{Hostile, List, Reply};

const KEY: &str = "marked-key-sync-44aa";

/// When each file was written, by its path in the folder.
fn written(place: &Place) -> BTreeMap<String, SystemTime> {
    let time = |name: &String| std::fs::metadata(place.work().join(name)).unwrap().modified().unwrap();
    place.files().into_keys().map(|name| (name.clone(), time(&name))).collect()
}

#[test]
fn another_run_writes_nothing() {
    for format in ["parquet", "ndjson", "delta"] {
        let place = Place::new();
        let arguments = ["sync", "--to", "w", "--sample", "--format", format];
        let run = place.run(&arguments).done().expect(0);
        let before = written(&place);
        let tables = before.keys().filter(|name| name.starts_with("w/batches/quarter=")).count();
        assert!(tables > 2 && run.stdout.lines().count() == tables, "{run}");
        let others: Vec<_> = before.keys().filter(|name| !name.starts_with("w/batches/quarter=")).collect();
        let logs = others.iter().filter(|name| name.contains("/_delta_log/00000000000000000000.json")).count();
        let expected = [("parquet", 2, 0), ("ndjson", 1, 0), ("delta", 3, 2)];
        let found = (format, others.len(), logs);
        assert!(expected.contains(&found) && others.contains(&&"w/sync.json".to_owned()), "{others:?}");
        let again = place.run(&arguments).done().expect(0).says(", 0 written");
        assert_eq!((again.stdout.as_str(), written(&place)), ("", before));
    }
}

#[test]
fn only_the_quarter_that_changed_is_written_anew() {
    let range = "2023-01-01T00:00:00Z".parse().unwrap().."2024-07-01T00:00:00Z".parse().unwrap();
    let step = Arc::new(AtomicU32::new(0));
    let now = Arc::clone(&step);
    let server = Hostile::start(List::spread(600, range, 2), move |_, list| {
        let q1 = |list: &List| list.rows().iter().position(|row| row.created_at.to_rfc3339().as_str() < "2024-04");
        match now.swap(0, Ordering::SeqCst) {
            1 => list.set_status(q1(list).unwrap(), "failed"),
            2 => {
                while list.rows().last().is_some_and(|row| row.created_at.to_rfc3339().as_str() < "2023-04") {
                    list.delete(list.rows().len() - 1);
                }
            }
            _ => {}
        }
        Reply::Page
    });
    let place = Place::new();
    let sync = |more: &[&str]| {
        place.run(&[&["sync", "--to", "w", "--base-url", &server.base_url], more].concat()).key(KEY).done()
    };
    let all = sync(&[]).expect(0).stdout;
    assert_eq!(all.lines().count(), 6, "{all}");
    step.store(1, Ordering::SeqCst);
    let run = sync(&["--fail-on-restatement", "-q"]).expect(1).says("RESTATED 2024-Q1: 1 otherwise changed");
    assert!(run.stdout.starts_with("w/batches/quarter=2024-Q1/batches-") && run.stdout.lines().count() == 1, "{run}");
    // A quarter that has lost all its batches keeps an empty table.
    step.store(2, Ordering::SeqCst);
    let run =
        sync(&["--json"]).expect(0).says("RESTATED 2023-Q1: ").says(" vanished").says("  batches ").says(" -> 0;");
    let reported: Value = serde_json::from_str(&run.stdout).unwrap();
    let first = &reported["quarters"][0];
    assert_eq!((&first["quarter"]["quarter"], &first["written"]), (&"2023-Q1".into(), &true.into()), "{run}");
    assert_eq!(first["quarter"]["totals"]["batches"], 0);
    let restated = &reported["restated"][0];
    assert_eq!((&restated["quarter"], &restated["recounted"]), (&"2023-Q1".into(), &0.into()));
    assert_eq!(restated["vanished"], restated["before"]["batches"]);
    assert_eq!(
        restated["adjustment"]["batches"].as_i64(),
        restated["before"]["batches"].as_i64().map(|before| -before)
    );
    let ledger: Value = serde_json::from_slice(&place.files()["w/sync.json"]).unwrap();
    assert_eq!(ledger["restatements"].as_array().unwrap().len(), 2);
    // The tables are of one list, one zone and one kind.
    sync(&["--format", "ndjson"]).expect(2).says("name another folder by --to");
    sync(&["--timezone", "Asia/Kolkata"]).expect(2).says("the time zone UTC, not Asia/Kolkata");
    sync(&["--fiscal-year-start", "2", "--since", "2024-Q1"]).expect(2);
    place.assert_nowhere(KEY);
}

#[test]
fn a_list_that_is_not_proven_leaves_the_tables_as_they_are() {
    let range = "2024-01-01T00:00:00Z".parse().unwrap().."2024-07-01T00:00:00Z".parse().unwrap();
    let lie = Arc::new(AtomicU32::new(0));
    let reported = Arc::clone(&lie);
    let server = Hostile::start(List::spread(150, range, 1), move |_, list| {
        // From then on page 1 comes whatever page is asked for.
        (list.ignore_page, list.echo_page) = (reported.load(Ordering::SeqCst) > 0, true);
        Reply::Page
    });
    let place = Place::new();
    let arguments = ["sync", "--to", "w", "--base-url", &server.base_url];
    place.run(&arguments).key(KEY).done().expect(0);
    let before = written(&place);
    lie.store(9, Ordering::SeqCst);
    let run = place.run(&[&arguments[..], &["--json"]].concat()).key(KEY).done().expect(5);
    let failure: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&failure["exit"], failure["message"].is_string()), (&5.into(), true), "{run}");
    let mut after = written(&place);
    after.retain(|name, _| !name.contains(".partial/"));
    assert_eq!(after, before);
}

#[test]
fn duckdb_sums_the_tables_to_the_totals_of_the_report() {
    let Some(python) = crate::web::tools().map(|tools| tools.join("python/bin/python")) else { return };
    let place = Place::new();
    place.run(&["report", "--quarter", "2024-Q1", "--sample", "--format", "csv"]).done().expect(0);
    let report: Value = serde_json::from_slice(&place.files()["batch-audit-2024-Q1/batch-audit-2024-Q1.json"]).unwrap();
    let all = &report["totals"]["all"];
    let expected = ["batches", "total_calls", "completed_calls", "failed_calls"].map(|name| all[name].to_string());
    for (format, reader) in [("parquet", "read_parquet"), ("ndjson", "read_json_auto")] {
        place.run(&["sync", "--to", format, "--sample", "--format", format]).done().expect(0);
        let script = format!(
            "import duckdb\nprint(*duckdb.sql(\"select count(*), sum(total_calls)::bigint, sum(completed_calls)::bigint, \
             sum(failed_calls)::bigint from {reader}('{format}/batches/*/*.{format}', hive_partitioning = true) \
             where quarter = '2024-Q1'\").fetchall()[0])"
        );
        let run = place.run_program(python.to_str().unwrap(), &["-c", &script]).done().expect(0);
        assert_eq!(run.stdout.split_whitespace().collect::<Vec<_>>(), expected, "{run}");
    }
}
