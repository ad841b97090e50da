//! A PAdES signature (B-B, with a timestamp B-T) inside a PDF: an appended revision that fills a signature field which the document
//! has, with a visible panel. The first one certifies the document and allows further signatures alone; those of a reviewer and an
//! approver follow. What was there before stays byte for byte. Where the first is to last longer than its certificates, revocation
//! data and a document timestamp follow it (B-LT, B-LTA).

use chrono::{DateTime, Utc};
use x509_cert::Certificate;

use super::{SignError, Signing, certificate, cms};
use crate::defect::Defect;
use crate::pdf::{Dictionary, Id, Increment, Object, Pdf, PdfError, SignatureField, Span};

pub mod archive;
mod panel;

/// Three offsets of up to ten digits, two spaces and the first 0.
const RANGE_WIDTH: usize = 34;

/// What a signature is to the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act<'a> {
    /// The first one, by whoever made the document, in its first field.
    Certification,
    /// A later one, in the field of this name, which must be empty.
    Approval {
        /// The field's name.
        field: &'a str,
    },
}

/// Signs `pdf` in its first signature field. `reason` is shown in the panel and kept in the signature.
///
/// # Errors
/// When the document has no such field or is signed already, the key fails, or a stamp or revocation data that were asked
/// for could not be obtained.
pub fn sign(mut pdf: Vec<u8>, signing: &Signing<'_>, reason: &str) -> Result<Vec<u8>, SignError> {
    let cms = signature(&mut pdf, signing, reason, Act::Certification)?;
    match signing.responders {
        Some(responders) => archive::extend(pdf, signing, responders, &cms),
        None => Ok(pdf),
    }
}

/// Adds a signature to `pdf`, which is certified, in its empty signature field `field`. `reason` is shown as in [`sign`].
///
/// # Errors
/// When the document is not certified, has no such field or is signed in it already, the key fails, or a timestamp that was asked
/// for is not obtained.
pub fn countersign(mut pdf: Vec<u8>, signing: &Signing<'_>, field: &str, reason: &str) -> Result<Vec<u8>, SignError> {
    signature(&mut pdf, signing, reason, Act::Approval { field })?;
    Ok(pdf)
}

/// Appends the signature to `pdf`; gives its CMS.
fn signature(pdf: &mut Vec<u8>, signing: &Signing<'_>, reason: &str, act: Act<'_>) -> Result<Vec<u8>, SignError> {
    let (identity, at) = (signing.identity, signing.at);
    let room = cms::largest(signing)?;
    // So that a file of 100 MB is not copied to make room for some kilobytes.
    pdf.reserve_exact(room * 2 + (64 << 10));
    let Update { bytes, range, contents } =
        update(pdf, &Statement { signer: identity.certificate(), at, reason, act }, room)?;
    pdf.extend_from_slice(&bytes);
    seal(pdf, range, contents, |parts| cms::over(parts, signing, None))
}

/// What a signature states, and in which field.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// The certificate of whoever signs.
    pub signer: &'a Certificate,
    /// The time that is stated.
    pub at: DateTime<Utc>,
    /// Why it is signed.
    pub reason: &'a str,
    /// What the signature is to the document.
    pub act: Act<'a>,
}

/// What a signature appends to a file, its holes not filled yet; they are places in the whole file.
struct Update {
    bytes: Vec<u8>,
    range: Span,
    contents: Span,
}

fn update(pdf: &[u8], statement: &Statement<'_>, room: usize) -> Result<Update, SignError> {
    let body = Body::new(signature_head(statement), room);
    let (range, contents) = (body.range, body.contents);
    let (increment, signature) = revision(pdf, statement, body.bytes)?;
    let (bytes, offset) = increment.after(pdf, signature);
    Ok(Update { bytes, range: range.moved_by(offset), contents: contents.moved_by(offset) })
}

/// The revision that a signature with this statement appends to `file`, with `room` bytes for the CMS, as it is in the file, and
/// where the contents are in the whole file: all but their digits is final.
///
/// # Errors
/// Where the file cannot be signed so.
pub fn revision_of(file: &[u8], statement: &Statement<'_>, room: usize) -> Result<(Vec<u8>, Span), SignError> {
    let Update { mut bytes, range, contents } = update(file, statement, room)?;
    let before = file.len();
    let text = range_text(contents, before + bytes.len());
    let hole = Span { start: range.start - before, end: range.end - before };
    fill(&mut bytes, hole, text.as_bytes(), b' ');
    Ok((bytes, contents))
}

