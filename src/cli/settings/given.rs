//! The command line as it was given, which can be read again over the defaults of a settings file.

use std::ffi::OsString;

use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};

use crate::cli::args::Args;

/// What was given, and what clap made of it.
#[derive(Debug, Clone)]
pub struct Given {
    words: Vec<OsString>,
    matches: ArgMatches,
}

impl Given {
    /// Reads the words of a command line, the program's name first.
    ///
    /// # Errors
    /// What clap says of them; also where help or the version is asked for.
    pub fn read(words: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, clap::Error> {
        let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
        let matches = Args::command().try_get_matches_from(&words)?;
        Ok(Self { words, matches })
    }

    /// The whole command line as data.
    ///
    /// # Errors
    /// What clap says of it.
    pub fn args(&self) -> Result<Args, clap::Error> {
        Args::from_arg_matches(&self.matches)
    }

    /// What was given to the subcommand, however deep it is nested.
    pub fn matches(&self) -> &ArgMatches {
        innermost(&self.matches)
    }

    /// Whether the subcommand has an argument of that name.
    pub fn takes(&self, key: &str) -> bool {
        // Asking for an argument that a subcommand does not have is a mistake in clap's eyes.
        self.matches().try_contains_id(key).is_ok()
    }

    /// The subcommand's arguments with these defaults in the place of its own. An argument that was given, or a variable of
    /// the environment, goes before a default.
    ///
    /// # Errors
    /// Where a default cannot be the value of its argument.
    pub fn over<T: FromArgMatches>(&self, defaults: &[(&'static str, String)]) -> Result<T, clap::Error> {
        let defaulted = |subcommand: Command| {
            defaults.iter().fold(subcommand, |subcommand, (key, text)| {
                subcommand.mut_arg(key, |argument| argument.default_value(text.clone()))
            })
        };
        let command = with_innermost(Args::command(), &self.matches, &defaulted);
        T::from_arg_matches(innermost(&command.try_get_matches_from(&self.words)?))
    }
}

fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, matches)| innermost(matches))
}

/// `command` with `change` made to the subcommand that `matches` are of.
fn with_innermost(command: Command, matches: &ArgMatches, change: &dyn Fn(Command) -> Command) -> Command {
    match matches.subcommand() {
        None => change(command),
        Some((name, matches)) => command.mut_subcommand(name, |subcommand| with_innermost(subcommand, matches, change)),
    }
}
