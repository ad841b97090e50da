//! What the system gives this process: open files, threads, memory. Where that does not suffice, there is an error, and no hang.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Runtime};

use crate::digest::Summing;
use crate::remedy::Remedy;

mod workers;

pub use workers::{few_workers, workers};

/// How many files and sockets may be open at once beside those that are open at the beginning: sixteen requests to the sample API
/// (two sockets each), the evidence, a package's file and its input, and what the network runtime keeps for itself.
const DESCRIPTORS: u64 = 64;

/// What the system refuses.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MachineError {
    /// Too few files may be open.
    #[error(
        "too few open files are allowed: {allowed}, of which {open} are open, and up to {DESCRIPTORS} more are needed"
    )]
    Descriptors {
        /// The limit.
        allowed: u64,
        /// How many are open.
        open: u64,
    },
    /// There is no network runtime.
    #[error("cannot start the network runtime: {0}")]
    Runtime(io::Error),
    /// There is no thread.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

impl Remedy for MachineError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Descriptors { open, .. } => {
                Some(format!("raise the limit (ulimit -n {})", open.saturating_add(DESCRIPTORS)).into())
            }
            Self::Runtime(error) | Self::Thread(error) => remedy(error).map(Into::into),
        }
    }
}

/// Where Linux shows the file that runs, whatever has happened to its name.
const RUNNING: &str = "/proc/self/exe";

/// This program, to be started once more: the file that runs, also where another one was put in its place by an upgrade.
///
/// # Errors
/// Where the system does not say which it is.
pub fn this_program() -> io::Result<Command> {
    if cfg!(target_os = "linux") && std::fs::read_link(RUNNING).is_ok() {
        let mut command = Command::new(RUNNING);
        // So that it is listed, and speaks of itself, by its own name.
        #[cfg(unix)]
        if let Some(name) = std::env::args_os().next() {
            std::os::unix::process::CommandExt::arg0(&mut command, name);
        }
        return Ok(command);
    }
    std::env::current_exe().map(Command::new)
}

/// SHA-256, in hex, of the file that runs; `None` where the system does not let it be read.
pub fn executable() -> Option<&'static str> {
    static SUM: OnceLock<Option<String>> = OnceLock::new();
    let sum = SUM.get_or_init(|| {
        let running = if cfg!(target_os = "linux") { PathBuf::from(RUNNING) } else { std::env::current_exe().ok()? };
        let mut summing = Summing::new(io::sink());
        io::copy(&mut File::open(running).ok()?, &mut summing).ok()?;
        Some(summing.checksum().hex())
    });
    sum.as_deref()
}

/// What to do where the system refused a thread or a process.
pub fn remedy(error: &io::Error) -> Option<&'static str> {
    let refused = error.kind() == io::ErrorKind::WouldBlock;
    refused.then_some("allow more processes (ulimit -u, or the container's limit of pids)")
}

/// Makes sure that enough files and sockets can be opened: some libraries do not survive it where they cannot, and the sample API
/// would wait for connections that are waiting for it.
///
/// # Errors
/// Where the limit is lower, and cannot be raised.
#[cfg(target_os = "linux")]
pub fn descriptors() -> Result<(), MachineError> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let open = match std::fs::read_dir("/proc/self/fd") {
        Ok(entries) => entries.count() as u64,
        // There is no such folder: three are always there.
        Err(error) if error.kind() == io::ErrorKind::NotFound => 3,
        // Not even the folder can be opened.
        Err(_) => limit.current.unwrap_or(u64::MAX),
    };
    let needed = open.saturating_add(DESCRIPTORS);
    let is_enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= needed);
    let Some(allowed) = limit.current.filter(|allowed| *allowed < needed) else { return Ok(()) };
    let raised = Rlimit { current: Some(needed), ..limit };
    if is_enough(limit.maximum) && setrlimit(Resource::Nofile, raised).is_ok() {
        return Ok(());
    }
    Err(MachineError::Descriptors { allowed, open })
}

/// Elsewhere than on Linux the limit is not known.
#[cfg(not(target_os = "linux"))]
pub fn descriptors() -> Result<(), MachineError> {
    Ok(())
}

/// The runtime of the network. It has no threads of its own.
///
/// # Errors
/// Where the system refuses what it needs.
pub fn runtime() -> Result<Runtime, MachineError> {
    Builder::new_current_thread().enable_all().build().map_err(MachineError::Runtime)
}

/// The runtime of a collection. A thread of its own fetches and decodes while this one collects; where the system gives none, this
/// one does both.
///
/// # Errors
/// Where the system refuses what it needs.
pub fn collecting_runtime() -> Result<Runtime, MachineError> {
    // The runtime panics where it gets no thread, so one is tried first.
    let tried = std::thread::Builder::new().spawn(|| ()).map(JoinHandle::join);
    if tried.is_err() {
        return runtime();
    }
    Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(MachineError::Runtime)
}

/// A thread that does `work`.
///
/// # Errors
/// Where the system gives none.
pub fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), MachineError> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map(drop).map_err(MachineError::Thread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_enough_descriptors_is_left_alone() {
        assert!(descriptors().is_ok());
    }

    #[test]
    fn a_thread_that_is_refused_is_an_error_with_a_remedy() {
        let refused = MachineError::Thread(io::ErrorKind::WouldBlock.into());
        assert!(refused.remedy().is_some_and(|remedy| remedy.contains("ulimit -u")));
        assert_eq!(MachineError::Thread(io::ErrorKind::OutOfMemory.into()).remedy(), None);
    }
}
