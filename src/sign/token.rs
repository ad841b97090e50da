//! Keys that never leave their token (a smart card, a USB key, an HSM), reached by PKCS#11. The certificates are those on the
//! token. The PIN is tried once: tokens lock after a few wrong ones.

use std::borrow::Cow;
use std::fmt;
use std::sync::Mutex;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use secrecy::SecretString;
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::Certificate;

use super::algorithm::{Hash, PublicKey, Scheme};
use super::{SignError, certificate};

use crate::remedy::Remedy;

mod uri;

pub use uri::Address;

/// Signed once when the token is opened, to see whether its certificate belongs to its key.
const PROBE: &[u8] = b"dialnexa-audit asks whether this key belongs to its certificate. This is not a document.";

/// Why a key on a token cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The address cannot be used.
    #[error("the address of the token cannot be used: {0}")]
    Uri(String),
    /// A PIN on the command line.
    #[error("the PIN is not taken from the address, which others can see")]
    PinInUri,
    /// The address names no library.
    #[error("the address names no library that reaches the token")]
    NoModule,
    /// The library fails.
    #[error("the token's library {module} failed: {source}")]
    Module {
        /// The library.
        module: String,
        /// What it said.
        source: Error,
    },
    /// The file with the PIN cannot be read.
    #[error("the PIN cannot be read from {file}: {source}")]
    PinFile {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// No PIN.
    #[error("the token asks for its PIN")]
    PinNeeded,
    /// A wrong PIN.
    #[error("the token refuses the PIN, which was tried once, because tokens lock after a few wrong ones")]
    PinWrong,
    /// The token is locked.
    #[error("the token is locked after too many wrong PINs")]
    PinLocked,
    /// None or several tokens or objects fit the address.
    #[error("{count} {what} fit the address, where one must: {found}")]
    NotOne {
        /// `tokens` or `private keys`.
        what: &'static str,
        /// How many fit.
        count: usize,
        /// What there is to choose from.
        found: String,
    },
    /// No certificate belongs to the key.
    #[error("no certificate on the token belongs to the key")]
    NoCertificate,
    /// The token fails to do something.
    #[error("the token failed to {what}: {source}")]
    Failed {
        /// What it was to do.
        what: &'static str,
        /// What it said.
        source: Error,
    },
}

impl Remedy for TokenError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::PinInUri => "set DIALNEXA_AUDIT_PASSPHRASE or name a file by pin-source=file:...".into(),
            Self::NoModule => "add ?module-path=/path/to/its/library.so".into(),
            Self::PinNeeded => {
                "set DIALNEXA_AUDIT_PASSPHRASE, or run the command in a terminal to be asked for it".into()
            }
            Self::PinWrong => "check what was typed or DIALNEXA_AUDIT_PASSPHRASE".into(),
            Self::PinLocked => "ask whoever issued it to unlock it".into(),
            Self::NoCertificate => "put the one issued for it on the token, with the key's id".into(),
            Self::Uri(_) | Self::Module { .. } | Self::PinFile { .. } | Self::NotOne { .. } | Self::Failed { .. } => {
                return None;
            }
        })
    }
}

fn failed(what: &'static str) -> impl Fn(Error) -> TokenError {
    move |source| TokenError::Failed { what, source }
}

/// A private key on a token, with an open session.
pub struct TokenKey {
    session: Mutex<Session>,
    handle: ObjectHandle,
    public: SubjectPublicKeyInfoOwned,
    scheme: Scheme,
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(..)")
    }
}

/// Opens the token at `address` by `pin`, unless the address names a file for it; gives the key there, and its certificate
/// with those above it.
pub(super) fn key_at(address: &Address, pin: Option<&SecretString>) -> Result<(TokenKey, Vec<Certificate>), SignError> {
    let (session, handle) = open(address, pin)?;
    let id = id_of(&session, handle)?;
    let mut pool = certificates(&session)?;
    let mut session = session;
    let candidates: Vec<Certificate> =
        pool.iter().filter(|(other, _)| *other == id).map(|(_, entry)| entry.clone()).collect();
    for signer in candidates {
        match TokenKey::of(session, handle, &signer) {
            Ok(key) => return Ok((key, above(signer, pool.drain(..).map(|(_, entry)| entry).collect()))),
            Err(back) => session = *back,
        }
    }
    Err(TokenError::NoCertificate.into())
}

