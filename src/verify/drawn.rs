//! An audit sample against the package that it was drawn from: it is drawn again, its worksheet is made again, and the bytes are
//! compared.

use std::collections::BTreeMap;

use super::file::{self, FileVerdict};
use super::folder::Folder;
use super::litter;
use super::package::chain;
use super::recomputed;
use super::reproduced::Reproduced;
use super::signature::{Fact, Signer, Trust};
use crate::batch::REGISTER;
use crate::draw::{FORMAT, Sample};
use crate::package::{SIGNATURE, SIGNER};
use crate::render::bytes;
use crate::render::csv::{self, Table};
use crate::render::worksheet::{self, BLANK, COLUMNS, File, Options, STATED, WorksheetError, forms};
use crate::report::AuditReport;
use crate::spreadsheet::returned::Worksheet;

/// The package that a sample is of, which was verified.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// Its report.
    pub report: &'a AuditReport,
    /// SHA-256 of its manifest, in hex.
    pub manifest_sha256: &'a str,
    /// What its data turned out to be.
    pub good: &'a Reproduced,
}

/// The facts about a sample.
#[derive(Debug, Clone)]
pub struct DrawnVerdict {
    /// The facts about each of its files, the data first.
    pub files: Vec<FileVerdict>,
    /// Who signed the data.
    pub signer: Option<Signer>,
    /// What is wrong with it as a whole.
    pub problems: Vec<String>,
    /// What a reader has to know.
    pub notes: Vec<String>,
    /// The sample as it was drawn again, where its data is that.
    pub sample: Option<Sample>,
}

/// Checks the sample in `folder`.
pub fn verify(folder: &Folder, of: Of<'_>, trust: &Trust) -> DrawnVerdict {
    let stem = format!("{}-sample", of.report.stem());
    let mut verdict =
        DrawnVerdict { files: Vec::new(), signer: None, problems: Vec::new(), notes: Vec::new(), sample: None };
    let data = match folder.bytes(&File::Data.name(&stem)) {
        Some(Ok(bytes)) => bytes,
        Some(Err(error)) => return refused(verdict, format!("{} cannot be read: {error}", File::Data.name(&stem))),
        None => {
            let why = format!("there is no {}: this is not a sample of {}", File::Data.name(&stem), of.report.stem());
            return refused(verdict, why);
        }
    };
    let again = drawn_again(&data, of);
    for kind in File::ALL {
        let name = kind.name(&stem);
        let content = match folder.bytes(&name) {
            Some(Ok(content)) => content,
            Some(Err(error)) => {
                verdict.problems.push(format!("{name} cannot be read: {error}"));
                continue;
            }
            None => {
                verdict.problems.push(format!("{name} is missing"));
                continue;
            }
        };
        let signature = folder.bytes(&format!("{name}{SIGNATURE}")).and_then(Result::ok);
        let mut found = file::verify(&name, &content, signature.as_deref(), trust);
        found.listed = named(&found, &format!("{stem}/{name}"));
        let signer = found.signature.as_ref().and_then(|signature| signature.signer.clone());
        found.same_signer = match (&verdict.signer, &signer) {
            _ if kind == File::Data => Fact::Yes,
            (Some(one), Some(other)) if one.fingerprint == other.fingerprint => Fact::Yes,
            _ => Fact::No("it is not signed by whoever signed the data of the sample".to_owned()),
        };
        if kind == File::Data {
            verdict.signer = signer;
        }
        found.reproduced = match &again {
            Ok(again) => compared(kind, &content, again, of),
            Err(why) if kind == File::Data => Reproduced::No(why.clone()),
            Err(_) => Reproduced::NotCompared("the sample could not be drawn again".to_owned()),
        };
        verdict.files.push(found);
    }
    if folder.bytes(SIGNER).and_then(Result::ok) != chain(&File::Data.name(&stem), &data, folder) {
        verdict.problems.push(format!("{SIGNER} does not hold the certificates of the sample's signer"));
    }
    verdict.notes.extend(notes(folder, &stem));
    if let Ok(again) = again {
        let (key, drawn) = again.counts();
        let of = of.report.grouping();
        verdict.notes.push(format!(
            "drawn again: {}; {} as key items, {} drawn",
            again.drawn_by(),
            of.batches(key),
            of.batches(drawn)
        ));
        verdict.sample = Some(again);
    }
    verdict
}

fn refused(verdict: DrawnVerdict, why: String) -> DrawnVerdict {
    DrawnVerdict { problems: vec![why], ..verdict }
}

