//! `--workspace`, `--all-workspaces`, and quarters by where they lie from today.

use std::fs;
use std::process::Command;
use std::time::Duration;

use chrono::{Datelike, Months, Utc};

use super::*;
use crate::hostile::Reply;

fn two(first: &str, second: &str) -> String {
    format!(
        "key_env = \"ANY_KEY\"\n[workspace.acme]\nbase_url = \"{first}\"\nkey_env = \"ACME_KEY\"\n\
         [workspace.beta]\nbase_url = \"{second}\"\nkey_env = \"BETA_KEY\"\ntimezone = \"Asia/Kolkata\"\n"
    )
}

#[test]
fn each_workspace_is_read_with_its_own_key_from_its_own_place() {
    let (one, other) = (Hostile::quiet(List::spread(10, range(), 1)), Hostile::quiet(List::spread(20, range(), 2)));
    let place = place(&two(&one.base_url, &other.base_url));
    let run = place.run(&["report", "--all-workspaces", "--quarter", "2024-Q1"]);
    let run = run.env("ACME_KEY", "key-of-acme").env("BETA_KEY", "key-of-beta").done().expect(0);
    assert!(one.received("key-of-acme") && !one.received("key-of-beta"));
    assert!(other.received("key-of-beta") && !other.received("key-of-acme"));
    let (acme, beta) = (data(&place, "acme/", STEM), data(&place, "beta/", STEM));
    assert_eq!((&acme["scope"]["workspace"], &beta["scope"]["workspace"]), (&"acme".into(), &"beta".into()));
    assert_eq!(
        (acme["totals"]["all"]["batches"].as_u64(), acme["period"]["timezone"].as_str()),
        (Some(10), Some("UTC"))
    );
    assert_eq!(beta["period"]["timezone"], "Asia/Kolkata");
    assert!(run.stderr.contains("Workspace acme:") && run.stderr.contains("Workspace beta:"), "{run}");
    place.run(&["verify", &format!("acme/{STEM}"), &format!("beta/{STEM}")]).done().expect(0);
}

#[test]
fn one_workspace_that_fails_does_not_stop_the_rest_and_the_worst_status_counts() {
    let good = Hostile::quiet(List::spread(10, range(), 1));
    let refusing = Hostile::start(List::spread(10, range(), 1), |_, _| Reply::error(401, "Unauthorized"));
    let place = place(&two(&refusing.base_url, &good.base_url));
    let arguments = ["report", "--all-workspaces", "--quarter", "2024-Q1", "--json"];
    let run = place.run(&arguments).env("ACME_KEY", "key-of-acme").env("BETA_KEY", "key-of-beta").done().expect(3);
    let run = run.says("workspace acme: the API refused the key");
    let reported: Vec<Value> =
        serde_json::Deserializer::from_str(&run.stdout).into_iter().map(Result::unwrap).collect();
    assert_eq!((&reported[0]["workspace"], &reported[0]["exit"]), (&"acme".into(), &3.into()));
    assert_eq!(reported[1]["packages"][0]["workspace"], "beta");
    assert!(place.files().contains_key(&format!("beta/{STEM}/manifest.json")));
    assert!(!place.work().join("acme").exists(), "a folder was made in vain");
    // A key that is lacking is a failure of its workspace alone, too.
    place.run(&[&arguments[..], &["--force"]].concat()).env("BETA_KEY", "key-of-beta").done().expect(2);
}

#[test]
fn what_is_there_already_is_kept_and_only_what_failed_is_made() {
    let good = Hostile::quiet(List::spread(10, range(), 1));
    let mut refusals = 1;
    let passing = Hostile::start(List::spread(20, range(), 2), move |_, _| {
        refusals -= 1;
        if refusals >= 0 { Reply::error(401, "Unauthorized") } else { Reply::Page }
    });
    let place = place(&two(&good.base_url, &passing.base_url));
    let arguments = ["report", "--all-workspaces", "--quarter", "2024-Q1", "--quarter", "2023-Q4", "--keep-existing"];
    let run = || place.run(&arguments).env("ACME_KEY", "key-of-acme").env("BETA_KEY", "key-of-beta").done();
    run().expect(3);
    let (before, asked) = (place.files(), good.requests().len());
    run().expect(0).says("there already and stays");
    let after = place.files();
    assert!(before.iter().all(|(name, bytes)| after.get(name) == Some(bytes)));
    assert!(after.contains_key(&format!("beta/{STEM}/manifest.json")));
    assert_eq!(good.requests().len(), asked, "what is there was asked for again");
    // One of two: that one is made.
    fs::remove_dir_all(place.work().join("acme/batch-audit-2023-Q4")).unwrap();
    run().expect(0);
    assert!(place.files().contains_key("acme/batch-audit-2023-Q4/manifest.json"));
    let both = ["report", "--sample", "--quarter", "2024-Q1", "--keep-existing", "--force"];
    place.run(&both).done().expect(2);
}