/// States the range in its hole and puts what `make` gives for the parts around the contents into theirs.
fn seal(
    pdf: &mut [u8],
    range: Span,
    contents: Span,
    make: impl FnOnce(&[&[u8]]) -> Result<Vec<u8>, SignError>,
) -> Result<Vec<u8>, SignError> {
    let text = range_text(contents, pdf.len());
    fill(pdf, range, text.as_bytes(), b' ');
    let (Some(before), Some(after)) = (pdf.get(..contents.start), pdf.get(contents.end..)) else {
        return Err(Defect("the hole of the signature lies outside its file").into());
    };
    let der = make(&[before, after])?;
    let inside = Span { start: contents.start + 1, end: contents.end - 1 };
    if der.len() * 2 > inside.end - inside.start {
        return Err(SignError::SigningFailed);
    }
    fill(pdf, inside, certificate::hex(&der).as_bytes(), b'0');
    Ok(der)
}

/// The byte range of a file of this length, all but the contents.
fn range_text(contents: Span, length: usize) -> String {
    format!("0 {} {} {}", contents.start, contents.end, length - contents.end)
}

/// The revision, and the object in it that is the signature.
fn revision(file: &[u8], statement: &Statement<'_>, body: Vec<u8>) -> Result<(Increment, Id), SignError> {
    let pdf = Pdf::open(file)?;
    let (catalog_id, mut catalog) = pdf.catalog()?;
    let mut field = empty_field(&pdf, statement.act)?;
    let is_certified = catalog.get("Perms").is_some();
    let mut increment = Increment::new(&pdf)?;
    let signature = increment.reserve();
    increment.put(signature, body);

    match statement.act {
        Act::Certification if is_certified => return Err(PdfError::AlreadySigned.into()),
        Act::Approval { .. } if !is_certified => return Err(PdfError::Missing("the certification").into()),
        Act::Certification => {
            let mut permissions = Dictionary::default();
            permissions.set("DocMDP", Object::Reference(signature));
            catalog.set("Perms", Object::Dictionary(permissions));
            raise_flags(&pdf, &mut catalog, &mut increment)?;
            increment.put_dictionary(catalog_id, &catalog);
        }
        // The certification allows a field to be filled, and the catalog needs no change for that.
        Act::Approval { .. } => {}
    }
    if let Some(body) = panel::appearance(&pdf, &catalog, &field.entries, &facts(statement)?)? {
        let shown = increment.reserve();
        increment.put(shown, body);
        let mut appearance = Dictionary::default();
        appearance.set("N", Object::Reference(shown));
        field.entries.set("AP", Object::Dictionary(appearance));
    }
    field.entries.set("V", Object::Reference(signature));
    increment.put_dictionary(field.id, &field.entries);
    Ok((increment, signature))
}

fn empty_field(pdf: &Pdf<'_>, act: Act<'_>) -> Result<SignatureField, PdfError> {
    let mut fields = pdf.signature_fields()?;
    let is_signed = |field: &SignatureField| field.value().is_some();
    let chosen = match act {
        Act::Certification if fields.iter().any(is_signed) => return Err(PdfError::AlreadySigned),
        Act::Certification => fields.into_iter().next(),
        Act::Approval { field: name } => {
            fields.retain(|field| field.name().as_deref() == Some(name));
            if fields.iter().any(is_signed) {
                return Err(PdfError::AlreadySigned);
            }
            fields.pop()
        }
    };
    chosen.ok_or(PdfError::NoField)
}

/// Says in the form that there is a signature and that only appending keeps it, where the form does not say so yet.
fn raise_flags(pdf: &Pdf<'_>, catalog: &mut Dictionary, increment: &mut Increment) -> Result<(), PdfError> {
    let mut form = pdf.dictionary(catalog, "AcroForm")?;
    if form.integer("SigFlags") == Some(3) {
        return Ok(());
    }
    form.set("SigFlags", Object::integer(3));
    match catalog.get("AcroForm").and_then(Object::as_reference) {
        Some(id) => increment.put_dictionary(id, &form),
        None => catalog.set("AcroForm", Object::Dictionary(form)),
    }
    Ok(())
}

