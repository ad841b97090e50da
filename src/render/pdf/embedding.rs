//! The fonts as the document carries them: only the glyphs that are shown, with widths, and with the text of every code.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;

use super::PdfError;
use super::faces::{Face, Faces, Outlines};
use super::objects::{Objects, Ref, name};

/// The glyphs of one face that were shown.
///
/// A code stands for a glyph *and* a text, so that a glyph that stands for different texts can be copied right each time.
#[derive(Default)]
struct Shown {
    /// The codes of each glyph, and what it stands for under them.
    codes: Vec<Vec<(Box<str>, u16)>>,
    /// The code of each ASCII letter that was shown as itself, 0 for the others.
    letters: Vec<u16>,
    /// Glyph and text of each code; codes begin at 1.
    entries: Vec<(u16, Box<str>)>,
}

impl Shown {
    fn code(&mut self, face: &Face, glyph: u16, text: &str) -> u16 {
        let slot = usize::from(glyph);
        if self.codes.len() <= slot {
            self.codes.resize_with(slot + 1, Vec::new);
        }
        let Some(known) = self.codes.get_mut(slot) else { return 0 };
        // A CFF font is asked for glyphs by the code itself, so there a glyph has one code only.
        let same = known.iter().find(|(of, _)| **of == *text || face.outlines == Outlines::Cff);
        if let Some((_, code)) = same {
            return *code;
        }
        let Ok(code) = u16::try_from(self.entries.len() + 1) else {
            return known.first().map_or(0, |(_, code)| *code);
        };
        known.push((text.into(), code));
        self.entries.push((glyph, text.into()));
        code
    }
}

impl Shown {
    fn letter(&mut self, face: &Face, letter: u8) -> u16 {
        let c = char::from(letter);
        let code = self.code(face, face.glyph(c).unwrap_or(0), c.encode_utf8(&mut [0; 4]));
        if let Some(slot) = self.letters.get_mut(usize::from(letter)) {
            *slot = code;
        }
        code
    }
}

/// What was shown in every face so far.
#[derive(Default)]
pub(super) struct Embedding {
    shown: BTreeMap<usize, Shown>,
}

impl Embedding {
    /// The code of `glyph` in the face where it stands for `text`.
    pub(super) fn code(&mut self, place: usize, face: &Face, glyph: u16, text: &str) -> u16 {
        self.shown.entry(place).or_default().code(face, glyph, text)
    }

    /// The codes of a text of ASCII letters, each shown as itself.
    pub(super) fn letters(&mut self, place: usize, face: &Face, text: &str, mut each: impl FnMut(u16)) {
        let shown = self.shown.entry(place).or_default();
        shown.letters.resize(128, 0);
        for letter in text.bytes() {
            let known = shown.letters.get(usize::from(letter)).copied().unwrap_or(0);
            let code = if known != 0 { known } else { shown.letter(face, letter) };
            each(code);
        }
    }

    /// The faces in use, by place.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        self.shown.keys().copied()
    }

    /// Writes the fonts; gives the resource dictionary's entries.
    pub(super) fn write(&self, faces: &Faces, objects: &mut Objects<'_>) -> Result<String, PdfError> {
        let mut resources = String::new();
        for (place, shown) in &self.shown {
            let font = write_font(faces.get(*place), shown, objects)?;
            let _ = write!(resources, "{} {font} ", name(&resource(*place)));
        }
        Ok(resources)
    }
}

/// The name by which pages call the face.
pub(super) fn resource(place: usize) -> String {
    format!("T{place}")
}

fn write_font(face: &Face, shown: &Shown, objects: &mut Objects<'_>) -> Result<Ref, PdfError> {
    let mut mapper = GlyphRemapper::new();
    let glyphs: Vec<u16> = shown.entries.iter().map(|(glyph, _)| mapper.remap(*glyph)).collect();
    let widths: Vec<f32> = shown.entries.iter().map(|(glyph, _)| face.advance(*glyph)).collect();
    let program = program(face, &mapper)?;
    let base = tagged_name(face, &program);
    let map = match face.outlines {
        Outlines::Cff => String::new(),
        Outlines::TrueType => {
            let ids = std::iter::once(0).chain(glyphs);
            let bytes: Vec<u8> = ids.flat_map(u16::to_be_bytes).collect();
            format!(" /CIDToGIDMap {}", objects.add_stream("", bytes)?)
        }
    };
    let mut list = String::new();
    for width in widths {
        let _ = write!(list, "{} ", number(width));
    }
    let to_unicode = objects.add_stream("", to_unicode(&shown.entries).into_bytes())?;
    write_composite(face, &base, &program, &format!("1 [{}]", list.trim_end()), &map, to_unicode, objects)
}