#[test]
fn a_workspace_is_chosen_by_argument_environment_or_default() {
    let settings = "default_workspace = \"acme\"\n[workspace.acme]\npaper = \"letter\"\n[workspace.beta]\n";
    let place = place(settings);
    let chosen = |run: Run| run.expect(0).stdout.lines().nth(1).unwrap().to_owned();
    assert!(chosen(place.run(&["config", "show"]).done()).ends_with("acme"));
    let variable = |arguments: &[&str]| place.run(arguments).env("DIALNEXA_AUDIT_WORKSPACE", "beta").done();
    assert!(chosen(variable(&["config", "show"])).ends_with("beta"));
    assert!(chosen(variable(&["config", "show", "--workspace", "acme"])).ends_with("acme"));
    // The variable is no word against all of them.
    assert!(variable(&["config", "show", "--all-workspaces"]).expect(0).stdout.contains("Workspace      beta"));
    place.run(&["config", "show", "--workspace", "bta"]).done().expect(2).says("did you mean `beta`?");
    place.run(&["config", "show", "--workspace", "acme", "--all-workspaces"]).done().expect(2).says("exclude");
    place.run(&["config", "show", "--no-config", "--workspace", "acme"]).done().expect(2).says("there are no settings");
}

#[test]
fn the_key_of_the_environment_is_not_sent_for_a_workspace_that_names_its_own() {
    let server = Hostile::quiet(List::spread(10, range(), 1));
    let place = place(&two(&server.base_url, &server.base_url));
    let run = |arguments: &[&str]| {
        let all = [&["report", "--quarter", "2024-Q1", "--workspace", "acme"], arguments].concat();
        place.run(&all).key(KEY).env("ACME_KEY", "key-of-acme").done()
    };
    run(&[]).expect(2).says("there are two API keys for the workspace `acme`");
    assert!(server.requests().is_empty());
    fs::write(place.work().join("a.key"), "key-of-file").unwrap();
    run(&["--api-key-file", "a.key"]).expect(0);
    assert!(server.received("key-of-file") && !server.received(KEY));
}

#[test]
fn two_workspaces_never_write_to_one_folder() {
    let place = place("[workspace.acme]\nout = \"same\"\n[workspace.beta]\nout = \"same\"\n");
    report(&place, &["--quarter", "2024-Q1", "--all-workspaces"]).expect(2).says("would write to one folder");
    fs::write(place.work().join("dialnexa-audit.toml"), "[workspace.acme]\nout = \"own\"\n[workspace.beta]\n").unwrap();
    fs::create_dir(place.work().join("all")).unwrap();
    report(&place, &["--quarter", "2024-Q1", "--all-workspaces", "--format", "csv", "--out", "all"]).expect(0);
    assert!(place.files().contains_key(&format!("all/acme/{STEM}/manifest.json")), "an argument goes before the file");
    report(&place, &["--quarter", "2024-Q1", "--all-workspaces", "--format", "csv"]).expect(0);
    assert!(place.files().contains_key(&format!("own/{STEM}/manifest.json")));
    assert!(place.files().contains_key(&format!("beta/{STEM}/manifest.json")));
    // One by itself goes to the same place, so that it goes on where all of them stopped.
    report(&place, &["--quarter", "2024-Q1", "--workspace", "beta", "--format", "csv"])
        .expect(6)
        .says("exists already");
}

#[test]
fn an_interrupt_ends_all_of_them_and_what_was_read_is_gone_on_from() {
    let quick = Hostile::quiet(List::spread(10, range(), 1));
    let slow = |_: &_, _: &mut _| Reply::Late(Duration::from_millis(150));
    let (slow, last) =
        (Hostile::start(List::spread(1_500, range(), 2), slow), Hostile::quiet(List::spread(10, range(), 3)));
    let table = |name: &str, server: &Hostile| format!("[workspace.{name}]\nbase_url = \"{}\"\n", server.base_url);
    let place = place(&[table("a", &quick), table("b", &slow), table("c", &last)].concat());
    let arguments = ["report", "--quarter", "2024-Q1", "--format", "csv"];
    let mut running = place.run(&[&arguments[..], &["--all-workspaces"]].concat()).key(KEY).start();
    while slow.requests().len() < 5 {
        assert!(running.wait(Duration::from_millis(20)).is_none(), "{}", running.finished());
    }
    let status = Command::new("sh").args(["-c", &format!("kill -INT {}", running.id())]).status().unwrap();
    assert!(status.success());
    let run = running.finished().expect(4).says("workspace b: interrupted").says("b/batch-audit-2024-Q1.partial");
    assert!(place.files().contains_key(&format!("a/{STEM}/manifest.json")), "{run}");
    assert!(last.requests().is_empty() && !place.work().join("c").exists(), "{run}");
    let run = place.run(&[&arguments[..], &["--workspace", "b"]].concat()).key(KEY).done().expect(0);
    run.says("Going on where an interrupted run stopped");
}

