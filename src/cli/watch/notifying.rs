//! Notifying, by a second process of this program.
//!
//! Between the success of a command and the keeping of it lies a moment in which a kill would have the same thing reported again.
//! The watch is the process that gets killed: by its service, by a deploy, by a person. So it is not the one that notifies. The
//! second process holds a lock while it notifies, finishes what is under way and keeps it where the watch is gone, and then ends;
//! the next watch waits for the lock before it looks at the state. What it was handed is void if the state is not the one that
//! it was made from. It is in a process group of its own, so that a kill of the watch's group does not reach it. What is to be
//! kept is written before it notifies, so that a disk that is full keeps it from notifying rather than from keeping. Only a failure
//! that takes this process too, in that moment, reports one event twice, with the same id.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use crate::api::key::ApiKey;
use crate::cli::args::Watch as WatchArgs;
use crate::cli::exec::{self, Exec};
use crate::cli::foreign::in_json;
use crate::cli::{Exit, Failure, output};
use crate::machine;
use crate::run::watch::store;
use crate::watch::{EventKind, State};

mod interrupts;

/// Set for the second process.
const MARK: &str = "DIALNEXA_AUDIT_TELLING";
/// How the second process ends where the state is another one.
const OVERTAKEN: i32 = 75;
/// How it ends where the reader of the lines went away.
const UNREAD: i32 = 74;
/// So many lines are printed before they are kept as reported.
const LINES: usize = 256;

/// Set when the second process shall end after what is under way.
static STOP: AtomicBool = AtomicBool::new(false);

/// One thing to report.
#[derive(Debug, Serialize, Deserialize)]
pub struct Delivery {
    /// The batch.
    pub id: String,
    /// What happened to it.
    pub event: EventKind,
    /// The event's own id.
    pub event_id: String,
    /// The batch's status, where it is still there.
    pub status: Option<String>,
    /// The line of JSON.
    pub line: String,
}

/// What the second process is handed, as one line of JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Task {
    path: PathBuf,
    exec: Option<Exec>,
    /// The process that hands it over.
    parent: u32,
    /// The state that this was made from.
    sequence: u64,
    /// What to keep before notifying.
    state: State,
    deliveries: Vec<Delivery>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// Everything was reported.
    All,
    /// Something was not, and is left for the next round.
    NotAll,
    /// The state had changed; nothing was reported.
    Overtaken,
    /// The reader of the lines went away.
    Unread,
}

/// Has a second process report these, which were found from the state of that sequence; `state` is kept before.
pub fn hand_over(
    args: &WatchArgs,
    key: &ApiKey,
    sequence: u64,
    state: State,
    deliveries: Vec<Delivery>,
) -> Result<Delivered, Failure> {
    let failed = |error: io::Error| Failure::new(Exit::Local, "cannot run the notifying process").because(error);
    let exec = args.exec.clone().map(|command| Exec { command, limit: args.exec_timeout });
    let (path, parent) = (args.state.clone(), std::process::id());
    let task = Task { path, exec, parent, sequence, state, deliveries };
    let mut task = serde_json::to_vec(&task).map_err(|error| failed(error.into()))?;
    task.push(b'\n');
    let mut command = machine::this_program().map_err(failed)?;
    command.args(std::env::args_os().skip(1)).env(MARK, "1").stdin(Stdio::piped());
    exec::without_key(&mut command, key);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(failed)?;
    let passed_on = interrupts::to(child.id())?;
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(&task));
    let status = child.wait().map_err(failed)?;
    drop(passed_on);
    match status.code() {
        Some(0) => Ok(Delivered::All),
        Some(1) => Ok(Delivered::NotAll),
        Some(OVERTAKEN) => Ok(Delivered::Overtaken),
        Some(UNREAD) => Ok(Delivered::Unread),
        _ => {
            written.map_err(failed)?;
            Err(Failure::new(Exit::Local, format_args!("the notifying process ended early ({status})"))
                .with_remedy("run watch again"))
        }
    }
}

