//! What may follow the signed revision of a PDF: one store of certificates and revocation data, and one timestamp on the
//! whole document, and nothing else. Rather than to look for what they might change, both updates are made again from the
//! bytes before them and from what they store; the file must hold these very bytes.

use super::{KeptProofs, OUTSIDE, der};
use crate::pdf::{Dictionary, Object, Pdf, PdfError};
use crate::sign::pades::archive::{StampUpdate, stamp_update, store_update};
use crate::sign::revocation::{LONGEST, Proofs};
use crate::sign::timestamp::Stamp;

/// Certificates, responses or lists in a store.
const ENTRIES: usize = 64;
/// Bytes in a store, together.
const LARGEST: usize = 4 * LONGEST;
/// Digits of a token.
const DIGITS: usize = 2 << 20;

/// What keeps the signature in all of `file`: the store, and the stamp on the whole. The first `end` bytes of the file are a signed PDF; `signature` is the stamp's dictionary. Whether the store's entries belong to
/// the signature is not looked at here.
///
/// # Errors
/// What is wrong with what follows, or with the stamp.
pub(super) fn kept(file: &[u8], end: usize, signature: &Dictionary) -> Result<KeptProofs, String> {
    let other = |what: &str| format!("not only {what}");
    let broken = |problem: PdfError| format!("what follows cannot be read: {problem}");
    let (signed, rest) = file.split_at_checked(end).ok_or("the signed part lies outside the file")?;
    let proofs = proofs(file).map_err(broken)?;
    let store = store_update(signed, &proofs).map_err(broken)?;
    let rest = rest.strip_prefix(store.as_slice()).ok_or_else(|| other("certificates and revocation data"))?;
    let (stored, _) = file.split_at_checked(end + store.len()).ok_or("the store lies outside the file")?;

    let Some(Object::Text(_, contents)) = signature.get("Contents") else {
        return Err("the document timestamp has no contents".to_owned());
    };
    let digits = contents.end.saturating_sub(contents.start).saturating_sub(2);
    if digits > DIGITS || digits % 2 != 0 {
        return Err("the document timestamp is longer than any honest one".to_owned());
    }
    let update = stamp_update(stored, digits / 2).map_err(broken)?.stated(stored.len());
    if update.contents != *contents || !same_but_contents(rest, &update, stored.len()) {
        return Err(other("a timestamp on the whole document"));
    }
    let parts = [file.get(..contents.start).ok_or(OUTSIDE)?, file.get(contents.end..).ok_or(OUTSIDE)?];
    let token = der(file.get(contents.start..contents.end).ok_or(OUTSIDE)?)?;
    let stamp =
        Stamp::read(&token, &parts).map_err(|problem| format!("the timestamp on the document fails: {problem}"))?;
    Ok(KeptProofs { stamp, proofs, bytes: file.len() - end })
}

/// Whether `rest` is the update to the byte and to its end, the token aside.
fn same_but_contents(rest: &[u8], update: &StampUpdate, before: usize) -> bool {
    let (start, end) = (update.contents.start.saturating_sub(before), update.contents.end.saturating_sub(before));
    rest.len() == update.bytes.len()
        && rest.get(..start) == update.bytes.get(..start)
        && rest.get(end..) == update.bytes.get(end..)
}

/// What the newest catalog's store holds.
fn proofs(file: &[u8]) -> Result<Proofs, PdfError> {
    let pdf = Pdf::open(file)?;
    let (_, catalog) = pdf.catalog()?;
    let store = pdf.dictionary(&catalog, "DSS")?;
    let mut left = LARGEST;
    let mut list = |key: &str| {
        let entries = store.get(key).and_then(Object::as_array).unwrap_or_default();
        if entries.len() > ENTRIES {
            return Err(PdfError::TooMuch("the store of revocation data"));
        }
        let entry = |entry: &Object| {
            let id = entry.as_reference().ok_or(PdfError::Missing("an entry of the store"))?;
            let bytes = pdf.plain_stream(id)?;
            left = left.checked_sub(bytes.len()).ok_or(PdfError::TooMuch("the store of revocation data"))?;
            Ok(bytes.to_vec())
        };
        entries.iter().map(entry).collect::<Result<Vec<_>, _>>()
    };
    Ok(Proofs { certificates: list("Certs")?, ocsps: list("OCSPs")?, crls: list("CRLs")? })
}
