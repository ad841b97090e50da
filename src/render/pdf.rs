//! The report as a PDF for the archive: PDF/A-3a and PDF/UA-1, tagged, with its own data attached, ready to be signed.
//!
//! printpdf makes the content of each page; the rooms beneath lay it out (`front`, `sections`, `register`, `chart`), shape
//! and embed its text (`shaping`, `wrapping`, `embedding`), report what it is (`tags`) and finish the file (`archive`,
//! `form`, `objects`). No file, no clock: the same report and options give the same bytes.

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::brand::Brand;
use crate::defect::Defect;
use crate::digest::Checksum;
use crate::report::{AuditReport, hex};

mod archive;
mod book;
mod canvas;
mod chart;
mod content;
mod coverage;
mod deflate;
mod embedding;
mod faces;
mod flow;
mod form;
mod front;
mod grid;
mod letter;
mod links;
mod logo;
mod objects;
mod register;
mod sections;
mod shaping;
mod superseded;
mod tags;
mod totals;
mod wrapping;

pub use coverage::{Lacking, characters_in, fewest, lacking, uncovered};
pub use faces::ExtraFont;
pub use grid::Paper;
pub use letter::{Letter, write_letter};

/// The number of the form of the document: it grows with every change after which the same report gives other bytes.
pub const FORM: u32 = 3;

/// Up to how many rows of the register [`Rows::Auto`] prints.
pub const AUTO_ROWS: usize = 10_000;

/// How many rows of the register are printed; the others are in the attached CSV, and the page says how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rows {
    /// All of up to [`AUTO_ROWS`], none of more.
    #[default]
    Auto,
    /// All, however many.
    All,
    /// The first so many, the oldest ones.
    Count(usize),
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::All => f.write_str("all"),
            Self::Count(count) => count.fmt(f),
        }
    }
}

impl FromStr for Rows {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "auto" => Ok(Self::Auto),
            "all" => Ok(Self::All),
            number => number.parse().map(Self::Count).map_err(drop),
        }
    }
}

impl Rows {
    /// How many of `count` rows are printed.
    pub fn printed(self, count: usize) -> usize {
        match self {
            Self::Auto if count > AUTO_ROWS => 0,
            Self::Auto | Self::All => count,
            Self::Count(most) => most.min(count),
        }
    }
}

/// What an attached file is to the document (`AFRelationship`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relationship {
    /// What the document was made from.
    Source,
    /// The figures that the document shows.
    Data,
}

impl Relationship {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Source => "Source",
            Self::Data => "Data",
        }
    }
}

/// What an attached file holds; it is read where it lies.
#[derive(Clone)]
pub struct Content {
    checksum: Checksum,
    open: Arc<Open>,
}

type Open = dyn Fn() -> io::Result<Box<dyn Read>> + Send + Sync;

impl Content {
    /// What `open` gives to read each time; `checksum` must be that of all of it.
    pub fn new(checksum: Checksum, open: impl Fn() -> io::Result<Box<dyn Read>> + Send + Sync + 'static) -> Self {
        Self { checksum, open: Arc::new(open) }
    }

    /// From its beginning.
    ///
    /// # Errors
    /// Where it is not there any more.
    pub fn open(&self) -> io::Result<Box<dyn Read>> {
        (self.open)()
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        let (checksum, bytes) = (Checksum::of(&bytes), Arc::<[u8]>::from(bytes));
        Self::new(checksum, move || Ok(Box::new(io::Cursor::new(Arc::clone(&bytes)))))
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.checksum.fmt(f)
    }
}

/// A file that the PDF carries.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Its name: `batch-audit-2024-Q1.csv`.
    pub name: String,
    /// Its media type: `text/csv`.
    pub media_type: String,
    /// What it is, for people.
    pub description: String,
    /// What it is to the document.
    pub relationship: Relationship,
    /// What it holds.
    pub content: Content,
    /// When it was made.
    pub modified: DateTime<Utc>,
}

/// How the document is to be made.
#[derive(Debug, Clone, Default)]
pub struct Options<'a> {
    /// The paper.
    pub paper: Paper,
    /// How much of the register is printed.
    pub rows: Rows,
    /// The files that it carries.
    pub attachments: &'a [Attachment],
    /// SHA-256 of the evidence in hex; its first 16 digits are at the foot of every page.
    pub evidence_sha256: Option<String>,
    /// Fonts for scripts that the vendored ones do not have, such as Chinese, Japanese and Korean.
    pub fonts: &'a [ExtraFont],
    /// Logo and colours; the program's own look where there is none.
    pub brand: Option<&'a Brand>,
}

/// What there is to know of a document beside its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadePdf {
    /// How many characters are shown as U+FFFD because no font has them.
    pub missing_characters: u64,
    /// How many pages there are.
    pub pages: usize,
}

/// Why no document was made.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// A font cannot be used.
    #[error("cannot use the font {name}: {reason}")]
    Font {
        /// The font's name or file.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A part of the document cannot be as it is.
    #[error(transparent)]
    Defect(#[from] Defect),
    /// Compressing failed, for want of memory.
    #[error("cannot compress a part of the PDF: {0}")]
    Deflate(#[source] io::Error),
    /// The file takes no more.
    #[error("cannot write the PDF: {0}")]
    Write(#[source] io::Error),
    /// An attached file cannot be read, or is not what it was said to be.
    #[error("cannot attach {name} to the PDF: {error}")]
    Attachment {
        /// The file's name.
        name: String,
        /// Why it failed.
        error: io::Error,
    },
    /// Two attached files have one name.
    #[error("cannot attach two files named {0}; give each a name of its own")]
    SameName(String),
}

/// Writes the document as it is made: page by page, and never the whole of it in memory. It has an empty signature field on
/// its first page.
///
/// # Errors
/// [`PdfError::Font`] where a font of the caller's is damaged or cannot be embedded, [`PdfError::SameName`] where two
/// attachments share a name, [`PdfError::Write`] where `out` takes no more; the others report defects and want of memory.
pub fn write(report: &AuditReport, options: &Options<'_>, out: &mut dyn Write) -> Result<MadePdf, PdfError> {
    archive::check(options.attachments)?;
    let mut objects = objects::Objects::new(out)?;
    let attached = archive::attach(options.attachments, &mut objects)?;
    let faces = faces::Faces::new(options.fonts)?;
    let mut book = book::Book::new(options.paper, faces, objects);
    book.grouping = report.grouping();
    if let Some(accent) = options.brand.and_then(|brand| brand.accent) {
        book.accent = accent.colour().into();
    }
    let front = front::draw(&mut book, report, options.brand)?;
    let mut fields = vec![front.field];
    fields.extend(sections::draw(&mut book, report, options, front.charted)?);
    register::draw(&mut book, report, options)?;
    sections::about(&mut book)?;
    let missing_characters = book.missing;
    let (bound, pages) = book.finish(|book, page, of| front::furniture(book, report, options, (page, of)))?;
    archive::write(bound, &archive::About::of(report, &report.title(), "en"), &attached, &fields)?;
    Ok(MadePdf { missing_characters, pages })
}