impl TokenKey {
    /// The key, if it is the one of the certificate: seen by a signature. Gives the session back if not.
    fn of(session: Session, handle: ObjectHandle, signer: &Certificate) -> Result<Self, Box<Session>> {
        let public = signer.tbs_certificate().subject_public_key_info().clone();
        let Ok(key) = PublicKey::from_spki(&public) else { return Err(Box::new(session)) };
        let scheme = match key {
            PublicKey::P256(_) => Scheme::Ecdsa(Hash::Sha256),
            PublicKey::P384(_) => Scheme::Ecdsa(Hash::Sha384),
            PublicKey::Rsa(_) => Scheme::RsaPkcs1(Hash::Sha256),
        };
        let own = value(&session, handle, scheme, PROBE).is_ok_and(|value| key.verify(scheme, PROBE, &value).is_ok());
        if own { Ok(Self { session: Mutex::new(session), handle, public, scheme }) } else { Err(Box::new(session)) }
    }

    /// Its public half, from the certificate.
    pub(super) fn public(&self) -> &SubjectPublicKeyInfoOwned {
        &self.public
    }

    /// What it signs with.
    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The signature value over `message`, made by the token.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let session = self.session.lock().map_err(|_| SignError::SigningFailed)?;
        value(&session, self.handle, self.scheme, message)
    }
}

fn value(session: &Session, key: ObjectHandle, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, SignError> {
    let sign = |mechanism: &Mechanism<'_>, data: &[u8]| session.sign(mechanism, key, data).map_err(failed("sign"));
    match scheme {
        Scheme::RsaPkcs1(_) | Scheme::RsaPss(..) => Ok(sign(&Mechanism::Sha256RsaPkcs, message)?),
        Scheme::Ecdsa(hash) => {
            // Tokens give the two numbers one after the other; CMS wants them as a sequence.
            let plain = sign(&Mechanism::Ecdsa, &hash.digest(&[message]))?;
            let p256 = p256::ecdsa::Signature::from_slice(&plain).map(|value| value.to_der().as_bytes().to_vec());
            let p384 = || p384::ecdsa::Signature::from_slice(&plain).map(|value| value.to_der().as_bytes().to_vec());
            p256.or_else(|_| p384()).map_err(|_| SignError::SigningFailed)
        }
    }
}

/// The token, opened, and the key on it.
fn open(address: &Address, pin: Option<&SecretString>) -> Result<(Session, ObjectHandle), TokenError> {
    let path = address.module.as_ref().ok_or(TokenError::NoModule)?;
    let module = |source| TokenError::Module { module: path.display().to_string(), source };
    let library = Pkcs11::new(path).map_err(module)?;
    match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(problem) => return Err(module(problem)),
    }
    let slot = slot(&library, address)?;
    let asks = library.get_token_info(slot).map_err(failed("describe itself"))?.login_required();
    let session = library.open_ro_session(slot).map_err(failed("open a session"))?;
    if asks {
        log_in(&session, address, pin)?;
    }
    let key = key(&session, address)?;
    Ok((session, key))
}

fn slot(library: &Pkcs11, address: &Address) -> Result<Slot, TokenError> {
    let (mut fitting, mut labels) = (Vec::new(), Vec::new());
    for slot in library.get_slots_with_initialized_token().map_err(failed("be listed"))? {
        let info = library.get_token_info(slot).map_err(failed("describe itself"))?;
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        let fits = is(&address.token, info.label())
            && is(&address.manufacturer, info.manufacturer_id())
            && is(&address.model, info.model())
            && is(&address.serial, info.serial_number())
            && address.slot.is_none_or(|wanted| wanted == slot.id());
        labels.push(format!("`{}`", info.label()));
        if fits {
            fitting.push(slot);
        }
    }
    match fitting.as_slice() {
        [only] => Ok(*only),
        _ => Err(not_one("tokens", fitting.len(), &labels)),
    }
}

