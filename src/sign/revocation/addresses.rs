//! Whom a certificate names to ask about its revocation: the addresses in its extensions.

use x509_cert::Certificate;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{AuthorityInfoAccessSyntax, CrlDistributionPoints};

use crate::sign::oid::{ISSUERS, OCSP};

/// The addresses of one certificate, in its order, that can be reached over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Addresses {
    /// Of OCSP responders.
    pub(super) ocsps: Vec<String>,
    /// Of revocation lists that are about all reasons and by the issuer itself.
    pub(super) lists: Vec<String>,
    /// Of the issuer's certificate.
    pub(super) issuers: Vec<String>,
    /// Whether there are some of the first two kinds that are not reached like that.
    others: bool,
}

impl Addresses {
    /// Those that `entry` names.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn of(entry: &Certificate) -> Result<Self, ()> {
        let mut found = Self::default();
        let access = entry.tbs_certificate().get_extension::<AuthorityInfoAccessSyntax>().map_err(|_| ())?;
        for description in access.map(|(_, access)| access.0).unwrap_or_default() {
            let url = web_address(&description.access_location);
            match url {
                Some(url) if description.access_method == OCSP => found.ocsps.push(url),
                Some(url) if description.access_method == ISSUERS => found.issuers.push(url),
                None if description.access_method == OCSP => found.others = true,
                _ => {}
            }
        }
        let points = entry.tbs_certificate().get_extension::<CrlDistributionPoints>().map_err(|_| ())?;
        for point in points.map(|(_, points)| points.0).unwrap_or_default() {
            let urls = point_addresses(&point);
            found.others |= urls.is_empty();
            found.lists.extend(urls);
        }
        Ok(found)
    }

    /// Whether the certificate names anybody to ask, reachable or not.
    pub(super) fn ask_anybody(&self) -> bool {
        self.others || !self.ocsps.is_empty() || !self.lists.is_empty()
    }
}

fn point_addresses(point: &DistributionPoint) -> Vec<String> {
    match &point.distribution_point {
        Some(DistributionPointName::FullName(names)) if point.crl_issuer.is_none() && point.reasons.is_none() => {
            names.iter().filter_map(web_address).collect()
        }
        _ => Vec::new(),
    }
}

/// An address over HTTP.
pub(super) fn web_address(name: &GeneralName) -> Option<String> {
    let GeneralName::UniformResourceIdentifier(url) = name else { return None };
    let lower = url.as_str().to_ascii_lowercase();
    (lower.starts_with("http://") || lower.starts_with("https://")).then(|| url.as_str().to_owned())
}
