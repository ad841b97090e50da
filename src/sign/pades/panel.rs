//! The visible panel of a PDF signature: who, when, why and by which certificate, set in the font that the document embeds
//! for it.
//!
//! That font's codes are Unicode code points in two bytes, so text is written without a font library; its `/W` reports the
//! widths and which characters it has. What it does not have is shown as U+FFFD.

use std::collections::BTreeMap;

use crate::pdf::{Dictionary, Object, Pdf, PdfError};

/// The name of the font in the form's resources.
const FONT: &str = "SigF";
const MARGIN: f64 = 5.0;
const LARGEST: f64 = 8.5;
const SMALLEST: f64 = 3.0;
const LEADING: f64 = 1.4;
const REPLACEMENT: u16 = 0xfffd;

/// Widths of the font's characters in thousandths of its size.
struct Widths(BTreeMap<u16, f64>);

/// The form object that shows `facts` in the field's rectangle; none for a field without an area.
///
/// # Errors
/// When the document lacks the font or the rectangle.
pub(super) fn appearance(
    pdf: &Pdf<'_>,
    catalog: &Dictionary,
    field: &Dictionary,
    facts: &[(&'static str, String)],
) -> Result<Option<Vec<u8>>, PdfError> {
    let Some((width, height)) = size(pdf, field)? else { return Ok(None) };
    let resources = pdf.dictionary(&pdf.dictionary(catalog, "AcroForm")?, "DR")?;
    let fonts = pdf.dictionary(&resources, "Font")?;
    let font = fonts.get(FONT).ok_or(PdfError::Missing("the font of the signature panel (/SigF)"))?;
    let widths = Widths::read(pdf, &pdf.dictionary(&fonts, FONT)?)?;
    let mut facts = facts.to_vec();
    if facts.iter().any(|(_, text)| text.chars().any(|letter| !widths.has(letter))) {
        // A reader is not left with a name that cannot be read.
        facts.push(("\u{fffd}", "letters of another script: see the properties of this signature".to_owned()));
    }
    let content = content(width, height, &widths, &facts);

    let number = |value: f64| Object::Number(format!("{value:.2}"));
    let zero = || Object::integer(0);
    let mut used = Dictionary::default();
    used.set(FONT, font.clone());
    let mut resources = Dictionary::default();
    resources.set("Font", Object::Dictionary(used));
    let mut form = Dictionary::default();
    form.set("Type", Object::name("XObject"));
    form.set("Subtype", Object::name("Form"));
    form.set("BBox", Object::Array(vec![zero(), zero(), number(width), number(height)]));
    form.set("Resources", Object::Dictionary(resources));
    form.set("Length", Object::Number(content.len().to_string()));
    let mut body = Vec::new();
    form.write(&mut body);
    body.extend_from_slice(b"\nstream\n");
    body.extend_from_slice(content.as_bytes());
    body.extend_from_slice(b"\nendstream");
    Ok(Some(body))
}

fn size(pdf: &Pdf<'_>, field: &Dictionary) -> Result<Option<(f64, f64)>, PdfError> {
    const WHAT: PdfError = PdfError::Missing("the rectangle of the signature field");
    let rectangle = pdf.resolve(field.get("Rect").ok_or(WHAT)?)?;
    let corners: Vec<f64> = rectangle.as_array().unwrap_or_default().iter().filter_map(Object::as_number).collect();
    let [left, bottom, right, top] = corners.as_slice() else { return Err(WHAT) };
    let (width, height) = ((right - left).abs(), (top - bottom).abs());
    Ok((width > 2.0 * MARGIN && height > 2.0 * MARGIN).then_some((width, height)))
}

impl Widths {
    fn read(pdf: &Pdf<'_>, font: &Dictionary) -> Result<Self, PdfError> {
        const WHAT: PdfError = PdfError::Missing("the widths of the signature panel's font");
        let descendants = pdf.resolve(font.get("DescendantFonts").ok_or(WHAT)?)?;
        let first = descendants.as_array().and_then(|fonts| fonts.first()).ok_or(WHAT)?;
        let descendant = pdf.resolve(first)?;
        let widths = descendant.as_dictionary().and_then(|font| font.get("W")).ok_or(WHAT)?;
        let widths = pdf.resolve(widths)?;
        let mut found = BTreeMap::new();
        let mut items = widths.as_array().ok_or(WHAT)?.iter();
        while let (Some(first), Some(next)) = (items.next(), items.next()) {
            let first = first.as_integer().and_then(|code| u16::try_from(code).ok()).ok_or(WHAT)?;
            if let Some(list) = pdf.resolve(next)?.as_array() {
                let numbers = list.iter().map(|width| width.as_number().unwrap_or(0.0));
                found.extend((first..=u16::MAX).zip(numbers));
            } else {
                let last = next.as_integer().and_then(|code| u16::try_from(code).ok()).ok_or(WHAT)?;
                let width = items.next().and_then(Object::as_number).ok_or(WHAT)?;
                found.extend((first..=last).map(|code| (code, width)));
            }
        }
        Ok(Self(found))
    }

    /// The code of a character that the font has.
    fn code(&self, letter: char) -> Option<u16> {
        u16::try_from(u32::from(letter)).ok().filter(|code| self.0.contains_key(code))
    }

    fn has(&self, letter: char) -> bool {
        letter.is_whitespace() || self.code(letter).is_some()
    }

    /// The codes of `text` in this font.
    fn codes(&self, text: &str) -> Vec<u16> {
        text.chars().map(|letter| self.code(letter).unwrap_or(REPLACEMENT)).collect()
    }

    /// The width of `codes` at a size of 1.
    fn measure(&self, codes: &[u16]) -> f64 {
        codes.iter().map(|code| self.0.get(code).copied().unwrap_or(1000.0)).sum::<f64>() / 1000.0
    }

    /// Lines no wider than `width` at a size of 1, broken at spaces where there are any.
    fn wrap(&self, text: &str, width: f64) -> Vec<Vec<u16>> {
        let mut lines = Vec::new();
        let mut line: Vec<u16> = Vec::new();
        for word in text.split_whitespace().map(|word| self.codes(word)) {
            let joined = [line.as_slice(), &[0x20], word.as_slice()].concat();
            if !line.is_empty() && self.measure(&joined) <= width {
                line = joined;
                continue;
            }
            for piece in self.pieces(&word, width) {
                lines.push(std::mem::replace(&mut line, piece.to_vec()));
            }
        }
        lines.push(line);
        // What came before the first word is an empty line.
        lines.retain(|line| !line.is_empty());
        lines
    }

    /// A word that is wider than a line, cut into parts that are not.
    fn pieces<'w>(&self, word: &'w [u16], width: f64) -> Vec<&'w [u16]> {
        let mut pieces = Vec::new();
        let mut rest = word;
        while !rest.is_empty() {
            let fits =
                (1..=rest.len()).rev().find(|length| self.measure(rest.get(..*length).unwrap_or_default()) <= width);
            let (piece, after) = rest.split_at(fits.unwrap_or(1));
            pieces.push(piece);
            rest = after;
        }
        pieces
    }
}

