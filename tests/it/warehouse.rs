//! The tables of `sync` before the engines that read them: at rest, during a run, and after one that was killed.
//! `.ci/warehouse-tools.sh` installs them; DIALNEXA_WAREHOUSE_TOOLS is where.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Place, Run};
use crate::hostile::{Hostile, List, Reply};

const KEY: &str = "marked-key-warehouse-5d02";
const READERS: [&str; 7] = ["pandas", "pyarrow", "polars", "duckdb", "pyiceberg", "deltalake", "polars_delta"];

/// A program of the tools' folder.
pub fn tool(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("DIALNEXA_WAREHOUSE_TOOLS").map(PathBuf::from);
    let found = folder.map(|folder| folder.join(name)).filter(|program| program.exists());
    if found.is_none() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{name} of .ci/warehouse-tools.sh is not installed");
        println!("skipped: DIALNEXA_WAREHOUSE_TOOLS has no {name}");
    }
    found
}

/// A list that is of another state on demand, and goes silent on demand.
struct Scene {
    place: Place,
    server: Hostile,
    other: Arc<AtomicBool>,
    silent: Arc<AtomicBool>,
}

impl Scene {
    fn new() -> Self {
        let range = "2023-07-01T00:00:00Z".parse().unwrap().."2024-07-01T00:00:00Z".parse().unwrap();
        let (other, silent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (is_other, is_silent) = (Arc::clone(&other), Arc::clone(&silent));
        let first = List::spread(240, range, 1);
        let mut second = first.clone();
        (0..40).for_each(|place| drop(second.delete(place * 5)));
        let server = Hostile::start(first.clone(), move |seen, list| {
            *list = if is_other.load(Ordering::SeqCst) { second.clone() } else { first.clone() };
            if is_silent.load(Ordering::SeqCst) && seen.page > 1 { Reply::Silent } else { Reply::Page }
        });
        Self { place: Place::new(), server, other, silent }
    }

    fn arguments<'a>(&'a self, folder: &'a str, format: &'a str) -> [&'a str; 8] {
        ["sync", "-q", "--to", folder, "--format", format, "--base-url", &self.server.base_url]
    }

    fn sync(&self) {
        for (folder, format) in [("tables", "parquet"), ("lake", "delta")] {
            drop(self.place.run(&self.arguments(folder, format)).key(KEY).done().expect(0));
        }
    }

    /// What the report over this state states.
    fn reported(&self, out: &str) -> Vec<u64> {
        let arguments = ["report", "--quarter", "2024-Q1", "--format", "csv", "--out", out, "--base-url"];
        self.place.run(&[&arguments[..], &[&self.server.base_url]].concat()).key(KEY).done().expect(0);
        let name = format!("{out}/batch-audit-2024-Q1/batch-audit-2024-Q1.json");
        let report: Value = serde_json::from_slice(&self.place.files()[&name]).unwrap();
        let all = &report["totals"]["all"];
        ["batches", "total_calls", "completed_calls", "failed_calls"].map(|name| all[name].as_u64().unwrap()).to_vec()
    }

    fn read(&self, python: &std::path::Path, mode: &[&str], readers: &[&str]) -> Vec<(String, Option<Vec<u64>>)> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/warehouse/readers.py");
        let arguments = [&[script, mode[0], "tables", "lake"], &mode[1..], readers].concat();
        let program = self.place.run_program(python.to_str().unwrap(), &arguments);
        let run: Run = program.within(Duration::from_secs(300)).done().expect(0);
        let figures = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            let figures = line["figures"].as_array().map(|all| all.iter().map(|n| n.as_u64().unwrap()).collect());
            (line["reader"].as_str().unwrap().to_owned(), figures)
        };
        run.stdout.lines().map(figures).collect()
    }
}

