//! Links inside the document: from what is said of a batch to its row in the register.

use std::collections::HashMap;

use super::PdfError;
use super::book::Book;
use super::embedding::number;
use super::objects::{Ref, text_string};
use crate::defect::Defect;

/// A link on a page, whose place to go to is not laid out yet.
struct Link {
    object: Ref,
    key: usize,
    /// Left, bottom, right and top, from the bottom of the page.
    area: [f32; 4],
    row: usize,
}

/// The links of a document, and the rows that they go to.
#[derive(Default)]
pub(super) struct Links {
    links: Vec<Link>,
    /// By its number: the page that a row is on, and how far above the bottom its upper edge is.
    rows: HashMap<usize, Option<(Ref, f32)>>,
}

impl Book<'_> {
    /// Puts a link to a row of the register over `area` (left, top, right, bottom, from the top of the page) into the present
    /// element. The row must be printed.
    pub(super) fn link(&mut self, [left, top, right, bottom]: [f32; 4], row: usize) {
        let object = self.objects.reserve();
        let key = self.annotate(object);
        let height = self.height();
        self.links.links.push(Link { object, key, area: [left, height - bottom, right, height - top], row });
        self.links.rows.entry(row).or_default();
    }

    /// Notes where the row of that number is, if a link goes to it: its upper edge is at `top`.
    pub(super) fn arrive(&mut self, row: usize, top: f32) {
        let place = (self.page.object, self.height() - top);
        if let Some(known) = self.links.rows.get_mut(&row) {
            *known = Some(place);
        }
    }

    /// Writes the links; every row is laid out.
    pub(super) fn write_links(&mut self) -> Result<(), PdfError> {
        let Links { links, rows } = std::mem::take(&mut self.links);
        for Link { object, key, area, row } in links {
            let (page, y) =
                rows.get(&row).copied().flatten().ok_or(Defect("a link goes to a row that is not printed"))?;
            let words = text_string(&format!("Row {} of the register", self.grouping.grouped(row as u64)));
            self.objects.put(
                object,
                &format!(
                    "<< /Type /Annot /Subtype /Link /F 4 /Border [0 0 0] /Rect [{}] /StructParent {key} /Contents {words} \
                     /Dest [{page} /XYZ null {} null] >>",
                    area.map(number).join(" "),
                    number(y)
                ),
            );
        }
        Ok(())
    }
}
