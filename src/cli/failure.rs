//! Why the program ends otherwise than done, and with which status each error of the library ends it.

use std::fmt;
use std::path::Path;

use super::Exit;
use crate::api::ApiError;
use crate::api::endpoint::EndpointError;
use crate::api::key::KeyError;
use crate::collect::Refusal;
use crate::defect::Defect;
use crate::figures::Grouping;
use crate::machine::MachineError;
use crate::package::{BuildError, PlaceError};
use crate::period::PeriodError;
use crate::remedy::Remedy;
use crate::render::html::HtmlError;
use crate::report::CompareError;
use crate::run::countersign::CountersignError;
use crate::run::deliver::DeliverError;
use crate::run::dispositions::AnswersError;
use crate::run::earlier::EarlierError;
use crate::run::files::ReadError;
use crate::run::fonts::FontsError;
use crate::run::logo::LogoFileError;
use crate::run::recent::RecentError;
use crate::run::replay::ReplayError;
use crate::run::superseded::SupersedeError;
use crate::run::sync::SyncError;
use crate::run::templates::TemplatesError;
use crate::run::watch::RoundError;
use crate::run::watch::store::StoreError;
use crate::run::{ApiSourceError, GatherError, PackagesError};
use crate::sign::SignError;

/// Why the program ends otherwise than done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The status.
    pub exit: Exit,
    /// What happened, and to what.
    pub message: String,
    /// Why, where the message does not say so itself: in the words of whoever refused.
    pub cause: Option<String>,
    /// What to do. It comes from this program, never from a server or a file.
    pub remedy: Option<String>,
    /// What else is worth knowing: where is kept what was read.
    pub notes: Vec<String>,
    /// Whether the user stopped it, so that nothing else shall be begun.
    pub interrupted: bool,
}

impl Failure {
    /// A failure of that status.
    pub fn new(exit: Exit, message: impl fmt::Display) -> Self {
        let message = message.to_string();
        Self { exit, message, cause: None, remedy: None, notes: Vec::new(), interrupted: false }
    }

    /// An error of the library that ends the program with that status.
    pub fn of(exit: Exit, error: &impl Remedy) -> Self {
        Self { remedy: error.remedy().map(Into::into), ..Self::new(exit, error) }
    }

    /// The user stopped it.
    pub fn interrupted() -> Self {
        Self { interrupted: true, ..Self::new(Exit::Unreadable, "interrupted") }
    }

    /// The same, and why.
    pub fn because(self, cause: impl fmt::Display) -> Self {
        Self { cause: Some(cause.to_string()), ..self }
    }

    /// The same, and what to do.
    pub fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    /// The same, and what else is worth knowing.
    pub fn noting(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The same, and that this package is whole all the same.
    pub fn with_package(self, package: &Path) -> Self {
        self.noting(format!("The package `{}` is whole.", package.display()))
    }

    /// The same, and where the evidence of it is kept, if it still is.
    pub fn with_evidence(self, evidence: &Path) -> Self {
        if !evidence.exists() {
            return self;
        }
        self.noting(format!("What was read is kept as evidence in `{}`.", evidence.display()))
    }
}

impl Failure {
    /// What a command prints in the place of its result where that was asked for as JSON.
    pub fn as_json(&self) -> serde_json::Value {
        serde_json::json!({
            "exit": self.exit as u8, "error": self.to_string(), "message": self.message, "cause": self.cause,
            "remedy": self.remedy, "notes": self.notes,
        })
    }
}

/// What happened and why; neither notes nor the remedy.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => write!(f, "{}: {cause}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

macro_rules! failures {
    ($($error:ty => $exit:ident),* $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::of(Exit::$exit, &error)
            }
        })*
    };
}

