//! A tagged table of made-up batch calls as a PDF, written with krilla in its quickest way.
//!
//! `krilla-table ROWS FILE`

use std::error::Error;
use std::ops::Range;

use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::surface::{Location, Surface};
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Node, TableHeaderScope, Tag, TagGroup, TagTree};
use krilla::text::{Font, Glyph, GlyphId};
use krilla::{Document, SerializeSettings};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

static FONT: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../src/render/pdf/fonts/NotoSans-Regular.ttf"));

const PAGE: (f32, f32) = (842.0, 595.0);
const ROWS_PER_PAGE: usize = 40;
const FONT_SIZE: f32 = 7.0;
const PITCH: f32 = 12.5;
/// Base line of the head.
const HEAD: f32 = 40.0;
/// Base line of the page number.
const FOOT: f32 = 575.0;
const RIGHT_EDGE: f32 = 814.0;
const TITLE: &str = "Register of batch calls";

/// What the columns are called, where they begin or, if they hold figures, end.
const COLUMNS: [(&str, f32, Align); 10] = [
    ("No.", 58.0, Align::Right),
    ("Batch", 66.0, Align::Left),
    ("Name", 166.0, Align::Left),
    ("Status", 272.0, Align::Left),
    ("Created at (UTC)", 316.0, Align::Left),
    ("Created at (+05:30)", 420.0, Align::Left),
    ("Total", 570.0, Align::Right),
    ("Completed", 618.0, Align::Right),
    ("Failed", 656.0, Align::Right),
    ("Agent", 668.0, Align::Left),
];

#[derive(Clone, Copy, PartialEq)]
enum Align {
    Left,
    Right,
}

/// One character of a cell: each has one glyph, which stands where its advance says.
#[derive(Clone, Copy)]
struct Char {
    glyph: GlyphId,
    at: u32,
    /// For a font size of one.
    advance: f32,
}

impl Glyph for Char {
    #[inline]
    fn glyph_id(&self) -> GlyphId {
        self.glyph
    }

    #[inline]
    fn text_range(&self) -> Range<usize> {
        let at = self.at as usize;
        at..at + 1
    }

    #[inline]
    fn x_advance(&self, size: f32) -> f32 {
        self.advance * size
    }

    #[inline]
    fn x_offset(&self, _: f32) -> f32 {
        0.0
    }

    #[inline]
    fn y_offset(&self, _: f32) -> f32 {
        0.0
    }

    #[inline]
    fn y_advance(&self, _: f32) -> f32 {
        0.0
    }

    #[inline]
    fn location(&self) -> Option<Location> {
        None
    }
}

/// Glyphs and advances of ASCII, read from the font once.
struct Ascii([(GlyphId, f32); 128]);

impl Ascii {
    fn read(font: &[u8]) -> Result<Self, Box<dyn Error>> {
        let font = FontRef::new(font)?;
        let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let em = f32::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
        let charmap = font.charmap();
        let mut table = [(GlyphId::new(0), 0.0); 128];
        for code in b' '..=b'~' {
            let glyph = charmap.map(code).ok_or("the font lacks a character of ASCII")?;
            let advance = metrics.advance_width(glyph).ok_or("the font lacks an advance")?;
            table[usize::from(code)] = (GlyphId::new(glyph.to_u32()), advance / em);
        }
        Ok(Self(table))
    }

    /// Replaces `glyphs` with those of `text`, and returns its width for a font size of one.
    fn set(&self, text: &str, glyphs: &mut Vec<Char>) -> f32 {
        let mut width = 0.0;
        glyphs.clear();
        glyphs.extend((0..).zip(text.bytes()).map(|(at, byte)| {
            let (glyph, advance) = self.0[usize::from(byte & 127)];
            width += advance;
            Char { glyph, at, advance }
        }));
        width
    }
}

/// What draws text, with a buffer that every cell uses again.
struct Pen {
    font: Font,
    ascii: Ascii,
    glyphs: Vec<Char>,
}

impl Pen {
    #[inline]
    fn draw(&mut self, surface: &mut Surface<'_>, text: &str, (x, align): (f32, Align), y: f32) {
        let width = self.ascii.set(text, &mut self.glyphs);
        let x = if align == Align::Right { x - width * FONT_SIZE } else { x };
        surface.draw_glyphs(Point::from_xy(x, y), &self.glyphs, self.font.clone(), text, FONT_SIZE, false);
    }
}

/// The cells of a row, in buffers that every row uses again.
#[derive(Default)]
struct Row([String; COLUMNS.len()]);

impl Row {
    fn make(&mut self, number: u64) {
        let [no, batch, name, status, utc, local, total, completed, failed, agent] = &mut self.0;
        let (random, other) = (mixed(number), mixed(!number));
        let all = 1 + random % 900;
        let fails = all * (other % 16) / 100;
        let millis = 1_704_067_200_000 + number * 61_000 + random % 1000;

        no.clear();
        figure(no, number);
        batch.clear();
        batch.push_str("batch_");
        hex(batch, random, 16);
        name.clear();
        name.push_str(["Renewal reminders ", "Welcome calls ", "Payment follow-up "][(other % 3) as usize]);
        figure(name, number);
        status.clear();
        status.push_str(["completed", "completed", "completed", "cancelled", "failed"][(random % 5) as usize]);
        utc.clear();
        time(utc, millis);
        utc.push('Z');
        local.clear();
        time(local, millis + 19_800_000);
        local.push_str("+05:30");
        total.clear();
        figure(total, all);
        completed.clear();
        figure(completed, all - fails);
        failed.clear();
        figure(failed, fails);
        agent.clear();
        agent.push_str("agent_");
        hex(agent, other % 50 * 0x9e37_79b9_7f4a, 12);
    }
}

