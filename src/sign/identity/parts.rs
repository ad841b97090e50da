//! What files about an identity hold, whoever made them: PEM, PKCS#12 as company PKIs and browsers hand it out, and single
//! certificates or bundles of them (DER, PKCS#7) as a CA sends them back.

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::{Decode, pem};
use secrecy::SecretString;
use x509_cert::Certificate;
use zeroize::Zeroizing;

use super::Identity;
use super::pem::{blocks, decrypt};
use crate::sign::key::PrivateKey;
use crate::sign::oid::SIGNED_DATA;
use crate::sign::{SignError, certificate};

#[cfg(feature = "pkcs12")]
mod pkcs12;
#[cfg(not(feature = "pkcs12"))]
#[path = "parts/no_pkcs12.rs"]
mod pkcs12;

/// Keys and certificates, in the order in which they were found. `Debug` shows no secret.
#[derive(Debug, Default)]
pub struct IdentityParts {
    keys: Vec<PrivateKey>,
    certificates: Vec<Certificate>,
}

impl IdentityParts {
    /// Adds what `content` holds, whichever of the forms it is in; `passphrase` opens a protected key or file. A certificate
    /// that is there already is not added twice.
    ///
    /// # Errors
    /// When the passphrase is missing or wrong, or the content is in none of the forms.
    pub fn add(&mut self, content: &[u8], passphrase: Option<&SecretString>) -> Result<(), SignError> {
        match std::str::from_utf8(content) {
            Ok(text) if text.contains("-----BEGIN ") => self.add_pem(text, passphrase),
            _ => self.add_der(content, passphrase),
        }
    }

    /// Adds what PEM text holds. Text between the blocks is skipped, as `openssl` writes it.
    pub(super) fn add_pem(&mut self, text: &str, passphrase: Option<&SecretString>) -> Result<(), SignError> {
        for block in blocks(text)? {
            let (label, der) =
                pem::decode_vec(block.as_bytes()).map_err(|problem| SignError::NotPem(problem.to_string()))?;
            let der = Zeroizing::new(der);
            match label {
                "PRIVATE KEY" => self.keys.push(PrivateKey::from_pkcs8(&der)?),
                "ENCRYPTED PRIVATE KEY" => self.keys.push(decrypt(&der, passphrase)?),
                "CERTIFICATE" => self.add_certificate(&der)?,
                "PKCS7" | "CMS" => self.add_bundle(&der)?,
                other if other.ends_with("PRIVATE KEY") => return Err(SignError::OldKeyFormat(other.to_owned())),
                // Parameters and the like carry nothing that is needed.
                _ => {}
            }
        }
        Ok(())
    }

    fn add_der(&mut self, der: &[u8], passphrase: Option<&SecretString>) -> Result<(), SignError> {
        if certificate::from_der(der).is_some() {
            self.add_certificate(der)
        } else if ContentInfo::from_der(der).is_ok_and(|message| message.content_type == SIGNED_DATA) {
            self.add_bundle(der)
        } else if der.first() == Some(&0x30) {
            pkcs12::add(self, der, passphrase)
        } else {
            Err(SignError::UnknownForm)
        }
    }

    fn add_certificate(&mut self, der: &[u8]) -> Result<(), SignError> {
        let number = self.certificates.len() + 1;
        let entry = certificate::from_der(der).ok_or(SignError::CertificateUnreadable(number))?;
        if !self.certificates.contains(&entry) {
            self.certificates.push(entry);
        }
        Ok(())
    }

    /// PKCS#7 without any signature, which is how CAs send a chain.
    fn add_bundle(&mut self, der: &[u8]) -> Result<(), SignError> {
        const WHAT: fn() -> SignError = || SignError::NotPem("its PKCS#7 bundle cannot be read".to_owned());
        let message = ContentInfo::from_der(der).map_err(|_| WHAT())?;
        let data: SignedData = message.content.decode_as().map_err(|_| WHAT())?;
        for choice in data.certificates.iter().flat_map(|set| set.0.iter()) {
            match choice {
                CertificateChoices::Certificate(entry) if !self.certificates.contains(entry) => {
                    self.certificates.push(entry.clone());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether there is a private key among them.
    pub fn hold_a_key(&self) -> bool {
        !self.keys.is_empty()
    }

    /// The certificates alone.
    pub fn into_certificates(self) -> Vec<Certificate> {
        self.certificates
    }

    /// The identity that they make.
    ///
    /// # Errors
    /// When there is not one key, or the certificates are not one chain from it.
    pub fn into_identity(mut self) -> Result<Identity, SignError> {
        match (self.keys.len(), self.keys.pop()) {
            (1, Some(key)) => Identity::new(key, self.certificates),
            (count, _) => Err(SignError::KeyCount(count)),
        }
    }
}