#[test]
fn evidence_of_one_workspace_is_not_rendered_as_anothers() {
    let server = Hostile::quiet(List::spread(10, range(), 1));
    let place = place(&two(&server.base_url, &server.base_url));
    let run = place.run(&["report", "--quarter", "2024-Q1", "--workspace", "acme"]);
    run.env("ACME_KEY", "key-of-acme").done().expect(0);
    let evidence = format!("acme/{STEM}/evidence.warc.gz");
    fs::create_dir(place.work().join("again")).unwrap();
    let render = |name: &str| {
        place.run(&["render", &evidence, "--quarter", "2024-Q1", "--out", "again", "--workspace", name]).done()
    };
    render("beta").expect(2).says("is of the workspace `acme`");
    render("acme").expect(0);
    assert_eq!(data(&place, "again/acme/", STEM)["scope"]["workspace"], "acme");
}

#[test]
fn the_last_quarter_is_the_one_before_today_in_the_zone_and_fiscal_year() {
    let place = place("fiscal_year_start = 4\ntimezone = \"Pacific/Kiritimati\"\n");
    let zone: chrono_tz::Tz = "Pacific/Kiritimati".parse().unwrap();
    let quarter = |month_start: u32, back: u32| {
        let day = Utc::now().with_timezone(&zone).date_naive() - Months::new(3 * back);
        // Months since the fiscal year began, counted by hand.
        let since = (day.month0() + 12 - (month_start - 1)) % 12;
        let ends = if day.month() >= month_start && month_start > 1 { day.year() + 1 } else { day.year() };
        format!("{}{ends}-Q{}", if month_start > 1 { "FY" } else { "" }, since / 3 + 1)
    };
    let stem = format!("batch-audit-{}", quarter(4, 1));
    report(&place, &["--quarter", "last", "--format", "csv"]).expect(0);
    let reported = data(&place, "", &stem);
    assert_eq!(
        (&reported["period"]["timezone"], &reported["standing"]),
        (&"Pacific/Kiritimati".into(), &"complete".into())
    );

    let stem = format!("batch-audit-{}", quarter(1, 0));
    report(&place, &["--quarter", "current", "--fiscal-year-start", "1", "--format", "csv"]).expect(0);
    assert_eq!(data(&place, "", &stem)["standing"], "provisional");
}

#[test]
fn status_watch_and_sync_go_over_all_workspaces_each_in_its_own_place() {
    let (one, other) = (Hostile::quiet(List::spread(10, range(), 1)), Hostile::quiet(List::spread(20, range(), 2)));
    let place = place(&two(&one.base_url, &other.base_url).replace("timezone = \"Asia/Kolkata\"\n", ""));
    let run = |arguments: &[&str]| {
        let run = place.run(&[arguments, &["--all-workspaces"]].concat());
        run.env("ACME_KEY", "key-of-acme").env("BETA_KEY", "key-of-beta").done()
    };
    let json = |run: &Run| -> Vec<Value> {
        serde_json::Deserializer::from_str(&run.stdout).into_iter().map(Result::unwrap).collect()
    };
    let synced = json(&run(&["sync", "--to", "w", "--format", "ndjson", "--json"]).expect(0));
    let rows = |synced: &Value| synced["quarters"][0]["quarter"]["totals"]["batches"].as_u64();
    assert_eq!(synced.iter().map(rows).collect::<Vec<_>>(), [Some(10), Some(20)]);
    assert_eq!((&synced[0]["workspace"], &synced[1]["folder"]), (&"acme".into(), &"w/workspace=beta".into()));
    let watched = json(&run(&["watch", "--once", "--since", "beginning", "--state", "w.json"]).expect(0));
    let of = |name: &str| watched.iter().filter(|event| event["workspace"] == name).count();
    assert_eq!((of("acme"), of("beta"), watched.len()), (10, 20, 30));
    assert!(place.files().contains_key("w-acme.json") && place.files().contains_key("w-beta.json"));
    let seen = json(&run(&["status", "--json", "--days", "36500"]).expect(0));
    assert_eq!(seen.iter().map(|seen| seen["workspace"].as_str().unwrap()).collect::<Vec<_>>(), ["acme", "beta"]);
    place.run(&["status", "--all-workspaces", "--follow"]).done().expect(2);
    assert!(one.received("key-of-acme") && !one.received("key-of-beta"));
}
