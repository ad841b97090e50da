//! The command line: arguments as data, one match, a file per subcommand that only wires rooms together. The only room that
//! prints.

use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory};

pub mod args;
mod brand;
mod cells;
mod columns;
mod config;
mod countersign;
mod deliver;
mod diff;
mod doctor;
mod draw;
mod exec;
mod exit;
mod failure;
mod foreign;
mod identity;
mod interrupt;
mod keys;
mod limits;
mod live;
mod log;
mod machine;
mod metrics;
mod output;
mod packages;
mod pages;
mod passphrase;
mod progress;
mod render;
mod report;
mod requests;
mod sample_api;
mod settings;
mod source;
mod status;
mod sync;
mod usage;
mod verify;
mod watch;
mod workspaces;

pub use exit::Exit;
pub use failure::Failure;

use args::{Args, Command, Workspaces};
use settings::Given;

/// Runs the program with the process's own arguments.
pub fn run() -> ExitCode {
    limits::no_core();
    machine::end_where_a_library_panics_for_want();
    let parsed = Given::read(std::env::args_os()).and_then(|given| {
        not_contradictory(given.matches())?;
        Ok((given.args()?, given))
    });
    let (args, given) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version are asked for, and go to standard output; all else is a usage error.
            usage::say(&error);
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    log::set(&args.logging);
    if let Some(exit) = is_heavy(&args.command).then(machine::supervised).flatten() {
        return exit;
    }
    let (settings, given) = (&args.configuration, &given);
    let json = wants_json(&args.command);
    let result = crate::machine::descriptors().map_err(Failure::from).and_then(|()| match args.command {
        Command::Report(args) => workspaces::each(settings, given, &*args, report::run),
        Command::Render(args) => workspaces::each(settings, given, &*args, render::run),
        Command::Verify(args) => verify::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Countersign(args) => countersign::run(&args),
        Command::Deliver(args) => workspaces::each(settings, given, &args, deliver::run),
        Command::Draw(args) => draw::run(&args),
        Command::Identity(args) => identity::run(&args.action),
        Command::Config(args) => config::run(&args.action, settings, given),
        Command::Doctor(args) => doctor::run(settings, given, &args),
        Command::Completions(args) => pages::completions(&args),
        Command::Man(args) => pages::man(&args),
        Command::Status(args) => workspaces::each(settings, given, &*args, status::run),
        Command::Watch(_) if watch::is_notifying() => watch::notify(),
        Command::Watch(args) if args.all_workspaces => {
            watch::over_all(&args, |one| workspaces::each(settings, given, &*args, one))
        }
        Command::Watch(args) => workspaces::each(settings, given, &*args, watch::run),
        Command::Sync(args) => workspaces::each(settings, given, &*args, sync::run),
        Command::SampleApi(args) => sample_api::run(&args),
    });
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::complain(&failure);
            if json {
                // That it cannot be written changes no status.
                let _ = output::json(&failure.as_json());
            }
            failure.exit.into()
        }
    }
}

/// Whether a command may need much memory, and does not see to that by itself: `verify` does, and so does the process that `watch`
/// begins.
fn is_heavy(command: &Command) -> bool {
    use Command::{Countersign, Deliver, Diff, Doctor, Render, Report, Status, Sync, Watch};
    matches!(
        command,
        Countersign(_) | Deliver(_) | Diff(_) | Doctor(_) | Render(_) | Report(_) | Status(_) | Sync(_) | Watch(_)
    ) && !watch::is_notifying()
}

/// Whether the result is wanted as JSON, so that a failure is, too.
fn wants_json(command: &Command) -> bool {
    match command {
        Command::Report(args) => args.package.json,
        Command::Render(args) => args.package.json,
        Command::Status(args) => args.json,
        Command::Sync(args) => args.json,
        Command::Deliver(args) => args.json,
        _ => false,
    }
}

/// The sample API has an address of its own. One in the environment is skipped: it is there for every command.
fn not_contradictory(given: &ArgMatches) -> Result<(), clap::Error> {
    let has_both = ["sample", "base_url"].iter().all(|key| given.try_contains_id(key).is_ok());
    let typed = has_both && given.value_source("base_url") == Some(ValueSource::CommandLine);
    if !typed || !given.get_flag("sample") {
        return Ok(());
    }
    let words = "the argument '--sample' cannot be used with '--base-url <URL>'";
    Err(Args::command().error(clap::error::ErrorKind::ArgumentConflict, words))
}

/// The arguments as they were given, and those that the settings file settles: the command that a report states.
fn arguments(workspaces: &Workspaces) -> Vec<String> {
    let given = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    // What the settings file says is written out, so that the command says all that the report was made by.
    given.chain(workspaces.settled.iter().cloned()).collect()
}
