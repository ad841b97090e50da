//! Unattended runs: the command that gets the result, the metrics, and the log for programs.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::harness::{Place, Run};
use crate::hostile::{Hostile, List, Reply};

mod logged;
mod measured;

const KEY: &str = "marked-key-unattended-7be1";

fn range() -> std::ops::Range<DateTime<Utc>> {
    "2024-01-01T00:00:00Z".parse().unwrap().."2024-02-01T00:00:00Z".parse().unwrap()
}

fn quiet() -> Hostile {
    Hostile::quiet(List::spread(5, range(), 1))
}

fn report(place: &Place, server: &Hostile, more: &[&str]) -> Run {
    let arguments = ["report", "--quarter", "2024-Q1", "--format", "csv", "--base-url", &server.base_url];
    place.run(&[&arguments[..], more].concat()).key(KEY).env("COPY_OF_IT", &format!("Bearer {KEY}")).done()
}

fn text(place: &Place, name: &str) -> String {
    String::from_utf8(place.files()[name].clone()).unwrap()
}

#[test]
fn the_command_of_a_report_gets_the_result_and_never_the_key() {
    let (place, server) = (Place::new(), quiet());
    let run = report(&place, &server, &["--json", "--exec", "cat > result; env > env; echo words of the command"]);
    let run = run.expect(0).says("words of the command");
    let printed: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text(&place, "result")).unwrap(), printed);
    assert_eq!(printed["packages"][0]["standing"], "complete");
    let environment = text(&place, "env");
    assert!(environment.contains("HOME=") && !environment.contains("API_KEY") && !environment.contains("COPY_OF_IT"));
    place.assert_nowhere(KEY);
}

#[test]
fn a_command_that_fails_or_hangs_ends_the_report_with_6_and_the_package_stays() {
    let (place, server) = (Place::new(), quiet());
    let run = report(&place, &server, &["--exec", "exit 3"]).expect(6);
    let run = run.says("error: the command of --exec failed (exit status: 3)").says("batch-audit-2024-Q1` is whole");
    assert!(run.stdout.contains("batch-audit-2024-Q1.csv"), "{run}");
    place.run(&["verify", "batch-audit-2024-Q1"]).done().expect(0);
    let hangs = ["--force", "--exec", "sleep 600 & wait", "--exec-timeout", "1s"];
    report(&place, &server, &hangs).expect(6).says("took longer than --exec-timeout allows and was ended");
    place.run(&["verify", "batch-audit-2024-Q1"]).done().expect(0);
    // Nothing is written, so there is nothing to hand over.
    report(&place, &server, &["--keep-existing", "--exec", "exit 3"]).expect(0);
}
