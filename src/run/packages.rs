//! From a collection to its packages: what `report` and `render` have in common.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::Utc;
use der::asn1::ObjectIdentifier;
use reqwest::Url;

use super::dispositions::{Answers, AnswersError};
use super::existing::{Demands, NotDone, Ways};
use super::fonts::{Fonts, FontsError};
use super::superseded::{self, SupersedeError, Superseded};
use super::taken::Taken;
use super::{authority, withheld};
use crate::calls::CallCounts;
use crate::collect::Collected;
use crate::durable;
use crate::evidence::FILE_NAME;
use crate::package::{self, BuildError, Contents, Entry, Format, KeptFile, Layout, Look, Place, PlaceError, Rendered};
use crate::period::Period;
use crate::pseudonym::PseudonymKey;
use crate::remedy::Remedy;
use crate::render::handout::{Language, SignedBy};
use crate::render::pdf::ExtraFont;
use crate::report::{AuditReport, CompareError, Issuer, Made, Origin, ReportError};
use crate::sign::{Authority, Identity, Responders, SignError, Signing};

/// What packages hold, what they look like, and where they go.
#[derive(Debug)]
#[non_exhaustive]
pub struct WantedPackages {
    /// The folder that they are written to.
    pub out: PathBuf,
    /// Whether a package that is there already is replaced.
    pub force: bool,
    /// Whether a package that is there already, complete and as it would be made, is left as it is.
    pub keep_existing: bool,
    /// The URL of the list that packages are of, or `the sample API`; `None` where any will do. One that is there already is
    /// kept only if it is of that list.
    pub source: Option<String>,
    /// Evidence that packages may have been made from by an earlier run, which then need not be made.
    pub evidence: Option<PathBuf>,
    /// How their files look.
    pub look: Look,
    /// What the report states of who hands it over.
    pub issuer: Issuer,
    /// Where fonts may be taken from that are not built in.
    pub fonts: Fonts,
    /// The packages that the new ones take the place of, one for a period at most.
    pub supersedes: Vec<PathBuf>,
    /// The package of an earlier period that the new ones are compared with.
    pub compare_with: Option<PathBuf>,
    /// The file with the company's answers to findings.
    pub dispositions: Option<PathBuf>,
    /// Who stamps every signature, where that is wanted.
    pub stamping: Option<Stamping>,
    /// Whether the PDF is made to outlast its certificates; that needs `stamping`.
    pub long_term: bool,
}

/// A timestamp authority, and how it is asked.
#[derive(Debug, Clone)]
pub struct Stamping {
    /// Its URL.
    pub url: Url,
    /// The policy that it must stamp under, where one is demanded.
    pub policy: Option<ObjectIdentifier>,
    /// The longest wait for one stamp, and for one answer on revocation.
    pub wait: Duration,
}

