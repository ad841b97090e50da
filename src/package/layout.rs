//! How a package's files look, what of that the report states, and which files it takes: stated and carried by the package, so
//! that `verify` lays the same report out again.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::brand::{Accent, Brand, Colour, Logo, Scheme};
use crate::digest::sha256;
use crate::render::handout::Language;
use crate::render::html::Templates;
use crate::render::pdf::{ExtraFont, Paper, Rows};
use crate::render::{csv, handout, html, json, ndjson, parquet, pdf, xlsx};
use crate::report::{Grouping, Issuer, Made, MadeFile, MadeFont};

/// The folder of a package that holds what its files were made with.
pub const INPUTS: &str = "inputs";

/// The name under which a report states the form of README and letter.
pub const HANDOUT: &str = "handout";

/// A format that the user can choose; the JSON, the manifest and the certificate chain are always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Format {
    /// The register and the totals, with their metadata.
    Csv,
    /// One page for a browser.
    Html,
    /// The document for the archive.
    Pdf,
    /// One JSON object a line and batch.
    Ndjson,
    /// The register in typed columns.
    Parquet,
    /// A workbook for people who work in a spreadsheet.
    Xlsx,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Csv, Self::Html, Self::Pdf, Self::Ndjson, Self::Parquet, Self::Xlsx];

    /// The word in arguments and in data.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
            Self::Xlsx => "xlsx",
        }
    }

    /// The number of the form in which this version writes it.
    pub fn form(self) -> u32 {
        match self {
            Self::Csv => csv::FORM,
            Self::Html => html::FORM,
            Self::Pdf => pdf::FORM,
            Self::Ndjson => ndjson::FORM,
            Self::Parquet => parquet::FORM,
            Self::Xlsx => xlsx::FORM,
        }
    }
}

/// How the files of a package look, but for the fonts, which depend on what a report says.
#[derive(Debug, Clone)]
pub struct Look {
    /// The formats wanted.
    pub formats: Vec<Format>,
    /// Whether CSV files begin with a byte order mark.
    pub bom: bool,
    /// How many bytes the HTML may have.
    pub html_budget: usize,
    /// Templates that take the place of the HTML's built-in ones.
    pub templates: Templates,
    /// Logo and colours.
    pub brand: Brand,
    /// The PDF's paper.
    pub paper: Paper,
    /// How much of the register the PDF prints.
    pub pdf_rows: Rows,
    /// How digits are grouped for people.
    pub grouping: Grouping,
    /// The language of the cover letter; `None` where there is none.
    pub letter: Option<Language>,
}

impl Default for Look {
    /// CSV, HTML and PDF as the command makes them by default.
    fn default() -> Self {
        Self {
            formats: vec![Format::Csv, Format::Html, Format::Pdf],
            bom: true,
            html_budget: html::BUDGET,
            templates: Templates::new(),
            brand: Brand::default(),
            paper: Paper::default(),
            pdf_rows: Rows::default(),
            grouping: Grouping::default(),
            letter: None,
        }
    }
}

/// How the files of one report are made.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a> {
    /// How they look.
    pub look: &'a Look,
    /// Fonts beside those that are built in.
    pub fonts: &'a [ExtraFont],
}

impl<'a> Layout<'a> {
    /// What the report states of it. `commit` is the one that this program was built from.
    pub fn made(&self, commit: Option<&str>) -> Made {
        let Self { look, .. } = self;
        let formats = look.formats.iter().map(|format| (format.as_str().to_owned(), format.form()));
        let file = |file: String, bytes: &[u8]| MadeFile { file, sha256: sha256(bytes) };
        let fonts = self.fonts.iter().enumerate().map(|(place, font)| MadeFont {
            name: font.name.clone(),
            index: font.index,
            sha256: sha256(&font.bytes),
            file: font.may_be_handed_out().then(|| font_file(place, &font.bytes)),
        });
        Made {
            // The register and the totals are in every PDF, and the JSON and a README in every package.
            forms: formats
                .chain(
                    [("json", json::FORM), ("csv", csv::FORM), (HANDOUT, handout::FORM)]
                        .map(|(name, form)| (name.to_owned(), form)),
                )
                .collect(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: commit.map(str::to_owned),
            formats: look.formats.iter().map(|format| format.as_str().to_owned()).collect(),
            bom: look.bom,
            html_budget: look.html_budget as u64,
            paper: look.paper.to_string(),
            pdf_rows: look.pdf_rows.to_string(),
            grouping: look.grouping,
            letter: look.letter.map(|language| language.to_string()),
            fonts: fonts.collect(),
            templates: look
                .templates
                .iter()
                .map(|(name, text)| (name.clone(), file(template_file(name), text.as_bytes())))
                .collect(),
            logo: look.brand.logo.as_ref().map(|logo| file(logo_file(logo), logo.bytes())),
            superseded: None,
            compared: None,
            dispositions: None,
            unsigned_evidence: false,
        }
    }

    /// The files that the package's others are made with, by name.
    pub fn inputs(&self) -> BTreeMap<String, &'a [u8]> {
        let Self { look, fonts } = *self;
        let logo = look.brand.logo.as_ref().map(|logo| (logo_file(logo), logo.bytes()));
        let templates = look.templates.iter().map(|(name, text)| (template_file(name), text.as_bytes()));
        let fonts = fonts.iter().enumerate().filter(|(_, font)| font.may_be_handed_out());
        let fonts = fonts.map(|(place, font)| (font_file(place, &font.bytes), font.bytes.as_slice()));
        logo.into_iter().chain(templates).chain(fonts).collect()
    }
}

