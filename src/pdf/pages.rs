//! The pages of a document: their order, and the bytes that draw one.

use super::PdfError;
use super::document::Pdf;
use super::object::{Dictionary, Id, Object};

/// How deep the tree of pages may nest.
const DEEPEST: usize = 32;

impl Pdf<'_> {
    /// The pages in their order. One that is in the tree twice is there twice.
    ///
    /// # Errors
    /// When the tree is broken or nested too deep.
    pub fn pages(&self) -> Result<Vec<Id>, PdfError> {
        const WHAT: PdfError = PdfError::Missing("the tree of pages");
        let (_, catalog) = self.catalog()?;
        let root = catalog.get("Pages").and_then(Object::as_reference).ok_or(WHAT)?;
        let mut pages = Vec::new();
        let mut waiting = vec![(root, 0)];
        while let Some((id, depth)) = waiting.pop() {
            let Object::Dictionary(node) = self.object(id)? else { return Err(WHAT) };
            let Some(kids) = node.get("Kids") else {
                pages.push(id);
                continue;
            };
            if depth > DEEPEST {
                return Err(PdfError::TooMuch("the tree of pages"));
            }
            let kids = self.resolve(kids)?;
            for kid in kids.as_array().ok_or(WHAT)?.iter().rev() {
                waiting.push((kid.as_reference().ok_or(WHAT)?, depth + 1));
            }
        }
        Ok(pages)
    }

    /// What draws a page: its streams, one after another; they have `longest` bytes at most.
    ///
    /// # Errors
    /// When one is missing or broken, or they are longer.
    pub fn page_content(&self, page: &Dictionary, longest: usize) -> Result<Vec<u8>, PdfError> {
        const WHAT: PdfError = PdfError::Missing("the content of a page");
        let Some(contents) = page.get("Contents") else { return Ok(Vec::new()) };
        let listed = match contents {
            // A reference may be to the one stream, or to the list of streams.
            Object::Reference(id) => match self.object(*id)? {
                Object::Array(streams) => streams,
                _ => vec![contents.clone()],
            },
            Object::Array(streams) => streams.clone(),
            _ => return Err(WHAT),
        };
        let mut content = Vec::new();
        for stream in listed {
            let id = stream.as_reference().ok_or(WHAT)?;
            let (_, part) = self.stream(id, longest.saturating_sub(content.len()))?;
            content.extend_from_slice(&part);
            // No operator goes on from one stream into the next.
            content.push(b'\n');
        }
        Ok(content)
    }
}
