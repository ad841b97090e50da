//! A command for one workspace, or for each of the settings file: one that fails does not stop the rest.

use super::args::Configuration;
use super::settings::runs::{self, Settled};
use super::settings::{Given, Run, SettingsError};
use super::{Exit, Failure, foreign, output};
use crate::defect::Defect;

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::of(Exit::Usage, &error)
    }
}

/// Runs `command` with the settings put into its arguments; for all workspaces once for each. The exit status is the
/// worst: see [`Exit::gravity`].
pub fn each<T: Settled>(
    configuration: &Configuration,
    given: &Given,
    args: &T,
    command: impl Fn(&T) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let file = runs::settings(configuration, given)?;
    let runs = runs::runs(file.as_ref(), given, args)?;
    if let Some(file) = file.as_ref().filter(|_| runs.iter().all(|run| !run.args.quiet())) {
        output::say(&format!("Settings: {}", foreign::path(&file.path)));
    }
    if !args.all() {
        return runs.into_iter().try_fold(Exit::Done, |_, run| command(&run.args));
    }
    let mut ends = Vec::new();
    for run in runs {
        let name = run.workspace.clone().ok_or(Defect("a run of all workspaces is of none"))?;
        let (end, stop) = one(&name, run, &command)?;
        ends.push((name, end));
        if stop {
            break;
        }
    }
    Ok(ends.into_iter().map(|(_, end)| end).max_by_key(|end| end.gravity()).unwrap_or(Exit::Done))
}

/// One workspace of several: how it ended, and whether the rest is not wanted either.
fn one<T: Settled>(
    name: &str,
    run: Run<T>,
    command: &impl Fn(&T) -> Result<Exit, Failure>,
) -> Result<(Exit, bool), Failure> {
    let json = run.args.json();
    if !run.args.quiet() {
        output::say(&format!("Workspace {name}:"));
    }
    let failure = match command(&run.args) {
        Ok(end) => return Ok((end, false)),
        Err(failure) => failure,
    };
    let message = format!("workspace {name}: {}", failure.message);
    output::complain(&Failure { message, ..failure.clone() });
    if json {
        let mut reported = failure.as_json();
        reported["workspace"] = name.into();
        output::json(&reported)?;
    }
    Ok((failure.exit, failure.interrupted))
}
