//! Which workspaces a command is for, and its arguments for each of them.

use std::path::{Path, PathBuf};

use clap::FromArgMatches;
use clap::parser::ValueSource;

use super::error::SettingsError;
use super::file::{File, SettingsTable, meant};
use super::find;
use super::given::Given;
use super::keys::nearest;
use super::layer::{Layer, Layers};
use crate::cli::args::{Configuration, Deliver, Render, Report, Workspaces};
use crate::cli::keys::KeySource;
use crate::run::deliver::Target;

/// One run of a command: its arguments with all settings in them.
#[derive(Debug, Clone)]
pub struct Run<T> {
    /// The workspace, where one was named.
    pub workspace: Option<String>,
    /// The arguments.
    pub args: T,
}

/// Arguments whose defaults a settings file may say.
pub trait Settled: Clone + FromArgMatches {
    /// Settings that mean something else than the argument of the same name.
    const APART: &'static [&'static str] = &[];
    /// Refuses what would be wrong though each setting is right.
    ///
    /// # Errors
    /// Where the key may be another workspace's.
    fn check(&self, _: Layers<'_>) -> Result<(), SettingsError> {
        Ok(())
    }
    /// Which workspaces are asked for.
    fn workspaces(&mut self) -> &mut Workspaces;
    /// Where the key comes from by the file, in a command that needs one.
    fn key_source(&mut self) -> Option<&mut Option<KeySource>> {
        None
    }
    /// Where the file says that packages are delivered to, in a command that delivers.
    fn deliver(&mut self) -> Option<&mut Vec<Target>> {
        None
    }
    /// The folder that a workspace has one of its own below, where the command has such a folder.
    fn out(&mut self) -> Option<&mut PathBuf> {
        None
    }
    /// Gives a workspace a folder or file of its own, in a run over all of them, where the command has one that `out` is not; which
    /// one that is.
    fn own(&mut self, _: &str) -> Option<PathBuf> {
        None
    }
    /// The file of metrics, of which each workspace has one of its own in a run over all of them.
    fn metrics_file(&mut self) -> Option<&mut PathBuf> {
        None
    }
    /// Whether nothing but errors is to be said.
    fn quiet(&self) -> bool;
    /// Whether the result is wanted as JSON.
    fn json(&self) -> bool;
    /// Whether every workspace is asked for.
    fn all(&self) -> bool {
        false
    }
}

impl Settled for Report {
    fn check(&self, layers: Layers<'_>) -> Result<(), SettingsError> {
        if self.sample { Ok(()) } else { layers.check_key(self.api_key_file.is_some()) }
    }

    fn workspaces(&mut self) -> &mut Workspaces {
        &mut self.workspaces
    }

    fn key_source(&mut self) -> Option<&mut Option<KeySource>> {
        Some(&mut self.key_source)
    }

    fn deliver(&mut self) -> Option<&mut Vec<Target>> {
        Some(&mut self.deliver)
    }

    fn out(&mut self) -> Option<&mut PathBuf> {
        Some(&mut self.package.out)
    }

    fn metrics_file(&mut self) -> Option<&mut PathBuf> {
        self.metrics_file.as_mut()
    }

    fn quiet(&self) -> bool {
        self.package.quiet
    }

    fn json(&self) -> bool {
        self.package.json
    }

    fn all(&self) -> bool {
        self.all_workspaces
    }
}

impl Settled for Render {
    fn workspaces(&mut self) -> &mut Workspaces {
        &mut self.workspaces
    }

    fn out(&mut self) -> Option<&mut PathBuf> {
        Some(&mut self.package.out)
    }

    fn quiet(&self) -> bool {
        self.package.quiet
    }

    fn json(&self) -> bool {
        self.package.json
    }
}

impl Settled for Deliver {
    fn workspaces(&mut self) -> &mut Workspaces {
        &mut self.workspaces
    }

    fn deliver(&mut self) -> Option<&mut Vec<Target>> {
        Some(&mut self.deliver)
    }

    fn quiet(&self) -> bool {
        self.quiet
    }

    fn json(&self) -> bool {
        self.json
    }
}

/// The settings file that `configuration` means.
pub fn settings(configuration: &Configuration, given: &Given) -> Result<Option<File>, SettingsError> {
    if !configuration.no_config {
        return find::find(configuration.config.as_deref());
    }
    match given.matches().value_source("config") {
        Some(ValueSource::CommandLine) => Err(SettingsError::Conflict("--config and --no-config exclude each other")),
        _ => Ok(None),
    }
}

