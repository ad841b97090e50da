//! Colours that text may have: the contrast against every ground that the report has is computed, and too little is refused.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::remedy::Remedy;

/// What WCAG 2.2 AA asks of text.
const LEAST: f64 = 4.5;

/// A colour in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// A ground that text is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Paper, and a screen in light colours.
    Light,
    /// A screen in dark colours.
    Dark,
}

/// Why a colour cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColourError {
    /// The text is not a colour.
    #[error("`{0}` is not a colour")]
    NotAColour(String),
    /// Text in it would be hard to read.
    #[error("{colour} has a contrast of {ratio}:1 against {ground}, where text needs 4.5:1 (WCAG 2.2 AA)")]
    Contrast {
        /// The colour.
        colour: Colour,
        /// The ground of the report that it differs least from.
        ground: Colour,
        /// The ratio, with two decimals, rounded down.
        ratio: String,
        /// `darker` or `lighter`.
        remedy: &'static str,
    },
}

impl Remedy for ColourError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::NotAColour(_) => "write it as #0a4f9e".into(),
            Self::Contrast { remedy, .. } => format!("choose a {remedy} colour").into(),
        })
    }
}

impl Scheme {
    /// The grounds of the HTML page and of the PDF.
    fn grounds(self) -> &'static [Colour] {
        match self {
            Self::Light => &[Colour(0xff, 0xff, 0xff), Colour(0xf5, 0xf6, 0xf8), Colour(0xf2, 0xf4, 0xf7)],
            Self::Dark => &[Colour(0x12, 0x15, 0x19), Colour(0x1b, 0x20, 0x26)],
        }
    }
}

/// A colour that text may have on every ground of its scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent(Colour);

impl Accent {
    /// Checks `colour` for `scheme`.
    ///
    /// # Errors
    /// [`ColourError::Contrast`] where a ground is too near.
    pub fn new(colour: Colour, scheme: Scheme) -> Result<Self, ColourError> {
        let ratios = scheme.grounds().iter().map(|ground| (colour.contrast(*ground), *ground));
        match ratios.min_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((ratio, ground)) if ratio < LEAST => Err(ColourError::Contrast {
                colour,
                ground,
                ratio: format!("{:.2}", (ratio * 100.0).floor() / 100.0),
                remedy: if scheme == Scheme::Light { "darker" } else { "lighter" },
            }),
            _ => Ok(Self(colour)),
        }
    }

    /// The colour.
    pub fn colour(self) -> Colour {
        self.0
    }
}

impl Colour {
    /// The contrast ratio of WCAG: from 1 for the same colour to 21 for black on white.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Relative luminance, 0 to 1, by the formula that WCAG gives for sRGB.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

impl FromStr for Colour {
    type Err = ColourError;

    fn from_str(text: &str) -> Result<Self, ColourError> {
        let not_one = || ColourError::NotAColour(text.to_owned());
        let digits = text.strip_prefix('#').ok_or_else(not_one)?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(not_one());
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| not_one())?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self(red, green, blue))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contrast_is_that_of_the_standard() {
        let contrast = |one: &str, two: &str| one.parse::<Colour>().unwrap().contrast(two.parse().unwrap());
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
        // The lightest grey that passes on white, and the next lighter one, which fails, as every checker reports.
        assert!(contrast("#767676", "#ffffff") >= 4.5 && contrast("#777777", "#ffffff") < 4.5);
    }

    #[test]
    fn a_colour_that_is_hard_to_read_is_refused_with_its_ratio() {
        let yellow = "#ffcc00".parse().unwrap();
        let error = Accent::new(yellow, Scheme::Light).unwrap_err();
        assert_eq!(
            (error.to_string(), error.remedy()),
            (
                "#ffcc00 has a contrast of 1.37:1 against #f2f4f7, where text needs 4.5:1 (WCAG 2.2 AA)".to_owned(),
                Some("choose a darker colour".into())
            )
        );
        assert!(Accent::new(yellow, Scheme::Dark).is_ok());
        assert!(Accent::new("#0a4f9e".parse().unwrap(), Scheme::Light).is_ok());
        let dark = Accent::new("#0a4f9e".parse().unwrap(), Scheme::Dark).unwrap_err();
        assert_eq!(dark.remedy(), Some("choose a lighter colour".into()));
    }

    #[test]
    fn what_is_no_colour_is_refused() {
        for text in ["", "#", "0a4f9e", "#0a4f9", "#0a4f9e0", "#0a4f9g", "#०a4f9e", "red", "#+a4f9e"] {
            assert_eq!(text.parse::<Colour>(), Err(ColourError::NotAColour(text.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn a_colour_is_read_as_it_is_written(red: u8, green: u8, blue: u8) {
            let colour = Colour(red, green, blue);
            prop_assert_eq!(colour.to_string().parse::<Colour>().unwrap(), colour);
            prop_assert!((1.0..=21.0001).contains(&colour.contrast(Colour(255, 255, 255))));
        }
    }
}
