//! `verify --drawn`: an audit sample, drawn again from the package that was verified.

use std::path::{Path, PathBuf};

use super::FoundPath;
use crate::cli::Failure;
use crate::run::draw::Source;
use crate::run::files::read_folder;
use crate::spreadsheet::returned::Worksheet;
use crate::verify::drawn::{Of, blank_worksheet, verify};
use crate::verify::reproduced::Reproduced;
use crate::verify::signature::Trust;

/// What became of a sample.
pub struct Sample {
    /// The facts.
    pub found: FoundPath,
    /// Its worksheet as it was signed, where everything about the sample holds.
    pub worksheet: Option<Worksheet>,
}

/// Looks at the sample at `path`, of the one package that was looked at.
pub fn look(path: &Path, (paths, found): (&[PathBuf], &[FoundPath]), trust: &Trust) -> Result<Sample, Failure> {
    let name = path.display().to_string();
    let refused = |why: &str| Sample { found: FoundPath::refused(name.clone(), why.to_owned()), worksheet: None };
    let package = paths.iter().zip(found).find_map(|(path, found)| Some((path, found, found.folder.as_ref()?)));
    let Some((package_path, package, folder)) = package.filter(|(_, package, _)| package.holds()) else {
        return Ok(refused("its package does not hold, so nothing is drawn from it again"));
    };
    if !path.is_dir() {
        return Ok(refused("it is not the folder of a sample"));
    }
    let source = Source::read(package_path, folder)?;
    let data = format!("{}.json", source.report.stem());
    let good = package.files.iter().find(|file| file.name == data).map(|file| &file.reproduced);
    let Some(good @ (Reproduced::Evidence | Reproduced::Data)) = good else {
        return Ok(refused("the data of its package was not compared, so nothing is drawn from it again"));
    };
    let of = Of { report: &source.report, manifest_sha256: &source.manifest_sha256, good };
    let verdict = verify(&read_folder(path)?, of, trust);
    let found = FoundPath {
        path: name,
        files: verdict.files,
        subject: None,
        signer: verdict.signer,
        sign_offs: Vec::new(),
        problems: verdict.problems,
        notes: verdict.notes,
        folder: None,
    };
    let sample = verdict.sample.filter(|_| found.accepted());
    let worksheet = sample.map(|sample| blank_worksheet(&source.report, &sample)).transpose();
    let worksheet = worksheet.map_err(|error| Failure::of(crate::cli::Exit::Local, &error))?;
    Ok(Sample { found, worksheet })
}
