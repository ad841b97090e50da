//! Revocation lists (RFC 5280, 5 and 6.3): complete ones, by the issuer of the certificate itself.

use der::asn1::BitString;
use der::{Any, Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::crl::TbsCertList;
use x509_cert::ext::pkix::KeyUsage;
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::DistributionPointName;

use super::addresses::web_address;
use super::{Clock, Problem, is_current, unusable};
use crate::sign::algorithm::{PublicKey, Scheme};
use crate::sign::certificate::{self, instant};
use crate::sign::oid::ISSUING_POINT;

#[derive(Sequence)]
struct Signed {
    /// As it was signed.
    list: Any,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

/// Checks that the list in `answer`, found at `url`, is one of `issuer` that holds at the time of `clock` and does not name `entry`.
pub(super) fn check(
    answer: &[u8],
    url: &str,
    entry: &Certificate,
    issuer: &Certificate,
    clock: Clock,
) -> Result<(), Problem> {
    const WHAT: &str = "there is no revocation list in DER";
    let signed = Signed::from_der(answer).map_err(|_| unusable(WHAT))?;
    let list: TbsCertList = signed.list.decode_as().map_err(|_| unusable(WHAT))?;
    if list.issuer != *entry.tbs_certificate().issuer() || list.signature != signed.algorithm {
        return Err(unusable("its list is by another issuer"));
    }
    signed_by(&signed, issuer)?;
    concerns(&list, url, entry)?;
    let next = list.next_update.map(instant).ok_or_else(|| unusable("its list does not say until when it holds"))?;
    is_current(instant(list.this_update), Some(next), clock)?;
    let serial = entry.tbs_certificate().serial_number();
    match list.revoked_certificates.iter().flatten().find(|revoked| revoked.serial_number == *serial) {
        None => Ok(()),
        Some(revoked) => Err(Problem::Revoked(format!("since {}", instant(revoked.revocation_date).to_rfc3339()))),
    }
}

fn signed_by(signed: &Signed, issuer: &Certificate) -> Result<(), Problem> {
    let bad = |why: String| unusable(format!("its list does not hold: {why}"));
    let usage = issuer.tbs_certificate().get_extension::<KeyUsage>();
    let may = match usage {
        Ok(Some((_, usage))) => usage.crl_sign(),
        Ok(None) => true,
        Err(_) => false,
    };
    if !may {
        return Err(bad("the issuer's certificate is not for revocation lists".to_owned()));
    }
    let scheme = Scheme::from_identifier(&signed.algorithm, None).map_err(|why| bad(why.to_string()))?;
    let key = PublicKey::from_spki(issuer.tbs_certificate().subject_public_key_info());
    let key = key.map_err(|why| bad(why.to_string()))?;
    let message = signed.list.to_der().map_err(|why| bad(why.to_string()))?;
    let value = signed.signature.as_bytes();
    let value = value.ok_or_else(|| bad("its signature is not a number of whole bytes".to_owned()))?;
    key.verify(scheme, &message, value).map_err(|_| bad("it is not signed by the issuer".to_owned()))
}

/// Whether the list is about such certificates: a list of changes, or one about others, says nothing by its silence.
fn concerns(list: &TbsCertList, url: &str, entry: &Certificate) -> Result<(), Problem> {
    for extension in list.crl_extensions.iter().flatten() {
        if extension.extn_id == ISSUING_POINT {
            let point = IssuingDistributionPoint::from_der(extension.extn_value.as_bytes());
            let fits = point.is_ok_and(|point| fits(&point, url, entry));
            if !fits {
                return Err(unusable("its list is about other certificates"));
            }
        } else if extension.critical {
            return Err(unusable(format!(
                "its list has a critical extension that is not understood: {}",
                extension.extn_id
            )));
        }
    }
    let entries = list.revoked_certificates.iter().flatten();
    let mut extensions = entries.flat_map(|entry| entry.crl_entry_extensions.iter().flatten());
    match extensions.find(|extension| extension.critical) {
        None => Ok(()),
        Some(_) => Err(unusable("its list has entries with a critical extension that is not understood")),
    }
}

fn fits(point: &IssuingDistributionPoint, url: &str, entry: &Certificate) -> bool {
    let here = match &point.distribution_point {
        None => true,
        Some(DistributionPointName::FullName(names)) => {
            names.iter().filter_map(web_address).any(|address| address == url)
        }
        Some(DistributionPointName::NameRelativeToCRLIssuer(_)) => false,
    };
    let kind = match certificate::may_issue(entry) {
        true => !point.only_contains_user_certs,
        false => !point.only_contains_ca_certs,
    };
    here && kind && point.only_some_reasons.is_none() && !point.indirect_crl && !point.only_contains_attribute_certs
}
