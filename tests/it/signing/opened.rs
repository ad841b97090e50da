//! Files are opened once, from the folder's own handle: links are not followed, pipes and devices not waited for, and a package that is
//! replaced while it is verified is one package or the other.

#![cfg(target_os = "linux")]

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dialnexa_audit::run::files::read_folder;

use super::forged::{Desk, STEM};

#[test]
fn a_link_out_of_a_package_a_pipe_and_a_device_are_refused_and_not_waited_for() {
    let desk = Desk::reporting(&["--format", "csv"]);
    let register = desk.path(&format!("{STEM}.csv"));
    // A copy with the very bytes that the manifest lists.
    let outside = desk.place.work().join("outside.csv");
    fs::rename(&register, &outside).unwrap();
    let verify = |path: &str| desk.place.run(&["verify", path]).within(Duration::from_secs(30)).done();
    let made = |program: &str, arguments: &[&str]| desk.place.run_program(program, arguments).done().expect(0);
    let inside = format!("{STEM}/{STEM}.csv");
    for (program, arguments, words) in [
        ("ln", vec!["-s", "../outside.csv", &inside], "it is a link, which is not followed"),
        ("mkfifo", vec![inside.as_str()], "it is a pipe, a socket or a device"),
        ("ln", vec!["-s", "/dev/zero", &inside], "it is a link, which is not followed"),
        ("mkdir", vec![inside.as_str()], "it is a folder"),
    ] {
        made(program, &arguments);
        let run = verify(STEM).expect(1);
        assert!(run.stdout.contains(words) && run.stdout.contains("FAILED"), "{words}: {run}");
        made("rm", &["-r", &inside]);
    }
    fs::rename(&outside, &register).unwrap();
    // The package's folder itself may be named by a link; a pipe that is named is no file.
    made("ln", &["-s", STEM, "link"]);
    verify("link").expect(0);
    made("mkfifo", &["pipe.pdf"]);
    verify("pipe.pdf").expect(6).says("it is not a file");
    let returned = desk.place.run(&["verify", STEM, "--returned", "pipe.pdf"]).within(Duration::from_secs(30)).done();
    returned.expect(6).says("it is not a file");
}

#[test]
fn a_folder_whose_files_are_open_is_read_as_it_was_when_it_is_replaced() {
    let desk = Desk::reporting(&["--format", "csv"]);
    let package = desk.place.work().join(STEM);
    let opened = read_folder(&package).unwrap();
    fs::rename(&package, desk.place.work().join("old")).unwrap();
    fs::create_dir(&package).unwrap();
    fs::remove_dir_all(desk.place.work().join("old")).unwrap();
    let trust = dialnexa_audit::verify::signature::Trust::at(super::bench::now());
    let verdict = dialnexa_audit::verify::package::verify(&opened, &trust);
    assert!(verdict.accepted(), "{:?}", verdict.problems);
    assert!(read_folder(&package).unwrap().files.is_empty());
}

#[test]
fn a_package_that_is_replaced_while_it_is_verified_is_never_called_damaged() {
    let desk = Desk::reporting(&["--format", "csv"]);
    let work = desk.place.work();
    let again =
        ["report", "--sample", "--quiet", "--quarter", "2024-Q1", "--identity", "../desk.pem", "--format", "csv"];
    fs::create_dir(work.join("spare")).unwrap();
    desk.place.run(&[&again[..], &["--out", "spare"]].concat()).done().expect(0);
    let copy = |from: &str, to: &str| desk.place.run_program("cp", &["-r", from, to]).done().expect(0);
    let stop = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        let (is_over, work) = (Arc::clone(&stop), &work);
        scope.spawn(move || {
            // As `--force` does: one takes the other's name, and the other is taken away.
            let mut number = 0;
            while !is_over.load(Ordering::Relaxed) {
                let (fresh, old) = (work.join(format!(".fresh-{number}")), work.join(format!(".old-{number}")));
                let spare = work.join(format!("spare/{STEM}"));
                copy(spare.to_str().unwrap(), fresh.to_str().unwrap());
                rustix::fs::renameat_with(
                    rustix::fs::CWD,
                    &fresh,
                    rustix::fs::CWD,
                    work.join(STEM),
                    rustix::fs::RenameFlags::EXCHANGE,
                )
                .unwrap();
                fs::rename(&fresh, &old).unwrap();
                fs::remove_dir_all(&old).unwrap();
                number += 1;
            }
        });
        let runs: Vec<_> = (0..12).map(|_| desk.place.run(&["verify", STEM]).done()).collect();
        stop.store(true, Ordering::Relaxed);
        for run in runs {
            assert_eq!(run.status, Some(0), "{run}");
        }
    });
}
