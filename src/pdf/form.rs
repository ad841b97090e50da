//! The signature fields of a document's form.

use super::PdfError;
use super::document::Pdf;
use super::object::{Dictionary, Id, Object};
use super::text::text_string;

/// Fields that are looked at, and how deep they may nest.
const FIELDS: usize = 500;
const DEEPEST: usize = 16;

/// A signature field: its object, and what it holds.
#[derive(Debug, Clone)]
pub struct SignatureField {
    /// The field's object, which is also its widget.
    pub id: Id,
    /// Its entries.
    pub entries: Dictionary,
}

impl SignatureField {
    /// Its own name, where it has a readable one.
    pub fn name(&self) -> Option<String> {
        self.entries.get("T").and_then(Object::as_text).and_then(text_string)
    }

    /// What it is signed with: the value itself, or a reference to it; `None` for an empty field.
    pub fn value(&self) -> Option<&Object> {
        self.entries.get("V").filter(|value| **value != Object::Null)
    }
}

impl Pdf<'_> {
    /// All signature fields of the form, in its order; none where there is no form.
    ///
    /// # Errors
    /// When the form is broken or larger than any honest one.
    pub fn signature_fields(&self) -> Result<Vec<SignatureField>, PdfError> {
        let (_, catalog) = self.catalog()?;
        if catalog.get("AcroForm").is_none() {
            return Ok(Vec::new());
        }
        let form = self.dictionary(&catalog, "AcroForm")?;
        let fields = form.get("Fields").map(|fields| self.resolve(fields)).transpose()?;
        let fields = fields.as_ref().and_then(Object::as_array).unwrap_or_default();
        let mut found = Vec::new();
        let mut left = FIELDS;
        self.collect_fields(fields, None, &mut left, 0, &mut found)?;
        Ok(found)
    }

    fn collect_fields(
        &self,
        fields: &[Object],
        inherited: Option<&[u8]>,
        left: &mut usize,
        depth: usize,
        found: &mut Vec<SignatureField>,
    ) -> Result<(), PdfError> {
        for field in fields {
            *left = left.checked_sub(1).filter(|_| depth < DEEPEST).ok_or(PdfError::TooMuch("the form"))?;
            let Some(id) = field.as_reference() else { continue };
            let Object::Dictionary(entries) = self.object(id)? else { continue };
            let kind = entries.name("FT").or(inherited).map(<[u8]>::to_vec);
            let kids = entries.get("Kids").map(|kids| self.resolve(kids)).transpose()?;
            if let Some(kids) = kids.as_ref().and_then(Object::as_array) {
                self.collect_fields(kids, kind.as_deref(), left, depth + 1, found)?;
            }
            if kind.as_deref() == Some(b"Sig") {
                found.push(SignatureField { id, entries });
            }
        }
        Ok(())
    }
}
