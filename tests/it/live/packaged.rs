//! `sync --packages`: the signed package of each closed quarter beside its table.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::harness::Place;
use crate::hostile::{Hostile, List, Reply};

const KEY: &str = "marked-key-packaged-91c3";

#[test]
fn each_closed_quarter_has_a_package_that_verifies_and_is_not_made_again() {
    let range = "2024-01-01T00:00:00Z".parse().unwrap().."2024-07-01T00:00:00Z".parse().unwrap();
    let other = Arc::new(AtomicBool::new(false));
    let changes = Arc::clone(&other);
    let server = Hostile::start(List::spread(40, range, 1), move |_, list| {
        if changes.swap(false, Ordering::SeqCst) {
            list.delete(0);
        }
        Reply::Page
    });
    let place = Place::new();
    let sync = |more: &[&str]| {
        let arguments = ["sync", "-q", "--to", "w", "--packages", "--base-url", &server.base_url];
        place.run(&[&arguments[..], more].concat()).key(KEY).done()
    };
    let run = sync(&["--json"]).expect(0);
    let result: Value = serde_json::from_str(&run.stdout).unwrap();
    let packages = ["w/packages/batch-audit-2024-Q1", "w/packages/batch-audit-2024-Q2"];
    assert_eq!(result["packages"], serde_json::json!(packages), "{run}");
    let verdict = place.run(&["verify", packages[0], packages[1]]).done().expect(0);
    assert!(verdict.stdout.contains("VERIFIED"), "{verdict}");
    let report: Value =
        serde_json::from_slice(&place.files()[&format!("{}/batch-audit-2024-Q1.json", packages[0])]).unwrap();
    assert_eq!(report["totals"]["all"]["batches"], result["quarters"][0]["quarter"]["totals"]["batches"]);
    assert_eq!(report["hash_total"], result["quarters"][0]["quarter"]["hash_total"]);

    let before = place.files();
    assert_eq!(sync(&[]).expect(0).stdout, "");
    assert_eq!(place.files(), before);

    // What was signed stays as it is when its quarter is restated.
    other.store(true, Ordering::SeqCst);
    let run = sync(&[]).expect(0).says("RESTATED 2024-Q2: 1 vanished").says("report --supersedes");
    assert!(run.stdout.lines().count() == 1 && run.stdout.starts_with("w/batches/quarter=2024-Q2/"), "{run}");

    // One that does not hold is reported, and the tables are written all the same.
    std::fs::write(place.work().join(packages[1]).join("batch-audit-2024-Q2.csv"), "changed").unwrap();
    other.store(true, Ordering::SeqCst);
    let run = sync(&[]).expect(6).says("RESTATED 2024-Q2").says("is not kept").says("hint: move it away");
    assert!(run.stdout.starts_with("w/batches/quarter=2024-Q2/"), "{run}");
    assert!(place.files().keys().all(|name| !name.contains("_staging")), "{run}");
    std::fs::remove_dir_all(place.work().join(packages[1])).unwrap();
    assert_eq!(sync(&[]).expect(0).stdout, format!("{}\n", packages[1]));
    place.run(&["verify", packages[1]]).done().expect(0);
    place.assert_nowhere(KEY);
}
