//! Another package of which the report was made, such as the one that it supersedes: what was taken of it is in `inputs/`, must be as
//! it was signed, and is what the statements about it are made again from.

use super::folder::Held;
use super::remake::Files;
use super::signature::{Fact, SignatureVerdict, Signer, Trust, verify_detached, verify_detached_from};
use crate::digest::{Checksum, sha256};
use crate::package::{Entry, Manifest, taken_files};
use crate::report::{AuditReport, MadeFile, MadePackage};

use super::consistent::consistent;

/// What was taken of a package, found to be as it was signed.
pub(super) struct Older {
    /// Its report.
    pub report: AuditReport,
    /// SHA-256 of its manifest, in hex.
    pub manifest_sha256: String,
    /// Who signed it.
    signer: Option<Signer>,
}

impl Older {
    /// Reads what `made` names among `files`.
    ///
    /// # Errors
    /// What of it is not there, is another file, or is not as it was signed; in words.
    pub(super) fn read(made: &MadePackage, files: &Files<'_>, trust: &Trust) -> Result<Self, String> {
        let bytes = |file: &MadeFile| {
            let (held, sum) = named(file, files)?;
            held.same_bytes(sum).map_err(|error| format!("{}: {error}", file.file))
        };
        let (manifest, signature) = (bytes(&made.manifest)?, bytes(&made.manifest_signature)?);
        let signer = signed(&made.manifest.file, verify_detached(&manifest, &signature, trust))?;
        let manifest_sha256 = sha256(&manifest);
        let manifest: Manifest = serde_json::from_slice(&manifest)
            .map_err(|error| format!("{} cannot be read: {error}", made.manifest.file))?;
        let [_, _, report, report_signature] = taken_files(&manifest);
        for (file, name) in [(&made.report, report), (&made.report_signature, report_signature)] {
            let (_, sum) = named(file, files)?;
            if !manifest.files.contains(&Entry::new(&name, sum)) {
                return Err(format!("{} is not the file that {} lists as {name}", file.file, made.manifest.file));
            }
        }
        let (held, sum) = named(&made.report, files)?;
        let signature = bytes(&made.report_signature)?;
        let verdict = held.same(sum, |reader| verify_detached_from(reader, &signature, trust));
        signed(&made.report.file, verdict.map_err(|error| format!("{}: {error}", made.report.file))?)?;
        let report = consistent(&bytes(&made.report)?).map_err(|why| format!("{}: {why}", made.report.file))?;
        Ok(Self { report, manifest_sha256, signer })
    }

    /// Who signed it, for a reader who is to know whose word the comparison rests on.
    pub(super) fn note(&self, what: &str) -> Option<String> {
        let Signer { name, fingerprint, .. } = self.signer.as_ref()?;
        let stem = self.report.stem();
        Some(format!("{stem}, {what}, was signed by {name} (SHA-256 {fingerprint})"))
    }
}

/// The file that is named, if it is the one.
pub(super) fn named<'a>(file: &MadeFile, files: &'a Files<'_>) -> Result<(&'a Held, &'a Checksum), String> {
    let (held, sum) =
        files.get(&file.file).ok_or_else(|| format!("{}, which it was made with, is not listed", file.file))?;
    match sum.hex() == file.sha256 {
        true => Ok((held, sum)),
        false => Err(format!("{} is not the file that the report states it was made with", file.file)),
    }
}

/// Who signed a file, if the signature holds. Whether the signer is trusted is not asked: that is another package's question.
fn signed(name: &str, verdict: SignatureVerdict) -> Result<Option<Signer>, String> {
    let denied = [&verdict.valid, &verdict.intact].into_iter().find(|fact| !fact.holds());
    match denied {
        None => Ok(verdict.signer),
        Some(Fact::No(why) | Fact::NotChecked(why)) => Err(format!("{name} is not as it was signed: {why}")),
        Some(Fact::Yes) => Ok(verdict.signer),
    }
}
