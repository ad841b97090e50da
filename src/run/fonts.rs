//! `--font-dir` and `--system-fonts`: fonts for characters that the built-in ones lack. Only what is needed is taken, so
//! that a folder of a thousand fonts costs no memory; what is lacking all the same becomes a finding of the report.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fontdb::{Database, FaceInfo, Source, Stretch, Style, Weight};

use crate::machine::{self, MachineError};
use crate::remedy::Remedy;
use crate::render::pdf::{self, ExtraFont, Lacking, PdfError};
use crate::report::AuditReport;

/// Why fonts cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FontsError {
    /// The folder cannot be read.
    #[error("cannot read the fonts in `{}`: {error}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
    /// There is no font in the folder.
    #[error("`{}` holds no font", .0.display())]
    Empty(PathBuf),
    /// A font cannot be read.
    #[error("cannot read the font `{}`: {error}", .path.display())]
    Font {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
    /// A font is broken.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// The machine allows no thread.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl Remedy for FontsError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Empty(_) => Some("name a folder with .ttf, .otf or .ttc files".into()),
            Self::Pdf(error) => error.remedy(),
            Self::Machine(error) => error.remedy(),
            Self::Folder { .. } | Self::Font { .. } => None,
        }
    }
}

/// Where further fonts may be taken from, in this order.
#[derive(Debug)]
pub struct Fonts {
    folder: Option<Database>,
    /// Read when first needed; `None` where the machine's fonts are not wanted.
    system: Option<OnceCell<Database>>,
}

impl Fonts {
    /// Those that are built in, and no others.
    pub fn built_in() -> Self {
        Self { folder: None, system: None }
    }

    /// The fonts of `folder` and those below it, and after them the machine's where `system` is set.
    ///
    /// The machine's are never used unasked: another machine has others, and would make another document.
    ///
    /// # Errors
    /// Where the folder cannot be read, or holds no font.
    pub fn new(folder: Option<&Path>, system: bool) -> Result<Self, FontsError> {
        Ok(Self { folder: folder.map(in_folder).transpose()?, system: system.then(OnceCell::new) })
    }

    /// The fonts that `report` needs beside the built-in ones, and the report with a finding over what no font has.
    ///
    /// # Errors
    /// Where a font cannot be read or used.
    pub fn fit(&self, report: AuditReport) -> Result<(AuditReport, Vec<ExtraFont>), FontsError> {
        machine::workers()?;
        let mut fonts = Vec::new();
        let mut lacking: Lacking = pdf::lacking(&report, &fonts)?;
        if let Some(folder) = self.folder.as_ref().filter(|_| !lacking.characters.is_empty()) {
            fonts.extend(chosen(folder, &lacking.characters)?);
            lacking = pdf::lacking(&report, &fonts)?;
        }
        if let Some(system) = self.system.as_ref().filter(|_| !lacking.characters.is_empty()) {
            fonts.extend(chosen(system.get_or_init(of_system), &lacking.characters)?);
            lacking = pdf::lacking(&report, &fonts)?;
        }
        Ok((report.with_unshown(&lacking.batches), fonts))
    }
}

impl Fonts {
    /// Which of the characters `wanted` no font has.
    ///
    /// # Errors
    /// Where a font cannot be read or used.
    pub fn uncovered(&self, wanted: &BTreeSet<char>) -> Result<BTreeSet<char>, FontsError> {
        machine::workers()?;
        let mut fonts = Vec::new();
        let system = self.system.as_ref().map(|system| system.get_or_init(of_system));
        for database in self.folder.iter().chain(system) {
            fonts.extend(chosen(database, &pdf::uncovered(wanted, &fonts)?)?);
        }
        Ok(pdf::uncovered(wanted, &fonts)?)
    }
}

/// The font files of a folder and those below it.
///
/// # Errors
/// Where the folder cannot be read, or holds no font.
pub fn files_in(folder: &Path) -> Result<Vec<PathBuf>, FontsError> {
    let files: BTreeSet<PathBuf> = in_folder(folder)?.faces().map(|face| path(face).to_owned()).collect();
    Ok(files.into_iter().collect())
}

fn in_folder(folder: &Path) -> Result<Database, FontsError> {
    // The font library passes over a folder that it cannot read.
    std::fs::read_dir(folder).map_err(|error| FontsError::Folder { path: folder.to_owned(), error })?;
    let mut database = Database::new();
    database.load_fonts_dir(folder);
    if database.is_empty() { Err(FontsError::Empty(folder.to_owned())) } else { Ok(database) }
}

fn of_system() -> Database {
    let mut database = Database::new();
    database.load_system_fonts();
    database
}

/// The fonts to add for `wanted`, upright and of normal weight before others, then by path: the same on every run.
fn chosen(database: &Database, wanted: &BTreeSet<char>) -> Result<Vec<ExtraFont>, FontsError> {
    let mut faces: Vec<&FaceInfo> = database.faces().collect();
    faces.sort_by_cached_key(|face| {
        let plain = (face.style != Style::Normal, face.stretch != Stretch::Normal, face.monospaced);
        (plain, face.weight.0.abs_diff(Weight::NORMAL.0), path(face).to_owned(), face.index)
    });
    let offer = |face: &&FaceInfo| {
        database.with_face_data(face.id, |data, index| pdf::characters_in(data, index, wanted)).unwrap_or_default()
    };
    let offers: Vec<BTreeSet<char>> = faces.iter().map(offer).collect();
    let places = pdf::fewest(wanted, &offers);
    places.into_iter().filter_map(|place| faces.get(place)).map(|face| font(face)).collect()
}

fn path(face: &FaceInfo) -> &Path {
    match &face.source {
        Source::File(path) | Source::SharedFile(path, _) => path,
        Source::Binary(_) => Path::new(""),
    }
}

fn font(face: &FaceInfo) -> Result<ExtraFont, FontsError> {
    let path = path(face);
    let bytes = std::fs::read(path).map_err(|error| FontsError::Font { path: path.to_owned(), error })?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let name = if face.index == 0 { file.into_owned() } else { format!("{file} #{}", face.index) };
    Ok(ExtraFont { name, bytes: Arc::new(bytes), index: face.index })
}
