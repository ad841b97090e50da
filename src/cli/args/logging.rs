//! The arguments that say how the words on standard error are written.

use clap::{Args as ClapArgs, ValueEnum};

/// How lines on standard error are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object a line: time, level, event, and what belongs to it
    Json,
}

/// How the words on standard error are written.
#[derive(Debug, Clone, Default, ClapArgs)]
pub struct Logging {
    /// How lines on standard error are written: text, or json (one object a line)
    #[arg(long, global = true, value_name = "FORMAT", env = "DIALNEXA_AUDIT_LOG_FORMAT", default_value = "text")]
    #[arg(hide_possible_values = true, help_heading = "Output")]
    pub log_format: LogFormat,
    /// Report each request to the API on standard error
    #[arg(long, short, global = true, help_heading = "Output")]
    pub verbose: bool,
}
