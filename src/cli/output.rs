//! Standard output carries the result, standard error the words.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

pub use super::foreign::shown;
use super::foreign::{in_json, shown_lines};
use super::{Exit, Failure, columns, log};

/// Whether the reader of the result went away.
static UNREAD: AtomicBool = AtomicBool::new(false);

/// Whether a line of the result was not read, because its reader went away.
pub fn is_unread() -> bool {
    UNREAD.load(Ordering::Relaxed)
}

/// Writes a line of the result; a reader that went away is no error. Foreign text in it is [`shown`] already: here it cannot
/// be distinguished from this program's own lines.
pub fn result(line: &str) -> Result<(), Failure> {
    painted(&shown_lines(line))
}

/// Writes a value as JSON in several lines.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let failed = |error| Failure::new(Exit::Local, "cannot write the result as JSON").because(error);
    json_text(&serde_json::to_string_pretty(value).map_err(failed)?)
}

/// Writes what is JSON already.
pub fn json_text(text: &str) -> Result<(), Failure> {
    painted(&in_json(text))
}

/// Writes lines of the result in colours, in which all foreign text is [`shown`].
pub fn painted(line: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Local, "cannot write to standard output").because(error))
        }
        written => {
            UNREAD.fetch_or(written.is_err(), Ordering::Relaxed);
            Ok(())
        }
    }
}

/// Writes a line of words; at a terminal in as many lines as it takes to break none of them. Nowhere to write words to is no
/// reason to fail.
pub fn say(line: &str) {
    let line = &shown_lines(line);
    if log::is_json() {
        return log::words(line);
    }
    let mut err = io::stderr().lock();
    let _ = match terminal_size::terminal_size_of(&err) {
        Some((terminal_size::Width(width), _)) => {
            let lines: Vec<_> = line.split('\n').map(|line| columns::between_words(line, width.into())).collect();
            writeln!(err, "{}", lines.join("\n"))
        }
        None => writeln!(err, "{line}"),
    };
}

/// Says why the program fails; what to do about it has a line of its own.
pub fn complain(failure: &Failure) {
    if log::is_json() {
        return log::failure(failure);
    }
    say(&format!("error: {}", shown(&failure.to_string())));
    failure.notes.iter().for_each(|note| say(&format!("note: {}", shown(note))));
    if let Some(remedy) = &failure.remedy {
        say(&format!("hint: {}", shown(remedy)));
    }
}