/// Writes the font's dictionaries around its program.
pub(super) fn write_composite(
    face: &Face,
    base: &str,
    program: &[u8],
    widths: &str,
    map: &str,
    to_unicode: Ref,
    objects: &mut Objects<'_>,
) -> Result<Ref, PdfError> {
    let (subtype, file) = match face.outlines {
        Outlines::TrueType => {
            let length = format!("/Length1 {}", program.len());
            ("CIDFontType2", format!("/FontFile2 {}", objects.add_stream(&length, program.to_vec())?))
        }
        Outlines::Cff => {
            ("CIDFontType0", format!("/FontFile3 {}", objects.add_stream("/Subtype /CIDFontType0C", program.to_vec())?))
        }
    };
    let descriptor = objects.add(&descriptor(face, base, &file));
    let base = name(base);
    let descendant = objects.add(&format!(
        "<< /Type /Font /Subtype /{subtype} /BaseFont {base} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) \
         /Supplement 0 >> /FontDescriptor {descriptor} /DW 0 /W [{widths}]{map} >>"
    ));
    Ok(objects.add(&format!(
        "<< /Type /Font /Subtype /Type0 /BaseFont {base} /Encoding /Identity-H /DescendantFonts [{descendant}] \
         /ToUnicode {to_unicode} >>"
    )))
}

fn descriptor(face: &Face, base: &str, file: &str) -> String {
    let metrics = face.font.metrics();
    let scaled = |units: f32| number(units * face.scale);
    let line = metrics.hhea_line.unwrap_or_default();
    let bounds = metrics.bounds;
    let cap = metrics.cap_height.map_or(700.0, |height| height.to_f64() as f32 * face.scale);
    format!(
        "<< /Type /FontDescriptor /FontName {} /Flags 4 /FontBBox [{} {} {} {}] /ItalicAngle 0 /Ascent {} /Descent {} \
         /CapHeight {} /StemV 80 {file} >>",
        name(base),
        scaled(bounds.x_min.to_f64() as f32),
        scaled(bounds.y_min.to_f64() as f32),
        scaled(bounds.x_max.to_f64() as f32),
        scaled(bounds.y_max.to_f64() as f32),
        scaled(line.ascender.to_f64() as f32),
        scaled(line.descender.to_f64() as f32),
        number(cap),
    )
}

/// The font program with the glyphs of `mapper` alone.
pub(super) fn program(face: &Face, mapper: &GlyphRemapper) -> Result<Vec<u8>, PdfError> {
    let failed = |reason| PdfError::Font { name: face.name.clone(), reason };
    let subset = subsetter::subset(&face.data, face.index, mapper)
        .map_err(|_| failed("its glyphs cannot be taken out; give another font for this script"))?;
    match face.outlines {
        Outlines::TrueType => Ok(subset),
        Outlines::Cff => table(&subset, b"CFF ").ok_or_else(|| failed("its CFF outlines cannot be taken out")),
    }
}

/// One table of a font file.
fn table(font: &[u8], tag: &[u8; 4]) -> Option<Vec<u8>> {
    if font.first() == Some(&1) && font.get(1) == Some(&0) && font.get(4..8) != Some(b"CFF ") && font.get(2) == Some(&4)
    {
        // The outlines by themselves, not wrapped as a font file.
        return Some(font.to_vec());
    }
    let number =
        |at: usize| -> Option<usize> { Some(u32::from_be_bytes(font.get(at..at + 4)?.try_into().ok()?) as usize) };
    let tables = usize::from(u16::from_be_bytes(font.get(4..6)?.try_into().ok()?));
    let record = (0..tables).map(|n| 12 + 16 * n).find(|at| font.get(*at..at + 4) == Some(tag))?;
    let (start, length) = (number(record + 8)?, number(record + 12)?);
    font.get(start..start.checked_add(length)?).map(<[u8]>::to_vec)
}

/// `ABCDEF+Name`: six letters from the hash of the program, as subsets are named.
pub(super) fn tagged_name(face: &Face, program: &[u8]) -> String {
    let hash = Sha256::digest(program);
    let tag: String = hash.iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect();
    let plain: String = face.name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("{tag}+{plain}")
}

/// The character map that copying and searching use.
pub(super) fn to_unicode(entries: &[(u16, Box<str>)]) -> String {
    let mapped = entries.iter().enumerate().map(|(n, (_, text))| (n as u16 + 1, text.to_string()));
    unicode_map(&mapped.collect::<Vec<_>>())
}

/// A `ToUnicode` character map from codes to texts.
pub(super) fn unicode_map(entries: &[(u16, String)]) -> String {
    let mut map = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) /Ordering \
         (UCS) /Supplement 0 >> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> \
         <FFFF>\nendcodespacerange\n",
    );
    for block in entries.chunks(100) {
        let _ = writeln!(map, "{} beginbfchar", block.len());
        for (code, text) in block {
            let _ = write!(map, "<{code:04X}> <");
            for unit in text.encode_utf16() {
                let _ = write!(map, "{unit:04X}");
            }
            map.push_str(">\n");
        }
        map.push_str("endbfchar\n");
    }
    map.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    map
}

/// A number as PDF writes it, to a hundredth.
pub(super) fn number(value: f32) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    // `+ 0.0` turns -0 into 0.
    format!("{}", rounded + 0.0)
}
