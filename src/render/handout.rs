//! What is said to whoever receives a package, in plain words: its README and its cover letter, made from templates that hold marked-up
//! text: `#` and `##` begin a heading, `-` an item, four spaces a line that is kept as it is, and all else is a paragraph.

use std::fmt::{self, Write as _};
use std::io;
use std::str::FromStr;

use tera::{Context, Tera};
use unicode_width::UnicodeWidthStr;

use super::html::Templates;
use super::pdf::{self, ExtraFont, Letter, Paper, PdfError};
use crate::report::AuditReport;

mod facts;

/// The number of the form of README and letter: it grows with every change after which the same report gives other bytes.
pub const FORM: u32 = 1;

/// The README's name in a package.
pub const README: &str = "README.txt";

/// The width of plain text.
const COLUMNS: usize = 76;

const README_TEMPLATE: &str = include_str!("../../templates/readme.txt");

/// The language of a cover letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Hindi.
    Hindi,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Hindi];

    /// Its code: `en`, `hi`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Hindi => "hi",
        }
    }

    /// The name of its template.
    pub fn template(self) -> &'static str {
        match self {
            Self::English => "letter-en.txt",
            Self::Hindi => "letter-hi.txt",
        }
    }

    fn built_in(self) -> &'static str {
        match self {
            Self::English => include_str!("../../templates/letter-en.txt"),
            Self::Hindi => include_str!("../../templates/letter-hi.txt"),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Language {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|language| language.as_str() == text).ok_or(())
    }
}

/// Whether a template of that name is one of a letter.
pub fn is_letter(template: &str) -> bool {
    Language::ALL.iter().any(|language| language.template() == template)
}

/// Whose signature a package has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignedBy {
    /// The name in the certificate.
    pub name: String,
    /// SHA-256 of the certificate, 64 lower-case hexadecimal digits.
    pub fingerprint: String,
}

/// What README and letter depend on beside the report.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Who signs.
    pub signer: &'a SignedBy,
    /// The formats that the package holds, by their words.
    pub formats: &'a [&'static str],
    /// The language of its letter; `None` where it has none.
    pub letter: Option<Language>,
    /// Templates that take the place of built-in ones.
    pub templates: &'a Templates,
}

/// What keeps a README or a letter from being made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandoutError {
    /// A template is wrong. With the built-in ones this cannot happen.
    #[error("cannot make the letter: the template {name} is wrong: {error}")]
    Template {
        /// The template's name.
        name: &'static str,
        /// What is wrong.
        error: tera::Error,
    },
    /// The letter is not a document.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// The file takes no more.
    #[error("cannot write the text: {0}")]
    Write(#[from] io::Error),
}

/// Refuses a template of a letter that cannot be used.
///
/// # Errors
/// What is wrong with the first such template.
pub fn check(templates: &Templates) -> Result<(), HandoutError> {
    Language::ALL.into_iter().try_for_each(|language| engine(language.template(), own(language, templates)).map(drop))
}

/// Writes the README.
///
/// # Errors
/// When the template is wrong, or `out` takes no more.
pub fn readme(report: &AuditReport, options: &Options<'_>, mut out: impl io::Write) -> Result<(), HandoutError> {
    let text = filled(README, README_TEMPLATE, report, options)?;
    Ok(out.write_all(plain(&text).as_bytes())?)
}