failures! {
    PeriodError => Usage,
    KeyError => Usage,
    EndpointError => Usage,
    LogoFileError => Usage,
    TemplatesError => Usage,
    PlaceError => Local,
    SignError => Local,
    EarlierError => Local,
    ReadError => Local,
    ApiSourceError => Usage,
    Defect => Local,
    MachineError => Local,
    StoreError => Local,
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::of(of_api(&error), &error)
    }
}

fn of_api(error: &ApiError) -> Exit {
    match error {
        ApiError::Refused { .. } => Exit::KeyRefused,
        ApiError::Proxy(_) => Exit::Usage,
        ApiError::Evidence { .. } | ApiError::Setup(_) | ApiError::Machine { .. } => Exit::Local,
        _ => Exit::Unreadable,
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match of_refusal(&refusal) {
            Exit::Unproven => Self {
                message: format!("completeness not established: {refusal}"),
                ..Self::of(Exit::Unproven, &refusal)
            },
            exit => Self::of(exit, &refusal),
        }
    }
}

fn of_refusal(refusal: &Refusal) -> Exit {
    match refusal {
        Refusal::NotBegun { .. } => Exit::Usage,
        Refusal::Defect(_) => Exit::Local,
        _ => Exit::Unproven,
    }
}

impl From<GatherError> for Failure {
    fn from(error: GatherError) -> Self {
        match error {
            GatherError::Kept { error, pages, evidence } => Self::from(*error).noting(format!(
                "What was read so far ({}) is kept in `{}`; the same command goes on from there.",
                Grouping::default().count(pages, "page", "pages"),
                evidence.display()
            )),
            GatherError::Interrupted => Self::interrupted(),
            GatherError::Api(error) => error.into(),
            GatherError::NoPeriod => Self::of(Exit::Usage, &error),
            _ => Self::of(Exit::Local, &error),
        }
    }
}

impl From<FontsError> for Failure {
    fn from(error: FontsError) -> Self {
        let exit = if matches!(error, FontsError::Empty(_)) { Exit::Usage } else { Exit::Local };
        Self::of(exit, &error)
    }
}

impl From<CompareError> for Failure {
    fn from(error: CompareError) -> Self {
        let exit = if matches!(error, CompareError::Registers(_)) { Exit::Local } else { Exit::Usage };
        Self::of(exit, &error)
    }
}

impl From<SupersedeError> for Failure {
    fn from(error: SupersedeError) -> Self {
        match error {
            SupersedeError::Earlier(error) => error.into(),
            SupersedeError::Compare(error) => error.into(),
            SupersedeError::NotHeld(_) | SupersedeError::ComparedNotHeld(_) => Self::of(Exit::Differs, &error),
            _ => Self::of(Exit::Usage, &error),
        }
    }
}

impl From<CountersignError> for Failure {
    fn from(error: CountersignError) -> Self {
        use CountersignError::{Inside, NotAFolder, NotHeld, SameKey};
        let exit = match &error {
            NotHeld { .. } => Exit::Differs,
            NotAFolder(_) | Inside(_) | SameKey(_) => Exit::Usage,
            _ => Exit::Local,
        };
        Self::of(exit, &error)
    }
}

impl From<DeliverError> for Failure {
    fn from(error: DeliverError) -> Self {
        use DeliverError::{Draft, Machine, NotAFolder, NotBuilt, NotHeld, Read};
        let exit = match &error {
            NotHeld { .. } => Exit::Differs,
            NotAFolder(_) | Draft(_) | NotBuilt => Exit::Usage,
            Read(_) | Machine(_) => Exit::Local,
            _ => Exit::Undelivered,
        };
        Self::of(exit, &error)
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        let exit = match error {
            BuildError::Html(HtmlError::Defect(_) | HtmlError::Write(_)) => Exit::Local,
            // The built-in templates are not wrong: what is, is the user's.
            BuildError::Html(_) => Exit::Usage,
            _ => Exit::Local,
        };
        Self::of(exit, &error)
    }
}

