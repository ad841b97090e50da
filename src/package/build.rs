//! From a report to the files of its package: rendered, signed, listed. Writes nothing.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Entry, File, Files, Kept, MANIFEST, Manifest, SIGNATURE, SIGNER};
use crate::brand::Brand;
use crate::digest::sha256;
use crate::render::csv::{self, CsvError};
use crate::render::html::{self, HtmlError};
use crate::render::json::{self, JsonError};
use crate::render::ndjson::{self, NdjsonError};
use crate::render::parquet::{self, ParquetError};
use crate::render::pdf::{self, Attachment, ExtraFont, Paper, PdfError, Relationship, Rows};
use crate::report::AuditReport;
use crate::sign::{self, SignError, Signing};

/// A format that the user can choose; the JSON, the manifest and the certificate chain are always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
}

/// What goes into a package, and how it is laid out.
#[derive(Debug, Clone)]
pub struct Contents<'a> {
    /// The report.
    pub report: &'a AuditReport,
    /// The formats wanted.
    pub formats: &'a [Format],
    /// How CSV files are written.
    pub csv: csv::Options,
    /// How many bytes the HTML may have.
    pub html_budget: usize,
    /// Templates that take the place of the HTML's built-in ones.
    pub templates: &'a html::Templates,
    /// Logo and colours.
    pub brand: &'a Brand,
    /// The PDF's paper.
    pub paper: Paper,
    /// How much of the register the PDF prints.
    pub pdf_rows: Rows,
    /// Fonts beside those that are built in.
    pub fonts: &'a [ExtraFont],
}

