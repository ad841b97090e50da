//! Detached CMS signatures (RFC 5652) with the CAdES attributes: content type, message digest, the signing certificate's
//! hash (ESS, RFC 5035) and, outside PDF, the signing time. The whole chain is included.

use std::io::{self, Read};

use chrono::{DateTime, Utc};
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedAttributes, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
    UnsignedAttributes,
};
use der::asn1::{ObjectIdentifier, OctetString, SetOfVec};
use der::{Any, Decode, Encode};
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::time::Time;

use super::algorithm::Hash;
use super::certificate::der_time;
use super::ess::{CertificateId, SigningCertificate, content_hints};
use super::identity::Identity;
use super::oid::{
    CONTENT_HINTS, CONTENT_TYPE, DATA, MESSAGE_DIGEST, SIGNED_DATA, SIGNING_CERTIFICATE, SIGNING_TIME, TIME_STAMP,
};
use super::{SignError, Signing, encoding};

/// A CAdES signature over `content`, kept beside it: the DER of a `.p7s`.
///
/// # Errors
/// When the key fails, the time cannot be stated, or a stamp that was asked for could not be obtained.
pub fn detached(content: &[u8], signing: &Signing<'_>) -> Result<Vec<u8>, SignError> {
    over(&[content], signing, Some(signing.at))
}

/// The same over content of this SHA-256. What `open` gives is read only where the key is used with another hash.
///
/// # Errors
/// As [`detached`], and where the content cannot be read.
pub fn detached_of<R: Read>(
    sha256: &[u8; 32],
    open: impl FnOnce() -> io::Result<R>,
    signing: &Signing<'_>,
) -> Result<Vec<u8>, SignError> {
    let digest = match hash(signing) {
        Hash::Sha256 => sha256.to_vec(),
        other => open().and_then(|content| other.digest_of(content)).map_err(SignError::Content)?,
    };
    of_digest(digest, signing, Some(signing.at))
}

/// A signature over `parts` one after the other; without a signing time `at` it is as PAdES asks for it.
pub(super) fn over(parts: &[&[u8]], signing: &Signing<'_>, at: Option<DateTime<Utc>>) -> Result<Vec<u8>, SignError> {
    of_digest(hash(signing).digest(parts), signing, at)
}

fn hash(signing: &Signing<'_>) -> Hash {
    signing.identity.key().scheme().hash()
}

fn of_digest(digest: Vec<u8>, signing: &Signing<'_>, at: Option<DateTime<Utc>>) -> Result<Vec<u8>, SignError> {
    let identity = signing.identity;
    // PAdES has no place for a name, as it has none for a time.
    let attributes = attributes(digest, identity.chain(), at, signing.name.filter(|_| at.is_some()))?;
    let value = identity.key().sign(&attributes.to_der().map_err(encoding("signed attributes"))?)?;
    let token = signing.authority.map(|authority| authority.stamp(&[&value], signing.at)).transpose()?;
    let info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(issuer_and_serial(identity.certificate())),
        digest_alg: hash(signing).identifier(),
        signed_attrs: Some(attributes),
        signature_algorithm: identity.key().scheme().identifier().ok_or(SignError::KeyNotAccepted)?,
        signature: OctetString::new(value).map_err(encoding("signature"))?,
        unsigned_attrs: token.map(|token| stamp_attribute(&token)).transpose().map_err(encoding("timestamp"))?,
    };
    message(identity, info).map_err(encoding("signature"))
}

fn stamp_attribute(token: &[u8]) -> der::Result<UnsignedAttributes> {
    SetOfVec::try_from(vec![attribute(TIME_STAMP, Any::from_der(token))?])
}

fn message(identity: &Identity, info: SignerInfo) -> Result<Vec<u8>, der::Error> {
    let certificates = identity.chain().iter().cloned().map(CertificateChoices::Certificate).collect::<Vec<_>>();
    let data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![info.digest_alg.clone()])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: DATA, econtent: None },
        certificates: Some(CertificateSet::try_from(certificates)?),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![info])?,
    };
    ContentInfo { content_type: SIGNED_DATA, content: Any::encode_from(&data)? }.to_der()
}

fn issuer_and_serial(certificate: &Certificate) -> IssuerAndSerialNumber {
    let tbs = certificate.tbs_certificate();
    IssuerAndSerialNumber { issuer: tbs.issuer().clone(), serial_number: tbs.serial_number().clone() }
}

fn attributes(
    digest: Vec<u8>,
    chain: &[Certificate],
    at: Option<DateTime<Utc>>,
    name: Option<&str>,
) -> Result<SignedAttributes, SignError> {
    let what = encoding("signed attributes");
    let digest = OctetString::new(digest).map_err(&what)?;
    let mut list = vec![
        attribute(CONTENT_TYPE, Any::encode_from(&DATA)).map_err(&what)?,
        attribute(MESSAGE_DIGEST, Any::encode_from(&digest)).map_err(&what)?,
        attribute(SIGNING_CERTIFICATE, Any::encode_from(&signing_certificate(chain)?)).map_err(&what)?,
    ];
    if let Some(at) = at {
        let time = der_time(at).map(Time::from).ok_or_else(|| SignError::BadTime(at.to_rfc3339()))?;
        list.push(attribute(SIGNING_TIME, Any::encode_from(&time)).map_err(&what)?);
    }
    if let Some(name) = name {
        list.push(attribute(CONTENT_HINTS, content_hints(name, DATA)).map_err(&what)?);
    }
    SetOfVec::try_from(list).map_err(&what)
}

fn attribute(oid: ObjectIdentifier, value: der::Result<Any>) -> der::Result<Attribute> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value?])? })
}

/// Names the whole chain, the signer's certificate first, so that no byte of it can be changed unnoticed even where no verifier
/// asks for a root.
fn signing_certificate(chain: &[Certificate]) -> Result<SigningCertificate, SignError> {
    let id = |entry: &Certificate| {
        let hash = OctetString::new(Sha256::digest(entry.to_der()?).to_vec())?;
        // SHA-256 is the default and so, in DER, is left out.
        Ok(CertificateId { algorithm: None, hash, issuer_serial: None })
    };
    let certs = chain.iter().map(id).collect::<der::Result<Vec<_>>>().map_err(encoding("signed attributes"))?;
    Ok(SigningCertificate { certs, policies: None })
}

/// The upper bound of the size of a signature, in bytes; the same for the same chain.
pub(super) fn largest(signing: &Signing<'_>) -> Result<usize, SignError> {
    room(signing.identity.chain(), signing.authority.is_some()).map_err(encoding("certificate"))
}

/// The room that is left in a PDF for a signature of this chain, in bytes. It is signed, so it shows later whether there was
/// to be a timestamp in it.
///
/// # Errors
/// When a certificate cannot be encoded.
pub fn room(chain: &[Certificate], stamped: bool) -> der::Result<usize> {
    let chain = chain.iter().map(|entry| entry.encoded_len().map(|length| u32::from(length) as usize));
    // Names, attributes and an RSA value of up to 1,024 bytes.
    Ok(chain.sum::<Result<usize, _>>()? + 4096 + if stamped { super::timestamp::LONGEST } else { 0 })
}
