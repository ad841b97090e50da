//! A signing identity: a private key, the certificate that names its owner, and the chain up to whoever vouches for it.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use der::EncodePem;
use etcetera::BaseStrategy;
use pkcs8::LineEnding;
use x509_cert::Certificate;

use super::SignError;
use super::algorithm::PublicKey;
use super::certificate;
use super::chain::in_order;
use super::key::PrivateKey;

mod create;
mod import;
#[cfg(feature = "pkcs11")]
mod on_token;
mod parts;
mod pem;
mod request;
mod store;

pub use create::Subject;
pub use parts::IdentityParts;
pub(super) use store::write_private;

/// A private key with its certificate and chain, the signer's certificate first. `Debug` shows no secret.
#[derive(Debug)]
pub struct Identity {
    key: PrivateKey,
    chain: Vec<Certificate>,
    fingerprint: String,
}

/// Where the identity lies that is made on first use: `dialnexa-audit/identity.pem` in the user's configuration folder
/// (on Linux `$XDG_CONFIG_HOME` or `~/.config`).
///
/// # Errors
/// When the home folder is not known.
pub fn default_path() -> Result<PathBuf, SignError> {
    let folders = etcetera::choose_base_strategy().map_err(|_| SignError::NoHome)?;
    Ok(folders.config_dir().join("dialnexa-audit").join("identity.pem"))
}

impl Identity {
    /// Puts a key and its certificates together, which may come in any order.
    ///
    /// # Errors
    /// When no certificate is for the key, or one is not part of the chain above it.
    pub fn new(key: PrivateKey, mut certificates: Vec<Certificate>) -> Result<Self, SignError> {
        if certificates.is_empty() {
            return Err(SignError::NoCertificate);
        }
        let public = key.public()?;
        let own = |entry: &Certificate| *entry.tbs_certificate().subject_public_key_info() == public;
        let place = certificates.iter().position(own).ok_or(SignError::CertificateMismatch)?;
        let signer = certificates.swap_remove(place);
        let fingerprint = certificate::fingerprint(&signer)?;
        Ok(Self { key, chain: in_order(signer, certificates)?, fingerprint })
    }

    /// Refuses an identity that cannot sign at `now`: a certificate of its chain expired or not valid yet, or not meant
    /// for signing. To be called before anything is fetched.
    ///
    /// # Errors
    /// Names the certificate and what is wrong with it.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), SignError> {
        for entry in &self.chain {
            let subject = certificate::display_name(entry.tbs_certificate().subject());
            let (from, to) = certificate::validity(entry);
            if now < from {
                return Err(SignError::NotYetValid { subject, on: from.to_rfc3339() });
            }
            if now > to {
                return Err(SignError::Expired { subject, on: to.to_rfc3339() });
            }
        }
        PublicKey::from_spki(self.certificate().tbs_certificate().subject_public_key_info())?;
        if !certificate::may_sign_documents(self.certificate()) {
            return Err(SignError::NotForSigning(self.name()));
        }
        Ok(())
    }

    /// The signer's own certificate.
    pub fn certificate(&self) -> &Certificate {
        // `new` lets no empty chain in.
        #[allow(clippy::indexing_slicing)]
        &self.chain[0]
    }

    /// All certificates, the signer's first.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The private key.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// The signer as people know it: the common name, else the organization.
    pub fn name(&self) -> String {
        certificate::display_name(self.certificate().tbs_certificate().subject())
    }

    /// The whole distinguished name of the signer.
    pub fn subject(&self) -> String {
        self.certificate().tbs_certificate().subject().to_string()
    }

    /// The whole distinguished name of the issuer; the subject's own for a self-made identity.
    pub fn issuer(&self) -> String {
        self.certificate().tbs_certificate().issuer().to_string()
    }

    /// First and last instant of the certificate's validity.
    pub fn validity(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        certificate::validity(self.certificate())
    }

    /// SHA-256 of the certificate's DER, 64 lower-case hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }

    /// The kind of key, such as `ECDSA P-256`.
    pub fn key_name(&self) -> String {
        let spki = self.certificate().tbs_certificate().subject_public_key_info();
        PublicKey::from_spki(spki).map_or_else(|problem| problem.to_string(), |key| key.name())
    }

    /// The certificates as PEM, the signer's first: `signer.pem` of a package.
    ///
    /// # Errors
    /// When a certificate cannot be encoded.
    pub fn chain_pem(&self) -> Result<String, SignError> {
        self.chain.iter().map(|entry| entry.to_pem(LineEnding::LF).map_err(super::encoding("certificate"))).collect()
    }
}
