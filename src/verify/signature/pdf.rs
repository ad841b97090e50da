//! The signatures inside a PDF. The first one must cover every byte of its part of the file but its own hexadecimal digits; so
//! whatever was appended, revised or revealed after signing shows as not covered. Two things may follow: what keeps a signature
//! for the long term, see `archive`, and sign-offs, see `further`.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::{Fact, KeptProofs, SignatureVerdict, Trust, verdict};
use crate::package::Role;
use crate::pdf::{Dictionary, Object, Pdf, PdfError, Span};
use crate::sign::cms;
use crate::sign::examine::{Examined, examine};
use crate::sign::pades::archive::SUB_FILTER as STAMP;

mod archive;
mod further;
mod revision;

pub use revision::signed_as_made;

/// The room left for a signature, which is signed, is that of one with a timestamp.
const REMOVED: &str = "its timestamp was removed: the room that was left for one is empty";
const OUTSIDE: &str = "a part that is signed lies outside the file";
const SUB_FILTER: &str = "ETSI.CAdES.detached";

/// A signature as the form has it.
struct Signed {
    /// The name of its field.
    field: Option<String>,
    /// The signature's dictionary.
    value: Dictionary,
}

/// The facts about the signatures of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentVerdict {
    /// About the signature of its maker.
    pub signature: SignatureVerdict,
    /// About those of reviewer and approver, in the order in which they signed.
    pub further: Vec<Further>,
}

/// A sign-off in a document, made again from the part of the file before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Further {
    /// Whose field it is in.
    pub role: Role,
    /// The reason that it states.
    pub reason: String,
    /// The time that it states.
    pub at: DateTime<Utc>,
    /// How many bytes of the file come before it.
    pub start: usize,
    /// The facts about it.
    pub signature: SignatureVerdict,
}

/// Checks the maker's signature inside `pdf`, the timestamp on the whole of it, if there is one, and that nothing but sign-offs follows.
pub fn verify_pdf(pdf: &[u8], trust: &Trust) -> SignatureVerdict {
    verify_document(pdf, trust).signature
}

/// Checks all signatures inside `pdf`.
pub fn verify_document(pdf: &[u8], trust: &Trust) -> DocumentVerdict {
    match signatures(pdf) {
        Ok(found) if found.iter().any(|signed| further::role(signed).is_some()) => further::verify(pdf, &found, trust),
        _ => DocumentVerdict { signature: first_part(pdf, trust), further: Vec::new() },
    }
}

/// The verdict on a document, or the part of one, without sign-offs.
fn first_part(pdf: &[u8], trust: &Trust) -> SignatureVerdict {
    let found = match signatures(pdf) {
        Ok(found) => found,
        Err(problem) => return SignatureVerdict::refused(format!("the PDF cannot be read: {problem}")),
    };
    match found.as_slice() {
        [] => SignatureVerdict::refused(unsigned(pdf)),
        [only] => checked(pdf, &only.value, None, trust),
        [first, stamp] if is_stamp(&stamp.value) && !is_stamp(&first.value) => {
            stamped(pdf, [&first.value, &stamp.value], trust)
        }
        [first, ..] => {
            let mut verdict = checked(pdf, &first.value, None, trust);
            verdict.valid = Fact::No(format!("the PDF has {} signatures where one is expected", found.len()));
            verdict
        }
    }
}

fn is_stamp(signature: &Dictionary) -> bool {
    signature.name("SubFilter") == Some(STAMP.as_bytes())
}

/// The signed revision is judged by itself, as if nothing followed; then what follows.
fn stamped(pdf: &[u8], [first, stamp]: [&Dictionary; 2], trust: &Trust) -> SignatureVerdict {
    let end = match ranges(first, pdf.len()) {
        Ok([_, second]) => second.end,
        Err(why) => return SignatureVerdict::refused(why),
    };
    let Some(signed) = pdf.get(..end) else { return SignatureVerdict::refused(OUTSIDE) };
    let alone = match signatures(signed).as_deref() {
        Ok([only]) if !is_stamp(&only.value) => only.value.clone(),
        _ => return SignatureVerdict::refused("the part of the PDF that is signed is not a signed PDF by itself"),
    };
    match archive::kept(pdf, end, stamp) {
        Ok(kept) => checked(signed, &alone, Some(&kept), trust),
        Err(why) => {
            let mut verdict = checked(signed, &alone, None, trust);
            verdict.covers_whole = Fact::No(format!("{} bytes were appended after signing: {why}", pdf.len() - end));
            verdict
        }
    }
}

fn checked(pdf: &[u8], signature: &Dictionary, kept: Option<&KeptProofs>, trust: &Trust) -> SignatureVerdict {
    check(pdf, signature, kept, trust).unwrap_or_else(SignatureVerdict::refused)
}

fn unsigned(pdf: &[u8]) -> String {
    let trace = pdf.windows(SUB_FILTER.len()).any(|window| window == SUB_FILTER.as_bytes());
    match trace {
        true => "the PDF's signature was taken out by a later revision".to_owned(),
        false => "the PDF is not signed".to_owned(),
    }
}

/// The signatures of all fields that have one.
fn signatures(file: &[u8]) -> Result<Vec<Signed>, PdfError> {
    let pdf = Pdf::open(file)?;
    let mut found = Vec::new();
    for field in pdf.signature_fields()? {
        match field.value() {
            None => {}
            Some(Object::Reference(id)) if pdf.stands_alone(*id) => match pdf.object(*id)? {
                Object::Dictionary(value) => found.push(Signed { field: field.name(), value }),
                _ => return Err(PdfError::Missing("the signature")),
            },
            // Within another object its place in the file could not be known.
            Some(_) => return Err(PdfError::Missing("a signature that is an object of its own")),
        }
    }
    Ok(found)
}