/// Whether this is the second process.
pub fn is_notifying() -> bool {
    std::env::var_os(MARK).is_some()
}

/// The second process.
pub fn notify() -> Result<Exit, Failure> {
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    if read.is_err() || !line.ends_with('\n') {
        // The watch was killed while it handed this over.
        return Ok(Exit::Local);
    }
    let task: Task = serde_json::from_str(&line)
        .map_err(|error| Failure::new(Exit::Local, "the notifying process was handed nonsense").because(error))?;
    drop(line);
    machine::thread("stop", stop_when_asked)?;
    let _alone = store::notifying(&task.path)?;
    if store::load(&task.path)?.map(|state| state.sequence) != Some(task.sequence) {
        std::process::exit(OVERTAKEN);
    }
    let Task { path, exec, parent, mut state, deliveries, .. } = task;
    store::save(&path, &mut state)?;
    let size = if exec.is_some() { 1 } else { LINES };
    let mut all = true;
    for part in deliveries.chunks(size) {
        if STOP.load(Ordering::SeqCst) || !is_wanted(parent) {
            return Ok(Exit::Differs);
        }
        let mut next = state.clone();
        part.iter().for_each(|delivery| next.reported(&delivery.id, delivery.event));
        let prepared = store::prepare(&path, &mut next)?;
        let done = exec.as_ref().map_or_else(|| print(part), |exec| run(exec, part));
        match done {
            Ok(()) => {
                store::keep(prepared, &path)?;
                state = next;
            }
            Err(failure) if failure.exit == Exit::Differs => {
                output::complain(&failure);
                all = false;
            }
            Err(failure) if failure.interrupted => {
                drop(prepared);
                std::process::exit(UNREAD);
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(if all { Exit::Done } else { Exit::Differs })
}

/// Whether the watch that started this is still there.
fn is_wanted(parent: u32) -> bool {
    #[cfg(unix)]
    let there = std::os::unix::process::parent_id() == parent;
    #[cfg(not(unix))]
    let there = parent > 0;
    there
}

/// An interrupt, or a service that is stopped, ends the notifying after what is under way.
fn stop_when_asked() {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            if let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
                loop {
                    tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
                    STOP.store(true, Ordering::SeqCst);
                }
            }
        }
        while tokio::signal::ctrl_c().await.is_ok() {
            STOP.store(true, Ordering::SeqCst);
        }
    });
}

/// Prints the lines. A reader that went away ends the process quietly; the lines count as unread.
fn print(part: &[Delivery]) -> Result<(), Failure> {
    let text: String = part.iter().flat_map(|delivery| [in_json(&delivery.line), "\n".to_owned()]).collect();
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| {
        let unread = error.kind() == io::ErrorKind::BrokenPipe;
        let failure = Failure::new(Exit::Local, "cannot write to standard output").because(error);
        Failure { interrupted: unread, ..failure }
    })
}

/// Runs the command for each.
fn run(exec: &Exec, part: &[Delivery]) -> Result<(), Failure> {
    part.iter().try_for_each(|delivery| {
        exec.run(&delivery.line, |command| dress(command, delivery)).map_err(|why| {
            let words = format!(
                "the command for `{}` {why}; it is run again in the next round",
                output::shown(&delivery.event_id)
            );
            // Differs: nothing is wrong with the watch itself.
            Failure::new(Exit::Differs, words)
        })
    })
}

fn dress(command: &mut Command, delivery: &Delivery) {
    // No variable can hold a NUL; the line of JSON has the text as it is.
    let fit = |text: &str| text.replace('\0', "\u{fffd}");
    command.env_remove(MARK).env("DIALNEXA_EVENT", delivery.event.as_str());
    command.env("DIALNEXA_EVENT_ID", fit(&delivery.event_id));
    command.env("DIALNEXA_BATCH_ID", fit(&delivery.id));
    command.env("DIALNEXA_BATCH_STATUS", fit(delivery.status.as_deref().unwrap_or_default()));
}
