//! The pages one after another: where the pen is, which element of the structure tree is open, and how a finished page
//! becomes bytes. A finished page is deflated at once, so that memory does not grow with the drawing.

use std::borrow::Cow;

use super::PdfError;
use super::canvas::{Area, Canvas};
use super::content::ContentWay;
use super::embedding::{Embedding, number};
use super::faces::Faces;
use super::grid::{BOTTOM, Colour, Paper, RULE, SIDE, Style, TOP};
use super::links::{Link, Links};
use super::objects::{Making, Objects, Ref, text_string};
use super::shaping::{Line, Shaper};
use super::tags::Tags;
use crate::report::Grouping;

/// The page that is being drawn.
pub(super) struct Page {
    pub(super) object: Ref,
    pub(super) canvas: Canvas,
    size: (f32, f32),
    elements: Vec<Ref>,
    annotations: Vec<Ref>,
    /// How far down the page is filled.
    pub(super) y: f32,
    /// Down to where it may be filled.
    pub(super) limit: f32,
}

/// A page that is done but for its running head and foot.
struct Done {
    page: Ref,
    size: (f32, f32),
    furniture: Ref,
}

/// A bookmark: 1 for a section, 2 for a part of one.
pub(super) struct Bookmark {
    pub(super) level: u8,
    pub(super) title: String,
    pub(super) page: Ref,
    /// From the bottom of the page.
    pub(super) y: f32,
}

/// The document while it is laid out.
pub(super) struct Book<'o> {
    pub(super) shaper: Shaper,
    pub(super) embedding: Embedding,
    pub(super) objects: Objects<'o>,
    pub(super) tags: Tags,
    pub(super) page: Page,
    pub(super) bookmarks: Vec<Bookmark>,
    /// The colour of what ends and begins a section.
    pub(super) accent: Colour,
    /// How the figures are grouped.
    pub(super) grouping: Grouping,
    /// The pictures in the resources, each with the name that pages draw it by.
    pub(super) pictures: Vec<(&'static str, Ref)>,
    /// Links to rows of the register.
    links: Links,
    /// Whether the open table has a row, and so its head.
    pub(super) in_rows: bool,
    /// How many characters that were to be shown no face has.
    pub(super) missing: u64,
    /// Of the pages to come.
    size: (f32, f32),
    /// Whether the pages to come are written at once: those of a register, which are many and hold text and rules alone.
    pub(super) writes: bool,
    pages: Vec<Done>,
    tree: Ref,
    resources: Ref,
}

/// What [`Book::finish`] hands on.
pub(super) struct Bound<'o> {
    pub(super) objects: Objects<'o>,
    pub(super) pages: Ref,
    pub(super) structure: Ref,
    pub(super) faces: Faces,
    pub(super) bookmarks: Vec<Bookmark>,
}

impl<'o> Book<'o> {
    /// A document of these objects, with its first page open.
    pub(super) fn new(paper: Paper, faces: Faces, mut objects: Objects<'o>) -> Self {
        let (tree, resources) = (objects.reserve(), objects.reserve());
        let tags = Tags::new(&mut objects);
        let size = paper.size();
        let page = Page::new(&mut objects, size, ContentWay::Printed);
        Self {
            shaper: Shaper::new(faces),
            embedding: Embedding::default(),
            objects,
            tags,
            page,
            bookmarks: Vec::new(),
            accent: RULE,
            grouping: Grouping::default(),
            pictures: Vec::new(),
            links: Links::default(),
            in_rows: false,
            missing: 0,
            size,
            writes: false,
            pages: Vec::new(),
            tree,
            resources,
        }
    }

    /// The width between the margins.
    pub(super) fn width(&self) -> f32 {
        self.page.size.0 - 2.0 * SIDE
    }

    /// The height of the paper.
    pub(super) fn height(&self) -> f32 {
        self.page.size.1
    }

    /// The width between the margins of a page that lies on its side.
    pub(super) fn long_width(&self) -> f32 {
        self.size.0.max(self.size.1) - 2.0 * SIDE
    }

