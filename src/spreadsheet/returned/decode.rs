//! Bytes to text, in the encodings that spreadsheets save in.

use super::ReturnedError;

/// Windows-1252 from 0x80 to 0x9f, where it is not Latin-1.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text, and the name of its encoding.
pub fn decode(bytes: &[u8]) -> Result<(String, &'static str), ReturnedError> {
    // A zip archive, as .xlsx and .ods are, and the container of .xls.
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(ReturnedError::Workbook);
    }
    if let Some(text) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        let text = std::str::from_utf8(text).map_err(|_| ReturnedError::NotText)?;
        return Ok((text.to_owned(), "UTF-8 with BOM"));
    }
    if let Some(text) = bytes.strip_prefix(b"\xff\xfe") {
        return Ok((utf16(text, u16::from_le_bytes)?, "UTF-16"));
    }
    if let Some(text) = bytes.strip_prefix(b"\xfe\xff") {
        return Ok((utf16(text, u16::from_be_bytes)?, "UTF-16, big-endian"));
    }
    // The header is ASCII: every second byte of it is NUL in UTF-16.
    match bytes {
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => {
            return Ok((utf16(bytes, u16::from_le_bytes)?, "UTF-16 without BOM"));
        }
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => {
            return Ok((utf16(bytes, u16::from_be_bytes)?, "UTF-16, big-endian, without BOM"));
        }
        _ => {}
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((text.to_owned(), "UTF-8")),
        Err(_) => Ok((bytes.iter().copied().map(windows).collect(), "Windows-1252")),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, ReturnedError> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return Err(ReturnedError::NotText) };
    let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
    String::from_utf16(&units).map_err(|_| ReturnedError::NotText)
}

fn windows(byte: u8) -> char {
    let special = byte.checked_sub(0x80).and_then(|place| WINDOWS.get(usize::from(place)));
    special.copied().unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "batch_id;naïve–€";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let windows = b"batch_id;na\xefve\x96\x80".to_vec();
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for bytes in [
            text.as_bytes().to_vec(),
            marked(b"\xef\xbb\xbf", text.as_bytes()),
            marked(b"\xff\xfe", &little),
            marked(b"\xfe\xff", &big),
            little,
            big,
            windows,
        ] {
            assert_eq!(decode(&bytes).unwrap().0, text);
        }
    }

    #[test]
    fn workbooks_and_torn_text_are_refused() {
        assert!(matches!(decode(b"PK\x03\x04..."), Err(ReturnedError::Workbook)));
        assert!(matches!(decode(b"\xff\xfeab\x00"), Err(ReturnedError::NotText)));
        assert!(matches!(decode(b"\xff\xfe\x00\xd8"), Err(ReturnedError::NotText)));
    }
}
