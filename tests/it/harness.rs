//! The real binary in a place of its own: no home, no configuration and no environment but what a test gives it.

#![allow(clippy::unwrap_used)]
// Each test needs another part of it.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Whether the long proofs are made at full length: under `CI=true`, and where `DIALNEXA_THOROUGH` is set. Elsewhere they try as many
/// cases as find the mistakes that were made on purpose.
pub fn thorough() -> bool {
    std::env::var("CI").as_deref() == Ok("true") || std::env::var_os("DIALNEXA_THOROUGH").is_some()
}

/// A temporary folder with a home and a working folder in it, where the binary is run.
pub struct Place {
    root: tempfile::TempDir,
}

impl Place {
    /// A place where nothing has been done yet.
    pub fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["home", "work"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self { root }
    }

    /// The working folder.
    pub fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// The home folder, which also holds the configuration.
    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// The binary with these arguments, not started yet.
    pub fn run(&self, arguments: &[&str]) -> Invocation {
        self.run_program(env!("CARGO_BIN_EXE_dialnexa-audit"), arguments)
    }

    /// Another program, in the same surroundings.
    pub fn run_program(&self, program: &str, arguments: &[&str]) -> Invocation {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.work()).env_clear();
        command.env("HOME", self.home()).env("XDG_CONFIG_HOME", self.home().join(".config"));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        Invocation { command, input: Vec::new(), time: Duration::from_secs(120) }
    }

    /// Every file below the working folder, by its path from there, with its bytes.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        gather(&self.work(), &self.work(), &mut files);
        files
    }

    /// Fails if `secret` is in any file of the place, home included, or in what a gzip file holds.
    pub fn assert_nowhere(&self, secret: &str) {
        let mut files = BTreeMap::new();
        gather(self.root.path(), self.root.path(), &mut files);
        for (name, mut bytes) in files {
            if name.ends_with(".gz") {
                let mut held = Vec::new();
                // A file that was torn holds what can be read of it.
                let _ = flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut held);
                bytes.extend(held);
            }
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret} stands in {name}");
        }
    }
}

fn gather(folder: &Path, root: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            gather(&entry.path(), root, files);
        } else {
            let name = entry.path().strip_prefix(root).unwrap().to_string_lossy().into_owned();
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
}

/// A run that can still be handed more.
pub struct Invocation {
    command: Command,
    input: Vec<u8>,
    time: Duration,
}

impl Invocation {
    /// With a variable in its environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With an API key in its environment.
    pub fn key(self, key: &str) -> Self {
        self.env("DIALNEXA_API_KEY", key)
    }

    /// With these bytes on its standard input.
    pub fn input(mut self, bytes: &[u8]) -> Self {
        self.input = bytes.to_vec();
        self
    }

