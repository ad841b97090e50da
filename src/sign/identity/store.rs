//! An identity at rest: one PEM file with a PKCS#8 key (which may be encrypted) and the certificates. Written with mode
//! 0600 from its first byte, whole or not at all, and never over another file.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use pkcs8::{LineEnding, PrivateKeyInfoRef};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::pem::{blocks, label};
use super::{Identity, IdentityParts};
use crate::durable::{self, Existing};
use crate::sign::SignError;

/// No identity is longer; more is not read.
const LONGEST: u64 = 1 << 20;

impl Identity {
    /// Reads an identity from a PEM file; `passphrase` opens a protected key.
    ///
    /// # Errors
    /// When the file cannot be read, or as [`Identity::from_pem`].
    pub fn load(path: &Path, passphrase: Option<&SecretString>) -> Result<Self, SignError> {
        Self::from_pem(&read(path)?, passphrase)
    }

    /// Reads an identity from PEM text: one private key, its certificate, and those above it. Text
    /// between the blocks is skipped, as `openssl` writes it.
    ///
    /// # Errors
    /// When a block cannot be read, the passphrase is missing or wrong, or the parts do not belong together.
    pub fn from_pem(text: &str, passphrase: Option<&SecretString>) -> Result<Self, SignError> {
        let mut parts = IdentityParts::default();
        parts.add_pem(text, passphrase)?;
        parts.into_identity()
    }

    /// Writes the identity to a new file, readable by the user alone; `passphrase` protects the key.
    ///
    /// # Errors
    /// When the file exists already or cannot be written.
    pub fn save(&self, path: &Path, passphrase: Option<&SecretString>) -> Result<(), SignError> {
        let text = self.to_pem(passphrase)?;
        write(path, text.as_bytes(), Existing::Kept)
    }

    /// Puts the identity's certificates in the place of those in `path`, the file that holds its key, which stays there as it is.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn save_certificates(&self, path: &Path) -> Result<(), SignError> {
        let old = read(path)?;
        let keys = blocks(&old)?.into_iter().filter(|block| label(block).ends_with("PRIVATE KEY"));
        let mut text = Zeroizing::new(String::with_capacity(old.len() * 2));
        keys.for_each(|block| *text += &format!("{block}\n"));
        *text += &self.chain_pem()?;
        write(path, text.as_bytes(), Existing::Replaced)
    }

    /// Key and certificates as PEM, wiped when dropped.
    ///
    /// # Errors
    /// When a part cannot be encoded.
    pub fn to_pem(&self, passphrase: Option<&SecretString>) -> Result<Zeroizing<String>, SignError> {
        let document = self.key().to_pkcs8()?;
        let unreadable = |_| SignError::KeyUnreadable;
        let key = match passphrase {
            None => document.to_pem("PRIVATE KEY", LineEnding::LF).map_err(unreadable)?,
            Some(passphrase) => PrivateKeyInfoRef::try_from(document.as_bytes())
                .and_then(|info| info.encrypt(passphrase.expose_secret()))
                .map_err(|_| SignError::KeyUnreadable)?
                .to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF)
                .map_err(unreadable)?,
        };
        Ok(Zeroizing::new(format!("{}{}", key.as_str(), self.chain_pem()?)))
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, SignError> {
    let failed = |source| SignError::Read { path: path.to_owned(), source };
    if fs::metadata(path).map_err(failed)?.len() > LONGEST {
        return Err(failed(std::io::Error::new(ErrorKind::InvalidData, "longer than 1 MiB, so not an identity")));
    }
    fs::read_to_string(path).map(Zeroizing::new).map_err(failed)
}

/// Writes a file for the user alone, whole or not at all.
fn write(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), SignError> {
    let failed = |source| SignError::Write { path: path.to_owned(), source };
    make_private_folder(durable::folder(path)).map_err(failed)?;
    match durable::write_private(path, bytes, existing) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(SignError::Exists(path.to_owned())),
        written => written.map_err(failed),
    }
}

/// Writes a secret to a new file that the user alone can read.
pub(in crate::sign) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), SignError> {
    write(path, bytes, Existing::Kept)
}

/// Makes the folder if it is missing, for the user alone.
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
