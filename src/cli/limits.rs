//! What the system may give this process: no core file, in which keys could lie; and for reading untrusted files, so
//! much memory and time. The system keeps these limits (on Linux; elsewhere there are none), whatever a file is made to do.

/// Files of this size and less are read within [`MEMORY`] and [`SECONDS`]; larger ones within as many times more.
const SIZE: u64 = 64 << 20;
/// Address space, in bytes.
const MEMORY: u64 = 1 << 30;
/// Time at work, in seconds of one processor.
const SECONDS: u64 = 30;

/// No core file from here on.
pub fn no_core() {
    #[cfg(target_os = "linux")]
    lower(rustix::process::Resource::Core, 0);
}

/// From here on no more than what reading files of so many bytes together may cost.
pub fn for_reading(bytes: u64) {
    #[cfg(target_os = "linux")]
    {
        let times = bytes.div_ceil(SIZE).max(1);
        lower(rustix::process::Resource::As, MEMORY.saturating_mul(times));
        lower(rustix::process::Resource::Cpu, SECONDS.saturating_mul(times));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (bytes, SIZE, MEMORY, SECONDS);
}

/// Whether the address space is limited to less than that already.
pub fn is_tight_for_reading(bytes: u64) -> bool {
    #[cfg(target_os = "linux")]
    {
        let limit = rustix::process::getrlimit(rustix::process::Resource::As).current;
        limit.is_some_and(|limit| limit < MEMORY.saturating_mul(bytes.div_ceil(SIZE).max(1)))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = bytes;
        false
    }
}

#[cfg(target_os = "linux")]
fn lower(resource: rustix::process::Resource, to: u64) {
    use rustix::process::{Rlimit, getrlimit, setrlimit};
    let old = getrlimit(resource);
    let least = |limit: Option<u64>| Some(limit.map_or(to, |limit| limit.min(to)));
    // A limit can always be lowered.
    let _ = setrlimit(resource, Rlimit { current: least(old.current), maximum: least(old.maximum) });
}
