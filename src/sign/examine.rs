//! One CMS signature against the content that it should be of. Whatever is not pinned down by the signature itself is
//! refused: a second signer, revocation lists, attributes that are not signed, certificates that lead nowhere.

use std::io::Read;

use chrono::{DateTime, Utc};
use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use x509_cert::Certificate;
use x509_cert::attr::Attributes;

use super::algorithm::{Hash, PublicKey, Scheme};
use super::certificate;
use super::chain::in_order;
use super::ess;
use super::oid::{CONTENT_HINTS, CONTENT_TYPE, DATA, MESSAGE_DIGEST, SIGNED_DATA, TIME_STAMP, TIME_STAMP_INFO};

mod attributes;

use attributes::{CERTIFICATES, attribute, names_certificates, required, signing_time};

/// No honest signature is longer.
const LONGEST: usize = 1 << 20;

/// A signature that could be read.
#[derive(Debug, Clone)]
pub struct Examined {
    /// Whether the content is what was signed; the reason where it is not.
    pub intact: Result<(), String>,
    /// Whether the signature value is that of the certificate's key, and everything about it acceptable.
    pub valid: Result<(), String>,
    /// The signer's certificate and those above it, in order; never empty.
    pub chain: Vec<Certificate>,
    /// The time in the signed attributes.
    pub signing_time: Option<DateTime<Utc>>,
    /// The signature value, which a timestamp is of.
    pub value: Vec<u8>,
    /// The timestamp on it, in DER.
    pub stamp: Option<Vec<u8>>,
}

/// Reads the detached signature `der` and checks it against `content`, whose parts follow one another.
///
/// # Errors
/// Why it cannot even be read, in words.
pub fn examine(der: &[u8], content: &[&[u8]]) -> Result<Examined, String> {
    examine_plain(der, |hash| Ok(hash.digest(content)))
}

/// The same against all that `content` gives, which is not held in memory.
///
/// # Errors
/// Why either cannot even be read, in words.
pub fn examine_from(der: &[u8], content: impl Read) -> Result<Examined, String> {
    examine_plain(der, |hash| hash.digest_of(content).map_err(|error| format!("it cannot be read: {error}")))
}

fn examine_plain(der: &[u8], digest: impl FnOnce(Hash) -> Result<Vec<u8>, String>) -> Result<Examined, String> {
    let data = signed_data(der)?;
    let plain = data.encap_content_info.econtent.is_none() && data.encap_content_info.econtent_type == DATA;
    if !plain || data.version != CmsVersion::V1 {
        return Err("the CMS message is not a plain detached signature".to_owned());
    }
    examine_data(&data, DATA, digest)
}

/// Reads a timestamp token, whose content is inside it; gives that content as well.
///
/// # Errors
/// Why it cannot even be read, in words.
pub fn examine_stamp(der: &[u8]) -> Result<(Examined, Vec<u8>), String> {
    const WHAT: &str = "the timestamp does not hold what a timestamp should";
    let data = signed_data(der)?;
    let content = data.encap_content_info.econtent.as_ref().ok_or(WHAT)?;
    let content: OctetString = content.decode_as().map_err(|_| WHAT)?;
    if data.encap_content_info.econtent_type != TIME_STAMP_INFO || data.version != CmsVersion::V3 {
        return Err(WHAT.to_owned());
    }
    let examined = examine_data(&data, TIME_STAMP_INFO, |hash| Ok(hash.digest(&[content.as_bytes()])))?;
    match examined.stamp {
        None => Ok((examined, content.into_bytes().into_vec())),
        Some(_) => Err("the timestamp is stamped itself".to_owned()),
    }
}

fn examine_data(
    data: &SignedData,
    kind: ObjectIdentifier,
    content: impl FnOnce(Hash) -> Result<Vec<u8>, String>,
) -> Result<Examined, String> {
    let info = only_signer(data)?;
    let chain = chain_of(data, info)?;
    let attributes = info.signed_attrs.as_ref().ok_or("its signed attributes were stripped")?;
    let digest: OctetString = required(attributes, MESSAGE_DIGEST, "message digest")?;
    let (intact, valid) = match Hash::from_identifier(&info.digest_alg) {
        Ok(hash) => {
            let valid = value_is_good(info, attributes, hash, kind, &chain);
            (same(&content(hash)?, digest.as_bytes()), valid)
        }
        Err(problem) => (Err(problem.to_string()), Err(problem.to_string())),
    };
    let signing_time = signing_time(attributes)?;
    let value = info.signature.as_bytes().to_vec();
    Ok(Examined { intact, valid, chain, signing_time, value, stamp: stamp_of(info)? })
}

fn same(digest: &[u8], signed: &[u8]) -> Result<(), String> {
    if digest == signed { Ok(()) } else { Err("the content is not what was signed".to_owned()) }
}

