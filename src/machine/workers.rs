//! The threads that make and deflate parts of a report. Their pool is started where it is first used, with as many threads as the
//! system gives: by itself the pool panics where it gives fewer than there are processors.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use rayon::{ThreadBuilder, ThreadPoolBuilder};

use super::MachineError;

/// More threads than this find nothing to do.
const MOST: usize = 16;

/// As many where memory is limited: each thread takes address space of its own.
const FEW: usize = 4;

/// The most threads that the pool may have.
static LIMIT: AtomicUsize = AtomicUsize::new(MOST);

/// Whether the pool was started.
static STARTED: Mutex<bool> = Mutex::new(false);

/// From here on the pool, if it was not started, gets few threads only, because the memory of this process is limited.
pub fn few_workers() {
    LIMIT.store(FEW, Ordering::Relaxed);
}

/// Starts the pool, if that has not been done.
///
/// # Errors
/// Where the system gives no thread at all.
pub fn workers() -> Result<(), MachineError> {
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    if *started {
        return Ok(());
    }
    let wanted = std::thread::available_parallelism().map_or(1, |count| count.get().min(LIMIT.load(Ordering::Relaxed)));
    let threads = threads(wanted, spawn).map_err(MachineError::Thread)?;
    let hand_over = |thread: ThreadBuilder| {
        let waiting = threads.get(thread.index()).ok_or(io::ErrorKind::NotFound)?;
        waiting.send(thread).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    };
    // It fails where a pool is there already, which then serves.
    drop(ThreadPoolBuilder::new().num_threads(threads.len()).spawn_handler(hand_over).build_global());
    *started = true;
    Ok(())
}

/// Up to `wanted` threads, each of which waits for its part in the pool; at least one.
fn threads(
    wanted: usize,
    spawn: impl Fn(Receiver<ThreadBuilder>) -> io::Result<()>,
) -> io::Result<Vec<Sender<ThreadBuilder>>> {
    let mut threads = Vec::new();
    for _ in 0..wanted {
        let (hand_over, part) = channel();
        match spawn(part) {
            Ok(()) => threads.push(hand_over),
            Err(error) if threads.is_empty() => return Err(error),
            Err(_) => break,
        }
    }
    Ok(threads)
}

fn spawn(part: Receiver<ThreadBuilder>) -> io::Result<()> {
    let work = move || {
        // The pool may be another one; then there is no part in it.
        if let Ok(thread) = part.recv() {
            thread.run();
        }
    };
    std::thread::Builder::new().name("worker".to_owned()).spawn(work).map(drop)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn as_many_threads_are_taken_as_the_system_gives() {
        let refusing_after = |given: usize| {
            let count = Cell::new(0);
            threads(4, move |_| {
                count.set(count.get() + 1);
                if count.get() > given { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
            })
        };
        assert_eq!([1, 3, 4, 9].map(|given| refusing_after(given).unwrap().len()), [1, 3, 4, 4]);
        assert_eq!(refusing_after(0).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn the_pool_works_and_is_started_once() {
        assert!(workers().is_ok() && workers().is_ok());
        assert_eq!(rayon::join(|| 1, || 2), (1, 2));
    }
}
