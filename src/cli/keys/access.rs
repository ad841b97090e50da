//! Whether files that hold a secret can be read by others on this machine.

use std::fs::Metadata;
use std::path::Path;

use crate::cli::{foreign, output};

/// Says so where others than the owner can read `path`, which holds `what`. A pipe or a device cannot be read twice.
pub(super) fn check(path: &Path, what: &str) {
    let open = std::fs::metadata(path).ok().filter(Metadata::is_file).and_then(|data| open_to_others(&data));
    if let Some(mode) = open {
        let path = foreign::path(path);
        output::say(&format!("note: {what} `{path}` can be read by other users of this machine (mode {mode:04o})"));
        output::say(&format!("hint: chmod 600 '{path}'"));
    }
}

#[cfg(unix)]
fn open_to_others(data: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = data.permissions().mode() & 0o7777;
    (mode & 0o044 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &Metadata) -> Option<u32> {
    None
}