/// Writes the letter as plain text.
///
/// # Errors
/// When the template is wrong, or `out` takes no more.
pub fn letter(
    report: &AuditReport,
    (language, options): (Language, &Options<'_>),
    mut out: impl io::Write,
) -> Result<(), HandoutError> {
    let text = filled(language.template(), own(language, options.templates), report, options)?;
    Ok(out.write_all(plain(&text).as_bytes())?)
}

/// Writes the letter as a PDF, not signed yet.
///
/// # Errors
/// When the template is wrong, a font cannot be used, or `out` takes no more.
pub fn letter_pdf(
    report: &AuditReport,
    (language, options): (Language, &Options<'_>),
    (paper, fonts): (Paper, &[ExtraFont]),
    out: &mut dyn io::Write,
) -> Result<(), HandoutError> {
    let text = filled(language.template(), own(language, options.templates), report, options)?;
    let blocks = blocks(&text);
    pdf::write_letter(report, &Letter { blocks: &blocks, language, paper, fonts }, out)?;
    Ok(())
}

fn own(language: Language, templates: &Templates) -> &str {
    templates.get(language.template()).map_or_else(|| language.built_in(), String::as_str)
}

fn engine(name: &'static str, template: &str) -> Result<Tera, HandoutError> {
    let mut tera = Tera::default();
    // It is no page: what would be markup there is text here.
    tera.autoescape_on(Vec::<String>::new());
    tera.add_raw_templates([(name, template)]).map_err(|error| HandoutError::Template { name, error })?;
    Ok(tera)
}

fn filled(
    name: &'static str,
    template: &str,
    report: &AuditReport,
    options: &Options<'_>,
) -> Result<String, HandoutError> {
    let mut context = Context::new();
    facts::of(report, options, &mut context);
    engine(name, template)?.render(name, &context).map_err(|error| HandoutError::Template { name, error })
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// The title.
    Title(String),
    /// A heading.
    Heading(String),
    /// A paragraph.
    Paragraph(String),
    /// An item of a list.
    Item(String),
    /// A line that is kept as it is.
    Kept(String),
}

/// The parts of a marked-up text.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        let joined = match blocks.last_mut() {
            Some(Block::Paragraph(open) | Block::Item(open)) if is_open => Some(open),
            _ => None,
        };
        let block = if line.trim().is_empty() {
            is_open = false;
            continue;
        } else if let Some(title) = line.strip_prefix("# ") {
            Block::Title(title.trim().to_owned())
        } else if let Some(heading) = line.strip_prefix("## ") {
            Block::Heading(heading.trim().to_owned())
        } else if let Some(item) = line.strip_prefix("- ") {
            Block::Item(item.trim().to_owned())
        } else if let Some(kept) = line.strip_prefix("    ") {
            Block::Kept(kept.trim_end().to_owned())
        } else if let Some(open) = joined {
            let _ = write!(open, " {}", line.trim());
            continue;
        } else {
            Block::Paragraph(line.trim().to_owned())
        };
        is_open = matches!(block, Block::Paragraph(_) | Block::Item(_));
        blocks.push(block);
    }
    blocks
}

/// A marked-up text for any editor.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut before: Option<Block> = None;
    for block in blocks(text) {
        let follows = matches!(
            (&before, &block),
            (None, _) | (Some(Block::Item(_)), Block::Item(_)) | (Some(Block::Kept(_)), Block::Kept(_))
        );
        if !follows {
            out.push('\n');
        }
        match &block {
            Block::Title(title) => underlined(&mut out, title, '='),
            Block::Heading(heading) => underlined(&mut out, heading, '-'),
            Block::Paragraph(words) => wrapped(&mut out, words, "", ""),
            Block::Item(words) => wrapped(&mut out, words, "* ", "  "),
            Block::Kept(line) => {
                let _ = writeln!(out, "    {line}");
            }
        }
        before = Some(block);
    }
    out
}

fn underlined(out: &mut String, title: &str, with: char) {
    let before = out.len();
    wrapped(out, title, "", "");
    let width = out.get(before..).unwrap_or_default().lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
    out.extend(std::iter::repeat_n(with, width));
    out.push('\n');
}

/// Words in lines of [`COLUMNS`]; a longer word has a line of its own.
fn wrapped(out: &mut String, words: &str, first: &str, next: &str) {
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        if !is_empty && line.width() + 1 + word.width() > COLUMNS {
            let _ = writeln!(out, "{line}");
            (line, is_empty) = (next.to_owned(), true);
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    let _ = writeln!(out, "{line}");
}

#[cfg(test)]
mod tests;
