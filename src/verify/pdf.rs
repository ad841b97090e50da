//! What a PDF of this program shows, read back from its pages, and the files that it carries.
//!
//! Figures are read from what the pages draw: the operators of each page through the fonts' character maps, put in order
//! by the structure tree. The attached files play no part in it, so they can be checked against what is printed. The
//! last revision counts, as in any reader. Anything on a page that this program does not draw is refused, not skipped.

use lopdf::{Document, LoadOptions, Object};

use super::stated::Stated;

mod content;
mod picture;
mod structure;
mod tables;
#[cfg(test)]
mod tests;

/// Larger files are refused.
const FILE_LIMIT: usize = 1 << 30;
/// No single stream may become larger than this.
const STREAM_LIMIT: usize = 256 << 20;
/// All attached files together may not become larger than this.
const ATTACHED_LIMIT: usize = 1 << 30;

/// Why a PDF could not be read back.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no PDF, or a damaged one.
    #[error("cannot read the PDF: {0}")]
    Damaged(String),
    /// It is too large to be looked at safely.
    #[error("cannot read the PDF: {0}")]
    TooLarge(&'static str),
    /// It is not one of this program's, or was changed.
    #[error("the PDF is not as dialnexa-audit makes it: {0}")]
    Foreign(String),
}

fn damaged(error: impl std::fmt::Display) -> ReadError {
    ReadError::Damaged(error.to_string())
}

fn foreign(what: impl Into<String>) -> ReadError {
    ReadError::Foreign(what.into())
}

/// What the pages of `pdf` state: period, mark, totals and the rows of the register that are printed.
///
/// Ids and statuses come as printed: a control character in them is shown as a space or as U+FFFD.
///
/// # Errors
///
/// [`ReadError`] where the file is damaged, too large, or shows anything that this program does not draw.
pub fn stated(pdf: &[u8]) -> Result<Stated, ReadError> {
    let document = load(pdf)?;
    let mut shown = content::shown(&document)?;
    let tree = structure::read(&document, &mut shown)?;
    shown.all_told()?;
    tables::stated(&tree)
}

/// Objects beyond this are not read: each takes some 2 kB while it is, and a check has about a gigabyte. A printed row is nine.
const OBJECTS: usize = 300_000;

/// Why what `pdf` states is not looked at, where it says of itself that it has more objects than can be. One that says less
/// than it has is stopped by the limits of the process.
pub(super) fn too_many_objects(pdf: &[u8]) -> Option<String> {
    let size = pdf.windows(6).rposition(|part| part == b"/Size ")? + 6;
    let digits = pdf.get(size..)?.iter().take_while(|byte| byte.is_ascii_digit()).take(9);
    let objects = digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
    (objects > OBJECTS).then(|| {
        format!(
            "its {objects} objects are more than are read: its signature and its place in the manifest were checked, what \
             its pages and attached files state was not"
        )
    })
}

/// The files that `pdf` carries, by name, in the order of the names.
///
/// # Errors
///
/// [`ReadError`] where the file is damaged, or what it carries is too large or not to be told apart.
pub fn attachments(pdf: &[u8]) -> Result<Vec<(String, Vec<u8>)>, ReadError> {
    let document = load(pdf)?;
    let catalog = document.catalog().map_err(damaged)?;
    let Ok(names) = catalog.get_deref(b"Names", &document).and_then(Object::as_dict) else { return Ok(Vec::new()) };
    let Ok(tree) = names.get_deref(b"EmbeddedFiles", &document).and_then(Object::as_dict) else {
        return Ok(Vec::new());
    };
    let list = tree.get_deref(b"Names", &document).and_then(Object::as_array);
    let list = list.map_err(|_| foreign("its attached files are not listed in one place"))?;
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut left = ATTACHED_LIMIT;
    for pair in list.chunks(2) {
        let (_, file) = document.dereference(pair.get(1).unwrap_or(&Object::Null)).map_err(damaged)?;
        let (name, bytes) = attachment(&document, file, left)?;
        left = left.saturating_sub(bytes.len());
        if files.iter().any(|(known, _)| *known == name) {
            return Err(foreign(format!("it carries two files named {name}")));
        }
        files.push((name, bytes));
    }
    files.sort();
    Ok(files)
}

fn attachment(document: &Document, file: &Object, limit: usize) -> Result<(String, Vec<u8>), ReadError> {
    let file = file.as_dict().map_err(damaged)?;
    let name = file.get_deref(b"UF", document).and_then(Object::as_str).map_err(damaged)?;
    let name = text_string(name).ok_or_else(|| foreign("an attached file has no readable name"))?;
    let streams = file.get_deref(b"EF", document).and_then(Object::as_dict).map_err(damaged)?;
    let stream = streams.get_deref(b"F", document).and_then(Object::as_stream).map_err(damaged)?;
    let bytes = stream.get_plain_content_with_limit(limit).map_err(damaged)?;
    Ok((name, bytes))
}

fn load(pdf: &[u8]) -> Result<Document, ReadError> {
    if pdf.len() > FILE_LIMIT {
        return Err(ReadError::TooLarge("it has more than 1 GiB"));
    }
    let options = LoadOptions { max_decompressed_size: Some(STREAM_LIMIT), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(pdf, options).map_err(damaged)?;
    if document.is_encrypted() || document.was_encrypted() {
        return Err(foreign("it is encrypted"));
    }
    Ok(document)
}

/// A text string in UTF-16BE with its mark, or in ASCII.
fn text_string(bytes: &[u8]) -> Option<String> {
    match bytes.strip_prefix(&[0xFE, 0xFF]) {
        Some(units) => utf16(units),
        None => bytes.is_ascii().then(|| String::from_utf8_lossy(bytes).into_owned()),
    }
}

fn utf16(bytes: &[u8]) -> Option<String> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).ok()
}
