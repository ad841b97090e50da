//! The algorithms that this program signs with and accepts: ECDSA on P-256 and P-384, RSA from 3072 bits (PKCS#1 v1.5 and
//! PSS), SHA-256, SHA-384 and SHA-512. Anything else is named and refused.

use std::io::{self, Read};

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Any, Encode, Sequence};
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha256, Sha384, Sha512};
use signature::Verifier;
use signature::hazmat::PrehashVerifier;
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef, SubjectPublicKeyInfoOwned};

use super::oid::{self, EC_PUBLIC_KEY, MGF1, P256, P384, RSA_ENCRYPTION, RSA_PSS, name_of};

/// The shortest RSA modulus accepted, in bits.
pub const RSA_BITS: usize = 3072;

/// What is wrong with an algorithm, a key or a signature value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlgorithmError {
    /// Known or unknown, but weaker than what is accepted.
    #[error("{0} is not acceptable")]
    NotAcceptable(String),
    /// The key or the parameters cannot be read.
    #[error("the {0} cannot be read")]
    Malformed(&'static str),
    /// The key and the algorithm do not belong together, or the value was not made by the key.
    #[error("the signature value does not belong to the key and the content")]
    Mismatch,
}

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Its object identifier.
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha256 => oid::SHA_256,
            Self::Sha384 => oid::SHA_384,
            Self::Sha512 => oid::SHA_512,
        }
    }

    /// As an algorithm identifier without parameters.
    pub fn identifier(self) -> AlgorithmIdentifierOwned {
        AlgorithmIdentifierOwned { oid: self.oid(), parameters: None }
    }

    /// The hash of `parts`, one after the other.
    pub fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Sha256 => digest::<Sha256>(parts),
            Self::Sha384 => digest::<Sha384>(parts),
            Self::Sha512 => digest::<Sha512>(parts),
        }
    }

    /// The hash of all that `content` gives, which is not held in memory.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn digest_of(self, content: impl Read) -> io::Result<Vec<u8>> {
        match self {
            Self::Sha256 => digest_of::<Sha256>(content),
            Self::Sha384 => digest_of::<Sha384>(content),
            Self::Sha512 => digest_of::<Sha512>(content),
        }
    }

    /// The hash that `identifier` names; its parameters must be absent or NULL.
    pub fn from_identifier(identifier: &AlgorithmIdentifierOwned) -> Result<Self, AlgorithmError> {
        let hash = Self::from_oid(identifier.oid)?;
        plain(identifier.parameters.as_ref()).then_some(hash).ok_or(AlgorithmError::Malformed("hash's parameters"))
    }

    fn from_oid(oid: ObjectIdentifier) -> Result<Self, AlgorithmError> {
        Self::ALL.into_iter().find(|hash| hash.oid() == oid).ok_or_else(|| AlgorithmError::NotAcceptable(name_of(oid)))
    }

    /// As an auditor reads it, such as `SHA-256`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}

fn digest<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().to_vec()
}

fn digest_of<D: Digest>(mut content: impl Read) -> io::Result<Vec<u8>> {
    let (mut hasher, mut part) = (D::new(), vec![0; 64 << 10]);
    loop {
        match content.read(&mut part)? {
            0 => return Ok(hasher.finalize().to_vec()),
            bytes => hasher.update(&part[..bytes]),
        }
    }
}

fn plain(parameters: Option<&Any>) -> bool {
    parameters.is_none_or(|value| AnyRef::from(value) == AnyRef::NULL)
}

/// A signature algorithm with its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// ECDSA, on the curve that the key is of.
    Ecdsa(Hash),
    /// RSA, PKCS#1 v1.5.
    RsaPkcs1(Hash),
    /// RSA PSS, with MGF1 over the same hash and a salt of so many bytes.
    RsaPss(Hash, usize),
}

/// Object identifiers of signatures that name their hash.
const NAMED: [(ObjectIdentifier, Scheme); 6] = [
    (oid::ECDSA_SHA_256, Scheme::Ecdsa(Hash::Sha256)),
    (oid::ECDSA_SHA_384, Scheme::Ecdsa(Hash::Sha384)),
    (oid::ECDSA_SHA_512, Scheme::Ecdsa(Hash::Sha512)),
    (oid::RSA_SHA_256, Scheme::RsaPkcs1(Hash::Sha256)),
    (oid::RSA_SHA_384, Scheme::RsaPkcs1(Hash::Sha384)),
    (oid::RSA_SHA_512, Scheme::RsaPkcs1(Hash::Sha512)),
];

