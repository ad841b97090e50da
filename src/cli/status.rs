//! `status`: the latest batches and how far they are, once, or redrawn every few seconds.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use super::args::Status as StatusArgs;
use super::live::Live;
use super::{Exit, Failure, output};
use crate::batch::{Batch, rfc3339};
use crate::run::recent::{self, Recent, RecentBatches};

mod board;
mod paint;

use paint::Paint;

/// Runs the subcommand.
pub fn run(args: &StatusArgs) -> Result<Exit, Failure> {
    let live = Live::open(&args.access)?;
    let drawn = args.follow && !args.json && io::stdout().is_terminal();
    loop {
        let wanted = RecentBatches { days: args.days, statuses: &args.status, sample: args.access.sample };
        let read = async { Ok(recent::read(&live.client, &wanted).await?) };
        let shown = live.wait_for(read).and_then(|recent| show(args, &live, &recent, drawn));
        match shown {
            Err(failure) if failure.interrupted => return Ok(Exit::Done),
            // It may pass.
            Err(failure) if args.follow && failure.exit == Exit::Unreadable => output::complain(&failure),
            shown => shown?,
        }
        if !args.follow {
            return Ok(Exit::Done);
        }
        match live.pause(args.every) {
            Err(failure) if failure.interrupted => return Ok(Exit::Done),
            paused => paused?,
        }
    }
}

fn show(args: &StatusArgs, live: &Live, recent: &Recent, drawn: bool) -> Result<(), Failure> {
    if args.json {
        return output::json_text(&as_json(args, live, recent)?);
    }
    let mut paint = Paint::of_standard_output();
    if !drawn {
        paint.rows = None;
    }
    let heading = board::Heading {
        of: args.access.workspaces.workspace.clone().unwrap_or_else(|| live.name()),
        days: args.days,
        statuses: &args.status,
    };
    let lines = board::lines(recent, &heading, &paint);
    if drawn {
        redraw(&lines)
    } else {
        let gap = if args.follow { "\n" } else { "" };
        output::painted(&format!("{}{gap}", lines.join("\n")))
    }
}

/// Draws over what was drawn before, in one piece, so that nothing flickers.
fn redraw(lines: &[String]) -> Result<(), Failure> {
    let body: String = lines.iter().flat_map(|line| [line.as_str(), "\x1b[K\r\n"]).collect();
    let mut out = io::stdout().lock();
    out.write_all(format!("\x1b[H{body}\x1b[J").as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::new(Exit::Local, "cannot write to standard output").because(error))
}

/// What `--json` prints.
#[derive(Serialize)]
struct StatusJson<'a> {
    source: String,
    workspace: Option<&'a str>,
    as_of: String,
    since: String,
    statuses: &'a [String],
    proven_complete: bool,
    notes: &'a [String],
    batches: &'a [Batch],
}

fn as_json(args: &StatusArgs, live: &Live, recent: &Recent) -> Result<String, Failure> {
    let reported = StatusJson {
        source: live.name(),
        workspace: args.access.workspaces.workspace.as_deref(),
        as_of: rfc3339(recent.as_of),
        since: rfc3339(recent.since),
        statuses: &args.status,
        proven_complete: false,
        notes: &recent.notes,
        batches: &recent.batches,
    };
    serde_json::to_string(&reported)
        .map_err(|error| Failure::new(Exit::Local, "cannot write the batches as JSON").because(error))
}
