//! From a report to the files of its package: rendered as they are written, then signed and listed. What is signed needs
//! the report no more, so that the two are never in memory together.

use std::fs;
use std::io::{self, Read};

use super::error::BuildError;
use super::files::{Contents, Piece};
use super::layout::Format;
use super::{Entry, KeptFile, MANIFEST, Manifest, Place, SIGNATURE, SIGNER, Subject};
use crate::defect::Defect;
use crate::digest::Checksum;
use crate::render::handout::SignedBy;
use crate::render::pdf::Content;
use crate::report::AuditReport;
use crate::sign::{self, Signing};

/// A package of which every file is there, and none is signed.
#[derive(Debug)]
pub struct Rendered {
    stem: String,
    /// What the manifest states of it.
    subject: Subject,
    /// The files that get a signature beside them.
    files: Vec<(String, Checksum)>,
    /// The page, where it is wanted; its signature goes into it.
    page: Option<String>,
    /// The documents that are signed inside, each with why.
    documents: Vec<(String, String)>,
}

/// Makes all files of the package in `place`, but for signatures and the manifest; they are written as they are made.
///
/// `signer` is who will sign it, whom its README names. `kept` are files that are in the package beside the rendered ones and are not changed: the evidence, and what was taken of other
/// packages. Where the report states the SHA-256 of one, it must have that.
///
/// # Errors
/// When a file cannot be made or written.
pub fn render(
    contents: &Contents<'_>,
    signer: &SignedBy,
    kept: &[KeptFile],
    place: &Place,
) -> Result<Rendered, BuildError> {
    let stem = contents.report.stem();
    let (data, further) = rayon::join(|| data_files(contents, &stem, place), || further_files(contents, &stem, place));
    let (data, further) = (data?, further?);
    let subject = Subject::of(contents.report);
    let mut rendered = Rendered { stem, subject, files: Vec::new(), page: None, documents: Vec::new() };
    let formats = &contents.layout.look.formats;
    if formats.contains(&Format::Html) {
        let (_, register) = data.first().ok_or(Defect("a package without a register"))?;
        rendered.page = Some(contents.page(register)?);
    }
    // Not on a thread of the pool: it waits for parts that the pool deflates.
    if formats.contains(&Format::Pdf) {
        rendered.documents.push(document(contents, &data, &rendered.stem, place)?);
    }
    for (name, file) in data {
        if is_wanted(&name, formats) {
            rendered.files.push((name, file));
        } else {
            place.remove(&name)?;
        }
    }
    rendered.files.extend(further);
    rendered.files.push(written(contents, Piece::Readme(signer), &rendered.stem, place)?);
    if contents.layout.look.letter.is_some() {
        rendered.files.push(written(contents, Piece::Letter(signer), &rendered.stem, place)?);
        let name = letter_document(&rendered.stem);
        let mut file = place.create(&name)?;
        contents.letter(signer, &mut file)?;
        file.finish()?;
        rendered.documents.push((name, letter_reason(&rendered.stem)));
    }
    for (name, bytes) in contents.layout.inputs() {
        let checksum = place.put(&name, &mut &*bytes)?;
        rendered.files.push((name, checksum));
    }
    for file in kept {
        let failed = |error| BuildError::Kept { path: file.path.clone(), error };
        let mut content = fs::File::open(&file.path).map_err(failed)?;
        let checksum = place.put(&file.name, &mut content)?;
        if stated(contents.report, &file.name).is_some_and(|stated| stated != checksum.hex()) {
            return Err(failed(io::Error::new(
                io::ErrorKind::InvalidData,
                "it has changed since the report was made of it",
            )));
        }
        rendered.files.push((file.name.clone(), checksum));
    }
    Ok(rendered)
}

/// The name of the letter as a PDF in the package `stem`.
pub fn letter_document(stem: &str) -> String {
    format!("{stem}-letter.pdf")
}

/// Why it is signed.
pub fn letter_reason(stem: &str) -> String {
    format!("Cover letter of {stem}")
}

