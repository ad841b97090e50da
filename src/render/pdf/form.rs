//! The signature field: where the signature will be shown, and the font that it can be shown in without any font library.

use std::fmt::Write as _;

use subsetter::GlyphRemapper;

use super::PdfError;
use super::book::Book;
use super::canvas::Area;
use super::embedding::{number, program, tagged_name, unicode_map, write_composite};
use super::faces::{Faces, REGULAR, REPLACEMENT};
use super::objects::{Objects, Ref, text_string};

/// Whose signature a field is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whoever made the report.
    Maker,
    /// Whoever reviews it.
    Reviewer,
    /// Whoever approves it.
    Approver,
}

impl Kind {
    /// The field's name, and what a reader calls it.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Maker => ("Signature1", "Signature of this report"),
            Self::Reviewer => ("Reviewed", "Signature of the reviewer"),
            Self::Approver => ("Approved", "Signature of the approver"),
        }
    }

    /// What is shown until it is signed: size, and the text.
    fn lines(self) -> &'static [(f32, &'static str)] {
        match self {
            Self::Maker => &[
                (11.0, "Not signed"),
                (7.8, "The signed document shows here who signed it, when, and with which certificate."),
            ],
            Self::Reviewer => &[(7.8, "Signature of the reviewer")],
            Self::Approver => &[(7.8, "Signature of the approver")],
        }
    }
}

/// A field, not written yet.
pub(super) struct Field {
    kind: Kind,
    object: Ref,
    page: Ref,
    area: Area,
    paper_height: f32,
    key: usize,
}

/// Punctuation and signs beyond Latin that the signature's font has.
const SIGNS: [char; 27] = [
    '\u{2009}',
    '\u{2010}',
    '\u{2011}',
    '\u{2012}',
    '\u{2013}',
    '\u{2014}',
    '\u{2015}',
    '\u{2018}',
    '\u{2019}',
    '\u{201A}',
    '\u{201C}',
    '\u{201D}',
    '\u{201E}',
    '\u{2020}',
    '\u{2021}',
    '\u{2022}',
    '\u{2026}',
    '\u{202F}',
    '\u{2030}',
    '\u{2039}',
    '\u{203A}',
    '\u{20AC}',
    '\u{20B9}',
    '\u{2116}',
    '\u{2122}',
    '\u{2212}',
    REPLACEMENT,
];

/// Puts the field's widget on the present page and into the structure tree.
pub(super) fn place(book: &mut Book<'_>, area: Area, kind: Kind) -> Result<Field, PdfError> {
    let object = book.objects.reserve();
    book.open("Form", "");
    let key = book.annotate(object);
    book.close()?;
    Ok(Field { kind, object, page: book.page.object, area, paper_height: book.height(), key })
}

/// Writes fields, widgets and font; gives the entries of `/AcroForm`.
pub(super) fn write(fields: &[Field], faces: &Faces, objects: &mut Objects<'_>) -> Result<String, PdfError> {
    let font = write_font(faces, objects)?;
    fields.iter().try_for_each(|field| widget(field, font, objects))?;
    let fields: Vec<_> = fields.iter().map(|field| field.object.to_string()).collect();
    Ok(format!("<< /Fields [{}] /SigFlags 3 /DR << /Font << /SigF {font} >> >> >>", fields.join(" ")))
}

fn widget(field: &Field, font: Ref, objects: &mut Objects<'_>) -> Result<(), PdfError> {
    let (name, title) = field.kind.names();
    let Area { x, y, width, height } = field.area;
    let mut content = String::from("q BT 0.29 0.32 0.38 rg ");
    for (line, (size, text)) in field.kind.lines().iter().enumerate() {
        let at = height - 24.0 - 14.0 * line as f32;
        let _ = write!(content, "/SigF {size} Tf 1 0 0 1 12 {} Tm <", number(at));
        for unit in text.encode_utf16() {
            let _ = write!(content, "{unit:04X}");
        }
        content.push_str("> Tj ");
    }
    content.push_str("ET Q\n");
    let form = format!(
        "/Type /XObject /Subtype /Form /BBox [0 0 {} {}] /Resources << /Font << /SigF {font} >> >>",
        number(width),
        number(height)
    );
    let appearance = objects.add_stream(&form, content.into_bytes())?;
    let bottom = field.paper_height - y - height;
    objects.put(
        field.object,
        &format!(
            "<< /Type /Annot /Subtype /Widget /FT /Sig /T ({name}) /TU {} /F 132 /P {} /Rect [{} {} {} {}] \
             /StructParent {} /AP << /N {appearance} >> >>",
            text_string(title),
            field.page,
            number(x),
            number(bottom),
            number(x + width),
            number(bottom + height),
            field.key
        ),
    );
    Ok(())
}

/// The font whose codes are the characters themselves, in two bytes.
fn write_font(faces: &Faces, objects: &mut Objects<'_>) -> Result<Ref, PdfError> {
    let face = faces.get(REGULAR);
    let latin = ('\u{20}'..='\u{7E}').chain('\u{A0}'..='\u{17F}');
    let mut mapper = GlyphRemapper::new();
    let mut glyphs = vec![0_u16; usize::from(u16::MAX)];
    let (mut entries, mut widths) = (Vec::new(), String::new());
    for c in latin.chain(SIGNS) {
        let (Some(glyph), Ok(code)) = (face.glyph(c), u16::try_from(u32::from(c))) else { continue };
        if let Some(slot) = glyphs.get_mut(usize::from(code)) {
            *slot = mapper.remap(glyph);
        }
        let _ = write!(widths, "{code} [{}] ", number(face.advance(glyph)));
        entries.push((code, c.to_string()));
    }
    let program = program(face, &mapper)?;
    let base = tagged_name(face, &program);
    let bytes: Vec<u8> = glyphs.into_iter().flat_map(u16::to_be_bytes).collect();
    let map = format!(" /CIDToGIDMap {}", objects.add_stream("", bytes)?);
    let to_unicode = objects.add_stream("", unicode_map(&entries).into_bytes())?;
    write_composite(face, &base, &program, widths.trim_end(), &map, to_unicode, objects)
}
