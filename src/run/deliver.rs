//! Delivery: a finished package is put into a store or a folder, so that a reader never takes an unfinished delivery for whole.
//!
//! The package is verified as it lies on the disk, and what was opened then is what is sent. The manifest comes last, after its
//! signature: without it `verify` refuses a folder. No object replaces another (`PutMode::Create`: S3 and Azure are asked with
//! `If-None-Match: *`, Google with generation 0, a folder by a hard link). One that is there with the same bytes counts as
//! delivered, so the same command finishes a delivery that was cut off. Each object is read back, and its SHA-256 compared:
//! that holds for every store alike, whatever checksums it computes itself.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::files::{ReadError, read_folder};
use crate::machine::MachineError;
use crate::package::{MANIFEST, Manifest, Role, SIGNATURE};
use crate::remedy::Remedy;
use crate::report::Standing;
use crate::verify::folder::{Folder, Held};
use crate::verify::package;
use crate::verify::remade::Aids;
use crate::verify::signature::Trust;

mod environment;
#[cfg(feature = "deliver")]
mod placed;
#[cfg(feature = "deliver")]
mod store;
mod target;

pub use environment::Environment;
pub use target::{Store, Target, TargetError};

/// Why a package is not delivered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliverError {
    /// A file, or nothing.
    #[error("`{}` is not the folder of a package", .0.display())]
    NotAFolder(PathBuf),
    /// A file of it cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It does not verify.
    #[error("`{}` is not delivered, because it does not verify: {why}", .path.display())]
    NotHeld {
        /// The package.
        path: PathBuf,
        /// What does not hold.
        why: String,
    },
    /// Its population is not proven.
    #[error("`{}` is not delivered, because it is a draft", .0.display())]
    Draft(PathBuf),
    /// There is no network runtime.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// This build delivers nothing.
    #[error("this build cannot deliver packages")]
    NotBuilt,
    /// The store cannot be opened.
    #[error("cannot open `{target}`: {why}")]
    Setup {
        /// The target.
        target: Target,
        /// Why.
        why: String,
    },
    /// The store refuses the credentials, or there are none.
    #[error("cannot write `{object}`: {why}")]
    Refused {
        /// The object.
        object: String,
        /// What the store answers.
        why: String,
    },
    /// An object cannot be written or read back.
    #[error("cannot deliver `{object}`: {why}")]
    Failed {
        /// The object.
        object: String,
        /// What happened at the last try.
        why: String,
    },
    /// An object of that name is there, and is another.
    #[error("`{0}` is there already with other content, and was not replaced")]
    Occupied(String),
    /// What is read back is not what was sent.
    #[error("`{0}` was written, and is read back with other content")]
    Altered(String),
}

impl Remedy for DeliverError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NotAFolder(_) => Some("name the folder that holds manifest.json".into()),
            Self::Read(error) => error.remedy(),
            Self::NotHeld { .. } => Some("run `dialnexa-audit verify` on it".into()),
            Self::Draft(_) => Some("run report again, without --draft".into()),
            Self::Machine(error) => error.remedy(),
            Self::NotBuilt => {
                Some("build it with `--features deliver`, or take [[deliver]] out of the settings".into())
            }
            Self::Setup { target: Target::Bucket { store, .. }, .. } => {
                Some(format!("check the variables of the environment: {}", store.variables()).into())
            }
            Self::Setup { .. } => Some("check the path of the folder and who may write there".into()),
            Self::Refused { .. } => Some(
                "check the credentials in the environment and what they permit: to create objects, and to read them"
                    .into(),
            ),
            Self::Failed { .. } => None,
            Self::Occupied(_) => Some("deliver to another prefix or folder, or move away what is there".into()),
            Self::Altered(_) => Some("remove that object, then deliver again".into()),
        }
    }
}

/// How often a request is tried, and how long is waited in between.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How many times in all.
    pub tries: u32,
    /// The wait after the first try; it doubles from try to try, and varies by half of it.
    pub first_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { tries: 6, first_wait: Duration::from_millis(500) }
    }
}

/// An object as it lies in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Object {
    /// The file's name in the package.
    pub name: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Its SHA-256, in hex, by what was read back.
    pub sha256: String,
    /// Whether it was there already.
    pub was_there: bool,
}

/// A package that verified, as it was opened then.
#[derive(Debug)]
pub struct Verified {
    path: PathBuf,
    name: String,
    /// In the order in which they are delivered.
    files: Vec<(String, Held)>,
}

