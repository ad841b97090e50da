//! A logo: a small PNG or SVG, found fit to stand in a page that runs nothing and loads nothing.

use std::borrow::Cow;
use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use png::{ColorType, Decoder, Limits, Transformations};

use crate::digest::sha256;
use crate::remedy::Remedy;

/// How many bytes a logo may have; every HTML report carries it.
pub const LARGEST: usize = 262_144;

/// How many pixels a side of a PNG may have.
const LONGEST_SIDE: u32 = 4096;

/// Why a picture cannot be used as a logo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogoError {
    /// It is too large.
    #[error("the logo has {0} bytes, and may have {LARGEST}")]
    TooLarge(usize),
    /// It is of another kind.
    #[error("the logo is neither a PNG nor an SVG file")]
    NotAPicture,
    /// The PNG cannot be read.
    #[error("the logo is a PNG file that cannot be read: {0}")]
    Png(String),
    /// The SVG holds what a report must not hold.
    #[error("the logo is an SVG file with {0}, which a report must not hold")]
    Svg(&'static str),
}

impl Remedy for LogoError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::TooLarge(_) => Some("make it smaller".into()),
            Self::Svg(_) => Some("save it as a plain SVG, or as a PNG".into()),
            Self::NotAPicture | Self::Png(_) => None,
        }
    }
}

/// A logo that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    bytes: Vec<u8>,
    picture: Option<Picture>,
}

/// The pixels of a PNG over white paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// How many pixels a row has.
    pub width: u32,
    /// How many rows there are.
    pub height: u32,
    /// Red, green and blue of each, row by row from the top.
    pub rgb: Vec<u8>,
}

impl Logo {
    /// Checks the content of a file.
    ///
    /// # Errors
    /// Where it is too large, of another kind, damaged, or an SVG that is not only a drawing.
    pub fn new(bytes: Vec<u8>) -> Result<Self, LogoError> {
        if bytes.len() > LARGEST {
            return Err(LogoError::TooLarge(bytes.len()));
        }
        if bytes.starts_with(b"\x89PNG") {
            let picture = Some(Picture::of_png(&bytes)?);
            return Ok(Self { bytes, picture });
        }
        check_svg(std::str::from_utf8(&bytes).map_err(|_| LogoError::NotAPicture)?)?;
        Ok(Self { bytes, picture: None })
    }

    /// The address that holds the whole picture, for an HTML page.
    pub fn data_uri(&self) -> String {
        let kind = if self.picture.is_some() { "image/png" } else { "image/svg+xml" };
        format!("data:{kind};base64,{}", STANDARD.encode(&self.bytes))
    }

    /// The pixels; an SVG has none.
    pub fn picture(&self) -> Option<&Picture> {
        self.picture.as_ref()
    }

    /// The file as it was given.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the file, in hex.
    pub fn sha256(&self) -> String {
        sha256(&self.bytes)
    }
}

/// An SVG in an `img` runs and loads nothing in any browser; here it is kept out of the file as well.
fn check_svg(text: &str) -> Result<(), LogoError> {
    let lower = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    if !lower.starts_with('<') || !lower.contains("<svg") || !lower.contains("http://www.w3.org/2000/svg") {
        return Err(LogoError::NotAPicture);
    }
    let unwanted = [
        ("<script", "a script"),
        ("<foreignobject", "a page inside it"),
        ("<!entity", "entities of its own"),
        ("javascript:", "a script"),
        ("@import", "a style sheet from elsewhere"),
        ("href=\"http", "a part from elsewhere"),
        ("href='http", "a part from elsewhere"),
        ("url(http", "a part from elsewhere"),
        ("url(\"http", "a part from elsewhere"),
        ("url('http", "a part from elsewhere"),
    ];
    unwanted.iter().find(|(words, _)| lower.contains(words)).map_or(Ok(()), |(_, what)| Err(LogoError::Svg(what)))
}

