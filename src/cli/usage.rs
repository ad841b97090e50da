//! What the argument parser says. It repeats arguments, in which there may be anything.

use std::ffi::OsString;
use std::io::{self, Write};

use super::foreign::{shown, shown_lines};
use super::settings::Given;

/// Says it as the parser does, with every argument on one line.
pub fn say(error: &clap::Error) {
    let arguments: Vec<String> = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let plain: Vec<String> = arguments.iter().map(|argument| shown(argument)).collect();
    let text = error.render().to_string();
    // Where it cannot be said, there is nowhere else to say so.
    if plain == arguments && shown_lines(&text) == text {
        let _ = error.print();
        return;
    }
    let text = if plain == arguments { text } else { of_plain(&plain) };
    let _ = match error.use_stderr() {
        true => io::stderr().lock().write_all(shown_lines(&text).as_bytes()),
        false => io::stdout().lock().write_all(shown_lines(&text).as_bytes()),
    };
}

/// What the parser has against the arguments as they are shown: its words repeat these. Where it has nothing against them, it
/// was the characters that are not shown.
fn of_plain(arguments: &[String]) -> String {
    match Given::read(arguments.iter().map(OsString::from)).and_then(|given| given.args()) {
        Err(error) if error.use_stderr() => error.render().to_string(),
        _ => "error: an argument holds a character that it must not hold, such as a line break\n".to_owned(),
    }
}
