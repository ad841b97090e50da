//! Identities whose key stays on its token.

use secrecy::SecretString;

use super::Identity;
use crate::sign::SignError;
use crate::sign::key::PrivateKey;
use crate::sign::token::{Address, key_at};

impl Identity {
    /// The identity at `address`; `pin` opens the token, unless the address names a file for it.
    ///
    /// # Errors
    /// When the token is not reached or not opened, or the key has no certificate there.
    pub fn on_token(address: &Address, pin: Option<&SecretString>) -> Result<Self, SignError> {
        let (key, chain) = key_at(address, pin)?;
        Self::new(PrivateKey::on_token(key), chain)
    }
}
