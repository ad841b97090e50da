//! Identities that others made: PKCS#12 files, as company PKIs and browsers hand them out, and PEM.

use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error;
use secrecy::{ExposeSecret, SecretString};

use super::Identity;
use crate::sign::key::PrivateKey;
use crate::sign::{SignError, certificate};

impl Identity {
    /// Reads an identity from the content of a file, which may be PKCS#12 or PEM; `passphrase` opens either.
    ///
    /// # Errors
    /// When the passphrase is missing or wrong, or the content is not one key with its certificates.
    pub fn import(content: &[u8], passphrase: Option<&SecretString>) -> Result<Self, SignError> {
        match std::str::from_utf8(content) {
            Ok(text) if text.contains("-----BEGIN ") => Self::from_pem(text, passphrase),
            _ => Self::from_pkcs12(content, passphrase),
        }
    }

    /// Reads an identity from a PKCS#12 file.
    ///
    /// # Errors
    /// When the password is wrong or the file holds anything but one key with its certificates.
    pub fn from_pkcs12(content: &[u8], password: Option<&SecretString>) -> Result<Self, SignError> {
        let password = password.map_or("", |password| password.expose_secret());
        let archive = Pkcs12Archive::from_pkcs12(content, password).map_err(|problem| match problem {
            Error::MacError(_) | Error::UnpadError => SignError::Pkcs12Password,
            other => SignError::Pkcs12Unreadable(other.to_string()),
        })?;
        let [only] = archive.keys.as_slice() else { return Err(SignError::KeyCount(archive.keys.len())) };
        let key = PrivateKey::from_pkcs8(only.key.as_der())?;
        let mut chain = Vec::new();
        for bag in &archive.certs {
            let entry = certificate::from_der(bag.cert.as_der());
            chain.push(entry.ok_or(SignError::CertificateUnreadable(chain.len() + 1))?);
        }
        Self::new(key, chain)
    }
}
