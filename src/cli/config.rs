//! `config`: what is configured and where it comes from, and the schema of the settings file.

use super::args::{ConfigAction, Configuration};
use super::settings::runs::{runs, settings};
use super::settings::{Given, schema, show};
use super::{Exit, Failure, output};

/// Runs the subcommand.
pub fn run(action: &ConfigAction, configuration: &Configuration, given: &Given) -> Result<Exit, Failure> {
    match action {
        ConfigAction::Schema => output::json(&schema())?,
        ConfigAction::Show(args) => {
            let file = settings(configuration, given)?;
            let runs = runs(file.as_ref(), given, &**args)?;
            show(file.as_ref(), given, &runs, args.package.json)?;
        }
    }
    Ok(Exit::Done)
}
