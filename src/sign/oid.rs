//! Object identifiers: the one place for those that are written, accepted, or known by name.

use der::asn1::ObjectIdentifier;

const fn oid(dotted: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(dotted)
}

// Content and attributes of CMS (RFC 5652).

/// `id-data`: the content is bytes.
pub const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
/// `id-signedData`.
pub const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
/// `id-contentType`.
pub const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
/// `id-messageDigest`.
pub const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
/// `id-signingTime`.
pub const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
/// `id-aa-signingCertificateV2` (RFC 5035).
pub const SIGNING_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");
/// `id-aa-contentHint` (RFC 2634).
pub const CONTENT_HINTS: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.4");
/// `id-aa-timeStampToken` (RFC 3161).
pub const TIME_STAMP: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.14");
/// `id-ct-TSTInfo` (RFC 3161).
pub const TIME_STAMP_INFO: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.4");

// Keys, curves and hashes.

/// RSA keys, and PKCS#1 v1.5 without a hash.
pub const RSA_ENCRYPTION: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
/// RSA PSS.
pub const RSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
/// The mask generation function of PSS.
pub const MGF1: ObjectIdentifier = oid("1.2.840.113549.1.1.8");
/// Keys on elliptic curves.
pub const EC_PUBLIC_KEY: ObjectIdentifier = oid("1.2.840.10045.2.1");
/// The curve P-256.
pub const P256: ObjectIdentifier = oid("1.2.840.10045.3.1.7");
/// The curve P-384.
pub const P384: ObjectIdentifier = oid("1.3.132.0.34");
/// SHA-1, which OCSP names certificates by.
pub const SHA_1: ObjectIdentifier = oid("1.3.14.3.2.26");
/// SHA-256.
pub const SHA_256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
/// SHA-384.
pub const SHA_384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
/// SHA-512.
pub const SHA_512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.3");
/// ECDSA with SHA-256.
pub const ECDSA_SHA_256: ObjectIdentifier = oid("1.2.840.10045.4.3.2");
/// ECDSA with SHA-384.
pub const ECDSA_SHA_384: ObjectIdentifier = oid("1.2.840.10045.4.3.3");
/// ECDSA with SHA-512.
pub const ECDSA_SHA_512: ObjectIdentifier = oid("1.2.840.10045.4.3.4");
/// RSA PKCS#1 v1.5 with SHA-256.
pub const RSA_SHA_256: ObjectIdentifier = oid("1.2.840.113549.1.1.11");
/// RSA PKCS#1 v1.5 with SHA-384.
pub const RSA_SHA_384: ObjectIdentifier = oid("1.2.840.113549.1.1.12");
/// RSA PKCS#1 v1.5 with SHA-512.
pub const RSA_SHA_512: ObjectIdentifier = oid("1.2.840.113549.1.1.13");

// Names and extensions of certificates (RFC 5280).

/// The common name.
pub const COMMON_NAME: ObjectIdentifier = oid("2.5.4.3");
/// The organization.
pub const ORGANIZATION: ObjectIdentifier = oid("2.5.4.10");
/// The issuing distribution point of a revocation list.
pub const ISSUING_POINT: ObjectIdentifier = oid("2.5.29.28");
/// Access to an OCSP responder.
pub const OCSP: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1");
/// Access to the issuer's certificate.
pub const ISSUERS: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.2");
/// The basic OCSP response (RFC 6960).
pub const OCSP_BASIC: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.1");
/// Extended key usage: timestamps.
pub const FOR_TIME_STAMPS: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.8");
/// Extended key usage: OCSP responses.
pub const FOR_OCSP: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.9");

/// Extensions that this program understands, so that they may be critical: key identifiers, key usage, alternative names,
/// basic constraints, name constraints, policies, extended key usage.
pub const UNDERSTOOD: [ObjectIdentifier; 8] = [
    oid("2.5.29.14"),
    oid("2.5.29.15"),
    oid("2.5.29.17"),
    oid("2.5.29.19"),
    oid("2.5.29.30"),
    oid("2.5.29.32"),
    oid("2.5.29.35"),
    oid("2.5.29.37"),
];

/// Extended key usages that allow documents to be signed: any, e-mail protection, document signing (RFC 9336, Microsoft's,
/// Adobe's).
pub const FOR_DOCUMENTS: [ObjectIdentifier; 5] = [
    oid("2.5.29.37.0"),
    oid("1.3.6.1.5.5.7.3.4"),
    oid("1.3.6.1.5.5.7.3.36"),
    oid("1.3.6.1.4.1.311.10.3.12"),
    oid("1.2.840.113583.1.1.5"),
];

/// The usual names of algorithms that are refused most often.
const REFUSED: [(ObjectIdentifier, &str); 16] = [
    (SHA_1, "SHA-1"),
    (oid("1.2.840.113549.2.5"), "MD5"),
    (oid("2.16.840.1.101.3.4.2.4"), "SHA-224"),
    (oid("1.2.840.113549.1.1.4"), "RSA with MD5"),
    (oid("1.2.840.113549.1.1.5"), "RSA with SHA-1"),
    (oid("1.2.840.113549.1.1.14"), "RSA with SHA-224"),
    (oid("1.2.840.10045.4.1"), "ECDSA with SHA-1"),
    (oid("1.2.840.10045.4.3.1"), "ECDSA with SHA-224"),
    (oid("1.2.840.10040.4.1"), "DSA"),
    (oid("1.2.840.10040.4.3"), "DSA"),
    (oid("2.16.840.1.101.3.4.3.2"), "DSA"),
    (oid("1.3.132.0.35"), "ECDSA P-521"),
    (oid("1.3.132.0.33"), "ECDSA P-224"),
    (oid("1.3.132.0.10"), "ECDSA secp256k1"),
    (oid("1.3.101.112"), "Ed25519"),
    (oid("1.3.101.113"), "Ed448"),
];

/// The usual name of an algorithm that is refused; the bare object identifier where it is not one of the usual ones.
pub fn name_of(algorithm: ObjectIdentifier) -> String {
    let known = REFUSED.iter().find(|(known, _)| *known == algorithm);
    known.map_or_else(|| format!("the algorithm {algorithm}"), |(_, name)| (*name).to_owned())
}
