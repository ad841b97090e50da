//! `doctor`: everything that `report` would need, checked without collecting anything; one line each, with a remedy.

use serde_json::json;

use super::args::{Configuration, Report};
use super::columns::wrapped;
use super::settings::{Given, runs};
use super::{Exit, Failure, output};

mod api;
mod check;
mod local;
mod signing;

use check::{Check, Outcome};

/// Runs the subcommand.
pub fn run(configuration: &Configuration, given: &Given, args: &Report) -> Result<Exit, Failure> {
    let found = runs::settings(configuration, given).and_then(|file| {
        let runs = runs::runs(file.as_ref(), given, args)?;
        Ok((file, runs))
    });
    let (file, runs) = match found {
        Ok(found) => found,
        Err(error) => {
            // Without settings there is nothing else to check.
            let check = Check::failed("settings", error.into()).or_remedy("mend that line of the file");
            return print(args.package.json, &[(None, vec![check])]);
        }
    };
    let settings =
        file.map_or_else(|| "none; defaults and arguments".to_owned(), |file| file.path.display().to_string());
    let mut reported = Vec::new();
    for run in runs {
        let mut checks = vec![Check::ok("settings", settings.clone())];
        checks.extend(api::checks(&run.args));
        checks.extend(signing::checks(&run.args.package));
        checks.extend(local::checks(&run.args));
        reported.push((run.workspace, checks));
    }
    print(args.package.json, &reported)
}

/// Prints the checks of each workspace; the first that failed decides how the program ends.
fn print(as_json: bool, reported: &[(Option<String>, Vec<Check>)]) -> Result<Exit, Failure> {
    if as_json {
        let workspaces: Vec<_> = reported
            .iter()
            .map(|(name, checks)| json!({ "workspace": name, "checks": checks.iter().map(Check::to_json).collect::<Vec<_>>() }))
            .collect();
        output::json(&json!({ "workspaces": workspaces }))?;
    } else {
        for (name, checks) in reported {
            if let Some(name) = name {
                output::result(&format!("Workspace {name}"))?;
            }
            checks.iter().flat_map(lines).try_for_each(|line| output::result(&line))?;
        }
    }
    let all = reported.iter().flat_map(|(_, checks)| checks);
    let failed = all.into_iter().find_map(|check| match check.outcome {
        Outcome::Fail(exit) => Some(exit),
        _ => None,
    });
    Ok(failed.unwrap_or(Exit::Done))
}

/// Where the words of a line begin.
const INDENT: usize = 18;

fn lines(check: &Check) -> Vec<String> {
    let first = format!("{:<5} {:<11} {}", check.outcome.word(), check.name, output::shown(&check.words));
    let remedy =
        check.remedy.iter().flat_map(|remedy| wrapped(INDENT, INDENT, &format!("-> {}", output::shown(remedy))));
    wrapped(0, INDENT, &first).into_iter().chain(remedy).collect()
}
