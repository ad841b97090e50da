//! What a signature proves, as separate facts: intact, valid, signer, trusted, timed, covers the whole file. Then one bottom
//! line. No fact is `yes` by default, and trust that was not asked for is "not checked", never "yes".

use std::io::Read;

use chrono::{DateTime, Utc};
use serde::Serialize;
use x509_cert::Certificate;

use crate::sign::algorithm::PublicKey;
use crate::sign::certificate;
use crate::sign::examine::{Examined, examine, examine_from};
use crate::sign::timestamp::Stamp;

mod html;
mod pdf;
mod trust;

pub use html::verify_html;
pub(super) use html::{around, inside};
pub use pdf::{signed_as_made, verify_pdf};
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
        }
    }
}

/// What is known of when it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Timed {
    /// Nothing.
    Unknown,
    /// The signer says so; nobody vouches for it.
    Stated {
        /// The time that the signer's clock showed.
        at: DateTime<Utc>,
    },
    /// A time-stamp authority proves that the signature was there.
    Stamped {
        /// When the authority saw it.
        at: DateTime<Utc>,
        /// The authority, as its certificate names it.
        by: String,
        /// Whether the caller trusts the authority; if not, the time proves no more than a stated one.
        trusted: Fact,
        /// The stamp on the whole document, where a PDF has one: as long as it holds, the stamp on the signature and the
        /// certificates are judged by the time that it proves.
        #[serde(skip_serializing_if = "Option::is_none")]
        document: Option<DocumentStamp>,
    },
}

/// A time-stamp authority proves that the whole document was there, its signature and what keeps that included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentStamp {
    /// When the authority saw it.
    pub at: DateTime<Utc>,
    /// The authority, as its certificate names it.
    pub by: String,
    /// Whether the caller trusts the authority.
    pub trusted: Fact,
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
    /// Every byte of the file is signed, the signature itself aside.
    pub covers_whole: Fact,
}

impl SignatureVerdict {
    /// The verdict on a file without a usable signature.
    fn refused(why: impl Into<String>) -> Self {
        let why = why.into();
        let open = || Fact::NotChecked("there is no usable signature".to_owned());
        Self {
            intact: open(),
            valid: Fact::No(why),
            signer: None,
            trusted: open(),
            timed: Timed::Unknown,
            covers_whole: open(),
        }
    }

    /// Whether the file may be relied on: intact, valid, covered as a whole, and not known to be of an untrusted signer.
    pub fn accepted(&self) -> bool {
        let trust = !matches!(self.trusted, Fact::No(_));
        self.intact.holds() && self.valid.holds() && self.covers_whole.holds() && trust && self.signer.is_some()
    }

    /// The verdict in one sentence.
    pub fn bottom_line(&self) -> String {
        let name = self.signer.as_ref().map_or("nobody", |signer| signer.name.as_str());
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

/// All facts together; `stated` is when the signer says that it was signed, `document` the stamp on the whole document.
fn verdict(
    examined: Examined,
    stated: Option<DateTime<Utc>>,
    covers_whole: Fact,
    document: Option<&Stamp>,
    trust: &Trust,
) -> SignatureVerdict {
    let Some(signer) = examined.chain.first() else { return SignatureVerdict::refused("it names no signer") };
    let stamp = examined.stamp.as_deref().map(|token| Stamp::read(token, &[&examined.value])).transpose();
    let (stamp, whole) = match stamp {
        Ok(None) if document.is_some() => (None, Err("the document is stamped, but its signature is not".to_owned())),
        Ok(stamp) => (stamp, Ok(())),
        Err(problem) => (None, Err(problem.to_string())),
    };
    let document = document.map(|stamp| DocumentStamp {
        at: stamp.at,
        by: stamp.by(),
        trusted: trust.answer_stamp(&stamp.chain, None),
    });
    let kept = document.as_ref().filter(|document| document.trusted.holds()).map(|document| document.at);
    let stamped = stamp.as_ref().map(|stamp| (stamp.at, trust.answer_stamp(&stamp.chain, kept)));
    let proven = stamped.as_ref().filter(|(_, trusted)| trusted.holds()).map(|(at, _)| *at);
    let valid = examined.valid.and(whole).and_then(|()| held(signer, stated, stamp.as_ref().map(|stamp| stamp.at)));
    let timed = match (stamp, stamped, stated) {
        (Some(stamp), Some((at, trusted)), _) => Timed::Stamped { at, by: stamp.by(), trusted, document },
        (_, _, Some(at)) => Timed::Stated { at },
        _ => Timed::Unknown,
    };
    SignatureVerdict {
        intact: examined.intact.into(),
        valid: valid.into(),
        signer: Some(Signer::of(signer)),
        trusted: trust.answer(&examined.chain, proven),
        timed,
        covers_whole,
    }
}

/// The certificate must have been valid at every time that is told of the signature.
fn held(signer: &Certificate, stated: Option<DateTime<Utc>>, stamped: Option<DateTime<Utc>>) -> Result<(), String> {
    let stated = stated.ok_or("it does not state when it was signed")?;
    let (from, to) = certificate::validity(signer);
    let outside = [Some(stated), stamped].into_iter().flatten().find(|at| *at < from || *at > to);
    match outside {
        None => Ok(()),
        Some(at) => Err(format!("it was signed at {}, when the certificate was not valid", at.to_rfc3339())),
    }
}

/// Checks the signature `p7s` (DER) that stands beside `content`.
pub fn verify_detached(content: &[u8], p7s: &[u8], trust: &Trust) -> SignatureVerdict {
    beside(examine(p7s, &[content]), trust)
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
