//! Signing: identity (key and certificate), CMS, and the signatures inside PDF and HTML. Reads no clock: the time is
//! passed in. Touches files only to load and to save an identity.

use std::borrow::Cow;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::defect::Defect;
use crate::remedy::Remedy;

pub mod algorithm;
pub mod certificate;
pub mod chain;
pub mod cms;
pub mod constraints;
mod ess;
pub mod examine;
pub mod html;
pub mod identity;
pub mod key;
pub mod oid;
pub mod pades;
pub mod pseudonym_key;
pub mod revocation;
pub mod timestamp;
#[cfg(feature = "pkcs11")]
pub mod token;

pub use identity::{Identity, Subject};
pub use key::Algorithm;
pub use revocation::Responders;
pub use timestamp::Authority;

/// One act of signing: by whom, at what time, and who stamps it.
#[derive(Clone, Copy)]
pub struct Signing<'a> {
    /// The signer.
    pub identity: &'a Identity,
    /// The time that the signature states.
    pub at: DateTime<Utc>,
    /// Who proves the time; `None` if it is not proven.
    pub authority: Option<&'a Authority<'a>>,
    /// Who reports that no certificate is revoked, so that a PDF lasts longer than its certificates; `None` if that is not asked.
    pub responders: Option<&'a Responders<'a>>,
    /// What the signed file is called, with the package that it is of; a signature inside a PDF does not state it.
    pub name: Option<&'a str>,
}

impl<'a> Signing<'a> {
    /// By `identity`, stating the time `at`, which is not proven.
    pub fn new(identity: &'a Identity, at: DateTime<Utc>) -> Self {
        Self { identity, at, authority: None, responders: None, name: None }
    }

    /// The same with a timestamp, without which there will be no signature.
    pub fn stamped_by(self, authority: &'a Authority<'a>) -> Self {
        Self { authority: Some(authority), ..self }
    }

    /// The same over a file that is called `name`: `batch-audit-2024-Q1/batch-audit-2024-Q1.csv`.
    pub fn naming<'b>(self, name: &'b str) -> Signing<'b>
    where
        'a: 'b,
    {
        Signing { name: Some(name), ..self }
    }

    /// The same with PDF signatures that last: with what `responders` say of each certificate, and a timestamp on the whole
    /// document, without which there will be no signature.
    pub fn kept_by(self, responders: &'a Responders<'a>) -> Self {
        Self { responders: Some(responders), ..self }
    }
}

