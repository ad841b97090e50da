//! The revision that a signature appended to a PDF: made again from the file before it, the certificate, the time, the reason and the
//! length of the hole, so that its panel and its field show what these say and nothing else.

use super::{OUTSIDE, der, ranges, signatures, stated_time};
use crate::pdf::{Dictionary, Object};
use crate::sign::examine::examine;
use crate::sign::pades::{Act, Statement, revision_of};

/// Whether the first signature of `pdf` is what signing its first `unsigned` bytes for `reason` appends.
///
/// # Errors
/// Where it is not, in words.
pub fn signed_as_made(pdf: &[u8], unsigned: usize, reason: &str) -> Result<(), String> {
    let all = signatures(pdf).map_err(|problem| problem.to_string())?;
    let first = all.first().ok_or("it is not signed")?;
    let [_, after] = ranges(&first.value, pdf.len())?;
    let signed = pdf.get(..after.end).ok_or("its signature covers more than there is")?;
    // The signature as the signed part has it, whatever follows.
    let own = signatures(signed).map_err(|problem| problem.to_string())?;
    let [only] = own.as_slice() else {
        return Err("the part that is signed holds more than one signature".into());
    };
    if unsigned > signed.len() {
        return Err("the document is shorter than what is made".to_owned());
    }
    match appended_as_made(signed, unsigned, &only.value, (reason, Act::Certification))? {
        true => Ok(()),
        false => {
            Err("what the signature added to the document is not what signing it adds: its panel, its field or more"
                .to_owned())
        }
    }
}

/// Whether all of `signed` behind its first `before` bytes is what a signature for that reason appends to these; `signature` is its
/// dictionary, as `signed` has it.
///
/// # Errors
/// Where the signature cannot be read, or such a one cannot be appended to these bytes, in words.
pub(super) fn appended_as_made(
    signed: &[u8],
    before: usize,
    signature: &Dictionary,
    (reason, act): (&str, Act<'_>),
) -> Result<bool, String> {
    let Some(Object::Text(_, contents)) = signature.get("Contents") else {
        return Err("the signature has no contents".to_owned());
    };
    let [first, second] = ranges(signature, signed.len())?;
    let part = |from: usize, to: usize| signed.get(from..to).ok_or(OUTSIDE);
    let der = der(part(contents.start, contents.end)?)?;
    let examined = examine(&der, &[part(first.start, first.end)?, part(second.start, second.end)?])?;
    let signer = examined.chain.first().ok_or("it names no signer")?;
    let at = stated_time(signature).ok_or("it does not state when it was signed")?;
    let room = contents.end.saturating_sub(contents.start).saturating_sub(2) / 2;
    let statement = Statement { signer, at, reason, act };
    let (made, hole) = revision_of(part(0, before)?, &statement, room).map_err(|error| error.to_string())?;
    let found = part(before, signed.len())?;
    let (start, end) = (hole.start.saturating_sub(before), hole.end.saturating_sub(before));
    Ok(hole == *contents
        && made.len() == found.len()
        && made.get(..start) == found.get(..start)
        && made.get(end..) == found.get(end..))
}
