//! A package as a whole: every file's signature, its place in the manifest, and whether all files state the same figures.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Serialize;

use super::figures::{NO_FIGURES, Reference};
use super::file::{self, FileVerdict};
use super::folder::Folder;
use super::litter;
use super::signature::{Fact, SignatureVerdict, Signer, Trust, verify_detached_from};
use super::timestamps::removed_stamps;
use crate::evidence::FILE_NAME;
use crate::package::{Entry, MANIFEST, Manifest, SIGNATURE, SIGNER};

/// The facts about a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageVerdict {
    /// The facts about each of its files, the manifest first, then by name. Signatures stand with the files that they sign.
    pub files: Vec<FileVerdict>,
    /// Who signed the manifest.
    pub signer: Option<Signer>,
    /// What is wrong with the package as a whole.
    pub problems: Vec<String>,
    /// What is no reason to refuse it.
    pub notes: Vec<String>,
}

impl PackageVerdict {
    /// Whether everything that was checked holds.
    pub fn accepted(&self) -> bool {
        self.problems.is_empty() && self.files.iter().all(FileVerdict::accepted)
    }
}

/// Checks a package.
pub fn verify(folder: &Folder, trust: &Trust) -> PackageVerdict {
    let files = &folder.held;
    let Some(bytes) = files.get(MANIFEST) else {
        let problems = vec![format!("there is no {MANIFEST}: this is not a whole package")];
        return PackageVerdict { files: Vec::new(), signer: None, problems, notes: Vec::new() };
    };
    let manifest = match serde_json::from_slice::<Manifest>(bytes) {
        Ok(manifest) => manifest,
        Err(error) => {
            let problems = vec![format!("{MANIFEST} cannot be read: {error}")];
            return PackageVerdict { files: Vec::new(), signer: None, problems, notes: Vec::new() };
        }
    };
    let head = file::verify(MANIFEST, bytes, files.get(&format!("{MANIFEST}{SIGNATURE}")).map(Vec::as_slice), trust);
    let signer = head.signature.as_ref().and_then(|signature: &SignatureVerdict| signature.signer.clone());
    let holds = head.signature.as_ref().is_some_and(SignatureVerdict::accepted);
    let mut problems = structure(&manifest, folder);
    // What is signed says nothing of the figures, and the other way round.
    let (mut signed, reference) = beside(
        || signed_files(&manifest, folder, signer.as_ref(), trust),
        || Reference::of_package(&manifest.package, folder),
    );
    problems.extend(removed_stamps(&manifest, std::iter::once(&head).chain(&signed)));
    problems.extend(reference.problem.clone());
    problems.extend(signed.iter().filter_map(|verdict| {
        let content = verdict.name.strip_suffix(SIGNATURE)?;
        (!folder.has(content)).then(|| format!("{} signs a file that is not there", verdict.name))
    }));
    let compared = |tables: bool| -> Vec<Option<[Fact; 2]>> {
        let facts = signed.iter().map(|verdict| {
            (is_table(&verdict.name) == tables).then(|| compared(&reference, files, &verdict.name)).flatten()
        });
        facts.collect()
    };
    let (tables, others) = beside(|| compared(true), || compared(false));
    for verdict in signed.iter_mut().filter(|verdict| holds && verdict.listed.holds() && verdict.same_signer.holds()) {
        if let Some(signature) = &mut verdict.signature {
            signature.vouched_for_by_manifest();
        }
    }
    for (verdict, facts) in signed.iter_mut().zip(tables.into_iter().zip(others)) {
        if let Some([figures, reproduced]) = facts.0.or(facts.1) {
            (verdict.figures, verdict.reproduced) = (figures, reproduced);
        }
    }
    let notes = litter::notes(unlisted(&manifest, folder));
    PackageVerdict { files: std::iter::once(head).chain(signed).collect(), signer, problems, notes }
}