/// Why a package could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The CSV files could not be made.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// The JSON could not be made.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The NDJSON could not be made.
    #[error(transparent)]
    Ndjson(#[from] NdjsonError),
    /// The Parquet file could not be made.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// The HTML could not be made.
    #[error(transparent)]
    Html(#[from] HtmlError),
    /// The PDF could not be made.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// A file that is there could not be read.
    #[error("cannot read `{}`: {error}", .path.display())]
    Kept {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
    /// Something could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The manifest could not be made.
    #[error("cannot make the manifest: {0}")]
    Manifest(serde_json::Error),
}

/// The files of the package, the manifest and its signature last, each signed as `signing` says.
///
/// `kept` are files that stand in the package beside the rendered ones, such as the evidence: signed and listed, not changed.
pub fn build(contents: &Contents<'_>, kept: Vec<Kept>, signing: &Signing<'_>) -> Result<Files, BuildError> {
    let stem = contents.report.stem();
    let mut files = Vec::new();
    let data = data_files(contents, &stem)?;
    if contents.formats.contains(&Format::Html) {
        let register = data.iter().find(|file| file.name.ends_with(".csv"));
        let digest = register.map(|file| sha256(&file.bytes)).unwrap_or_default();
        let options = html::Options {
            budget: contents.html_budget,
            templates: contents.templates.clone(),
            brand: contents.brand.clone(),
            ..html::Options::new(register.map_or("", |file| &file.name), &digest)
        };
        let page = String::from_utf8_lossy(&html::html(contents.report, &options)?).into_owned();
        files.push(File::new(format!("{stem}.html"), sign::html::sign(&page, signing)?.into_bytes()));
    }
    if contents.formats.contains(&Format::Pdf) {
        let bytes = sign::pades::sign(document(contents, &data)?, signing, contents.report.mark())?;
        files.push(File::new(format!("{stem}.pdf"), bytes));
    }
    let tables = warehouse_files(contents, &stem)?;
    let data = data.into_iter().filter(|file| is_wanted(file, contents.formats));
    for file in data.chain(tables) {
        let signature = sign::cms::detached(&file.bytes, signing)?;
        files.push(File::new(format!("{}{SIGNATURE}", file.name), signature));
        files.push(file);
    }
    let mut entries = Vec::new();
    for file in &kept {
        let open = || fs::File::open(&file.path).map_err(failed(file));
        let signature = sign::cms::detached_from(open()?, signing)?;
        entries.push(Entry::of_reader(&file.name, open()?).map_err(failed(file))?);
        files.push(File::new(format!("{}{SIGNATURE}", file.name), signature));
    }
    files.push(File::new(SIGNER, signing.identity.chain_pem()?.into_bytes()));
    files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    entries.extend(files.iter().map(entry));
    let listed = Manifest::over(&stem, entries);
    let manifest = listed.to_json().map_err(BuildError::Manifest)?;
    let signature = sign::cms::detached(&manifest, signing)?;
    let last = [File::new(MANIFEST, manifest), File::new(format!("{MANIFEST}{SIGNATURE}"), signature)];
    let entries = listed.files.into_iter().chain(last.iter().map(entry)).collect();
    files.extend(last);
    Ok(Files { made: files, kept, entries })
}

fn entry(file: &File) -> Entry {
    Entry::of(&file.name, &file.bytes)
}

fn failed(file: &Kept) -> impl Fn(io::Error) -> BuildError {
    let path = file.path.clone();
    move |error| BuildError::Kept { path: path.clone(), error }
}

/// Register, totals, metadata and JSON; the PDF carries them all, also where the package holds no CSV files.
fn data_files(contents: &Contents<'_>, stem: &str) -> Result<Vec<File>, BuildError> {
    let report = contents.report;
    let tables = || {
        let register = csv::register(report, contents.csv)?;
        let totals = csv::totals(report, contents.csv)?;
        let metadata = csv::metadata(report, &register, &totals)?;
        Ok::<_, CsvError>((register, totals, metadata))
    };
    let (tables, json) = rayon::join(tables, || json::json(report));
    let (register, totals, metadata) = tables?;
    Ok(vec![
        File::new(format!("{stem}.csv"), register),
        File::new(format!("{stem}-totals.csv"), totals),
        File::new(format!("{stem}.csv-metadata.json"), metadata),
        File::new(format!("{stem}.json"), json?),
    ])
}

/// The tables for a warehouse, which the PDF does not carry.
fn warehouse_files(contents: &Contents<'_>, stem: &str) -> Result<Vec<File>, BuildError> {
    let mut files = Vec::new();
    if contents.formats.contains(&Format::Ndjson) {
        files.push(File::new(format!("{stem}.ndjson"), ndjson::ndjson(contents.report)?));
    }
    if contents.formats.contains(&Format::Parquet) {
        files.push(File::new(format!("{stem}.parquet"), parquet::parquet(contents.report)?));
    }
    Ok(files)
}

fn is_wanted(file: &File, formats: &[Format]) -> bool {
    let table = file.name.ends_with(".csv") || file.name.ends_with(".csv-metadata.json");
    !table || formats.contains(&Format::Csv)
}

fn document(contents: &Contents<'_>, data: &[File]) -> Result<Vec<u8>, BuildError> {
    let attachments: Vec<Attachment> = data.iter().map(|file| attachment(contents.report, file)).collect();
    let options = pdf::Options {
        paper: contents.paper,
        rows: contents.pdf_rows,
        attachments: &attachments,
        evidence_sha256: contents.report.evidence.as_ref().map(|kept| kept.sha256.clone()),
        fonts: contents.fonts,
        brand: Some(contents.brand),
    };
    Ok(pdf::pdf(contents.report, &options)?.bytes)
}

fn attachment(report: &AuditReport, file: &File) -> Attachment {
    let (media_type, description, relationship) = match file.name.as_str() {
        name if name.ends_with("-totals.csv") => ("text/csv", "Totals per status", Relationship::Data),
        name if name.ends_with(".csv") => ("text/csv", "Register, one row per batch", Relationship::Data),
        name if name.ends_with(".csv-metadata.json") => {
            ("application/csvm+json", "Meaning of the columns, and control totals", Relationship::Data)
        }
        _ => ("application/json", "The whole report as data", Relationship::Source),
    };
    Attachment {
        name: file.name.clone(),
        media_type: media_type.to_owned(),
        description: description.to_owned(),
        relationship,
        bytes: Arc::clone(&file.bytes),
        modified: report.provenance.ended,
    }
}
