//! The arguments of the small commands: completions, manual pages, the sample API.

use std::path::PathBuf;

use clap::{Arg, Args as ClapArgs};

use super::values::{form, parsed};
use crate::batch::ApiForm;

/// What follows the arguments of `sample-api`.
pub const SAMPLE_API_HELP: &str = "\
Example:
  dialnexa-audit sample-api --port 8787 --rate-limit 60";

/// What follows the arguments of `completions`.
pub const COMPLETIONS_HELP: &str = "\
Examples:
  dialnexa-audit completions bash > /etc/bash_completion.d/dialnexa-audit
  dialnexa-audit completions zsh > ~/.zfunc/_dialnexa-audit
  dialnexa-audit completions fish \\
      > ~/.config/fish/completions/dialnexa-audit.fish";

/// What follows the arguments of `man`.
pub const MAN_HELP: &str = "\
Examples:
  dialnexa-audit man | man -l -
  dialnexa-audit man --dir /usr/local/share/man/man1";

/// Arguments of `completions`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, Clone, ClapArgs)]
pub struct ManPages {
    /// Folder to write a page for every subcommand into
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Arguments of `sample-api`.
#[derive(Debug, Clone, ClapArgs)]
pub struct SampleApi {
    /// Port to listen on, 0 for any free one
    #[arg(long, value_name = "N", default_value = "8787")]
    pub port: u16,
    /// Form of the answers: leads, calls or v1
    #[arg(long, value_name = "FORM", value_parser = parsed(form), default_value = "leads")]
    pub form: ApiForm,
    /// Answer 429 to more than this many requests a minute
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_limit: Option<u32>,
}

/// What `-h` lists of the arguments of `report`; `--help` lists all of them.
const FIRST_USED: [&str; 10] =
    ["quarter", "from", "to", "timezone", "workspace", "sample", "api_key_file", "format", "out", "identity"];

/// Hides from `-h` what is not used first.
pub(super) fn first_used(arg: Arg) -> Arg {
    let first = arg.is_positional() || FIRST_USED.contains(&arg.get_id().as_str());
    arg.hide_short_help(!first)
}
