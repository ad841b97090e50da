//! What a signature proves, as separate facts: intact, valid, signer, trusted, timed, covers the whole file. Then one bottom
//! line. No fact is `yes` by default, and trust that was not asked for is "not checked", never "yes".

use std::io::Read;

use chrono::{DateTime, Utc};
use serde::Serialize;
use x509_cert::Certificate;

use super::line_ends;
use crate::package::SIGNATURE;
use crate::sign::algorithm::PublicKey;
use crate::sign::certificate;
use crate::sign::examine::{Examined, examine, examine_from};
use crate::sign::revocation::{Proofs, check_store};
use crate::sign::timestamp::Stamp;

mod html;
mod pdf;
mod timed;
mod trust;

pub use html::verify_html;
pub(super) use html::{around, inside};
pub use pdf::{DocumentVerdict, Further, signed_as_made, verify_document, verify_pdf};
pub use timed::{DocumentStamp, SignatureStamp, Timed};
pub use trust::{Trust, TrustError};

/// Something that holds, does not hold, or was not looked at, with the reason in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "answer", content = "why", rename_all = "kebab-case")]
pub enum Fact {
    /// It holds.
    Yes,
    /// It does not hold.
    No(String),
    /// It could not be, or was not asked to be, found out.
    NotChecked(String),
}

impl Fact {
    /// Whether it holds.
    pub fn holds(&self) -> bool {
        *self == Self::Yes
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Yes => None,
            Self::No(why) | Self::NotChecked(why) => Some(why),
        }
    }
}

/// Whom the certificate names. Who says so is another question: see [`SignatureVerdict::trusted`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// The common name, else the organization.
    pub name: String,
    /// The whole distinguished name.
    pub subject: String,
    /// The whole distinguished name of the issuer.
    pub issuer: String,
    /// SHA-256 of the certificate, 64 lower-case hexadecimal digits.
    pub fingerprint: String,
    /// The kind of key, such as `ECDSA P-256`.
    pub key: String,
    /// The certificate's first instant.
    pub valid_from: DateTime<Utc>,
    /// The certificate's last instant.
    pub valid_to: DateTime<Utc>,
    /// SHA-256 of the public key, in hex: a renewed certificate is of the same key.
    #[serde(skip)]
    pub key_sha256: String,
}

impl Signer {
    fn of(entry: &Certificate) -> Self {
        let tbs = entry.tbs_certificate();
        let (valid_from, valid_to) = certificate::validity(entry);
        let key = PublicKey::from_spki(tbs.subject_public_key_info());
        Self {
            name: certificate::display_name(tbs.subject()),
            subject: tbs.subject().to_string(),
            issuer: tbs.issuer().to_string(),
            fingerprint: certificate::fingerprint(entry).unwrap_or_else(|defect| defect.to_string()),
            key: key.map_or_else(|problem| problem.to_string(), |key| key.name()),
            valid_from,
            valid_to,
            key_sha256: certificate::key_sha256(entry),
        }
    }
}

/// The facts about one signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignatureVerdict {
    /// The content is what was signed.
    pub intact: Fact,
    /// The signature is well formed, by accepted algorithms, of the certificate's key, made while the certificate was valid.
    pub valid: Fact,
    /// Whom the certificate names.
    pub signer: Option<Signer>,
    /// Whether the certificate is one that the caller trusts.
    pub trusted: Fact,
    /// When it was signed.
    pub timed: Timed,
    /// Every byte of the file is signed, the signature itself and what keeps it for the long term aside.
    pub covers_whole: Fact,
    /// What follows the signature keeps it, and nothing but the trust in who stamped that is missing.
    #[serde(skip)]
    unvouched: bool,
}

impl SignatureVerdict {
    /// The verdict on a file without a usable signature.
    pub(super) fn refused(why: impl Into<String>) -> Self {
        let why = why.into();
        let open = || Fact::NotChecked("there is no usable signature".to_owned());
        Self {
            intact: open(),
            valid: Fact::No(why),
            signer: None,
            trusted: open(),
            timed: Timed::Unknown,
            covers_whole: open(),
            unvouched: false,
        }
    }

    /// The verdict on a file that has no signature beside it.
    pub(super) fn unsigned(name: &str) -> Self {
        Self::refused(format!("not signed: {name}{SIGNATURE} is missing"))
    }

    /// The file is not what was signed, but with other line ends it would be.
    pub(super) fn of_other_line_ends(&mut self) {
        self.intact = Fact::No(line_ends::WHY.to_owned());
    }

    /// The file is listed, to its last byte, in a manifest that holds and is by the same signer: so whoever signed it vouches
    /// for what follows the signature, although the authority that stamped it is not trusted.
    pub(super) fn vouched_for_by_manifest(&mut self) {
        if self.unvouched {
            (self.covers_whole, self.unvouched) = (Fact::Yes, false);
        }
    }

    /// Whether the file may be relied on: intact, valid, covered as a whole, and not known to be of an untrusted signer.
    pub fn accepted(&self) -> bool {
        let trust = !matches!(self.trusted, Fact::No(_));
        self.intact.holds() && self.valid.holds() && self.covers_whole.holds() && trust && self.signer.is_some()
    }

