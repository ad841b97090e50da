//! Ctrl-C while the report is written. While pages are read, whoever reads them listens by himself.

use super::{Exit, Failure, output};

/// From here on an interrupt ends the process at once, with these words. What it leaves of a package that it was writing has
/// no package's name, and goes with the next run.
pub fn ends_the_process(words: String) {
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            output::complain(&Failure::new(Exit::Unreadable, words));
            std::process::exit(Exit::Unreadable as i32);
        }
    });
}