fn not_one(what: &'static str, count: usize, there: &[String]) -> TokenError {
    let found = if there.is_empty() { "there are none".to_owned() } else { format!("there are {}", there.join(", ")) };
    TokenError::NotOne { what, count, found }
}

fn log_in(session: &Session, address: &Address, pin: Option<&SecretString>) -> Result<(), TokenError> {
    let from_file = address.pin_file.as_ref().map(|file| {
        let text = std::fs::read_to_string(file);
        let pin = text.map(|text| SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned()));
        pin.map_err(|source| TokenError::PinFile { file: file.display().to_string(), source })
    });
    let from_file = from_file.transpose()?;
    let pin = from_file.as_ref().or(pin).ok_or(TokenError::PinNeeded)?;
    match session.login(UserType::User, Some(pin)) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinLenRange | RvError::PinInvalid, _)) => {
            Err(TokenError::PinWrong)
        }
        Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(TokenError::PinLocked),
        Err(problem) => Err(failed("be opened by the PIN")(problem)),
    }
}

fn key(session: &Session, address: &Address) -> Result<ObjectHandle, TokenError> {
    let private = Attribute::Class(ObjectClass::PRIVATE_KEY);
    let mut wanted = vec![private.clone()];
    wanted.extend(address.object.iter().map(|label| Attribute::Label(label.clone().into_bytes())));
    wanted.extend(address.id.iter().map(|id| Attribute::Id(id.clone())));
    let find = |template: &[Attribute]| session.find_objects(template).map_err(failed("list its keys"));
    let fitting = find(&wanted)?;
    if let [only] = fitting.as_slice() {
        return Ok(*only);
    }
    let mut labels = Vec::new();
    for other in find(&[private])? {
        let found = session.get_attributes(other, &[AttributeType::Label]).map_err(failed("list its keys"))?;
        labels.extend(found.into_iter().filter_map(|attribute| match attribute {
            Attribute::Label(label) => Some(format!("`{}`", String::from_utf8_lossy(&label).escape_debug())),
            _ => None,
        }));
    }
    Err(not_one("private keys", fitting.len(), &labels))
}

fn id_of(session: &Session, object: ObjectHandle) -> Result<Vec<u8>, TokenError> {
    let found = session.get_attributes(object, &[AttributeType::Id]).map_err(failed("give the id of an object"))?;
    let id = found.into_iter().find_map(|attribute| if let Attribute::Id(id) = attribute { Some(id) } else { None });
    Ok(id.unwrap_or_default())
}

/// All certificates on the token, each with its id; those that cannot be read are skipped.
fn certificates(session: &Session) -> Result<Vec<(Vec<u8>, Certificate)>, TokenError> {
    let list = || failed("list its certificates");
    let mut found = Vec::new();
    for object in session.find_objects(&[Attribute::Class(ObjectClass::CERTIFICATE)]).map_err(list())? {
        let parts = session.get_attributes(object, &[AttributeType::Value]).map_err(list())?;
        let entry = parts.iter().find_map(|part| match part {
            Attribute::Value(der) => certificate::from_der(der),
            _ => None,
        });
        if let Some(entry) = entry {
            found.push((id_of(session, object)?, entry));
        }
    }
    Ok(found)
}

/// The signer's certificate and those of the pool that vouch for it, one above the other.
fn above(signer: Certificate, mut pool: Vec<Certificate>) -> Vec<Certificate> {
    let mut chain = vec![signer];
    while let Some(last) = chain.last().filter(|last| !certificate::is_self_issued(last)) {
        let Some(place) = pool.iter().position(|entry| certificate::issued_by(last, entry).is_ok()) else { break };
        let next = pool.swap_remove(place);
        chain.push(next);
    }
    chain
}
