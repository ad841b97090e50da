//! Whether certificates are revoked, as whoever issued them says: asked while signing, checked to the letter, and kept
//! with the signature. Who carries the questions over the network, and what time it is, is the caller's business.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::marker::PhantomData;

use chrono::{DateTime, TimeDelta, Utc};
use der::Encode;
use x509_cert::Certificate;

use super::certificate::{self, display_name};

mod addresses;
mod crl;
mod ocsp;
mod stored;

use addresses::Addresses;
pub use stored::check_store;

use crate::defect::Defect;
use crate::remedy::Remedy;

/// The longest answer that is looked at, in bytes: revocation lists may be long.
pub const LONGEST: usize = 10 << 20;
/// Certificates of one chain, those that were fetched included.
const CHAIN: usize = 8;
/// Addresses of one kind that are tried for one certificate.
const TRIED: usize = 3;
/// How far the clocks of others may be ahead.
const SKEW: TimeDelta = TimeDelta::minutes(5);
/// How old an answer may be that does not say until when it holds.
const FRESH: TimeDelta = TimeDelta::days(1);

/// Gets what is at a web address: an answer to the OCSP request, or what lies there if there is none. Or says why not.
pub type Fetch<'a> = dyn Fn(&str, Option<&[u8]>) -> Result<Vec<u8>, String> + 'a;

/// The way to those who report revocation status.
pub struct Responders<'a> {
    /// Gets an answer of at most [`LONGEST`] bytes from them.
    pub fetch: &'a Fetch<'a>,
    /// The present time.
    pub now: &'a dyn Fn() -> DateTime<Utc>,
    /// Is notified, in a sentence, of certificates about which no responder can be asked.
    pub notify: &'a dyn Fn(&str),
}

/// Certificates, and what proves that they are not revoked: each DER.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proofs {
    /// Certificates: the chains, and responders that answered in an issuer's name.
    pub certificates: Vec<Vec<u8>>,
    /// OCSP responses (RFC 6960).
    pub ocsps: Vec<Vec<u8>>,
    /// Revocation lists (RFC 5280).
    pub crls: Vec<Vec<u8>>,
}

/// Why there is no proof that a certificate is not revoked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevocationError {
    /// It is revoked.
    #[error("the certificate of `{name}` is revoked: {by} says so")]
    Revoked {
        /// Whose certificate.
        name: String,
        /// Who says so, and since when.
        by: String,
    },
    /// No responder gave an answer that counts.
    #[error("no service reports whether the certificate of `{name}` is revoked: {why}")]
    Unreported {
        /// Whose certificate.
        name: String,
        /// What each address gave.
        why: String,
    },
    /// A certificate that names who reports its revocation status in a way that cannot be read.
    #[error("the certificate of `{0}` cannot be read where it names who reports its revocation status")]
    Unreadable(String),
    /// The program contradicts itself.
    #[error(transparent)]
    Defect(#[from] Defect),
}

impl Remedy for RevocationError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Revoked { .. } => Some("use an identity whose certificate holds, or another authority".into()),
            Self::Unreported { .. } => Some("try again, or do without --long-term".into()),
            Self::Unreadable(_) => None,
            Self::Defect(defect) => defect.remedy(),
        }
    }
}

/// Why an answer does not help.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Problem {
    /// Revoked, since the time in words.
    Revoked(String),
    /// Not an answer that counts.
    Unusable(String),
}

fn unusable(why: impl Into<String>) -> Problem {
    Problem::Unusable(why.into())
}

/// What is asked for at an address.
#[derive(Debug, Clone, Copy)]
enum WantedAnswer<'a> {
    /// The certificate of an issuer.
    Issuer,
    /// The answer to this OCSP request.
    Ocsp(&'a [u8]),
    /// A revocation list.
    List,
}

/// The time at which an answer must hold.
#[derive(Debug, Clone, Copy)]
struct Clock {
    now: DateTime<Utc>,
    /// How long before that time it may have ended: none while signing.
    grace: TimeDelta,
}

/// Who answers: the responders themselves, or a store that is checked.
trait Answers<'a> {
    /// The answers that may be the one wanted from `url`: one from a responder, any number from a store.
    fn answers(&self, url: &str, wanted: WantedAnswer<'_>) -> Result<Vec<Cow<'a, [u8]>>, String>;
    fn clock(&self) -> Clock;
    /// Is notified of certificates about which no responder can be asked.
    fn notify(&self, words: &str);
}

