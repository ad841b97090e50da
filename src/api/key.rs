//! The API key: kept in memory that is wiped, shown by nothing but its fingerprint.

use secrecy::{ExposeSecret, SecretString};

use crate::digest::sha256;

/// The key as a secret. `Debug` shows no part of it.
#[derive(Debug, Clone)]
pub struct ApiKey(SecretString);

/// What makes a key unusable; never says what it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is nothing in it.
    #[error("the API key is empty")]
    Empty,
    /// It holds something that an HTTP header cannot carry.
    #[error(
        "the API key holds a character that no HTTP header can carry (a space, a line break or one that is not ASCII); is it the right file?"
    )]
    NotAToken,
}

impl ApiKey {
    /// The key in `text`, white space around it left off.
    pub fn new(text: &str) -> Result<Self, KeyError> {
        let key = text.trim();
        if key.is_empty() {
            return Err(KeyError::Empty);
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::NotAToken);
        }
        Ok(Self(key.into()))
    }

    /// The first 12 hex digits of the key's SHA-256.
    pub fn fingerprint(&self) -> String {
        sha256(self.0.expose_secret().as_bytes())[..12].to_owned()
    }

    /// The value of the `Authorization` header.
    pub(super) fn bearer(&self) -> SecretString {
        format!("Bearer {}", self.0.expose_secret()).into()
    }

    /// `text` with the key taken out, should a server have put it there.
    pub fn redact(&self, text: &str) -> String {
        text.replace(self.0.expose_secret(), "[API key]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_key() {
        let key = ApiKey::new(" sk_live_1234567890\n").unwrap();
        assert!(!format!("{key:?}").contains("1234"));
        assert_eq!(key.redact("bad key sk_live_1234567890!"), "bad key [API key]!");
        assert_eq!(key.fingerprint().len(), 12);
    }

    #[test]
    fn what_no_header_can_carry_is_refused() {
        assert_eq!(ApiKey::new(" \n").unwrap_err(), KeyError::Empty);
        for text in ["two words", "a\nb", "schlüssel", "a\0b"] {
            assert_eq!(ApiKey::new(text).unwrap_err(), KeyError::NotAToken);
        }
    }
}
