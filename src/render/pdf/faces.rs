//! The faces that text is set in: Noto, vendored beside this file, and what the caller adds. Which face has a character.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use harfrust::font::glyph::outline::{DrawMemory, DrawOptions, PathSink};
use harfrust::{Font, GlyphId};
use sha2::{Digest, Sha256};

use super::PdfError;

/// A font program given by the caller, for scripts that no vendored face has.
#[derive(Debug, Clone)]
pub struct ExtraFont {
    /// What to call it in errors and in the report: the file's name.
    pub name: String,
    /// The font file.
    pub bytes: Arc<Vec<u8>>,
    /// The face in a collection; 0 in a file with one face.
    pub index: u32,
}

impl ExtraFont {
    /// Whether its maker lets it be handed out as it is, and installed elsewhere (`fsType` of its `OS/2` table is 0).
    pub fn may_be_handed_out(&self) -> bool {
        table(&self.bytes, self.index, b"OS/2").and_then(|os2| os2.get(8..10)) == Some(&[0, 0])
    }

    /// The font, read.
    pub(super) fn face(&self) -> Result<Face, PdfError> {
        Face::new(&self.name, Data::Given(Arc::clone(&self.bytes)), self.index)
    }
}

/// How outlines are stored, which decides how they are embedded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outlines {
    TrueType,
    Cff,
}

/// One face: its program and what of it is asked often.
#[derive(Clone)]
pub(super) struct Face {
    /// The name in the document: `NotoSans-Regular`.
    pub(super) name: String,
    pub(super) data: Data,
    pub(super) index: u32,
    pub(super) font: Font,
    pub(super) outlines: Outlines,
    /// Thousandths of an em in a unit of the font.
    pub(super) scale: f32,
    /// Whether it has signs rather than letters, so that a space next to one is not its own.
    pub(super) signs: bool,
    /// Whether the report comes with it, or the caller gave it.
    pub(super) vendored: bool,
}

/// The bytes of a font, from the binary or from the caller.
#[derive(Clone)]
pub(super) enum Data {
    Vendored(&'static [u8]),
    Given(Arc<Vec<u8>>),
}

impl std::ops::Deref for Data {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Vendored(bytes) => bytes,
            Self::Given(bytes) => bytes,
        }
    }
}

macro_rules! vendored {
    ($($name:literal)*) => { [$(($name, include_bytes!(concat!("fonts/", $name, ".ttf")).as_slice())),*] };
}

/// Regular and bold first; then, in this order, where a character is looked for.
static VENDORED: [(&str, &[u8]); 16] = vendored![
    "NotoSans-Regular" "NotoSans-Bold"
    "NotoSansDevanagari-Regular" "NotoSansBengali-Regular" "NotoSansGurmukhi-Regular" "NotoSansGujarati-Regular"
    "NotoSansOriya-Regular" "NotoSansTamil-Regular" "NotoSansTelugu-Regular" "NotoSansKannada-Regular"
    "NotoSansMalayalam-Regular" "NotoNaskhArabic-Regular" "NotoSansHebrew-Regular" "NotoSansSymbols-Regular"
    "NotoSansSymbols2-Regular" "NotoEmoji-Regular"
];

/// Places in [`Faces`].
pub(super) const REGULAR: usize = 0;
pub(super) const BOLD: usize = 1;

/// What is shown for a character that no face has.
pub(super) const REPLACEMENT: char = '\u{FFFD}';

/// Every face at hand, and what was found out about characters.
pub(super) struct Faces {
    faces: Vec<Face>,
    found: RefCell<HashMap<(bool, char), Option<usize>>>,
}