impl Answers<'static> for Responders<'_> {
    fn answers(&self, url: &str, wanted: WantedAnswer<'_>) -> Result<Vec<Cow<'static, [u8]>>, String> {
        let request = if let WantedAnswer::Ocsp(request) = wanted { Some(request) } else { None };
        let answer = (self.fetch)(url, request)?;
        match answer.len() {
            0..=LONGEST => Ok(vec![Cow::Owned(answer)]),
            _ => Err(format!("its answer is longer than {LONGEST} bytes")),
        }
    }

    fn clock(&self) -> Clock {
        Clock { now: (self.now)(), grace: TimeDelta::zero() }
    }

    fn notify(&self, words: &str) {
        (self.notify)(words);
    }
}

/// Asks about every certificate of `chains`, each the signer's first, and keeps what was answered.
///
/// # Errors
/// When one is revoked, or names a responder that gives no answer that counts.
pub fn gather(chains: &[&[Certificate]], responders: &Responders<'_>) -> Result<Proofs, RevocationError> {
    gather_from(chains, responders)
}

/// What is kept follows from the chains and the answers, in this order: so a store can be made again from what it holds.
fn gather_from<'a>(chains: &[&[Certificate]], source: &impl Answers<'a>) -> Result<Proofs, RevocationError> {
    let mut gathering = Gathering { source, proofs: Proofs::default(), known: BTreeSet::new(), of: PhantomData };
    for chain in chains {
        gathering.chain(chain)?;
    }
    Ok(gathering.proofs)
}

struct Gathering<'s, 'a, S> {
    source: &'s S,
    proofs: Proofs,
    known: BTreeSet<Vec<u8>>,
    of: PhantomData<&'a ()>,
}

impl<'a, S: Answers<'a>> Gathering<'_, 'a, S> {
    fn chain(&mut self, chain: &[Certificate]) -> Result<(), RevocationError> {
        let mut above: Vec<Certificate> = chain.iter().rev().cloned().collect();
        let mut depth = 0;
        while let Some(entry) = above.pop() {
            depth += 1;
            // A chain may leave its root out; who is asked about its last certificate must be known all the same.
            if above.is_empty() && !certificate::is_self_issued(&entry) {
                above.extend(self.issuer(&entry).transpose()?.filter(|_| depth < CHAIN));
            }
            let is_new = self.keep(&entry)?;
            if is_new && !self.is_anchor(&entry, depth) {
                self.prove(&entry, above.last())?;
            }
        }
        Ok(())
    }

    /// A root above others needs no proof: it is trusted or it is not.
    fn is_anchor(&self, entry: &Certificate, depth: usize) -> bool {
        depth > 1 && certificate::is_self_issued(entry)
    }

    /// Keeps a certificate; whether it was not known before.
    fn keep(&mut self, entry: &Certificate) -> Result<bool, Defect> {
        let der = entry.to_der().map_err(|_| Defect("a certificate that was read cannot be written"))?;
        let is_new = self.known.insert(der.clone());
        if is_new {
            self.proofs.certificates.push(der);
        }
        Ok(is_new)
    }

    /// The issuer from where the certificate says that it lies; nothing where it is not needed.
    fn issuer(&self, entry: &Certificate) -> Option<Result<Certificate, RevocationError>> {
        let name = name(entry);
        let addresses = match Addresses::of(entry) {
            Ok(addresses) => addresses,
            Err(()) => return Some(Err(RevocationError::Unreadable(name))),
        };
        if !addresses.ask_anybody() {
            return None;
        }
        let mut problems = Vec::new();
        for url in addresses.issuers.iter().take(TRIED) {
            let read = |bytes: &[u8], _| issuer_in(entry, bytes).map_err(Problem::Unusable);
            match self.first(url, WantedAnswer::Issuer, read) {
                Ok((_, issuer)) => return Some(Ok(issuer)),
                Err(Problem::Unusable(why) | Problem::Revoked(why)) => problems.push(format!("{url}: {why}")),
            }
        }
        problems.insert(0, "its issuer's certificate is not at hand".to_owned());
        Some(Err(RevocationError::Unreported { name, why: problems.join("; ") }))
    }

