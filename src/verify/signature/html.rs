//! The signature inside an HTML file; [`crate::sign::html`] states the rule that is checked here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::line_ends;
use super::{Fact, SignatureVerdict, Trust, verdict};
use crate::sign::examine::examine;
use crate::sign::html::{CLOSE, OPEN, count_elements, lines};

/// Checks the signature inside `html`.
pub fn verify_html(html: &[u8], trust: &Trust) -> SignatureVerdict {
    let verdict = verify_as_it_is(html, trust);
    // A page has line feeds alone; the signature's own lines are among those that were changed.
    let is_changed = html.windows(2).any(|pair| pair == b"\r\n") && !(verdict.intact.holds() && verdict.valid.holds());
    let plain = is_changed.then(|| line_ends::plain(html));
    match plain.map(|plain| verify_as_it_is(&plain, trust)).filter(|verdict| verdict.intact.holds()) {
        Some(verdict) => SignatureVerdict { intact: Fact::No(line_ends::WHY.to_owned()), ..verdict },
        None => verdict,
    }
}

fn verify_as_it_is(html: &[u8], trust: &Trust) -> SignatureVerdict {
    match parts(html).and_then(|parts| examine(&parts.der, &[parts.before, parts.after])) {
        Ok(examined) => {
            let stated = examined.signing_time;
            verdict(examined, stated, Fact::Yes, None, trust)
        }
        Err(why) => SignatureVerdict::refused(why),
    }
}

/// What is before and after the base64 of the signature.
///
/// # Errors
/// Where there is no such signature, in words.
pub fn around(html: &[u8]) -> Result<[&[u8]; 2], String> {
    parts(html).map(|parts| [parts.before, parts.after])
}

/// The signature inside `html`, in DER, where there is one.
pub fn inside(html: &[u8]) -> Option<Vec<u8>> {
    parts(html).ok().map(|parts| parts.der)
}

struct PageParts<'a> {
    /// From the file's start to the end of the opening line.
    before: &'a [u8],
    /// The signature in DER.
    der: Vec<u8>,
    /// From the closing line to the file's end.
    after: &'a [u8],
}

fn parts(html: &[u8]) -> Result<PageParts<'_>, String> {
    match count_elements(html) {
        0 => return Err("the file is not signed: it has no signature element".to_owned()),
        1 => {}
        count => return Err(format!("the file has {count} signature elements")),
    }
    let open = html.windows(OPEN.len()).rposition(|window| window == OPEN.as_bytes());
    let start = open.ok_or("the signature element is not as it should be")? + OPEN.len();
    let close =
        html.windows(CLOSE.len()).rposition(|window| window == CLOSE.as_bytes()).filter(|close| *close >= start);
    let close = close.ok_or("the signature element is not the last thing in the file")?;
    if close + CLOSE.len() != html.len() {
        return Err("there is text after the closing tag".to_owned());
    }
    const OUTSIDE: &str = "the signature element lies outside the file";
    let inside = html.get(start..close).ok_or(OUTSIDE)?;
    let letters: Vec<u8> = inside.iter().copied().filter(|byte| *byte != b'\n').collect();
    let der = STANDARD.decode(&letters).map_err(|_| "the signature element holds something other than base64")?;
    if lines(&der).as_bytes() != inside {
        return Err("the signature element is not written as it should be".to_owned());
    }
    let (before, after) = (html.get(..start).ok_or(OUTSIDE)?, html.get(close..).ok_or(OUTSIDE)?);
    Ok(PageParts { before, der, after })
}
