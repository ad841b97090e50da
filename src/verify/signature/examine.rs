//! One CMS signature against the content that it should be of. Whatever is not pinned down by the signature itself is
//! refused: a second signer, revocation lists, attributes that are not signed, certificates that lead nowhere.

use chrono::{DateTime, Utc};
use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode, Encode};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::attr::Attributes;
use x509_cert::time::Time;

use super::{Fact, SignatureVerdict, Signer, Timed, Trust};
use crate::sign::algorithm::{Hash, PublicKey, Scheme};
use crate::sign::certificate;
use crate::sign::chain::in_order;
use crate::sign::cms::{
    CONTENT_TYPE, DATA, MESSAGE_DIGEST, SIGNED_DATA, SIGNING_CERTIFICATE, SIGNING_TIME, SigningCertificate,
};

/// No honest signature is longer.
const LONGEST: usize = 1 << 20;
/// Nor has it more certificates.
const CERTIFICATES: usize = 16;

/// A signature that could be read.
pub(super) struct Examined {
    /// The content is what was signed.
    pub(super) intact: Fact,
    /// The signature value is that of the certificate's key, and everything about it is acceptable.
    pub(super) valid: Fact,
    /// The signer's certificate and those above it, in order.
    pub(super) chain: Vec<Certificate>,
    /// The time in the signed attributes.
    pub(super) signing_time: Option<DateTime<Utc>>,
}

impl Examined {
    /// All facts together; `stated` is when the signer says that it was signed.
    pub(super) fn verdict(self, stated: Option<DateTime<Utc>>, covers_whole: Fact, trust: &Trust) -> SignatureVerdict {
        let Some(signer) = self.chain.first() else { return SignatureVerdict::refused("it names no signer") };
        let valid = match (self.valid, stated) {
            (Fact::Yes, Some(at)) => held_at(signer, at),
            (Fact::Yes, None) => Fact::No("it does not state when it was signed".to_owned()),
            (other, _) => other,
        };
        SignatureVerdict {
            intact: self.intact,
            valid,
            signer: Some(Signer::of(signer)),
            trusted: trust.answer(&self.chain, None),
            timed: stated.map_or(Timed::Unknown, |at| Timed::Stated { at }),
            covers_whole,
        }
    }
}

fn held_at(signer: &Certificate, at: DateTime<Utc>) -> Fact {
    let (from, to) = certificate::validity(signer);
    match at < from || at > to {
        true => {
            Fact::No(format!("it says that it was signed at {}, when the certificate was not valid", at.to_rfc3339()))
        }
        false => Fact::Yes,
    }
}

/// Reads `der` and checks it against `content`, whose parts follow one another. `Err` says why it cannot even be read.
pub(super) fn examine(der: &[u8], content: &[&[u8]]) -> Result<Examined, String> {
    let data = signed_data(der)?;
    let info = only_signer(&data)?;
    let chain = chain_of(&data, info)?;
    let attributes = info.signed_attrs.as_ref().ok_or("its signed attributes were stripped")?;
    let signing_time = signing_time(attributes)?;
    let digest: OctetString = required(attributes, MESSAGE_DIGEST, "message digest")?;
    let (intact, valid) = match Hash::from_identifier(&info.digest_alg) {
        Ok(hash) => (same(&hash.digest(content), digest.as_bytes()), checked(info, attributes, hash, &chain)),
        Err(problem) => (Fact::NotChecked(problem.to_string()), Fact::No(problem.to_string())),
    };
    Ok(Examined { intact, valid, chain, signing_time })
}

fn same(digest: &[u8], signed: &[u8]) -> Fact {
    match digest == signed {
        true => Fact::Yes,
        false => Fact::No("the content is not what was signed".to_owned()),
    }
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
    let plain = data.encap_content_info.econtent.is_none() && data.encap_content_info.econtent_type == DATA;
    match plain && data.version == CmsVersion::V1 && data.crls.is_none() {
        true => Ok(data),
        false => Err("the CMS message is not a plain detached signature".to_owned()),
    }
}

fn only_signer(data: &SignedData) -> Result<&SignerInfo, String> {
    let [info] = data.signer_infos.0.as_slice() else {
        return Err(format!("it has {} signers where one is expected", data.signer_infos.0.len()));
    };
    if data.digest_algorithms.as_slice() != [info.digest_alg.clone()] || info.version != CmsVersion::V1 {
        return Err("the CMS message contradicts itself".to_owned());
    }
    match &info.unsigned_attrs {
        None => Ok(info),
        Some(_) => Err("it carries attributes that are not signed".to_owned()),
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

/// The one value of the attribute `oid`; twice, or with several values, is an error.
fn attribute(attributes: &Attributes, oid: ObjectIdentifier) -> Result<Option<&Any>, String> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some(one), None) if one.values.len() == 1 => Ok(one.values.get(0)),
        _ => Err(format!("its signed attribute {oid} is there more than once")),
    }
}

fn required<T>(attributes: &Attributes, oid: ObjectIdentifier, name: &str) -> Result<T, String>
where
    T: for<'a> Decode<'a>,
{
    let value = attribute(attributes, oid)?.ok_or_else(|| format!("it has no {name} among its signed attributes"))?;
    let der = value.to_der().map_err(|_| format!("its {name} cannot be read"))?;
    T::from_der(&der).map_err(|_| format!("its {name} cannot be read"))
}

fn signing_time(attributes: &Attributes) -> Result<Option<DateTime<Utc>>, String> {
    if attribute(attributes, SIGNING_TIME)?.is_none() {
        return Ok(None);
    }
    let time: Time = required(attributes, SIGNING_TIME, "signing time")?;
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok();
    Ok(seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)))
}

fn checked(info: &SignerInfo, attributes: &Attributes, hash: Hash, chain: &[Certificate]) -> Fact {
    match value_is_good(info, attributes, hash, chain) {
        Ok(()) => Fact::Yes,
        Err(why) => Fact::No(why),
    }
}

/// The signature value, and the attributes that bind it to the certificate.
fn value_is_good(info: &SignerInfo, attributes: &Attributes, hash: Hash, chain: &[Certificate]) -> Result<(), String> {
    let signer = chain.first().ok_or("it holds no certificate of its signer")?;
    let content_type: ObjectIdentifier = required(attributes, CONTENT_TYPE, "content type")?;
    if content_type != DATA {
        return Err("its content type is not plain data".to_owned());
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

/// The ESS attribute must name the signer's certificate first, and nothing but certificates that are there.
fn names_certificates(attributes: &Attributes, chain: &[Certificate]) -> Result<(), String> {
    let named: SigningCertificate = required(attributes, SIGNING_CERTIFICATE, "signing certificate (ESS)")?;
    if named.certs.is_empty() || named.certs.len() > CERTIFICATES {
        return Err("its signing certificate attribute names no certificate".to_owned());
    }
    for (index, id) in named.certs.iter().enumerate() {
        let hash = match &id.algorithm {
            None => Hash::Sha256,
            Some(identifier) => hash_of(identifier)?,
        };
        let same = |entry: &Certificate| entry.to_der().is_ok_and(|der| hash.digest(&[&der]) == id.hash.as_bytes());
        let found = if index == 0 { chain.first().is_some_and(same) } else { chain.iter().any(same) };
        if !found {
            return Err("its certificate is not the one that the signature names".to_owned());
        }
    }
    Ok(())
}

fn hash_of(identifier: &AlgorithmIdentifierOwned) -> Result<Hash, String> {
    Hash::from_identifier(identifier).map_err(|problem| problem.to_string())
}
