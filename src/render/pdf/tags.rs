//! The structure tree: what every piece of content is, for screen readers and for reading back. Elements are written as
//! soon as they are closed, so that a register of any length costs little.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::PdfError;
use super::objects::{Objects, Ref};

/// What an element holds.
enum Kid {
    Content { page: Ref, mark: usize },
    Element(Ref),
    Annotation { page: Ref, object: Ref },
}

struct Open {
    object: Ref,
    kind: &'static str,
    entries: Cow<'static, str>,
    kids: Vec<Kid>,
}

/// The structure tree while it grows.
pub(super) struct Tags {
    root: Ref,
    open: Vec<Open>,
    document: Option<Ref>,
    /// Entries of the parent tree, by key.
    parents: Vec<Ref>,
}

impl Tags {
    pub(super) fn new(objects: &mut Objects<'_>) -> Self {
        let root = objects.reserve();
        let mut tags = Self { root, open: Vec::new(), document: None, parents: Vec::new() };
        tags.open(objects, "Document", Cow::Borrowed(""));
        tags.document = tags.open.first().map(|open| open.object);
        tags
    }

    /// Opens an element under the present one; `entries` are further entries of its dictionary.
    pub(super) fn open(&mut self, objects: &mut Objects<'_>, kind: &'static str, entries: Cow<'static, str>) {
        let object = objects.reserve();
        self.open.push(Open { object, kind, entries, kids: Vec::new() });
    }

    /// Closes the present element and writes it.
    pub(super) fn close(&mut self, objects: &mut Objects<'_>) -> Result<(), PdfError> {
        let Some(done) = self.open.pop() else { return Ok(()) };
        let parent = self.open.last().map_or(self.root, |open| open.object);
        if let Some(above) = self.open.last_mut() {
            above.kids.push(Kid::Element(done.object));
        }
        objects.pack(done.object, move |body| write_element(body, &done, parent))
    }

    /// Notes that the content `mark` of `page` is in the present element; gives the element.
    pub(super) fn content(&mut self, page: Ref, mark: usize) -> Ref {
        match self.open.last_mut() {
            Some(open) => {
                open.kids.push(Kid::Content { page, mark });
                open.object
            }
            None => self.root,
        }
    }

    /// Notes an annotation in the present element; gives its key in the parent tree.
    pub(super) fn annotation(&mut self, page: Ref, object: Ref) -> usize {
        if let Some(open) = self.open.last_mut() {
            open.kids.push(Kid::Annotation { page, object });
            self.parents.push(open.object);
        }
        self.parents.len().saturating_sub(1)
    }

    /// Notes the elements that hold a page's contents; gives the page's key in the parent tree.
    pub(super) fn page(&mut self, objects: &mut Objects<'_>, elements: Vec<Ref>) -> Result<usize, PdfError> {
        let list = objects.reserve();
        objects.pack(list, move |body| {
            body.push('[');
            for element in &elements {
                let _ = write!(body, "{element} ");
            }
            body.push(']');
        })?;
        self.parents.push(list);
        Ok(self.parents.len() - 1)
    }

    /// Closes what is open and writes the root; gives it.
    pub(super) fn finish(mut self, objects: &mut Objects<'_>) -> Result<Ref, PdfError> {
        while !self.open.is_empty() {
            self.close(objects)?;
        }
        let mut numbers = String::new();
        for (key, value) in self.parents.iter().enumerate() {
            let _ = write!(numbers, "{key} {value} ");
        }
        let tree = objects.add(&format!("<< /Nums [{}] >>", numbers.trim_end()));
        let kids = self.document.map_or_else(String::new, |document| document.to_string());
        objects.put(
            self.root,
            &format!(
                "<< /Type /StructTreeRoot /K [{kids}] /ParentTree {tree} /ParentTreeNextKey {} >>",
                self.parents.len()
            ),
        );
        Ok(self.root)
    }
}

fn write_element(body: &mut String, done: &Open, parent: Ref) {
    let page = done.kids.iter().find_map(|kid| match kid {
        Kid::Content { page, .. } => Some(*page),
        _ => None,
    });
    // Writing to a String cannot fail.
    let _ = write!(body, "<</S/{}/P {parent}", done.kind);
    if let Some(page) = page {
        let _ = write!(body, "/Pg {page}");
    }
    body.push_str(&done.entries);
    let (before, after) = match done.kids.len() {
        0 => ("", ""),
        1 => ("/K ", ""),
        _ => ("/K[", "]"),
    };
    body.push_str(before);
    for (n, kid) in done.kids.iter().enumerate() {
        body.push_str(if n == 0 { "" } else { " " });
        write_kid(body, kid, page);
    }
    body.push_str(after);
    body.push_str(">>");
}

fn write_kid(body: &mut String, kid: &Kid, own_page: Option<Ref>) {
    // Writing to a String cannot fail.
    let _ = match kid {
        Kid::Element(object) => write!(body, "{object}"),
        Kid::Content { page, mark } if own_page == Some(*page) => write!(body, "{mark}"),
        Kid::Content { page, mark } => write!(body, "<</Type/MCR/Pg {page}/MCID {mark}>>"),
        Kid::Annotation { page, object } => write!(body, "<</Type/OBJR/Pg {page}/Obj {object}>>"),
    };
}
