//! Making a package again: the report from the evidence, or from its own data where that is not at hand; then every other file.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use super::consistent::consistent;
use super::document::{not_compared, signed};
use super::folder::Held;
use super::older::{Older, named};
use super::remake::{Document, Files, Remaking};
use super::reproduce::{fitted, reproduce, unfitted};
use super::reproduced::Reproduced;
use super::signature::Trust;
use super::subject;
use crate::digest::{Checksum, SummingReader};
use crate::dispositions;
use crate::evidence::FILE_NAME;
use crate::machine;
use crate::package::{Format, FoundInputs, INPUTS, Manifest, Materials};
use crate::pseudonym::PseudonymKey;
use crate::render::handout::{README, SignedBy};
use crate::report::{AuditReport, FORMAT, Head, Made};

/// Gives the font file of this SHA-256 (in hex), where there is one.
pub type FontFinder = dyn Fn(&str) -> Option<Vec<u8>>;

/// What the caller has beside a package.
#[derive(Default)]
pub struct Aids<'a> {
    /// Evidence that the package does not hold, because it is kept apart.
    pub evidence: Option<&'a Held>,
    /// The key by which names are replaced in the package.
    pub pseudonyms: Option<PseudonymKey>,
    /// Finds fonts that the package does not hold.
    pub fonts: Option<&'a FontFinder>,
}

/// What making a package again has shown.
#[derive(Default)]
pub(super) struct Remade {
    /// Of each file, by name.
    pub files: BTreeMap<String, Reproduced>,
    /// What is wrong with the package.
    pub problems: Vec<String>,
    /// What a reader has to know.
    pub notes: Vec<String>,
}

