//! What a PDF of this program shows, read back from its pages, and the files that it carries.
//!
//! Figures are read from what the pages draw: the operators of each page through the fonts' character maps, put in order
//! by the structure tree. The attached files play no part in it, so they can be checked against what is printed. The
//! last revision counts, as in any reader. Anything on a page that this program does not draw is refused, not skipped.
//!
//! Pages and rows are read one after another, and let go: a register of any length takes little memory.

use crate::pdf::{Dictionary, Id, Object, Pdf, PdfError, text_string};

use super::stated::{Stated, StatedRow};

mod content;
mod pages;
mod picture;
mod structure;
mod tables;
#[cfg(test)]
mod tests;

/// Larger files are refused.
const FILE_LIMIT: usize = 1 << 30;
/// All attached files together may not become larger than this.
const ATTACHED_LIMIT: usize = 1 << 30;
/// How many files may be attached.
const ATTACHED: usize = 1_000;

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

impl From<PdfError> for ReadError {
    fn from(error: PdfError) -> Self {
        Self::Damaged(error.to_string())
    }
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
    let mut rows = Vec::new();
    let stated = stated_but_rows(pdf, &mut |row| rows.push(row))?;
    Ok(Stated { rows, ..stated })
}

/// The same but the rows, of which each is handed to `each` as it is read.
///
/// # Errors
///
/// As [`stated`]; rows may have been handed over by then.
pub(super) fn stated_but_rows(pdf: &[u8], each: &mut dyn FnMut(StatedRow)) -> Result<Stated, ReadError> {
    let pdf = open(pdf)?;
    let mut pages = pages::Pages::of(&pdf)?;
    let tree = structure::read(&pdf, &mut pages, &mut |cells| {
        each(tables::register_row(cells)?);
        Ok(())
    })?;
    pages.finish()?;
    tables::stated(&tree)
}

/// The files that `pdf` carries, by name, in the order of the names.
///
/// # Errors
///
/// [`ReadError`] where the file is damaged, or what it carries is too large or not to be told apart.
pub fn attachments(pdf: &[u8]) -> Result<Vec<(String, Vec<u8>)>, ReadError> {
    let mut files = Vec::new();
    each_attachment(pdf, |_| true, |name, bytes| files.push((name.to_owned(), bytes)))?;
    Ok(files)
}

/// Hands each of these files that is `wanted` to `each`, one at a time.
///
/// # Errors
///
/// As [`attachments`].
pub(super) fn each_attachment(
    pdf: &[u8],
    wanted: impl Fn(&str) -> bool,
    mut each: impl FnMut(&str, Vec<u8>),
) -> Result<(), ReadError> {
    let pdf = open(pdf)?;
    let mut left = ATTACHED_LIMIT;
    for (name, stream) in listed(&pdf)?.iter().filter(|(name, _)| wanted(name)) {
        let (_, bytes) = pdf.stream(*stream, left)?;
        left = left.saturating_sub(bytes.len());
        each(name, bytes);
    }
    Ok(())
}

/// The attached files, each with the stream that holds it, sorted by name.
fn listed(pdf: &Pdf<'_>) -> Result<Vec<(String, Id)>, ReadError> {
    let (_, catalog) = pdf.catalog()?;
    let Some(names) = dictionary_under(pdf, &catalog, "Names")? else { return Ok(Vec::new()) };
    let Some(tree) = dictionary_under(pdf, &names, "EmbeddedFiles")? else { return Ok(Vec::new()) };
    let list = tree.get("Names").map(|list| pdf.resolve(list)).transpose()?;
    let list = list.as_ref().and_then(Object::as_array);
    let list = list.ok_or_else(|| foreign("its attached files are not listed in one place"))?;
    if list.len() > 2 * ATTACHED {
        return Err(ReadError::TooLarge("it carries more than 1,000 files"));
    }
    let mut files = Vec::new();
    for pair in list.chunks(2) {
        files.push(attachment(pdf, pair.get(1).unwrap_or(&Object::Null))?);
    }
    files.sort();
    match files.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(foreign(format!("it carries two files named {}", pair[0].0))),
        None => Ok(files),
    }
}

fn attachment(pdf: &Pdf<'_>, file: &Object) -> Result<(String, Id), ReadError> {
    let file = pdf.resolve(file)?;
    let file = file.as_dictionary().ok_or(PdfError::Missing("an attached file"))?;
    let name = file.get("UF").map(|name| pdf.resolve(name)).transpose()?;
    let name = name.as_ref().and_then(Object::as_text).and_then(text_string);
    let name = name.ok_or_else(|| foreign("an attached file has no readable name"))?;
    let streams = pdf.dictionary(file, "EF")?;
    let stream = streams.get("F").and_then(Object::as_reference);
    Ok((name, stream.ok_or(PdfError::Missing("the content of an attached file"))?))
}

/// The dictionary under `key`; `None` where there is none.
fn dictionary_under(pdf: &Pdf<'_>, from: &Dictionary, key: &str) -> Result<Option<Dictionary>, ReadError> {
    let found = from.get(key).map(|object| pdf.resolve(object)).transpose()?;
    Ok(found.as_ref().and_then(Object::as_dictionary).cloned())
}

fn open(pdf: &[u8]) -> Result<Pdf<'_>, ReadError> {
    if pdf.len() > FILE_LIMIT {
        return Err(ReadError::TooLarge("it has more than 1 GiB"));
    }
    Ok(Pdf::open_whole(pdf)?)
}
