//! What the caller names beside a package: evidence that is kept apart, with the key by which names are replaced, and fonts.

use std::path::{Path, PathBuf};

use crate::cli::args::Verify as VerifyArgs;
use crate::cli::{Failure, keys};
use crate::digest::sha256;
use crate::pseudonym::PseudonymKey;
use crate::run::files::{held, read};
use crate::run::fonts::files_in;
use crate::verify::folder::Held;
use crate::verify::remade::{Aids, FontFinder};

/// What is beside the packages.
pub struct Beside {
    evidence: Option<Held>,
    pseudonyms: Option<PseudonymKey>,
    fonts: Box<FontFinder>,
}

impl Beside {
    /// What the arguments name.
    pub fn of(args: &VerifyArgs) -> Result<Self, Failure> {
        let evidence = args.evidence.as_deref().map(held).transpose()?;
        let key = evidence.as_ref().map(|_| keys::pseudonym_key_that_is_there(args.identity.as_deref()));
        let fonts = font_finder(args.font_dir.as_deref())?;
        Ok(Self { evidence, pseudonyms: key.transpose()?.flatten(), fonts })
    }

    /// Only fonts, of that folder.
    pub fn with_fonts(folder: Option<&Path>) -> Result<Self, Failure> {
        Ok(Self { evidence: None, pseudonyms: None, fonts: font_finder(folder)? })
    }

    /// The same for a package.
    pub fn aids(&self) -> Aids<'_> {
        Aids { evidence: self.evidence.as_ref(), pseudonyms: self.pseudonyms.clone(), fonts: Some(&*self.fonts) }
    }
}

/// Finds the fonts of a folder; none without one.
pub fn font_finder(folder: Option<&Path>) -> Result<Box<FontFinder>, Failure> {
    let files = folder.map(files_in).transpose()?.unwrap_or_default();
    Ok(Box::new(move |sum| font(&files, sum)))
}

/// The file of that SHA-256, in hex.
fn font(files: &[PathBuf], sum: &str) -> Option<Vec<u8>> {
    let bytes = |path: &PathBuf| read(Path::new(path)).ok();
    files.iter().filter_map(bytes).find(|bytes| sha256(bytes) == sum)
}
