//! An identity at rest: one PEM file with a PKCS#8 key (which may be encrypted) and the certificates. Written with mode
//! 0600 from its first byte, whole or not at all, and never over another file.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use der::pem;
use pkcs8::{EncryptedPrivateKeyInfoRef, LineEnding, PrivateKeyInfoRef};
use secrecy::{ExposeSecret, SecretString};
use x509_cert::Certificate;
use zeroize::Zeroizing;

use super::Identity;
use crate::sign::key::PrivateKey;
use crate::sign::{SignError, certificate};

/// No identity is longer; more is not read.
const LONGEST: u64 = 1 << 20;
const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

impl Identity {
    /// Reads an identity from a PEM file; `passphrase` opens a protected key.
    ///
    /// # Errors
    /// When the file cannot be read, or as [`Identity::from_pem`].
    pub fn load(path: &Path, passphrase: Option<&SecretString>) -> Result<Self, SignError> {
        let failed = |source| SignError::Read { path: path.to_owned(), source };
        if fs::metadata(path).map_err(failed)?.len() > LONGEST {
            return Err(failed(std::io::Error::new(ErrorKind::InvalidData, "longer than 1 MiB, so not an identity")));
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
        Self::from_pem(&text, passphrase)
    }

    /// Reads an identity from PEM text: one private key, its certificate, and those above it. Text
    /// between the blocks is skipped, as `openssl` writes it.
    ///
    /// # Errors
    /// When a block cannot be read, the passphrase is missing or wrong, or the parts do not belong together.
    pub fn from_pem(text: &str, passphrase: Option<&SecretString>) -> Result<Self, SignError> {
        let (mut keys, mut chain) = (Vec::new(), Vec::new());
        for block in blocks(text)? {
            let (label, der) =
                pem::decode_vec(block.as_bytes()).map_err(|problem| SignError::NotPem(problem.to_string()))?;
            let der = Zeroizing::new(der);
            match label {
                "PRIVATE KEY" => keys.push(PrivateKey::from_pkcs8(&der)?),
                "ENCRYPTED PRIVATE KEY" => keys.push(decrypt(&der, passphrase)?),
                "CERTIFICATE" => {
                    chain.push(certificate::from_der(&der).ok_or(SignError::CertificateUnreadable(chain.len() + 1))?);
                }
                other if other.ends_with("PRIVATE KEY") => return Err(SignError::OldKeyFormat(other.to_owned())),
                // Parameters and the like carry nothing that is needed.
                _ => {}
            }
        }
        match (keys.len(), keys.pop()) {
            (1, Some(key)) => Self::new(key, chain),
            (count, _) => Err(SignError::KeyCount(count)),
        }
    }

    /// Writes the identity to a new file, readable by the user alone; `passphrase` protects the key.
    ///
    /// # Errors
    /// When the file exists already or cannot be written.
    pub fn save(&self, path: &Path, passphrase: Option<&SecretString>) -> Result<(), SignError> {
        let text = self.to_pem(passphrase)?;
        write_private(path, text.as_bytes())
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

/// The certificates in PEM text, and nothing else of it.
pub(super) fn certificates(text: &str) -> Result<Vec<Certificate>, SignError> {
    let mut found = Vec::new();
    for block in blocks(text)?.iter().filter(|block| block.starts_with("-----BEGIN CERTIFICATE-----")) {
        let (_, der) = pem::decode_vec(block.as_bytes()).map_err(|problem| SignError::NotPem(problem.to_string()))?;
        found.push(certificate::from_der(&der).ok_or(SignError::CertificateUnreadable(found.len() + 1))?);
    }
    Ok(found)
}

fn decrypt(der: &[u8], passphrase: Option<&SecretString>) -> Result<PrivateKey, SignError> {
    let passphrase = passphrase.ok_or(SignError::PassphraseNeeded)?;
    let info = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| SignError::KeyUnreadable)?;
    let document = info.decrypt(passphrase.expose_secret()).map_err(|_| SignError::PassphraseWrong)?;
    PrivateKey::from_pkcs8(document.as_bytes())
}

/// The PEM blocks of `text`, each from its BEGIN to its END line.
fn blocks(text: &str) -> Result<Vec<&str>, SignError> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, block)) = rest.split_once(BEGIN).map(|(before, _)| rest.split_at(before.len())) {
        let label = block[BEGIN.len()..].split(DASHES).next().unwrap_or_default();
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

/// Writes a secret to a new file that the user alone can read.
pub(in crate::sign) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), SignError> {
    let failed = |source| SignError::Write { path: path.to_owned(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_private_folder(folder).map_err(failed)?;
    // A temporary file is made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(problem) if problem.error.kind() == ErrorKind::AlreadyExists => Err(SignError::Exists(path.to_owned())),
        Err(problem) => Err(failed(problem.error)),
    }
}

/// Makes the folder if it is missing, for the user alone.
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