    /// From the next page on, pages lie on their sides, or stand again.
    pub(super) fn turn(&mut self) {
        self.size = (self.size.1, self.size.0);
    }

    /// Whether nothing was put on the page yet.
    pub(super) fn at_top(&self) -> bool {
        self.page.y <= TOP
    }

    /// Begins a new page unless `height` is still free on this one.
    pub(super) fn need(&mut self, height: f32) -> Result<(), PdfError> {
        if self.page.y + height > self.page.limit && !self.at_top() { self.break_page() } else { Ok(()) }
    }

    /// Begins a new page.
    pub(super) fn break_page(&mut self) -> Result<(), PdfError> {
        let next = Page::new(
            &mut self.objects,
            self.size,
            if self.writes { ContentWay::Written } else { ContentWay::Printed },
        );
        let page = std::mem::replace(&mut self.page, next);
        self.write_page(page)
    }

    fn write_page(&mut self, page: Page) -> Result<(), PdfError> {
        let (drawn, size) = (page.canvas.finish(), page.size);
        let body = self.objects.reserve();
        self.objects.put_stream(body, "", Making::of(move || drawn.into_bytes(size)))?;
        let furniture = self.objects.reserve();
        let key = self.tags.page(&mut self.objects, page.elements)?;
        let annotations: Vec<String> = page.annotations.iter().map(Ref::to_string).collect();
        let (width, height) = page.size;
        let annotations =
            if annotations.is_empty() { String::new() } else { format!(" /Annots [{}]", annotations.join(" ")) };
        self.objects.put(
            page.object,
            &format!(
                "<< /Type /Page /Parent {} /MediaBox [0 0 {width} {height}] /Resources {} /Contents [{body} {furniture}] \
                 /Tabs /S /StructParents {key}{annotations} >>",
                self.tree, self.resources
            ),
        );
        self.pages.push(Done { page: page.object, size: page.size, furniture });
        Ok(())
    }

    /// Opens an element of the structure tree; `entries` are further entries of its dictionary.
    pub(super) fn open(&mut self, kind: &'static str, entries: impl Into<Cow<'static, str>>) {
        self.tags.open(&mut self.objects, kind, entries.into());
    }

    /// Closes the element that was opened last.
    pub(super) fn close(&mut self) -> Result<(), PdfError> {
        self.tags.close(&mut self.objects)
    }

    /// Begins content of the present element.
    pub(super) fn begin_content(&mut self, with_drawing: bool) {
        let mark = self.page.elements.len();
        let element = self.tags.content(self.page.object, mark);
        self.page.elements.push(element);
        // The element reports what it is; the mark's own name may be any.
        self.page.canvas.begin_mark(if with_drawing { "Figure" } else { "Span" }, mark, with_drawing);
    }

    /// Ends content.
    pub(super) fn end_content(&mut self, with_drawing: bool) {
        self.page.canvas.end_mark(with_drawing);
    }

    /// Begins a drawing; `words` describe it to those who do not see it.
    pub(super) fn begin_figure(&mut self, area: Area, words: &str) {
        let Area { x, y, width, height } = area;
        let bottom = self.height() - y - height;
        let bounds = [x, bottom, x + width, bottom + height].map(number).join(" ");
        self.open("Figure", format!("/Alt {}/A<</O/Layout/Placement/Block/BBox[{bounds}]>>", text_string(words)));
        self.begin_content(true);
    }

    /// Ends it.
    pub(super) fn end_figure(&mut self) -> Result<(), PdfError> {
        self.end_content(true);
        self.close()
    }

    /// Puts an annotation on the page and into the present element; gives its key in the parent tree.
    pub(super) fn annotate(&mut self, object: Ref) -> usize {
        self.page.annotations.push(object);
        self.tags.annotation(self.page.object, object)
    }

