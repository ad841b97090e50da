//! The key of pseudonyms at rest: 64 hex digits in a file of the user's own beside the identity, made on first use.
//!
//! It is no part of the identity, and no passphrase protects it: it must outlive certificates, because pseudonyms made with
//! it can be resolved by it alone. Like the identity it should be backed up and kept secret.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::SignError;
use super::identity::write_private;
use crate::digest::hex;
use crate::pseudonym::PseudonymKey;

/// A key's digits and some white space; more is not read.
const LONGEST: u64 = 1024;

/// Where the key lies that belongs to the identity at `identity`: `identity.names.key` beside `identity.pem`.
pub fn beside(identity: &Path) -> PathBuf {
    identity.with_extension("names.key")
}

/// Reads the key.
///
/// # Errors
/// When the file cannot be read, or is no key.
pub fn load(path: &Path) -> Result<PseudonymKey, SignError> {
    let failed = |source| SignError::Read { path: path.to_owned(), source };
    let mut text = Zeroizing::new(String::new());
    fs::File::open(path).map_err(failed)?.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
    key(text.trim()).ok_or_else(|| SignError::PseudonymKey(path.to_owned()))
}

/// Reads the key, or makes one where there is no file; whether it was made.
///
/// # Errors
/// As [`load`], and when the file cannot be written or the system gives no randomness.
pub fn load_or_make(path: &Path) -> Result<(PseudonymKey, bool), SignError> {
    match load(path) {
        Err(SignError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => {}
        loaded => return Ok((loaded?, false)),
    }
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|_| SignError::Random)?;
    let text = Zeroizing::new(format!("{}\n", hex(bytes.as_slice())));
    match write_private(path, text.as_bytes()) {
        Ok(()) => Ok((PseudonymKey::new(bytes), true)),
        // Two runs at once: the other one's key serves both.
        Err(SignError::Exists(_)) => Ok((load(path)?, false)),
        Err(error) => Err(error),
    }
}

fn key(text: &str) -> Option<PseudonymKey> {
    let mut bytes = Zeroizing::new([0; 32]);
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(PseudonymKey::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_is_the_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = beside(&folder.path().join("new/identity.pem"));
        assert!(matches!(load(&path), Err(SignError::Read { .. })));
        let (made, first) = load_or_make(&path).unwrap();
        let (again, second) = load_or_make(&path).unwrap();
        assert_eq!((first, second, made.bytes()), (true, false, again.bytes()));
        assert_eq!(path.file_name().unwrap(), "identity.names.key");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.names.key");
        for text in ["", "abc", &"g".repeat(64), &"0".repeat(66), &format!("{}é", "0".repeat(62))] {
            fs::write(&path, text).unwrap();
            assert!(matches!(load_or_make(&path), Err(SignError::PseudonymKey(_))), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), *text);
        }
    }
}