/// Why an identity cannot be had or a file cannot be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The identity's file cannot be read.
    #[error("cannot read the identity {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The identity's file cannot be written.
    #[error("cannot write the identity {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is a file already, and a key is never overwritten.
    #[error("{} exists already and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// The user's configuration folder is not known.
    #[error("the configuration folder cannot be found because the home folder is not known")]
    NoHome,
    /// The file is not made of PEM blocks.
    #[error("the identity is not a PEM file: {0}")]
    NotPem(String),
    /// A PEM block of a kind that is not read.
    #[error("the identity holds `{0}`, which is not read")]
    OldKeyFormat(String),
    /// No private key, or more than one.
    #[error("the identity must hold one private key (BEGIN PRIVATE KEY), but holds {0}")]
    KeyCount(usize),
    /// No certificate.
    #[error("the identity holds no certificate (BEGIN CERTIFICATE)")]
    NoCertificate,
    /// The file is no key of pseudonyms.
    #[error("`{}` is not a key of pseudonyms (64 hex digits)", .0.display())]
    PseudonymKey(PathBuf),
    /// The key is encrypted and no passphrase was given.
    #[error("the identity's key is protected by a passphrase")]
    PassphraseNeeded,
    /// The passphrase does not open the key.
    #[error("the passphrase does not open the identity's key")]
    PassphraseWrong,
    /// The file is protected and no password was given.
    #[error("the PKCS#12 file is protected by a password")]
    Pkcs12PasswordNeeded,
    /// The password does not open the PKCS#12 file.
    #[error("the password does not open the PKCS#12 file")]
    Pkcs12Password,
    /// A file in no form that is read.
    #[error("the file holds neither PEM nor PKCS#12 nor certificates in DER")]
    UnknownForm,
    /// The PKCS#12 file cannot be read.
    #[error("the PKCS#12 file cannot be read: {0}")]
    Pkcs12Unreadable(String),
    /// A PKCS#12 file, in a build that cannot read any.
    #[error("this build of the program cannot read PKCS#12: it was made without the feature pkcs12")]
    NoPkcs12,
    /// The private key cannot be decoded.
    #[error("the identity's private key cannot be read")]
    KeyUnreadable,
    /// The private key is of another kind.
    #[error(
        "the identity's private key is not of an accepted kind: ECDSA P-256, ECDSA P-384, or RSA of 3072 to 8192 bits"
    )]
    KeyNotAccepted,
    /// An algorithm or key that is too weak.
    #[error(transparent)]
    Algorithm(#[from] algorithm::AlgorithmError),
    /// A certificate cannot be decoded.
    #[error("certificate {0} of the identity cannot be read")]
    CertificateUnreadable(usize),
    /// No certificate is for the key.
    #[error("none of the identity's certificates is for its private key")]
    CertificateMismatch,
    /// The certificates are not one chain.
    #[error("the identity's certificates are not one chain: {0}")]
    NotAChain(#[from] chain::ChainError),
    /// The certificate is over.
    #[error("the certificate of `{subject}` expired on {on}")]
    Expired {
        /// Whose.
        subject: String,
        /// Its last instant.
        on: String,
    },
    /// The certificate does not hold yet.
    #[error("the certificate of `{subject}` is not valid before {on}")]
    NotYetValid {
        /// Whose.
        subject: String,
        /// Its first instant.
        on: String,
    },
    /// The certificate may not be used to sign documents.
    #[error(
        "the certificate of `{0}` is not meant for signing (its key usage has neither digitalSignature nor nonRepudiation)"
    )]
    NotForSigning(String),
    /// The subject of a new certificate is empty or too long.
    #[error("the signer's {field} {problem}")]
    BadSubject {
        /// `name`, `organization` or `email`.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A time that a certificate or a signature cannot state.
    #[error("the time {0} cannot be stated in a certificate or signature")]
    BadTime(String),
    /// No randomness.
    #[error("the system gives no randomness for a new key")]
    Random,
    /// A key on a token, in a build that cannot reach any.
    #[error("this build of the program cannot use keys on tokens: it was made without the feature pkcs11")]
    NoTokens,
    /// A key on a token that cannot be used.
    #[cfg(feature = "pkcs11")]
    #[error(transparent)]
    Token(#[from] token::TokenError),
    /// The key failed to sign.
    #[error("the private key failed to sign")]
    SigningFailed,
    /// A structure could not be encoded.
    #[error("the {what} cannot be encoded: {source}")]
    Encoding {
        /// Which structure.
        what: &'static str,
        /// What the encoder said.
        source: der::Error,
    },
    /// A timestamp was asked for and not obtained.
    #[error("could not obtain a timestamp: {0}")]
    Stamp(#[from] timestamp::StampError),
    /// A signature that is to last was asked for without anybody who stamps it.
    #[error("a signature for the long term needs a timestamp authority")]
    NoAuthority,
    /// The stamp on a signature just made cannot be found in it again.
    #[error("the timestamp cannot be read: {0}")]
    Unstamped(String),
    /// Revocation data were asked for and not obtained.
    #[error("the signature cannot be made for the long term: {0}")]
    Revocation(#[from] revocation::RevocationError),
    /// The revocation data do not hold at the time that the stamp on the document shows.
    #[error("the signature cannot be made for the long term: at the time of the document's timestamp, {0}")]
    Unkept(String),
    /// The PDF cannot be signed.
    #[error("the PDF cannot be signed: {0}")]
    Pdf(#[from] crate::pdf::PdfError),
    /// What is to be signed cannot be read.
    #[error("what is to be signed cannot be read: {0}")]
    Content(std::io::Error),
    /// The HTML cannot be signed.
    #[error("the HTML cannot be signed: {0}")]
    Html(&'static str),
    /// The program contradicts itself.
    #[error(transparent)]
    Defect(#[from] Defect),
}

impl Remedy for SignError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        const TYPE: &str = "set DIALNEXA_AUDIT_PASSPHRASE, or run the command in a terminal to be asked for it";
        Some(match self {
            Self::Exists(_) => "choose another file, or move it away first".into(),
            Self::NoHome => "name a file by --identity".into(),
            Self::NotPem(_) => "it must hold a PKCS#8 private key and its certificate".into(),
            Self::OldKeyFormat(_) => "convert the key by `openssl pkcs8 -topk8 -in OLD -out NEW` and try again".into(),
            Self::NoCertificate => "add the one issued for its key".into(),
            Self::PseudonymKey(_) => "restore it, because another key makes other pseudonyms".into(),
            Self::PassphraseNeeded | Self::Pkcs12PasswordNeeded => TYPE.into(),
            Self::PassphraseWrong | Self::Pkcs12Password => "check what was typed or DIALNEXA_AUDIT_PASSPHRASE".into(),
            Self::UnknownForm => "ask for it in one of these forms".into(),
            Self::NoPkcs12 => "convert the file by `openssl pkcs12 -in OLD -out NEW.pem -noenc`".into(),
            Self::KeyUnreadable => "it must be PKCS#8".into(),
            Self::CertificateMismatch => "add the one issued for it".into(),
            Self::NotAChain(_) => "keep the signer's certificate and those above it alone".into(),
            Self::Expired { .. } => "make a new identity or import a renewed certificate".into(),
            Self::NotYetValid { .. } => "check the clock of this machine".into(),
            Self::Unkept(_) => "check the clock of this machine against that of the authority".into(),
            Self::NoAuthority => "name one by --timestamp-url".into(),
            #[cfg(feature = "pkcs11")]
            Self::Token(error) => return error.remedy(),
            Self::Revocation(error) => return error.remedy(),
            Self::Defect(defect) => return defect.remedy(),
            _ => return None,
        })
    }
}

/// Names the structure in which an encoding failed.
pub(crate) fn encoding(what: &'static str) -> impl Fn(der::Error) -> SignError {
    move |source| SignError::Encoding { what, source }
}