/// The panel's content stream: labels in grey, texts in black, as large as fits.
fn content(width: f64, height: f64, widths: &Widths, facts: &[(&'static str, String)]) -> String {
    let mut size = LARGEST;
    let mut rows = set(width, size, widths, facts);
    while size > SMALLEST && rows.len() as f64 * size * LEADING > height - 2.0 * MARGIN {
        size -= 0.25;
        rows = set(width, size, widths, facts);
    }
    let column = label_column(size, widths, facts);
    let mut out = format!("q\n0 0 {width:.2} {height:.2} re W n\nBT\n/{FONT} {size} Tf\n");
    let mut baseline = height - MARGIN - size;
    for (label, codes) in rows {
        if let Some(label) = label {
            out.push_str(&shown(MARGIN, baseline, "0.35 g", &widths.codes(label)));
        }
        out.push_str(&shown(MARGIN + column, baseline, "0 g", &codes));
        baseline -= size * LEADING;
    }
    out.push_str("ET\nQ");
    out
}

type Row = (Option<&'static str>, Vec<u16>);

/// The rows at a font size.
fn set(width: f64, size: f64, widths: &Widths, facts: &[(&'static str, String)]) -> Vec<Row> {
    let room = (width - 2.0 * MARGIN - label_column(size, widths, facts)).max(size * 4.0) / size;
    let mut rows = Vec::new();
    for (label, text) in facts {
        let lines = widths.wrap(text, room);
        rows.extend(lines.into_iter().enumerate().map(|(index, line)| ((index == 0).then_some(*label), line)));
    }
    rows
}

fn label_column(size: f64, widths: &Widths, facts: &[(&'static str, String)]) -> f64 {
    let widest = facts.iter().map(|(label, _)| widths.measure(&widths.codes(label))).fold(0.0, f64::max);
    (widest + 0.8) * size
}

fn shown(x: f64, y: f64, colour: &str, codes: &[u16]) -> String {
    let hex: String = codes.iter().map(|code| format!("{code:04x}")).collect();
    format!("{colour} 1 0 0 1 {x:.2} {y:.2} Tm <{hex}> Tj\n")
}
