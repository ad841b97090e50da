//! From a report to the files of its package: rendered as they are written, then signed and listed. What is signed needs
//! the report no more, so that the two are never in memory together.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

use super::{Entry, Kept, MANIFEST, Manifest, Place, PlaceError, SIGNATURE, SIGNER, Staged};
use crate::brand::Brand;
use crate::defect::Defect;
use crate::digest::Checksum;
use crate::remedy::Remedy;
use crate::render;
use crate::render::csv::{self, CsvError, Table};
use crate::render::html::{self, HtmlError};
use crate::render::json::{self, JsonError};
use crate::render::ndjson::{self, NdjsonError};
use crate::render::parquet::{self, ParquetError};
use crate::render::pdf::{self, Attachment, ExtraFont, Paper, PdfError, Relationship, Rows};
use crate::report::AuditReport;
use crate::sign::{self, SignError, Signing};

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
}

/// What goes into a package, and how it is laid out.
#[derive(Debug, Clone)]
pub struct Contents<'a> {
    /// The report.
    pub report: &'a AuditReport,
    /// The formats wanted.
    pub formats: &'a [Format],
    /// Whether CSV files begin with a byte order mark.
    pub bom: bool,
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
#[non_exhaustive]
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
    /// A file could not be written.
    #[error(transparent)]
    Place(#[from] PlaceError),
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
    /// The program contradicts itself.
    #[error(transparent)]
    Defect(#[from] Defect),
}

impl Remedy for BuildError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Html(error) => error.remedy(),
            Self::Pdf(error) => error.remedy(),
            Self::Place(error) => error.remedy(),
            Self::Sign(error) => error.remedy(),
            Self::Defect(defect) => defect.remedy(),
            Self::Csv(_)
            | Self::Json(_)
            | Self::Ndjson(_)
            | Self::Parquet(_)
            | Self::Kept { .. }
            | Self::Manifest(_) => None,
        }
    }
}

impl Remedy for PdfError {}

/// A package of which every file is there, and none is signed.
#[derive(Debug)]
pub struct Rendered {
    stem: String,
    /// Why the PDF is signed.
    mark: &'static str,
    /// The files that get a signature beside them.
    files: Vec<(String, Checksum)>,
    /// The page, where it is wanted; its signature goes into it.
    page: Option<String>,
    /// The PDF's name, where it is wanted.
    pdf: Option<String>,
}

/// Makes all files of the package in `place`, but for signatures and the manifest; they are written as they are made.
///
/// `kept` are files that stand in the package beside the rendered ones, such as the evidence: not changed.
///
/// # Errors
/// When a file cannot be made or written.
pub fn render(contents: &Contents<'_>, kept: &[Kept], place: &Place) -> Result<Rendered, BuildError> {
    let stem = contents.report.stem();
    let data = data_files(contents, &stem, place)?;
    let mut rendered = Rendered { stem, mark: contents.report.mark(), files: Vec::new(), page: None, pdf: None };
    if contents.formats.contains(&Format::Html) {
        let register = data.iter().find(|(name, _)| name.ends_with(".csv"));
        let (name, file) = register.ok_or(Defect("a package without a register"))?;
        let digest = file.hex();
        let options = html::Options {
            budget: contents.html_budget,
            templates: contents.templates.clone(),
            brand: contents.brand.clone(),
            ..html::Options::new(name, &digest)
        };
        let page = String::from_utf8(render::bytes(|out| html::write(contents.report, &options, out))?);
        rendered.page = Some(page.map_err(|_| Defect("the page is not a text"))?);
    }
    if contents.formats.contains(&Format::Pdf) {
        let name = format!("{}.pdf", rendered.stem);
        write_document(contents, &data, place, &name)?;
        rendered.pdf = Some(name);
    }
    for (name, file) in data {
        if is_wanted(&name, contents.formats) {
            rendered.files.push((name, file));
        } else {
            place.remove(&name)?;
        }
    }
    rendered.files.extend(warehouse_files(contents, &rendered.stem, place)?);
    for file in kept {
        let failed = |error| BuildError::Kept { path: file.path.clone(), error };
        let mut content = fs::File::open(&file.path).map_err(failed)?;
        let checksum = place.put(&file.name, &mut content)?;
        let stated = contents.report.evidence.as_ref().filter(|stated| stated.name == file.name);
        if stated.is_some_and(|stated| stated.sha256 != checksum.hex()) {
            return Err(failed(io::Error::new(
                io::ErrorKind::InvalidData,
                "it has changed since the report was made of it",
            )));
        }
        rendered.files.push((file.name.clone(), checksum));
    }
    Ok(rendered)
}

/// Signs each file as `signing` says and writes the manifest; what all files hold, by name, the manifest and its signature
/// last.
///
/// # Errors
/// When signing or writing fails.
pub fn sign(rendered: Rendered, signing: &Signing<'_>, place: &Place) -> Result<Vec<Entry>, BuildError> {
    let mut entries = Vec::new();
    let mut put = |name: String, bytes: &[u8]| -> Result<(), BuildError> {
        entries.push(Entry::new(&name, &place.put(&name, &mut &*bytes)?));
        Ok(())
    };
    if let Some(page) = &rendered.page {
        put(format!("{}.html", rendered.stem), sign::html::sign(page, signing)?.as_bytes())?;
    }
    for (name, file) in &rendered.files {
        let signature = sign::cms::detached_of(&file.sha256, place.opener(name), signing)?;
        put(format!("{name}{SIGNATURE}"), &signature)?;
    }
    put(SIGNER.to_owned(), signing.identity.chain_pem()?.as_bytes())?;
    if let Some(name) = &rendered.pdf {
        entries.push(sign_document(name, rendered.mark, signing, place)?);
    }
    entries.extend(rendered.files.iter().map(|(name, file)| Entry::new(name, file)));
    let listed = Manifest::over(&rendered.stem, entries);
    let manifest = listed.to_json().map_err(BuildError::Manifest)?;
    let signature = sign::cms::detached(&manifest, signing)?;
    let mut entries = listed.files;
    for (name, bytes) in [(MANIFEST.to_owned(), manifest), (format!("{MANIFEST}{SIGNATURE}"), signature)] {
        entries.push(Entry::new(&name, &place.put(&name, &mut &*bytes)?));
    }
    Ok(entries)
}

