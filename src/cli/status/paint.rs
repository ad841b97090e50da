//! What the place where the board is shown can show.

use std::io::{self, IsTerminal};

use crate::batch::{Finality, Status};

/// Width, height, colours and letters.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    /// Columns.
    pub width: usize,
    /// Rows, where there is an end of them.
    pub rows: Option<usize>,
    /// Whether there are colours.
    pub colour: bool,
    /// Whether there are blocks; `#`, `x` and `.` otherwise.
    pub blocks: bool,
}

impl Paint {
    /// What standard output is: a terminal of some size, or a pipe. `COLUMNS` goes before its width, `NO_COLOR` takes its colours.
    pub fn of_standard_output() -> Self {
        let terminal = io::stdout().is_terminal();
        let size = terminal_size::terminal_size_of(io::stdout());
        let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        let width = columns.or(size.map(|(width, _)| usize::from(width.0))).unwrap_or(80);
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        Self {
            width: width.clamp(40, 240),
            rows: size.map(|(_, height)| usize::from(height.0)),
            colour: terminal && !set("NO_COLOR") && !dumb,
            blocks: terminal && speaks_utf8(),
        }
    }

    /// `text` in a colour, by its SGR number.
    pub fn coloured(&self, sgr: u8, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("\x1b[{sgr}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// The colour of a status. It is never all that shows it: the word is there.
    pub fn of_status(status: &Status) -> u8 {
        match (status.as_str(), status.finality()) {
            ("completed", _) => 32,
            ("failed", _) => 31,
            (_, Finality::Final) => 33,
            (_, Finality::Open) => 36,
            (_, Finality::Unknown) => 35,
        }
    }
}

/// Whether the locale is one of UTF-8.
fn speaks_utf8() -> bool {
    let of = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = of("LC_ALL").or_else(|| of("LC_CTYPE")).or_else(|| of("LANG")).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    cfg!(windows) || locale.contains("utf-8") || locale.contains("utf8")
}
