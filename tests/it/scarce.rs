//! Too few open files, processes or too little memory: what is made is whole, or the program ends with a message and the status of
//! a local failure. It never panics and never hangs.

#![cfg(target_os = "linux")]

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use crate::harness::{Invocation, Place, Run};
use crate::hostile::{Hostile, List, Reply};

const STEM: &str = "batch-audit-2024-Q1";
const LONGEST: Duration = Duration::from_secs(30);
/// A user of whom nothing else runs, so that the limit of its processes is the test's own.
const STRANGER: &str = "64321";

/// The binary and a package in a place that any user may use.
struct Scarce {
    place: Place,
    binary: PathBuf,
}

impl Scarce {
    fn new() -> Self {
        let place = Place::new();
        place.run(&["report", "--sample", "--quarter", "2024-Q1", "--quiet"]).done().expect(0);
        let binary = place.work().join("audit");
        std::fs::copy(env!("CARGO_BIN_EXE_dialnexa-audit"), &binary).unwrap();
        place.run_program("sh", &["-c", "chmod -R a+rwX .. && chmod a+x audit"]).done().expect(0);
        Self { place, binary }
    }

    /// The program under a limit, which is words of a shell.
    fn run(&self, limit: &str, arguments: &[&str]) -> Invocation {
        let script = format!("{limit} \"$@\"");
        let words = ["-c", &script, "sh", self.binary.to_str().unwrap()];
        self.place.run_program("sh", &[&words[..], arguments].concat()).within(LONGEST)
    }

    /// `report`, `verify` and `render` under each limit; how many of them were refused what they need.
    fn try_each(&self, limits: impl Iterator<Item = String>) -> usize {
        let out = self.place.work().join("out");
        let evidence = format!("{STEM}/evidence.warc.gz");
        let commands: [&[&str]; 3] = [
            &["report", "--sample", "--quarter", "2024-Q1", "--out", "out"],
            &["verify", STEM],
            &["render", &evidence, "--quarter", "2024-Q1", "--out", "out"],
        ];
        let mut refused = 0;
        for limit in limits {
            if self.run(&limit, &["--version"]).done().status != Some(0) {
                // The system itself could not load it.
                continue;
            }
            for arguments in commands {
                // Nothing is there yet for the first.
                let _ = std::fs::remove_dir_all(&out);
                std::fs::create_dir(&out).unwrap();
                std::fs::set_permissions(&out, PermissionsExt::from_mode(0o777)).unwrap();
                let run = self.run(&limit, arguments).done();
                assert!(!run.stderr.contains("panicked"), "{limit}\n{run}");
                refused += usize::from(run.status == Some(6));
                let made = out.join(STEM);
                match run.status {
                    Some(0) if arguments[0] != "verify" => {
                        self.place.run(&["verify", made.to_str().unwrap()]).done().expect(0);
                    }
                    Some(0) => {}
                    Some(6) => assert!(!made.exists() && run.stderr.contains("error: "), "{limit}\n{run}"),
                    _ => panic!("{limit}\n{run}"),
                }
            }
        }
        refused
    }
}

#[test]
fn too_few_open_files_end_in_a_message() {
    let scarce = Scarce::new();
    let limits = [3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 36, 40, 60, 70, 90];
    assert!(scarce.try_each(limits.into_iter().map(|files| format!("ulimit -n {files};"))) > 30);
    scarce.run("ulimit -n 12;", &["doctor", "--sample"]).done().expect(6).says("too few open files are allowed: 12");
    scarce.run("ulimit -n 256;", &["verify", STEM]).done().expect(0);
    // A limit that may be raised is no reason to stop.
    scarce.run("ulimit -S -n 12;", &["verify", STEM]).done().expect(0);
}

#[test]
fn too_little_memory_ends_in_a_message() {
    let limits = [60, 80, 100, 110, 120, 130, 140, 160, 200, 300, 500];
    Scarce::new().try_each(limits.into_iter().map(|mebibytes| format!("ulimit -v {};", mebibytes << 10)));
}

#[test]
fn a_list_that_memory_does_not_hold_ends_in_a_message() {
    let range = "2024-01-01T00:00:00Z".parse().unwrap().."2024-04-01T00:00:00Z".parse().unwrap();
    let padded = format!(r#"{{"data":[{}"#, " ".repeat(14 << 20));
    let server = Hostile::start(List::spread(10, range, 1), move |_, _| Reply::Other {
        status: 200,
        headers: Vec::new(),
        body: padded.clone(),
    });
    let scarce = Scarce::new();
    let arguments =
        ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--out", "out", "--max-wait", "5s"];
    std::fs::create_dir(scarce.place.work().join("out")).unwrap();
    for mebibytes in [40, 50, 60, 70, 80] {
        let limit = format!("ulimit -v {};", mebibytes << 10);
        if scarce.run(&limit, &["--version"]).done().status == Some(0) {
            let run = scarce.run(&limit, &arguments).key("any").done();
            assert!(matches!(run.status, Some(4 | 6)) && !run.stderr.contains("panicked"), "{limit}\n{run}");
        }
    }
}

#[test]
fn too_few_processes_end_in_a_message() {
    let scarce = Scarce::new();
    let own = format!("setpriv --reuid={STRANGER} --regid={STRANGER} --clear-groups");
    if scarce.run(&own, &["--version"]).done().status != Some(0) {
        assert!(std::env::var_os("CI").is_none(), "CI runs as root, with setpriv");
        return println!("skipped: cannot run as another user");
    }
    let refused = scarce.try_each((1..=8).map(|processes| format!("{own} prlimit --nproc={processes} --")));
    assert!((1..12).contains(&refused), "with eight processes it can work: {refused}");
}

fn interrupted(how: &str) -> Run {
    let range = "2024-01-01T00:00:00Z".parse().unwrap().."2024-04-01T00:00:00Z".parse().unwrap();
    let server = Hostile::start(List::spread(10, range, 1), |_, _| Reply::Silent);
    let scarce = Scarce::new();
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--force"];
    let mut running = scarce.run("ulimit -v 800000; exec", &arguments).key("any").start();
    let asked = std::time::Instant::now();
    while server.requests().is_empty() {
        assert!(asked.elapsed() < LONGEST, "{}", running.finished());
        std::thread::sleep(Duration::from_millis(20));
    }
    scarce.place.run_program("kill", &[how, &running.id().to_string()]).done().expect(0);
    assert!(running.wait(LONGEST).is_some());
    running.finished()
}

#[test]
fn an_interrupt_reaches_the_process_that_works_where_memory_is_limited() {
    interrupted("-INT").expect(4).says("interrupted");
}

#[test]
fn the_process_that_works_ends_with_the_one_that_was_killed() {
    // Its output is closed, or the harness would wait for it.
    assert_eq!(interrupted("-KILL").status, None);
}
