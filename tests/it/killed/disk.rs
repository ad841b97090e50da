//! A disk that is full, a file that may not grow and a folder that may not be written to, at any step: exit 6, no half
//! package, and the evidence kept where it can be.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{KEY, STEM, arguments, go_on, said, throttled, undisturbed};
use crate::harness::{Invocation, Place, Run};
use crate::hostile::Hostile;

/// `report` by a shell that has set its limits first.
fn report(place: &Place, server: &Hostile, limits: &str) -> Run {
    let script = format!("{limits}; exec \"$0\" \"$@\"");
    let program = env!("CARGO_BIN_EXE_dialnexa-audit");
    let words: Vec<&str> = ["-c", &script, program].into_iter().chain(arguments(server)).collect();
    place.run_program("sh", &words).key(KEY).done()
}

fn left(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.work()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

#[test]
fn a_file_that_may_not_grow_ends_it_and_what_was_read_is_kept() {
    let server = throttled();
    let (expected, _) = undisturbed(&server);
    let mut kept = 0;
    // In blocks of 512 bytes: from nothing at all to all but the last files of the package.
    for blocks in [0, 1, 2, 8, 16, 32, 64, 100, 140] {
        let place = Place::new();
        let run = report(&place, &server, &format!("trap '' XFSZ; ulimit -f {blocks}")).expect(6);
        let names = left(&place);
        assert!(names.iter().all(|name| *name == format!("{STEM}.partial")), "{blocks}: {names:?}\n{run}");
        kept += names.len();
        go_on(&place, &server);
        assert_eq!(left(&place), [STEM], "{blocks}");
        assert!(said(&place.files()) == expected, "{blocks}");
        place.assert_nowhere(KEY);
    }
    assert!(kept >= 4, "evidence was kept {kept} times");
}

/// Runs `script` where it may mount file systems; `None` where that is not allowed.
fn in_own_mounts(place: &Place, server: &Hostile, size: &str, script: &str) -> Option<Run> {
    let allowed = place.run_program("unshare", &["-m", "true"]).done().status == Some(0);
    if !allowed {
        println!("skipped: this machine lets nobody mount a file system");
        return None;
    }
    let program = env!("CARGO_BIN_EXE_dialnexa-audit");
    let script = format!("mount -t tmpfs -o size={size} tmpfs . && cd \"$PWD\" && {script}");
    let words: Vec<&str> = ["-m", "sh", "-c", &script, program].into_iter().chain(arguments(server)).collect();
    Some(place.run_program("unshare", &words).key(KEY).done())
}

#[test]
fn a_full_disk_ends_it_without_half_a_package() {
    let server = throttled();
    for size in ["4k", "8k", "16k", "32k", "64k", "128k", "256k", "400k"] {
        // What is left is reported after the exit status; then there is room, and the same command goes on.
        let script = "\"$0\" \"$@\"; echo status $?; find . -mindepth 1 | sort; mount -o remount,size=50m . \
                      && \"$0\" \"$@\" >/dev/null; echo status $?; ls -A; \"$0\" verify batch-audit-2024-Q1 | tail -1";
        let place = Place::new();
        let Some(run) = in_own_mounts(&place, &server, size, script) else { return };
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert_eq!(lines.first(), Some(&"status 6"), "{size}\n{run}");
        let second = lines.iter().rposition(|line| *line == "status 0").unwrap_or_else(|| panic!("{size}\n{run}"));
        let after_first = &lines[1..second];
        assert!(after_first.iter().all(|line| line.starts_with(&format!("./{STEM}.partial"))), "{size}\n{run}");
        assert_eq!(lines[second + 1], STEM, "{size}\n{run}");
        assert!(lines[second + 2].contains("VERIFIED"), "{size}\n{run}");
    }
}

/// `report` in the place's working folder, by a user who is not root: root may write anywhere.
fn by_nobody(place: &Place, server: &Hostile) -> Invocation {
    let root = place.run_program("id", &["-u"]).done().stdout.trim() == "0";
    for folder in [place.home().parent().unwrap().to_owned(), place.home()] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
    }
    let copy = place.home().join("program");
    fs::copy(env!("CARGO_BIN_EXE_dialnexa-audit"), &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    let copy = copy.display().to_string();
    let other = ["--reuid", "65534", "--regid", "65534", "--clear-groups", copy.as_str()];
    let run = if root {
        place.run_program("setpriv", &[&other[..], &arguments(server)].concat())
    } else {
        place.run_program(&copy, &arguments(server))
    };
    run.key(KEY)
}

fn may(place: &Place, mode: u32) {
    fs::set_permissions(place.work(), fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_folder_that_may_not_be_written_to_is_refused_before_anything_is_asked() {
    let (server, place) = (throttled(), Place::new());
    may(&place, 0o555);
    by_nobody(&place, &server).done().expect(6).says("Permission denied");
    assert!(server.requests().is_empty() && left(&place).is_empty());
}

#[test]
fn a_folder_that_becomes_read_only_in_the_middle_gets_no_package_and_keeps_the_evidence() {
    let (server, place) = (throttled(), Place::new());
    may(&place, 0o777);
    let mut running = by_nobody(&place, &server).start();
    while server.requests().len() < 5 {
        assert!(running.wait(std::time::Duration::from_millis(5)).is_none(), "{}", running.finished());
    }
    may(&place, 0o555);
    running.finished().expect(6).says("Permission denied").says("evidence.warc.gz");
    assert!(!left(&place).contains(&STEM.to_owned()), "{:?}", left(&place));
    assert!(left(&place).contains(&format!("{STEM}.partial")), "{:?}", left(&place));
    may(&place, 0o777);
    by_nobody(&place, &server).done().expect(0).says("Going on where");
    assert_eq!(left(&place), [STEM]);
}
