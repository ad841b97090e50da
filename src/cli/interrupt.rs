//! Ctrl-C while the report is written. While pages are read, whoever reads them listens by himself.

use std::sync::{Mutex, Once, PoisonError};

use super::{Failure, output};

/// What is said when the process ends by an interrupt; nothing while another part of the program listens.
static WORDS: Mutex<Option<Failure>> = Mutex::new(None);
static LISTENER: Once = Once::new();

/// From here on an interrupt ends the process at once, with these words. What it leaves of a package that it was writing has
/// no package's name, and goes with the next run.
pub fn ends_the_process(words: Failure) {
    set(Some(words));
    LISTENER.call_once(|| {
        // Where the system gives no thread, an interrupt waits for the package.
        drop(std::thread::Builder::new().name("interrupt".to_owned()).spawn(listen));
    });
}

/// From here on another part of the program listens, until [`ends_the_process`] is called again.
pub fn is_heard_elsewhere() {
    set(None);
}

fn set(words: Option<Failure>) {
    *WORDS.lock().unwrap_or_else(PoisonError::into_inner) = words;
}

fn listen() {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    while runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
        if let Some(words) = WORDS.lock().unwrap_or_else(PoisonError::into_inner).take() {
            output::complain(&words);
            std::process::exit(words.exit as i32);
        }
    }
}