/// The runs of a command: one, or one for each workspace. Every table of the file is checked, also those not meant.
///
/// # Errors
/// Where the file or a value in it cannot be used, or a workspace is asked for that is not there.
pub fn runs<T: Settled>(file: Option<&File>, given: &Given, args: &T) -> Result<Vec<Run<T>>, SettingsError> {
    let asked = args.clone().workspaces().workspace.clone();
    let named = given.matches().value_source("workspace");
    if args.all() && named == Some(ValueSource::CommandLine) {
        return Err(SettingsError::Conflict("--workspace and --all-workspaces exclude each other"));
    }
    let Some(file) = file else {
        let by = match named {
            _ if args.all() => "--all-workspaces",
            Some(ValueSource::EnvVariable) => "DIALNEXA_AUDIT_WORKSPACE",
            Some(_) => "--workspace",
            None => return Ok(vec![Run { workspace: None, args: args.clone() }]),
        };
        return Err(SettingsError::NoSettings(by, users_folder()));
    };
    check_all::<T>(file, given)?;
    if args.all() {
        return every(file, given);
    }
    let default = file.default_workspace.as_ref().map(|(name, _)| name.clone());
    let run = match asked.or(default) {
        Some(name) => {
            let table = table(file, &name)?;
            one(Layers { given, file: Some(file), workspace: Some((&name, table)) })?
        }
        None => one(Layers { given, file: Some(file), workspace: None })?,
    };
    Ok(vec![run])
}

fn users_folder() -> String {
    let folder = find::users().and_then(|path| path.parent().map(|folder| folder.display().to_string()));
    folder.unwrap_or_else(|| "the user's configuration folder".to_owned())
}

fn table<'a>(file: &'a File, name: &str) -> Result<&'a SettingsTable, SettingsError> {
    file.workspaces.get(name).ok_or_else(|| {
        let names = file.workspaces.keys().map(String::as_str);
        let remedy = match nearest(name, names.clone()) {
            Some(near) => meant(near),
            None if file.workspaces.is_empty() => "it has none; write [workspace.NAME]".to_owned(),
            None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
        };
        SettingsError::NoWorkspace { name: name.to_owned(), file: file.path.display().to_string(), remedy }
    })
}

/// A mistake is reported when it is made, not in the night in which its workspace is first asked for.
fn check_all<T: Settled>(file: &File, given: &Given) -> Result<(), SettingsError> {
    let layers = |workspace| Layers { given, file: Some(file), workspace };
    settled::<T>(layers(None))?;
    file.workspaces.iter().try_for_each(|(name, table)| settled::<T>(layers(Some((name, table)))).map(drop))
}

/// The arguments with what the file says.
fn settled<T: Settled>(layers: Layers<'_>) -> Result<T, SettingsError> {
    let mut args: T = layers.arguments(T::APART)?;
    if let Some(source) = args.key_source() {
        *source = layers.key_source()?;
    }
    if let Some(targets) = args.deliver() {
        *targets = layers.deliver()?;
    }
    Ok(args)
}

/// One run. A workspace has a folder of its own: the one that its table names, else one of its name below the common one.
fn one<T: Settled>(layers: Layers<'_>) -> Result<Run<T>, SettingsError> {
    let mut args: T = settled(layers)?;
    args.check(layers)?;
    let workspace = layers.workspace.map(|(name, _)| name.to_owned());
    if let Some(name) = &workspace
        && !(layers.own("out").is_some() && matches!(layers.source("out"), Layer::File(_)))
        && let Some(out) = args.out()
    {
        out.push(name);
    }
    let workspaces = args.workspaces();
    workspaces.workspace.clone_from(&workspace);
    workspaces.settled = layers.settled();
    Ok(Run { workspace, args })
}

/// The file of a workspace beside that of all: `watch-acme.json`.
pub(super) fn of_workspace(file: &Path, workspace: &str) -> PathBuf {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let ending = file.extension().map_or_else(String::new, |ending| format!(".{}", ending.to_string_lossy()));
    file.with_file_name(format!("{stem}-{workspace}{ending}"))
}

/// A run for every workspace, no two of which write to one folder.
fn every<T: Settled>(file: &File, given: &Given) -> Result<Vec<Run<T>>, SettingsError> {
    if file.workspaces.is_empty() {
        return Err(SettingsError::Conflict(
            "--all-workspaces: the settings have no workspace; write [workspace.NAME]",
        ));
    }
    let (mut runs, mut outs): (Vec<Run<T>>, Vec<(String, PathBuf)>) = (Vec::new(), Vec::new());
    for (name, table) in &file.workspaces {
        let layers = Layers { given, file: Some(file), workspace: Some((name, table)) };
        let mut run: Run<T> = one(layers)?;
        let own = run.args.own(name);
        if let Some(file) = run.args.metrics_file() {
            *file = of_workspace(file, name);
        }
        if let Some(out) = own.or_else(|| run.args.out().map(|out| out.clone())) {
            if let Some((other, _)) = outs.iter().find(|(_, other)| *other == out) {
                return Err(SettingsError::OneFolder(other.clone(), name.clone(), out.display().to_string()));
            }
            outs.push((name.clone(), out));
        }
        runs.push(run);
    }
    Ok(runs)
}