impl Picture {
    fn of_png(bytes: &[u8]) -> Result<Self, LogoError> {
        let failed = |error: png::DecodingError| LogoError::Png(error.to_string());
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: 128 << 20 });
        decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
        let mut reader = decoder.read_info().map_err(failed)?;
        let (width, height) = reader.info().size();
        if width > LONGEST_SIDE || height > LONGEST_SIDE {
            return Err(LogoError::Png(format!(
                "it has {width} by {height} pixels, and a side may have {LONGEST_SIDE}"
            )));
        }
        let size = reader.output_buffer_size().ok_or_else(|| LogoError::Png("it is too large".to_owned()))?;
        let mut pixels = vec![0; size];
        let frame = reader.next_frame(&mut pixels).map_err(failed)?;
        pixels.truncate(frame.buffer_size());
        let rgb = match frame.color_type {
            ColorType::Rgb => pixels,
            ColorType::Rgba => {
                let (pixels, _) = pixels.as_chunks();
                pixels
                    .iter()
                    .flat_map(|[red, green, blue, alpha]| [red, green, blue].map(|p| on_white(*p, *alpha)))
                    .collect()
            }
            ColorType::GrayscaleAlpha => {
                let (pixels, _) = pixels.as_chunks();
                pixels.iter().flat_map(|[grey, alpha]| [on_white(*grey, *alpha); 3]).collect()
            }
            ColorType::Grayscale => pixels.iter().flat_map(|grey| [*grey; 3]).collect(),
            ColorType::Indexed => return Err(LogoError::Png("its palette cannot be read".to_owned())),
        };
        Ok(Self { width, height, rgb })
    }
}

/// One part of a colour that covers white paper by `alpha` of 255.
fn on_white(part: u8, alpha: u8) -> u8 {
    let (part, alpha) = (u32::from(part), u32::from(alpha));
    u8::try_from((part * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A PNG of these pixels.
    pub(crate) fn png(width: u32, height: u32, colour: ColorType, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(colour);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().unwrap().write_image_data(pixels).unwrap();
        bytes
    }

    #[test]
    fn pixels_are_shown_over_white_paper() {
        let logo = Logo::new(png(2, 1, ColorType::Rgba, &[200, 0, 0, 255, 0, 0, 0, 0])).unwrap();
        assert_eq!(logo.picture().unwrap().rgb, [200, 0, 0, 255, 255, 255]);
        assert!(logo.data_uri().starts_with("data:image/png;base64,iVBOR"));
        let grey = Logo::new(png(1, 1, ColorType::GrayscaleAlpha, &[0, 128])).unwrap();
        assert_eq!(grey.picture().unwrap().rgb, [127; 3]);
    }

    #[test]
    fn a_drawing_is_taken_and_what_is_more_than_that_is_not() {
        let svg =
            |inside: &str| format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\">{inside}</svg>");
        assert!(Logo::new(svg("<path d=\"M0 0h9\"/>").into_bytes()).unwrap().picture().is_none());
        for inside in ["<script>1</script>", "<image href=\"https://x.example/a.png\"/>", "<foreignObject/>"] {
            assert!(matches!(Logo::new(svg(inside).into_bytes()), Err(LogoError::Svg(_))), "{inside}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for bytes in [&b""[..], b"GIF89a", b"\xff\xd8\xff", b"<html></html>", b"svg"] {
            assert_eq!(Logo::new(bytes.to_vec()), Err(LogoError::NotAPicture));
        }
        assert_eq!(Logo::new(vec![b'<'; LARGEST + 1]), Err(LogoError::TooLarge(LARGEST + 1)));
        let whole = png(8, 8, ColorType::Rgb, &[7; 192]);
        assert!(matches!(Logo::new(whole[..whole.len() / 2].to_vec()), Err(LogoError::Png(_))));
    }

    proptest! {
        /// Whatever is flipped in a PNG, it is read or refused; nothing breaks.
        #[test]
        fn no_damage_breaks_the_reader(place in 0_usize..400, bit in 0_u8..8) {
            let mut bytes = png(16, 8, ColorType::Rgba, &(0..=255).cycle().take(512).collect::<Vec<u8>>());
            let place = place % bytes.len();
            bytes[place] ^= 1 << bit;
            let _ = Logo::new(bytes);
        }
    }
}