/// Signs the PDF, which only grows by that.
fn sign_document(name: &str, mark: &str, signing: &Signing<'_>, place: &Place) -> Result<Entry, BuildError> {
    let mut unsigned = Vec::new();
    let failed = |error| BuildError::Kept { path: name.into(), error };
    place.open(name)?.read_to_end(&mut unsigned).map_err(failed)?;
    let before = unsigned.len();
    let signed = sign::pades::sign(unsigned, signing, mark)?;
    let signature = signed.get(before..).filter(|signature| !signature.is_empty());
    place.append(name, signature.ok_or(Defect("signing did not add to the PDF"))?)?;
    Ok(Entry::of(name, &signed))
}

/// Register, totals, metadata and JSON; the PDF carries them all, also where the package holds no CSV files.
fn data_files(contents: &Contents<'_>, stem: &str, place: &Place) -> Result<Vec<(String, Checksum)>, BuildError> {
    let report = contents.report;
    let csv = |table, file: &mut Staged| csv::write(report, &csv::Options { table, bom: contents.bom }, file);
    let names = ["", "-totals"].map(|part| format!("{stem}{part}.csv"));
    let [register, totals] = &names;
    let tables = || -> Result<_, BuildError> {
        let write = |name: &str, table| -> Result<_, BuildError> {
            let mut file = place.create(name)?;
            csv(table, &mut file)?;
            Ok(file.finish()?)
        };
        Ok([write(register, Table::Register)?, write(totals, Table::Totals)?])
    };
    let json_name = format!("{stem}.json");
    let json = || -> Result<_, BuildError> {
        let mut file = place.create(&json_name)?;
        json::write(report, &json::Options::default(), &mut file)?;
        Ok(file.finish()?)
    };
    let (tables, json) = rayon::join(tables, json);
    let tables = tables?;
    let metadata_name = format!("{stem}.csv-metadata.json");
    let mut file = place.create(&metadata_name)?;
    csv(Table::Metadata { register: &tables[0], totals: &tables[1] }, &mut file)?;
    let metadata = file.finish()?;
    let files = names.into_iter().zip(tables);
    Ok(files.chain([(metadata_name, metadata), (json_name, json?)]).collect())
}

/// The tables for a warehouse, which the PDF does not carry.
fn warehouse_files(contents: &Contents<'_>, stem: &str, place: &Place) -> Result<Vec<(String, Checksum)>, BuildError> {
    let mut files = Vec::new();
    if contents.formats.contains(&Format::Ndjson) {
        let name = format!("{stem}.ndjson");
        let mut file = place.create(&name)?;
        ndjson::write(contents.report, &ndjson::Options::default(), &mut file)?;
        files.push((name, file.finish()?));
    }
    if contents.formats.contains(&Format::Parquet) {
        let name = format!("{stem}.parquet");
        let mut file = place.create(&name)?;
        parquet::write(contents.report, &parquet::Options::default(), &mut file)?;
        files.push((name, file.finish()?));
    }
    Ok(files)
}

fn is_wanted(name: &str, formats: &[Format]) -> bool {
    let table = name.ends_with(".csv") || name.ends_with(".csv-metadata.json");
    !table || formats.contains(&Format::Csv)
}

fn write_document(
    contents: &Contents<'_>,
    data: &[(String, Checksum)],
    place: &Place,
    name: &str,
) -> Result<(), BuildError> {
    let attachments: Vec<_> = data.iter().map(|(name, file)| attachment(contents.report, name, file, place)).collect();
    let options = pdf::Options {
        paper: contents.paper,
        rows: contents.pdf_rows,
        attachments: &attachments,
        evidence_sha256: contents.report.evidence.as_ref().map(|kept| kept.sha256.clone()),
        fonts: contents.fonts,
        brand: Some(contents.brand),
    };
    let mut file = place.create(name)?;
    pdf::write(contents.report, &options, &mut file)?;
    file.finish()?;
    Ok(())
}

fn attachment(report: &AuditReport, name: &str, file: &Checksum, place: &Place) -> Attachment {
    let (media_type, description, relationship) = match name {
        name if name.ends_with("-totals.csv") => ("text/csv", "Totals per status", Relationship::Data),
        name if name.ends_with(".csv") => ("text/csv", "Register, one row per batch", Relationship::Data),
        name if name.ends_with(".csv-metadata.json") => {
            ("application/csvm+json", "Meaning of the columns, and control totals", Relationship::Data)
        }
        _ => ("application/json", "The whole report as data", Relationship::Source),
    };
    let open = place.opener(name);
    Attachment {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        description: description.to_owned(),
        relationship,
        content: pdf::Content::new(*file, move || Ok(Box::new(open()?))),
        modified: report.provenance.ended,
    }
}