impl Verified {
    /// Opens and verifies the package at `path`.
    ///
    /// # Errors
    /// Where it is none, does not verify, or is a draft.
    pub fn of(path: &Path, aids: &Aids<'_>, now: DateTime<Utc>) -> Result<Self, DeliverError> {
        if !path.is_dir() {
            return Err(DeliverError::NotAFolder(path.to_owned()));
        }
        let folder = read_folder(path)?;
        let verdict = package::verify_with(&folder, &Trust::at(now), aids);
        let not_held = |why: String| DeliverError::NotHeld { path: path.to_owned(), why };
        if let Some(why) = verdict.why_not() {
            return Err(not_held(why));
        }
        if verdict.subject.as_ref().is_some_and(|subject| subject.standing == Standing::Draft) {
            return Err(DeliverError::Draft(path.to_owned()));
        }
        let manifest = folder.files.get(MANIFEST).map(Held::bytes).transpose().ok().flatten().unwrap_or_default();
        let manifest: Manifest = serde_json::from_slice(&manifest).map_err(|error| not_held(error.to_string()))?;
        let files = in_order(&manifest, &folder).ok_or_else(|| not_held("a file of it is gone".to_owned()))?;
        Ok(Self { path: path.to_owned(), name: manifest.package, files })
    }

    /// The package's folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name that it is delivered below.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of its files, in the order in which they are delivered.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(name, _)| name.as_str())
    }
}

#[cfg(feature = "deliver")]
impl Verified {
    /// Puts it into `target`, below its own name.
    ///
    /// # Errors
    /// Where an object cannot be written, read back, or is there and is another. The manifest is there then only where all
    /// other objects are.
    pub fn deliver(
        &self,
        target: &Target,
        environment: &Environment,
        patience: Patience,
    ) -> Result<Vec<Object>, DeliverError> {
        let runtime = crate::machine::runtime()?;
        runtime.block_on(async {
            let store = store::opened(target, environment)
                .map_err(|why| DeliverError::Setup { target: target.clone(), why })?;
            let mut objects = Vec::new();
            for (name, held) in &self.files {
                let place = format!("{}/{name}", self.name);
                let object = format!("{}", target.clone().below(&place));
                let failed = |why: String| DeliverError::Failed { object: object.clone(), why };
                let key = target.key(&place).map_err(|_| failed("its name is none that a store takes".to_owned()))?;
                let one = placed::Placed { store: &*store, key, object: object.clone(), patience };
                let bytes = held.bytes().map_err(|error| ReadError::Io { path: self.path.join(name), error })?;
                objects.push(one.put(name, bytes).await?);
            }
            Ok(objects)
        })
    }
}

#[cfg(not(feature = "deliver"))]
impl Verified {
    /// Refuses: this build has no stores.
    ///
    /// # Errors
    /// In any case.
    pub fn deliver(&self, _: &Target, _: &Environment, _: Patience) -> Result<Vec<Object>, DeliverError> {
        Err(DeliverError::NotBuilt)
    }
}

/// The files of the package: the manifest last, before it its signature, before that all others by name. What a system left in
/// the folder is no part of it.
fn in_order(manifest: &Manifest, folder: &Folder) -> Option<Vec<(String, Held)>> {
    let listed = manifest.files.iter().map(|entry| entry.name.clone());
    let sign_offs = Role::ALL.into_iter().flat_map(|role| role.files());
    let sign_offs = sign_offs.filter(|name| folder.files.contains_key(name));
    let last = [format!("{MANIFEST}{SIGNATURE}"), MANIFEST.to_owned()];
    let names = listed.chain(sign_offs).filter(|name| !last.contains(name)).collect::<Vec<_>>();
    names.into_iter().chain(last.clone()).map(|name| Some((name.clone(), folder.files.get(&name)?.clone()))).collect()
}

impl Target {
    /// Whether its store can be opened, by what the environment says. Sends nothing, and makes no folder.
    ///
    /// # Errors
    /// Where it cannot.
    #[cfg(feature = "deliver")]
    pub fn check(&self, environment: &Environment) -> Result<(), DeliverError> {
        match self {
            Self::Bucket { store: of, bucket, .. } => store::bucket(*of, bucket, environment)
                .map(drop)
                .map_err(|error| DeliverError::Setup { target: self.clone(), why: store::words(&error) }),
            Self::Folder(_) => Ok(()),
        }
    }

    /// Refuses: this build has no stores.
    ///
    /// # Errors
    /// In any case.
    #[cfg(not(feature = "deliver"))]
    pub fn check(&self, _: &Environment) -> Result<(), DeliverError> {
        Err(DeliverError::NotBuilt)
    }
}