impl Face {
    fn new(name: &str, data: Data, index: u32) -> Result<Self, PdfError> {
        let unreadable = || PdfError::Font { name: name.to_owned(), reason: "it is not a font that can be read" };
        let font = match &data {
            Data::Vendored(bytes) => Font::new(*bytes, index),
            Data::Given(bytes) => Font::new(bytes.as_ref().clone(), index),
        };
        let font = font.ok_or_else(unreadable)?;
        if font.units_per_em() == 0 || font.num_glyphs() == 0 {
            return Err(unreadable());
        }
        if is_restricted(&data, index) {
            return Err(PdfError::Font { name: name.to_owned(), reason: "its maker does not allow it to be embedded" });
        }
        let has = |tag: &[u8; 4]| table(&data, index, tag).is_some();
        let outlines = match (has(b"glyf"), has(b"CFF ")) {
            (true, _) => Outlines::TrueType,
            (false, true) => Outlines::Cff,
            _ => {
                return Err(PdfError::Font {
                    name: name.to_owned(),
                    reason: "it has no outlines that a PDF can embed (glyf or CFF); colour bitmaps and CFF2 cannot be",
                });
            }
        };
        let scale = 1000.0 / f32::from(font.units_per_em());
        let vendored = matches!(data, Data::Vendored(_));
        let signs = vendored && (name.contains("Symbols") || name.contains("Emoji"));
        Ok(Self { name: name.to_owned(), data, index, font, outlines, scale, signs, vendored })
    }

    /// The glyph of a character, where the face has one.
    pub(super) fn glyph(&self, c: char) -> Option<u16> {
        let glyph = self.font.charmap().map_unicode(c)?;
        u16::try_from(glyph.to_u32()).ok().filter(|glyph| *glyph != 0)
    }

    /// The advance of a glyph as the font has it, in thousandths of an em.
    pub(super) fn advance(&self, glyph: u16) -> f32 {
        self.font.glyph_metrics().h_advance(GlyphId::from(glyph)) * self.scale
    }

    /// Whether a glyph, moved so far from its place, stays within its cell, or so near that it covers no other row and no figure.
    /// A font of the caller's could draw anything anywhere.
    pub(super) fn keeps_to_cell(&self, glyph: u16, (dx, dy): (f32, f32), advance: f32) -> bool {
        let mut ink = Ink::default();
        let id = GlyphId::from(glyph);
        let Some(outline) = self.font.outline_glyphs().get(id) else { return true };
        if outline.draw(&DrawOptions::default(), DrawMemory::Scratch, &mut ink).is_err() {
            return false;
        }
        let Some([left, bottom, right, top]) = ink.bounds else { return true };
        let place = |x: f32, by: f32| x * self.scale + by;
        let width = advance.max(self.advance(glyph));
        (0.0..=10_000.0).contains(&advance)
            && place(left, dx) >= -EM
            && place(right, dx) <= width + 0.5 * EM
            && place(bottom, dy) >= -0.7 * EM
            && place(top, dy) <= 1.35 * EM
    }

    /// SHA-256 of the whole font file, in hex.
    pub(super) fn sha256(&self) -> String {
        super::hex(&Sha256::digest(&*self.data))
    }
}

/// Thousandths of an em in an em.
const EM: f32 = 1000.0;

/// What an outline covers, in units of the font: its points and those that its curves lean to.
#[derive(Debug, Default)]
struct Ink {
    /// Left, bottom, right, top.
    bounds: Option<[f32; 4]>,
}

impl Ink {
    fn point(&mut self, x: f32, y: f32) {
        let [left, bottom, right, top] = self.bounds.unwrap_or([x, y, x, y]);
        self.bounds = Some([left.min(x), bottom.min(y), right.max(x), top.max(y)]);
    }
}

impl PathSink for Ink {
    fn move_to(&mut self, x: f32, y: f32) {
        self.point(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.point(x, y);
    }

    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        self.point(cx0, cy0);
        self.point(x, y);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.point(cx0, cy0);
        self.point(cx1, cy1);
        self.point(x, y);
    }

    fn close(&mut self) {}
}

/// The table `tag` of a face, where its directory lists one.
fn table<'a>(data: &'a [u8], index: u32, tag: &[u8; 4]) -> Option<&'a [u8]> {
    let number = |at: usize, bytes: usize| -> Option<usize> {
        let field = data.get(at..at.checked_add(bytes)?)?;
        Some(field.iter().fold(0, |value, byte| value << 8 | usize::from(*byte)))
    };
    let directory = if data.get(..4)? == b"ttcf" { number(12 + 4 * index as usize, 4)? } else { 0 };
    let tables = number(directory.checked_add(4)?, 2)?;
    let records = (0..tables).map(|n| directory + 12 + 16 * n);
    let record = records.into_iter().find(|at| data.get(*at..at + 4) == Some(tag))?;
    let (start, length) = (number(record + 8, 4)?, number(record + 12, 4)?);
    data.get(start..start.checked_add(length)?)
}

