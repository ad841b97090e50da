//! The API key: kept in memory that is wiped, shown by nothing but its fingerprint.

use std::borrow::Cow;
use std::sync::Arc;

use secrecy::SecretString;

mod forms;

use forms::Forms;

use crate::digest::sha256;
use crate::remedy::Remedy;

/// The key as a secret. `Debug` shows no part of it.
#[derive(Debug, Clone)]
pub struct ApiKey(Arc<Forms>);

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
    /// It is in quotes, as a shell or a settings file writes it.
    #[error("the API key is in quotes")]
    Quoted,
    /// It is a line that sets a variable.
    #[error("the API key begins with a name and `=`, as a line that sets a variable does")]
    Assignment,
    /// It is not the text of a key, but UTF-16.
    #[error("the API key is UTF-16 or holds NUL bytes")]
    Utf16,
}

impl Remedy for KeyError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Empty => None,
            Self::NotAToken => {
                Some("check that it is the right file or variable, with nothing but the key in it".into())
            }
            Self::Quoted | Self::Assignment => Some("leave nothing but the key itself".into()),
            Self::Utf16 => Some("save it as UTF-8 (in PowerShell: -Encoding ascii)".into()),
        }
    }
}

impl ApiKey {
    /// The key in `text`, without white space around it and a byte order mark before it.
    ///
    /// # Errors
    /// Where it is empty, or not the key alone.
    pub fn new(text: &str) -> Result<Self, KeyError> {
        let key = text.trim_start_matches('\u{feff}').trim();
        if key.is_empty() {
            return Err(KeyError::Empty);
        }
        if key.contains('\0') {
            return Err(KeyError::Utf16);
        }
        if is_assignment(key) {
            return Err(KeyError::Assignment);
        }
        // One that is left over at the end is no part of it either; a pair inside may be.
        if key.starts_with(QUOTES) || (key.ends_with(QUOTES) && key.matches(QUOTES).count() == 1) {
            return Err(KeyError::Quoted);
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::NotAToken);
        }
        Ok(Self(Arc::new(Forms::of(key))))
    }

    /// The key in a file or a program's output.
    ///
    /// # Errors
    /// Where it is no text, empty, or not the key alone.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        match (bytes, std::str::from_utf8(bytes)) {
            ([0xff, 0xfe, ..] | [0xfe, 0xff, ..], _) => Err(KeyError::Utf16),
            (_, Ok(text)) => Self::new(text),
            (_, Err(_)) if bytes.contains(&0) => Err(KeyError::Utf16),
            (_, Err(_)) => Err(KeyError::NotAToken),
        }
    }

    /// The first 12 hex digits of the key's SHA-256.
    pub fn fingerprint(&self) -> String {
        sha256(self.0.key().as_bytes())[..12].to_owned()
    }

    /// The value of the `Authorization` header.
    pub(super) fn bearer(&self) -> SecretString {
        format!("Bearer {}", self.0.key()).into()
    }

    /// `text` with the key taken out, should a server have put it there, in whatever usual way it is written.
    pub fn redact(&self, text: &str) -> String {
        // Only ASCII is taken out or put in, so that text stays text.
        self.redact_bytes(text.as_bytes())
            .map_or_else(|| text.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Like [`ApiKey::redact`], of bytes; `None` where the key is not in them.
    pub fn redact_bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.0.taken_out(bytes)
    }
}

/// The quotes that are put around a text, in files and by word processors.
const QUOTES: [char; 7] = ['"', '\'', '`', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}'];

/// Whether it is `NAME=value`. Padding of Base64 is no value.
fn is_assignment(text: &str) -> bool {
    let line = text.strip_prefix("export ").unwrap_or(text);
    let Some((name, value)) = line.split_once('=') else { return false };
    let name = name.trim_end().trim_start_matches("$env:");
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name && !value.trim_matches('=').trim().is_empty()
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
        // What is in its place may hold the key itself.
        assert_eq!(ApiKey::new("key").unwrap().redact_bytes(b"keykey").unwrap(), b"[API key][API key]");
    }

    #[test]
    fn a_mark_before_the_key_is_skipped() {
        let plain = ApiKey::new("sk_live_abc").unwrap();
        for text in ["\u{feff}sk_live_abc", "\u{feff} sk_live_abc\r\n"] {
            assert_eq!(ApiKey::of_bytes(text.as_bytes()).unwrap().fingerprint(), plain.fingerprint());
        }
    }

    #[test]
    fn a_key_that_is_not_alone_is_refused_by_what_is_around_it() {
        for text in ["\"sk_live_abc\"", "'sk_live_abc'", "sk_live_abc\"", "`sk`", "\u{201c}sk\u{201d}"] {
            assert_eq!(ApiKey::new(text).unwrap_err(), KeyError::Quoted, "{text}");
        }
        for text in
            ["DIALNEXA_API_KEY=sk_live_abc", "api_key=\"sk\"", "export KEY=sk", "KEY = sk", "$env:KEY='sk'", "KEY==sk"]
        {
            assert_eq!(ApiKey::new(text).unwrap_err(), KeyError::Assignment, "{text}");
        }
        for text in ["c2tfbGl2ZQ==", "c2tfbGl2ZV8=", "sk-live=abc", "a.b=c", "=x", "9k=abc"] {
            assert!(ApiKey::new(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn utf_16_is_named_with_and_without_a_mark() {
        let utf16 = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        for unit in [u16::to_le_bytes, u16::to_be_bytes] {
            for text in ["\u{feff}sk_live_abc\r\n", "sk_live_abc"] {
                assert_eq!(ApiKey::of_bytes(&utf16(text, unit)).unwrap_err(), KeyError::Utf16);
            }
        }
        assert_eq!(ApiKey::of_bytes(b"caf\xe9").unwrap_err(), KeyError::NotAToken);
    }

    #[test]
    fn what_no_header_can_carry_is_refused() {
        assert_eq!(ApiKey::new(" \n").unwrap_err(), KeyError::Empty);
        for text in ["two words", "a\nb", "schlüssel"] {
            assert_eq!(ApiKey::new(text).unwrap_err(), KeyError::NotAToken);
        }
    }
}
