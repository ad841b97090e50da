//! The signed packages of closed quarters, beside the tables: those that `report` makes, from the same collection.

use std::path::{Path, PathBuf};

use crate::calls::CallCounts;
use crate::collect::Collected;
use crate::package::PlaceError;
use crate::period::Period;
use crate::report::Origin;
use crate::run::packages::{Packages, PackagesError, WantedPackages};
use crate::sign::Identity;

/// The folder of packages, below the folder of all tables.
pub const PACKAGES: &str = "packages";

/// The packages that are wanted beside the tables.
pub struct QuarterPackages<'a> {
    /// What they hold and look like. Where they lie is settled: a package that is there already and holds is not made again.
    pub wanted: WantedPackages,
    /// Who signs them.
    pub identity: Identity,
    /// Is handed what else is worth knowing, in sentences.
    pub notify: &'a dyn Fn(&str),
}

/// What came of the packages.
#[derive(Debug, Default)]
pub struct Packaged {
    /// The folders of those that this run wrote.
    pub written: Vec<PathBuf>,
    /// Why not all are there, where that is so. The tables are there all the same.
    pub failure: Option<PackagesError>,
}

impl QuarterPackages<'_> {
    /// Packages in the folder of these tables, of the list that `source` names.
    pub fn wanted(tables: &Path, source: String) -> WantedPackages {
        WantedPackages { keep_existing: true, source: Some(source), ..WantedPackages::new(&tables.join(PACKAGES)) }
    }

    /// Makes those of `closed` that are not there.
    pub(super) fn make(
        self,
        closed: Vec<Period>,
        (collected, counts): (Collected, &CallCounts),
        origin: &Origin,
        evidence: &Path,
    ) -> Packaged {
        if closed.is_empty() {
            return Packaged::default();
        }
        let Self { wanted, identity, notify } = self;
        let written = Packages::prepare(wanted, closed, identity, None).and_then(|packages| {
            if packages.is_empty() {
                return Ok(Vec::new());
            }
            packages.write((collected, counts), origin, evidence, notify)
        });
        match written {
            Ok(written) => {
                Packaged { written: written.into_iter().map(|package| package.folder).collect(), failure: None }
            }
            Err(failure) => {
                let written = match &failure {
                    PackagesError::Partly { whole, .. } => whole.clone(),
                    _ => Vec::new(),
                };
                Packaged { written, failure: Some(failure) }
            }
        }
    }
}

/// What to do about a package that is there and is not kept, in the words of a command that has no `--force`.
pub fn remedy(failure: &PackagesError) -> Option<&'static str> {
    match failure {
        PackagesError::NotKept { .. } | PackagesError::Place(PlaceError::Exists(_)) => {
            Some("move it away, then run sync again")
        }
        _ => None,
    }
}
