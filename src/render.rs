//! The report as bytes, one room a format. No files, no clock, no keys. Each room has one face: `write(report, &Options, out)`.

use std::io::Write;

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

/// Where a renderer writes to. Each is built once, whatever it writes to; those that write in small pieces have a buffer of their own.
pub type Out<'a> = dyn Write + Send + 'a;

/// How many bytes at once the renderers of small pieces hand on.
const PART: usize = 64 << 10;

/// What a renderer writes, held in memory: `bytes(|out| json::write(&report, &json::Options::default(), out))`.
///
/// # Errors
/// Those of the renderer.
pub fn bytes<E>(write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<Vec<u8>, E> {
    let mut bytes = Vec::new();
    write(&mut bytes)?;
    Ok(bytes)
}
