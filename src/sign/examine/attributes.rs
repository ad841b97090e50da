//! Signed attributes: each at most once, with one value.

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use der::{Any, Decode, Encode};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::attr::Attributes;
use x509_cert::time::Time;

use crate::sign::algorithm::Hash;
use crate::sign::ess::SigningCertificate;
use crate::sign::oid::{SIGNING_CERTIFICATE, SIGNING_TIME};

/// No honest signature has more certificates, nor names more.
pub(super) const CERTIFICATES: usize = 16;

/// The one value of the attribute `oid`; twice, or with several values, is an error.
pub(super) fn attribute(attributes: &Attributes, oid: ObjectIdentifier) -> Result<Option<&Any>, String> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some(one), None) if one.values.len() == 1 => Ok(one.values.get(0)),
        _ => Err(format!("its signed attribute {oid} is there more than once")),
    }
}

/// The value of an attribute that must be there.
pub(super) fn required<T>(attributes: &Attributes, oid: ObjectIdentifier, name: &str) -> Result<T, String>
where
    T: for<'a> Decode<'a>,
{
    let value = attribute(attributes, oid)?.ok_or_else(|| format!("it has no {name} among its signed attributes"))?;
    let der = value.to_der().map_err(|_| format!("its {name} cannot be read"))?;
    T::from_der(&der).map_err(|_| format!("its {name} cannot be read"))
}

/// The time that the signer states, if any.
pub(super) fn signing_time(attributes: &Attributes) -> Result<Option<DateTime<Utc>>, String> {
    if attribute(attributes, SIGNING_TIME)?.is_none() {
        return Ok(None);
    }
    let time: Time = required(attributes, SIGNING_TIME, "signing time")?;
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok();
    Ok(seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)))
}

/// The ESS attribute must name the signer's certificate first, and nothing but certificates that are there.
pub(super) fn names_certificates(attributes: &Attributes, chain: &[Certificate]) -> Result<(), String> {
    let named: SigningCertificate = required(attributes, SIGNING_CERTIFICATE, "signing certificate (ESS)")?;
    if named.certs.is_empty() || named.certs.len() > CERTIFICATES {
        return Err("its signing certificate attribute names no certificate".to_owned());
    }
    // Other programs name the signer's alone. Where the whole chain is named, as this program does, another certificate is not
    // signed: anybody can put one there, with anything in it, under the name and the key of an issuer.
    if named.certs.len() > 1 && named.certs.len() != chain.len() {
        return Err("it carries another number of certificates than it names".to_owned());
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
