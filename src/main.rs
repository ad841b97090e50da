//! The program: everything it does is in the library.

use std::process::ExitCode;

/// Pages, rows and glyphs are many small pieces: a fifth of a report's time goes into getting and giving back memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    dialnexa_audit::cli::run()
}
