//! Putting the values of the file into the arguments, where neither an argument nor the environment has one.

use std::path::PathBuf;

use clap::ValueEnum;

use super::error::SettingsError;
use super::file::Value;
use super::keys::{KEY_SOURCES, KEYS, Kind};
use super::layer::{Layers, Source};
use crate::api::endpoint::{Endpoint, EndpointError};
use crate::cli::args::values::{
    Misread, accent, accent_dark, duration, fiscal_year_start, patience, pdf_rows, policy, size, web_address, words,
};
use crate::cli::args::{Access, AssuranceArg, CallTotalsArg, FormatArg, Package, PaperArg, Periods, Report, Sync};
use crate::cli::keys::KeySource;
use crate::period;

/// Sets `$place` to what the file says under `$key`, if it is the file that decides.
macro_rules! settle {
    ($layers:expr, $($key:literal => $place:expr, $read:expr;)*) => {
        $(if let Some(value) = $layers.value($key, $read)? { $place = value.into(); })*
    };
}

impl Layers<'_> {
    /// The arguments of `report` as they are with the file.
    pub fn apply_to_report(&self, args: &mut Report) -> Result<(), SettingsError> {
        settle! { self,
            "base_url" => args.base_url, base_url;
            "concurrency" => args.concurrency, number;
            "max_wait" => args.max_wait, patience;
            "assurance" => args.assurance, choice::<AssuranceArg>;
            "call_totals" => args.call_totals, choice::<CallTotalsArg>;
        }
        args.key_source = self.key_source()?;
        self.apply_to_periods(&mut args.period)?;
        self.apply_to_package(&mut args.package)
    }

    /// The way to the API.
    pub fn apply_to_access(&self, args: &mut Access) -> Result<(), SettingsError> {
        settle! { self,
            "base_url" => args.base_url, base_url;
            "max_wait" => args.max_wait, patience;
            "quiet" => args.quiet, flag;
        }
        args.key_source = self.key_source()?;
        Ok(())
    }

    /// The arguments of `sync` as they are with the file.
    pub fn apply_to_sync(&self, args: &mut Sync) -> Result<(), SettingsError> {
        settle! { self,
            "timezone" => args.timezone, period::zone;
            "fiscal_year_start" => args.fiscal_year_start, fiscal_year_start;
            "concurrency" => args.concurrency, number;
            "assurance" => args.assurance, choice::<AssuranceArg>;
            "call_totals" => args.call_totals, choice::<CallTotalsArg>;
        }
        self.apply_to_access(&mut args.access)
    }

    /// The zone and the fiscal year.
    pub fn apply_to_periods(&self, args: &mut Periods) -> Result<(), SettingsError> {
        settle! { self,
            "timezone" => args.timezone, period::zone;
            "fiscal_year_start" => args.fiscal_year_start, fiscal_year_start;
        }
        Ok(())
    }

    /// What is written, and how.
    pub fn apply_to_package(&self, args: &mut Package) -> Result<(), SettingsError> {
        settle! { self,
            "format" => args.format, formats;
            "out" => args.out, path;
            "identity" => args.identity, path;
            "timestamp_url" => args.timestamp_url, web_address;
            "timestamp_policy" => args.timestamp_policy, policy;
            "timestamp_wait" => args.timestamp_wait, duration;
            "long_term" => args.long_term, flag;
            "no_bom" => args.no_bom, flag;
            "paper" => args.paper, choice::<PaperArg>;
            "pdf_rows" => args.pdf_rows, pdf_rows;
            "font_dir" => args.font_dir, path;
            "system_fonts" => args.system_fonts, flag;
            "html_budget" => args.html_budget, size;
            "template_dir" => args.template_dir, path;
            "organisation" => args.organisation, words;
            "retention" => args.retention, words;
            "logo" => args.logo, path;
            "accent" => args.accent, accent;
            "accent_dark" => args.accent_dark, accent_dark;
            "pseudonymise" => args.pseudonymise, flag;
            "quiet" => args.quiet, flag;
        }
        Ok(())
    }

    /// Where the key comes from by the file. The workspace's own word goes before the defaults', whichever way each says it.
    fn key_source(&self) -> Result<Option<KeySource>, SettingsError> {
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
        let of_file = KEYS.iter().filter(|key| key.stated && matches!(self.source(key.name), Source::File(_)));
        let with_value = of_file.filter_map(|key| Some((key, self.configured(key.name)?.0.value.text())));
        let argument = |(key, value): (&super::keys::Key, String)| {
            let name = key.name.replace('_', "-");
            match key.kind {
                Kind::Flag => (value == "true").then(|| format!("--{name}")),
                _ => Some(format!("--{name}={value}")),
            }
        };
        with_value.filter_map(argument).collect()
    }
}

fn base_url(text: &str) -> Result<String, EndpointError> {
    Endpoint::new(text).map(|_| text.to_owned())
}

fn path(text: &str) -> Result<PathBuf, Misread> {
    if text.is_empty() { Err(Misread::new("it is empty")) } else { Ok(PathBuf::from(text)) }
}

fn number(text: &str) -> Result<u8, Misread> {
    text.parse().map_err(|_| Misread::new(format!("`{text}` is not a number of 0 to 255")))
}

fn flag(text: &str) -> Result<bool, Misread> {
    Ok(text == "true")
}

fn choice<T: ValueEnum>(text: &str) -> Result<T, Misread> {
    T::from_str(text, false).map_err(Misread::new)
}

fn formats(text: &str) -> Result<Vec<FormatArg>, Misread> {
    text.split(',').map(choice).collect()
}

#[cfg(test)]
mod tests;
