//! Links inside the document: from what is said of a batch to its row in the register.

use std::collections::HashMap;

use super::PdfError;
use super::embedding::number;
use super::objects::{Objects, Ref, text_string};
use crate::defect::Defect;
use crate::report::Grouping;

/// A link on a page, whose place to go to may not be laid out yet.
pub(super) struct Link {
    pub(super) object: Ref,
    /// Its key in the parent tree.
    pub(super) key: usize,
    /// Left, bottom, right and top, from the bottom of the page.
    pub(super) area: [f32; 4],
    /// The number of the row that it goes to.
    pub(super) row: usize,
}

/// The links of a document, and the rows that they go to.
#[derive(Default)]
pub(super) struct Links {
    links: Vec<Link>,
    /// By its number: the page that a row is on, and how far above the bottom its upper edge is.
    rows: HashMap<usize, Option<(Ref, f32)>>,
}

impl Links {
    /// Takes a link. The row that it goes to must be printed.
    pub(super) fn add(&mut self, link: Link) {
        self.rows.entry(link.row).or_default();
        self.links.push(link);
    }

    /// Notes where the row of that number is, if a link goes to it.
    pub(super) fn arrive(&mut self, row: usize, place: (Ref, f32)) {
        if let Some(known) = self.rows.get_mut(&row) {
            *known = Some(place);
        }
    }

    /// Writes the links; every row is laid out.
    pub(super) fn write(self, grouping: Grouping, objects: &mut Objects<'_>) -> Result<(), PdfError> {
        for Link { object, key, area, row } in self.links {
            let place = self.rows.get(&row).copied().flatten();
            let (page, y) = place.ok_or(Defect("a link goes to a row that is not printed"))?;
            let words = text_string(&format!("Row {} of the register", grouping.grouped(row as u64)));
            objects.put(
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
