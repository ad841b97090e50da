//! The logo above the first line of the first page, as a figure that reports whose it is.

use super::PdfError;
use super::book::Book;
use super::canvas::Area;
use super::grid::{SIDE, TOP};
use crate::brand::Picture;

/// The name that the first page draws it by.
pub(crate) const NAME: &str = "Logo";

/// The most that it takes, in points: width, and height above the first line.
pub(crate) const ROOM: (f32, f32) = (170.0, 36.0);

/// What stays free between the logo and the first line.
const BELOW: f32 = 8.0;

/// Draws it as large as there is room, in its own proportions.
pub(super) fn draw(book: &mut Book<'_>, picture: &Picture, whose: &str) -> Result<(), PdfError> {
    let dictionary = format!(
        "/Type /XObject /Subtype /Image /Width {} /Height {} /ColorSpace /DeviceRGB /BitsPerComponent 8",
        picture.width, picture.height
    );
    let object = book.objects.add_stream(&dictionary, picture.rgb.clone())?;
    book.pictures.push((NAME, object));
    let (width, height) = (picture.width.max(1) as f32, picture.height.max(1) as f32);
    let scale = (ROOM.0 / width).min(ROOM.1 / height);
    let size = (width * scale, height * scale);
    let area = Area { x: SIDE, y: TOP - BELOW - size.1, width: size.0, height: size.1 };
    book.begin_figure(area, whose);
    book.page.canvas.picture(area, NAME);
    book.end_figure()
}
