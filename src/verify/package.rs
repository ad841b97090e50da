//! A package as a whole: every file's signature, its place in the manifest, and whether all files state the same figures.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::figures::{NO_FIGURES, Reference};
use super::file::{self, FileVerdict};
use super::signature::{Fact, SignatureVerdict, Signer, Trust, verify_detached_from};
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
}

impl PackageVerdict {
    /// Whether everything that was checked holds.
    pub fn accepted(&self) -> bool {
        self.problems.is_empty() && self.files.iter().all(FileVerdict::accepted)
    }
}

/// All files of a package's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folder {
    /// What they hold, by name.
    pub held: BTreeMap<String, Vec<u8>>,
    /// Where the evidence is that is read where it lies, because it may be large.
    pub evidence: Option<PathBuf>,
}

impl Folder {
    fn has(&self, name: &str) -> bool {
        self.held.contains_key(name) || (name == FILE_NAME && self.evidence.is_some())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.held.keys().map(String::as_str).chain(self.evidence.as_ref().map(|_| FILE_NAME))
    }
}

impl From<BTreeMap<String, Vec<u8>>> for Folder {
    fn from(held: BTreeMap<String, Vec<u8>>) -> Self {
        Self { held, evidence: None }
    }
}

/// Checks a package.
pub fn verify(folder: &Folder, trust: &Trust) -> PackageVerdict {
    let files = &folder.held;
    let Some(bytes) = files.get(MANIFEST) else {
        let problems = vec![format!("there is no {MANIFEST}: this is not a whole package")];
        return PackageVerdict { files: Vec::new(), signer: None, problems };
    };
    let manifest = match serde_json::from_slice::<Manifest>(bytes) {
        Ok(manifest) => manifest,
        Err(error) => {
            let problems = vec![format!("{MANIFEST} cannot be read: {error}")];
            return PackageVerdict { files: Vec::new(), signer: None, problems };
        }
    };
    let mut problems = structure(&manifest, folder);
    let reference = Reference::of_package(&manifest.package, folder);
    problems.extend(reference.problem.clone());
    let head = file::verify(MANIFEST, bytes, files.get(&format!("{MANIFEST}{SIGNATURE}")).map(Vec::as_slice), trust);
    let signer = head.signature.as_ref().and_then(|signature: &SignatureVerdict| signature.signer.clone());
    let mut verdicts = vec![head];
    for entry in &manifest.files {
        let p7s = files.get(&format!("{}{SIGNATURE}", entry.name)).map(Vec::as_slice);
        let Some(bytes) = files.get(&entry.name) else {
            if let Some(path) = folder.evidence.as_ref().filter(|_| entry.name == FILE_NAME) {
                verdicts.push(evidence(entry, path, p7s, signer.as_ref(), trust));
            }
            continue;
        };
        if let Some(content) = entry.name.strip_suffix(SIGNATURE) {
            if !folder.has(content) {
                problems.push(format!("{} signs a file that is not there", entry.name));
            }
            verdicts.push(FileVerdict {
                listed: listed(entry, &Entry::of(&entry.name, bytes)),
                ..FileVerdict::of_support(&entry.name)
            });
            continue;
        }
        let mut verdict = if entry.name == SIGNER {
            FileVerdict::of_support(SIGNER)
        } else {
            file::verify(&entry.name, bytes, p7s, trust)
        };
        verdict.listed = listed(entry, &Entry::of(&entry.name, bytes));
        verdict.figures = reference.compare(&entry.name, bytes);
        verdict.reproduced = reference.reproduces(&entry.name, bytes, &verdict.figures);
        verdict.same_signer = same_signer(signer.as_ref(), verdict.signature.as_ref());
        verdicts.push(verdict);
    }
    PackageVerdict { files: verdicts, signer, problems }
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
    let extra = folder.names().filter(|name| !names.contains(*name));
    problems.extend(extra.map(|name| format!("{name} is not listed in {MANIFEST}: it was not part of the package")));
    problems
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
