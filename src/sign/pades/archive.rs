//! What is appended to a signed PDF so that it can still be checked when its certificates are over: a store of certificates
//! and revocation data (DSS, PAdES B-LT), and a timestamp on the whole document (B-LTA).
//!
//! Both updates follow from the file before them and from what they hold, to the byte. So whoever checks a file makes them
//! again and compares: nothing else can hide in what was appended. That makes their form a contract; a change of it needs
//! the old one kept beside it.

use std::iter;

use super::{Body, fill, range_text, seal, text};
use crate::pdf::{Dictionary, Increment, Object, Pdf, PdfError, Span};
use crate::sign::revocation::{self, Proofs, Responders};
use crate::sign::timestamp::{LONGEST, Stamp};
use crate::sign::{SignError, Signing, examine};

/// The name of the field that the document timestamp is in.
const FIELD: &str = "Timestamp1";
/// How a document timestamp is known.
pub const SUB_FILTER: &str = "ETSI.RFC3161";

/// The update that appends a document timestamp, its holes not filled yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampUpdate {
    /// What is appended.
    pub bytes: Vec<u8>,
    /// The hole of the byte range, between its brackets, in the whole file.
    pub range: Span,
    /// The hole of the token with its angle brackets, in the whole file.
    pub contents: Span,
}

/// Appends to `pdf`, whose signature is `cms`, what keeps it.
pub(super) fn extend(
    mut pdf: Vec<u8>,
    signing: &Signing<'_>,
    responders: &Responders<'_>,
    cms: &[u8],
) -> Result<Vec<u8>, SignError> {
    let authority = signing.authority.ok_or(SignError::NoAuthority)?;
    let stamp = examine::stamp_inside(cms).map_err(SignError::Unstamped)?;
    let (token, value) = stamp.ok_or(SignError::NoAuthority)?;
    let stamp = Stamp::read(&token, &[&value])?;
    let chains = [signing.identity.chain(), &stamp.chain];
    let proofs = revocation::gather(&chains, responders)?;
    let update = store_update(&pdf, &proofs)?;
    pdf.extend_from_slice(&update);
    let StampUpdate { bytes, range, contents } = stamp_update(&pdf, LONGEST)?;
    pdf.extend_from_slice(&bytes);
    seal(&mut pdf, range, contents, |parts| {
        let token = authority.stamp(parts, signing.at)?;
        // As `verify` will judge it: by the authority's clock.
        let at = Stamp::read(&token, parts)?.at;
        revocation::check_store(&proofs, &chains, at).map_err(SignError::Unkept)?;
        Ok(token)
    })?;
    Ok(pdf)
}

/// The update that stores `proofs` in a `signed` file: a catalog with a `/DSS`, and what that holds. Nothing else changes.
///
/// # Errors
/// When the file is broken or has such a store already.
pub fn store_update(signed: &[u8], proofs: &Proofs) -> Result<Vec<u8>, PdfError> {
    let pdf = Pdf::open(signed)?;
    let (catalog_id, mut catalog) = pdf.catalog()?;
    if catalog.get("DSS").is_some() {
        return Err(PdfError::AlreadySigned);
    }
    let mut increment = Increment::new(&pdf)?;
    let mut store = Dictionary::default();
    store.set("Type", Object::name("DSS"));
    for (key, list) in [("Certs", &proofs.certificates), ("OCSPs", &proofs.ocsps), ("CRLs", &proofs.crls)] {
        let entries: Vec<_> = list.iter().map(|der| Object::Reference(increment.add_stream(der))).collect();
        if !entries.is_empty() {
            store.set(key, Object::Array(entries));
        }
    }
    let id = increment.reserve();
    increment.put_dictionary(id, &store);
    catalog.set("DSS", Object::Reference(id));
    increment.put_dictionary(catalog_id, &catalog);
    Ok(increment.after(signed, id).0)
}

/// The update that puts a document timestamp of up to `room` bytes on `file`: the stamp, a field for it without an area on
/// any page, and the form with that field at its end. Nothing else changes.
///
/// # Errors
/// When the file is broken, or has no form or such a field already.
pub fn stamp_update(file: &[u8], room: usize) -> Result<StampUpdate, PdfError> {
    let pdf = Pdf::open(file)?;
    let (catalog_id, mut catalog) = pdf.catalog()?;
    let mut form = pdf.dictionary(&catalog, "AcroForm")?;
    let listed = pdf.resolve(form.get("Fields").ok_or(PdfError::Missing("the fields of the form"))?)?;
    let listed = listed.as_array().ok_or(PdfError::Missing("the fields of the form"))?.to_vec();
    let named =
        |entries: &Dictionary| matches!(entries.get("T"), Some(Object::Text(name, _)) if name == FIELD.as_bytes());
    if pdf.signature_fields()?.iter().any(|field| named(&field.entries)) {
        return Err(PdfError::AlreadySigned);
    }
    let mut increment = Increment::new(&pdf)?;
    let (stamp, field) = (increment.reserve(), increment.reserve());
    let Body { bytes, range, contents } = Body::new(stamp_head(), room);
    increment.put(stamp, bytes);
    let mut entries = stamp_field();
    entries.set("V", Object::Reference(stamp));
    increment.put_dictionary(field, &entries);
    form.set("Fields", Object::Array(listed.into_iter().chain(iter::once(Object::Reference(field))).collect()));
    match catalog.get("AcroForm").and_then(Object::as_reference) {
        Some(id) => increment.put_dictionary(id, &form),
        None => {
            catalog.set("AcroForm", Object::Dictionary(form));
            increment.put_dictionary(catalog_id, &catalog);
        }
    }
    let (bytes, offset) = increment.after(file, stamp);
    Ok(StampUpdate { bytes, range: range.moved_by(offset), contents: contents.moved_by(offset) })
}

impl StampUpdate {
    /// States the byte range in its hole, once the update is appended to a file of `before` bytes; all but the token is final
    /// then.
    pub fn stated(mut self, before: usize) -> Self {
        let text = range_text(self.contents, before + self.bytes.len());
        let hole = Span { start: self.range.start - before, end: self.range.end - before };
        fill(&mut self.bytes, hole, text.as_bytes(), b' ');
        self
    }
}

fn stamp_head() -> Dictionary {
    let mut head = Dictionary::default();
    head.set("Type", Object::name("DocTimeStamp"));
    head.set("Filter", Object::name("Adobe.PPKLite"));
    head.set("SubFilter", Object::name(SUB_FILTER));
    head
}

/// A field that is its own widget, printed (as PDF/A wants) but without an area.
fn stamp_field() -> Dictionary {
    let mut field = Dictionary::default();
    field.set("Type", Object::name("Annot"));
    field.set("Subtype", Object::name("Widget"));
    field.set("FT", Object::name("Sig"));
    field.set("T", text(FIELD));
    field.set("TU", text("Timestamp on the whole document"));
    field.set("F", Object::integer(132));
    field.set("Rect", Object::Array([0; 4].map(Object::integer).to_vec()));
    field
}