fn check(
    file: &[u8],
    signature: &Dictionary,
    kept: Option<&KeptProofs>,
    trust: &Trust,
) -> Result<SignatureVerdict, String> {
    let format = signature.name("SubFilter").map(String::from_utf8_lossy);
    if format.as_deref() != Some(SUB_FILTER) {
        let name = format.unwrap_or_else(|| "a signature without a format".into());
        return Err(format!("{name} is not acceptable; {SUB_FILTER} is"));
    }
    let Some(Object::Text(_, contents)) = signature.get("Contents") else {
        return Err("the signature has no contents".to_owned());
    };
    let der = der(file.get(contents.start..contents.end).ok_or(OUTSIDE)?)?;
    let [first, second] = ranges(signature, file.len())?;
    let signed = |span: Span| file.get(span.start..span.end).ok_or(OUTSIDE);
    let examined = examine(&der, &[signed(first)?, signed(second)?])?;
    let stated = stated_time(signature);
    let room = (contents.end - contents.start).saturating_sub(2) / 2;
    let stripped = examined.stamp.is_none() && cms::room(&examined.chain, true) == Ok(room);
    let examined = match stripped {
        true => Examined { valid: examined.valid.and(Err(REMOVED.to_owned())), ..examined },
        false => examined,
    };
    Ok(verdict(examined, stated, coverage(first, second, *contents, file.len()), kept, trust))
}

/// The CMS in the contents: digits of one case, filled up with zeros and nothing else.
fn der(contents: &[u8]) -> Result<Vec<u8>, String> {
    let broken = || "the signature's contents are not plain hexadecimal digits".to_owned();
    let inside = contents.strip_prefix(b"<").and_then(|rest| rest.strip_suffix(b">")).ok_or_else(broken)?;
    let lower = inside.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let upper = inside.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    if !(lower || upper) || inside.len() % 2 != 0 || inside.len() > 4 << 20 {
        return Err(broken());
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default() as u8;
    let mut bytes: Vec<u8> =
        inside.chunks_exact(2).map(|pair| pair.iter().fold(0, |sum, byte| sum << 4 | digit(*byte))).collect();
    let length =
        length(&bytes).filter(|length| *length <= bytes.len()).ok_or("the signature is not a CMS message in DER")?;
    if bytes.iter().skip(length).any(|byte| *byte != 0) {
        return Err("the signature's contents hold more than the signature".to_owned());
    }
    bytes.truncate(length);
    Ok(bytes)
}

/// The length of the DER element that `bytes` begin with, its head included.
fn length(bytes: &[u8]) -> Option<usize> {
    let first = usize::from(*bytes.get(1)?);
    let count = first.saturating_sub(0x80);
    if count == 0 {
        return (first < 0x80).then_some(first + 2);
    }
    let digits = bytes.get(2..2 + count).filter(|_| count <= 4)?;
    digits
        .iter()
        .try_fold(0_usize, |sum, byte| sum.checked_mul(256)?.checked_add(usize::from(*byte)))?
        .checked_add(2 + count)
}

/// The two signed parts of the file, in order and within it.
fn ranges(signature: &Dictionary, length: usize) -> Result<[Span; 2], String> {
    let numbers = signature.get("ByteRange").and_then(Object::as_array).unwrap_or_default();
    let numbers: Vec<usize> =
        numbers.iter().filter_map(Object::as_integer).filter_map(|number| usize::try_from(number).ok()).collect();
    let [a, b, c, d] = numbers.as_slice() else { return Err("the signature has no proper byte range".to_owned()) };
    let span = |start: usize, count: usize| {
        start.checked_add(count).filter(|end| *end <= length).map(|end| Span { start, end })
    };
    match (span(*a, *b), span(*c, *d)) {
        (Some(first), Some(second)) if first.end <= second.start => Ok([first, second]),
        _ => Err("the signature's byte range lies outside the file".to_owned()),
    }
}

fn coverage(first: Span, second: Span, contents: Span, length: usize) -> Fact {
    let why = if first.start != 0 {
        format!("the first {} bytes of the file are not signed", first.start)
    } else if first.end != contents.start || second.start != contents.end {
        "more than the signature itself is left out of what is signed".to_owned()
    } else if second.end != length {
        format!("{} bytes were appended after signing", length - second.end)
    } else {
        return Fact::Yes;
    };
    Fact::No(why)
}

/// `/M`, as `D:20240401093000Z` or with an offset as `+05'30'`.
fn stated_time(signature: &Dictionary) -> Option<DateTime<Utc>> {
    let Some(Object::Text(bytes, _)) = signature.get("M") else { return None };
    let text = std::str::from_utf8(bytes).ok()?.strip_prefix("D:")?;
    let (digits, offset) = text.split_at_checked(14)?;
    let local = NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S").ok()?;
    Some((local - offset_of(offset)?).and_utc())
}

fn offset_of(text: &str) -> Option<chrono::TimeDelta> {
    let sign = match text.get(..1) {
        None | Some("" | "Z") => return Some(chrono::TimeDelta::zero()),
        Some("+") => 1,
        Some("-") => -1,
        Some(_) => return None,
    };
    let mut numbers = text.get(1..)?.split('\'');
    let number =
        |text: Option<&str>| text.filter(|text| !text.is_empty()).map_or(Some(0), |text| text.parse::<i64>().ok());
    let (hours, minutes) = (number(numbers.next())?, number(numbers.next())?);
    let small = (0..24).contains(&hours) && (0..60).contains(&minutes);
    small.then(|| chrono::TimeDelta::minutes(sign * (hours * 60 + minutes)))
}
