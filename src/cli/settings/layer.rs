//! What holds for one workspace: the arguments and the environment, above its table, above the defaults of the file.

use clap::parser::ValueSource;

use super::error::Spot;
use super::file::{File, Setting, SettingsTable};
use super::given::Given;

/// The layers, from which each value is taken once.
#[derive(Debug, Clone, Copy)]
pub struct Layers<'a> {
    /// The command line as it was given.
    pub given: &'a Given,
    /// The file, where there is one.
    pub file: Option<&'a File>,
    /// The workspace's name and table, where one is meant.
    pub workspace: Option<(&'a str, &'a SettingsTable)>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
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
    pub fn source(&self, key: &str) -> Layer {
        match self.given_by(key) {
            Some(ValueSource::CommandLine) => Layer::Argument,
            Some(ValueSource::EnvVariable) => Layer::Environment,
            _ => self.configured(key).map_or(Layer::Default, |(_, spot)| Layer::File(spot)),
        }
    }

    fn given_by(&self, key: &str) -> Option<ValueSource> {
        self.given.takes(key).then(|| self.given.matches().value_source(key)).flatten()
    }
}