/// What the panel states, as label and text.
fn facts(statement: &Statement<'_>) -> Result<Vec<(&'static str, String)>, SignError> {
    let Statement { signer, at, reason, .. } = *statement;
    let organization = certificate::organization(signer.tbs_certificate().subject());
    let name = certificate::display_name(signer.tbs_certificate().subject());
    let named = match organization.filter(|organization| *organization != name) {
        Some(organization) => format!("{name}, {organization}"),
        None => name,
    };
    let vouched = match certificate::is_self_issued(signer) {
        true => "no authority (self-made certificate)".to_owned(),
        false => certificate::display_name(signer.tbs_certificate().issuer()),
    };
    let fingerprint = certificate::fingerprint(signer)?;
    let groups: Vec<_> = fingerprint.as_bytes().chunks(8).map(String::from_utf8_lossy).collect();
    Ok(vec![
        ("Signed by", named),
        ("Vouched for by", vouched),
        ("Time stated", at.format("%Y-%m-%d %H:%M:%S UTC").to_string()),
        ("Reason", reason.to_owned()),
        ("Certificate SHA-256", groups.join(" ")),
    ])
}

/// The signature dictionary, with holes for the byte range and the CMS.
struct Body {
    bytes: Vec<u8>,
    /// Between the brackets of the byte range.
    range: Span,
    /// The contents with their angle brackets: what is not signed.
    contents: Span,
}

impl Body {
    fn new(head: Dictionary, room: usize) -> Self {
        let mut bytes = Vec::new();
        head.write(&mut bytes);
        bytes.truncate(bytes.len() - b">>".len());
        bytes.extend_from_slice(b"/ByteRange[");
        let range = hole(&mut bytes, RANGE_WIDTH, b' ');
        bytes.extend_from_slice(b"]/Contents<");
        let inside = hole(&mut bytes, room * 2, b'0');
        bytes.extend_from_slice(b">>>");
        Self { bytes, range, contents: Span { start: inside.start - 1, end: inside.end + 1 } }
    }
}

/// The entries of the signature dictionary before its holes.
fn signature_head(statement: &Statement<'_>) -> Dictionary {
    let Statement { signer, at, reason, act } = *statement;
    let mut head = Dictionary::default();
    head.set("Type", Object::name("Sig"));
    head.set("Filter", Object::name("Adobe.PPKLite"));
    head.set("SubFilter", Object::name("ETSI.CAdES.detached"));
    head.set("Name", text(&certificate::display_name(signer.tbs_certificate().subject())));
    head.set("M", text(&at.format("D:%Y%m%d%H%M%SZ").to_string()));
    head.set("Reason", text(reason));
    if act == Act::Certification {
        head.set("Reference", Object::Array(vec![Object::Dictionary(further_signatures())]));
    }
    head
}

fn hole(bytes: &mut Vec<u8>, width: usize, filling: u8) -> Span {
    let start = bytes.len();
    bytes.extend(std::iter::repeat_n(filling, width));
    Span { start, end: bytes.len() }
}

/// `DocMDP` with permission 2: further signatures are all that may follow. A change of anything else makes the certification
/// invalid.
fn further_signatures() -> Dictionary {
    let mut parameters = Dictionary::default();
    parameters.set("Type", Object::name("TransformParams"));
    parameters.set("P", Object::integer(2));
    parameters.set("V", Object::name("1.2"));
    let mut reference = Dictionary::default();
    reference.set("Type", Object::name("SigRef"));
    reference.set("TransformMethod", Object::name("DocMDP"));
    reference.set("TransformParams", Object::Dictionary(parameters));
    reference
}

/// A text string: ASCII as it is, all else as UTF-16 with its mark.
fn text(value: &str) -> Object {
    let bytes = match value.is_ascii() {
        true => value.as_bytes().to_vec(),
        false => std::iter::once(0xfeff).chain(value.encode_utf16()).flat_map(u16::to_be_bytes).collect(),
    };
    Object::Text(bytes, Span { start: 0, end: 0 })
}

/// Writes `text` at the beginning of `hole` and fills the rest.
fn fill(file: &mut [u8], hole: Span, text: &[u8], rest: u8) {
    for (index, byte) in file.iter_mut().skip(hole.start).take(hole.end - hole.start).enumerate() {
        *byte = text.get(index).copied().unwrap_or(rest);
    }
}
