//! Where the settings say that the API key comes from: a variable, a file, or a program such as a secret manager's.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::{LONGEST_KEY, access, key_from, named, unreadable};
use crate::api::key::ApiKey;
use crate::cli::{Exit, Failure};
use crate::machine;

/// How long a program may take; the user may have to unlock it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// An environment variable.
    Variable(String),
    /// A file.
    File(PathBuf),
    /// The first line that a program prints.
    Command {
        /// The program, by its path or looked up in `PATH`.
        program: String,
        /// Its arguments, handed over as they are: there is no shell.
        arguments: Vec<String>,
    },
}

impl KeySource {
    /// The key.
    pub fn key(&self) -> Result<ApiKey, Failure> {
        match self {
            Self::Variable(name) => of_variable(name),
            Self::File(path) => {
                let name = format!("the key file `{}`", path.display());
                let file = std::fs::File::open(path).map_err(|error| unreadable(&name, &error))?;
                access::check(path, "the key file");
                key_from(file, &name)
            }
            Self::Command { program, arguments } => of_program(program, arguments, PATIENCE),
        }
    }
}

fn of_variable(name: &str) -> Result<ApiKey, Failure> {
    match std::env::var(name).map(Zeroizing::new) {
        Ok(key) => named(ApiKey::new(&key), name),
        Err(std::env::VarError::NotPresent) => Err(Failure::new(
            Exit::Usage,
            format_args!("there is no API key: the settings say that {name} holds it, which is not set"),
        )
        .with_remedy(format!("set {name}"))),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failure::new(Exit::Usage, format_args!("cannot use {name}")).because("it is not a text"))
        }
    }
}

/// The first line that the program prints. What it says on standard error is shown; what it prints never is.
fn of_program(program: &str, arguments: &[String], patience: Duration) -> Result<ApiKey, Failure> {
    let name = format!("the program `{program}`");
    let failed = |why: &dyn std::fmt::Display| {
        Failure::new(Exit::Usage, format_args!("cannot get the API key from {name}")).because(why)
    };
    let mut command = Command::new(program);
    let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().map_err(|error| failed(&error))?;
    let (sender, received) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        let read = move || {
            let mut text = Zeroizing::new(Vec::new());
            let read = output.take(LONGEST_KEY).read_to_end(&mut text).map(|_| text);
            // Where it took too long, the caller no longer listens.
            let _ = sender.send(read);
        };
        if let Err(error) = machine::thread("key", read) {
            // It may have ended in this moment.
            let _ = child.kill();
            let _ = child.wait();
            return Err(error.into());
        }
    }
    let Ok(read) = received.recv_timeout(patience) else {
        // It may have ended in this moment.
        let _ = child.kill();
        let _ = child.wait();
        return Err(failed(&format_args!("it did not end within {} seconds", patience.as_secs())));
    };
    let text = read.map_err(|error| failed(&error))?;
    let status = child.wait().map_err(|error| failed(&error))?;
    if !status.success() {
        return Err(failed(&format_args!("it ended with {status}")).with_remedy("run it by hand to see why"));
    }
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    named(ApiKey::of_bytes(line), &name)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<ApiKey, Failure> {
        of_program("sh", &["-c".to_owned(), script.to_owned()], Duration::from_secs(5))
    }

    #[test]
    fn the_first_line_of_a_program_is_the_key() {
        let key = shell("printf 'key-of-program\\nmore\\n'").unwrap();
        assert_eq!(key.fingerprint(), ApiKey::new("key-of-program").unwrap().fingerprint());
    }

    #[test]
    fn a_program_that_fails_gives_no_key_and_nothing_of_what_it_printed_is_reported() {
        for script in ["echo secret-word; exit 3", "printf '\\nsecret-word'", "echo secret-word two", "printf '\\377'"]
        {
            let failure = shell(script).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage);
            assert!(!failure.to_string().contains("secret-word"), "{failure}");
        }
        let missing = of_program("there-is-no-such-program", &[], Duration::from_secs(1)).unwrap_err();
        assert!(missing.to_string().contains("there-is-no-such-program"), "{missing}");
    }

    #[test]
    fn a_program_that_does_not_end_is_stopped() {
        let slow = of_program("sleep", &["30".to_owned()], Duration::from_millis(100)).unwrap_err();
        assert!(slow.to_string().contains("did not end"), "{slow}");
    }

    #[test]
    fn arguments_are_not_a_shells() {
        let key = of_program("echo", &["$HOME;true".to_owned()], Duration::from_secs(5)).unwrap();
        assert_eq!(key.fingerprint(), ApiKey::new("$HOME;true").unwrap().fingerprint());
    }
}
