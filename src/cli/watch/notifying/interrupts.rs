//! An interrupt that is meant for the notifying process, too: it is in another process group, where the terminal's does not
//! reach it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::cli::Failure;
use crate::machine;

/// The process that interrupts are passed on to; 0 for none.
static CHILD: AtomicU32 = AtomicU32::new(0);
/// Whether the listener was started.
static LISTENS: Mutex<bool> = Mutex::new(false);

/// Passes interrupts on for as long as it lives.
pub(super) struct PassedOn;

impl Drop for PassedOn {
    fn drop(&mut self) {
        CHILD.store(0, Ordering::SeqCst);
    }
}

/// Passes interrupts on to this process.
///
/// # Errors
/// Where the system gives no thread to listen.
pub(super) fn to(child: u32) -> Result<PassedOn, Failure> {
    CHILD.store(child, Ordering::SeqCst);
    let passed_on = PassedOn;
    let mut listens = LISTENS.lock().unwrap_or_else(PoisonError::into_inner);
    if cfg!(unix) && !*listens {
        machine::thread("interrupts", listen)?;
        *listens = true;
    }
    Ok(passed_on)
}

fn listen() {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    while runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
        pass_on(CHILD.load(Ordering::SeqCst));
    }
}

#[cfg(unix)]
fn pass_on(child: u32) {
    if let Some(child) = i32::try_from(child).ok().and_then(rustix::process::Pid::from_raw) {
        // It may have ended in this very moment.
        let _ = rustix::process::kill_process(child, rustix::process::Signal::INT);
    }
}

#[cfg(not(unix))]
fn pass_on(_: u32) {}
