//! PKCS#12, the old encryptions of company PKIs among them.

use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error;
use secrecy::{ExposeSecret, SecretString};

use super::IdentityParts;
use crate::sign::SignError;
use crate::sign::key::PrivateKey;

/// Adds the keys and certificates of a PKCS#12 file.
pub(super) fn add(parts: &mut IdentityParts, content: &[u8], password: Option<&SecretString>) -> Result<(), SignError> {
    let given = password.map_or("", |password| password.expose_secret());
    let archive = Pkcs12Archive::from_pkcs12(content, given).map_err(|problem| match problem {
        Error::MacError(_) | Error::UnpadError if password.is_none() => SignError::Pkcs12PasswordNeeded,
        Error::MacError(_) | Error::UnpadError => SignError::Pkcs12Password,
        other => SignError::Pkcs12Unreadable(other.to_string()),
    })?;
    for key in &archive.keys {
        parts.keys.push(PrivateKey::from_pkcs8(key.key.as_der())?);
    }
    archive.certs.iter().try_for_each(|bag| parts.add_certificate(bag.cert.as_der()))
}
