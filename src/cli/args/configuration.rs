//! The arguments that say where settings come from, and those of `config`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::Report;

const SHOW_HELP: &str = "\
It takes the arguments of report and prints what report would go by: each value,
and whether it is of an argument, of the environment, of a line of the file, or
the default. A key is never shown.

Examples:
  dialnexa-audit config show
  dialnexa-audit config show --workspace acme --timezone Asia/Kolkata --json";

const SCHEMA_HELP: &str = "\
Example:
  dialnexa-audit config schema > dialnexa-audit.schema.json

An editor that knows TOML schemas takes it from the first line of the file:
  #:schema ./dialnexa-audit.schema.json";

/// Where the settings are.
#[derive(Debug, Clone, Default, ClapArgs)]
pub struct Configuration {
    /// Settings file [default: dialnexa-audit.toml here, else in the user's
    /// configuration folder]
    #[arg(long, global = true, value_name = "FILE", env = "DIALNEXA_AUDIT_CONFIG", help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// Read no settings file
    #[arg(long, global = true, help_heading = "Settings")]
    pub no_config: bool,
}

/// Which workspaces of the settings file.
#[derive(Debug, Clone, Default, ClapArgs)]
pub struct Workspaces {
    /// Workspace of the settings file; it has a folder of its name below --out
    #[arg(long, value_name = "NAME", env = "DIALNEXA_AUDIT_WORKSPACE", help_heading = "Settings")]
    pub workspace: Option<String>,
    /// What the file settled and the report is made by, as arguments; they belong to the command that the report states.
    #[arg(skip)]
    pub settled: Vec<String>,
}

/// Arguments of `config`.
#[derive(Debug, Clone, ClapArgs)]
pub struct ConfigureArgs {
    /// What of it.
    #[command(subcommand)]
    pub action: ConfigAction,
}

/// The actions of `config`.
#[derive(Debug, Clone, Subcommand)]
pub enum ConfigAction {
    /// Show every value and where it comes from
    #[command(after_help = SHOW_HELP)]
    Show(Box<Report>),
    /// Print the JSON Schema of the settings file, for editors
    #[command(after_help = SCHEMA_HELP)]
    Schema,
}
