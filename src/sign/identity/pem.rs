//! PEM text taken apart: its blocks, and the keys in those that are encrypted.

use pkcs8::EncryptedPrivateKeyInfoRef;
use secrecy::{ExposeSecret, SecretString};

use crate::sign::SignError;
use crate::sign::key::PrivateKey;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// The private key in a block that is encrypted.
pub(super) fn decrypt(der: &[u8], passphrase: Option<&SecretString>) -> Result<PrivateKey, SignError> {
    let passphrase = passphrase.ok_or(SignError::PassphraseNeeded)?;
    let info = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| SignError::KeyUnreadable)?;
    let document = info.decrypt(passphrase.expose_secret()).map_err(|_| SignError::PassphraseWrong)?;
    PrivateKey::from_pkcs8(document.as_bytes())
}

/// What a PEM block says that it is.
pub(super) fn label(block: &str) -> &str {
    block.strip_prefix(BEGIN).and_then(|rest| rest.split(DASHES).next()).unwrap_or_default()
}

/// The PEM blocks of `text`, each from its BEGIN to its END line.
pub(super) fn blocks(text: &str) -> Result<Vec<&str>, SignError> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, block)) = rest.split_once(BEGIN).map(|(before, _)| rest.split_at(before.len())) {
        let label = label(block);
        let end = format!("-----END {label}{DASHES}");
        let length = block.find(&end).ok_or_else(|| SignError::NotPem(format!("`{label}` has no end")))? + end.len();
        let (block, after) = block.split_at(length);
        found.push(block);
        rest = after;
    }
    match found.is_empty() {
        true => Err(SignError::NotPem("it has no BEGIN line".to_owned())),
        false => Ok(found),
    }
}