fn every_state_is_read(python: &std::path::Path, readers: &[&str], rounds: usize) {
    let scene = Scene::new();
    let first = scene.reported("one");
    scene.sync();
    let all = |figures: &Vec<u64>| -> Vec<_> {
        readers.iter().map(|name| ((*name).to_owned(), Some(figures.clone()))).collect()
    };
    assert_eq!(scene.read(python, &["once"], readers), all(&first), "at rest");
    scene.silent.store(true, Ordering::SeqCst);
    for (folder, format) in [("tables", "parquet"), ("lake", "delta")] {
        let before = scene.server.requests().len();
        let mut running = scene.place.run(&scene.arguments(folder, format)).key(KEY).start();
        while scene.server.requests().len() < before + 2 {
            assert!(running.wait(Duration::from_millis(5)).is_none());
        }
        running.kill();
    }
    assert!(scene.place.files().keys().any(|name| name.contains("_staging")), "nothing was left by the kill");
    assert_eq!(scene.read(python, &["once"], readers), all(&first), "after a kill");
    scene.silent.store(false, Ordering::SeqCst);
    scene.other.store(true, Ordering::SeqCst);
    let second = scene.reported("other");
    assert_ne!(first, second);
    let stop = scene.place.work().join("stop");
    let readings = std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..rounds {
                scene.sync();
                scene.other.fetch_xor(true, Ordering::SeqCst);
            }
            std::fs::write(&stop, "").unwrap();
        });
        scene.read(python, &["beside", "stop"], readers)
    });
    for (reader, figures) in &readings {
        let whole = figures.as_ref().is_none_or(|figures| *figures == first || *figures == second);
        assert!(whole, "{reader} saw a torn view: {figures:?}, not {first:?} or {second:?}");
        // A snapshot of the log is there whatever goes on.
        assert!(figures.is_some() || !reader.contains("delta"), "{reader} failed");
    }
    let seen = |name: &&str| readings.iter().any(|(reader, figures)| reader == *name && figures.is_some());
    assert!(readers.iter().all(seen), "{readings:?}");
}

#[test]
fn every_engine_reads_the_totals_of_the_report_at_rest_during_a_run_and_after_a_kill() {
    let Some(python) = tool("python/bin/python") else { return };
    every_state_is_read(&python, &READERS, 8);
}

#[test]
fn spark_reads_the_totals_of_the_report_at_rest_during_a_run_and_after_a_kill() {
    let Some(python) = tool("spark/bin/python") else { return };
    every_state_is_read(&python, &["spark"], 16);
}

/// A project of dbt over the sources: a model of figures that the report has, too.
#[test]
fn dbt_builds_a_model_over_the_sources_and_every_test_of_theirs_passes() {
    let Some(dbt) = tool("dbt/bin/dbt") else { return };
    let place = Place::new();
    place.run(&["sync", "-q", "--to", "it's a warehouse", "--sample"]).done().expect(0);
    let sources = place.run(&["sync", "-q", "--to", "it's a warehouse", "--describe", "dbt"]).done().expect(0).stdout;
    let model = "select count(*) as batches, count(distinct quarter) as quarters\nfrom {{ source('dialnexa_audit', 'batches') }}\n";
    std::fs::create_dir(place.work().join("models")).unwrap();
    for (name, text) in [
        ("dbt_project.yml", "name: audit\nversion: 1.0.0\nprofile: audit\nmodels: {audit: {+materialized: table}}\n"),
        ("profiles.yml", "audit: {target: dev, outputs: {dev: {type: duckdb, path: audit.duckdb}}}\n"),
        ("models/sources.yml", &sources),
        ("models/figures.sql", model),
    ] {
        std::fs::write(place.work().join(name), text).unwrap();
    }
    let run =
        place.run_program(dbt.to_str().unwrap(), &["--no-use-colors", "--no-send-anonymous-usage-stats", "build"]);
    let run = run.done().expect(0);
    let tests = sources.lines().filter_map(|line| line.trim().strip_prefix("data_tests: "));
    let tests = tests.map(|tests| tests.split(',').count()).sum::<usize>();
    assert!(run.stdout.contains(&format!("PASS={} WARN=0 ERROR=0 SKIP=0", tests + 1)), "{tests} tests\n{run}");
    let show = ["--no-use-colors", "--quiet", "show", "--select", "figures", "--output", "json"];
    let shown = place.run_program(dbt.to_str().unwrap(), &show).done().expect(0);
    let figures: String = shown.stdout.split_whitespace().collect();
    assert!(figures.contains("\"batches\":600,\"quarters\":7"), "{shown}");
}

#[test]
fn the_sources_of_a_dbt_project_name_the_columns_that_are_there_and_where_they_are_read() {
    let Some(python) = tool("python/bin/python") else { return };
    let place = Place::new();
    for format in ["parquet", "ndjson"] {
        let folder = format!("it's {format}");
        place.run(&["sync", "-q", "--to", &folder, "--format", format, "--sample"]).done().expect(0);
        let describe = ["sync", "-q", "--to", &folder, "--format", format, "--describe", "dbt"];
        let sources = place.run(&describe).done().expect(0).stdout;
        std::fs::write(place.work().join("sources.yml"), sources).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/warehouse/sources.py");
        let run = place.run_program(python.to_str().unwrap(), &[script, "sources.yml", format]).done().expect(0);
        assert!(run.stdout.starts_with("batches 600"), "{run}");
    }
    let delta = place.run(&["sync", "--to", "lake", "--format", "delta", "--describe", "dbt"]).done().expect(0);
    assert!(delta.stdout.contains("external_location: \"delta_scan('/") && !place.work().join("lake").exists());
}
