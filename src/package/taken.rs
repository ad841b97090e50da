//! What a package holds of another one that its report was made with: that one's manifest, the data of its report, and the signature
//! of each. So `verify` needs nothing beside the package to make it again.

use super::{INPUTS, MANIFEST, Manifest, SIGNATURE};
use crate::report::{MadeFile, MadePackage};

/// The names, in the other package, of what is taken of it, in the order of [`MadePackage::files`].
pub fn taken_files(manifest: &Manifest) -> [String; 4] {
    let report = format!("{}.json", manifest.package);
    [MANIFEST.to_owned(), format!("{MANIFEST}{SIGNATURE}"), report.clone(), format!("{report}{SIGNATURE}")]
}

/// What is stated of them; `word` says what the other package is to the report (`superseded`), `sums` holds the SHA-256 of each in
/// hex.
///
/// A signature is not named as one: in this package it would have to be by this package's signer, of a file of this package.
pub fn taken(word: &str, sums: [String; 4]) -> MadePackage {
    let [manifest, manifest_signature, report, report_signature] = sums;
    let file = |name: &str, sha256| MadeFile { file: format!("{INPUTS}/{word}-{name}"), sha256 };
    MadePackage {
        manifest: file("manifest.json", manifest),
        manifest_signature: file("manifest.json.signature", manifest_signature),
        report: file("report.json", report),
        report_signature: file("report.json.signature", report_signature),
    }
}
