//! What is done where the system gives this process too little and a library does not survive it.

use super::{Exit, Failure};
use crate::spreadsheet::returned::READER;

mod supervisor;

pub use supervisor::{MARK, supervised};

/// The last net: a library that panics because the system refuses it something ends the program with one line and the status of
/// a local failure.
pub fn end_where_a_library_panics_for_want() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let words = panic.payload_as_str().unwrap_or_default();
        match wanted(words) {
            Some(want) => {
                super::output::complain(
                    &Failure::new(Exit::Local, format_args!("the system refuses {want}")).because(words),
                );
                std::process::exit(Exit::Local as i32);
            }
            // That is reported as a damaged file.
            None if std::thread::current().name() == Some(READER) => {}
            None => others(panic),
        }
    }));
}

/// What the system refused, where a panic is because of that.
fn wanted(words: &str) -> Option<&'static str> {
    let has = |any: &[&str]| any.iter().any(|text| words.contains(text));
    if has(&["Too many open files", "EMFILE", "ENFILE", "failed to create UnixStream"]) {
        Some("to open more files")
    } else if has(&["Cannot allocate memory", "ENOMEM", "OutOfMemory", "MemError"]) {
        Some("more memory")
    } else if has(&[
        "failed to spawn thread",
        "can't spawn worker thread",
        "Resource temporarily unavailable",
        "WouldBlock",
    ]) {
        Some("to start a thread")
    } else if has(&["No space left on device", "StorageFull", "ENOSPC"]) {
        Some("more room on the disk, also for temporary files (TMPDIR)")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_for_want_of_something_is_distinguished_from_a_mistake() {
        let os = |code| std::io::Error::from_raw_os_error(code);
        let panics = [
            (format!("failed to spawn thread: {:?}", os(11)), Some("to start a thread")),
            (format!("OS can't spawn worker thread: {}", os(11)), Some("to start a thread")),
            (format!("failed to create UnixStream: {:?}", os(24)), Some("to open more files")),
            (format!("called `Result::unwrap()` on an `Err` value: {:?}", os(12)), Some("more memory")),
            (
                format!("Couldn't write to XML file: {:?}", os(28)),
                Some("more room on the disk, also for temporary files (TMPDIR)"),
            ),
            ("assertion `left == right` failed\n  left: MemError\n right: Ok".to_owned(), Some("more memory")),
            ("index out of bounds: the len is 3 but the index is 3".to_owned(), None),
        ];
        for (words, expected) in panics {
            assert_eq!(wanted(&words), expected, "{words}");
        }
    }
}
