//! An audit sample of a verified package: drawn, written and signed.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::earlier::{Earlier, EarlierError};
use crate::defect::Defect;
use crate::draw::{DrawError, Request, Sample, Seed};
use crate::durable;
use crate::package::{Entry, Place, PlaceError, SIGNATURE, SIGNER};
use crate::remedy::Remedy;
use crate::render::worksheet::{self, File, Options, WorksheetError, forms};
use crate::report::AuditReport;
use crate::sign::{SignError, Signing, cms};
use crate::verify::folder::Folder;

/// Why there is no sample.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// The package's data cannot be used.
    #[error(transparent)]
    Package(#[from] EarlierError),
    /// There is nothing to draw from.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// A file cannot be made.
    #[error(transparent)]
    Worksheet(#[from] WorksheetError),
    /// A file cannot be written.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// A file cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The system gives no randomness.
    #[error("the system gives no randomness for a seed")]
    Random,
    /// The program contradicts itself.
    #[error(transparent)]
    Defect(#[from] Defect),
}

impl Remedy for SampleError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Package(error) => error.remedy(),
            Self::Draw(error) => error.remedy(),
            Self::Worksheet(error) => error.remedy(),
            Self::Place(PlaceError::Exists(_)) => {
                Some("name another folder with --out, or replace the sample with --force".into())
            }
            Self::Place(error) => error.remedy(),
            Self::Sign(error) => error.remedy(),
            Self::Random => Some("name one with --seed".into()),
            Self::Defect(defect) => defect.remedy(),
        }
    }
}

/// What is drawn from: the report of a package that was verified.
#[derive(Debug)]
pub struct Source {
    /// The report.
    pub report: AuditReport,
    /// SHA-256 of the package's manifest, in hex.
    pub manifest_sha256: String,
}

impl Source {
    /// The report of the package at `path`, whose files are open in `folder` and were verified.
    ///
    /// # Errors
    /// Where the package's data cannot be read.
    pub fn read(path: &Path, folder: &Folder) -> Result<Self, SampleError> {
        let Earlier { report, manifest_sha256, .. } = Earlier::of_folder(path, folder)?;
        let manifest_sha256 = manifest_sha256.ok_or(Defect("a package without a manifest"))?;
        Ok(Self { report, manifest_sha256 })
    }

    /// The sample that is asked for.
    ///
    /// # Errors
    /// Where there is nothing to draw from.
    pub fn draw(&self, request: &Request) -> Result<Sample, SampleError> {
        Ok(Sample::draw(&self.report, &self.manifest_sha256, request, forms())?)
    }
}

/// A seed of the system's randomness.
///
/// # Errors
/// Where it gives none.
pub fn seed() -> Result<Seed, SampleError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| SampleError::Random)?;
    Ok(Seed::of_bytes(&bytes))
}

/// A sample that was written.
#[derive(Debug)]
pub struct WrittenSample {
    /// Its folder.
    pub folder: PathBuf,
    /// Its files.
    pub files: Vec<Entry>,
}

/// Writes the folder of a sample into `out`: worksheet and data, each with its signature, and the signer's certificates. It appears
/// whole or not at all.
///
/// # Errors
/// Where a file cannot be made, signed or written, or the folder is there already and `force` is not set.
pub fn write(
    source: &Source,
    sample: &Sample,
    (out, force): (&Path, bool),
    signing: &Signing<'_>,
) -> Result<WrittenSample, SampleError> {
    let stem = sample.stem();
    // They go again where nothing comes into them.
    let _made = durable::make_folders(out).map_err(|error| PlaceError::Io {
        doing: "make the folder",
        path: out.to_owned(),
        error,
    })?;
    let place = Place::reserve(out, &stem, force)?;
    let mut files = Vec::new();
    for file in File::ALL {
        let name = file.name(&stem);
        let mut staged = place.create(&name)?;
        worksheet::write(&source.report, &Options { sample, file }, &mut staged)?;
        let checksum = staged.finish()?;
        files.push(Entry::new(&name, &checksum));
        let called = format!("{stem}/{name}");
        let signature = cms::detached_of(&checksum.sha256, place.opener(&name), &signing.naming(&called))?;
        let name = format!("{name}{SIGNATURE}");
        files.push(Entry::new(&name, &place.put(&name, &mut &*signature)?));
    }
    let chain = signing.identity.chain_pem()?;
    files.push(Entry::new(SIGNER, &place.put(SIGNER, &mut chain.as_bytes())?));
    let folder = place.target().to_owned();
    place.commit()?;
    Ok(WrittenSample { folder, files })
}
