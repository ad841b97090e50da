//! What is asked of a certificate: whose it is, from when to when, for what, by whom, and its fingerprint.

use chrono::{DateTime, Utc};
use der::asn1::{Ia5StringRef, PrintableStringRef, TeletexStringRef, Utf8StringRef};
use der::{Decode, Encode};
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
use x509_cert::name::Name;
use x509_cert::time::Time;

use super::algorithm::{AlgorithmError, PublicKey, Scheme};
use super::oid::{COMMON_NAME, ORGANIZATION};
use crate::defect::Defect;

/// SHA-256 over the certificate's DER, 64 lower-case hexadecimal digits: what an auditor compares.
///
/// # Errors
/// [`Defect`] where a certificate that was read cannot be written.
pub fn fingerprint(certificate: &Certificate) -> Result<String, Defect> {
    let der = certificate.to_der().map_err(|_| Defect("a certificate that was read cannot be written"))?;
    Ok(hex(&Sha256::digest(der)))
}

/// SHA-256 over the bits of the public key, 64 lower-case hexadecimal digits: the same for every certificate of that key.
pub fn key_sha256(certificate: &Certificate) -> String {
    hex(&Sha256::digest(certificate.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes()))
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name by which people know the subject: the common name, else the organization, else the whole distinguished name.
pub fn display_name(name: &Name) -> String {
    let part = |oid| name.iter().find(|part| part.oid == oid).and_then(|part| text(&part.value));
    part(COMMON_NAME).or_else(|| part(ORGANIZATION)).unwrap_or_else(|| name.to_string())
}

/// The subject's organization, if the certificate names one.
pub fn organization(name: &Name) -> Option<String> {
    name.iter().find(|part| part.oid == ORGANIZATION).and_then(|part| text(&part.value))
}

fn text(value: &der::Any) -> Option<String> {
    let utf8 = Utf8StringRef::try_from(value).map(|text| text.as_str().to_owned());
    let printable = || PrintableStringRef::try_from(value).map(|text| text.as_str().to_owned());
    let ia5 = || Ia5StringRef::try_from(value).map(|text| text.as_str().to_owned());
    let teletex = || TeletexStringRef::try_from(value).map(|text| text.as_str().to_owned());
    utf8.or_else(|_| printable()).or_else(|_| ia5()).or_else(|_| teletex()).ok()
}

/// The first and the last instant of validity.
pub fn validity(certificate: &Certificate) -> (DateTime<Utc>, DateTime<Utc>) {
    let validity = certificate.tbs_certificate().validity();
    (instant(validity.not_before), instant(validity.not_after))
}

/// A time of a certificate or a list; one beyond what can be known is the last that can.
pub(super) fn instant(time: Time) -> DateTime<Utc> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A time as DER knows it, to the second.
pub fn der_time(at: DateTime<Utc>) -> Option<der::DateTime> {
    let seconds = u64::try_from(at.timestamp()).ok()?;
    der::DateTime::from_unix_duration(std::time::Duration::from_secs(seconds)).ok()
}

/// Whether the key usage, where stated, allows signatures on documents.
pub fn may_sign_documents(certificate: &Certificate) -> bool {
    match certificate.tbs_certificate().get_extension::<KeyUsage>() {
        Ok(Some((_, usage))) => usage.digital_signature() || usage.non_repudiation(),
        Ok(None) => true,
        Err(_) => false,
    }
}

/// Whether it may issue certificates: a CA by its basic constraints and, where stated, its key usage.
pub fn may_issue(certificate: &Certificate) -> bool {
    let tbs = certificate.tbs_certificate();
    let authority = matches!(tbs.get_extension::<BasicConstraints>(), Ok(Some((_, constraints))) if constraints.ca);
    let usage = match tbs.get_extension::<KeyUsage>() {
        Ok(Some((_, usage))) => usage.key_cert_sign(),
        Ok(None) => true,
        Err(_) => false,
    };
    authority && usage
}

/// How many CA certificates may stand between it and the signer's; `None` where not limited.
pub fn path_length(certificate: &Certificate) -> Option<u8> {
    let constraints = certificate.tbs_certificate().get_extension::<BasicConstraints>().ok().flatten();
    constraints.and_then(|(_, constraints)| constraints.path_len_constraint)
}

/// Whether subject and issuer are the same name.
pub fn is_self_issued(certificate: &Certificate) -> bool {
    certificate.tbs_certificate().subject() == certificate.tbs_certificate().issuer()
}

/// Checks that `issuer`'s key made the signature of `certificate`, by an accepted algorithm, and that the names agree.
///
/// # Errors
/// When the names differ, the key or the algorithm is not acceptable, or the signature is not of that key.
pub fn issued_by(certificate: &Certificate, issuer: &Certificate) -> Result<(), AlgorithmError> {
    const WHAT: AlgorithmError = AlgorithmError::Malformed("certificate");
    let tbs = certificate.tbs_certificate();
    if tbs.issuer() != issuer.tbs_certificate().subject() {
        return Err(AlgorithmError::Mismatch);
    }
    if tbs.signature() != certificate.signature_algorithm() {
        return Err(WHAT);
    }
    let scheme = Scheme::from_identifier(tbs.signature(), None)?;
    let key = PublicKey::from_spki(issuer.tbs_certificate().subject_public_key_info())?;
    let value = certificate.signature().as_bytes().ok_or(WHAT)?;
    key.verify(scheme, &tbs.to_der().map_err(|_| WHAT)?, value)
}

/// The certificate in `der`, with nothing after it.
pub fn from_der(der: &[u8]) -> Option<Certificate> {
    Certificate::from_der(der).ok()
}
