//! Sign-offs: who reviewed and who approved a package, by a statement over the manifest's hash and by a signature in the PDF, which must
//! agree. Both are the person's own, so nothing of them is listed in the manifest.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::file::FileVerdict;
use super::folder::Folder;
use super::signature::{Further, SignatureVerdict, Signer, Timed, Trust, verify_detached};
use crate::digest::sha256;
use crate::package::{MANIFEST, Manifest, Role, SIGN_OFF_FORMAT, SIGNATURE, SignOff};
use crate::sign::examine::{called, examine};
use crate::sign::timestamp::SKEW;

/// No statement has more bytes.
const LONGEST: usize = 64 << 10;

/// The facts about one sign-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignOffVerdict {
    /// For what it was signed.
    pub role: Role,
    /// Who signed, as the statement says; `None` where there is no statement that can be read, as beside a PDF without its package.
    pub name: Option<String>,
    /// What the statement adds.
    pub comment: Option<String>,
    /// The reason that the signature in the PDF states.
    pub reason: Option<String>,
    /// Whether its key had signed the package already, as its preparer's or in the other role.
    pub same_key: bool,
    /// The facts about the signature of the statement; where there is no package, about the one in the PDF.
    pub signature: SignatureVerdict,
    /// What is wrong with it beside its signature.
    #[serde(skip)]
    pub problems: Vec<String>,
}

impl SignOffVerdict {
    /// Whether it may be relied on.
    pub fn accepted(&self) -> bool {
        self.problems.is_empty() && self.signature.accepted()
    }

    /// Why it is not accepted, each reason a clause.
    pub fn reasons(&self) -> Vec<String> {
        let rejected = (!self.signature.accepted()).then(|| self.signature.bottom_line());
        rejected.into_iter().chain(self.problems.iter().cloned()).collect()
    }
}

/// Whether a file of that name belongs to a sign-off.
pub(super) fn is_one(name: &str) -> bool {
    Role::ALL.iter().any(|role| role.files().iter().any(|file| file == name))
}

/// The sign-offs inside a PDF that is verified without its package.
pub fn inside(document: &FileVerdict) -> Vec<SignOffVerdict> {
    let maker = document.signature.as_ref().and_then(|signature| signature.signer.as_ref());
    let mut before: Vec<&str> = maker.map(|signer| signer.key_sha256.as_str()).into_iter().collect();
    let mut found = Vec::new();
    for further in &document.further {
        let key = further.signature.signer.as_ref().map(|signer| signer.key_sha256.as_str());
        found.push(SignOffVerdict {
            role: further.role,
            name: None,
            comment: None,
            reason: Some(further.reason.clone()),
            same_key: key.is_some_and(|key| before.contains(&key)),
            signature: further.signature.clone(),
            problems: Vec::new(),
        });
        before.extend(key);
    }
    found.sort_by_key(|verdict| verdict.role);
    found
}

/// What a package holds of sign-offs, not judged yet.
pub(super) struct SignOffs {
    package: String,
    manifest_sha256: String,
    /// Whether the package has a PDF, which has to bear them as well.
    has_document: bool,
    /// When the preparer states to have signed the manifest.
    prepared: Option<DateTime<Utc>>,
    found: Vec<Found>,
}

struct Found {
    role: Role,
    /// The statement and its signature; why one of them cannot be used, where it cannot.
    files: Result<(Vec<u8>, Vec<u8>), String>,
}

impl SignOffs {
    /// Those of the package with this manifest, whose bytes are `bytes`.
    pub(super) fn of(manifest: &Manifest, bytes: &[u8], folder: &Folder) -> Self {
        let signature = folder.bytes(&format!("{MANIFEST}{SIGNATURE}")).and_then(Result::ok);
        let prepared = signature.and_then(|p7s| examine(&p7s, &[bytes]).ok()?.signing_time);
        let document = format!("{}.pdf", manifest.package);
        let there = Role::ALL.into_iter().filter(|role| role.files().iter().any(|name| folder.has(name)));
        Self {
            package: manifest.package.clone(),
            manifest_sha256: sha256(bytes),
            has_document: manifest.files.iter().any(|entry| entry.name == document),
            prepared,
            found: there.map(|role| Found { role, files: files(role, folder) }).collect(),
        }
    }

    /// The verdict on each role that has signed, the reviewer first; `document` is what was found of the PDF.
    pub(super) fn judged(
        self,
        document: Option<&FileVerdict>,
        preparer: Option<&Signer>,
        trust: &Trust,
    ) -> Vec<SignOffVerdict> {
        let further = document.map(|document| document.further.as_slice()).unwrap_or_default();
        let mut verdicts = Vec::new();
        for role in Role::ALL {
            let inside = further.iter().find(|further| further.role == role);
            let verdict = match (self.found.iter().find(|found| found.role == role), inside) {
                (None, None) => continue,
                (None, Some(inside)) => refused(
                    role,
                    format!("{} is missing; the PDF bears such a signature", role.file()),
                    inside.signature.clone(),
                ),
                (Some(found), inside) => match &found.files {
                    Err(why) => refused(role, why.clone(), SignatureVerdict::refused(why.clone())),
                    Ok((statement, p7s)) => self.one(role, (statement, p7s), inside, trust),
                },
            };
            verdicts.push(verdict);
        }
        keys(&mut verdicts, preparer);
        verdicts
    }