fn logo_file(logo: &Logo) -> String {
    format!("{INPUTS}/logo.{}", if logo.picture().is_some() { "png" } else { "svg" })
}

/// Not under the template's own name: it is no page, and a page in a package is signed inside.
fn template_file(name: &str) -> String {
    format!("{INPUTS}/{name}.template")
}

fn font_file(place: usize, bytes: &[u8]) -> String {
    let kind = match bytes.get(..4) {
        Some(b"ttcf") => "ttc",
        Some(b"OTTO") => "otf",
        _ => "ttf",
    };
    format!("{INPUTS}/font-{}.{kind}", place + 1)
}

/// Where files that a package was made with are found again.
pub trait FoundInputs {
    /// The file of that name in the package, as the package's signature has it.
    ///
    /// # Errors
    /// Why it cannot be used, in words.
    fn file(&mut self, name: &str) -> Result<Vec<u8>, String>;

    /// The font file of that SHA-256, in hex, where the caller has it.
    fn font(&mut self, sha256: &str) -> Option<Vec<u8>>;
}

/// A layout with everything that it takes.
#[derive(Debug, Clone, Default)]
pub struct Materials {
    look: Look,
    fonts: Vec<ExtraFont>,
    /// The fonts that the PDF was set in and that are not at hand, by name.
    pub lacking: Vec<String>,
}

impl Materials {
    /// What `made` states, with the files that it names.
    ///
    /// # Errors
    /// Where it states what no version of this program makes, or a file is not the one that it names; in words.
    pub fn of(made: &Made, issuer: Option<&Issuer>, found: &mut dyn FoundInputs) -> Result<Self, String> {
        let format = |word: &String| {
            let format = Format::ALL.into_iter().find(|format| format.as_str() == word);
            format.ok_or_else(|| format!("it states the format `{word}`, which this version does not make"))
        };
        let mut look = Look {
            formats: made.formats.iter().map(format).collect::<Result<_, _>>()?,
            bom: made.bom,
            html_budget: usize::try_from(made.html_budget).unwrap_or(usize::MAX),
            paper: made.paper.parse().map_err(|()| format!("it states the paper `{}`", made.paper))?,
            pdf_rows: made.pdf_rows.parse().map_err(|()| format!("it states the rows `{}`", made.pdf_rows))?,
            grouping: made.grouping,
            letter: match &made.letter {
                None => None,
                Some(code) => Some(code.parse().map_err(|()| format!("it states a letter in the language `{code}`"))?),
            },
            brand: brand(made, issuer, found)?,
            templates: Templates::new(),
        };
        for (name, file) in &made.templates {
            let text = String::from_utf8(named(file, found)?).map_err(|_| format!("{} is not a text", file.file))?;
            look.templates.insert(name.clone(), text);
        }
        let mut materials = Self { look, fonts: Vec::new(), lacking: Vec::new() };
        for font in &made.fonts {
            let bytes = match &font.file {
                Some(file) => Some(named(&MadeFile { file: file.clone(), sha256: font.sha256.clone() }, found)?),
                None => found.font(&font.sha256).filter(|bytes| sha256(bytes) == font.sha256),
            };
            match bytes {
                Some(bytes) => materials.fonts.push(ExtraFont {
                    name: font.name.clone(),
                    bytes: Arc::new(bytes),
                    index: font.index,
                }),
                None => materials.lacking.push(font.name.clone()),
            }
        }
        Ok(materials)
    }

    /// The layout.
    pub fn layout(&self) -> Layout<'_> {
        Layout { look: &self.look, fonts: &self.fonts }
    }
}

/// The file that is named, if it is the one.
fn named(file: &MadeFile, found: &mut dyn FoundInputs) -> Result<Vec<u8>, String> {
    let bytes = found.file(&file.file)?;
    if sha256(&bytes) == file.sha256 {
        Ok(bytes)
    } else {
        Err(format!("{} is not the file that the report states it was made with", file.file))
    }
}

fn brand(made: &Made, issuer: Option<&Issuer>, found: &mut dyn FoundInputs) -> Result<Brand, String> {
    let logo = made.logo.as_ref().map(|file| named(file, found)).transpose()?;
    let logo = logo.map(|bytes| Logo::new(bytes).map_err(|error| error.to_string())).transpose()?;
    if logo.as_ref().map(Logo::sha256).as_ref() != issuer.and_then(|issuer| issuer.logo_sha256.as_ref()) {
        return Err("it does not state the logo that it was made with".to_owned());
    }
    let colour = |stated: Option<&String>, scheme| {
        let colour = stated.map(|text| text.parse::<Colour>().and_then(|colour| Accent::new(colour, scheme)));
        colour.transpose().map_err(|error| error.to_string())
    };
    Ok(Brand {
        logo,
        accent: colour(issuer.and_then(|issuer| issuer.accent.as_ref()), Scheme::Light)?,
        accent_dark: colour(issuer.and_then(|issuer| issuer.accent_dark.as_ref()), Scheme::Dark)?,
    })
}