    /// Puts a link to a row of the register over `area` (left, top, right, bottom, from the top of the page) into the present
    /// element. The row must be printed.
    pub(super) fn link(&mut self, [left, top, right, bottom]: [f32; 4], row: usize) {
        let object = self.objects.reserve();
        let key = self.annotate(object);
        let height = self.height();
        self.links.add(Link { object, key, area: [left, height - bottom, right, height - top], row });
    }

    /// Notes that the row of that number begins at `top`.
    pub(super) fn arrive(&mut self, row: usize, top: f32) {
        let place = (self.page.object, self.height() - top);
        self.links.arrive(row, place);
    }

    /// Shows a line with its baseline at `y`.
    pub(super) fn show(&mut self, at: (f32, f32), style: Style, line: &Line) {
        self.missing += line.missing.len() as u64;
        self.page.canvas.text(at, style, line, (&self.shaper.faces, &mut self.embedding));
    }

    /// Shows a text on one line from `x` on, uncut.
    pub(super) fn write(&mut self, at: (f32, f32), style: Style, text: &str) {
        let line = self.shaper.line(text, style.setting);
        self.show(at, style, &line);
    }

    /// Shows a text on one line that ends at `x`.
    pub(super) fn write_to(&mut self, (x, y): (f32, f32), style: Style, text: &str) {
        let line = self.shaper.line(text, style.setting);
        self.show((x - style.points(line.width), y), style, &line);
    }

    /// How wide a text is on one line, in points.
    pub(super) fn measure(&mut self, style: Style, text: &str) -> f32 {
        style.points(self.shaper.line(text, style.setting).width)
    }

    /// Notes a bookmark to the present place.
    pub(super) fn bookmark(&mut self, level: u8, title: &str) {
        let y = self.height() - self.page.y + 6.0;
        self.bookmarks.push(Bookmark { level, title: title.to_owned(), page: self.page.object, y });
    }

    /// Ends the last page, has `furniture` draw the head and foot of each (page number, of how many), writes the fonts.
    pub(super) fn finish(
        mut self,
        furniture: impl Fn(&mut Self, usize, usize) -> Result<(), PdfError>,
    ) -> Result<(Bound<'o>, usize), PdfError> {
        self.break_page()?;
        std::mem::take(&mut self.links).write(self.grouping, &mut self.objects)?;
        let pages = std::mem::take(&mut self.pages);
        for (place, done) in pages.iter().enumerate() {
            self.page.size = done.size;
            self.page.canvas = Canvas::new(done.size.1, ContentWay::Written);
            furniture(&mut self, place + 1, pages.len())?;
            let canvas = std::mem::replace(&mut self.page.canvas, Canvas::new(done.size.1, ContentWay::Written));
            let (drawn, size) = (canvas.finish(), done.size);
            self.objects.put_stream(done.furniture, "", Making::of(move || drawn.into_bytes(size)))?;
        }
        let kids: Vec<String> = pages.iter().map(|done| done.page.to_string()).collect();
        self.objects.put(self.tree, &format!("<< /Type /Pages /Count {} /Kids [{}] >>", kids.len(), kids.join(" ")));
        let fonts = self.embedding.write(&self.shaper.faces, &mut self.objects)?;
        let pictures: String = self.pictures.iter().map(|(name, object)| format!("/{name} {object} ")).collect();
        let pictures = if pictures.is_empty() { pictures } else { format!(" /XObject << {pictures}>>") };
        self.objects.put(self.resources, &format!("<< /Font << {fonts}>>{pictures} >>"));
        let structure = self.tags.finish(&mut self.objects)?;
        let Self { objects, tree, shaper, bookmarks, .. } = self;
        Ok((Bound { objects, pages: tree, structure, faces: shaper.faces, bookmarks }, kids.len()))
    }
}

impl Page {
    fn new(objects: &mut Objects<'_>, size: (f32, f32), way: ContentWay) -> Self {
        Self {
            object: objects.reserve(),
            canvas: Canvas::new(size.1, way),
            size,
            elements: Vec::new(),
            annotations: Vec::new(),
            y: TOP,
            limit: size.1 - BOTTOM,
        }
    }
}
