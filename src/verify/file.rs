//! One file: which kind it is, the facts about its signature, and whether its bytes were made again.

use std::io::Read;

use serde::Serialize;

use super::document;
use super::reproduced::Reproduced;
use super::signature::{
    DocumentVerdict, Fact, Further, SignatureVerdict, Trust, inside, verify_detached, verify_detached_from,
    verify_document, verify_html,
};
use super::subject::says_otherwise;
use crate::evidence::FILE_NAME;
use crate::package::SIGNATURE;
use crate::sign::examine::called;

/// The facts about one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileVerdict {
    /// Its name.
    pub name: String,
    /// The facts about its signature; `None` for a file that is not signed by itself, such as a signature or a certificate.
    pub signature: Option<SignatureVerdict>,
    /// The file that holds its signature, where it does not hold it itself.
    pub signed_by: Option<String>,
    /// What it was called when it was signed, with its package, where its signature states that.
    pub signed_as: Option<String>,
    /// Whether the manifest lists it as it is.
    pub listed: Fact,
    /// Whether it is signed by whoever signed the manifest.
    pub same_signer: Fact,
    /// Whether it is, to the byte, what the evidence or the report's data gives when it is made again.
    pub reproduced: Reproduced,
    /// The sign-offs inside a PDF, in the order in which they were made.
    #[serde(skip)]
    pub further: Vec<Further>,
}

/// Why a file without its package is not compared.
const ALONE: &str = "a file by itself does not hold what it is made from; verify its package";

impl FileVerdict {
    fn new(name: &str, signature: Option<SignatureVerdict>) -> Self {
        let alone = || Fact::NotChecked("the file was checked by itself".to_owned());
        Self {
            name: name.to_owned(),
            signature,
            signed_by: None,
            signed_as: None,
            listed: alone(),
            same_signer: alone(),
            reproduced: Reproduced::NotCompared(ALONE.to_owned()),
            further: Vec::new(),
        }
    }

    /// A file that only supports others: a detached signature, a certificate chain.
    pub(super) fn of_support(name: &str) -> Self {
        Self { reproduced: Reproduced::Source, ..Self::new(name, None) }
    }

    /// A file whose signature, of which these are the facts, is beside it.
    pub(super) fn beside(name: &str, signature: SignatureVerdict) -> Self {
        Self { signed_by: Some(format!("{name}{SIGNATURE}")), ..Self::new(name, Some(signature)) }
    }

    /// Whether nothing that was checked fails; the file may still not have been compared.
    pub fn holds(&self) -> bool {
        let signed = self.signature.as_ref().is_none_or(SignatureVerdict::accepted);
        let denied = |fact: &Fact| matches!(fact, Fact::No(_));
        signed && !denied(&self.listed) && !denied(&self.same_signer) && !self.reproduced.is_denied()
    }

    /// Whether everything that was to be checked was checked, and holds.
    pub fn accepted(&self) -> bool {
        self.holds() && !self.reproduced.is_open()
    }

    /// Why it is not accepted, each reason a clause.
    pub fn reasons(&self) -> Vec<String> {
        let signature = self.signature.as_ref().filter(|signature| !signature.accepted());
        let rejected = signature.map(|signature| match &self.signed_by {
            Some(p7s) => format!("{} (by {p7s})", signature.bottom_line()),
            None => signature.bottom_line(),
        });
        let mut reasons: Vec<String> = rejected.into_iter().collect();
        let denied = |fact: &Fact| if let Fact::No(why) = fact { Some(why.clone()) } else { None };
        reasons.extend([&self.listed, &self.same_signer].into_iter().filter_map(denied));
        match &self.reproduced {
            Reproduced::No(why) => reasons.push(format!("not reproduced: {why}")),
            Reproduced::NotCompared(why) => reasons.push(format!("not compared: {why}")),
            _ => {}
        }
        reasons
    }
}

/// Checks the signature of a file: its own for HTML and PDF, else the detached one in `p7s`.
pub fn verify(name: &str, bytes: &[u8], p7s: Option<&[u8]>, trust: &Trust) -> FileVerdict {
    match kind(name, bytes) {
        FileKind::Pdf => {
            let DocumentVerdict { signature, further } = verify_document(bytes, trust);
            FileVerdict { further, ..FileVerdict::new(name, Some(signature)) }
        }
        FileKind::Html => FileVerdict {
            signed_as: inside(bytes).as_deref().and_then(called),
            ..FileVerdict::new(name, Some(verify_html(bytes, trust)))
        },
        FileKind::Other => match p7s {
            Some(p7s) => {
                FileVerdict { signed_as: called(p7s), ..FileVerdict::beside(name, verify_detached(bytes, p7s, trust)) }
            }
            None => FileVerdict::new(name, Some(SignatureVerdict::unsigned(name))),
        },
    }
}

/// Checks the detached signature of a file that is not held in memory.
pub(super) fn verify_from(name: &str, content: impl Read, p7s: Option<&[u8]>, trust: &Trust) -> FileVerdict {
    let Some(p7s) = p7s else { return FileVerdict::new(name, Some(SignatureVerdict::unsigned(name))) };
    FileVerdict { signed_as: called(p7s), ..FileVerdict::beside(name, verify_detached_from(content, p7s, trust)) }
}

/// How a file carries its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Inside, as PAdES.
    Pdf,
    /// Inside, in an element of its own.
    Html,
    /// Beside it.
    Other,
}

/// The kind of a file, by its content where the name says nothing.
pub fn kind(name: &str, bytes: &[u8]) -> FileKind {
    let named = kind_of_name(name);
    if named == FileKind::Other && bytes.starts_with(b"%PDF-") { FileKind::Pdf } else { named }
}

/// The kind of a file of a package, where names are given by the program.
pub(super) fn kind_of_name(name: &str) -> FileKind {
    let name = name.to_ascii_lowercase();
    if name.ends_with(".pdf") {
        FileKind::Pdf
    } else if name.ends_with(".html") || name.ends_with(".htm") {
        FileKind::Html
    } else {
        FileKind::Other
    }
}

/// Checks a file that was handed over without its package. A PDF carries the data that it is made again from, and evidence is made
/// from nothing; any other file is not compared.
pub fn verify_alone(name: &str, bytes: &[u8], p7s: Option<&[u8]>, trust: &Trust) -> FileVerdict {
    let mut verdict = verify(name, bytes, p7s, trust);
    if kind(name, bytes) == FileKind::Pdf {
        verdict.reproduced = document::alone(name, bytes);
    } else if name.ends_with(FILE_NAME) {
        verdict.reproduced = Reproduced::Source;
    }
    let other = verdict.signed_as.as_deref().filter(|called| {
        let stem = called.split('/').next().unwrap_or_default();
        says_otherwise(name, stem)
    });
    if let Some(called) = other {
        verdict.listed = Fact::No(format!("it is named `{name}`, and was signed as {called}"));
    }
    verdict
}
