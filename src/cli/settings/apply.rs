//! The values of the file as defaults of the arguments: what an argument takes, and how it is read, is said by clap alone.

use std::error::Error;
use std::path::PathBuf;

use clap::FromArgMatches;

use super::error::{SettingsError, Spot};
use super::file::Value;
use super::keys::{DELIVER, KEY_SOURCES, KEYS, Key, ValueKind};
use super::layer::{Layer, Layers};
use crate::api::endpoint::Endpoint;
use crate::cli::args::values::ValueError;
use crate::cli::keys::KeySource;
use crate::remedy::Remedy;
use crate::run::deliver::Target;

/// A value that the file gives to an argument.
struct Default {
    key: &'static str,
    text: String,
    spot: Spot,
}

impl Layers<'_> {
    /// The arguments of the subcommand as they are with the file, but for where the key comes from. Settings named in `apart`
    /// mean something else than the argument of the same name.
    pub fn arguments<T: FromArgMatches>(&self, apart: &[&str]) -> Result<T, SettingsError> {
        let settings = KEYS.iter().filter(|key| key.argument && !apart.contains(&key.name));
        let defaults = settings.filter_map(|key| self.default_of(key)).collect::<Result<Vec<_>, _>>()?;
        let pairs: Vec<_> = defaults.iter().map(|default| (default.key, default.text.clone())).collect();
        self.given.over(&pairs).map_err(|error| {
            // clap does not say which default it is.
            let wrong = defaults.iter().zip(&pairs).find_map(|(default, pair)| {
                self.given.over::<T>(std::slice::from_ref(pair)).err().map(|error| default.refused(&error))
            });
            wrong.unwrap_or_else(|| SettingsError::Together(error.to_string()))
        })
    }

    /// What the file gives to `key`, if it is the file that decides.
    fn default_of(&self, key: &'static Key) -> Option<Result<Default, SettingsError>> {
        let (Layer::File(spot), true) = (self.source(key.name), self.given.takes(key.name)) else { return None };
        let (setting, _) = self.configured(key.name)?;
        let default = Default { key: key.name, text: setting.value.text(), spot };
        if default.text.is_empty() {
            return Some(Err(default.wrong("it is empty", None)));
        }
        // An argument's own reader would repeat the whole URL, in which there may be a password.
        let endpoint = (key.name == "base_url").then(|| Endpoint::new(&default.text)).transpose();
        Some(endpoint.map(|_| ()).map_err(|error| default.wrong(&error, error.remedy())).map(|()| default))
    }

    /// Where the key comes from by the file. The workspace's own word goes before the defaults', whichever way each says it.
    pub fn key_source(&self) -> Result<Option<KeySource>, SettingsError> {
        let own = KEY_SOURCES.iter().find_map(|key| Some((*key, self.own(key)?)));
        let any = || KEY_SOURCES.iter().find_map(|key| Some((*key, self.configured(key)?)));
        let Some((key, (setting, spot))) = own.or_else(any) else { return Ok(None) };
        let empty = || SettingsError::Value { spot: spot.clone(), key, why: "it is empty".to_owned(), remedy: None };
        Ok(Some(match (&setting.value, key) {
            (Value::Several(words), _) => {
                let (program, arguments) = words.split_first().ok_or_else(empty)?;
                KeySource::Command { program: program.clone(), arguments: arguments.to_vec() }
            }
            (Value::One(text), _) if text.is_empty() => return Err(empty()),
            (Value::One(text), "key_env") => KeySource::Variable(text.clone()),
            (Value::One(text), _) => KeySource::File(PathBuf::from(text)),
        }))
    }

    /// Where packages are delivered to. What holds for every workspace has a place for each; what a workspace names is its own.
    pub fn deliver(&self) -> Result<Vec<Target>, SettingsError> {
        let Some((setting, spot)) = self.configured(DELIVER) else { return Ok(Vec::new()) };
        let Value::Several(texts) = &setting.value else { return Ok(Vec::new()) };
        let common = self.workspace.filter(|_| self.own(DELIVER).is_none());
        let target = |text: &String| match (text.parse::<Target>(), common) {
            (Ok(target), Some((workspace, _))) => Ok(target.below(workspace)),
            (Ok(target), None) => Ok(target),
            (Err(error), _) => {
                let (why, remedy) = (error.to_string(), error.remedy());
                Err(SettingsError::Value { spot: spot.clone(), key: DELIVER, why, remedy })
            }
        };
        texts.iter().map(target).collect()
    }

    /// Refuses a key of the environment's that may not be the workspace's.
    pub fn check_key(&self, given_file: bool) -> Result<(), SettingsError> {
        let Some((workspace, _)) = self.workspace else { return Ok(()) };
        let own = KEY_SOURCES.iter().find_map(|key| Some((*key, self.own(key)?)));
        let Some((key, (setting, spot))) = own else { return Ok(()) };
        let same = key == "key_env" && setting.value.text() == crate::cli::keys::KEY_VARIABLE;
        if given_file || same || std::env::var_os(crate::cli::keys::KEY_VARIABLE).is_none() {
            return Ok(());
        }
        Err(SettingsError::TwoKeys(workspace.to_owned(), spot, key))
    }

    /// What the file settled of the report, written as arguments.
    pub fn settled(&self) -> Vec<String> {
        let of_file = KEYS.iter().filter(|key| key.stated && matches!(self.source(key.name), Layer::File(_)));
        let with_value = of_file.filter_map(|key| Some((key, self.configured(key.name)?.0.value.text())));
        let argument = |(key, value): (&Key, String)| {
            let name = key.name.replace('_', "-");
            match key.kind {
                ValueKind::Flag => (value == "true").then(|| format!("--{name}")),
                _ => Some(format!("--{name}={value}")),
            }
        };
        with_value.filter_map(argument).collect()
    }
}

impl Default {
    /// What clap says of the value. Its own display repeats the value, in which there may be a secret.
    fn refused(&self, error: &clap::Error) -> SettingsError {
        match error.source().and_then(|cause| cause.downcast_ref::<ValueError>()) {
            Some(reported) => self.wrong(&reported.0, reported.0.remedy()),
            None => {
                let cause = error.source().map_or_else(|| error.kind().to_string(), ToString::to_string);
                self.wrong(&cause, None)
            }
        }
    }

    fn wrong(
        &self,
        why: &(impl std::fmt::Display + ?Sized),
        remedy: Option<std::borrow::Cow<'static, str>>,
    ) -> SettingsError {
        SettingsError::Value { spot: self.spot.clone(), key: self.key, why: why.to_string(), remedy }
    }
}

#[cfg(test)]
mod tests;
