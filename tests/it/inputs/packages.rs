//! Packages where some are there already, where another run is at work, and where the folder or the reader is not as expected.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::*;
use crate::harness::Running;

/// Batches from December 2023 to July 2024, one a day.
fn of_three_quarters() -> Vec<String> {
    let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    let days = day("2023-12-15").iter_days().take_while(|at| *at < day("2024-07-15"));
    let mut rows: Vec<_> = days.zip(1..).map(|(at, id)| record(id, &format!("{at}T10:00:00.000Z"), "")).collect();
    rows.reverse();
    rows
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = entries.collect();
    names.sort();
    names
}

/// The SHA-256 of the evidence that each package was made from.
fn evidence_of(place: &Place, packages: &[&str]) -> BTreeSet<String> {
    let files = place.files();
    let of = |package: &&str| {
        let json = &files[&format!("{package}/{package}.json")];
        let report: serde_json::Value = serde_json::from_slice(json).unwrap();
        report["evidence"]["sha256"].as_str().unwrap().to_owned()
    };
    packages.iter().map(of).collect()
}

#[test]
fn the_output_folder_is_made_and_one_that_nothing_comes_into_goes_again() {
    let server = serving("", of_three_quarters());
    let (place, run) = report(&server, &["--out", "a/b"]);
    run.expect(0);
    assert_eq!(names(&place.work().join("a/b")), [STEM]);
    let refusing = Hostile::start(no_list(), |_: &Seen, _: &mut List| Reply::error(401, "unknown key"));
    let (place, run) = report(&refusing, &["--out", "a/b"]);
    run.expect(3);
    assert_eq!(names(&place.work()), [""; 0]);
    fs::create_dir(place.work().join("there")).unwrap();
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &refusing.base_url, "--out", "there/new"];
    place.run(&arguments).key(KEY).done().expect(3);
    assert_eq!((names(&place.work()), names(&place.work().join("there"))), (vec!["there".to_owned()], Vec::new()));
}