impl Scheme {
    /// As an algorithm identifier; PSS, which this program never signs with, has none here.
    pub fn identifier(self) -> Option<AlgorithmIdentifierOwned> {
        let (oid, _) = NAMED.iter().find(|(_, scheme)| *scheme == self)?;
        let parameters = matches!(self, Self::RsaPkcs1(_)).then(Any::null);
        Some(AlgorithmIdentifierOwned { oid: *oid, parameters })
    }

    /// The algorithm that `identifier` names. In CMS, plain `rsaEncryption` takes its hash from `hash`.
    pub fn from_identifier(identifier: &AlgorithmIdentifierOwned, hash: Option<Hash>) -> Result<Self, AlgorithmError> {
        let oid = identifier.oid;
        if oid == RSA_PSS {
            return pss(identifier);
        }
        let named = NAMED.iter().find(|(name, _)| *name == oid).map(|(_, scheme)| *scheme);
        let rsa = hash.filter(|_| oid == RSA_ENCRYPTION).map(Scheme::RsaPkcs1);
        let scheme = named.or(rsa).ok_or_else(|| AlgorithmError::NotAcceptable(name_of(oid)))?;
        plain(identifier.parameters.as_ref())
            .then_some(scheme)
            .ok_or(AlgorithmError::Malformed("signature algorithm's parameters"))
    }

    /// The hash that is signed.
    pub fn hash(self) -> Hash {
        match self {
            Self::Ecdsa(hash) | Self::RsaPkcs1(hash) | Self::RsaPss(hash, _) => hash,
        }
    }
}

/// `RSASSA-PSS-params`, whose absent parts stand for SHA-1 and a salt of 20 bytes.
#[derive(Sequence)]
struct PssParameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt: Option<u16>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

fn pss(identifier: &AlgorithmIdentifierOwned) -> Result<Scheme, AlgorithmError> {
    const WHAT: AlgorithmError = AlgorithmError::Malformed("RSA PSS parameters");
    let parameters = identifier.parameters.as_ref().ok_or(WHAT)?;
    let parameters: PssParameters = parameters.decode_as().map_err(|_| WHAT)?;
    let (Some(hash), Some(mask)) = (parameters.hash, parameters.mask) else {
        return Err(AlgorithmError::NotAcceptable("RSA PSS with SHA-1".to_owned()));
    };
    let hash = Hash::from_identifier(&hash)?;
    let inner = mask.parameters.filter(|_| mask.oid == MGF1).ok_or(WHAT)?;
    if Hash::from_identifier(&inner.decode_as().map_err(|_| WHAT)?)? != hash {
        return Err(AlgorithmError::NotAcceptable("RSA PSS with two different hashes".to_owned()));
    }
    match parameters.trailer {
        None | Some(1) => Ok(Scheme::RsaPss(hash, usize::from(parameters.salt.unwrap_or(20)))),
        Some(_) => Err(WHAT),
    }
}

/// A public key of an accepted kind.
#[derive(Debug, Clone)]
pub enum PublicKey {
    /// NIST P-256.
    P256(p256::ecdsa::VerifyingKey),
    /// NIST P-384.
    P384(p384::ecdsa::VerifyingKey),
    /// RSA of at least [`RSA_BITS`].
    Rsa(Box<rsa::PublicKey>),
}

impl PublicKey {
    /// The key in a certificate or a request.
    pub fn from_spki(spki: &SubjectPublicKeyInfoOwned) -> Result<Self, AlgorithmError> {
        let der = spki.to_der().map_err(|_| AlgorithmError::Malformed("public key"))?;
        let key = spki::SubjectPublicKeyInfoRef::try_from(der.as_slice());
        let key = key.map_err(|_| AlgorithmError::Malformed("public key"))?;
        match key.algorithm.oid {
            EC_PUBLIC_KEY => Self::on_curve(key),
            RSA_ENCRYPTION | RSA_PSS => Self::rsa(key.subject_public_key.as_bytes()),
            other => Err(AlgorithmError::NotAcceptable(name_of(other))),
        }
    }

