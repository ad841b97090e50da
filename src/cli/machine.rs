//! What the system gives this process: open files and memory; threads are [`crate::run::threads`]'s. Where that does not suffice,
//! the program ends with a message and the status of a local failure, and does not hang.

use super::{Exit, Failure};
use crate::run::threads;

mod supervisor;

pub use supervisor::{MARK, supervised};

/// How many files and sockets may be open at once beside those that are open at the beginning: sixteen requests to the sample API
/// (two sockets each), the evidence, a package's file and its input, and what the network runtime keeps for itself.
#[cfg(target_os = "linux")]
const DESCRIPTORS: u64 = 64;

/// Makes sure that enough files and sockets can be opened: some libraries do not survive it where they cannot, and the sample API
/// would wait for connections that are waiting for it.
///
/// # Errors
/// Where the limit is lower, and cannot be raised.
#[cfg(target_os = "linux")]
pub fn descriptors() -> Result<(), Failure> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let open = match std::fs::read_dir("/proc/self/fd") {
        Ok(entries) => entries.count() as u64,
        // There is no such folder: three are always there.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 3,
        // Not even the folder can be opened.
        Err(_) => limit.current.unwrap_or(u64::MAX),
    };
    let needed = open.saturating_add(DESCRIPTORS);
    let is_enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= needed);
    if is_enough(limit.current) {
        return Ok(());
    }
    let raised = Rlimit { current: Some(needed), ..limit };
    if is_enough(limit.maximum) && setrlimit(Resource::Nofile, raised).is_ok() {
        return Ok(());
    }
    let words = format!(
        "too few open files are allowed: {}, of which {open} are open, and up to {DESCRIPTORS} more are needed",
        limit.current.unwrap_or_default()
    );
    Err(Failure::new(Exit::Local, words).with_remedy(format!("raise the limit (ulimit -n {needed})")))
}

/// Elsewhere than on Linux the limit is not known.
#[cfg(not(target_os = "linux"))]
pub fn descriptors() -> Result<(), Failure> {
    Ok(())
}

/// The failure where the system refused this program a process or a thread.
pub fn refused(message: &str, error: &std::io::Error) -> Failure {
    let remedy = threads::way_out(error).map(str::to_owned);
    Failure { remedy, ..Failure::new(Exit::Local, message).because(error) }
}

/// The last net: a library that panics because the system refuses it something ends the program with one line and the status of
/// a local failure.
pub fn end_where_a_library_panics_for_want() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let words = panic.payload_as_str().unwrap_or_default();
        match wanted(words) {
            Some(want) => {
                super::output::complain(&Failure::new(Exit::Local, format_args!("the system refuses {want}: {words}")));
                std::process::exit(Exit::Local as i32);
            }
            None => others(panic),
        }
    }));
}

/// What the system refused, where a panic is because of that.
fn wanted(words: &str) -> Option<&'static str> {
    let has = |any: &[&str]| any.iter().any(|text| words.contains(text));
    if has(&["Too many open files", "EMFILE", "ENFILE", "failed to create UnixStream"]) {
        Some("to open more files")
    } else if has(&["Cannot allocate memory", "ENOMEM", "OutOfMemory"]) {
        Some("more memory")
    } else if has(&[
        "failed to spawn thread",
        "can't spawn worker thread",
        "Resource temporarily unavailable",
        "WouldBlock",
    ]) {
        Some("to start a thread")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_for_want_of_something_is_told_from_a_mistake() {
        let os = |code| std::io::Error::from_raw_os_error(code);
        let panics = [
            (format!("failed to spawn thread: {:?}", os(11)), Some("to start a thread")),
            (format!("OS can't spawn worker thread: {}", os(11)), Some("to start a thread")),
            (format!("failed to create UnixStream: {:?}", os(24)), Some("to open more files")),
            (format!("called `Result::unwrap()` on an `Err` value: {:?}", os(12)), Some("more memory")),
            ("index out of bounds: the len is 3 but the index is 3".to_owned(), None),
        ];
        for (words, expected) in panics {
            assert_eq!(wanted(&words), expected, "{words}");
        }
    }

    #[test]
    fn a_process_with_enough_descriptors_is_left_alone() {
        assert!(descriptors().is_ok());
    }
}
