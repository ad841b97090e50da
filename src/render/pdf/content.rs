//! What is drawn, as a content stream. printpdf makes it of its operations; for the pages of the register, of which there are
//! thousands and which hold nothing but text and rules, the same operations are written at once and in fewer bytes.

use std::io::Write as _;

use printpdf::{
    Color, DictItem, FontId, Line, LinePoint, Mm, Op, PaintMode, PdfDocument, PdfFontHandle, PdfPage, PdfSaveOptions,
    Point, Pt, Rect, Rgb, TextMatrix, WindingOrder,
};

use super::PdfError;
use super::grid::Colour;

/// Steps of drawing, in one of the two ways.
pub(super) enum Content {
    /// For printpdf.
    Operations(Vec<Op>),
    /// Written already.
    Written(Vec<u8>),
}

/// What a mark says beside its tag.
pub(super) enum Property<'a> {
    /// The number of a piece of content on its page.
    Mark(usize),
    /// The type of an artifact.
    Type(&'a str),
    /// The text that the glyphs stand for.
    ActualText(&'a str),
}

/// Codes to be shown in one go, and the shifts between them.
#[derive(Default)]
pub(super) struct Shown {
    codes: Vec<u8>,
    /// Before which byte of `codes`, and by how many thousandths of an em to the left.
    shifts: Vec<(usize, f32)>,
}

impl Shown {
    /// Adds a code that stands `shift` thousandths of an em further left than it would; gives the shift that was made.
    pub(super) fn push(&mut self, code: u16, shift: f32) -> f32 {
        let shift = if shift.abs() >= 0.05 { hundredth(shift) } else { 0.0 };
        if shift != 0.0 {
            self.shifts.push((self.codes.len(), shift));
        }
        self.codes.extend(code.to_be_bytes());
        shift
    }

    fn clear(&mut self) {
        self.codes.clear();
        self.shifts.clear();
    }

    /// The stretches of codes, each with the shift before it; 0 where there is none.
    fn stretches(&self) -> impl Iterator<Item = (f32, &[u8])> {
        let first = self.shifts.first().is_none_or(|(at, _)| *at > 0).then_some((0, 0.0));
        let starts = first.into_iter().chain(self.shifts.iter().copied());
        let ends = self.shifts.iter().map(|(at, _)| *at).filter(|at| *at > 0).chain([self.codes.len()]);
        starts.zip(ends).map(|((from, shift), to)| (shift, self.codes.get(from..to).unwrap_or_default()))
    }
}

impl Content {
    /// Nothing yet, in the same way.
    pub(super) fn empty_like(&self) -> Self {
        match self {
            Self::Operations(_) => Self::Operations(Vec::new()),
            Self::Written(_) => Self::Written(Vec::new()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Operations(ops) => ops.is_empty(),
            Self::Written(out) => out.is_empty(),
        }
    }

    /// The content stream of a page of that size.
    pub(super) fn into_bytes(self, size: (f32, f32)) -> Result<Vec<u8>, PdfError> {
        match self {
            Self::Operations(ops) if ops.is_empty() => Ok(Vec::new()),
            Self::Operations(ops) => printed(ops, size),
            Self::Written(out) => Ok(out),
        }
    }

    pub(super) fn begin_text(&mut self) {
        match self {
            Self::Operations(ops) => ops.push(Op::StartTextSection),
            Self::Written(out) => operator(out, "BT"),
        }
    }

    pub(super) fn end_text(&mut self) {
        match self {
            Self::Operations(ops) => ops.push(Op::EndTextSection),
            Self::Written(out) => operator(out, "ET"),
        }
    }

    /// Begins content that the structure tree leaves out.
    pub(super) fn begin_plain_artifact(&mut self) {
        match self {
            Self::Operations(ops) => ops.push(Op::BeginMarkedContent { tag: "Artifact".to_owned() }),
            Self::Written(out) => operator(out, "/Artifact BMC"),
        }
    }

    pub(super) fn begin_marked(&mut self, tag: &str, property: &Property<'_>) {
        match self {
            Self::Operations(ops) => {
                let (name, item) = match property {
                    Property::Mark(mark) => ("MCID", DictItem::Int(*mark as i64)),
                    Property::Type(kind) => ("Type", DictItem::Name(kind.as_bytes().to_vec())),
                    Property::ActualText(text) => ("ActualText", DictItem::Bytes(utf16(text).collect())),
                };
                let properties = DictItem::Dict { map: [(name.to_owned(), item)].into() };
                ops.push(Op::BeginMarkedContentWithProperties { tag: tag.to_owned(), properties });
            }
            Self::Written(out) => {
                write_name(out, tag);
                match property {
                    Property::Mark(mark) => {
                        out.extend_from_slice(b"<</MCID ");
                        write_integer(out, *mark as u64);
                    }
                    Property::Type(kind) => {
                        out.extend_from_slice(b"<</Type");
                        write_name(out, kind);
                    }
                    Property::ActualText(text) => {
                        out.extend_from_slice(b"<</ActualText");
                        write_string(out, &utf16(text).collect::<Vec<_>>());
                    }
                }
                operator(out, ">>BDC");
            }
        }
    }

    pub(super) fn end_marked(&mut self) {
        match self {
            Self::Operations(ops) => ops.push(Op::EndMarkedContent),
            Self::Written(out) => operator(out, "EMC"),
        }
    }

    /// Sets text in the font of this name in the resources.
    pub(super) fn font(&mut self, name: String, size: f32) {
        match self {
            Self::Operations(ops) => {
                ops.push(Op::SetFont { font: PdfFontHandle::External(FontId(name)), size: Pt(size) });
            }
            Self::Written(out) => {
                write_name(out, &name);
                numbers(out, [size], "Tf");
            }
        }
    }

    /// The next text begins here.
    pub(super) fn place(&mut self, x: f32, y: f32) {
        let (x, y) = (hundredth(x), hundredth(y));
        match self {
            Self::Operations(ops) => {
                ops.push(Op::SetTextMatrix { matrix: TextMatrix::Raw([1.0, 0.0, 0.0, 1.0, x, y]) });
            }
            Self::Written(out) => {
                out.extend_from_slice(b"1 0 0 1 ");
                numbers(out, [x, y], "Tm");
            }
        }
    }

    /// Text stands so much higher.
    pub(super) fn rise(&mut self, points: f32) {
        let multiplier = hundredth(points);
        match self {
            Self::Operations(ops) => ops.push(Op::SetLineOffset { multiplier }),
            Self::Written(out) => numbers(out, [multiplier], "Ts"),
        }
    }

    /// Shows the codes, and forgets them.
    pub(super) fn show(&mut self, shown: &mut Shown) {
        if shown.codes.is_empty() {
            return;
        }
        match self {
            Self::Operations(ops) => ops.push(operation_of(shown)),
            Self::Written(out) if shown.shifts.is_empty() => {
                write_string(out, &shown.codes);
                operator(out, "Tj");
            }
            Self::Written(out) => {
                out.push(b'[');
                for (shift, codes) in shown.stretches() {
                    if shift != 0.0 {
                        write_number(out, shift);
                    }
                    write_string(out, codes);
                }
                operator(out, "]TJ");
            }
        }
        shown.clear();
    }

    pub(super) fn fill_colour(&mut self, fill: Colour) {
        match self {
            Self::Operations(ops) => {
                let [r, g, b] = parts(fill);
                ops.push(Op::SetFillColor { col: Color::Rgb(Rgb { r, g, b, icc_profile: None }) });
            }
            Self::Written(out) => {
                let Colour(r, g, b) = fill;
                for value in [r, g, b] {
                    write_part(out, value);
                    out.push(b' ');
                }
                operator(out, "rg");
            }
        }
    }

    /// A filled rectangle, from its lower left corner.
    pub(super) fn rectangle(&mut self, [x, y, width, height]: [f32; 4]) {
        let [x, y, width, height] = [x, y, width, height].map(hundredth);
        match self {
            Self::Operations(ops) => ops.push(Op::DrawRectangle {
                rectangle: Rect {
                    x: Pt(x),
                    y: Pt(y),
                    width: Pt(width),
                    height: Pt(height),
                    mode: Some(PaintMode::Fill),
                    winding_order: Some(WindingOrder::NonZero),
                },
            }),
            Self::Written(out) => {
                numbers(out, [x, y, width, height], "re");
                operator(out, "f");
            }
        }
    }

    /// A line.
    pub(super) fn stroke(&mut self, from: (f32, f32), to: (f32, f32), thickness: f32, stroke: Colour) {
        let [r, g, b] = parts(stroke);
        let [from, to] = [from, to].map(|(x, y)| (hundredth(x), hundredth(y)));
        match self {
            Self::Operations(ops) => {
                let point = |(x, y)| LinePoint { p: Point { x: Pt(x), y: Pt(y) }, bezier: false };
                let line = Line { points: vec![point(from), point(to)], is_closed: false };
                ops.push(Op::SetOutlineColor { col: Color::Rgb(Rgb { r, g, b, icc_profile: None }) });
                ops.push(Op::SetOutlineThickness { pt: Pt(thickness) });
                ops.push(Op::DrawLine { line });
            }
            Self::Written(out) => {
                numbers(out, [r, g, b], "RG");
                numbers(out, [thickness], "w");
                numbers(out, [from.0, from.1], "m");
                numbers(out, [to.0, to.1], "l");
                operator(out, "S");
            }
        }
    }

    /// The picture of this name in the resources, in a rectangle from its lower left corner.
    pub(super) fn picture(&mut self, [x, y, width, height]: [f32; 4], name: &str) {
        let matrix = [width, 0.0, 0.0, height, x, y].map(hundredth);
        match self {
            Self::Operations(ops) => {
                let operation = |key: &str, value| Op::Unknown { key: key.to_owned(), value };
                ops.extend([
                    operation("q", Vec::new()),
                    operation("cm", matrix.map(DictItem::Real).into()),
                    operation("Do", vec![DictItem::Name(name.as_bytes().to_vec())]),
                    operation("Q", Vec::new()),
                ]);
            }
            Self::Written(out) => {
                operator(out, "q");
                numbers(out, matrix, "cm");
                write_name(out, name);
                operator(out, "Do");
                operator(out, "Q");
            }
        }
    }
}

/// printpdf itself would write one string a glyph.
fn operation_of(shown: &Shown) -> Op {
    if shown.shifts.is_empty() {
        return Op::Unknown { key: "Tj".to_owned(), value: vec![DictItem::Bytes(shown.codes.clone())] };
    }
    let items = shown.stretches().flat_map(|(shift, codes)| {
        let shift = (shift != 0.0).then_some(DictItem::Real(shift));
        shift.into_iter().chain([DictItem::Bytes(codes.to_vec())])
    });
    Op::Unknown { key: "TJ".to_owned(), value: vec![DictItem::Array(items.collect())] }
}

/// The stream that printpdf makes.
fn printed(ops: Vec<Op>, (width, height): (f32, f32)) -> Result<Vec<u8>, PdfError> {
    let paper = Rect::from_wh(Pt(width), Pt(height));
    let mut page = PdfPage::new(Mm(0.0), Mm(0.0), ops);
    (page.media_box, page.trim_box, page.crop_box) = (paper.clone(), paper.clone(), paper);
    let mut document = PdfDocument::new("");
    document.with_pages(vec![page]);
    // `secure` would leave out the operators that it has no name for.
    let options = PdfSaveOptions { optimize: false, subset_fonts: false, secure: false, image_optimization: None };
    let mut finished = document.to_lopdf_document(&options, &mut Vec::new());
    let contents = finished.page_iter().next().and_then(|page| finished.get_page_contents(page).first().copied());
    let stream = contents.and_then(|id| finished.objects.remove(&id));
    match stream {
        Some(lopdf::Object::Stream(stream)) => Ok(stream.content),
        _ => Err(PdfError::Content),
    }
}

fn parts(Colour(r, g, b): Colour) -> [f32; 3] {
    [r, g, b].map(|value| (f32::from(value) / 255.0 * 1000.0).round() / 1000.0)
}

/// In hundredths; half of one is rounded away from zero. No page is large enough for an `i32` not to do.
fn hundredths(value: f32) -> i32 {
    (value * 100.0 + 0.5_f32.copysign(value)) as i32
}

pub(super) fn hundredth(value: f32) -> f32 {
    hundredths(value) as f32 / 100.0
}

/// UTF-16BE with its mark.
fn utf16(text: &str) -> impl Iterator<Item = u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_be_bytes)
}

