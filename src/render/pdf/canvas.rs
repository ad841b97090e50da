//! What is drawn on one page, as printpdf's operations: text in embedded fonts, rectangles, lines, marked content.

use std::collections::BTreeMap;

use printpdf::{
    Color, DictItem, FontId, Line as Stroke, LinePoint, Op, PaintMode, PdfFontHandle, Point, Pt, Rect, Rgb, TextMatrix,
    WindingOrder,
};

use super::embedding::{Embedding, resource};
use super::faces::Faces;
use super::grid::{Colour, Style};
use super::shaping::{Line, Run};

/// A rectangle from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// The operations of a page. Positions are points from the top left corner.
pub(super) struct Canvas {
    height: f32,
    ops: Vec<Op>,
    /// Tints and rules that mean nothing by themselves; they are painted first, as one artifact.
    under: Vec<Op>,
    in_text: bool,
    font: Option<(usize, f32)>,
    colour: Option<Colour>,
}

impl Canvas {
    pub(super) fn new(height: f32) -> Self {
        Self { height, ops: Vec::new(), under: Vec::new(), in_text: false, font: None, colour: None }
    }

    /// Everything that was drawn.
    pub(super) fn finish(mut self) -> Vec<Op> {
        self.end_text();
        let mut ops = Vec::with_capacity(self.ops.len() + self.under.len() + 2);
        if !self.under.is_empty() {
            ops.push(Op::BeginMarkedContent { tag: "Artifact".to_owned() });
            ops.append(&mut self.under);
            ops.push(Op::EndMarkedContent);
        }
        ops.append(&mut self.ops);
        ops
    }

    /// Begins content of the structure tree under the number `mark`.
    pub(super) fn begin_mark(&mut self, tag: &str, mark: usize, with_drawing: bool) {
        if with_drawing {
            self.end_text()
        } else {
            self.begin_text()
        }
        self.begin_marked(tag, [("MCID".to_owned(), DictItem::Int(mark as i64))].into());
    }

    /// Begins content that the structure tree leaves out, such as a repeated head.
    pub(super) fn begin_artifact(&mut self, kind: &str) {
        self.begin_text();
        self.begin_marked("Artifact", [("Type".to_owned(), DictItem::Name(kind.as_bytes().to_vec()))].into());
    }

    /// Ends what [`Self::begin_mark`] or [`Self::begin_artifact`] began.
    pub(super) fn end_mark(&mut self, with_drawing: bool) {
        if with_drawing {
            self.end_text();
        }
        self.ops.push(Op::EndMarkedContent);
    }

    fn begin_marked(&mut self, tag: &str, map: BTreeMap<String, DictItem>) {
        self.ops.push(Op::BeginMarkedContentWithProperties { tag: tag.to_owned(), properties: DictItem::Dict { map } });
    }

    fn begin_text(&mut self) {
        if !self.in_text {
            self.ops.push(Op::StartTextSection);
            self.in_text = true;
        }
    }

    fn end_text(&mut self) {
        if self.in_text {
            self.ops.push(Op::EndTextSection);
            self.in_text = false;
        }
    }

    /// Shows a line with its baseline at `y`, from `x` on.
    pub(super) fn text(&mut self, (x, y): (f32, f32), style: Style, line: &Line, fonts: (&Faces, &mut Embedding)) {
        self.begin_text();
        if self.colour != Some(style.colour) {
            self.ops.push(Op::SetFillColor { col: colour(style.colour) });
            self.colour = Some(style.colour);
        }
        let (faces, embedding) = fonts;
        let mut left = x;
        let mut placed = Vec::with_capacity(line.runs.len());
        for run in &line.runs {
            placed.push((left, run));
            left += style.points(run.glyphs.iter().map(|glyph| glyph.advance).sum());
        }
        // Shown in the order in which it is read, which is not always the order in which it stands.
        placed.sort_by_key(|(_, run)| run.glyphs.iter().map(|glyph| glyph.text.start).min());
        for (left, run) in placed {
            self.run((left, y), style, line, run, (faces, embedding));
        }
    }

    fn run(&mut self, at: (f32, f32), style: Style, line: &Line, run: &Run, fonts: (&Faces, &mut Embedding)) {
        if self.font != Some((run.face, style.size)) {
            let font = PdfFontHandle::External(FontId(resource(run.face)));
            self.ops.push(Op::SetFont { font, size: Pt(style.size) });
            self.font = Some((run.face, style.size));
        }
        let matrix = TextMatrix::Raw([1.0, 0.0, 0.0, 1.0, hundredth(at.0), hundredth(self.height - at.1)]);
        self.ops.push(Op::SetTextMatrix { matrix });
        let actual = run.actual.as_ref().and_then(|range| line.text.get(range.clone()));
        if let Some(actual) = actual {
            let text = std::iter::once(0xFEFF).chain(actual.encode_utf16()).flat_map(u16::to_be_bytes).collect();
            self.begin_marked("Span", [("ActualText".to_owned(), DictItem::Bytes(text))].into());
        }
        self.glyphs(style, line, run, fonts);
        if actual.is_some() {
            self.ops.push(Op::EndMarkedContent);
        }
    }

