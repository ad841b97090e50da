//! What is drawn on a page: one list of operations. Two small back ends make a content stream of it: printpdf (`printed`),
//! and for the pages of the register, of which there are thousands and which hold nothing but text and rules, `written`,
//! which is quicker and takes fewer bytes.

use std::ops::Range;

use super::PdfError;
use super::grid::Colour;
use crate::defect::Defect;

mod printed;
mod written;

/// Who makes the content stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContentWay {
    /// printpdf.
    Printed,
    /// This program itself.
    Written,
}

/// What a mark says beside its tag.
#[derive(Debug, Clone)]
enum Property {
    /// The number of a piece of content on its page.
    Mark(usize),
    /// The type of an artifact.
    Type(&'static str),
    /// The text that the glyphs stand for.
    ActualText(String),
}

/// One operation. Positions are hundredths of a point, from the lower left corner.
#[derive(Debug, Clone)]
enum Op {
    BeginText,
    EndText,
    /// Marked content without properties.
    Begin(&'static str),
    BeginWith(&'static str, Property),
    EndMarked,
    /// Sets text in the font of that place and size.
    Font(usize, f32),
    /// The next text begins here.
    Place(f32, f32),
    /// By how much the text is raised.
    Rise(f32),
    /// Shows codes, with the shifts between them.
    Show {
        codes: Range<usize>,
        shifts: Range<usize>,
    },
    Fill(Colour),
    /// A filled rectangle: lower left corner, width, height.
    Rectangle([f32; 4]),
    Stroke {
        from: (f32, f32),
        to: (f32, f32),
        thickness: f32,
        colour: Colour,
    },
    /// The picture of this name in the resources: its rectangle, as above.
    Picture([f32; 4], &'static str),
}

/// What is drawn, in its order.
#[derive(Debug, Default)]
pub(super) struct Content {
    ops: Vec<Op>,
    /// The codes that are shown, two bytes each.
    codes: Vec<u8>,
    /// Before which byte of `codes`, and by how many thousandths of an em to the left.
    shifts: Vec<(usize, f32)>,
    /// Up to where `codes` and `shifts` are part of an operation.
    shown: (usize, usize),
}

impl Content {
    pub(super) fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// The content stream of a page of that size.
    pub(super) fn into_bytes(self, way: ContentWay, size: (f32, f32)) -> Result<Vec<u8>, PdfError> {
        match way {
            _ if self.is_empty() => Ok(Vec::new()),
            ContentWay::Printed => printed::stream(&self, size),
            ContentWay::Written => Ok(written::stream(&self)?),
        }
    }

    pub(super) fn begin_text(&mut self) {
        self.ops.push(Op::BeginText);
    }

    pub(super) fn end_text(&mut self) {
        self.ops.push(Op::EndText);
    }

    /// Begins content that the structure tree leaves out.
    pub(super) fn begin_plain_artifact(&mut self) {
        self.ops.push(Op::Begin("Artifact"));
    }

    /// Begins content of the structure tree, by its number on the page.
    pub(super) fn begin_mark(&mut self, tag: &'static str, mark: usize) {
        self.ops.push(Op::BeginWith(tag, Property::Mark(mark)));
    }

    /// Begins content that the structure tree leaves out, of that type.
    pub(super) fn begin_artifact(&mut self, kind: &'static str) {
        self.ops.push(Op::BeginWith("Artifact", Property::Type(kind)));
    }

    /// Begins glyphs that stand for `text`.
    pub(super) fn begin_actual_text(&mut self, text: &str) {
        self.ops.push(Op::BeginWith("Span", Property::ActualText(text.to_owned())));
    }

    pub(super) fn end_marked(&mut self) {
        self.ops.push(Op::EndMarked);
    }

    /// Sets text in the font of this place.
    pub(super) fn font(&mut self, place: usize, size: f32) {
        self.ops.push(Op::Font(place, size));
    }

    /// The next text begins here.
    pub(super) fn place(&mut self, x: f32, y: f32) {
        self.ops.push(Op::Place(hundredth(x), hundredth(y)));
    }

    /// By how much the text is raised.
    pub(super) fn rise(&mut self, points: f32) {
        self.ops.push(Op::Rise(hundredth(points)));
    }

    /// Adds a code to be shown that is `shift` thousandths of an em further left than it would; gives the shift that was
    /// made.
    pub(super) fn code(&mut self, code: u16, shift: f32) -> f32 {
        let shift = if shift.abs() >= 0.05 { hundredth(shift) } else { 0.0 };
        if shift != 0.0 {
            self.shifts.push((self.codes.len(), shift));
        }
        self.codes.extend(code.to_be_bytes());
        shift
    }

    /// Shows the codes that were added.
    pub(super) fn show(&mut self) {
        let (codes, shifts) = (self.shown.0..self.codes.len(), self.shown.1..self.shifts.len());
        self.shown = (codes.end, shifts.end);
        if !codes.is_empty() {
            self.ops.push(Op::Show { codes, shifts });
        }
    }

    pub(super) fn fill_colour(&mut self, fill: Colour) {
        self.ops.push(Op::Fill(fill));
    }

    /// A filled rectangle, from its lower left corner.
    pub(super) fn rectangle(&mut self, corners: [f32; 4]) {
        self.ops.push(Op::Rectangle(corners.map(hundredth)));
    }

    /// A line.
    pub(super) fn stroke(&mut self, from: (f32, f32), to: (f32, f32), thickness: f32, colour: Colour) {
        let [from, to] = [from, to].map(|(x, y)| (hundredth(x), hundredth(y)));
        self.ops.push(Op::Stroke { from, to, thickness, colour });
    }

    /// The picture of this name in the resources, in a rectangle from its lower left corner.
    pub(super) fn picture(&mut self, corners: [f32; 4], name: &'static str) {
        self.ops.push(Op::Picture(corners.map(hundredth), name));
    }

    /// The stretches of codes that are shown in one go, each with the shift before it; 0 where there is none.
    fn stretches(
        &self,
        codes: &Range<usize>,
        shifts: &Range<usize>,
    ) -> Result<impl Iterator<Item = (f32, Range<usize>)>, Defect> {
        let shifts = self.shifts.get(shifts.clone()).ok_or(Defect("a text has shifts that are in no content"))?;
        let begin = codes.start;
        let first = shifts.first().is_none_or(|(at, _)| *at > begin).then_some((begin, 0.0));
        let starts = first.into_iter().chain(shifts.iter().copied());
        let ends = shifts.iter().map(|(at, _)| *at).filter(move |at| *at > begin).chain([codes.end]);
        Ok(starts.zip(ends).map(|((from, shift), to)| (shift, from..to)))
    }

    fn codes(&self, codes: &Range<usize>) -> Result<&[u8], Defect> {
        self.codes.get(codes.clone()).ok_or(Defect("a text has codes that are in no content"))
    }
}

/// The parts of a colour, each of 1, to a thousandth.
fn parts(Colour(r, g, b): Colour) -> [f32; 3] {
    [r, g, b].map(|value| (f32::from(value) / 255.0 * 1000.0).round() / 1000.0)
}

/// In hundredths; half of one is rounded away from zero. No page is large enough for an `i32` not to do.
fn hundredths(value: f32) -> i32 {
    (value * 100.0 + 0.5_f32.copysign(value)) as i32
}

fn hundredth(value: f32) -> f32 {
    hundredths(value) as f32 / 100.0
}

/// UTF-16BE with its mark.
fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
}

#[cfg(test)]
mod tests;