/// Whether the face is under a licence that forbids embedding it (`fsType` of its `OS/2` table is 2).
fn is_restricted(data: &[u8], index: u32) -> bool {
    let rights = table(data, index, b"OS/2").and_then(|os2| os2.get(8..10));
    rights.is_some_and(|rights| matches!(rights, [_, low] if low & 0xF == 2))
}

/// The vendored faces are read once in a process.
fn vendored() -> Result<&'static [Face], PdfError> {
    static FACES: OnceLock<Result<Vec<Face>, String>> = OnceLock::new();
    let read = FACES.get_or_init(|| {
        let faces = VENDORED.iter().map(|(name, bytes)| Face::new(name, Data::Vendored(bytes), 0));
        faces.collect::<Result<_, _>>().map_err(|error| error.to_string())
    });
    read.as_deref().map_err(|_| PdfError::Font { name: "vendored".to_owned(), reason: "the program is damaged" })
}

impl Faces {
    /// The vendored faces, and after them those of the caller.
    pub(super) fn new(extra: &[ExtraFont]) -> Result<Self, PdfError> {
        let mut faces = vendored()?.to_vec();
        for font in extra {
            faces.push(font.face()?);
        }
        Ok(Self { faces, found: RefCell::default() })
    }

    /// The face at a place that this room gave out.
    pub(super) fn get(&self, place: usize) -> &Face {
        self.faces.get(place).unwrap_or(&self.faces[REGULAR])
    }

    /// The first face that has `c`, the bold one before the regular one where `bold` is set.
    pub(super) fn having(&self, c: char, bold: bool) -> Option<usize> {
        *self.found.borrow_mut().entry((bold, c)).or_insert_with(|| {
            let first = if bold { BOLD } else { REGULAR };
            let rest = (0..self.faces.len()).filter(|place| *place != first);
            std::iter::once(first).chain(rest).find(|place| self.get(*place).glyph(c).is_some())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(bytes: Vec<u8>) -> Face {
        ExtraFont { name: "own.ttf".to_owned(), bytes: Arc::new(bytes), index: 0 }.face().unwrap()
    }

    #[test]
    fn a_glyph_of_another_font_that_reaches_beyond_its_cell_is_not_drawn() {
        let bytes = include_bytes!("fonts/NotoSans-Regular.ttf").to_vec();
        let own = face(bytes.clone());
        let letters: Vec<u16> = "Ab|g\u{c5}\u{1ea4}\u{301}".chars().filter_map(|letter| own.glyph(letter)).collect();
        assert_eq!(letters.len(), 7);
        for glyph in letters {
            let advance = own.advance(glyph);
            assert!(own.keeps_to_cell(glyph, (0.0, 0.0), advance));
            for place in [(0.0, 5000.0), (0.0, -5000.0), (-9000.0, 0.0), (9000.0, 0.0)] {
                assert!(!own.keeps_to_cell(glyph, place, advance), "{place:?}");
            }
        }
        // The same letters, each as large as a page.
        let mut large = bytes;
        let head = large.windows(4).position(|part| part == b"head").unwrap();
        let start = u32::from_be_bytes(large[head + 8..head + 12].try_into().unwrap()) as usize;
        large[start + 18..start + 20].copy_from_slice(&[0, 16]);
        let large = face(large);
        let letter = large.glyph('A').unwrap();
        assert!(!large.keeps_to_cell(letter, (0.0, 0.0), 600.0));
    }

    #[test]
    fn only_a_font_that_may_be_installed_anywhere_is_handed_out() {
        let mut bytes = include_bytes!("fonts/NotoSans-Regular.ttf").to_vec();
        let may = |bytes: &[u8]| {
            ExtraFont { name: String::new(), bytes: Arc::new(bytes.to_vec()), index: 0 }.may_be_handed_out()
        };
        assert!(may(&bytes));
        let os2 = bytes.windows(4).position(|part| part == b"OS/2").unwrap();
        let start = u32::from_be_bytes(bytes[os2 + 8..os2 + 12].try_into().unwrap()) as usize;
        bytes[start + 9] = 8;
        assert!(!may(&bytes) && !may(b"not a font"));
    }
}
