//! `--font-dir` and `--system-fonts`: fonts for characters that the built-in ones lack. Only what is needed is taken, so
//! that a folder of a thousand fonts costs no memory; what is lacking all the same becomes a finding of the report.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use fontdb::{Database, FaceInfo, Source, Stretch, Style, Weight};

use super::{Exit, Failure, machine};
use crate::render::pdf::{self, ExtraFont, Lacking};
use crate::report::AuditReport;

/// Where further fonts may be taken from, in this order.
pub struct Fonts {
    folder: Option<Database>,
    /// Read when first needed; `None` where the machine's fonts are not wanted.
    system: Option<OnceCell<Database>>,
}

impl Fonts {
    /// The fonts of `folder` and those below it, and after them the machine's where `system` is set.
    ///
    /// The machine's are never used unasked: another machine has others, and would make another document.
    pub fn new(folder: Option<&Path>, system: bool) -> Result<Self, Failure> {
        Ok(Self { folder: folder.map(in_folder).transpose()?, system: system.then(OnceCell::new) })
    }

    /// The fonts that `report` needs beside the built-in ones, and the report with a finding over what no font has.
    pub fn fit(&self, report: AuditReport) -> Result<(AuditReport, Vec<ExtraFont>), Failure> {
        machine::workers()?;
        let mut fonts = Vec::new();
        let mut lacking = lacking(&report, &fonts)?;
        if let Some(folder) = self.folder.as_ref().filter(|_| !lacking.characters.is_empty()) {
            fonts.extend(chosen(folder, &lacking.characters)?);
            lacking = self::lacking(&report, &fonts)?;
        }
        if let Some(system) = self.system.as_ref().filter(|_| !lacking.characters.is_empty()) {
            fonts.extend(chosen(system.get_or_init(of_system), &lacking.characters)?);
            lacking = self::lacking(&report, &fonts)?;
        }
        Ok((report.with_unshown(&lacking.batches), fonts))
    }
}

impl Fonts {
    /// Which of the characters `wanted` no font has.
    pub fn uncovered(&self, wanted: &BTreeSet<char>) -> Result<BTreeSet<char>, Failure> {
        machine::workers()?;
        let mut fonts = Vec::new();
        let system = self.system.as_ref().map(|system| system.get_or_init(of_system));
        for database in self.folder.iter().chain(system) {
            fonts.extend(chosen(database, &without(wanted, &fonts)?)?);
        }
        without(wanted, &fonts)
    }
}

fn without(wanted: &BTreeSet<char>, fonts: &[ExtraFont]) -> Result<BTreeSet<char>, Failure> {
    pdf::uncovered(wanted, fonts).map_err(|error| Failure::new(Exit::Local, error))
}

fn lacking(report: &AuditReport, fonts: &[ExtraFont]) -> Result<Lacking, Failure> {
    pdf::lacking(report, fonts).map_err(|error| Failure::new(Exit::Local, error))
}

fn in_folder(folder: &Path) -> Result<Database, Failure> {
    // The font library passes over a folder that it cannot read.
    std::fs::read_dir(folder).map_err(|error| {
        Failure::new(Exit::Local, format_args!("cannot read the fonts in `{}`: {error}", folder.display()))
    })?;
    let mut database = Database::new();
    database.load_fonts_dir(folder);
    if database.is_empty() {
        let message = format_args!("`{}` holds no font; name a folder with .ttf, .otf or .ttc files", folder.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(database)
}

fn of_system() -> Database {
    let mut database = Database::new();
    database.load_system_fonts();
    database
}

/// The fonts to add for `wanted`, upright and of normal weight before others, then by path: the same on every run.
fn chosen(database: &Database, wanted: &BTreeSet<char>) -> Result<Vec<ExtraFont>, Failure> {
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

fn font(face: &FaceInfo) -> Result<ExtraFont, Failure> {
    let path = path(face);
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::new(Exit::Local, format_args!("cannot read the font `{}`: {error}", path.display()))
    })?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let name = if face.index == 0 { file.into_owned() } else { format!("{file} #{}", face.index) };
    Ok(ExtraFont { name, bytes: Arc::new(bytes), index: face.index })
}
