//! Signatures that follow the first one: a reviewer's and an approver's, each in its own field. Every such revision is made again from the
//! file before it, so nothing but the signature and its panel can come with it.

use super::revision::appended_as_made;
use super::{DocumentVerdict, Further, Signed, checked, first_part, ranges, signatures, stated_time};
use crate::package::Role;
use crate::pdf::{Object, text_string};
use crate::sign::pades::Act;
use crate::verify::signature::{Fact, SignatureVerdict, Trust};

/// Whose field it is, where it is one of a sign-off.
pub(super) fn role(signed: &Signed) -> Option<Role> {
    Role::of_field(signed.field.as_deref()?)
}

/// The verdict on a document in which `found` are all signatures, one at least in the field of a sign-off.
pub(super) fn verify(pdf: &[u8], found: &[Signed], trust: &Trust) -> DocumentVerdict {
    let refused = |why: String| DocumentVerdict { signature: SignatureVerdict::refused(why), further: Vec::new() };
    let mut ends = Vec::new();
    for signed in found {
        match ranges(&signed.value, pdf.len()) {
            Ok([_, second]) => ends.push((second.end, role(signed))),
            Err(why) => return refused(why),
        }
    }
    ends.sort_unstable_by_key(|(end, _)| *end);
    let own = ends.iter().take_while(|(_, role)| role.is_none()).last();
    let Some((base, _)) = own.copied() else {
        return refused("no signature of its maker comes before the sign-offs".to_owned());
    };
    let mut verdict =
        DocumentVerdict { signature: first_part(pdf.get(..base).unwrap_or_default(), trust), further: Vec::new() };
    match follow(pdf, base, &ends, trust) {
        Ok(further) => verdict.further = further,
        Err(why) => {
            let appended = pdf.len().saturating_sub(base);
            verdict.signature.covers_whole = Fact::No(format!("{appended} bytes were appended after signing: {why}"));
        }
    }
    verdict
}

/// Each revision behind the first `base` bytes, up to the end of the file.
fn follow(pdf: &[u8], base: usize, ends: &[(usize, Option<Role>)], trust: &Trust) -> Result<Vec<Further>, String> {
    let mut start = base;
    let mut further = Vec::new();
    for (end, role) in ends.iter().filter(|(end, _)| *end > base) {
        let role = role.ok_or("a signature that is no sign-off follows one")?;
        let signed = pdf.get(..*end).ok_or("a sign-off covers more than there is")?;
        further
            .push(one(signed, start, role, trust).map_err(|why| format!("the {}'s signature: {why}", role.as_str()))?);
        start = *end;
    }
    match pdf.len().saturating_sub(start) {
        0 => Ok(further),
        rest => Err(format!("{rest} of them after the last sign-off")),
    }
}

/// The sign-off that ends with `signed`, and begins behind its first `start` bytes.
fn one(signed: &[u8], start: usize, role: Role, trust: &Trust) -> Result<Further, String> {
    let found = signatures(signed).map_err(|problem| problem.to_string())?;
    let own = found.iter().find(|signed| self::role(signed) == Some(role)).ok_or("it is in no field of its own")?;
    let reason = own.value.get("Reason").and_then(Object::as_text).and_then(text_string);
    let reason = reason.ok_or("it states no reason")?;
    let act = Act::Approval { field: role.field() };
    if !appended_as_made(signed, start, &own.value, (&reason, act))? {
        return Err("what it added to the document is not what countersigning adds".to_owned());
    }
    let at = stated_time(&own.value).ok_or("it does not state when it was signed")?;
    Ok(Further { role, reason, at, start, signature: checked(signed, &own.value, None, &trust.for_sign_offs()) })
}
