//! What is drawn on one page: text in embedded fonts, rectangles, lines, marked content.

use super::PdfError;
use super::content::{Content, ContentWay};
use super::embedding::Embedding;
use super::faces::Faces;
use super::grid::{Colour, Style};
use super::shaping::{Glyph, Line, Run};

/// A rectangle from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// What is drawn on a page. Positions are points from the top left corner.
pub(super) struct Canvas {
    height: f32,
    way: ContentWay,
    over: Content,
    /// Tints and rules that mean nothing by themselves; they are painted first, as one artifact.
    under: Content,
    in_text: bool,
    font: Option<(usize, f32)>,
    colour: Option<Colour>,
    under_colour: Option<Colour>,
}

impl Canvas {
    /// A canvas of that height, whose content stream is made that way.
    pub(super) fn new(height: f32, way: ContentWay) -> Self {
        let (over, under) = Default::default();
        Self { height, way, over, under, in_text: false, font: None, colour: None, under_colour: None }
    }

    /// Everything that was drawn: what lies under the text, and the rest.
    pub(super) fn finish(mut self) -> Drawn {
        self.end_text();
        if !self.under.is_empty() {
            self.under.end_marked();
        }
        Drawn { way: self.way, under: self.under, over: self.over }
    }

    /// Begins content of the structure tree under the number `mark`.
    pub(super) fn begin_mark(&mut self, tag: &'static str, mark: usize, with_drawing: bool) {
        if with_drawing {
            self.end_text()
        } else {
            self.begin_text()
        }
        self.over.begin_mark(tag, mark);
    }

    /// Begins content that the structure tree leaves out, such as a repeated head.
    pub(super) fn begin_artifact(&mut self, kind: &'static str) {
        self.begin_text();
        self.over.begin_artifact(kind);
    }

    /// Ends what [`Self::begin_mark`] or [`Self::begin_artifact`] began.
    pub(super) fn end_mark(&mut self, with_drawing: bool) {
        if with_drawing {
            self.end_text();
        }
        self.over.end_marked();
    }

    fn begin_text(&mut self) {
        if !self.in_text {
            self.over.begin_text();
            self.in_text = true;
        }
    }

    fn end_text(&mut self) {
        if self.in_text {
            self.over.end_text();
            self.in_text = false;
        }
    }

    /// Shows a line with its baseline at `y`, from `x` on.
    pub(super) fn text(&mut self, (x, y): (f32, f32), style: Style, line: &Line, fonts: (&Faces, &mut Embedding)) {
        self.begin_text();
        if self.colour != Some(style.colour) {
            self.over.fill_colour(style.colour);
            self.colour = Some(style.colour);
        }
        let (faces, embedding) = fonts;
        if let Some(face) = line.plain {
            self.set_font(face, style);
            self.over.place(x, self.height - y);
            embedding.letters(face, faces.get(face), &line.text, |code| {
                self.over.code(code, 0.0);
            });
            return self.over.show();
        }
        if let [run] = line.runs.as_slice() {
            return self.run((x, y), style, line, run, (faces, embedding));
        }
        let mut left = x;
        let mut placed = Vec::with_capacity(line.runs.len());
        for run in &line.runs {
            placed.push((left, run));
            left += style.points(run.glyphs.iter().map(|glyph| glyph.advance).sum());
        }
        // Shown in the order in which it is read, which is not always the order in which it is kept.
        placed.sort_by_key(|(_, run)| run.glyphs.iter().map(|glyph| glyph.text.start).min());
        for (left, run) in placed {
            self.run((left, y), style, line, run, (faces, embedding));
        }
    }

    fn set_font(&mut self, face: usize, style: Style) {
        if self.font != Some((face, style.size)) {
            self.over.font(face, style.size);
            self.font = Some((face, style.size));
        }
    }

    fn run(&mut self, at: (f32, f32), style: Style, line: &Line, run: &Run, fonts: (&Faces, &mut Embedding)) {
        self.set_font(run.face, style);
        self.over.place(at.0, self.height - at.1);
        let actual = run.actual.as_ref().and_then(|range| line.text.get(range.clone()));
        if let Some(actual) = actual {
            self.over.begin_actual_text(actual);
        }
        self.glyphs(style, line, run, fonts);
        if actual.is_some() {
            self.over.end_marked();
        }
    }

    fn glyphs(&mut self, style: Style, line: &Line, run: &Run, (faces, embedding): (&Faces, &mut Embedding)) {
        let face = faces.get(run.face);
        if run.natural {
            for glyph in &run.glyphs {
                let text = line.text.get(glyph.text.clone()).unwrap_or_default();
                self.over.code(embedding.code(run.face, face, glyph.id, text), 0.0);
            }
            return self.over.show();
        }
        let mut left = 0.0;
        let mut place = |glyph: &Glyph| {
            let at = left + glyph.dx;
            left += glyph.advance;
            at
        };
        let (mut pen, mut rise) = (0.0, 0.0);
        let mut show = |at: f32, glyph: &Glyph| {
            if glyph.dy != rise {
                self.over.show();
                rise = glyph.dy;
                self.over.rise(style.points(rise));
            }
            let text = line.text.get(glyph.text.clone()).unwrap_or_default();
            pen -= self.over.code(embedding.code(run.face, face, glyph.id, text), pen - at);
            pen += face.advance(glyph.id);
        };
        if run.rtl {
            let placed: Vec<f32> = run.glyphs.iter().map(&mut place).collect();
            placed.into_iter().zip(&run.glyphs).rev().for_each(|(at, glyph)| show(at, glyph));
        } else {
            run.glyphs.iter().for_each(|glyph| show(place(glyph), glyph));
        }
        self.over.show();
        if rise != 0.0 {
            self.over.rise(0.0);
        }
    }

    /// A rectangle as content measures it: from its lower left corner, up from the foot of the page.
    fn corners(&self, area: Area) -> [f32; 4] {
        [area.x, self.height - area.y - area.height, area.width, area.height]
    }

    /// A tint or a thick rule behind the text.
    pub(super) fn tint(&mut self, area: Area, fill: Colour) {
        let corners = self.corners(area);
        if self.under.is_empty() {
            self.under.begin_plain_artifact();
        }
        if self.under_colour != Some(fill) {
            self.under.fill_colour(fill);
            self.under_colour = Some(fill);
        }
        self.under.rectangle(corners);
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
        let corners = self.corners(area);
        self.colour = Some(fill);
        self.over.fill_colour(fill);
        self.over.rectangle(corners);
    }

    /// A picture as part of a figure, by the name that the resources have for it.
    pub(super) fn picture(&mut self, area: Area, name: &'static str) {
        self.end_text();
        let corners = self.corners(area);
        self.over.picture(corners, name);
    }

    /// A thin line as part of a figure.
    pub(super) fn stroke(&mut self, from: (f32, f32), to: (f32, f32), thickness: f32, stroke: Colour) {
        self.end_text();
        let up = |(x, y): (f32, f32)| (x, self.height - y);
        self.over.stroke(up(from), up(to), thickness, stroke);
    }
}

/// What was drawn on a page.
pub(super) struct Drawn {
    way: ContentWay,
    under: Content,
    over: Content,
}

impl Drawn {
    /// The content stream of a page of that size.
    pub(super) fn into_bytes(self, size: (f32, f32)) -> Result<Vec<u8>, PdfError> {
        let mut stream = self.under.into_bytes(self.way, size)?;
        stream.push(b'\n');
        stream.extend_from_slice(&self.over.into_bytes(self.way, size)?);
        Ok(stream)
    }
}
