//! The one picture that a report may hold: a logo in the head of the first page, where it can hide no figure.

use super::{ReadError, dictionary_under, foreign};
use crate::pdf::{Dictionary, Object, Operation, Pdf};
use crate::render::pdf::{LOGO, LOGO_ROOM};

/// The first line of text stands this far below the upper edge, in points.
const HEAD: f32 = 64.0;

/// It ends left of this, so that it hides no mark at the right.
const RIGHT: f32 = 51.0 + LOGO_ROOM.0;

/// Where it may be drawn, from the lower left corner in points: above this line, and no larger than this.
pub(super) struct Frame {
    above: f32,
    room: (f32, f32),
}

/// The head of `page`; `None` where its resources hold no picture of that name, which is an image and nothing that draws more.
pub(super) fn frame(pdf: &Pdf<'_>, page: &Dictionary) -> Result<Option<Frame>, ReadError> {
    let Some(resources) = dictionary_under(pdf, page, "Resources")? else { return Ok(None) };
    let Some(pictures) = dictionary_under(pdf, &resources, "XObject")? else { return Ok(None) };
    let picture = dictionary_under(pdf, &pictures, LOGO)?;
    let paper = page.get("MediaBox").map(|paper| pdf.resolve(paper)).transpose()?;
    let height = paper.as_ref().and_then(Object::as_array).and_then(|paper| points(paper.get(3)?));
    match (picture.as_ref().and_then(|picture| picture.name("Subtype")), height) {
        (Some(b"Image"), Some(height)) => Ok(Some(Frame { above: height - HEAD, room: LOGO_ROOM })),
        _ => Ok(None),
    }
}

fn points(number: &Object) -> Option<f32> {
    number.as_number().map(|number| number as f32)
}

/// How far a picture is drawn: nothing else may come between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// No picture is begun.
    None,
    /// The state is saved.
    Saved,
    /// Its place is set.
    Placed,
    /// It is drawn.
    Drawn,
    /// The state is restored; there is no second one.
    Done,
}

impl Step {
    /// The step after `operation`; `None` where that is not about a picture.
    pub(super) fn next(self, operation: &Operation<'_>, frame: Option<&Frame>) -> Result<Option<Self>, ReadError> {
        let operator = operation.operator;
        match (self, operator, frame) {
            (Self::None, "q", Some(_)) => Ok(Some(Self::Saved)),
            (Self::Saved, "cm", Some(frame)) if frame.holds(operation) => Ok(Some(Self::Placed)),
            (Self::Placed, "Do", Some(_)) if is_logo(operation) => Ok(Some(Self::Drawn)),
            (Self::Drawn, "Q", Some(_)) => Ok(Some(Self::Done)),
            (Self::None | Self::Done, _, _) => Ok(None),
            _ => {
                Err(foreign(format!("a picture is drawn elsewhere than in the head of the first page (`{operator}`)")))
            }
        }
    }
}

fn is_logo(operation: &Operation<'_>) -> bool {
    operation.operands.first().and_then(Object::as_name) == Some(LOGO.as_bytes())
}

impl Frame {
    /// Whether a matrix puts the picture here, upright.
    fn holds(&self, operation: &Operation<'_>) -> bool {
        let numbers: Vec<f32> = operation.operands.iter().filter_map(points).collect();
        let [width, slant, lean, height, x, y] = numbers[..] else { return false };
        let upright = slant == 0.0 && lean == 0.0;
        // Rounding to hundredths may add one.
        let fits = |size: f32, room: f32| (0.0..=room + 0.02).contains(&size);
        let inside = x >= 0.0 && x + width <= RIGHT + 0.02 && y >= self.above;
        upright && inside && fits(width, self.room.0) && fits(height, self.room.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(numbers: [f32; 6]) -> bool {
        let frame = Frame { above: 841.89 - HEAD, room: LOGO_ROOM };
        let operands = numbers.map(|number| Object::Number(number.to_string())).to_vec();
        frame.holds(&Operation { operator: "cm", operands })
    }

    #[test]
    fn a_picture_stands_in_the_head_and_nowhere_else() {
        assert!(placed([170.0, 0.0, 0.0, 36.0, 51.0, 785.89]));
        assert!(!placed([170.0, 0.0, 0.0, 36.0, 51.0, 700.0]), "over the text");
        assert!(!placed([595.0, 0.0, 0.0, 36.0, 0.0, 785.89]), "too wide");
        assert!(!placed([170.0, 0.0, 0.0, 36.0, 350.0, 785.89]), "over the mark");
        assert!(!placed([170.0, 0.0, 0.0, -600.0, 51.0, 785.89]), "hanging down");
        assert!(!placed([100.0, 0.0, 300.0, 30.0, 51.0, 785.89]), "leaning over the text");
        assert!(!placed([f32::NAN, 0.0, 0.0, 30.0, 51.0, 785.89]));
    }

    #[test]
    fn nothing_comes_between_the_steps_of_a_picture() {
        let frame = Frame { above: 700.0, room: LOGO_ROOM };
        let plain = |operator: &'static str| Operation { operator, operands: vec![] };
        assert_eq!(Step::None.next(&plain("q"), Some(&frame)).unwrap(), Some(Step::Saved));
        assert!(Step::Saved.next(&plain("Tj"), Some(&frame)).is_err());
        let other = Operation { operator: "Do", operands: vec![Object::name("Other")] };
        assert!(Step::Placed.next(&other, Some(&frame)).is_err());
        // A second picture, or one where none may be, is left to the reader, which knows no such operator.
        assert_eq!(Step::Done.next(&plain("q"), Some(&frame)).unwrap(), None);
        assert_eq!(Step::None.next(&plain("q"), None).unwrap(), None);
    }
}