    /// The verdict in one sentence.
    pub fn bottom_line(&self) -> String {
        let name = self.signer.as_ref().map_or("no signer", |signer| signer.name.as_str());
        if self.accepted() {
            return match &self.trusted {
                Fact::NotChecked(why) => {
                    format!("the signature is good; it names {name}, which was not checked: {why}")
                }
                _ => format!("the signature is good and {name} is trusted"),
            };
        }
        let facts = [&self.valid, &self.intact, &self.covers_whole, &self.trusted];
        let first = facts.iter().find(|fact| matches!(fact, Fact::No(_))).or(facts.iter().find(|fact| !fact.holds()));
        format!("REJECTED: {}", first.and_then(|fact| fact.reason()).unwrap_or("the signature proves nothing"))
    }
}

impl From<Result<(), String>> for Fact {
    fn from(result: Result<(), String>) -> Self {
        result.map_or_else(Self::No, |()| Self::Yes)
    }
}

/// What keeps a PDF's signature for the long term, read and found to be in its place.
struct KeptProofs {
    /// The stamp on the whole document.
    stamp: Stamp,
    /// Certificates and revocation data.
    proofs: Proofs,
    /// How many bytes follow the signed ones.
    bytes: usize,
}

/// All facts together; `stated` is when the signer says that it was signed, `kept` what follows it.
fn verdict(
    examined: Examined,
    stated: Option<DateTime<Utc>>,
    covers_whole: Fact,
    kept: Option<&KeptProofs>,
    trust: &Trust,
) -> SignatureVerdict {
    let Some(signer) = examined.chain.first() else { return SignatureVerdict::refused("it names no signer") };
    let stamp = examined.stamp.as_deref().map(|token| Stamp::read(token, &[&examined.value])).transpose();
    let (stamp, whole) = match stamp {
        Ok(None) if kept.is_some() => (None, Err("the document is stamped, but its signature is not".to_owned())),
        Ok(stamp) => (stamp, Ok(())),
        Err(problem) => (None, Err(problem.to_string())),
    };
    let timed = Timed::of(stated, stamp.as_ref(), kept.map(|kept| &kept.stamp), trust);
    let valid = examined
        .valid
        .and(whole)
        .and_then(|()| timed::in_order(stated, stamp.as_ref(), kept.map(|kept| &kept.stamp), trust))
        .and_then(|()| held(signer, stated, stamp.as_ref().map(|stamp| stamp.at)));
    let (covers_whole, unvouched) = match (kept, &stamp) {
        (Some(kept), Some(stamp)) if covers_whole.holds() => followed(kept, &examined.chain, stamp, &timed, trust),
        _ => (covers_whole, false),
    };
    SignatureVerdict {
        intact: examined.intact.into(),
        valid: valid.into(),
        signer: Some(Signer::of(signer)),
        trusted: trust.answer(&examined.chain, timed.proven()),
        timed,
        covers_whole,
        unvouched,
    }
}

/// Whether what follows the signature keeps it and is nothing else: every entry of the store is needed for the signer's chain
/// or the stamp's, and both stamps are by authorities that the caller trusts. A stranger can make a stamp, and the certificates
/// and lists that belong to it, of any size; so without that trust these are bytes that anyone may have appended.
fn followed(kept: &KeptProofs, chain: &[Certificate], stamp: &Stamp, timed: &Timed, trust: &Trust) -> (Fact, bool) {
    let appended = format!("{} bytes were appended after signing", kept.bytes);
    let chains = [chain, &stamp.chain];
    let needed = check_store(&kept.proofs, &chains, kept.stamp.at).and_then(|()| trust.vouches(&kept.proofs, &chains));
    if let Err(why) = needed {
        return (Fact::No(format!("{appended}: {why}")), false);
    }
    match timed.doubted() {
        None => (Fact::Yes, false),
        Some((by, Fact::No(why))) => {
            (Fact::No(format!("{appended}, with a timestamp by `{by}`, which is not trusted: {why}")), true)
        }
        Some((by, _)) => {
            let why = "name its root by --trust, or verify the whole package";
            (Fact::NotChecked(format!("{appended}, with a timestamp by `{by}`, which was not checked; {why}")), true)
        }
    }
}

/// The certificate must have been valid at every time that is reported of the signature.
fn held(signer: &Certificate, stated: Option<DateTime<Utc>>, stamped: Option<DateTime<Utc>>) -> Result<(), String> {
    let stated = stated.ok_or("it does not state when it was signed")?;
    let (from, to) = certificate::validity(signer);
    let outside = [Some(stated), stamped].into_iter().flatten().find(|at| *at < from || *at > to);
    match outside {
        None => Ok(()),
        Some(at) => Err(format!("it was signed at {}, when the certificate was not valid", at.to_rfc3339())),
    }
}

/// Checks the signature `p7s` (DER) that is beside `content`.
pub fn verify_detached(content: &[u8], p7s: &[u8], trust: &Trust) -> SignatureVerdict {
    beside(line_ends::named(examine(p7s, &[content]), p7s, || Ok(content)), trust)
}

/// The same for content that is not held in memory.
pub fn verify_detached_from(content: impl Read, p7s: &[u8], trust: &Trust) -> SignatureVerdict {
    beside(examine_from(p7s, content), trust)
}

fn beside(examined: Result<Examined, String>, trust: &Trust) -> SignatureVerdict {
    match examined {
        Ok(examined) => {
            let stated = examined.signing_time;
            verdict(examined, stated, Fact::Yes, None, trust)
        }
        Err(why) => SignatureVerdict::refused(why),
    }
}
