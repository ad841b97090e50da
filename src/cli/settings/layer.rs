//! What holds for one workspace: the arguments and the environment, above its table, above the defaults of the file.

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::error::{SettingsError, Spot};
use super::file::{File, Setting, Table};
use crate::remedy::Remedy;

/// The layers, from which each value is taken once.
#[derive(Debug, Clone, Copy)]
pub struct Layers<'a> {
    /// The arguments of the subcommand as they were given.
    pub given: &'a ArgMatches,
    /// The file, where there is one.
    pub file: Option<&'a File>,
    /// The workspace's name and table, where one is meant.
    pub workspace: Option<(&'a str, &'a Table)>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An argument.
    Argument,
    /// The environment.
    Environment,
    /// The file.
    File(Spot),
    /// Nowhere: it is the default.
    Default,
}

impl<'a> Layers<'a> {
    /// What the file says of a setting: the workspace's table before the defaults.
    pub fn configured(&self, key: &str) -> Option<(&'a Setting, Spot)> {
        let file = self.file?;
        let own = self.workspace.and_then(|(_, table)| table.get(key));
        let setting = own.or_else(|| file.defaults.get(key))?;
        Some((setting, file.spot(setting.line)))
    }

    /// What the workspace's own table says.
    pub fn own(&self, key: &str) -> Option<(&'a Setting, Spot)> {
        let (file, (_, table)) = (self.file?, self.workspace?);
        table.get(key).map(|setting| (setting, file.spot(setting.line)))
    }

    /// Where the value of the argument `key` comes from.
    pub fn source(&self, key: &str) -> Source {
        match self.given_by(key) {
            Some(ValueSource::CommandLine) => Source::Argument,
            Some(ValueSource::EnvVariable) => Source::Environment,
            _ => self.configured(key).map_or(Source::Default, |(_, spot)| Source::File(spot)),
        }
    }

    fn given_by(&self, key: &str) -> Option<ValueSource> {
        // Asking for an argument that a subcommand does not have is a mistake in clap's eyes.
        self.given.try_contains_id(key).is_ok().then(|| self.given.value_source(key)).flatten()
    }

    /// The value that the file gives to `key`; `None` where an argument or the environment goes before, or there is none.
    pub fn value<T, E: Remedy>(
        &self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, SettingsError> {
        let Source::File(spot) = self.source(key) else { return Ok(None) };
        let Some((setting, _)) = self.configured(key) else { return Ok(None) };
        let wrong = |why: E| SettingsError::Value { spot, key, why: why.to_string(), remedy: why.remedy() };
        read(&setting.value.text()).map(Some).map_err(wrong)
    }
}
