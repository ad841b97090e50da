//! The report as bytes, one room a format. No files, no clock, no keys. Each room has one face: `write(report, &Options, out)`.

use std::io::{self, BufWriter, Write};

pub mod csv;
pub mod handout;
pub mod html;
pub mod json;
mod language;
pub mod marked;
pub mod ndjson;
#[cfg(feature = "parquet")]
pub mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "render/parquet/absent.rs"]
pub mod parquet;
pub mod pdf;
pub mod restated;
pub mod schema;
pub mod ticket;
pub mod worksheet;
pub mod xlsx;

/// Where a renderer writes to. Each is built once, whatever it writes to; those that write in small pieces gather them.
pub type Out<'a> = dyn Write + Send + 'a;

/// How many bytes at once the renderers of small pieces hand on.
const PART: usize = 64 << 10;

/// Writes by `write`, and hands on large parts. Once that has failed, nothing more is handed on.
fn in_parts<E>(
    out: &mut Out<'_>,
    write: impl FnOnce(&mut BufWriter<&mut Out<'_>>) -> Result<(), E>,
    failed: impl FnOnce(io::Error) -> E,
) -> Result<(), E> {
    let mut parts = BufWriter::with_capacity(PART, out);
    let written = write(&mut parts).and_then(|()| parts.flush().map_err(failed));
    if written.is_err() {
        // By itself it would try again with what is left.
        drop(parts.into_parts());
    }
    written
}

/// What a renderer writes, held in memory: `bytes(|out| json::write(&report, &json::Options::default(), out))`.
///
/// # Errors
/// Those of the renderer.
pub fn bytes<E>(write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<Vec<u8>, E> {
    let mut bytes = Vec::new();
    write(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes nothing, and counts how often it is asked to.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            self.0 += 1;
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_failed_is_not_tried_again() {
        for length in [1, PART + 1] {
            let mut full = Full(0);
            let failed = in_parts(&mut full, |out| out.write_all(&vec![b'x'; length]), |error| error).unwrap_err();
            assert_eq!((failed.kind(), full.0), (io::ErrorKind::StorageFull, 1));
        }
    }

    #[test]
    fn parts_are_what_was_written() {
        let text = "x".repeat(PART + 7);
        let made = bytes(|out| in_parts(out, |out| text.chars().try_for_each(|c| write!(out, "{c}")), |error| error));
        assert_eq!(made.unwrap(), text.as_bytes());
    }
}
