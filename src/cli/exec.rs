//! A command of the user's: run by the shell with a result on its standard input, and never with the API key in its environment.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::keys::KEY_VARIABLE;
use crate::api::key::ApiKey;
use crate::machine;

/// A command and its limit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exec {
    /// What the shell is handed.
    pub command: String,
    /// How long it may take; then it is ended, with all that it has begun.
    pub limit: Option<Duration>,
}

/// Takes the key out of the environment that `command` gets, whatever variable it is in, and whoever put it there.
pub fn without_key(command: &mut Command, key: &ApiKey) {
    for (name, value) in std::env::vars_os() {
        if name == KEY_VARIABLE || key.redact_bytes(value.as_encoded_bytes()).is_some() {
            command.env_remove(name);
        }
    }
}

impl Exec {
    /// Runs it with `line` on its standard input, after `dress` has given it its environment, and waits for its end.
    ///
    /// # Errors
    /// Where it does not succeed; in words that continue a sentence about it.
    pub fn run(&self, line: &str, dress: impl FnOnce(&mut Command)) -> Result<(), String> {
        let cannot = |error: &dyn Display| format!("cannot be run: {error}");
        // A command that does not read its input may succeed all the same. From a thread, since one that hangs reads none.
        let (hand_over, input) = mpsc::channel::<ChildStdin>();
        let line = line.to_owned();
        let feed = move || drop(input.recv().map(|mut stdin| writeln!(stdin, "{line}")));
        machine::thread("input", feed).map_err(|failure| cannot(&failure))?;
        let mut command = self.shell();
        dress(&mut command);
        let mut child = command.spawn().map_err(|error| cannot(&error))?;
        // Where the thread is gone, so is what it waited for.
        drop(child.stdin.take().map(|stdin| hand_over.send(stdin)));
        match self.ended(&mut child) {
            Ok(Some(status)) if status.success() => Ok(()),
            Ok(Some(status)) => Err(format!("failed ({status})")),
            Ok(None) => Err("took longer than --exec-timeout allows and was ended".to_owned()),
            Err(error) => Err(format!("cannot be waited for: {error}")),
        }
    }

    fn shell(&self) -> Command {
        let mut command = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
        command.arg(if cfg!(windows) { "/C" } else { "-c" }).arg(&self.command).stdin(Stdio::piped());
        command.env_remove(super::machine::MARK);
        #[cfg(unix)]
        if self.limit.is_some() {
            // A group of its own, so that what it begins can be ended with it.
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        }
        command
    }

    /// Waits for the command; `None` if it took longer than the limit, and was killed.
    fn ended(&self, child: &mut Child) -> io::Result<Option<ExitStatus>> {
        let Some(limit) = self.limit else { return child.wait().map(Some) };
        let began = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            if began.elapsed() >= limit {
                kill(child);
                child.wait()?;
                return Ok(None);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

/// Kills the command and what it has begun.
fn kill(child: &mut Child) {
    #[cfg(target_os = "linux")]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // It may have ended in this very moment.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
}
