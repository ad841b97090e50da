//! What is said to whoever receives a package, in plain words: its README and its cover letter, made from templates of marked-up text.

use std::io;

use tera::{Context, Tera};

use super::html::Templates;
pub use super::language::{Language, is_letter};
use super::marked::{blocks, plain};
use super::pdf::{self, ExtraFont, Letter, Paper, PdfError};
use crate::render::Out;
use crate::report::AuditReport;

mod facts;

/// The number of the form of README and letter: it grows with every change after which the same report gives other bytes.
pub const FORM: u32 = 1;

/// The README's name in a package.
pub const README: &str = "README.txt";

const README_TEMPLATE: &str = include_str!("../../templates/readme.txt");

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
pub fn readme(report: &AuditReport, options: &Options<'_>, out: &mut Out<'_>) -> Result<(), HandoutError> {
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
    out: &mut Out<'_>,
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

#[cfg(test)]
mod tests;
