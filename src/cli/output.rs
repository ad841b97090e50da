//! Standard output carries the result, standard error the words.

use std::io::{self, Write};

use super::{Exit, Failure};

/// Writes a line of the result; a reader that went away is no error.
pub fn result(line: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Local, format_args!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a line of words. Nowhere to write words to is no reason to fail.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Says why the program fails.
pub fn complain(failure: &Failure) {
    say(&format!("dialnexa-audit: {}", failure.message));
}

/// Text from a file under check, fit for a terminal.
pub fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
