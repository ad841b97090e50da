//! The measures that every page keeps to: paper, margins, sizes of type, colours. In points, from the top left corner.

use std::fmt;
use std::str::FromStr;

use super::shaping::Setting;

/// The size of the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paper {
    /// 210 mm by 297 mm.
    #[default]
    A4,
    /// 8.5 by 11 inches.
    Letter,
}

impl fmt::Display for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A4 => "a4",
            Self::Letter => "letter",
        })
    }
}

impl FromStr for Paper {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::A4, Self::Letter].into_iter().find(|paper| paper.to_string() == text).ok_or(())
    }
}

impl Paper {
    /// Width and height.
    pub(super) fn size(self) -> (f32, f32) {
        match self {
            Self::A4 => (595.28, 841.89),
            Self::Letter => (612.0, 792.0),
        }
    }
}

/// A colour in sRGB, each part from 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

impl From<crate::brand::Colour> for Colour {
    fn from(colour: crate::brand::Colour) -> Self {
        Self(colour.0, colour.1, colour.2)
    }
}

/// Text, and everything that must be read.
pub(super) const INK: Colour = Colour(0x16, 0x1B, 0x26);
/// Labels; still seven to one against white.
pub(super) const MUTED: Colour = Colour(0x4A, 0x52, 0x60);
/// Lines between rows.
pub(super) const HAIR: Colour = Colour(0xC6, 0xCB, 0xD4);
/// Lines that end something.
pub(super) const RULE: Colour = Colour(0x16, 0x1B, 0x26);
/// The tint behind a verdict or a panel.
pub(super) const TINT: Colour = Colour(0xF2, 0xF4, 0xF7);
/// Outcomes: dark, middle, light, so that they differ in grey too.
pub(super) const COMPLETED: Colour = Colour(0x1F, 0x4E, 0x79);
pub(super) const FAILED: Colour = Colour(0xD9, 0x7A, 0x2B);
pub(super) const OTHER: Colour = Colour(0xD5, 0xDA, 0xE1);
/// No colour: the outcome is not known.
pub(super) const UNALLOCATED: Colour = Colour(0xFF, 0xFF, 0xFF);
/// A link inside the document; eight to one against white.
pub(super) const LINK: Colour = Colour(0x1F, 0x4E, 0x79);
/// The bar of a verdict that is not clean.
pub(super) const WARNING: Colour = Colour(0xA6, 0x26, 0x1A);

/// Left and right margin.
pub(super) const SIDE: f32 = 51.0;
/// Where content begins, below the running head.
pub(super) const TOP: f32 = 64.0;
/// What is kept free at the bottom, for the running foot.
pub(super) const BOTTOM: f32 = 58.0;

/// Size and weight of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    pub(super) size: f32,
    /// From one baseline to the next.
    pub(super) leading: f32,
    pub(super) setting: Setting,
    pub(super) colour: Colour,
}

const fn style(size: f32, leading: f32, bold: bool, kern: bool, colour: Colour) -> Style {
    Style { size, leading, setting: Setting { bold, kern }, colour }
}

pub(super) const TITLE: Style = style(22.0, 27.0, true, true, INK);
pub(super) const SECTION: Style = style(13.0, 17.0, true, true, INK);
pub(super) const HEADING: Style = style(9.5, 13.0, true, true, INK);
pub(super) const BODY: Style = style(9.0, 12.6, false, true, INK);
pub(super) const NOTE: Style = style(7.8, 10.6, false, true, MUTED);
pub(super) const LABEL: Style = style(7.8, 10.6, false, true, MUTED);
pub(super) const CELL: Style = style(7.6, 10.0, false, false, INK);
pub(super) const CELL_BOLD: Style = style(7.6, 10.0, true, false, INK);
pub(super) const CELL_LABEL: Style = style(7.6, 10.0, false, false, MUTED);
pub(super) const COLUMN: Style = style(7.2, 9.4, true, false, MUTED);
pub(super) const MARK: Style = style(12.5, 16.0, true, true, INK);
pub(super) const BIG: Style = style(19.0, 23.0, true, false, INK);
pub(super) const RUNNING: Style = style(7.2, 9.4, false, false, MUTED);
pub(super) const RUNNING_BOLD: Style = style(7.2, 9.4, true, false, INK);

/// The mark of a report that is not what it may be taken for, on every page.
pub(super) const STAMP: Style = style(9.6, 12.0, true, false, WARNING);

impl Style {
    /// The same in another colour.
    pub(super) const fn in_colour(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    /// A width in points as thousandths of this size.
    pub(super) fn ems(self, points: f32) -> f32 {
        points * 1000.0 / self.size
    }

    /// A width in thousandths of this size as points.
    pub(super) fn points(self, ems: f32) -> f32 {
        ems * self.size / 1000.0
    }
}