/// The SHA-256 of a file, in hex, where the report states what it was made from or with.
fn stated<'a>(report: &'a AuditReport, name: &str) -> Option<&'a str> {
    let evidence = report.evidence.as_ref().filter(|kept| kept.name == name).map(|kept| kept.sha256.as_str());
    evidence.or_else(|| report.made.as_ref().and_then(|made| made.inputs().get(name).copied()))
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
    let full = |name: &str| format!("{}/{name}", rendered.stem);
    if let Some(page) = &rendered.page {
        let name = format!("{}.html", rendered.stem);
        let signed = sign::html::sign(page, &signing.naming(&full(&name)))?;
        put(name, signed.as_bytes())?;
    }
    for (name, file) in &rendered.files {
        let signature = sign::cms::detached_of(&file.sha256, place.opener(name), &signing.naming(&full(name)))?;
        put(format!("{name}{SIGNATURE}"), &signature)?;
    }
    put(SIGNER.to_owned(), signing.identity.chain_pem()?.as_bytes())?;
    for (name, reason) in &rendered.documents {
        entries.push(sign_document(name, reason, signing, place)?);
    }
    entries.extend(rendered.files.iter().map(|(name, file)| Entry::new(name, file)));
    let listed = Manifest::over(&rendered.stem, rendered.subject, entries);
    let listed = listed.with_timestamps(signing.authority.is_some());
    let manifest = listed.to_json().map_err(BuildError::Manifest)?;
    let signature = sign::cms::detached(&manifest, &signing.naming(&full(MANIFEST)))?;
    let mut entries = listed.files;
    for (name, bytes) in [(MANIFEST.to_owned(), manifest), (format!("{MANIFEST}{SIGNATURE}"), signature)] {
        entries.push(Entry::new(&name, &place.put(&name, &mut &*bytes)?));
    }
    Ok(entries)
}

/// Signs the PDF, which only grows by that.
fn sign_document(name: &str, reason: &str, signing: &Signing<'_>, place: &Place) -> Result<Entry, BuildError> {
    let mut unsigned = Vec::new();
    let failed = |error| BuildError::Kept { path: name.into(), error };
    place.open(name)?.read_to_end(&mut unsigned).map_err(failed)?;
    let before = unsigned.len();
    let signed = sign::pades::sign(unsigned, signing, reason)?;
    let signature = signed.get(before..).filter(|signature| !signature.is_empty());
    place.append(name, signature.ok_or(Defect("signing did not add to the PDF"))?)?;
    Ok(Entry::of(name, &signed))
}

/// The document, which carries `data`, and why it is signed.
fn document(
    contents: &Contents<'_>,
    data: &[(String, Checksum)],
    stem: &str,
    place: &Place,
) -> Result<(String, String), BuildError> {
    let name = format!("{stem}.pdf");
    let carried = data.iter().map(|(name, file)| {
        let open = place.opener(name);
        (name.clone(), Content::new(*file, move || Ok(Box::new(open()?))))
    });
    let mut file = place.create(&name)?;
    contents.document(carried.collect(), &mut file)?;
    file.finish()?;
    Ok((name, contents.report.marks()))
}

/// Register, totals, metadata and JSON; the PDF carries them all, also where the package holds no CSV files.
fn data_files(contents: &Contents<'_>, stem: &str, place: &Place) -> Result<Vec<(String, Checksum)>, BuildError> {
    let tables = || -> Result<_, BuildError> {
        Ok([written(contents, Piece::Register, stem, place)?, written(contents, Piece::Totals, stem, place)?])
    };
    let (tables, json) = rayon::join(tables, || written(contents, Piece::Json, stem, place));
    let [register, totals] = tables?;
    let metadata = written(contents, Piece::Metadata { register: &register.1, totals: &totals.1 }, stem, place)?;
    Ok(vec![register, totals, metadata, json?])
}

/// The tables for a warehouse and the workbook, which the PDF does not carry.
fn further_files(contents: &Contents<'_>, stem: &str, place: &Place) -> Result<Vec<(String, Checksum)>, BuildError> {
    let pieces = [(Format::Ndjson, Piece::Ndjson), (Format::Parquet, Piece::Parquet), (Format::Xlsx, Piece::Xlsx)];
    // One after the other, beside the tables: two files at a time, so that memory does not grow with their number.
    let wanted = pieces.into_iter().filter(|(format, _)| contents.layout.look.formats.contains(format));
    wanted.map(|(_, piece)| written(contents, piece, stem, place)).collect()
}

fn written(
    contents: &Contents<'_>,
    piece: Piece<'_>,
    stem: &str,
    place: &Place,
) -> Result<(String, Checksum), BuildError> {
    let name = piece.name(stem);
    let mut file = place.create(&name)?;
    contents.write(piece, &mut file)?;
    Ok((name, file.finish()?))
}

fn is_wanted(name: &str, formats: &[Format]) -> bool {
    let table = name.ends_with(".csv") || name.ends_with(".csv-metadata.json");
    !table || formats.contains(&Format::Csv)
}
