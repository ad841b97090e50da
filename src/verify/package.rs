//! A package as a whole: every file's signature, its place in the manifest, and whether its bytes are those that the evidence and
//! the report's data give.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use der::EncodePem;
use der::pem::LineEnding;
use serde::Serialize;

use super::file::{self, FileKind, FileVerdict};
use super::folder::{Folder, Held};
use super::line_ends;
use super::litter;
use super::remade::{self, Aids};
use super::remake::Files;
use super::reproduced::Reproduced;
use super::signature::{Fact, SignatureVerdict, Signer, Trust};
use super::signoff::{self, SignOffVerdict, SignOffs};
use super::subject;
use super::timestamps::removed_stamps;
use crate::digest::{Checksum, SummingReader};
use crate::package::{Entry, MANIFEST, Manifest, SIGNATURE, SIGNER, Subject};
use crate::render::handout::SignedBy;
use crate::sign::examine::examine;

/// The facts about a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageVerdict {
    /// What it is of, as its manifest states.
    pub subject: Option<Subject>,
    /// The facts about each of its files, the manifest first, then by name. Signatures stand with the files that they sign.
    pub files: Vec<FileVerdict>,
    /// Who signed the manifest.
    pub signer: Option<Signer>,
    /// Who signed it off, the reviewer first; a role that did not is not among them.
    pub sign_offs: Vec<SignOffVerdict>,
    /// What is wrong with the package as a whole.
    pub problems: Vec<String>,
    /// What a reader has to know of how far making it again goes, and what else is no reason to refuse it.
    pub notes: Vec<String>,
}

impl PackageVerdict {
    fn refused(why: String) -> Self {
        let (files, sign_offs, notes) = (Vec::new(), Vec::new(), Vec::new());
        Self { subject: None, files, signer: None, sign_offs, problems: vec![why], notes }
    }

    /// Whether nothing that was checked fails; some files may not have been compared.
    pub fn holds(&self) -> bool {
        self.problems.is_empty() && self.files.iter().all(FileVerdict::holds) && self.are_signed_off()
    }

    /// Whether everything was checked, and holds.
    pub fn accepted(&self) -> bool {
        self.problems.is_empty() && self.files.iter().all(FileVerdict::accepted) && self.are_signed_off()
    }

    /// The first reason why it is not accepted; `None` where it is.
    pub fn why_not(&self) -> Option<String> {
        if self.accepted() {
            return None;
        }
        let files = self.files.iter().filter(|file| !file.accepted());
        let files = files.flat_map(|file| file.reasons().into_iter().map(|why| format!("{}: {why}", file.name)));
        let others = self.sign_offs.iter();
        let others =
            others.flat_map(|other| other.reasons().into_iter().map(|why| format!("{}: {why}", other.role.file())));
        let why = self.problems.iter().cloned().chain(files).chain(others).next();
        Some(why.unwrap_or_else(|| "it does not verify".to_owned()))
    }

    /// Whether every sign-off that is there holds.
    fn are_signed_off(&self) -> bool {
        self.sign_offs.iter().all(SignOffVerdict::accepted)
    }
}

/// Checks a package.
pub fn verify(folder: &Folder, trust: &Trust) -> PackageVerdict {
    verify_with(folder, trust, &Aids::default())
}

