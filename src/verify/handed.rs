//! Bytes that one thread writes and another reads, a part at a time.

use std::io::{self, Cursor, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Both ends, between which a few parts wait.
pub fn ends() -> (Sending, Received) {
    let (parts, received) = sync_channel(4);
    (Sending(parts), Received { parts: received, part: Cursor::new(Vec::new()) })
}

/// Hands parts to whoever reads them.
pub struct Sending(SyncSender<Vec<u8>>);

impl Write for Sending {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.0.send(part.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads the parts that are handed over.
pub struct Received {
    parts: Receiver<Vec<u8>>,
    part: Cursor<Vec<u8>>,
}

impl Read for Received {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.part.read(buffer)? {
                0 if !buffer.is_empty() => match self.parts.recv() {
                    Ok(part) => self.part = Cursor::new(part),
                    Err(_) => return Ok(0),
                },
                read => return Ok(read),
            }
        }
    }
}
