//! Threads and the network's runtime: as many as the system gives, or an error. A use case begins on one thread, and starts
//! others where they are used.

use std::borrow::Cow;
use std::io;
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Runtime};

use crate::remedy::Remedy;

mod workers;

pub use workers::workers;

/// What the system refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ThreadError {
    /// A thread.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// What the network runtime needs.
    #[error("cannot start the network runtime: {0}")]
    Runtime(io::Error),
}

impl Remedy for ThreadError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        let (Self::Thread(error) | Self::Runtime(error)) = self;
        way_out(error).map(Into::into)
    }
}

/// What to do where the system refused a thread or a process; `None` where that is not known.
pub fn way_out(error: &io::Error) -> Option<&'static str> {
    let is_limit = error.kind() == io::ErrorKind::WouldBlock;
    is_limit.then_some("allow more processes (ulimit -u, or the container's limit of pids)")
}

/// The runtime of the network. It has no threads of its own.
///
/// # Errors
/// Where the system refuses what it needs.
pub fn runtime() -> Result<Runtime, ThreadError> {
    Builder::new_current_thread().enable_all().build().map_err(ThreadError::Runtime)
}

/// The runtime of a collection. A thread of its own fetches and decodes while this one collects; where the system gives none, this
/// one does both.
///
/// # Errors
/// Where the system refuses what it needs.
pub fn collecting_runtime() -> Result<Runtime, ThreadError> {
    // The runtime panics where it gets no thread, so one is tried first.
    let tried = std::thread::Builder::new().spawn(|| ()).map(JoinHandle::join);
    if tried.is_err() {
        return runtime();
    }
    Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(ThreadError::Runtime)
}

/// Starts a thread that does `work`; `name` is what the system shows it as.
///
/// # Errors
/// Where the system gives none.
pub fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), ThreadError> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map(drop).map_err(ThreadError::Thread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_processes_has_a_remedy_and_is_named_apart_from_it() {
        let error = ThreadError::Thread(io::ErrorKind::WouldBlock.into());
        assert!(error.to_string().starts_with("cannot start a thread: ") && !error.to_string().contains("ulimit"));
        assert!(error.remedy().is_some_and(|remedy| remedy.contains("ulimit -u")));
        assert_eq!(ThreadError::Runtime(io::ErrorKind::NotFound.into()).remedy(), None);
    }
}
