//! Inflates streams, with a limit on what comes out.

use std::io::Read;

use super::PdfError;
use super::object::{Dictionary, Object};

/// The content of a stream, `longest` bytes at most: as it is, or by FlateDecode with an optional predictor.
pub(super) fn content(dictionary: &Dictionary, raw: &[u8], longest: usize) -> Result<Vec<u8>, PdfError> {
    let filter = dictionary.get("Filter");
    let parameters = dictionary.get("DecodeParms");
    let first = |object: &Object| object.as_array().and_then(|items| items.first().cloned()).unwrap_or(object.clone());
    let many = filter.and_then(Object::as_array).is_some_and(|items| items.len() > 1);
    match filter.map(first).as_ref().and_then(Object::as_name) {
        None if filter.is_none() && raw.len() <= longest => Ok(raw.to_vec()),
        None if filter.is_none() => Err(PdfError::TooMuch("a stream")),
        Some(b"FlateDecode") if !many => unpredict(inflate(raw, longest)?, parameters.map(first).as_ref()),
        _ => Err(PdfError::Missing("a filter that is known here")),
    }
}

fn inflate(raw: &[u8], longest: usize) -> Result<Vec<u8>, PdfError> {
    let mut inflated = Vec::new();
    let limit = (longest as u64).saturating_add(1);
    let done = flate2::read::ZlibDecoder::new(raw).take(limit).read_to_end(&mut inflated);
    done.map_err(|_| PdfError::Missing("a stream's compressed content"))?;
    match inflated.len() > longest {
        true => Err(PdfError::TooMuch("a compressed stream")),
        false => Ok(inflated),
    }
}

fn unpredict(data: Vec<u8>, parameters: Option<&Object>) -> Result<Vec<u8>, PdfError> {
    let number = |key, otherwise| {
        let value = parameters.and_then(Object::as_dictionary).and_then(|entries| entries.integer(key));
        value.unwrap_or(otherwise)
    };
    if number("Predictor", 1) == 1 {
        return Ok(data);
    }
    let columns = usize::try_from(number("Columns", 1)).ok().filter(|columns| (1..=1024).contains(columns));
    let plain = number("Predictor", 1) >= 10 && number("Colors", 1) == 1 && number("BitsPerComponent", 8) == 8;
    let columns = columns.filter(|_| plain).ok_or(PdfError::Missing("a predictor that is known here"))?;
    Ok(rows(&data, columns))
}

/// PNG's predictors, for pixels of one byte.
fn rows(data: &[u8], columns: usize) -> Vec<u8> {
    let mut above = vec![0_u8; columns];
    let mut out = Vec::with_capacity(data.len());
    for row in data.chunks(columns + 1) {
        let Some((kind, bytes)) = row.split_first() else { break };
        let (mut left, mut corner) = (0_u8, 0_u8);
        for (byte, up) in bytes.iter().zip(above.iter_mut()) {
            let guess = match kind {
                1 => left,
                2 => *up,
                3 => ((u16::from(left) + u16::from(*up)) / 2) as u8,
                4 => paeth(left, *up, corner),
                _ => 0,
            };
            corner = *up;
            left = byte.wrapping_add(guess);
            *up = left;
            out.push(left);
        }
    }
    out
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
    let away = |byte: u8| (estimate - i16::from(byte)).abs();
    match (away(left), away(up), away(corner)) {
        (a, b, c) if a <= b && a <= c => left,
        (_, b, c) if b <= c => up,
        _ => corner,
    }
}