    fn on_curve(key: spki::SubjectPublicKeyInfoRef<'_>) -> Result<Self, AlgorithmError> {
        const WHAT: AlgorithmError = AlgorithmError::Malformed("public key");
        match curve(&key.algorithm).ok_or(WHAT)? {
            P256 => key.try_into().map(Self::P256).map_err(|_| WHAT),
            P384 => key.try_into().map(Self::P384).map_err(|_| WHAT),
            other => Err(AlgorithmError::NotAcceptable(name_of(other))),
        }
    }

    fn rsa(der: Option<&[u8]>) -> Result<Self, AlgorithmError> {
        use rsa::pkcs1::DecodeRsaPublicKey;
        const WHAT: AlgorithmError = AlgorithmError::Malformed("RSA public key");
        let key = rsa::PublicKey::from_pkcs1_der(der.ok_or(WHAT)?).map_err(|_| WHAT)?;
        match key.n().bit_width_vartime() as usize {
            bits if bits < RSA_BITS => Err(AlgorithmError::NotAcceptable(format!("RSA {bits}"))),
            _ => Ok(Self::Rsa(Box::new(key))),
        }
    }

    /// As an auditor reads it, such as `ECDSA P-256` or `RSA 3072`.
    pub fn name(&self) -> String {
        match self {
            Self::P256(_) => "ECDSA P-256".to_owned(),
            Self::P384(_) => "ECDSA P-384".to_owned(),
            Self::Rsa(key) => format!("RSA {}", key.n().bit_width_vartime()),
        }
    }

    /// Whether `value` is this key's signature over `message`.
    pub fn verify(&self, scheme: Scheme, message: &[u8], value: &[u8]) -> Result<(), AlgorithmError> {
        let done = match (self, scheme) {
            (Self::P256(key), Scheme::Ecdsa(hash)) => p256::ecdsa::DerSignature::try_from(value)
                .and_then(|value| key.verify_prehash(&hash.digest(&[message]), &value)),
            (Self::P384(key), Scheme::Ecdsa(hash)) => p384::ecdsa::DerSignature::try_from(value)
                .and_then(|value| key.verify_prehash(&hash.digest(&[message]), &value)),
            (Self::Rsa(key), Scheme::RsaPkcs1(hash)) => pkcs1(key, hash, message, value),
            (Self::Rsa(key), Scheme::RsaPss(hash, salt)) => with_salt(key, hash, salt, message, value),
            _ => return Err(AlgorithmError::Mismatch),
        };
        done.map_err(|_| AlgorithmError::Mismatch)
    }
}

fn curve(algorithm: &AlgorithmIdentifierRef<'_>) -> Option<ObjectIdentifier> {
    algorithm.parameters_oid().ok()
}

fn pkcs1(key: &rsa::PublicKey, hash: Hash, message: &[u8], value: &[u8]) -> signature::Result<()> {
    use rsa::pkcs1v15::{Signature, VerifyingKey};
    let (key, value) = (key.clone(), Signature::try_from(value)?);
    match hash {
        Hash::Sha256 => VerifyingKey::<Sha256>::new(key).verify(message, &value),
        Hash::Sha384 => VerifyingKey::<Sha384>::new(key).verify(message, &value),
        Hash::Sha512 => VerifyingKey::<Sha512>::new(key).verify(message, &value),
    }
}

fn with_salt(key: &rsa::PublicKey, hash: Hash, salt: usize, message: &[u8], value: &[u8]) -> signature::Result<()> {
    use rsa::pss::{Signature, VerifyingKey};
    let (key, value) = (key.clone(), Signature::try_from(value)?);
    match hash {
        Hash::Sha256 => VerifyingKey::<Sha256>::new_with_salt_len(key, salt).verify(message, &value),
        Hash::Sha384 => VerifyingKey::<Sha384>::new_with_salt_len(key, salt).verify(message, &value),
        Hash::Sha512 => VerifyingKey::<Sha512>::new_with_salt_len(key, salt).verify(message, &value),
    }
}