/// Does both at once where there can be one thread more; no pool of threads, for there may be many processors, and the memory
/// of this process is limited.
fn beside<A: Send, B>(one: impl Fn() -> A + Sync, other: impl FnOnce() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        // As deep as the first thread's: what is read may be nested.
        let thread = std::thread::Builder::new().stack_size(8 << 20).spawn_scoped(scope, &one);
        let other = other();
        let one = match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => one(),
        };
        (one, other)
    })
}

/// Whether a file is a table for a warehouse: to compare it takes as long as all others do.
fn is_table(name: &str) -> bool {
    name.ends_with(".parquet") || name.ends_with(".ndjson")
}

/// The facts about the files that the manifest lists and that are there, but for their figures.
fn signed_files(manifest: &Manifest, folder: &Folder, signer: Option<&Signer>, trust: &Trust) -> Vec<FileVerdict> {
    let signed = manifest.files.iter().filter_map(|entry| {
        let p7s = folder.held.get(&format!("{}{SIGNATURE}", entry.name)).map(Vec::as_slice);
        let Some(bytes) = folder.held.get(&entry.name) else {
            let path = folder.evidence.as_ref().filter(|_| entry.name == FILE_NAME)?;
            return Some(evidence(entry, path, p7s, signer, trust));
        };
        let is_support = entry.name == SIGNER || entry.name.ends_with(SIGNATURE);
        let mut verdict = if is_support {
            FileVerdict::of_support(&entry.name)
        } else {
            file::verify(&entry.name, bytes, p7s, trust)
        };
        verdict.listed = listed(entry, &Entry::of(&entry.name, bytes));
        if !entry.name.ends_with(SIGNATURE) {
            verdict.same_signer = same_signer(signer, verdict.signature.as_ref());
        }
        Some(verdict)
    });
    signed.collect()
}

/// Whether a file states the figures of the package, and those of the evidence; `None` for a signature.
fn compared(reference: &Reference, files: &BTreeMap<String, Vec<u8>>, name: &str) -> Option<[Fact; 2]> {
    let bytes = files.get(name).filter(|_| !name.ends_with(SIGNATURE))?;
    let figures = reference.compare(name, bytes);
    let reproduced = reference.reproduces(name, bytes, &figures);
    Some([figures, reproduced])
}

/// The facts about evidence that lies at `path`.
fn evidence(entry: &Entry, path: &Path, p7s: Option<&[u8]>, signer: Option<&Signer>, trust: &Trust) -> FileVerdict {
    let opened = || File::open(path).map(BufReader::new);
    let mut verdict = match opened() {
        Ok(content) => FileVerdict::beside(&entry.name, verify_detached_from(content, p7s.unwrap_or_default(), trust)),
        Err(_) => FileVerdict::of_support(&entry.name),
    };
    verdict.listed = match opened().and_then(|content| Entry::of_reader(&entry.name, content)) {
        Ok(found) => listed(entry, &found),
        Err(error) => Fact::No(format!("it cannot be read: {error}")),
    };
    verdict.same_signer = same_signer(signer, verdict.signature.as_ref());
    verdict.figures = Fact::NotChecked(NO_FIGURES.to_owned());
    verdict
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
        if !folder.has(&entry.name) {
            problems.push(format!("{} is missing", entry.name));
        }
    }
    let extra = unlisted(manifest, folder).filter(|name| !litter::is_litter(name));
    problems.extend(extra.map(|name| format!("{name} is not listed in {MANIFEST}: it was not part of the package")));
    problems
}

/// The names of files that the manifest does not list.
fn unlisted<'a>(manifest: &Manifest, folder: &'a Folder) -> impl Iterator<Item = &'a str> {
    let mut names: BTreeSet<String> = manifest.files.iter().map(|entry| entry.name.clone()).collect();
    names.extend([MANIFEST.to_owned(), format!("{MANIFEST}{SIGNATURE}")]);
    folder.names().filter(move |name| !names.contains(*name))
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