fn operator(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(name.as_bytes());
    out.push(b'\n');
}

fn numbers<const N: usize>(out: &mut Vec<u8>, values: [f32; N], name: &str) {
    for value in values {
        write_number(out, value);
        out.push(b' ');
    }
    operator(out, name);
}

/// As short as it can be read back. Most are hundredths.
fn write_number(out: &mut Vec<u8>, value: f32) {
    let hundredths = hundredths(value);
    if hundredths.unsigned_abs() >= 1_000_000 || hundredths as f32 / 100.0 != value {
        // Writing to a Vec cannot fail.
        let _ = write!(out, "{value}");
        return;
    }
    if hundredths < 0 {
        out.push(b'-');
    }
    let hundredths = u64::from(hundredths.unsigned_abs());
    write_integer(out, hundredths / 100);
    let (tenth, last) = (hundredths / 10 % 10, hundredths % 10);
    if (tenth, last) != (0, 0) {
        out.extend_from_slice(&[b'.', b'0' + tenth as u8]);
    }
    if last != 0 {
        out.push(b'0' + last as u8);
    }
}

/// A part of a colour: of 255, to a thousandth.
fn write_part(out: &mut Vec<u8>, value: u8) {
    let thousandths = (u64::from(value) * 1000 + 127) / 255;
    write_integer(out, thousandths / 1000);
    let digits = [thousandths / 100 % 10, thousandths / 10 % 10, thousandths % 10];
    let shown = digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
    if shown > 0 {
        out.push(b'.');
        out.extend(digits.iter().take(shown).map(|digit| b'0' + *digit as u8));
    }
}

fn write_integer(out: &mut Vec<u8>, mut value: u64) {
    let (mut digits, mut from) = ([b'0'; 20], 20);
    while from == 20 || value > 0 {
        from -= 1;
        digits[from] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    out.extend_from_slice(&digits[from..]);
}

/// A name of plain letters and digits.
fn write_name(out: &mut Vec<u8>, name: &str) {
    out.push(b'/');
    out.extend_from_slice(name.as_bytes());
    out.push(b' ');
}

fn write_string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'(');
    for byte in bytes {
        match byte {
            b'(' | b')' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\r' => out.extend_from_slice(b"\\r"),
            _ => out.push(*byte),
        }
    }
    out.push(b')');
}

#[cfg(test)]
mod tests;