    /// Keeps a proof that `entry` is not revoked, where a responder can be asked.
    fn prove(&mut self, entry: &Certificate, issuer: Option<&Certificate>) -> Result<(), RevocationError> {
        let name = name(entry);
        let addresses = Addresses::of(entry).map_err(|()| RevocationError::Unreadable(name.clone()))?;
        if !addresses.ask_anybody() {
            self.source.notify(&format!(
                "The certificate of `{name}` names no service that reports its revocation status: there is nothing to fetch for it."
            ));
            return Ok(());
        }
        let issuer = issuer.unwrap_or(entry);
        let mut problems = Vec::new();
        let lists = addresses.lists.iter().map(|url| (url, false));
        for (url, is_ocsp) in addresses.ocsps.iter().take(TRIED).map(|url| (url, true)).chain(lists.take(TRIED)) {
            let reported = if is_ocsp { self.by_ocsp(url, entry, issuer) } else { self.by_list(url, entry, issuer) };
            match reported {
                Ok(()) => return Ok(()),
                Err(Problem::Revoked(since)) => {
                    return Err(RevocationError::Revoked { name, by: format!("{url} ({since})") });
                }
                Err(Problem::Unusable(why)) => problems.push(format!("{url}: {why}")),
            }
        }
        if problems.is_empty() {
            problems.push("it names no web address (http, https) to ask at".to_owned());
        }
        Err(RevocationError::Unreported { name, why: problems.join("; ") })
    }

    fn by_ocsp(&mut self, url: &str, entry: &Certificate, issuer: &Certificate) -> Result<(), Problem> {
        let request = ocsp::request(entry, issuer).map_err(|_| unusable("the request cannot be encoded"))?;
        let check = |answer: &[u8], clock| ocsp::check(answer, entry, issuer, clock);
        let (_, (answer, delegate)) = self.first(url, WantedAnswer::Ocsp(&request), check)?;
        if let Some(delegate) = delegate {
            self.keep(&delegate).map_err(|defect| unusable(defect.to_string()))?;
        }
        self.proofs.ocsps.push(answer);
        Ok(())
    }

    fn by_list(&mut self, url: &str, entry: &Certificate, issuer: &Certificate) -> Result<(), Problem> {
        let check = |answer: &[u8], clock| crl::check(answer, url, entry, issuer, clock);
        let (answer, ()) = self.first(url, WantedAnswer::List, check)?;
        if !self.proofs.crls.iter().any(|kept| *kept == *answer) {
            self.proofs.crls.push(answer.into_owned());
        }
        Ok(())
    }

    /// The first of the answers that passes `check`.
    fn first<T>(
        &self,
        url: &str,
        wanted: WantedAnswer<'_>,
        check: impl Fn(&[u8], Clock) -> Result<T, Problem>,
    ) -> Result<(Cow<'a, [u8]>, T), Problem> {
        let mut problem = unusable("there is none");
        for answer in self.source.answers(url, wanted).map_err(Problem::Unusable)? {
            match check(&answer, self.source.clock()) {
                Ok(found) => return Ok((answer, found)),
                Err(revoked @ Problem::Revoked(_)) => return Err(revoked),
                Err(why) => problem = why,
            }
        }
        Err(problem)
    }
}

fn name(entry: &Certificate) -> String {
    display_name(entry.tbs_certificate().subject())
}

/// The certificate in `bytes`, which must be that of the issuer.
fn issuer_in(entry: &Certificate, bytes: &[u8]) -> Result<Certificate, String> {
    let pem = der::pem::decode_vec(bytes).ok().map(|(_, der)| der);
    let issuer =
        certificate::from_der(pem.as_deref().unwrap_or(bytes)).ok_or("there is no certificate in DER or PEM")?;
    certificate::issued_by(entry, &issuer).map_err(|why| format!("it is not the issuer's certificate: {why}"))?;
    Ok(issuer)
}

/// Whether an answer made at `this`, which holds until `next`, holds at the time of the clock.
fn is_current(this: DateTime<Utc>, next: Option<DateTime<Utc>>, clock: Clock) -> Result<(), Problem> {
    if this > clock.now + SKEW {
        return Err(unusable(format!("its answer is dated in the future: {}", this.to_rfc3339())));
    }
    match next.unwrap_or(this + FRESH) {
        next if next < clock.now - clock.grace => {
            Err(unusable(format!("its answer was good until {} only", next.to_rfc3339())))
        }
        _ => Ok(()),
    }
}
