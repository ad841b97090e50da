//! Identities that others made, read from one file of theirs.

use secrecy::SecretString;

use super::{Identity, IdentityParts};
use crate::sign::SignError;

impl Identity {
    /// Reads an identity from the content of a file, which may be PKCS#12 or PEM; `passphrase` opens either.
    ///
    /// # Errors
    /// When the passphrase is missing or wrong, or the content is not one key with its certificates.
    pub fn import(content: &[u8], passphrase: Option<&SecretString>) -> Result<Self, SignError> {
        let mut parts = IdentityParts::default();
        parts.add(content, passphrase)?;
        parts.into_identity()
    }
}
