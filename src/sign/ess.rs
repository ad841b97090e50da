//! The attribute that names the certificates of a signature by their hashes (ESS, RFC 5035).

use der::asn1::OctetString;
use der::{Any, Sequence};
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