#[test]
fn a_url_is_no_folder() {
    let place = Place::new();
    for url in ["s3://bucket/audit", "gs://b", "https://example.com/x", "file:///tmp/x", "abfss+x://a@b/c"] {
        place.run(&["report", "--quarter", "2024-Q1", "--sample", "--out", url]).done().expect(2).says("is a URL");
        place.run(&["sync", "--sample", "--to", url]).done().expect(2).says("is a URL");
    }
    fs::write(place.work().join("dialnexa-audit.toml"), "out = \"s3://bucket\"\n").unwrap();
    place.run(&["report", "--quarter", "2024-Q1", "--sample"]).done().expect(2).says("is a URL");
    assert_eq!(names(&place.work()), ["dialnexa-audit.toml"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_package_whose_paths_cannot_be_printed_is_said_to_be_whole() {
    for (redirection, status) in [("> /dev/full", 6), ("| true", 0)] {
        let place = Place::new();
        let script = format!("sleep 0.1; \"$0\" report --quarter 2024-Q1 --sample --format csv {redirection}; exit $?");
        let script = if status == 0 { format!("{{ {script}; }} | true; wait") } else { script };
        let run = place.run_program("sh", &["-c", &script, env!("CARGO_BIN_EXE_dialnexa-audit")]).done().expect(status);
        let run = run.says(&format!("The package `./{STEM}` is whole."));
        assert_eq!(names(&place.work()), [STEM], "{run}");
        place.run(&["verify", STEM]).done().expect(0);
    }
}

#[test]
fn a_package_is_kept_only_if_it_is_the_one_that_would_be_made() {
    let server = serving("", of_three_quarters());
    let base = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--quiet"];
    let whole = |more: &[&str]| {
        let place = Place::new();
        place.run(&[&base[..], more].concat()).key(KEY).done().expect(0);
        place
    };
    type Change = Box<dyn Fn(&Path)>;
    let nothing: fn(&Path) = |_| {};
    let spoil = |ending: &'static str| -> Change {
        Box::new(move |package: &Path| fs::remove_file(package.join(ending)).unwrap())
    };
    let keep = ["--format", "csv", "--keep-existing"];
    let made: [(Place, Change, &str); 7] = [
        (whole(&["--format", "csv"]), spoil("manifest.json"), "it is no whole package"),
        (whole(&["--format", "csv"]), spoil("batch-audit-2024-Q1.csv"), "it is no whole package"),
        (whole(&["--format", "csv"]), spoil("manifest.json.p7s"), "it does not verify"),
        (
            whole(&["--format", "csv"]),
            Box::new(|package: &Path| {
                fs::remove_dir_all(package).unwrap();
                fs::create_dir(package).unwrap();
            }),
            "it is no whole package",
        ),
        (whole(&["--format", "csv", "--timezone", "Asia/Kolkata"]), Box::new(nothing), "its time zone is Asia/Kolkata"),
        (whole(&["--format", "html"]), Box::new(nothing), "it holds no csv"),
        (
            whole(&["--format", "csv"]),
            Box::new(|package: &Path| {
                fs::remove_dir_all(package).unwrap();
                fs::write(package, "").unwrap();
            }),
            "it is not a folder",
        ),
    ];
    for (place, change, words) in made {
        change(&place.work().join(STEM));
        let before = server.requests().len();
        let run = place.run(&[&base[..], &keep].concat()).key(KEY).done().expect(6);
        run.says("is there already and is not kept").says(words).says("--force");
        assert_eq!(server.requests().len(), before, "{words}: the API was asked");
    }
    let place = whole(&["--format", "csv,html"]);
    let (files, before) = (place.files(), server.requests().len());
    place.run(&[&base[..], &keep].concat()).key(KEY).done().expect(0);
    assert!(place.files() == files && server.requests().len() == before);
    let other = serving("", of_three_quarters());
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &other.base_url, "--quiet"];
    place.run(&[&arguments[..], &keep].concat()).key(KEY).done().expect(6).says("it is of http://127.0.0.1:");
    place.run(&["report", "--quarter", "2024-Q1", "--sample", "--format", "csv", "--keep-existing"]).done().expect(6);
}

#[test]
fn a_preview_and_a_draft_are_not_kept() {
    let now = chrono::Utc::now();
    let rows =
        vec![record(2, &now.format("%Y-%m-%dT00:00:00Z").to_string(), ""), record(1, "2020-01-01T00:00:00Z", "")];
    let server = serving("", rows);
    let place = Place::new();
    let base = ["report", "--quarter", "current", "--base-url", &server.base_url, "--format", "csv"];
    place.run(&base).key(KEY).done().expect(0);
    let run = place.run(&[&base[..], &["--keep-existing"]].concat()).key(KEY).done().expect(6);
    run.says("is not kept: it is PROVISIONAL").says("--force");
}

/// Both quarters at once.
fn both(server: &Hostile) -> Vec<&str> {
    vec!["report", "--quarter", "2024-Q1", "--quarter", "2024-Q2", "--base-url", &server.base_url, "--format", "csv"]
}

const Q2: &str = "batch-audit-2024-Q2";

#[test]
fn where_the_second_package_fails_the_first_is_said_and_the_same_command_finishes_without_reading() {
    let place = Place::new();
    let in_the_way = place.work().join(Q2);
    let (rows, path) = (of_three_quarters(), in_the_way.clone());
    let server = Hostile::start(no_list(), move |seen: &Seen, _: &mut List| {
        // Another program puts a folder into the place of the second package while the first is read.
        if seen.number == 2 {
            fs::create_dir(&path).unwrap();
        }
        page_of(&rows, seen)
    });
    let run = place.run(&both(&server)).key(KEY).done().expect(6);
    let run = run.says("exists already").says(&format!("The package `./{STEM}` is whole.")).says("is kept as evidence");
    assert!(run.stdout.is_empty(), "{run}");
    fs::remove_dir(&in_the_way).unwrap();
    let before = server.requests().len();
    place.run(&both(&server)).key(KEY).done().expect(0).says("is there already");
    assert_eq!(server.requests().len(), before, "the list was read again");
    assert_eq!(names(&place.work()), [STEM, Q2]);
    assert_eq!(evidence_of(&place, &[STEM, Q2]).len(), 1, "two censuses are mixed");
    place.run(&["verify", STEM, Q2]).done().expect(0);
    place.run(&both(&server)).key(KEY).done().expect(6).says("exists already");
}

#[test]
fn a_kill_between_two_names_or_behind_the_last_is_finished_by_the_same_command() {
    let server = serving("", of_three_quarters());
    let sample = || vec!["report", "--quarter", "2024-Q1", "--quarter", "2024-Q2", "--sample", "--format", "csv"];
    let more: [&[&str]; 4] = [&[], &["--pseudonymise"], &["--keep-existing"], &["--force"]];
    let commands = more.iter().map(|more| [&both(&server)[..], more].concat()).chain([sample()]);
    for command in commands {
        for missing in [&[Q2][..], &[STEM], &[]] {
            let place = Place::new();
            let run = || place.run(&command).key(KEY).done();
            run().expect(0);
            // As a kill leaves it.
            let partial = place.work().join("batch-audit-2024-Q1_2024-Q2.partial");
            let withheld = place.work().join(format!("{STEM}.evidence.warc.gz"));
            let evidence = if withheld.exists() { withheld } else { place.work().join(STEM).join("evidence.warc.gz") };
            fs::create_dir(&partial).unwrap();
            fs::copy(evidence, partial.join("evidence.warc.gz")).unwrap();
            missing.iter().for_each(|package| fs::remove_dir_all(place.work().join(package)).unwrap());
            let before = (server.requests().len(), evidence_kept(&place));
            let reported = run().expect(0);
            assert_eq!(server.requests().len(), before.0, "{command:?}: the list was read again");
            assert!(!partial.exists(), "{reported}");
            assert_eq!(evidence_of(&place, &[STEM, Q2]), before.1, "{command:?}: two censuses are mixed");
            place.run(&["verify", STEM, Q2]).done().expect(0);
        }
    }
}

/// The evidence of the packages that are there.
fn evidence_kept(place: &Place) -> BTreeSet<String> {
    let there: Vec<_> = [STEM, Q2].into_iter().filter(|package| place.work().join(package).exists()).collect();
    evidence_of(place, if there.is_empty() { &[] } else { &there })
}

#[test]
fn of_starts_at_once_whoever_is_not_refused_makes_the_package() {
    for round in 0..12 {
        let place = Place::new();
        let arguments = ["report", "--quarter", "2024-Q1", "--sample", "--format", "csv", "--out", "out", "--quiet"];
        place.run(&["identity", "show"]).done();
        let mut runs: Vec<Running> = (0..3).map(|_| place.run(&arguments).start()).collect();
        let runs: Vec<Run> = runs.iter_mut().map(Running::finished).collect();
        let made = runs.iter().filter(|run| run.status == Some(0)).count();
        assert_eq!(made, 1, "round {round}: {}", runs.iter().map(ToString::to_string).collect::<String>());
        for run in runs.iter().filter(|run| run.status != Some(0)) {
            assert_eq!(run.status, Some(6), "{run}");
            let refused = ["another run is writing", "exists already"].iter().any(|words| run.stderr.contains(words));
            assert!(refused && !run.stderr.contains("is kept"), "{run}");
        }
        assert_eq!(names(&place.work().join("out")), [STEM]);
        place.run(&["verify", &format!("out/{STEM}")]).done().expect(0);
    }
}

#[test]
fn force_does_not_take_the_evidence_of_a_run_at_work() {
    let rows = of_three_quarters();
    let server = Hostile::start(no_list(), move |seen: &Seen, _: &mut List| {
        std::thread::sleep(std::time::Duration::from_millis(700));
        page_of(&rows, seen)
    });
    let place = Place::new();
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--format", "csv"];
    let mut first = place.run(&arguments).key(KEY).start();
    while server.requests().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let second = place.run(&[&arguments[..], &["--force"]].concat()).key(KEY).done().expect(6);
    second.says("another run is writing to the evidence");
    first.finished().expect(0);
    place.run(&["verify", STEM]).done().expect(0);
}

#[test]
fn a_run_whose_evidence_was_taken_away_does_not_say_that_it_is_kept() {
    let place = Place::new();
    let (rows, work) = (of_three_quarters(), place.work());
    let server = Hostile::start(no_list(), move |seen: &Seen, _: &mut List| {
        if seen.number < 3 {
            return page_of(&rows, seen);
        }
        let _ = fs::remove_dir_all(work.join(format!("{STEM}.partial")));
        Reply::error(400, "no more")
    });
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--format", "csv"];
    let run = place.run(&arguments).key(KEY).done().expect(4);
    assert!(!run.stderr.contains("kept"), "{run}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_is_neither_evidence_nor_a_state() {
    let place = Place::new();
    let soon = std::time::Duration::from_secs(20);
    let run = place.run(&["render", "/dev/zero", "--quarter", "2024-Q1"]).within(soon).done().expect(6);
    run.says("is not a regular file");
    let run = place.run(&["watch", "--once", "--sample", "--state", "/dev/zero"]).within(soon).done().expect(6);
    run.says("is not a regular file");
    assert!(!Path::new("/dev/zero.lock").exists());
}

#[test]
fn a_package_with_other_answers_to_findings_is_not_kept() {
    let place = Place::new();
    let file =
        |by: &str| format!("code,batch,disposition,by,on,words\nfigure-not-reported,,accepted,{by},2024-04-15,\n");
    fs::write(place.work().join("answers.csv"), file("A. Rao")).unwrap();
    let report = ["report", "--quarter", "2024-Q1", "--sample", "--format", "csv", "--quiet"];
    let answers = ["--dispositions", "answers.csv", "--keep-existing"];
    place.run(&[&report[..], &answers].concat()).done().expect(0);
    place.run(&[&report[..], &answers].concat()).done().expect(0);
    fs::write(place.work().join("answers.csv"), file("B. Rao")).unwrap();
    place.run(&[&report[..], &answers].concat()).done().expect(6).says("its dispositions are other ones");
    place.run(&[&report[..], &["--keep-existing"]].concat()).done().expect(6).says("its dispositions are other ones");
}
