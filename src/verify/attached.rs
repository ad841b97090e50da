//! The files that a PDF carries, and what it must not hold where it is not compared with what is made.

use std::collections::BTreeSet;

use crate::pdf::{Dictionary, Id, Object, Pdf, PdfError, text_string};

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

/// The files that `pdf` carries, by name, in the order of the names.
///
/// # Errors
///
/// [`ReadError`] where the file is damaged, or what it carries is too large or not to be distinguished.
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

/// What `pdf` holds that no document of this program does, in words: scripts, actions, further files, hidden layers, pages that are
/// none or are cut. For a document whose bytes are not compared.
///
/// # Errors
/// As [`attachments`].
pub fn unwanted(file: &[u8]) -> Result<Option<&'static str>, ReadError> {
    let pdf = open(file)?;
    if listed(&pdf)?.len() > CARRIED {
        return Ok(Some("a file beside the register, the totals, their metadata and the report"));
    }
    // Whatever a reader can come to is referred to from the trailer.
    let mut seen = BTreeSet::new();
    let mut open = vec![Object::Dictionary(pdf.trailer().clone())];
    while let Some(object) = open.pop() {
        let mut references = Vec::new();
        if let Some(what) = offence(&object, &mut references, 0) {
            return Ok(Some(what));
        }
        for id in references {
            if seen.insert(id) {
                open.push(pdf.object(id)?);
            }
        }
    }
    Ok(pages_offence(&pdf)?)
}

/// How many files a document of this program carries.
const CARRIED: usize = 4;

/// Keys and names that stand for something that happens, or that is not seen.
const UNWANTED: [(&str, &str); 12] = [
    ("JS", "a script"),
    ("JavaScript", "a script"),
    ("Launch", "an action that starts a program"),
    ("OpenAction", "an action that happens when it is opened"),
    ("AA", "an action that happens by itself"),
    ("SubmitForm", "an action that sends something"),
    ("ImportData", "an action that loads something"),
    ("GoToR", "a link to another document"),
    ("OCProperties", "layers that can be hidden"),
    ("OCG", "a layer that can be hidden"),
    ("CropBox", "a page that is cut"),
    ("RichMedia", "embedded media"),
];

/// What of that is in an object; what it refers to is added to `references`.
fn offence(object: &Object, references: &mut Vec<Id>, depth: usize) -> Option<&'static str> {
    let named = |name: &[u8]| UNWANTED.iter().find(|(word, _)| word.as_bytes() == name).map(|(_, what)| *what);
    match object {
        _ if depth > DEEPEST => Some("an object that is nested deeper than any"),
        Object::Name(name) => named(name),
        Object::Array(items) => items.iter().find_map(|item| offence(item, references, depth + 1)),
        Object::Dictionary(dictionary) => {
            dictionary.entries().find_map(|(key, value)| named(key).or_else(|| offence(value, references, depth + 1)))
        }
        Object::Reference(id) => {
            references.push(*id);
            None
        }
        _ => None,
    }
}

/// Objects are not nested deeper.
const DEEPEST: usize = 64;

/// What is wrong with the tree of pages: each leaf must say that it is a page.
fn pages_offence(pdf: &Pdf<'_>) -> Result<Option<&'static str>, PdfError> {
    let (_, catalog) = pdf.catalog()?;
    let mut open = vec![pdf.dictionary(&catalog, "Pages")?];
    let mut seen = 0_usize;
    while let Some(node) = open.pop() {
        seen += 1;
        match (node.name("Type"), node.get("Kids")) {
            (Some(b"Page"), None) => {}
            (Some(b"Pages"), Some(kids)) if seen < MOST_PAGES => {
                let kids = pdf.resolve(kids)?;
                for kid in kids.as_array().ok_or(PdfError::Missing("the pages below a page tree"))? {
                    open.push(pdf.resolve(kid)?.as_dictionary().cloned().ok_or(PdfError::Missing("a page"))?);
                }
            }
            _ => return Ok(Some("a page that does not say that it is one")),
        }
    }
    Ok(None)
}

/// More pages are in no document.
const MOST_PAGES: usize = 1_000_000;
