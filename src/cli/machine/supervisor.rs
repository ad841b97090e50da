//! Where the address space is limited (`ulimit -v`), a process that reaches the limit is ended by the allocator: it cannot say why,
//! and has no exit status. So the work is done by a second process of this program then, and the first one says it.

use std::process::ExitCode;

/// Set for the second process.
pub const MARK: &str = "DIALNEXA_AUDIT_SUPERVISED";

/// Does the work in a second process where the address space is limited; `None` where this process is to do it.
#[cfg(target_os = "linux")]
pub fn supervised() -> Option<ExitCode> {
    use rustix::process::{Resource, Signal, getrlimit, set_parent_process_death_signal};
    let limit = getrlimit(Resource::As).current?;
    if std::env::var_os(MARK).is_some() {
        // Whoever ends the first process means the second one as well.
        let _ = set_parent_process_death_signal(Some(Signal::TERM));
        return None;
    }
    let second = crate::machine::this_program().ok()?.args(std::env::args_os().skip(1)).env(MARK, "1").spawn();
    // Where there can be no second process, the first one does the work, as long as that goes well.
    let status = linux::end_of(&mut second.ok()?);
    Some(linux::exit(status, limit))
}

/// Elsewhere than on Linux the limit is not known.
#[cfg(not(target_os = "linux"))]
pub fn supervised() -> Option<ExitCode> {
    None
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, ExitCode, ExitStatus};

    use rustix::process::{Pid, Signal, kill_process};
    use tokio::signal::unix::{SignalKind, signal};

    use crate::cli::{Exit, Failure, output};
    use crate::machine::runtime;

    /// Waits for the second process. An interrupt is its to hear, so that what it says of that is the last word.
    pub fn end_of(child: &mut Child) -> io::Result<ExitStatus> {
        let Ok(runtime) = runtime() else { return child.wait() };
        runtime.block_on(async {
            let (Ok(mut ended), Ok(mut interrupt), Ok(mut terminate)) =
                (signal(SignalKind::child()), signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
            else {
                return child.wait();
            };
            loop {
                if let Some(status) = child.try_wait()? {
                    return Ok(status);
                }
                let passed_on = tokio::select! {
                    _ = ended.recv() => None,
                    _ = interrupt.recv() => Some(Signal::INT),
                    _ = terminate.recv() => Some(Signal::TERM),
                };
                let process = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
                if let (Some(signal), Some(process)) = (passed_on, process) {
                    // It may have ended in this very moment.
                    let _ = kill_process(process, signal);
                }
            }
        })
    }

    /// The exit status of the whole, and a word where the second process could not say its own.
    pub fn exit(status: io::Result<ExitStatus>, limit: u64) -> ExitCode {
        exit_status(status, limit).map_or_else(
            |failure| {
                output::complain(&failure);
                failure.exit.into()
            },
            ExitCode::from,
        )
    }

    /// The exit status of the second process, or why it has none.
    fn exit_status(status: io::Result<ExitStatus>, limit: u64) -> Result<u8, Failure> {
        let failed = |words: String| Err(Failure::new(Exit::Local, words));
        let out_of_memory = [Signal::ABORT, Signal::SEGV, Signal::BUS].map(Signal::as_raw);
        match status.map(|status| (status.code(), status.signal())) {
            Ok((Some(code), _)) => Ok(u8::try_from(code).unwrap_or(Exit::Local as u8)),
            Ok((_, Some(signal))) if out_of_memory.contains(&signal) => failed(format!(
                "too little memory: the address space is limited to {} MiB, and the work needs more",
                limit >> 20
            ))
            .map_err(|failure| failure.with_remedy("raise the limit (ulimit -v) and run the same command again")),
            Ok((_, Some(signal))) => failed(format!("ended by signal {signal}")),
            Ok((_, None)) => failed("ended without a status and without a signal".to_owned()),
            Err(error) => failed(format!("cannot wait for the process that does the work: {error}")),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn an_end_by_the_allocator_is_a_want_of_memory() {
            let ended = |raw| exit_status(Ok(ExitStatus::from_raw(raw)), 100 << 20);
            assert_eq!([0, 5, 6].map(|status| ended(status << 8)), [Ok(0), Ok(5), Ok(6)]);
            for signal in [Signal::ABORT, Signal::SEGV, Signal::BUS] {
                assert!(ended(signal.as_raw()).unwrap_err().message.contains("limited to 100 MiB"));
            }
            assert_eq!(ended(Signal::KILL.as_raw()).unwrap_err().message, "ended by signal 9");
            assert!(exit_status(Err(io::ErrorKind::Other.into()), 0).is_err());
        }
    }
}
