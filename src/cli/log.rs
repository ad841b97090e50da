//! How the words on standard error are written: lines for people, or one JSON object a line for programs; and whether each request is
//! among them. The program has few events, and all come through this room: no subscriber of a library is needed to collect them.

use std::io::{self, Write};
use std::sync::OnceLock;

use chrono::{SecondsFormat, Utc};
use serde_json::{Value, json};

use super::Failure;
use super::args::{LogFormat, Logging};
use super::foreign::in_json;

/// What the arguments say; text and no requests until they are read.
static LOG: OnceLock<Logging> = OnceLock::new();

/// From here on it is written so.
pub fn set(logging: &Logging) {
    // It is set once, by whoever reads the arguments.
    let _ = LOG.set(logging.clone());
}

/// Whether lines are JSON.
pub fn is_json() -> bool {
    LOG.get().is_some_and(|log| log.log_format == LogFormat::Json)
}

/// Whether each request is reported.
pub fn has_requests() -> bool {
    LOG.get().is_some_and(|log| log.verbose)
}

/// How grave an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The program fails, or something it was to do is not done.
    Error,
    /// A user should look at it.
    Warn,
    /// What goes on.
    Info,
    /// What is said only where it is asked for.
    Debug,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// Writes one event as JSON: its time, level and name, then `fields`. Nowhere to write it to is no reason to fail.
pub fn event(level: Level, name: &str, fields: Value) {
    let mut all = json!({ "time": Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true), "level": level.as_str(), "event": name });
    if let (Value::Object(all), Value::Object(fields)) = (&mut all, fields) {
        all.extend(fields);
    }
    // In one piece: another thread or process may write, too.
    let line = format!("{}\n", in_json(&all.to_string()));
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// A failure as an event.
pub fn failure(failure: &Failure) {
    event(Level::Error, "error", failure.as_json());
}

/// Words for people as an event; what they begin with says how grave it is.
pub fn words(line: &str) {
    match line.strip_prefix("note: ") {
        Some(note) => event(Level::Warn, "note", json!({ "message": note })),
        None => event(Level::Info, "message", json!({ "message": line })),
    }
}

/// A wait before a request.
pub fn wait(seconds: f64, why: &str) {
    event(Level::Info, "wait", json!({ "wait": rounded(seconds), "message": why }));
}

/// To the millisecond.
pub fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