/// Makes the whole package again.
pub(super) fn all(
    manifest: &Manifest,
    files: &Files<'_>,
    (aids, signer): (&Aids<'_>, SignedBy),
    trust: &Trust,
) -> Remade {
    let mut remade = Remade::default();
    let name = format!("{}.json", manifest.package);
    let mut sources: BTreeSet<String> = [FILE_NAME.to_owned()].into();
    let documents = match head(&name, files) {
        Err(why) => {
            remade.problems.push(format!("{name}: {why}"));
            Vec::new()
        }
        Ok(head) => {
            remade.problems.extend(manifest.subject.as_ref().and_then(|subject| subject::differs(subject, &head)));
            sources.extend(inputs(&head));
            match of_head(&name, &head, (files, aids, trust), (signer, &mut remade)) {
                Ok(documents) => documents,
                Err(verdict) => {
                    remade.files.insert(name.clone(), verdict);
                    Vec::new()
                }
            }
        }
    };
    // The report is gone by now: it may be large, and so may the document.
    for document in documents {
        remade.files.insert(document.0.name.clone(), signed_document(&document, files));
    }
    for (name, verdict) in &mut remade.files {
        if let (true, Reproduced::NotCompared(why), Some((held, sum))) =
            (name.ends_with(".pdf"), &verdict, files.get(name))
        {
            *verdict = match held.same_bytes(sum) {
                Ok(bytes) => not_compared(&bytes, why.clone()),
                Err(error) => Reproduced::No(error.to_string()),
            };
        }
    }
    complete(manifest, files, &sources, &mut remade);
    remade
}

/// The verdict on every other file: what others are made with, what the report does not state, what could not be reached.
fn complete(manifest: &Manifest, files: &Files<'_>, sources: &BTreeSet<String>, remade: &mut Remade) {
    let stem = &manifest.package;
    let known: Vec<String> =
        ["-totals.csv", ".csv", ".csv-metadata.json", ".html", ".pdf", ".ndjson", ".parquet", ".xlsx"]
            .iter()
            .chain(&["-letter.txt", "-letter.pdf"])
            .map(|end| format!("{stem}{end}"))
            .chain([README.to_owned()])
            .collect();
    let failed =
        remade.files.get(&format!("{stem}.json")).is_none_or(|verdict| verdict.is_denied() || verdict.is_open());
    for name in files.sums.keys().filter(|name| !remade.files.contains_key(*name)).cloned().collect::<Vec<_>>() {
        let verdict = if sources.contains(&name) {
            Reproduced::Source
        } else if name.starts_with(&format!("{INPUTS}/")) && !failed {
            Reproduced::No("the report does not state that anything was made with it".to_owned())
        } else if known.contains(&name) && !failed {
            Reproduced::No("the report does not state that such a file was made".to_owned())
        } else if known.contains(&name) || name.starts_with(INPUTS) {
            Reproduced::NotCompared("the report could not be made again".to_owned())
        } else {
            Reproduced::NotCompared("this version makes no such file".to_owned())
        };
        remade.files.insert(name, verdict);
    }
}

/// What the data states before its findings and its register.
fn head(name: &str, files: &Files<'_>) -> Result<Head, String> {
    let (held, sum) = files.get(name).ok_or("it is not in the package, or not listed")?;
    let read = held.same(sum, |reader| serde_json::from_reader::<_, Head>(io::BufReader::new(reader)));
    let head = read.map_err(|error| error.to_string())?.map_err(|error| format!("it cannot be read: {error}"))?;
    match head.format == FORMAT {
        true => Ok(head),
        false => Err(format!("it is of the format `{}`, this version reads {FORMAT}", head.format)),
    }
}

/// The files that the package's others were made with, as the report states them.
fn inputs(head: &Head) -> Vec<String> {
    head.made.iter().flat_map(Made::inputs).map(|(name, _)| name.to_owned()).collect()
}

/// A document that is compared but for its signature, and what it is if that holds too.
type Compared = (Document, Reproduced);

fn of_head(
    name: &str,
    head: &Head,
    (files, aids, trust): (&Files<'_>, &Aids<'_>, &Trust),
    (signer, remade): (SignedBy, &mut Remade),
) -> Result<Vec<Compared>, Reproduced> {
    machine::workers().map_err(|error| Reproduced::NotCompared(error.to_string()))?;
    let made = match &head.made {
        Some(made) => made,
        None => return Err(Reproduced::NotCompared("it does not state how the files were made".to_owned())),
    };
    let found = &mut InPackage { files, aids };
    let materials = Materials::of(made, head.issuer.as_ref(), found).map_err(Reproduced::No)?;
    let has_pdf = materials.layout().look.formats.contains(&Format::Pdf);
    let is_lacking = has_pdf && !materials.lacking.is_empty();
    let (report, good) = match evidence(head, files, aids).map_err(Reproduced::No)? {
        Some((held, sum)) => {
            let again = reproduce((&held, &sum), head, aids.pseudonyms.as_ref());
            let report =
                again.map_err(|why| Reproduced::No(format!("it cannot be made again from {FILE_NAME}: {why}")))?;
            (
                superseding(compared(report, head, (files, trust), remade)?, head, (files, trust), remade)?,
                Reproduced::Evidence,
            )
        }
        None => {
            remade.notes.push(apart(head));
            let mut report = claimed(name, files).map_err(Reproduced::No)?;
            let stated = (report.supersedes.take(), report.compared.take());
            let report = compared(report, head, (files, trust), remade)?;
            let report = superseding(report, head, (files, trust), remade)?;
            if (&report.supersedes, &report.compared) != (&stated.0, &stated.1) {
                return Err(Reproduced::No("what it states of an earlier report does not follow from that".to_owned()));
            }
            (report, Reproduced::Data)
        }
    };
    if is_lacking && good == Reproduced::Evidence {
        let report = answered(report, made, files, &good).map_err(Reproduced::No)?;
        return without_fonts(name, (report, materials, signer), files, remade).map(|()| Vec::new());
    }
    let report = match good {
        Reproduced::Evidence => fitted(report, &materials.layout()).map_err(Reproduced::No)?,
        _ => report,
    };
    let report = answered(report, made, files, &good).map_err(Reproduced::No)?;
    remade.notes.extend(counted(&report));
    let remaking = Remaking { report: Arc::new(report), materials: Arc::new(materials), good: good.clone(), signer };
    let (verdicts, documents) = remaking.compare(files);
    remade.files.extend(verdicts);
    let good = |document: &Document| document.good.clone().unwrap_or_else(|| good.clone());
    Ok(documents
        .into_iter()
        .map(|document| (good(&document), document))
        .map(|(good, document)| (document, good))
        .collect())
}

/// The report with the company's answers, as the package holds them. Data that is no evidence of itself must have these.
fn answered(report: AuditReport, made: &Made, files: &Files<'_>, good: &Reproduced) -> Result<AuditReport, String> {
    let Some(file) = &made.dispositions else {
        return match report.dispositions {
            None => Ok(report),
            Some(_) => Err("it does not state the file of the dispositions that it holds".to_owned()),
        };
    };
    let (held, sum) = named(file, files)?;
    let bytes = held.same_bytes(sum).map_err(|error| format!("{}: {error}", file.file))?;
    let answers = dispositions::read(&bytes).map_err(|error| format!("{}: {error}", file.file))?;
    match good {
        Reproduced::Evidence => Ok(report.disposed(answers)),
        _ if report.dispositions.as_ref() == Some(&answers) => Ok(report),
        _ => Err(format!("its dispositions are not those of {}", file.file)),
    }
}

/// The report beside that of an earlier period, where it states one: made again from what its package holds of that.
fn compared(
    report: AuditReport,
    head: &Head,
    (files, trust): (&Files<'_>, &Trust),
    remade: &mut Remade,
) -> Result<AuditReport, Reproduced> {
    let no = |why: String| Reproduced::No(format!("the report of the earlier period: {why}"));
    match head.made.as_ref().and_then(|made| made.compared.as_ref()) {
        Some(made) => {
            let old = Older::read(made, files, trust).map_err(no)?;
            remade.notes.extend(old.note("which this report is compared with"));
            report.compared_to(&old.report, &old.manifest_sha256).map_err(|error| no(error.to_string()))
        }
        None if head.compared.is_some() => Err(no("it does not state with which files of that it was made".to_owned())),
        None => Ok(report),
    }
}

/// The report with what it supersedes, where it states that: made again from what its package holds of the older one.
fn superseding(
    report: AuditReport,
    head: &Head,
    (files, trust): (&Files<'_>, &Trust),
    remade: &mut Remade,
) -> Result<AuditReport, Reproduced> {
    let no = |why: String| Reproduced::No(format!("the superseded report: {why}"));
    match head.made.as_ref().and_then(|made| made.superseded.as_ref()) {
        Some(made) => {
            let old = Older::read(made, files, trust).map_err(no)?;
            remade.notes.extend(old.note("which this report supersedes"));
            report.superseding(&old.report, &old.manifest_sha256).map_err(|error| no(error.to_string()))
        }
        None if head.supersedes.is_some() => {
            Err(no("it does not state with which files of that it was made".to_owned()))
        }
        None => Ok(report),
    }
}

/// The evidence that the report is made again from; `None` where it is not at hand and need not be in the package.
fn evidence(head: &Head, files: &Files<'_>, aids: &Aids<'_>) -> Result<Option<(Held, Checksum)>, String> {
    let stated = head.evidence.as_ref().ok_or("it does not state what evidence it was made from")?;
    if stated.name == FILE_NAME && head.pseudonyms.is_none() {
        let listed = files.get(FILE_NAME).map(|(held, sum)| (held.clone(), *sum));
        return listed.map(Some).ok_or_else(|| format!("{FILE_NAME}, which it was made from, is not listed"));
    }
    let Some(apart) = aids.evidence else { return Ok(None) };
    let mut reader = SummingReader::new(apart.open().map_err(|error| format!("the evidence: {error}"))?);
    io::copy(&mut reader, &mut io::sink()).map_err(|error| format!("the evidence cannot be read: {error}"))?;
    let sum = reader.checksum();
    if (sum.hex(), sum.bytes) != (stated.sha256.clone(), stated.bytes) {
        return Err("the evidence that was named is not the one that it was made from".to_owned());
    }
    let key = aids.pseudonyms.as_ref().map(PseudonymKey::statement);
    if key != head.pseudonyms {
        return Err("the evidence cannot be used without the key by which names are replaced".to_owned());
    }
    Ok(Some((apart.clone(), sum)))
}

/// Why the report is not made again itself.
fn apart(head: &Head) -> String {
    let why = match &head.pseudonyms {
        Some(_) => "names are replaced, and the evidence, which holds them, is not part of the package",
        None => "the evidence is not part of the package",
    };
    format!("{why}: the report's data was not made again; --evidence does that")
}

/// The report that the data states, which at least does not contradict itself.
fn claimed(name: &str, files: &Files<'_>) -> Result<AuditReport, String> {
    let (held, sum) = files.get(name).ok_or("it is not listed")?;
    consistent(&held.same_bytes(sum).map_err(|error| error.to_string())?)
}

/// Where fonts are not at hand, what they do not show is not known: the data is compared but for that, and serves for the rest.
fn without_fonts(
    name: &str,
    (report, materials, signer): (AuditReport, Materials, SignedBy),
    files: &Files<'_>,
    remade: &mut Remade,
) -> Result<(), Reproduced> {
    let claimed = claimed(name, files).map_err(Reproduced::No)?;
    if unfitted(claimed.clone()) != report {
        return Err(Reproduced::No("it is not what the evidence gives".to_owned()));
    }
    drop(report);
    let why = format!("fonts are not at hand: {}", materials.lacking.join(", "));
    let (report, materials) = (Arc::new(claimed), Arc::new(materials));
    let remaking = Remaking { report, materials, good: Reproduced::Data, signer };
    remade.files.extend(remaking.compare(files).0);
    remade.files.insert(name.to_owned(), Reproduced::NotCompared(why));
    Ok(())
}

/// How many figures rest on a count whose answers are not in the evidence.
fn counted(report: &AuditReport) -> Option<String> {
    let count = report.call_logs.as_ref().map_or(0, |logs| logs.batches.len());
    (count > 0).then(|| {
        format!(
            "figures of {} were counted from call logs, whose answers are not kept: they rest on the program's count",
            report.batches(count as u64)
        )
    })
}

/// The document's signature must be what signing it adds.
fn signed_document((document, good): &Compared, files: &Files<'_>) -> Reproduced {
    let Some((held, sum)) = files.get(&document.name) else { return Reproduced::Source };
    match held.same_bytes(sum) {
        Ok(bytes) => signed(&bytes, document.unsigned, &document.reason, good.clone()),
        Err(error) => Reproduced::No(error.to_string()),
    }
}

/// The files of the package itself, and the caller's fonts.
struct InPackage<'a, 'b> {
    files: &'a Files<'a>,
    aids: &'a Aids<'b>,
}

impl FoundInputs for InPackage<'_, '_> {
    fn file(&mut self, name: &str) -> Result<Vec<u8>, String> {
        let (held, sum) =
            self.files.get(name).ok_or_else(|| format!("{name}, which it was made with, is not listed"))?;
        held.same_bytes(sum).map_err(|error| format!("{name}: {error}"))
    }

    fn font(&mut self, sha256: &str) -> Option<Vec<u8>> {
        self.aids.fonts.and_then(|fonts| fonts(sha256))
    }
}
