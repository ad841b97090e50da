//! The attributes that name the certificates of a signature by their hashes (ESS, RFC 5035), and what is signed (RFC 2634).

use der::asn1::{ObjectIdentifier, OctetString, Utf8StringRef};
use der::{Any, Decode, Encode, Reader, Sequence, SliceReader};
use spki::AlgorithmIdentifierOwned;

/// `SigningCertificateV2`: the certificates by which a signature is to be checked, the signer's first.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct SigningCertificate {
    /// The hashes.
    pub certs: Vec<CertificateId>,
    /// Never used here.
    #[asn1(optional = "true")]
    pub policies: Option<Any>,
}

/// `ESSCertIDv2`.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct CertificateId {
    /// The hash function; SHA-256 when absent.
    #[asn1(optional = "true")]
    pub algorithm: Option<AlgorithmIdentifierOwned>,
    /// The hash of the certificate's DER.
    pub hash: OctetString,
    /// Issuer and serial number, which the hash makes superfluous.
    #[asn1(optional = "true")]
    pub issuer_serial: Option<Any>,
}

/// `ContentHints`: what the signed content is called, and its type.
///
/// # Errors
/// Where the name is too long to be written.
pub fn content_hints(name: &str, content: ObjectIdentifier) -> der::Result<Any> {
    let hints = ContentHints { description: Utf8StringRef::new(name)?, content };
    Any::from_der(&hints.to_der()?)
}

/// What the content is called by `hints`, where they say so.
pub fn called(hints: &Any) -> Option<String> {
    let der = hints.to_der().ok()?;
    let mut reader = SliceReader::new(&der).ok()?;
    let found: ContentHints<'_> = reader.decode().ok()?;
    Some(found.description.as_str().to_owned())
}

#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
struct ContentHints<'a> {
    description: Utf8StringRef<'a>,
    content: ObjectIdentifier,
}