/// Why packages cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackagesError {
    /// Signatures that are to last were asked for without anybody who stamps them.
    #[error("--long-term needs a timestamp authority")]
    LongTermUnstamped,
    /// Signatures that are to last were asked for, and no PDF.
    #[error("--long-term is about the PDF, which is not among the formats")]
    LongTermWithoutPdf,
    /// The place of a package is not fit.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// A package that is there already is not what would be made.
    #[error("`{}` is there already and is not kept: {why}", .path.display())]
    NotKept {
        /// Its folder.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// Some packages have their names, and then one could not get its own.
    #[error("{error}")]
    Partly {
        /// Why the next one did not.
        error: Box<PackagesError>,
        /// Those that are whole.
        whole: Vec<PathBuf>,
    },
    /// The evidence could not be written beside its package.
    #[error(transparent)]
    Withheld(#[from] withheld::WithheldError),
    /// What is to be superseded cannot be.
    #[error(transparent)]
    Supersede(#[from] SupersedeError),
    /// The company's answers to findings cannot be used.
    #[error(transparent)]
    Answers(#[from] AnswersError),
    /// The report cannot state what it supersedes.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// A font cannot be used.
    #[error(transparent)]
    Fonts(#[from] FontsError),
    /// There can be no report.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A file of a package could not be made, signed or written.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The identity cannot sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl Remedy for PackagesError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::LongTermUnstamped => Some("name one by --timestamp-url".into()),
            Self::LongTermWithoutPdf => Some("add it by --format".into()),
            Self::Place(error) => error.remedy(),
            Self::NotKept { .. } => Some("replace it with --force, or name another folder with --out".into()),
            Self::Partly { error, .. } => error.remedy(),
            Self::Withheld(error) => error.remedy(),
            Self::Supersede(error) => error.remedy(),
            Self::Answers(error) => error.remedy(),
            Self::Compare(error) => error.remedy(),
            Self::Fonts(error) => error.remedy(),
            Self::Report(error) => error.remedy(),
            Self::Build(error) => error.remedy(),
            Self::Sign(error) => error.remedy(),
        }
    }
}

/// Everything that packages need beside what was collected: obtained, and found fit, before anything is collected.
#[derive(Debug)]
pub struct Packages {
    wanted: WantedPackages,
    periods: Vec<(Period, Place)>,
    to_gather: Vec<Period>,
    existing: Existing,
    identity: Identity,
    pseudonyms: Option<PseudonymKey>,
    superseded: Superseded,
    compared: Option<Taken>,
    answers: Option<Answers>,
    /// The folder of packages, which goes again where nothing comes into it.
    _made: durable::MadeFolders,
}

/// The packages that are there already and need not be made.
#[derive(Debug, Default)]
struct Existing {
    paths: Vec<PathBuf>,
    /// Their periods.
    periods: Vec<Period>,
    /// Whether an earlier run made one of them from the evidence that the others are made from.
    from_evidence: bool,
}

/// A package that was written.
#[derive(Debug)]
pub struct Written {
    /// The report, without its register.
    pub report: AuditReport,
    /// The package's folder.
    pub folder: PathBuf,
    /// Its files, the manifest and its signature last.
    pub files: Vec<Entry>,
    /// Where its evidence lies, where that holds names that the package replaces.
    pub withheld: Option<PathBuf>,
}

impl Packages {
    /// Gets everything ready for a package of each period, signed by `identity`, its names replaced where there is a key.
    ///
    /// # Errors
    /// Where something of it is not fit, or a package is there already.
    pub fn prepare(
        wanted: WantedPackages,
        periods: Vec<Period>,
        identity: Identity,
        pseudonyms: Option<PseudonymKey>,
    ) -> Result<Self, PackagesError> {
        wanted.check()?;
        let made = durable::make_folders(&wanted.out).map_err(|error| PlaceError::Io {
            doing: "make the folder",
            path: wanted.out.clone(),
            error,
        })?;
        let names = pseudonyms.as_ref().map(PseudonymKey::statement);
        let compared = superseded::compared(wanted.compare_with.as_deref(), &periods, names.as_ref())?;
        let answers = wanted.dispositions.as_deref().map(Answers::read).transpose()?;
        let mut existing = Existing::default();
        let (mut places, mut to_gather) = (Vec::new(), Vec::new());
        for period in periods {
            let demands = Demands {
                period: &period,
                formats: &wanted.look.formats,
                pseudonyms: names.as_ref(),
                dispositions: answers.as_ref().map(|answers| &*answers.made.sha256),
                compared: compared.as_ref().map(|old| &*old.manifest_sha256),
                letter: wanted.look.letter.map(Language::as_str),
            };
            // A run that replaces what is there may have been killed, too: what it made of this evidence is not made again.
            let force = wanted.force && !wanted.ways().is_from_evidence(&wanted.out.join(name_of(&period)), demands);
            match Place::reserve(&wanted.out, &name_of(&period), force) {
                Err(PlaceError::Exists(path)) => {
                    let from_evidence = wanted.ways().found(&path, demands).map_err(|why| match why {
                        NotDone::Exists => PackagesError::Place(PlaceError::Exists(path.clone())),
                        NotDone::NotKept(why) => PackagesError::NotKept { path: path.clone(), why },
                    })?;
                    if from_evidence {
                        existing.from_evidence = true;
                        to_gather.push(period.clone());
                    }
                    existing.paths.push(path);
                    existing.periods.push(period);
                }
                place => {
                    if pseudonyms.is_some() {
                        let path = wanted.out.join(withheld::name(&period));
                        withheld::check(&wanted.out, &period, wanted.force || wanted.ways().is_the_evidence(&path))?;
                    }
                    to_gather.push(period.clone());
                    places.push((period, place?));
                }
            }
        }
        let superseded = Superseded::read(&wanted.supersedes, &places, &existing.periods, names.as_ref())?;
        Ok(Self {
            wanted,
            periods: places,
            to_gather,
            existing,
            identity,
            pseudonyms,
            superseded,
            compared,
            answers,
            _made: made,
        })
    }

    /// The packages that are there already and stay as they are.
    pub fn existing(&self) -> &[PathBuf] {
        &self.existing.paths
    }

    /// Whether there is nothing to be made: every package is there, and stays.
    pub fn is_empty(&self) -> bool {
        self.periods.is_empty()
    }

    /// Whether an earlier run made a package from the evidence, so that it is complete, and the others are to be made from it.
    pub fn finishes(&self) -> bool {
        self.existing.from_evidence
    }

    /// The periods to gather for, in the order asked for: those of the packages that are to be made, and of those that an
    /// earlier run made from the evidence that these are made from, too.
    pub fn to_gather(&self) -> impl Iterator<Item = &Period> {
        self.to_gather.iter()
    }

    /// The periods of the packages that are to be made, in the order asked for.
    pub fn periods(&self) -> impl Iterator<Item = &Period> {
        self.periods.iter().map(|(period, _)| period)
    }

    /// Writes a package for each period, with the evidence that is at this path; all of them get their names when the last one
    /// is whole. `notify` is handed what revocation data could not be obtained.
    ///
    /// # Errors
    /// Where a file cannot be made, signed or written; then no package is there, or [`PackagesError::Partly`] says which are.
    pub fn write(
        self,
        (collected, counts): (Collected, &CallCounts),
        origin: &Origin,
        evidence: &Path,
        notify: &dyn Fn(&str),
    ) -> Result<Vec<Written>, PackagesError> {
        let Self { wanted, periods, identity, pseudonyms, superseded, compared, answers, _made, .. } = self;
        let signer = SignedBy { name: identity.name(), fingerprint: identity.fingerprint() };
        let (mut made, unsigned_evidence) = (Vec::new(), origin.unsigned_evidence);
        // The last package takes the batches for its own: there may be many.
        let (mut collected, last) = (Some(collected), periods.len().saturating_sub(1));
        for (n, (period, place)) in periods.into_iter().enumerate() {
            let Some(collected) = (if n == last { collected.take() } else { collected.clone() }) else { continue };
            let mut origin = Origin { pseudonym_key: pseudonyms.clone(), ..origin.clone() };
            if let (Some(_), Some(kept)) = (&pseudonyms, &mut origin.evidence) {
                kept.name = withheld::name(&period);
            }
            let report = AuditReport::of_collection(&period, collected, counts, origin)?;
            let old = superseded.by(&period);
            let report = match old {
                Some(old) => report.superseding(&old.earlier.report, &old.manifest_sha256)?,
                None => report,
            };
            let report = match &compared {
                Some(old) => report.compared_to(&old.earlier.report, &old.manifest_sha256)?,
                None => report,
            };
            let report = report.issued_by(wanted.issuer.clone());
            let has_pdf = wanted.look.formats.contains(&Format::Pdf);
            let (report, fonts) = if has_pdf { wanted.fonts.fit(report)? } else { (report, Vec::new()) };
            let report = match &answers {
                Some(answers) => report.disposed(answers.all.clone()),
                None => report,
            };
            let layout = wanted.layout(&fonts);
            let how = Made {
                superseded: old.map(|old| old.made.clone()),
                compared: compared.as_ref().map(|old| old.made.clone()),
                dispositions: answers.as_ref().map(|answers| answers.made.clone()),
                unsigned_evidence,
                ..layout.made(option_env!("DIALNEXA_AUDIT_COMMIT"))
            };
            let report = report.made_by(how);
            let contents = Contents { report: &report, layout };
            let (mut kept, withheld) = match pseudonyms {
                None => (vec![KeptFile { name: FILE_NAME.to_owned(), path: evidence.to_owned() }], None),
                Some(_) => (Vec::new(), Some(withheld::write(&wanted.out, &period, evidence)?)),
            };
            kept.extend(old.into_iter().chain(&compared).flat_map(|old| old.kept.iter().cloned()));
            kept.extend(answers.iter().map(|answers| answers.kept.clone()));
            let rendered = package::render(&contents, &signer, &kept, &place)?;
            // It may be large, and signing wants room of its own.
            let report = report.without_register();
            let files = wanted.signed(rendered, &place, &identity, withheld.as_deref(), notify)?;
            made.push((Written { report, folder: place.target().to_owned(), files, withheld }, place));
        }
        let mut written: Vec<Written> = Vec::new();
        for (package, place) in made {
            match place.commit() {
                Ok(()) => written.push(package),
                Err(error) if written.is_empty() => return Err(error.into()),
                Err(error) => {
                    let whole = written.into_iter().map(|written| written.folder).collect();
                    return Err(PackagesError::Partly { error: Box::new(error.into()), whole });
                }
            }
        }
        Ok(written)
    }
}

/// The package's folder, in the folder of packages.
fn name_of(period: &Period) -> String {
    format!("batch-audit-{}", period.slug())
}

impl WantedPackages {
    /// CSV, HTML and PDF in `out`, as the command makes them unless it is asked otherwise.
    pub fn new(out: &Path) -> Self {
        Self {
            out: out.to_owned(),
            force: false,
            keep_existing: false,
            source: None,
            evidence: None,
            look: Look::default(),
            issuer: Issuer::default(),
            fonts: Fonts::built_in(),
            supersedes: Vec::new(),
            compare_with: None,
            dispositions: None,
            stamping: None,
            long_term: false,
        }
    }

    /// Refuses what cannot be: signatures that are to last without a stamp or without a PDF.
    ///
    /// # Errors
    /// [`PackagesError::LongTermUnstamped`], [`PackagesError::LongTermWithoutPdf`].
    pub fn check(&self) -> Result<(), PackagesError> {
        match self.long_term {
            true if self.stamping.is_none() => Err(PackagesError::LongTermUnstamped),
            true if !self.look.formats.contains(&Format::Pdf) => Err(PackagesError::LongTermWithoutPdf),
            _ => Ok(()),
        }
    }

    /// The layout, with the fonts that the report needs beside the built-in ones.
    fn layout<'a>(&'a self, fonts: &'a [ExtraFont]) -> Layout<'a> {
        Layout { look: &self.look, fonts }
    }

    fn ways(&self) -> Ways<'_> {
        let Self { evidence, keep_existing, source, .. } = self;
        Ways { evidence: evidence.as_deref(), keep_existing: *keep_existing, source: source.as_deref() }
    }

    fn signed(
        &self,
        rendered: Rendered,
        place: &Place,
        identity: &Identity,
        withheld: Option<&Path>,
        notify: &dyn Fn(&str),
    ) -> Result<Vec<Entry>, PackagesError> {
        let wait = self.stamping.as_ref().map_or(Duration::ZERO, |stamping| stamping.wait);
        let ask = |request: &[u8]| match &self.stamping {
            Some(stamping) => authority::ask(&stamping.url, request, wait),
            None => Err("none was named".to_owned()),
        };
        let authority = Authority { ask: &ask, policy: self.stamping.as_ref().and_then(|stamping| stamping.policy) };
        let signing = Signing::new(identity, Utc::now());
        let signing = if self.stamping.is_some() { signing.stamped_by(&authority) } else { signing };
        let fetch = |url: &str, request: Option<&[u8]>| authority::fetch(url, request, wait);
        let responders = Responders { fetch: &fetch, now: &Utc::now, notify };
        let signing = if self.long_term { signing.kept_by(&responders) } else { signing };
        withheld.map_or(Ok(()), |path| withheld::sign(path, &signing))?;
        Ok(package::sign(rendered, &signing, place)?)
    }
}
