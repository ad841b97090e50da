//! The metrics of runs, as Prometheus' own parser reads them.

use std::collections::BTreeMap;

use super::*;

/// The samples of a file, by name and labels. Read by the client library of Prometheus, where it is installed.
fn samples(place: &Place, name: &str) -> Option<BTreeMap<String, f64>> {
    let python = crate::warehouse::tool("python/bin/python")?;
    let script = "import sys, json\nfrom prometheus_client.parser import text_string_to_metric_families as read\n\
        for family in read(open(sys.argv[1]).read()):\n\
        \x20assert family.type == 'gauge' and family.documentation, family\n\
        \x20for s in family.samples: print(json.dumps([s.name + json.dumps(s.labels, sort_keys=True), s.value]))";
    let run = place.run_program(python.to_str().unwrap(), &["-c", script, name]).done().expect(0);
    let sample = |line: &str| serde_json::from_str::<(String, f64)>(line).unwrap();
    Some(run.stdout.lines().map(sample).collect())
}

fn of(samples: &BTreeMap<String, f64>, name: &str) -> f64 {
    let found: Vec<_> =
        samples.iter().filter(|(key, _)| key.starts_with(&format!("dialnexa_audit_{name}{{"))).collect();
    assert_eq!(found.len(), 1, "{name}: {samples:?}");
    *found[0].1
}

#[test]
fn a_run_that_fails_says_so_and_leaves_what_is_known_of_the_last_success() {
    let (place, server) = (Place::new(), quiet());
    let kept = ["--metrics-file", "audit.prom", "--max-wait", "2s"];
    report(&place, &server, &kept).expect(0);
    let Some(first) = samples(&place, "audit.prom") else { return };
    assert_eq!((of(&first, "success"), of(&first, "exit_status"), of(&first, "batches")), (1.0, 0.0, 5.0));
    assert!(of(&first, "requests") >= 2.0 && of(&first, "run_seconds") > 0.0);
    assert!(of(&first, "last_attempt_timestamp_seconds") <= of(&first, "last_success_timestamp_seconds"));
    let period = r#"{"command": "report", "period": "2024-Q1", "standing": "complete"}"#;
    assert_eq!(first.get(&format!("dialnexa_audit_standing{period}")), Some(&1.0), "{first:?}");
    let findings = first.keys().filter(|key| key.starts_with("dialnexa_audit_findings{")).count();
    assert_eq!(findings, 3, "a severity without a finding is 0, not absent: {first:?}");

    let refusing = Hostile::start(List::spread(5, range(), 1), |_, _| Reply::error(403, "no"));
    report(&place, &refusing, &[&kept[..], &["--force"]].concat()).expect(3);
    let second = samples(&place, "audit.prom").unwrap();
    assert_eq!((of(&second, "success"), of(&second, "exit_status"), of(&second, "requests")), (0.0, 3.0, 1.0));
    assert!(of(&second, "last_attempt_timestamp_seconds") > of(&first, "last_attempt_timestamp_seconds"));
    let lasting = |all: &BTreeMap<String, f64>| -> Vec<(String, f64)> {
        let of_success =
            |key: &str| ["last_success", "standing", "batches", "findings"].iter().any(|name| key.contains(name));
        all.iter().filter(|(key, _)| of_success(key)).map(|(key, value)| (key.clone(), *value)).collect()
    };
    assert_eq!(lasting(&second), lasting(&first));
    assert!(place.files().keys().all(|name| !name.ends_with(".new")));

    // It is of one command and workspace, and no other file is written over.
    let run = place.run(&["sync", "--to", "w", "--sample", "--metrics-file", "audit.prom"]).done().expect(2);
    run.says("holds those of another command or workspace");
    std::fs::write(place.work().join("notes"), "mine\n").unwrap();
    report(&place, &server, &["--metrics-file", "notes"]).expect(2).says("it holds something else");
    assert_eq!(text(&place, "notes"), "mine\n");
    place.assert_nowhere(KEY);
}

#[test]
fn sync_and_watch_keep_metrics_and_each_workspace_has_a_file_of_its_own() {
    let place = Place::new();
    let settings = "[workspace.acme]\n[workspace.\"b-2\"]\n";
    std::fs::write(place.work().join("dialnexa-audit.toml"), settings).unwrap();
    place
        .run(&["sync", "-q", "--to", "w", "--sample", "--all-workspaces", "--metrics-file", "m.prom"])
        .done()
        .expect(0);
    let watch = ["watch", "-q", "--sample", "--once", "--state", "s", "--since", "beginning", "--workspace", "acme"];
    place.run(&[&watch[..], &["--metrics-file", "watch.prom"]].concat()).done().expect(0);
    let Some(tables) = samples(&place, "m-acme.prom") else { return };
    assert!(tables.keys().filter(|key| key.starts_with("dialnexa_audit_batches{")).count() > 2, "{tables:?}");
    assert!(tables.keys().all(|key| key.contains(r#""command": "sync""#) && key.contains(r#""workspace": "acme""#)));
    assert!(samples(&place, "m-b-2.prom").is_some() && !place.files().contains_key("m.prom"));
    let watched = samples(&place, "watch.prom").unwrap();
    assert!(of(&watched, "events") > 10.0 && of(&watched, "requests") >= 1.0, "{watched:?}");
}