/// SplitMix64.
fn mixed(number: u64) -> u64 {
    let z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn figure(out: &mut String, value: u64) {
    if value >= 10 {
        figure(out, value / 10);
    }
    out.push(char::from(b'0' + (value % 10) as u8));
}

fn padded(out: &mut String, value: u64, digits: u32) {
    for place in (0..digits).rev() {
        out.push(char::from(b'0' + (value / 10_u64.pow(place) % 10) as u8));
    }
}

fn hex(out: &mut String, value: u64, digits: u32) {
    for place in (0..digits).rev() {
        out.push(char::from(b"0123456789abcdef"[(value >> (4 * place) & 15) as usize]));
    }
}

/// Date and time of day as RFC 3339 has them, without the offset.
fn time(out: &mut String, millis: u64) {
    // Days to civil dates, counted from 1 March 0000.
    let days = millis / 86_400_000 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    padded(out, year + era * 400, 4);
    out.push('-');
    padded(out, month, 2);
    out.push('-');
    padded(out, day, 2);
    out.push('T');
    padded(out, millis / 3_600_000 % 24, 2);
    out.push(':');
    padded(out, millis / 60_000 % 60, 2);
    out.push(':');
    padded(out, millis / 1000 % 60, 2);
    out.push('.');
    padded(out, millis % 1000, 3);
}

fn document(rows: usize) -> Result<Vec<u8>, Box<dyn Error>> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| format!("{error:?}"))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    document.set_metadata(
        Metadata::new()
            .title(TITLE.to_owned())
            .language("en".to_owned())
            .creation_date(DateTime::new(2024).month(1).day(1).hour(0).minute(0).second(0).utc_offset_hour(0)),
    );
    let font = Font::new(FONT.into(), 0).ok_or("the font cannot be read")?;
    let mut pen = Pen { font, ascii: Ascii::read(FONT)?, glyphs: Vec::with_capacity(64) };
    let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or("the page has no size")?;

    let pages = rows.div_ceil(ROWS_PER_PAGE).max(1);
    let mut table = Vec::with_capacity(rows + 1);
    let mut row = Row::default();
    let mut number = String::new();
    for index in 0..pages {
        let mut page = document.start_page_with(settings.clone());
        let mut surface = page.surface();

        if index == 0 {
            let mut cells = Vec::with_capacity(COLUMNS.len());
            for (name, x, align) in COLUMNS {
                let mark = surface.start_tagged(ContentTag::Other);
                pen.draw(&mut surface, name, (x, align), HEAD);
                surface.end_tagged();
                let cell = TagGroup::with_children(Tag::TH(TableHeaderScope::Column), vec![Node::Leaf(mark)]);
                cells.push(Node::Group(cell));
            }
            table.push(Node::Group(TagGroup::with_children(Tag::TR, cells)));
        } else {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Header)));
            for (name, x, align) in COLUMNS {
                pen.draw(&mut surface, name, (x, align), HEAD);
            }
            surface.end_tagged();
        }

        let mut y = HEAD;
        for at in index * ROWS_PER_PAGE..rows.min((index + 1) * ROWS_PER_PAGE) {
            row.make(at as u64 + 1);
            y += PITCH;
            let mut cells = Vec::with_capacity(COLUMNS.len());
            for (text, (_, x, align)) in row.0.iter().zip(COLUMNS) {
                let mark = surface.start_tagged(ContentTag::Other);
                pen.draw(&mut surface, text, (x, align), y);
                surface.end_tagged();
                cells.push(Node::Group(TagGroup::with_children(Tag::TD, vec![Node::Leaf(mark)])));
            }
            table.push(Node::Group(TagGroup::with_children(Tag::TR, cells)));
        }

        number.clear();
        number.push_str("Page ");
        figure(&mut number, index as u64 + 1);
        number.push_str(" of ");
        figure(&mut number, pages as u64);
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::PageNumber)));
        pen.draw(&mut surface, &number, (RIGHT_EDGE, Align::Right), FOOT);
        surface.end_tagged();

        surface.finish();
        page.finish();
    }

    // PDF/UA-1 asks for an outline.
    let mut outline = Outline::new();
    outline.push_child(OutlineNode::new(TITLE.to_owned(), XyzDestination::new(0, Point::from_xy(0.0, 0.0))));
    document.set_outline(outline);
    document.set_tag_tree(TagTree::from(vec![Node::Group(TagGroup::with_children(Tag::Table, table))]));
    document.finish().map_err(|error| format!("{error:?}").into())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(rows), Some(path), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: krilla-table ROWS FILE".into());
    };
    let rows = rows.to_str().ok_or("ROWS is a number")?.parse()?;
    std::fs::write(path, document(rows)?)?;
    Ok(())
}
