//! The one picture that a report may hold: a logo in the head of the first page, where it can hide no figure.

use lopdf::content::Operation;
use lopdf::{Dictionary, Document, Object};

use super::{ReadError, foreign};
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
pub(super) fn frame(document: &Document, page: &Dictionary) -> Option<Frame> {
    let resources = page.get_deref(b"Resources", document).and_then(Object::as_dict).ok()?;
    let pictures = resources.get_deref(b"XObject", document).and_then(Object::as_dict).ok()?;
    let picture = pictures.get_deref(LOGO.as_bytes(), document).and_then(Object::as_stream).ok()?;
    picture.dict.get(b"Subtype").and_then(Object::as_name).ok().filter(|kind| *kind == b"Image")?;
    let paper = page.get_deref(b"MediaBox", document).and_then(Object::as_array).ok()?;
    let height = paper.get(3).and_then(|height| height.as_float().ok())?;
    Some(Frame { above: height - HEAD, room: LOGO_ROOM })
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
    pub(super) fn next(self, operation: &Operation, frame: Option<&Frame>) -> Result<Option<Self>, ReadError> {
        let operator = operation.operator.as_str();
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

fn is_logo(operation: &Operation) -> bool {
    operation.operands.first().and_then(|name| name.as_name().ok()) == Some(LOGO.as_bytes())
}

impl Frame {
    /// Whether a matrix puts the picture here, upright.
    fn holds(&self, operation: &Operation) -> bool {
        let numbers: Vec<f32> = operation.operands.iter().filter_map(|number| number.as_float().ok()).collect();
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
        frame.holds(&Operation::new("cm", numbers.map(Object::Real).to_vec()))
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
        let plain = |operator: &str| Operation::new(operator, vec![]);
        assert_eq!(Step::None.next(&plain("q"), Some(&frame)).unwrap(), Some(Step::Saved));
        assert!(Step::Saved.next(&plain("Tj"), Some(&frame)).is_err());
        assert!(Step::Placed.next(&Operation::new("Do", vec![Object::Name(b"Other".to_vec())]), Some(&frame)).is_err());
        // A second picture, or one where none may be, is left to the reader, which knows no such operator.
        assert_eq!(Step::Done.next(&plain("q"), Some(&frame)).unwrap(), None);
        assert_eq!(Step::None.next(&plain("q"), None).unwrap(), None);
    }
}
