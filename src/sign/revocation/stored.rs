//! A store of certificates and revocation data is checked by making it again: the chains are walked as while signing, and
//! what the store holds are the answers. What comes out must be what it holds, so nothing else can be in it.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use x509_cert::Certificate;

use super::{Answers, Clock, Proofs, SKEW, WantedAnswer, gather_from};

struct Store<'a> {
    held: &'a Proofs,
    at: DateTime<Utc>,
}

impl<'a> Answers<'a> for Store<'a> {
    fn answers(&self, _: &str, wanted: WantedAnswer<'_>) -> Result<Vec<Cow<'a, [u8]>>, String> {
        let list = match wanted {
            WantedAnswer::Issuer => &self.held.certificates,
            WantedAnswer::Ocsp(_) => &self.held.ocsps,
            WantedAnswer::List => &self.held.crls,
        };
        Ok(list.iter().map(|entry| Cow::Borrowed(entry.as_slice())).collect())
    }

    /// Clocks differ: what was current to the signer's may be over by the authority's.
    fn clock(&self) -> Clock {
        Clock { now: self.at, grace: SKEW }
    }

    fn notify(&self, _: &str) {}
}

/// Checks that `held` is what was to be gathered for `chains` at the time `at`: each entry a certificate, an OCSP answer or a
/// revocation list that holds, about one of their certificates, and none more than is needed.
///
/// # Errors
/// What is missing, does not hold, or is not needed, in words.
pub fn check_store(held: &Proofs, chains: &[&[Certificate]], at: DateTime<Utc>) -> Result<(), String> {
    let needed = gather_from(chains, &Store { held, at }).map_err(|error| error.to_string())?;
    let kinds = [
        ("certificate", &held.certificates, &needed.certificates),
        ("OCSP answer", &held.ocsps, &needed.ocsps),
        ("revocation list", &held.crls, &needed.crls),
    ];
    for (kind, held, needed) in kinds {
        if let Some(place) = held.iter().position(|entry| !needed.contains(entry)) {
            return Err(format!(
                "{kind} {} of the store is not needed for this signature, or not in the form of one",
                place + 1
            ));
        }
        if held != needed {
            return Err(format!(
                "the store does not hold the {kind}s that this signature needs, each once and in order"
            ));
        }
    }
    Ok(())
}
