//! `completions` and `man`: made from the arguments themselves, so that they cannot say anything else than `--help`.

use std::fs;
use std::path::Path;

use chrono_tz::TZ_VARIANTS;
use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::{Args, Completions, ManPages};
use super::{Exit, Failure, foreign, output};

mod roff;

/// The program's name, and that of its pages.
const NAME: &str = "dialnexa-audit";

/// The day on which the pages were last changed.
const DATE: &str = "2026-11-23";

/// Prints the completions of a shell.
pub fn completions(args: &Completions) -> Result<Exit, Failure> {
    output::painted(script(args.shell).trim_end())?;
    Ok(Exit::Done)
}

fn script(shell: Shell) -> String {
    let generated = |name: &str| {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut with_values(Args::command()), name, &mut script);
        String::from_utf8_lossy(&script).into_owned()
    };
    if shell != Shell::Bash {
        return generated(NAME);
    }
    // For a name with a dash, what clap_complete 4.6 writes for bash finds no subcommand: it spells the name in two ways.
    let plain = NAME.replace('-', "_");
    let script = generated(&plain);
    script.replace(&format!(" {plain}\n"), &format!(" {NAME}\n"))
}

/// The command with the values that a shell can offer: every time zone, and the quarters that have a name of their own. Only the
/// scripts know them so, because an error that lists six hundred zones helps no reader.
fn with_values(command: Command) -> Command {
    let command = command.mut_args(|arg| match arg.get_id().as_str() {
        "timezone" => arg.value_parser(PossibleValuesParser::new(TZ_VARIANTS.map(|zone| zone.name()))),
        "quarter" => arg.value_parser(PossibleValuesParser::new(["last", "current"])),
        _ => arg,
    });
    command.mut_subcommands(with_values)
}

/// Prints the page of the program, or writes that and one for every subcommand into a folder.
pub fn man(args: &ManPages) -> Result<Exit, Failure> {
    let mut command = Args::command();
    command.build();
    let Some(folder) = &args.dir else {
        output::painted(page(&command)?.trim_end())?;
        return Ok(Exit::Done);
    };
    write_all(&command, folder)?;
    Ok(Exit::Done)
}

fn write_all(command: &Command, folder: &Path) -> Result<(), Failure> {
    let path = folder.join(Man::new(command.clone()).get_filename());
    fs::write(&path, page(command)?).map_err(|error| {
        Failure::new(Exit::Local, format_args!("cannot write the page `{}`", path.display())).because(error)
    })?;
    output::result(&foreign::path(&path))?;
    let below = command.get_subcommands().filter(|command| command.get_name() != "help" && !command.is_hide_set());
    below.into_iter().try_for_each(|command| write_all(command, folder))
}

/// One page: what clap knows, then the examples as they stand.
fn page(command: &Command) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::new(Exit::Local, "cannot make a page").because(error);
    let notes = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    // clap_mangen 0.3 writes no text for an option that `-h` leaves out.
    let page = Man::new(command.clone().mut_args(|arg| arg.hide_short_help(false)))
        .date(DATE)
        .source(concat!("dialnexa-audit ", env!("CARGO_PKG_VERSION")))
        .manual("dialnexa-audit");
    let mut roff = Vec::new();
    page.render_title(&mut roff).map_err(failed)?;
    page.render_name_section(&mut roff).map_err(failed)?;
    page.render_synopsis_section(&mut roff).map_err(failed)?;
    page.render_description_section(&mut roff).map_err(failed)?;
    page.render_options_section(&mut roff).map_err(failed)?;
    if command.get_subcommands().any(|command| command.get_name() != "help") {
        page.render_subcommands_section(&mut roff).map_err(failed)?;
    }
    // A line break on both sides of a blank line is one too many for page checkers.
    let roff = String::from_utf8_lossy(&roff).replace("\n.br\n\n.br\n", "\n.sp\n");
    Ok(roff + &roff::sections(&notes))
}
