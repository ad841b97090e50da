//! One file: which kind it is, and the facts about its signature.

use serde::Serialize;

use crate::package::SIGNATURE;

use super::figures::Reference;
use super::pdf;
use super::signature::{Fact, SignatureVerdict, Trust, verify_detached, verify_html, verify_pdf};

/// The facts about one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileVerdict {
    /// Its name.
    pub name: String,
    /// The facts about its signature; `None` for a file that is not signed by itself, such as a signature or a certificate.
    pub signature: Option<SignatureVerdict>,
    /// The file that holds its signature, where it does not hold it itself.
    pub signed_by: Option<String>,
    /// Whether the manifest lists it as it is.
    pub listed: Fact,
    /// Whether it is signed by whoever signed the manifest.
    pub same_signer: Fact,
    /// Whether it states the figures that the other files state.
    pub figures: Fact,
    /// Whether it is what the kept evidence gives when the report is made again from it.
    pub reproduced: Fact,
}

impl FileVerdict {
    fn new(name: &str, signature: Option<SignatureVerdict>) -> Self {
        let alone = || Fact::NotChecked("the file was checked by itself".to_owned());
        Self {
            name: name.to_owned(),
            signature,
            signed_by: None,
            listed: alone(),
            same_signer: alone(),
            figures: alone(),
            reproduced: Fact::NotChecked("the report was not made again from its evidence".to_owned()),
        }
    }

    /// A file that only supports others: a detached signature, a certificate chain.
    pub(super) fn of_support(name: &str) -> Self {
        Self::new(name, None)
    }

    /// A file whose signature, of which these are the facts, stands beside it.
    pub(super) fn beside(name: &str, signature: SignatureVerdict) -> Self {
        Self { signed_by: Some(format!("{name}{SIGNATURE}")), ..Self::new(name, Some(signature)) }
    }

    /// The facts beside the signature.
    fn in_package(&self) -> [&Fact; 4] {
        [&self.listed, &self.same_signer, &self.figures, &self.reproduced]
    }

    /// Whether everything that was checked holds.
    pub fn accepted(&self) -> bool {
        let signed = self.signature.as_ref().is_none_or(SignatureVerdict::accepted);
        let denied = |fact: &Fact| matches!(fact, Fact::No(_));
        signed && !self.in_package().into_iter().any(denied)
    }

    /// Why it is not accepted, each reason a clause.
    pub fn reasons(&self) -> Vec<String> {
        let signature = self.signature.as_ref().filter(|signature| !signature.accepted());
        let rejected = signature.map(|signature| match &self.signed_by {
            Some(p7s) => format!("{} (by {p7s})", signature.bottom_line()),
            None => signature.bottom_line(),
        });
        let mut reasons: Vec<String> = rejected.into_iter().collect();
        reasons.extend(
            self.in_package()
                .into_iter()
                .filter_map(|fact| if let Fact::No(why) = fact { Some(why.clone()) } else { None }),
        );
        reasons
    }
}

/// Checks the signature of a file: its own for HTML and PDF, else the detached one in `p7s`.
pub fn verify(name: &str, bytes: &[u8], p7s: Option<&[u8]>, trust: &Trust) -> FileVerdict {
    match kind(name, bytes) {
        FileKind::Pdf => FileVerdict::new(name, Some(verify_pdf(bytes, trust))),
        FileKind::Html => FileVerdict::new(name, Some(verify_html(bytes, trust))),
        FileKind::Other => match p7s {
            Some(p7s) => FileVerdict::beside(name, verify_detached(bytes, p7s, trust)),
            None => FileVerdict::new(name, Some(SignatureVerdict::unsigned(name))),
        },
    }
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
    let name = name.to_ascii_lowercase();
    if name.ends_with(".pdf") || bytes.starts_with(b"%PDF-") {
        FileKind::Pdf
    } else if name.ends_with(".html") || name.ends_with(".htm") {
        FileKind::Html
    } else {
        FileKind::Other
    }
}

/// Checks a file that was handed over without its package. A PDF carries the data that its pages are compared with.
pub fn verify_alone(name: &str, bytes: &[u8], p7s: Option<&[u8]>, trust: &Trust) -> FileVerdict {
    let mut verdict = verify(name, bytes, p7s, trust);
    if kind(name, bytes) == FileKind::Pdf {
        let mut data = None;
        // The first JSON file is the report; the description of the CSV, which is JSON too, is not.
        let is_report = |name: &str| name.ends_with(".json") && !name.contains("metadata");
        let read = pdf::each_attachment(bytes, is_report, |name, bytes| {
            data.get_or_insert((name.to_owned(), bytes));
        });
        verdict.figures = match read {
            Ok(()) => Reference::of_attachment(data).compare_carrier(bytes),
            Err(error) => Fact::No(format!("the files that it carries cannot be read: {error}")),
        };
    }
    verdict
}
