//! A private key: made, read, and used to sign. It is wiped when dropped and never shown.

use std::fmt;

use der::Decode;
use p256::elliptic_curve::Generate;
use pkcs8::{EncodePrivateKey, EncodePublicKey, PrivateKeyInfoRef, SecretDocument};
use rsa::signature::{SignatureEncoding, Signer};
use sha2::Sha256;
use spki::SubjectPublicKeyInfoOwned;

use super::SignError;
use super::algorithm::{Hash, PublicKey, RSA_BITS, Scheme};

/// The kind of key to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    /// ECDSA on P-256: small and fast.
    #[default]
    P256,
    /// RSA of 3072 bits, for readers that know nothing newer.
    Rsa3072,
}

/// A private key of an accepted kind.
pub struct PrivateKey(KeyKind);

enum KeyKind {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    Rsa(Box<rsa::PrivateKey>),
    #[cfg(feature = "pkcs11")]
    Token(Box<super::token::TokenKey>),
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

impl PrivateKey {
    /// A new key from the system's randomness.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate(algorithm: Algorithm) -> Result<Self, SignError> {
        let kind = match algorithm {
            Algorithm::P256 => p256::ecdsa::SigningKey::try_generate().map(KeyKind::P256).ok(),
            Algorithm::Rsa3072 => {
                rsa::PrivateKey::new(&mut getrandom::SysRng, RSA_BITS).map(Box::new).map(KeyKind::Rsa).ok()
            }
        };
        kind.map(Self).ok_or(SignError::Random)
    }

    /// The key in a PKCS#8 document.
    ///
    /// # Errors
    /// When it cannot be read, or is of a kind or length that is not accepted.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SignError> {
        let info = PrivateKeyInfoRef::from_der(der).map_err(|_| SignError::KeyUnreadable)?;
        let p256 = p256::ecdsa::SigningKey::try_from(info.clone()).map(KeyKind::P256).ok();
        let p384 = || p384::ecdsa::SigningKey::try_from(info.clone()).map(KeyKind::P384).ok();
        let rsa = || rsa::PrivateKey::try_from(info.clone()).map(Box::new).map(KeyKind::Rsa).ok();
        let key = Self(p256.or_else(p384).or_else(rsa).ok_or(SignError::KeyNotAccepted)?);
        PublicKey::from_spki(&key.public()?)?;
        Ok(key)
    }

    /// A key that stays on its token.
    #[cfg(feature = "pkcs11")]
    pub(super) fn on_token(key: super::token::TokenKey) -> Self {
        Self(KeyKind::Token(Box::new(key)))
    }

    /// As a PKCS#8 document, wiped when dropped.
    ///
    /// # Errors
    /// When the key cannot be encoded, or never leaves its token.
    pub fn to_pkcs8(&self) -> Result<SecretDocument, SignError> {
        let document = match &self.0 {
            KeyKind::P256(key) => key.to_pkcs8_der(),
            KeyKind::P384(key) => key.to_pkcs8_der(),
            KeyKind::Rsa(key) => key.to_pkcs8_der(),
            #[cfg(feature = "pkcs11")]
            KeyKind::Token(_) => return Err(SignError::KeyUnreadable),
        };
        document.map_err(|_| SignError::KeyUnreadable)
    }

    /// Its public half.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn public(&self) -> Result<SubjectPublicKeyInfoOwned, SignError> {
        let document = match &self.0 {
            KeyKind::P256(key) => key.verifying_key().to_public_key_der(),
            KeyKind::P384(key) => key.verifying_key().to_public_key_der(),
            KeyKind::Rsa(key) => key.to_public_key().to_public_key_der(),
            #[cfg(feature = "pkcs11")]
            KeyKind::Token(key) => return Ok(key.public().clone()),
        };
        let document = document.map_err(|_| SignError::KeyUnreadable)?;
        SubjectPublicKeyInfoOwned::from_der(document.as_bytes()).map_err(|_| SignError::KeyUnreadable)
    }

    /// What it signs with. ECDSA is by RFC 6979 and RSA by PKCS#1 v1.5, so the same message gives the same value; except on a
    /// token, which does as it likes.
    pub fn scheme(&self) -> Scheme {
        match &self.0 {
            KeyKind::P256(_) => Scheme::Ecdsa(Hash::Sha256),
            KeyKind::P384(_) => Scheme::Ecdsa(Hash::Sha384),
            KeyKind::Rsa(_) => Scheme::RsaPkcs1(Hash::Sha256),
            #[cfg(feature = "pkcs11")]
            KeyKind::Token(key) => key.scheme(),
        }
    }

    /// The signature value over `message`.
    ///
    /// # Errors
    /// When the key cannot sign, for example because a part of it is damaged.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let value = match &self.0 {
            KeyKind::P256(key) => key.try_sign(message).map(|value: p256::ecdsa::DerSignature| value.to_vec()),
            KeyKind::P384(key) => key.try_sign(message).map(|value: p384::ecdsa::DerSignature| value.to_vec()),
            KeyKind::Rsa(key) => {
                let key = rsa::pkcs1v15::SigningKey::<Sha256>::new((**key).clone());
                key.try_sign(message).map(|value| value.to_vec())
            }
            #[cfg(feature = "pkcs11")]
            KeyKind::Token(key) => return key.sign(message),
        };
        value.map_err(|_| SignError::SigningFailed)
    }
}