impl From<PackagesError> for Failure {
    fn from(error: PackagesError) -> Self {
        match error {
            PackagesError::Supersede(error) => error.into(),
            PackagesError::Answers(AnswersError::Read(error)) => error.into(),
            PackagesError::Answers(error) => Self::of(Exit::Usage, &error),
            PackagesError::Compare(error) => error.into(),
            PackagesError::Fonts(error) => error.into(),
            PackagesError::Build(error) => error.into(),
            PackagesError::LongTermUnstamped | PackagesError::LongTermWithoutPdf => Self::of(Exit::Usage, &error),
            PackagesError::Report(_) => Self::of(Exit::Unproven, &error),
            PackagesError::Partly { error, whole } => {
                whole.iter().fold(Self::from(*error), |failure, package| failure.with_package(package))
            }
            PackagesError::NotKept { .. } => Self::of(Exit::Local, &error),
            PackagesError::Place(_) | PackagesError::Withheld(_) | PackagesError::Sign(_) => {
                Self::of(Exit::Local, &error)
            }
        }
    }
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        let exit = match &error {
            ReplayError::Io(_) | ReplayError::Evidence(_) => Exit::Local,
            ReplayError::NotHeld(_) | ReplayError::Changed => Exit::Differs,
            ReplayError::OtherWorkspace { .. } => Exit::Usage,
            ReplayError::Refused(Refusal::Defect(defect)) => return (*defect).into(),
            ReplayError::Refused(refusal) => of_refusal(refusal),
            ReplayError::Interrupted | ReplayError::CountingInterrupted | ReplayError::NotCovered(_) => Exit::Unproven,
        };
        Self::of(exit, &error)
    }
}

impl From<SyncError> for Failure {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Gather(error) => error.into(),
            SyncError::Refused { refusal, evidence } => Self::from(refusal).with_evidence(&evidence),
            SyncError::Apart { .. }
            | SyncError::InsideAQuarter { .. }
            | SyncError::PartlyMigrated(_)
            | SyncError::Period(_) => Self::of(Exit::Usage, &error),
            SyncError::Report(_) => Self::of(Exit::Unproven, &error),
            _ => Self::of(Exit::Local, &error),
        }
    }
}

impl From<RecentError> for Failure {
    fn from(error: RecentError) -> Self {
        match error {
            RecentError::Api(error) => error.into(),
            RecentError::Defect(defect) => defect.into(),
        }
    }
}

impl From<RoundError> for Failure {
    fn from(error: RoundError) -> Self {
        match error {
            RoundError::Api(error) => error.into(),
            RoundError::Refused(refusal) => refusal.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_rule_of_the_program_ends_with_6_wherever_it_shows() {
        let defect = Defect("a reading came to its end without an answer");
        let failures: [Failure; 4] = [
            defect.into(),
            Refusal::Defect(defect).into(),
            ReplayError::Refused(Refusal::Defect(defect)).into(),
            RecentError::Defect(defect).into(),
        ];
        for failure in failures {
            assert_eq!(failure.exit, Exit::Local, "{failure}");
            assert_eq!(failure.to_string(), format!("{defect}"));
            assert!(failure.remedy.is_some_and(|remedy| remedy.starts_with("nothing was signed")));
        }
    }

    #[test]
    fn what_to_do_about_a_refusal_is_no_part_of_what_it_says() {
        for refusal in [
            Refusal::NotTiedOut { expected: None, found: 3, readings: 24 },
            Refusal::NeverTheSame { readings: 8 },
            Refusal::TooMany,
        ] {
            let failure = Failure::from(refusal);
            let remedy = failure.remedy.unwrap();
            assert_eq!(failure.exit, Exit::Unproven);
            assert!(!failure.message.contains(&remedy) && !failure.message.contains("; run"), "{}", failure.message);
        }
        let unknown = Refusal::NotTiedOut { expected: None, found: 3, readings: 24 }.to_string();
        assert!(unknown.starts_with("the API's totals demand an unknown number of batches"), "{unknown}");
    }
}
