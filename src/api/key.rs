//! The API key: kept in memory that is wiped, shown by nothing but its fingerprint.

use std::borrow::Cow;

use secrecy::{ExposeSecret, SecretString};

mod forms;

use forms::Forms;

use crate::digest::sha256;
use crate::remedy::Remedy;

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
        "the API key holds a character that no HTTP header can carry (a space, a line break or one that is not ASCII)"
    )]
    NotAToken,
}

impl Remedy for KeyError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Empty => None,
            Self::NotAToken => {
                Some("check that it is the right file or variable, with nothing but the key in it".into())
            }
        }
    }
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

    /// `text` with the key taken out, should a server have put it there, in whatever usual way it is written.
    pub fn redact(&self, text: &str) -> String {
        // Only ASCII is taken out or put in, so that text stays text.
        self.redact_bytes(text.as_bytes())
            .map_or_else(|| text.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Like [`ApiKey::redact`], of bytes; `None` where the key is not in them.
    pub fn redact_bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        Forms::of(self.0.expose_secret()).taken_out(bytes)
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
    fn the_key_is_taken_out_of_bytes_in_every_form_that_json_has_for_it() {
        let key = ApiKey::new("a/\"b").unwrap();
        let body = br#"\xFF {"x":"a\/\"b","y":"a/\"b","z":"a/"b"}"#;
        let kept = br#"\xFF {"x":"[API key]","y":"[API key]","z":"[API key]"}"#;
        assert_eq!(key.redact_bytes(body).as_deref(), Some(kept.as_slice()));
        assert_eq!(key.redact_bytes(kept), None);
        // What stands in its place may hold the key itself.
        assert_eq!(ApiKey::new("key").unwrap().redact_bytes(b"keykey").unwrap(), b"[API key][API key]");
    }

    #[test]
    fn what_no_header_can_carry_is_refused() {
        assert_eq!(ApiKey::new(" \n").unwrap_err(), KeyError::Empty);
        for text in ["two words", "a\nb", "schlüssel", "a\0b"] {
            assert_eq!(ApiKey::new(text).unwrap_err(), KeyError::NotAToken);
        }
    }
}