    fn glyphs(&mut self, style: Style, line: &Line, run: &Run, (faces, embedding): (&Faces, &mut Embedding)) {
        let face = faces.get(run.face);
        let mut left = 0.0;
        let mut placed = Vec::with_capacity(run.glyphs.len());
        for glyph in &run.glyphs {
            placed.push((left + glyph.dx, glyph));
            left += glyph.advance;
        }
        if run.rtl {
            placed.reverse();
        }
        let (mut shown, mut pen, mut rise) = (Shown::default(), 0.0, 0.0);
        for (at, glyph) in placed {
            if glyph.dy != rise {
                shown.flush(&mut self.ops);
                rise = glyph.dy;
                self.ops.push(Op::SetLineOffset { multiplier: hundredth(style.points(rise)) });
            }
            let text = line.text.get(glyph.text.clone()).unwrap_or_default();
            pen -= shown.push(embedding.code(run.face, face, glyph.id, text), pen - at);
            pen += face.advance(glyph.id);
        }
        shown.flush(&mut self.ops);
        if rise != 0.0 {
            self.ops.push(Op::SetLineOffset { multiplier: 0.0 });
        }
    }

    fn rect(&self, area: Area) -> Rect {
        Rect {
            x: Pt(hundredth(area.x)),
            y: Pt(hundredth(self.height - area.y - area.height)),
            width: Pt(hundredth(area.width)),
            height: Pt(hundredth(area.height)),
            mode: Some(PaintMode::Fill),
            winding_order: Some(WindingOrder::NonZero),
        }
    }

    /// A tint or a thick rule behind the text.
    pub(super) fn tint(&mut self, area: Area, fill: Colour) {
        let rectangle = self.rect(area);
        self.under.push(Op::SetFillColor { col: colour(fill) });
        self.under.push(Op::DrawRectangle { rectangle });
    }

    /// A horizontal rule behind the text.
    pub(super) fn rule(&mut self, (x, y): (f32, f32), width: f32, thickness: f32, stroke: Colour) {
        self.tint(Area { x, y: y - thickness / 2.0, width, height: thickness }, stroke);
    }

    /// A frame behind the text.
    pub(super) fn frame(&mut self, area: Area, thickness: f32, stroke: Colour) {
        let Area { x, y, width, height } = area;
        self.rule((x, y), width, thickness, stroke);
        self.rule((x, y + height), width, thickness, stroke);
        for edge in [x, x + width] {
            self.tint(Area { x: edge - thickness / 2.0, y, width: thickness, height }, stroke);
        }
    }

    /// A filled rectangle as part of a figure, between [`Self::begin_mark`] with drawing and its end.
    pub(super) fn fill(&mut self, area: Area, fill: Colour) {
        self.end_text();
        let rectangle = self.rect(area);
        self.colour = Some(fill);
        self.ops.push(Op::SetFillColor { col: colour(fill) });
        self.ops.push(Op::DrawRectangle { rectangle });
    }

    /// A picture as part of a figure, by the name that the resources have for it.
    pub(super) fn picture(&mut self, area: Area, name: &str) {
        self.end_text();
        let real = |value: f32| DictItem::Real(hundredth(value));
        let (left, bottom) = (area.x, self.height - area.y - area.height);
        let matrix = [area.width, 0.0, 0.0, area.height, left, bottom].map(real).into();
        let operation = |key: &str, value| Op::Unknown { key: key.to_owned(), value };
        self.ops.extend([
            operation("q", Vec::new()),
            operation("cm", matrix),
            operation("Do", vec![DictItem::Name(name.as_bytes().to_vec())]),
            operation("Q", Vec::new()),
        ]);
    }

    /// A thin line as part of a figure.
    pub(super) fn stroke(&mut self, from: (f32, f32), to: (f32, f32), thickness: f32, stroke: Colour) {
        self.end_text();
        let point = |(x, y): (f32, f32)| LinePoint {
            p: Point { x: Pt(hundredth(x)), y: Pt(hundredth(self.height - y)) },
            bezier: false,
        };
        let line = Stroke { points: vec![point(from), point(to)], is_closed: false };
        self.ops.push(Op::SetOutlineColor { col: colour(stroke) });
        self.ops.push(Op::SetOutlineThickness { pt: Pt(thickness) });
        self.ops.push(Op::DrawLine { line });
    }
}

/// Codes to be shown in one go, and the shifts between them.
#[derive(Default)]
struct Shown {
    items: Vec<DictItem>,
    codes: Vec<u8>,
}

impl Shown {
    /// Adds a code that stands `shift` thousandths of an em further left than it would; gives the shift that was made.
    fn push(&mut self, code: u16, shift: f32) -> f32 {
        let shift = if shift.abs() >= 0.05 { hundredth(shift) } else { 0.0 };
        if shift != 0.0 {
            self.end_codes();
            self.items.push(DictItem::Real(shift));
        }
        self.codes.extend(code.to_be_bytes());
        shift
    }

    fn end_codes(&mut self) {
        if !self.codes.is_empty() {
            self.items.push(DictItem::Bytes(std::mem::take(&mut self.codes)));
        }
    }

    fn flush(&mut self, ops: &mut Vec<Op>) {
        self.end_codes();
        let items = std::mem::take(&mut self.items);
        if items.is_empty() {
            return;
        }
        // printpdf would write one string a glyph.
        ops.push(match <[DictItem; 1]>::try_from(items) {
            Ok(one) => Op::Unknown { key: "Tj".to_owned(), value: one.into() },
            Err(many) => Op::Unknown { key: "TJ".to_owned(), value: vec![DictItem::Array(many)] },
        });
    }
}

fn colour(Colour(r, g, b): Colour) -> Color {
    let part = |value: u8| (f32::from(value) / 255.0 * 1000.0).round() / 1000.0;
    Color::Rgb(Rgb { r: part(r), g: part(g), b: part(b), icc_profile: None })
}

fn hundredth(value: f32) -> f32 {
    (value * 100.0).round() / 100.0 + 0.0
}
