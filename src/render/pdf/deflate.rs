//! Streams deflated: in one go, or in parts that other threads make.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compress, Compression, FlushCompress, Status};
use rayon::prelude::*;
use simd_adler32::Adler32;

use super::PdfError;

/// Half the time of the usual level, for files a sixth larger.
const LEVEL: Compression = Compression::new(2);
/// How many bytes of a long stream are deflated in one go.
pub(super) const PART: u64 = 256 << 10;
/// How zlib's format begins, at a level that is quick.
pub(super) const ZLIB_HEAD: [u8; 2] = [0x78, 0x5E];

/// As zlib writes it.
pub(super) fn deflated(data: &[u8]) -> Result<Vec<u8>, PdfError> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(data.len() / 3 + 64), LEVEL);
    encoder.write_all(data).and_then(|()| encoder.finish()).map_err(PdfError::Deflate)
}

/// The same, by as many threads as there are.
pub(super) fn deflated_by_all(data: &[u8]) -> Result<Vec<u8>, PdfError> {
    let count = data.len().div_ceil(PART as usize).max(1);
    let parts = data.par_chunks(PART as usize).enumerate().map(|(n, part)| deflated_part(part, n + 1 == count));
    let parts: Vec<Vec<u8>> = parts.collect::<Result<_, _>>()?;
    let mut sum = Adler32::new();
    sum.write(data);
    Ok([&ZLIB_HEAD[..], &parts.concat(), &sum.finish().to_be_bytes()].concat())
}

/// A part of a deflated stream, by itself: parts one after another are a stream, however they were made.
pub(super) fn deflated_part(part: &[u8], is_last: bool) -> Result<Vec<u8>, PdfError> {
    let mut deflate = Compress::new(LEVEL, false);
    let flush = if is_last { FlushCompress::Finish } else { FlushCompress::Sync };
    let mut out = Vec::with_capacity(part.len() / 4 + 1024);
    loop {
        let rest = part.get(deflate.total_in() as usize..).unwrap_or_default();
        let status = deflate.compress_vec(rest, &mut out, flush);
        let status = status.map_err(|error| PdfError::Deflate(error.into()))?;
        let is_taken = deflate.total_in() as usize == part.len();
        if status == Status::StreamEnd || (!is_last && is_taken && out.len() < out.capacity()) {
            return Ok(out);
        }
        out.reserve(out.capacity() / 2);
    }
}
