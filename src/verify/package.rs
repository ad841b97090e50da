//! A package as a whole: every file's signature, its place in the manifest, and whether all files state the same figures.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::figures::Reference;
use super::file::{self, FileVerdict};
use super::signature::{Fact, SignatureVerdict, Signer, Trust};
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

/// Checks a package, given all files of its folder by name.
pub fn verify(files: &BTreeMap<String, Vec<u8>>, trust: &Trust) -> PackageVerdict {
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
    let mut problems = structure(&manifest, files);
    let reference = Reference::of_package(&manifest, files);
    problems.extend(reference.problem.clone());
    let head = file::verify(MANIFEST, bytes, files.get(&format!("{MANIFEST}{SIGNATURE}")).map(Vec::as_slice), trust);
    let signer = head.signature.as_ref().and_then(|signature: &SignatureVerdict| signature.signer.clone());
    let mut verdicts = vec![head];
    for entry in &manifest.files {
        let Some(bytes) = files.get(&entry.name) else { continue };
        if let Some(content) = entry.name.strip_suffix(SIGNATURE) {
            if !files.contains_key(content) {
                problems.push(format!("{} signs a file that is not there", entry.name));
            }
            verdicts.push(FileVerdict { listed: listed(entry, bytes), ..FileVerdict::of_support(&entry.name) });
            continue;
        }
        let p7s = files.get(&format!("{}{SIGNATURE}", entry.name)).map(Vec::as_slice);
        let mut verdict = if entry.name == SIGNER {
            FileVerdict::of_support(SIGNER)
        } else {
            file::verify(&entry.name, bytes, p7s, trust)
        };
        verdict.listed = listed(entry, bytes);
        verdict.figures = reference.compare(&entry.name, bytes);
        verdict.reproduced = reference.reproduces(&entry.name, bytes, &verdict.figures);
        verdict.same_signer = same_signer(signer.as_ref(), verdict.signature.as_ref());
        verdicts.push(verdict);
    }
    PackageVerdict { files: verdicts, signer, problems }
}

/// Files that are missing, too many, or listed twice, and names that are no file names.
fn structure(manifest: &Manifest, files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
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
        if !files.contains_key(&entry.name) {
            problems.push(format!("{} is missing", entry.name));
        }
    }
    let extra = files.keys().filter(|name| !names.contains(*name));
    problems.extend(extra.map(|name| format!("{name} is not listed in {MANIFEST}: it was not part of the package")));
    problems
}

fn listed(entry: &Entry, bytes: &[u8]) -> Fact {
    let found = Entry::of(&entry.name, bytes);
    if found == *entry {
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
