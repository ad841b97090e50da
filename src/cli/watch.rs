//! `watch`: reads what may have changed, proven round by round, and has each thing reported once. Notifying is done by a second
//! process of this program, which outlives this one where that is killed: see [`notifying`].

use std::cell::Cell;

use chrono::TimeDelta;

use serde::Serialize;

use super::args::{Since, Watch as WatchArgs};
use super::live::Live;
use super::metrics::{Of, Record, recorded};
use super::{Exit, Failure, output};
use crate::period::beginning;
use crate::run::watch::store::Store;
use crate::run::watch::{now, observe};
use crate::watch::{Event, State};

mod notifying;

use notifying::{Delivered, Delivery};
pub use notifying::{is_notifying, notify};

/// Runs the subcommand over all workspaces: a round of each, again and again.
///
/// # Errors
/// Where the settings cannot be used.
pub fn over_all(
    args: &WatchArgs,
    round: impl Fn(&dyn Fn(&WatchArgs) -> Result<Exit, Failure>) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let interrupted = Cell::new(false);
    let one = |args: &WatchArgs| {
        let end = run(&WatchArgs { once: true, ..args.clone() });
        interrupted.set(interrupted.get() || end.as_ref().is_err_and(|failure| failure.interrupted));
        end
    };
    loop {
        let end = round(&one);
        // What a workspace is refused for does not pass by itself; what could not be read, the next round reads.
        let passes = matches!(end, Ok(Exit::Done | Exit::Differs | Exit::Unreadable | Exit::Unproven | Exit::Local));
        if args.once || interrupted.get() || !passes || output::is_unread() {
            return end;
        }
        std::thread::sleep(args.every);
    }
}

/// Runs the subcommand.
pub fn run(args: &WatchArgs) -> Result<Exit, Failure> {
    let of = Of { command: "watch", workspace: args.access.workspaces.workspace.as_deref() };
    let mut begun = None;
    loop {
        let end = recorded(
            args.metrics_file.as_deref(),
            of,
            |end: &Option<Exit>| end.unwrap_or(Exit::Done),
            |record| {
                let (store, live) = match &mut begun {
                    Some(begun) => begun,
                    none => none.insert(opened(args)?),
                };
                let end = round(args, store, live, record);
                record.spent(live.spent());
                end
            },
        );
        let Some((_, live)) = &begun else {
            // What cannot be begun is not tried again.
            return end.map(|end| end.unwrap_or(Exit::Done));
        };
        if args.once {
            return Ok(end?.unwrap_or(Exit::Done));
        }
        match end {
            Ok(None) => return Ok(Exit::Done),
            Ok(Some(_)) => {}
            Err(failure) if failure.interrupted => return Ok(Exit::Done),
            // The next round reports what this one could not.
            Err(failure) if matches!(failure.exit, Exit::Unreadable | Exit::Unproven) => output::complain(&failure),
            Err(failure) => return Err(failure),
        }
        match live.pause(args.every) {
            Err(failure) if failure.interrupted => return Ok(Exit::Done),
            paused => paused?,
        }
    }
}

fn opened(args: &WatchArgs) -> Result<(Store, Live), Failure> {
    let store = Store::open(&args.state, || output::say("waiting for a killed watch's last command to end"))?;
    let live = Live::open(&args.access)?;
    begin(args, &store, &live)?;
    Ok((store, live))
}

/// Where the list is, as the state reports it. The sample API is at another port each time.
fn source(live: &Live) -> String {
    if live.source.sample { "sample".to_owned() } else { live.source.endpoint.batch_calls() }
}

/// Makes the state on the first run; later, checks that it is of this list.
fn begin(args: &WatchArgs, store: &Store, live: &Live) -> Result<(), Failure> {
    let source = source(live);
    if let Some(state) = store.load()? {
        if state.source != source {
            let words = format!("the state `{}` is of {}, not of {source}", args.state.display(), state.source);
            return Err(Failure::new(Exit::Usage, words).with_remedy("give each list a state file of its own"));
        }
        if args.since.is_some() && !args.access.quiet {
            output::say("--since is ignored: the state file says where the watch has come to");
        }
        return Ok(());
    }
    let floor = match args.since.unwrap_or(Since::Now) {
        Since::Now => live.wait_for(async { Ok(now(&live.client).await?) })?,
        Since::Beginning => beginning(),
        Since::Day(day) => day,
    };
    store.commit(None, &mut State::new(source, floor))?;
    Ok(())
}

/// Reads once, and has reported what there is to report; `None` where its reader went away.
fn round(args: &WatchArgs, store: &Store, live: &Live, record: &Record) -> Result<Option<Exit>, Failure> {
    let missing = || Failure::new(Exit::Local, format_args!("the state `{}` is gone", args.state.display()));
    let state = store.load()?.ok_or_else(missing)?;
    let overlap = TimeDelta::from_std(args.overlap).unwrap_or(TimeDelta::days(1));
    let (now, observed) = live.wait_for(async { Ok(observe(&live.client, &state, overlap).await?) })?;
    let (mut next, events) = state.after(&observed, now, overlap);
    record.events(events.len());
    if events.is_empty() {
        if next != state {
            store.commit(Some(state.sequence), &mut next)?;
        }
        return Ok(Some(Exit::Done));
    }
    let workspace = args.access.workspaces.workspace.as_deref().filter(|_| args.all_workspaces);
    let events = events.iter().map(|event| delivery(event, workspace)).collect::<Result<Vec<_>, _>>()?;
    match notifying::hand_over(args, &live.source.key, state.sequence, next, events)? {
        Delivered::All => Ok(Some(Exit::Done)),
        // Another process reported something in the meantime; the next round sees what.
        Delivered::Overtaken => Ok(Some(Exit::Done)),
        Delivered::NotAll if args.once => Ok(Some(Exit::Local)),
        Delivered::NotAll => Ok(Some(Exit::Done)),
        Delivered::Unread => Ok(None),
    }
}

/// Where several workspaces are watched, the line names the one that it is of.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace: Option<&'a str>,
    #[serde(flatten)]
    event: &'a Event,
}

fn delivery(event: &Event, workspace: Option<&str>) -> Result<Delivery, Failure> {
    let failed =
        |error| Failure::new(Exit::Local, format_args!("cannot write `{}` as JSON", event.event_id)).because(error);
    Ok(Delivery {
        id: event.batch_id.clone(),
        event: event.event,
        event_id: event.event_id.clone(),
        status: event.batch.as_ref().map(|batch| batch.status.to_string()),
        line: serde_json::to_string(&Line { workspace, event }).map_err(failed)?,
    })
}
