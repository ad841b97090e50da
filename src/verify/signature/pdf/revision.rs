//! The revision that a signature appended to a PDF: made again from the certificate, the time, the reason and the length of the
//! hole, so that its panel and its field show what these say and nothing else.

use super::{OUTSIDE, der, ranges, signatures, stated_time};
use crate::pdf::Object;
use crate::sign::examine::examine;
use crate::sign::pades::revision_of;

/// Whether the first signature of `pdf` is what signing its first `unsigned` bytes for `reason` appends.
///
/// # Errors
/// Where it is not, in words.
pub fn signed_as_made(pdf: &[u8], unsigned: usize, reason: &str) -> Result<(), String> {
    let all = signatures(pdf).map_err(|problem| problem.to_string())?;
    let first = all.first().ok_or("it is not signed")?;
    let [before, after] = ranges(first, pdf.len())?;
    let signed = pdf.get(..after.end).ok_or("its signature covers more than there is")?;
    // The signature as the signed part has it, whatever follows.
    let own = signatures(signed).map_err(|problem| problem.to_string())?;
    let [signature] = own.as_slice() else {
        return Err("the part that is signed holds more than one signature".into());
    };
    let Some(Object::Text(_, contents)) = signature.get("Contents") else {
        return Err("the signature has no contents".to_owned());
    };
    let part = |from: usize, to: usize| signed.get(from..to).ok_or(OUTSIDE);
    let der = der(part(contents.start, contents.end)?)?;
    let examined = examine(&der, &[part(before.start, before.end)?, part(after.start, after.end)?])?;
    let signer = examined.chain.first().ok_or("it names no signer")?;
    let at = stated_time(signature).ok_or("it does not state when it was signed")?;
    let room = contents.end.saturating_sub(contents.start).saturating_sub(2) / 2;
    let file = signed.get(..unsigned).ok_or("the document is shorter than what is made")?;
    let (made, hole) = revision_of(file, signer, at, reason, room).map_err(|error| error.to_string())?;
    let found = part(unsigned, signed.len())?;
    let (start, end) = (hole.start.saturating_sub(unsigned), hole.end.saturating_sub(unsigned));
    let same = hole == *contents
        && made.len() == found.len()
        && made.get(..start) == found.get(..start)
        && made.get(end..) == found.get(end..);
    if same {
        Ok(())
    } else {
        Err("what the signature added to the document is not what signing it adds: its panel, its field or more"
            .to_owned())
    }
}
