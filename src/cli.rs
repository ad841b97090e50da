//! The command line: arguments as data, one match, a file per subcommand that only wires rooms together. The only room that
//! prints.

use std::process::ExitCode;

use clap::Parser;

pub mod args;
mod authority;
mod diff;
mod earlier;
mod exit;
mod fonts;
mod gather;
mod identity;
mod interrupt;
mod keys;
mod limits;
mod output;
mod packages;
mod passphrase;
mod progress;
mod render;
mod report;
mod sample_api;
mod superseded;
mod templates;
mod verify;
mod withheld;

pub use exit::{Exit, Failure};

use args::{Args, Command};

/// Runs the program with the process's own arguments.
pub fn run() -> ExitCode {
    limits::no_core();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are asked for, and go to standard output; all else is a usage error.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    let result = match args.command {
        Command::Report(args) => report::run(&args),
        Command::Render(args) => render::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Identity(args) => identity::run(&args.action),
        Command::SampleApi(args) => sample_api::run(&args),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::complain(&failure);
            failure.exit.into()
        }
    }
}