    /// With so much time; a run that takes longer is killed, and the test fails. Two minutes if nothing is said.
    pub fn within(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// Runs it to its end.
    pub fn done(self) -> Run {
        let time = self.time;
        let mut running = self.start();
        if running.wait(time).is_none() {
            running.kill();
            panic!("killed after {time:?}\n{}", running.finished());
        }
        running.finished()
    }

    /// Starts it, and leaves it running.
    pub fn start(mut self) -> Running {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let command = words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        let (mut stdin, input) = (child.stdin.take().unwrap(), self.input);
        // From a thread, since a child that reads nothing must not hold up the test; its refusal to read is its right.
        std::thread::spawn(move || drop(stdin.write_all(&input)));
        let (stdout, stderr) = (collect(child.stdout.take().unwrap()), collect(child.stderr.take().unwrap()));
        Running { child, command, stdout: Some(stdout), stderr: Some(stderr) }
    }
}

/// The longest that anything run by a test may take.
const LONGEST: Duration = Duration::from_secs(600);

fn collect(mut stream: impl Read + Send + 'static) -> Receiver<String> {
    let (hand_over, reported) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        // Nobody may want it any more.
        let _ = hand_over.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    reported
}

/// The binary at work. Killed when dropped.
pub struct Running {
    child: Child,
    command: String,
    stdout: Option<Receiver<String>>,
    stderr: Option<Receiver<String>>,
}

impl Running {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end for as long as `time`; `None` if it has not ended by then.
    pub fn wait(&mut self, time: Duration) -> Option<ExitStatus> {
        let until = Instant::now() + time;
        loop {
            match self.child.try_wait().unwrap() {
                Some(status) => return Some(status),
                None if Instant::now() >= until => return None,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// Kills it as `kill -9` does, if it still runs.
    pub fn kill(&mut self) {
        // It may have ended by itself in this very moment.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for its end and for all that it reports until then. Whoever does not end in ten minutes never will, and a child of
    /// its own that outlives it may hold its output open: either fails the test rather than hold up all others.
    pub fn finished(&mut self) -> Run {
        if self.wait(LONGEST).is_none() {
            self.kill();
            panic!("killed after {LONGEST:?}: {}", self.command);
        }
        let status = self.child.wait().unwrap().code();
        let command = &self.command;
        let text = |reader: &mut Option<Receiver<String>>| {
            let reported = reader.take().map(|reader| reader.recv_timeout(LONGEST));
            reported.map_or_else(String::new, |reported| {
                reported.unwrap_or_else(|_| panic!("output stays open: {command}"))
            })
        };
        let (stdout, stderr) = (text(&mut self.stdout), text(&mut self.stderr));
        Run { command: self.command.clone(), status, stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A run that has ended.
pub struct Run {
    /// The command line.
    pub command: String,
    /// The exit status; `None` after a signal.
    pub status: Option<i32>,
    /// What came on standard output.
    pub stdout: String,
    /// What came on standard error.
    pub stderr: String,
}

impl Run {
    /// Fails, with all that the run reported, unless it ended with `status`.
    #[track_caller]
    pub fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "\n{self}");
        self
    }

    /// Fails unless standard error holds `words`.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.stderr.contains(words), "standard error does not say: {words}\n{self}");
        self
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = format!("$ {}\nexit status: {:?}\n", self.command, self.status);
        for (name, stream) in [("standard output", &self.stdout), ("standard error", &self.stderr)] {
            writeln!(text, "--- {name}\n{stream}")?;
        }
        f.write_str(&text)
    }
}

#[test]
fn a_run_is_reported_with_its_status_its_output_and_its_files() {
    let place = Place::new();
    let script = "cat; echo oops >&2; echo made > made; mkdir in; echo \"$MARK $HOME\" > in/reported; exit 3";
    let run =
        place.run_program("sh", &["-c", script]).env("MARK", "marked").input(b"given").done().expect(3).says("oops");
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("given", "oops\n"));
    let files = place.files();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["in/reported", "made"]);
    assert_eq!(files["in/reported"], format!("marked {}\n", place.home().display()).into_bytes());
    place.assert_nowhere("not there");
    assert!(std::panic::catch_unwind(|| place.assert_nowhere("marked")).is_err());
}

#[test]
fn a_run_that_does_not_end_is_killed() {
    let place = Place::new();
    let began = Instant::now();
    let endless = || place.run_program("sleep", &["60"]).within(Duration::from_millis(100)).done();
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(endless)).is_err());
    let mut running = place.run_program("sleep", &["60"]).start();
    assert!(running.wait(Duration::from_millis(50)).is_none());
    running.kill();
    assert_eq!(running.finished().status, None);
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn nothing_of_the_testers_environment_reaches_a_run() {
    let place = Place::new();
    let run = place.run_program("env", &[]).done().expect(0);
    let names: Vec<&str> = run.stdout.lines().filter_map(|line| line.split('=').next()).collect();
    assert!(names.iter().all(|name| ["HOME", "PATH", "XDG_CONFIG_HOME"].contains(name)), "{names:?}");
}
