//! A company's own templates of the HTML report, from a folder.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use crate::remedy::Remedy;
use crate::render::handout::{self, HandoutError};
use crate::render::html::{self, HtmlError, Templates};

/// Why the templates of a folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplatesError {
    /// The folder or a template in it cannot be read.
    #[error("cannot read the templates in `{}`: {error}", .path.display())]
    Io {
        /// The folder or the template.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
    /// A template is larger than any can be.
    #[error("cannot read the templates in `{}`: it is larger than 4 MB", .0.display())]
    TooLarge(PathBuf),
    /// A template is wrong, or replaces none.
    #[error("`{}`: {error}", .folder.display())]
    Wrong {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        error: HtmlError,
    },
    /// A template of a letter is wrong.
    #[error("`{}`: {error}", .folder.display())]
    WrongLetter {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        error: Box<HandoutError>,
    },
}

impl Remedy for TemplatesError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Wrong { error, .. } => error.remedy(),
            Self::Io { .. } | Self::TooLarge(_) | Self::WrongLetter { .. } => None,
        }
    }
}

/// No template is larger: 4 MB, logo and all.
const LARGEST: u64 = 4_000_000;

/// The templates in `folder`, each by the name of the built-in one that it replaces. Hidden files are not looked at.
///
/// A name that no built-in template has, and a template that is wrong, are failures before the API is asked.
///
/// # Errors
/// Where one cannot be read, is wrong, or replaces none.
pub fn templates(folder: &Path) -> Result<Templates, TemplatesError> {
    let mut templates = Templates::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        if !name.starts_with('.') {
            templates.insert(name, template(&path)?);
        }
    }
    html::check(&templates).map_err(|error| TemplatesError::Wrong { folder: folder.to_owned(), error })?;
    handout::check(&templates)
        .map_err(|error| TemplatesError::WrongLetter { folder: folder.to_owned(), error: Box::new(error) })?;
    Ok(templates)
}

fn template(path: &Path) -> Result<String, TemplatesError> {
    if std::fs::metadata(path).map_err(unreadable(path))?.len() > LARGEST {
        return Err(TemplatesError::TooLarge(path.to_owned()));
    }
    std::fs::read_to_string(path).map_err(unreadable(path))
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> TemplatesError {
    move |error| TemplatesError::Io { path: path.to_owned(), error }
}
