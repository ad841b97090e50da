//! The report as one HTML file: no script, nothing loaded from outside, every text escaped by [`text`].
//!
//! The frame comes from the templates; the rows of the register, which may be many, are written by `rows`. The file is
//! kept within a budget of bytes by leaving out the oldest rows, and says so.

use std::borrow::Cow;
use std::io;

use crate::brand::Brand;
use crate::defect::Defect;
use crate::remedy::Remedy;
use crate::render::Out;
use crate::report::{AuditReport, Grouping};

mod brand;
mod chart;
mod columns;
mod concerns;
mod engine;
mod line;
mod page;
mod rows;
mod superseded;
pub mod text;

pub use engine::{TEMPLATES, Templates};

/// The number of the form of the page: it grows with every change after which the same report gives other bytes.
pub const FORM: u32 = 3;

/// The budget unless the user says otherwise: a page of 5 MB still opens at once, and goes through most ticket systems.
pub const BUDGET: usize = 5_000_000;

/// What of the budget is kept free for the signature that is put in later.
const SIGNATURE: usize = 16_384;

/// How the page is made.
#[derive(Debug, Clone)]
pub struct Options<'a> {
    /// How many bytes the file may have. Rows of the register are left out to keep to it; nothing else is.
    pub budget: usize,
    /// The name of the CSV file that holds the whole register; empty where there is none.
    pub csv_name: &'a str,
    /// Its SHA-256 in hex.
    pub csv_sha256: &'a str,
    /// Templates that take the place of the built-in ones.
    pub templates: Templates,
    /// Logo and colours.
    pub brand: Brand,
}

impl<'a> Options<'a> {
    /// The usual budget and templates, beside the CSV file of that name and SHA-256.
    pub fn new(csv_name: &'a str, csv_sha256: &'a str) -> Self {
        Self { budget: BUDGET, csv_name, csv_sha256, templates: Templates::default(), brand: Brand::default() }
    }
}

/// What keeps the page from being made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HtmlError {
    /// A template is wrong. With the built-in ones this cannot happen.
    #[error("cannot make the HTML report: the template is wrong: {0}")]
    Template(#[from] tera::Error),
    /// A template of the user's has a name that is not used.
    #[error("there is no template `{0}` to replace")]
    UnknownTemplate(String, String),
    /// A template of the user's left the page's policy out.
    #[error("the HTML report does not hold `{POLICY}`: its policy, which keeps it from running or loading anything")]
    NoPolicy,
    /// The file takes no more.
    #[error("cannot write the HTML report: {0}")]
    Write(io::Error),
    /// The program contradicts itself.
    #[error(transparent)]
    Defect(#[from] Defect),
}

impl Remedy for HtmlError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Template(_) | Self::Write(_) => None,
            Self::UnknownTemplate(_, known) => Some(format!("the ones that can be replaced are {known}").into()),
            Self::NoPolicy => Some("put it back into report.html".into()),
            Self::Defect(defect) => defect.remedy(),
        }
    }
}

/// What every page asks of the browser: run nothing, load nothing.
const POLICY: &str = r#"<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">"#;

/// Refuses templates that cannot be used: an unknown name, or one that is no template.
///
/// # Errors
/// What is wrong with the first such template.
pub fn check(templates: &Templates) -> Result<(), HtmlError> {
    engine::Engine::new(templates).map(drop)
}

/// Writes the whole file; it ends in `</body>`, `</html>` and a line feed.
///
/// # Errors
/// When a template is wrong, or `out` takes no more.
pub fn write(report: &AuditReport, options: &Options<'_>, out: &mut Out<'_>) -> Result<(), HtmlError> {
    let page = page::Frame::new(report, options)?;
    let room = options.budget.saturating_sub(SIGNATURE);
    let bare = page.render("", 0, 0)?.len();
    let mut rows = rows::newest(report, room.saturating_sub(bare));
    if rows.len() < report.register.len() {
        // The notice of what is left out takes room itself; its figure is never longer than that of all rows.
        let bare = page.render("", report.register.len(), 0)?.len();
        rows = rows::newest(report, room.saturating_sub(bare));
    }
    let left_out = report.register.len() - rows.len();
    let html = page.render(&rows::tables(report, &rows), left_out, left_out)?;
    if !html.contains(POLICY) {
        return Err(HtmlError::NoPolicy);
    }
    out.write_all(html.as_bytes()).map_err(HtmlError::Write)
}

/// A budget in words.
fn megabytes(budget: usize, grouping: Grouping) -> String {
    match budget {
        0..1_000_000 => format!("{} kB", budget / 1000),
        _ => {
            format!("{}.{} MB", grouping.grouped(budget as u64 / 1_000_000), budget / 100_000 % 10).replace(".0 ", " ")
        }
    }
}

#[cfg(test)]
mod tests;
