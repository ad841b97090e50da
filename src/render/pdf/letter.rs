//! A cover letter: a page of text that is signed as the report is.

use std::io::Write;

use super::PdfError;
use super::archive::{self, About};
use super::book::Book;
use super::faces::{ExtraFont, Faces};
use super::front;
use super::grid::{BODY, CELL, MARK, Paper, SIDE};
use super::objects::Objects;
use crate::render::language::Language;
use crate::render::marked::Block;
use crate::report::AuditReport;

/// How far an item is from the margin.
const INDENT: f32 = 10.0;

/// What a letter is made of.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// Its text.
    pub blocks: &'a [Block],
    /// The language of that.
    pub language: Language,
    /// The paper.
    pub paper: Paper,
    /// Fonts beside the built-in ones.
    pub fonts: &'a [ExtraFont],
}

/// Writes the letter, with an empty signature field at the foot of its first page.
///
/// # Errors
/// As those of the report's document.
pub fn write_letter(report: &AuditReport, letter: &Letter<'_>, out: &mut dyn Write) -> Result<(), PdfError> {
    let objects = Objects::new(out)?;
    let mut book = Book::new(letter.paper, Faces::new(letter.fonts)?, objects);
    book.page.limit -= front::SIGNED;
    let field = front::panel(
        &mut book,
        match letter.language {
            Language::English => "Signature",
            Language::Hindi => "हस्ताक्षर",
        },
    )?;
    book.open("Sect", "");
    let title = letter.blocks.iter().find_map(|block| if let Block::Title(title) = block { Some(title) } else { None });
    book.bookmark(1, title.map_or(letter.language.template(), String::as_str));
    for block in letter.blocks {
        draw(&mut book, block)?;
    }
    book.close()?;
    let title = title.cloned().unwrap_or_else(|| report.title());
    let (bound, _) = book.finish(|_, _, _| Ok(()))?;
    archive::write(bound, &About::of(report, &title, letter.language.as_str()), &[], &[field])
}

fn draw(book: &mut Book<'_>, block: &Block) -> Result<(), PdfError> {
    match block {
        Block::Title(title) => {
            book.paragraph("H1", MARK, title)?;
            book.page.y += 8.0;
        }
        Block::Heading(heading) => {
            book.heading_of(2, heading, 3.0 * BODY.leading)?;
            book.page.y += 2.0;
        }
        Block::Paragraph(words) => {
            book.paragraph("P", BODY, words)?;
            book.page.y += 5.0;
        }
        Block::Item(words) => {
            book.need(BODY.leading)?;
            let (y, page) = (book.page.y, book.page.object);
            book.page.canvas.begin_artifact("Layout");
            book.write((SIDE, y + BODY.size), BODY, "\u{2022}");
            book.page.canvas.end_mark(false);
            debug_assert_eq!(page, book.page.object, "the mark is beside its item");
            book.paragraph_in("P", BODY, words, (SIDE + INDENT, book.width() - INDENT))?;
            book.page.y += 2.0;
        }
        Block::Kept(line) => book.paragraph_in("P", CELL, line, (SIDE + INDENT, book.width() - INDENT))?,
    }
    Ok(())
}