    fn one(
        &self,
        role: Role,
        (statement, p7s): (&[u8], &[u8]),
        inside: Option<&Further>,
        trust: &Trust,
    ) -> SignOffVerdict {
        let signature = verify_detached(statement, p7s, &trust.for_sign_offs());
        let stated = match serde_json::from_slice::<SignOff>(statement) {
            Ok(stated) if stated.to_json().is_ok_and(|again| again == statement) => stated,
            Ok(_) => return refused(role, "it is not written as this program writes one".to_owned(), signature),
            Err(error) => return refused(role, format!("it cannot be read: {error}"), signature),
        };
        let mut problems = self.problems(role, &stated, p7s, &signature);
        let at = examine(p7s, &[statement]).ok().and_then(|examined| examined.signing_time);
        match (self.prepared, at) {
            (Some(prepared), Some(at)) if at < prepared - SKEW => {
                problems.push(format!("it states to be of {}, before the package was signed", at.to_rfc3339()));
            }
            _ => {}
        }
        match inside {
            None if self.has_document => problems.push("the PDF does not bear this signature".to_owned()),
            Some(inside) => problems.extend(differs(inside, &stated, &signature, at)),
            None => {}
        }
        SignOffVerdict {
            role,
            reason: inside.map(|inside| inside.reason.clone()),
            name: Some(stated.name),
            comment: stated.comment,
            // Compared with the keys of the others later.
            same_key: stated.same_key,
            signature,
            problems,
        }
    }

    /// What the statement says that is not so.
    fn problems(&self, role: Role, stated: &SignOff, p7s: &[u8], signature: &SignatureVerdict) -> Vec<String> {
        let mut problems = Vec::new();
        if stated.format != SIGN_OFF_FORMAT {
            problems.push(format!("it is of the format `{}`, this version reads {SIGN_OFF_FORMAT}", stated.format));
        }
        if stated.role != role {
            problems.push(format!("it is the sign-off of the {}", stated.role.as_str()));
        }
        if stated.package != self.package || stated.manifest_sha256 != self.manifest_sha256 {
            problems.push(format!(
                "it signs off another {MANIFEST} than the package's: {} {}",
                stated.package, stated.manifest_sha256
            ));
        }
        let name = format!("{}/{}", self.package, role.file());
        if called(p7s).as_ref() != Some(&name) {
            problems.push(format!("it was not signed as {name}"));
        }
        let is_bare = matches!(signature.timed, Timed::Stated { stamp: None, .. } | Timed::Unknown);
        if stated.timestamps && is_bare && signature.signer.is_some() {
            problems.push("its timestamp was removed".to_owned());
        }
        problems
    }
}

/// The statement of a role and its signature.
fn files(role: Role, folder: &Folder) -> Result<(Vec<u8>, Vec<u8>), String> {
    let file = |name: &str| match folder.bytes(name) {
        None => Err(format!("{name} is missing")),
        Some(Err(error)) => Err(format!("{name} cannot be read: {error}")),
        Some(Ok(bytes)) => Ok(bytes),
    };
    let [statement, signature] = role.files();
    let (statement, signature) = (file(&statement)?, file(&signature)?);
    if statement.len() > LONGEST {
        return Err(format!("{} is longer than any statement", role.file()));
    }
    Ok((statement, signature))
}

fn refused(role: Role, why: String, signature: SignatureVerdict) -> SignOffVerdict {
    SignOffVerdict { role, name: None, comment: None, reason: None, same_key: false, signature, problems: vec![why] }
}

/// What of the signature in the PDF is otherwise than in the statement.
fn differs(inside: &Further, stated: &SignOff, signature: &SignatureVerdict, at: Option<DateTime<Utc>>) -> Vec<String> {
    let fingerprint = |verdict: &SignatureVerdict| verdict.signer.as_ref().map(|signer| signer.fingerprint.clone());
    let mut problems = Vec::new();
    if fingerprint(&inside.signature) != fingerprint(signature) {
        problems.push("another certificate signed in the PDF".to_owned());
    }
    if inside.reason != stated.reason() {
        problems.push("the signature in the PDF states another reason".to_owned());
    }
    if at.map(|at| at.timestamp()) != Some(inside.at.timestamp()) {
        problems.push("the signature in the PDF states another time".to_owned());
    }
    if !inside.signature.accepted() {
        problems.push(format!("the signature in the PDF: {}", inside.signature.bottom_line()));
    }
    problems
}

/// Whether the keys are those of several persons, and each sign-off states it where its own is not.
fn keys(verdicts: &mut [SignOffVerdict], preparer: Option<&Signer>) {
    let key = |signer: Option<&Signer>| signer.map(|signer| signer.key_sha256.clone());
    let own: Vec<_> = verdicts.iter().map(|verdict| key(verdict.signature.signer.as_ref())).collect();
    let is_one = own.len() == 2 && own.first() == own.last();
    let stated: Vec<bool> = verdicts.iter().map(|verdict| verdict.same_key).collect();
    for (verdict, own) in verdicts.iter_mut().zip(&own).filter(|(verdict, own)| verdict.name.is_some() && own.is_some())
    {
        let is_preparers = *own == key(preparer);
        let is_known = is_preparers || (is_one && stated.iter().any(|stated| *stated));
        if is_preparers && !verdict.same_key {
            verdict.problems.push("it is signed with the preparer's key, which it does not state".to_owned());
        } else if is_one && !is_known {
            verdict.problems.push("reviewer and approver signed with one key, which neither states".to_owned());
        } else if verdict.same_key && !is_preparers && !is_one {
            verdict
                .problems
                .push("it states a key that had signed before, and no other signature is of that key".to_owned());
        }
        verdict.same_key |= is_preparers;
    }
}
