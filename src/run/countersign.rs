//! `countersign`: a second person signs a package, as its reviewer or its approver. What that adds is written beside the package, which
//! is replaced as a whole: it is as it was, or signed.

use std::borrow::Cow;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::authority;
use super::files::{ReadError, read_folder};
use super::packages::Stamping;
use crate::digest::sha256;
use crate::package::{MANIFEST, Manifest, Place, PlaceError, Role, SIGN_OFF_FORMAT, SignOff, Subject};
use crate::remedy::Remedy;
use crate::sign::{self, Authority, Identity, SignError, Signing, certificate};
use crate::verify::folder::{Folder, Held};
use crate::verify::package::{self, PackageVerdict};
use crate::verify::remade::Aids;
use crate::verify::signature::{Signer, Trust};

/// Why a package cannot be signed off.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CountersignError {
    /// A file or nothing.
    #[error("`{}` is not the folder of a package", .0.display())]
    NotAFolder(PathBuf),
    /// The folder of the process would be taken away.
    #[error("cannot sign `{}` from inside it: the folder is replaced as a whole", .0.display())]
    Inside(PathBuf),
    /// A file of it cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It does not verify.
    #[error("`{}` is not signed, because it does not hold: {why}", .path.display())]
    NotHeld {
        /// The package.
        path: PathBuf,
        /// What does not hold.
        why: String,
    },
    /// That role has signed it.
    #[error("`{}` has been signed by its {} already: {who}", .path.display(), .role.as_str())]
    Repeated {
        /// The package.
        path: PathBuf,
        /// The role.
        role: Role,
        /// The name in that sign-off.
        who: String,
    },
    /// The key is that of another signature.
    #[error("the identity's key is the {0}'s, who signed this package already")]
    SameKey(&'static str),
    /// What was made would not verify.
    #[error("`{}` is not signed, because the signature would not hold: {why}", .path.display())]
    Useless {
        /// The package.
        path: PathBuf,
        /// What would not hold.
        why: String,
    },
    /// The package cannot be written.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// It cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The statement cannot be written.
    #[error("cannot write the statement: {0}")]
    Statement(serde_json::Error),
}

impl Remedy for CountersignError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NotAFolder(_) => Some("name the folder that holds manifest.json".into()),
            Self::Inside(_) => Some("change to the folder above it, and run the command there".into()),
            Self::NotHeld { .. } => {
                Some("run `dialnexa-audit verify` on it, and obtain it again from its preparer".into())
            }
            Self::SameKey(_) => Some("name another by --identity, or state it by --same-key".into()),
            Self::Useless { .. } => Some("check the clock of this machine".into()),
            Self::Read(error) => error.remedy(),
            Self::Place(error) => error.remedy(),
            Self::Sign(error) => error.remedy(),
            Self::Repeated { .. } | Self::Statement(_) => None,
        }
    }
}

/// What a person signs, and how.
pub struct Countersigning<'a> {
    /// The package's folder.
    pub package: &'a Path,
    /// For what it is signed.
    pub role: Role,
    /// The person's name.
    pub name: &'a str,
    /// What the person adds.
    pub comment: Option<&'a str>,
    /// Whether a key may be used that has signed the package already.
    pub same_key: bool,
    /// Who proves the time, where that is wanted.
    pub stamping: Option<&'a Stamping>,
    /// What the caller has beside the package, to verify it.
    pub aids: &'a Aids<'a>,
}

/// A package that was signed off.
#[derive(Debug)]
pub struct Countersigned {
    /// Its folder.
    pub folder: PathBuf,
    /// What it is of.
    pub subject: Option<Subject>,
    /// What was stated.
    pub sign_off: SignOff,
    /// The files that are new or have grown, by name.
    pub files: Vec<String>,
    /// The roles that have not signed it.
    pub missing: Vec<Role>,
}

