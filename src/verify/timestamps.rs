//! Timestamps that a package had and has no more. A stamp is not signed by the signer, so it can be removed from a signature
//! without a trace in it; the manifest states that there was one.

use super::file::FileVerdict;
use super::signature::Timed;
use crate::package::{MANIFEST, Manifest};

/// The signatures without the timestamp that the manifest states, a sentence each.
pub(super) fn removed_stamps<'a>(manifest: &Manifest, files: impl Iterator<Item = &'a FileVerdict>) -> Vec<String> {
    let stripped = files.filter(|file| manifest.timestamps && is_bare(file));
    let words = |file: &FileVerdict| {
        format!(
            "the timestamp of {} was removed: {MANIFEST} states that every signature has one",
            file.signed_by.as_ref().unwrap_or(&file.name)
        )
    };
    stripped.map(words).collect()
}

/// Whether it has a signature, and that one no stamp.
fn is_bare(file: &FileVerdict) -> bool {
    let timed =
        file.signature.as_ref().filter(|signature| signature.signer.is_some()).map(|signature| &signature.timed);
    matches!(timed, Some(Timed::Stated { stamp: None, .. } | Timed::Unknown))
}