/// The sample that the register gives, by what the data asks for.
fn drawn_again(data: &[u8], of: Of<'_>) -> Result<Sample, String> {
    let stated: Sample = serde_json::from_slice(data).map_err(|error| format!("it cannot be read: {error}"))?;
    if stated.format != FORMAT {
        return Err(format!("it is of the format `{}`, this version reads {FORMAT}", stated.format));
    }
    if stated.package.manifest_sha256 != of.manifest_sha256 {
        return Err(format!(
            "it was drawn from a package whose manifest.json has the SHA-256 {}; this one's has {}",
            stated.package.manifest_sha256, of.manifest_sha256
        ));
    }
    let request = stated.request().ok_or("it states a figure that this version does not know")?;
    let again = Sample::draw(of.report, of.manifest_sha256, &request, BTreeMap::new());
    // Which version drew it, and in which form it wrote, is for its signer to state.
    let again = again.map_err(|error| error.to_string())?;
    Ok(Sample { version: stated.version, forms: stated.forms, ..again })
}

fn compared(kind: File, content: &[u8], again: &Sample, of: Of<'_>) -> Reproduced {
    let made = match bytes(|out| worksheet::write(of.report, &Options { sample: again, file: kind }, out)) {
        Ok(made) => made,
        Err(error) => return Reproduced::NotCompared(format!("it cannot be made again: {error}")),
    };
    if made == content {
        return of.good.clone();
    }
    if again.forms.get(kind.format()) != forms().get(kind.format()) && kind != File::Data {
        let why = format!("made by version {} in another form, verify with that", again.version);
        return Reproduced::NotCompared(why);
    }
    let difference = match kind {
        File::Data => serde_json::from_slice(content).ok().zip(serde_json::from_slice(&made).ok()).and_then(
            |(claimed, computed): (serde_json::Value, serde_json::Value)| {
                recomputed::first_difference(&claimed, &computed)
            },
        ),
        File::Table => recomputed::table(content, &made).ok().flatten(),
        File::Workbook => None,
    };
    let difference = difference.unwrap_or_else(|| "its bytes are not those that are made".to_owned());
    let filled = if kind == File::Data { "" } else { "; a copy that was filled in is compared by --returned" };
    Reproduced::No(format!("{difference}{filled}"))
}

/// The worksheet of a sample as it was signed, which a copy that was filled in is compared with.
///
/// # Errors
/// Where the worksheet cannot be made.
pub fn blank_worksheet(report: &AuditReport, sample: &Sample) -> Result<Worksheet, WorksheetError> {
    let drawn = worksheet::rows(report, sample)?;
    let of_drawn = AuditReport {
        register: drawn.iter().map(|(_, batch)| (*batch).clone()).collect(),
        ..report.clone().without_register()
    };
    let register = bytes(|out| csv::write(&of_drawn, &csv::Options::of(Table::Register), out))?;
    let stated = [&sample.package.name, &sample.package.manifest_sha256, &sample.drawn_by()].map(Clone::clone);
    let mut cells = BTreeMap::new();
    for (item, batch) in drawn {
        let own = COLUMNS.into_iter().zip(worksheet::cells(report, (item, batch)));
        let further =
            own.filter(|(column, _)| !REGISTER.contains(column)).chain(STATED.into_iter().zip(stated.clone()));
        cells.extend(further.map(|(column, text)| ((item.batch_id.clone(), column.to_owned()), text)));
    }
    Ok(Worksheet {
        register,
        columns: COLUMNS.map(str::to_owned).to_vec(),
        blank: BLANK.map(str::to_owned).to_vec(),
        cells,
    })
}

/// A file must be what it was signed as.
fn named(found: &FileVerdict, expected: &str) -> Fact {
    match found.signed_as.as_deref().filter(|called| *called != expected) {
        Some(called) => Fact::No(format!("it was signed as {called}")),
        None => Fact::NotChecked("a sample has no manifest".to_owned()),
    }
}

/// Files that are no part of the sample: copies that were filled in, notes.
fn notes<'a>(folder: &'a Folder, stem: &'a str) -> impl Iterator<Item = String> + 'a {
    let own = |name: &str| {
        let name = name.strip_suffix(SIGNATURE).unwrap_or(name);
        name == SIGNER || File::ALL.iter().any(|file| file.name(stem) == name)
    };
    let others = folder.names().filter(move |name| !own(name) && !litter::is_litter(name));
    others.map(|name| format!("{name} is no part of the sample, and was not looked at"))
}