/// Checks a package with what the caller has beside it.
pub fn verify_with(folder: &Folder, trust: &Trust, aids: &Aids<'_>) -> PackageVerdict {
    let bytes = match folder.bytes(MANIFEST) {
        None if folder.names().any(|name| name.ends_with("-sample.json")) => {
            let why =
                "this is an audit sample: verify the package that it was drawn from, and name the sample by --drawn";
            return PackageVerdict::refused(why.to_owned());
        }
        None => return PackageVerdict::refused(format!("there is no {MANIFEST}: this is not a whole package")),
        Some(Err(error)) => return PackageVerdict::refused(format!("{MANIFEST} cannot be read: {error}")),
        Some(Ok(bytes)) => bytes,
    };
    let manifest = match serde_json::from_slice::<Manifest>(&bytes) {
        Ok(manifest) => manifest,
        Err(error) => return PackageVerdict::refused(format!("{MANIFEST} cannot be read: {error}")),
    };
    let mut head = file::verify(MANIFEST, &bytes, signature_of(MANIFEST, folder).as_deref(), trust);
    head.reproduced = match manifest.to_json() {
        Ok(again) if again == bytes => Reproduced::Data,
        _ => Reproduced::No("it is not written as this program writes one".to_owned()),
    };
    let certificates = chain(MANIFEST, &bytes, folder);
    let sign_offs = SignOffs::of(&manifest, &bytes, folder);
    drop(bytes);
    let signer = head.signature.as_ref().and_then(|signature| signature.signer.clone());
    let holds = head.signature.as_ref().is_some_and(SignatureVerdict::accepted);
    let mut problems = structure(&manifest, folder);
    problems.extend(subject::of_manifest(&manifest, folder.name.as_deref()));
    let (mut files, sums) = signed_files(&manifest, folder, signer.as_ref(), trust);
    problems.extend(removed_stamps(&manifest, std::iter::once(&head).chain(&files)));
    let document = files.iter().find(|verdict| verdict.name == format!("{}.pdf", manifest.package));
    let sign_offs = sign_offs.judged(document, signer.as_ref(), trust);
    problems.extend(files.iter().filter_map(|verdict| {
        let content = verdict.name.strip_suffix(SIGNATURE)?;
        (!folder.has(content)).then(|| format!("{} signs a file that is not there", verdict.name))
    }));
    for verdict in files.iter_mut().filter(|verdict| holds && verdict.listed.holds() && verdict.same_signer.holds()) {
        if let Some(signature) = &mut verdict.signature {
            signature.vouched_for_by_manifest();
        }
    }
    let by = signer.clone().map(|Signer { name, fingerprint, .. }| SignedBy { name, fingerprint });
    let remade = remade::all(&manifest, &Files { folder, sums: &sums }, (aids, by.unwrap_or_default()), trust);
    problems.extend(remade.problems);
    for verdict in &mut files {
        if verdict.name == SIGNER && folder.bytes(SIGNER).and_then(Result::ok) != certificates {
            verdict.reproduced =
                Reproduced::No("it does not hold the certificates of the manifest's signer".to_owned());
        } else if verdict.reproduced != Reproduced::Source {
            verdict.reproduced = remade
                .files
                .get(&verdict.name)
                .cloned()
                .unwrap_or_else(|| Reproduced::NotCompared("this version makes no such file".to_owned()));
        }
    }
    let files = std::iter::once(head).chain(files).collect();
    let notes = remade.notes.into_iter().chain(litter::notes(unlisted(&manifest, folder))).collect();
    PackageVerdict { subject: manifest.subject, files, signer, sign_offs, problems, notes }
}

/// The sign-offs of a package, whose other files are not looked at here, but for its PDF.
///
/// # Errors
/// Where its manifest cannot be read, in words.
pub fn signed_off(folder: &Folder, trust: &Trust) -> Result<Vec<SignOffVerdict>, String> {
    let bytes = folder.bytes(MANIFEST).ok_or("it has no manifest")?.map_err(|error| error.to_string())?;
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    let p7s = signature_of(MANIFEST, folder);
    let signer = file::verify(MANIFEST, &bytes, p7s.as_deref(), trust).signature.and_then(|signature| signature.signer);
    let name = format!("{}.pdf", manifest.package);
    let document = folder.bytes(&name).transpose().map_err(|error| error.to_string())?;
    let document = document.map(|bytes| file::verify(&name, &bytes, None, trust));
    Ok(SignOffs::of(&manifest, &bytes, folder).judged(document.as_ref(), signer.as_ref(), trust))
}

/// The certificates of whoever signed this file of the folder, as the folder has them in a file of their own.
pub(super) fn chain(name: &str, content: &[u8], folder: &Folder) -> Option<Vec<u8>> {
    let examined = examine(&signature_of(name, folder)?, &[content]).ok()?;
    let pem = examined.chain.iter().map(|entry| entry.to_pem(LineEnding::LF)).collect::<Result<String, _>>();
    Some(pem.ok()?.into_bytes())
}

/// The detached signature of a file, where there is one that can be read.
fn signature_of(name: &str, folder: &Folder) -> Option<Vec<u8>> {
    folder.bytes(&format!("{name}{SIGNATURE}"))?.ok()
}

/// The facts about the files that the manifest lists and that are there, and what was read of each.
fn signed_files(
    manifest: &Manifest,
    folder: &Folder,
    signer: Option<&Signer>,
    trust: &Trust,
) -> (Vec<FileVerdict>, BTreeMap<String, Checksum>) {
    let mut sums = BTreeMap::new();
    let mut verdicts = Vec::new();
    for entry in &manifest.files {
        let Some(held) = folder.files.get(&entry.name) else { continue };
        let (mut verdict, sum) = signed_file(&entry.name, held, folder, trust);
        verdict.listed = match &sum {
            Ok(sum) if verdict.further.first().is_some_and(|first| first.start as u64 == entry.bytes) => {
                as_it_was(entry, held, sum)
            }
            Ok(sum) => listed(entry, &Entry::new(&entry.name, sum)),
            Err(why) => Fact::No(why.clone()),
        };
        let expected = format!("{}/{}", manifest.package, entry.name);
        if let Some(called) = verdict.signed_as.as_ref().filter(|called| **called != expected) {
            let why = format!("it was signed as {called}");
            verdict.listed = match verdict.listed {
                Fact::No(other) => Fact::No(format!("{other}; {why}")),
                _ => Fact::No(why),
            };
        }
        if !entry.name.ends_with(SIGNATURE) {
            verdict.same_signer = same_signer(signer, verdict.signature.as_ref());
        }
        verdicts.push(verdict);
        sums.extend(sum.ok().map(|sum| (entry.name.clone(), sum)));
    }
    (verdicts, sums)
}