fn signed_data(der: &[u8]) -> Result<SignedData, String> {
    if der.len() > LONGEST {
        return Err("the signature is longer than 1 MiB".to_owned());
    }
    let unreadable = |_| "the signature is not a CMS message in DER".to_owned();
    let message = ContentInfo::from_der(der).map_err(unreadable)?;
    if message.content_type != SIGNED_DATA {
        return Err("the CMS message is not a signature".to_owned());
    }
    let data: SignedData = message.content.decode_as().map_err(unreadable)?;
    match data.crls {
        None => Ok(data),
        Some(_) => Err("it carries revocation lists".to_owned()),
    }
}

fn only_signer(data: &SignedData) -> Result<&SignerInfo, String> {
    let [info] = data.signer_infos.0.as_slice() else {
        return Err(format!("it has {} signers where one is expected", data.signer_infos.0.len()));
    };
    // A stamp is made by others, of whom some write the parameters of a hash as NULL in one place and leave them out in another.
    let is_stamp = data.encap_content_info.econtent_type == TIME_STAMP_INFO;
    let same = match data.digest_algorithms.as_slice() {
        [only] if is_stamp => Hash::from_identifier(only) == Hash::from_identifier(&info.digest_alg),
        listed => listed == [info.digest_alg.clone()],
    };
    if !same || info.version != CmsVersion::V1 {
        return Err("the CMS message contradicts itself".to_owned());
    }
    Ok(info)
}

/// A timestamp token, and the signature value that it is of.
type TokenAndValue = (Vec<u8>, Vec<u8>);

/// The timestamp inside the signature `der`, if any, and the signature value that it is of. Nothing is checked.
///
/// # Errors
/// Why it cannot be read, in words.
pub(super) fn stamp_inside(der: &[u8]) -> Result<Option<TokenAndValue>, String> {
    let data = signed_data(der)?;
    let info = only_signer(&data)?;
    Ok(stamp_of(info)?.map(|token| (token, info.signature.as_bytes().to_vec())))
}

/// What the signed content is called by the signature `der`, where it says so. Nothing is checked.
pub fn called(der: &[u8]) -> Option<String> {
    let data = signed_data(der).ok()?;
    let info = only_signer(&data).ok()?;
    ess::called(attribute(info.signed_attrs.as_ref()?, CONTENT_HINTS).ok()??)
}

/// The one attribute that need not be signed: the timestamp.
fn stamp_of(info: &SignerInfo) -> Result<Option<Vec<u8>>, String> {
    const WHAT: &str = "it carries attributes that are not signed";
    let Some(attributes) = &info.unsigned_attrs else { return Ok(None) };
    let [only] = attributes.as_slice() else { return Err(WHAT.to_owned()) };
    match only.values.as_slice() {
        [token] if only.oid == TIME_STAMP => token.to_der().map(Some).map_err(|_| WHAT.to_owned()),
        _ => Err(WHAT.to_owned()),
    }
}

/// The certificates in order, the signer's first; every one must be part of the chain.
fn chain_of(data: &SignedData, info: &SignerInfo) -> Result<Vec<Certificate>, String> {
    let SignerIdentifier::IssuerAndSerialNumber(wanted) = &info.sid else {
        return Err("it does not name its signer by issuer and serial number".to_owned());
    };
    let choices = data.certificates.as_ref().map(|set| set.0.as_slice()).unwrap_or_default();
    let mut pool = Vec::new();
    for choice in choices.iter().take(CERTIFICATES + 1) {
        let CertificateChoices::Certificate(entry) = choice else {
            return Err("it holds a certificate of an unknown form".to_owned());
        };
        pool.push(entry.clone());
    }
    if pool.len() > CERTIFICATES {
        return Err(format!("it holds more than {CERTIFICATES} certificates"));
    }
    let matches = |entry: &Certificate| {
        let tbs = entry.tbs_certificate();
        *tbs.issuer() == wanted.issuer && *tbs.serial_number() == wanted.serial_number
    };
    let place = pool.iter().position(matches).ok_or("it holds no certificate of its signer")?;
    let signer = pool.swap_remove(place);
    in_order(signer, pool).map_err(|problem| problem.to_string())
}

/// The signature value, and the attributes that bind it to the certificate.
fn value_is_good(
    info: &SignerInfo,
    attributes: &Attributes,
    hash: Hash,
    kind: ObjectIdentifier,
    chain: &[Certificate],
) -> Result<(), String> {
    let signer = chain.first().ok_or("it holds no certificate of its signer")?;
    let content_type: ObjectIdentifier = required(attributes, CONTENT_TYPE, "content type")?;
    if content_type != kind {
        return Err("its content type is another than it says".to_owned());
    }
    names_certificates(attributes, chain)?;
    let scheme = Scheme::from_identifier(&info.signature_algorithm, Some(hash)).map_err(|why| why.to_string())?;
    if scheme.hash() != hash {
        return Err("its two hash functions differ".to_owned());
    }
    let key =
        PublicKey::from_spki(signer.tbs_certificate().subject_public_key_info()).map_err(|why| why.to_string())?;
    let message = attributes.to_der().map_err(|_| "its signed attributes cannot be read")?;
    key.verify(scheme, &message, info.signature.as_bytes()).map_err(|why| why.to_string())?;
    match certificate::may_sign_documents(signer) {
        true => Ok(()),
        false => Err("its certificate is not meant for signing".to_owned()),
    }
}
