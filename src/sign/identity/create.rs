//! A self-made identity: a new key and a certificate that it signs itself. It proves integrity, not who the owner is.

use chrono::{DateTime, Months, Utc};
use der::asn1::{BitString, ContextSpecific, Ia5String, ObjectIdentifier, OctetString, SetOfVec, Utf8StringRef};
use der::flagset::FlagSet;
use der::{Any, Decode, Encode, Sequence, TagMode, TagNumber};
use sha2::{Digest, Sha256};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, Extensions, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

use super::Identity;
use crate::defect::Defect;
use crate::sign::certificate::der_time;
use crate::sign::key::{Algorithm, PrivateKey};
use crate::sign::oid::{COMMON_NAME, ORGANIZATION};
use crate::sign::{SignError, encoding};

/// The upper bound of X.520 for names and organizations, in characters.
const LONGEST: usize = 64;

/// Who a new identity speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The common name, 1 to 64 characters.
    pub name: String,
    /// The organization, up to 64 characters.
    pub organization: Option<String>,
    /// An address, ASCII with one `@`.
    pub email: Option<String>,
}

/// The part of a certificate that is signed, with fields that can be filled.
#[derive(Sequence)]
struct ToBeSigned {
    version: ContextSpecific<u8>,
    serial_number: SerialNumber,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Validity,
    subject: Name,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    extensions: ContextSpecific<Extensions>,
}

#[derive(Sequence)]
struct Signed {
    tbs: ToBeSigned,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

impl Subject {
    /// The distinguished name: common name and organization. The address is in the alternative name.
    ///
    /// # Errors
    /// When a part is empty, too long or not an address.
    pub fn distinguished_name(&self) -> Result<Name, SignError> {
        check_text("name", &self.name)?;
        let mut parts = Vec::new();
        if let Some(organization) = &self.organization {
            check_text("organization", organization)?;
            parts.push(part(ORGANIZATION, organization)?);
        }
        parts.push(part(COMMON_NAME, &self.name)?);
        let der = parts.to_der().map_err(encoding("name"))?;
        Name::from_der(&der).map_err(encoding("name"))
    }

    fn alternative_name(&self) -> Result<Option<SubjectAltName>, SignError> {
        let Some(email) = &self.email else { return Ok(None) };
        let bad = SignError::BadSubject { field: "email", problem: "is not an address; write it as name@example.org" };
        let halves = email.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty());
        let plain = email.chars().all(|c| c.is_ascii_graphic());
        match (halves, Ia5String::new(email)) {
            (Some((_, host)), Ok(text)) if plain && !host.contains('@') => {
                Ok(Some(SubjectAltName(vec![GeneralName::Rfc822Name(text)])))
            }
            _ => Err(bad),
        }
    }
}

fn check_text(field: &'static str, text: &str) -> Result<(), SignError> {
    let problem = match text.chars().count() {
        _ if text.trim().is_empty() => "is empty",
        _ if text.chars().any(char::is_control) => "holds a control character",
        count if count > LONGEST => "is longer than 64 characters",
        _ => return Ok(()),
    };
    Err(SignError::BadSubject { field, problem })
}

fn part(oid: ObjectIdentifier, text: &str) -> Result<SetOfVec<AttributeTypeAndValue>, SignError> {
    let text = Utf8StringRef::new(text).map_err(encoding("name"))?;
    let value = Any::encode_from(&text).map_err(encoding("name"))?;
    SetOfVec::try_from(vec![AttributeTypeAndValue { oid, value }]).map_err(encoding("name"))
}

impl Identity {
    /// A new key and its self-signed certificate, valid from `now` for `years` years.
    ///
    /// # Errors
    /// When the subject cannot be stated, the time is out of range, or the system gives no randomness.
    pub fn create(subject: &Subject, algorithm: Algorithm, now: DateTime<Utc>, years: u32) -> Result<Self, SignError> {
        let key = PrivateKey::generate(algorithm)?;
        let certificate = self_signed(&key, subject, now, years)?;
        Self::new(key, vec![certificate])
    }
}

fn self_signed(key: &PrivateKey, subject: &Subject, now: DateTime<Utc>, years: u32) -> Result<Certificate, SignError> {
    let name = subject.distinguished_name()?;
    let algorithm = key.scheme().identifier().ok_or(SignError::KeyNotAccepted)?;
    let spki = key.public()?;
    let tbs = ToBeSigned {
        version: explicit(0, 2),
        serial_number: serial_number()?,
        signature: algorithm.clone(),
        issuer: name.clone(),
        validity: years_from(now, years)?,
        extensions: explicit(3, extensions(subject, &name, &spki)?),
        subject: name,
        subject_public_key_info: spki,
    };
    let value = key.sign(&tbs.to_der().map_err(encoding("certificate"))?)?;
    let signature = BitString::from_bytes(&value).map_err(encoding("certificate"))?;
    let der = Signed { tbs, algorithm, signature }.to_der().map_err(encoding("certificate"))?;
    Certificate::from_der(&der).map_err(encoding("certificate"))
}

fn explicit<T>(number: u32, value: T) -> ContextSpecific<T> {
    ContextSpecific { tag_number: TagNumber(number), tag_mode: TagMode::Explicit, value }
}

fn serial_number() -> Result<SerialNumber, SignError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| SignError::Random)?;
    // Neither negative nor with leading zeros, so that every reader prints the same digits.
    bytes[0] = bytes[0] & 0x7f | 0x40;
    SerialNumber::new(&bytes).map_err(encoding("serial number"))
}

fn years_from(now: DateTime<Utc>, years: u32) -> Result<Validity, SignError> {
    let bad = || SignError::BadTime(now.to_rfc3339());
    let end = years.checked_mul(12).and_then(|months| now.checked_add_months(Months::new(months))).ok_or_else(bad)?;
    let time = |at| der_time(at).map(Time::from).ok_or_else(bad);
    Ok(Validity::new(time(now)?, time(end)?))
}

/// Signatures that commit the signer.
pub(super) fn usage() -> KeyUsage {
    let usage: FlagSet<KeyUsages> = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation;
    KeyUsage(usage)
}

/// Not a CA, for signatures that commit the signer; the key identifiers are SHA-256 cut to 160 bits (RFC 7093).
fn extensions(subject: &Subject, name: &Name, spki: &SubjectPublicKeyInfoOwned) -> Result<Extensions, SignError> {
    let bits = spki.subject_public_key.as_bytes().ok_or(Defect("a public key is not a number of whole bytes"))?;
    let digest = Sha256::digest(bits);
    let id = OctetString::new(&digest[..20]).map_err(encoding("certificate"))?;
    let authority = AuthorityKeyIdentifier { key_identifier: Some(id.clone()), ..AuthorityKeyIdentifier::default() };
    let mut list = vec![
        (true, &BasicConstraints { ca: false, path_len_constraint: None }).to_extension(name, &[]),
        (true, &usage()).to_extension(name, &[]),
        (false, &SubjectKeyIdentifier(id)).to_extension(name, &[]),
        (false, &authority).to_extension(name, &[]),
    ];
    if let Some(alternative) = subject.alternative_name()? {
        list.push((false, &alternative).to_extension(name, &[]));
    }
    list.into_iter().collect::<Result<Vec<Extension>, _>>().map_err(encoding("certificate"))
}