/// The facts about the signature of a file, and the checksum of the very bytes that they are of.
fn signed_file(name: &str, held: &Held, folder: &Folder, trust: &Trust) -> (FileVerdict, Result<Checksum, String>) {
    let is_support = name == SIGNER || name.ends_with(SIGNATURE);
    if is_support || file::kind_of_name(name) != FileKind::Other {
        return match held.bytes() {
            Err(error) => (FileVerdict::of_support(name), Err(format!("it cannot be read: {error}"))),
            Ok(bytes) if is_support => (FileVerdict::of_support(name), Ok(Checksum::of(&bytes))),
            Ok(bytes) => (file::verify(name, &bytes, None, trust), Ok(Checksum::of(&bytes))),
        };
    }
    let opened = held.open().map(SummingReader::new);
    let mut reader = match opened {
        Ok(reader) => reader,
        Err(error) => return (FileVerdict::of_support(name), Err(format!("it cannot be read: {error}"))),
    };
    let p7s = signature_of(name, folder);
    let mut verdict = file::verify_from(name, &mut reader, p7s.as_deref(), trust);
    if let (Some(signature), Some(p7s)) = (&mut verdict.signature, &p7s)
        && matches!(signature.intact, Fact::No(_))
        && line_ends::are_changed(p7s, || held.open())
    {
        signature.of_other_line_ends();
    }
    // A signature that cannot be read ends the reading of what it is of.
    let rest = std::io::copy(&mut reader, &mut std::io::sink());
    (verdict, rest.map(|_| reader.checksum()).map_err(|error| format!("it cannot be read: {error}")))
}

/// Files that are missing, too many, or listed twice, and names that are no file names.
fn structure(manifest: &Manifest, folder: &Folder) -> Vec<String> {
    let mut problems = Vec::new();
    if manifest.format != crate::package::FORMAT {
        problems.push(format!(
            "{MANIFEST} is of the format `{}`, this version reads {}",
            manifest.format,
            crate::package::FORMAT
        ));
    }
    let mut names = BTreeSet::from([MANIFEST.to_owned(), format!("{MANIFEST}{SIGNATURE}")]);
    for entry in &manifest.files {
        if !names.insert(entry.name.clone()) {
            problems.push(format!("{MANIFEST} lists {} twice", entry.name));
        }
        if signoff::is_one(&entry.name) {
            problems.push(format!("{MANIFEST} lists {}, which cannot have been there before it", entry.name));
        }
        if !folder.has(&entry.name) {
            problems.push(format!("{} is missing", entry.name));
        }
    }
    let extra = unlisted(manifest, folder).filter(|name| !litter::is_litter(name) && !signoff::is_one(name));
    problems.extend(extra.map(|name| format!("{name} is not listed in {MANIFEST}: it was not part of the package")));
    problems
}

/// The names of files that the manifest does not list.
fn unlisted<'a>(manifest: &Manifest, folder: &'a Folder) -> impl Iterator<Item = &'a str> {
    let mut names: BTreeSet<String> = manifest.files.iter().map(|entry| entry.name.clone()).collect();
    names.extend([MANIFEST.to_owned(), format!("{MANIFEST}{SIGNATURE}")]);
    folder.names().filter(move |name| !names.contains(*name))
}

/// Whether a document is the one that is listed but for the sign-offs that follow it.
fn as_it_was(entry: &Entry, held: &Held, sum: &Checksum) -> Fact {
    match held.same(sum, |reader| Entry::of_reader(&entry.name, reader.take(entry.bytes))) {
        Ok(Ok(found)) => listed(entry, &found),
        Ok(Err(error)) | Err(error) => Fact::No(format!("it cannot be read: {error}")),
    }
}

fn listed(entry: &Entry, found: &Entry) -> Fact {
    if found == entry {
        Fact::Yes
    } else if found.bytes != entry.bytes {
        Fact::No(format!("it has {} bytes, the manifest lists {}", found.bytes, entry.bytes))
    } else {
        Fact::No("its SHA-256 is not the one in the manifest".to_owned())
    }
}

fn same_signer(manifest: Option<&Signer>, file: Option<&SignatureVerdict>) -> Fact {
    match (manifest, file.and_then(|verdict| verdict.signer.as_ref())) {
        (Some(one), Some(other)) if one.fingerprint == other.fingerprint => Fact::Yes,
        (Some(one), Some(other)) => {
            Fact::No(format!("{} signed the manifest, {} this file (another certificate)", one.name, other.name))
        }
        _ => Fact::NotChecked("there is no signature to compare".to_owned()),
    }
}

#[cfg(test)]
mod tests;