impl Countersigning<'_> {
    /// Verifies the package, signs it at the time `now`, and puts it in its place.
    ///
    /// # Errors
    /// Where it does not hold, or cannot be signed or written; then it is as it was.
    pub fn sign(&self, identity: &Identity, now: DateTime<Utc>) -> Result<Countersigned, CountersignError> {
        let target = self.target()?;
        let place = Place::renewing(&target)?;
        let folder = read_folder(&target)?;
        let verdict = package::verify_with(&folder, &Trust::at(now), self.aids);
        self.check(&verdict)?;
        let sign_off = self.sign_off(&folder, &verdict, identity)?;
        let added = self.added(&folder, &sign_off, identity, now)?;
        let signed = with(&folder, &added);
        self.check_signed(&signed, now)?;
        for (name, held) in &signed.files {
            let like = metadata(&folder, name);
            match held.open() {
                Ok(mut content) => place.put_like(name, &mut content, like.as_ref())?,
                // A link or a folder that a system left; it is no part of the package.
                Err(_) if matches!(held, Held::Refused(_)) => {}
                Err(error) => return Err(ReadError::Io { path: target.join(name), error }.into()),
            }
        }
        place.commit()?;
        let has_signed = |role: &Role| *role == self.role || verdict.sign_offs.iter().any(|other| other.role == *role);
        Ok(Countersigned {
            folder: self.package.to_owned(),
            subject: verdict.subject,
            sign_off,
            files: added.into_iter().map(|(name, _)| name).collect(),
            missing: Role::ALL.into_iter().filter(|role| !has_signed(role)).collect(),
        })
    }

    /// The package's folder by its own name, since it is replaced.
    ///
    /// # Errors
    /// Where there is none, or this process is in it.
    pub fn target(&self) -> Result<PathBuf, CountersignError> {
        let none = || CountersignError::NotAFolder(self.package.to_owned());
        let target = self.package.canonicalize().map_err(|_| none())?;
        if !target.is_dir() || target.file_name().is_none() {
            return Err(none());
        }
        match std::env::current_dir().and_then(|here| here.canonicalize()) {
            Ok(here) if here.starts_with(&target) => Err(CountersignError::Inside(self.package.to_owned())),
            _ => Ok(target),
        }
    }

    fn check(&self, verdict: &PackageVerdict) -> Result<(), CountersignError> {
        if let Some(why) = verdict.why_not() {
            return Err(CountersignError::NotHeld { path: self.package.to_owned(), why });
        }
        match verdict.sign_offs.iter().find(|other| other.role == self.role) {
            None => Ok(()),
            Some(other) => Err(CountersignError::Repeated {
                path: self.package.to_owned(),
                role: self.role,
                who: other.name.clone().unwrap_or_default(),
            }),
        }
    }

    fn sign_off(
        &self,
        folder: &Folder,
        verdict: &PackageVerdict,
        identity: &Identity,
    ) -> Result<SignOff, CountersignError> {
        let key = certificate::key_sha256(identity.certificate());
        let is_own = |signer: Option<&Signer>| signer.is_some_and(|signer| signer.key_sha256 == key);
        let other = verdict.sign_offs.iter().find(|other| is_own(other.signature.signer.as_ref()));
        let whose = match other {
            _ if is_own(verdict.signer.as_ref()) => Some("preparer"),
            other => other.map(|other| other.role.as_str()),
        };
        if let Some(whose) = whose.filter(|_| !self.same_key) {
            return Err(CountersignError::SameKey(whose));
        }
        let manifest = self.bytes(folder, MANIFEST)?;
        Ok(SignOff {
            format: SIGN_OFF_FORMAT.to_owned(),
            role: self.role,
            name: self.name.to_owned(),
            comment: self.comment.map(str::to_owned),
            package: self.manifest(&manifest)?.package,
            manifest_sha256: sha256(&manifest),
            same_key: whose.is_some(),
            timestamps: self.stamping.is_some(),
        })
    }

    /// The files that are new or have grown.
    fn added(
        &self,
        folder: &Folder,
        sign_off: &SignOff,
        identity: &Identity,
        now: DateTime<Utc>,
    ) -> Result<Vec<(String, Vec<u8>)>, CountersignError> {
        let ask = |request: &[u8]| match self.stamping {
            Some(stamping) => authority::ask(&stamping.url, request, stamping.wait),
            None => Err("none was named".to_owned()),
        };
        let authority = Authority { ask: &ask, policy: self.stamping.and_then(|stamping| stamping.policy) };
        let signing = Signing::new(identity, now);
        let signing = if self.stamping.is_some() { signing.stamped_by(&authority) } else { signing };
        let mut added = Vec::new();
        let document = format!("{}.pdf", sign_off.package);
        if folder.files.contains_key(&document) {
            let pdf = self.bytes(folder, &document)?;
            added.push((document, sign::pades::countersign(pdf, &signing, self.role.field(), &sign_off.reason())?));
        }
        let statement = sign_off.to_json().map_err(CountersignError::Statement)?;
        let [name, signature] = self.role.files();
        let full = format!("{}/{name}", sign_off.package);
        let p7s = sign::cms::detached(&statement, &signing.naming(&full))?;
        added.extend([(name, statement), (signature, p7s)]);
        Ok(added)
    }

    /// Nothing is written that `verify` would refuse, as it would where a clock is wrong.
    fn check_signed(&self, signed: &Folder, now: DateTime<Utc>) -> Result<(), CountersignError> {
        let useless = |why: String| CountersignError::Useless { path: self.package.to_owned(), why };
        let verdicts = package::signed_off(signed, &Trust::at(now)).map_err(useless)?;
        match verdicts.iter().find_map(|verdict| verdict.reasons().into_iter().next()) {
            None => Ok(()),
            Some(why) => Err(useless(why)),
        }
    }

    fn bytes(&self, folder: &Folder, name: &str) -> Result<Vec<u8>, CountersignError> {
        let missing = || Err(std::io::Error::from(std::io::ErrorKind::NotFound));
        let bytes = folder.files.get(name).map_or_else(missing, Held::bytes);
        Ok(bytes.map_err(|error| ReadError::Io { path: self.package.join(name), error })?)
    }

    fn manifest(&self, bytes: &[u8]) -> Result<Manifest, CountersignError> {
        let failed = |error: serde_json::Error| CountersignError::NotHeld {
            path: self.package.to_owned(),
            why: format!("{MANIFEST} cannot be read: {error}"),
        };
        serde_json::from_slice(bytes).map_err(failed)
    }
}

/// The package with these files in it.
fn with(folder: &Folder, added: &[(String, Vec<u8>)]) -> Folder {
    let mut signed = folder.clone();
    signed.files.extend(added.iter().map(|(name, bytes)| (name.clone(), Held::Bytes(Arc::new(bytes.clone())))));
    signed
}

/// Who may read the file of that name; that of the manifest where it is new or was read already.
fn metadata(folder: &Folder, name: &str) -> Option<Metadata> {
    let of = |held: &Held| match held {
        Held::File(file) => file.metadata().ok(),
        Held::Bytes(_) | Held::Refused(_) => None,
    };
    folder.files.get(name).and_then(of).or_else(|| folder.files.values().find_map(of))
}
