//! When it was signed: what the signer states, what authorities prove, and whether these times can be in that order.
//!
//! A stamp is among the attributes that are not signed, so anybody can put one there. It says something only where its
//! authority is trusted; else it is named beside the time that the signer states, and never in its place.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Fact, Trust};
use crate::sign::timestamp::{SKEW, Stamp};

/// What is known of when it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Timed {
    /// Nothing.
    Unknown,
    /// The signer states it, and no trusted authority confirms it.
    Stated {
        /// The time that the signer's clock showed.
        at: DateTime<Utc>,
        /// Whether that time has not come yet.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        in_future: bool,
        /// The stamp of an authority that is not trusted, or was not checked: it proves nothing.
        #[serde(skip_serializing_if = "Option::is_none")]
        stamp: Option<SignatureStamp>,
    },
    /// A trusted timestamp authority proves that the signature was there.
    Stamped {
        /// When the authority saw it.
        at: DateTime<Utc>,
        /// The authority, as its certificate names it.
        by: String,
        /// That the caller trusts the authority.
        trusted: Fact,
        /// The stamp on the whole document, where a PDF has one: as long as it holds, the stamp on the signature and the
        /// certificates are judged by the time that it proves.
        #[serde(skip_serializing_if = "Option::is_none")]
        document: Option<DocumentStamp>,
    },
}

/// What a stamp on a signature claims whose authority is not known to be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignatureStamp {
    /// The time in it.
    pub at: DateTime<Utc>,
    /// The authority, as its certificate names it.
    pub by: String,
    /// Why it proves nothing.
    pub trusted: Fact,
    /// The stamp on the whole document, where a PDF has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentStamp>,
}

/// A timestamp authority states that the whole document was there, its signature and what keeps that included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentStamp {
    /// When the authority saw it.
    pub at: DateTime<Utc>,
    /// The authority, as its certificate names it.
    pub by: String,
    /// Whether the caller trusts the authority.
    pub trusted: Fact,
}

impl Timed {
    /// What the stated time and the stamps prove, by `trust`.
    pub(super) fn of(
        stated: Option<DateTime<Utc>>,
        stamp: Option<&Stamp>,
        document: Option<&Stamp>,
        trust: &Trust,
    ) -> Self {
        let document = document.map(|stamp| DocumentStamp {
            at: stamp.at,
            by: stamp.by(),
            trusted: trust.answer_stamp(&stamp.chain, None),
        });
        let kept = document.as_ref().filter(|document| document.trusted.holds()).map(|document| document.at);
        let stamp = stamp.map(|stamp| (stamp.at, stamp.by(), trust.answer_stamp(&stamp.chain, kept)));
        match (stated, stamp) {
            (_, Some((at, by, trusted @ Fact::Yes))) => Self::Stamped { at, by, trusted, document },
            (Some(stated), stamp) => Self::Stated {
                at: stated,
                in_future: stated > trust.now() + SKEW,
                stamp: stamp.map(|(at, by, trusted)| SignatureStamp { at, by, trusted, document }),
            },
            (None, _) => Self::Unknown,
        }
    }

    /// The time that a trusted authority proves.
    pub(super) fn proven(&self) -> Option<DateTime<Utc>> {
        if let Self::Stamped { at, .. } = self { Some(*at) } else { None }
    }

    /// The first authority, of those that stamped the signature and the document, that is not known to be trusted.
    pub(super) fn doubted(&self) -> Option<(&str, &Fact)> {
        let (own, document) = match self {
            Self::Unknown => return None,
            Self::Stated { stamp, .. } => {
                let stamp = stamp.as_ref();
                (
                    stamp.map(|stamp| (stamp.by.as_str(), &stamp.trusted)),
                    stamp.and_then(|stamp| stamp.document.as_ref()),
                )
            }
            Self::Stamped { by, trusted, document, .. } => (Some((by.as_str(), trusted)), document.as_ref()),
        };
        let document = document.map(|document| (document.by.as_str(), &document.trusted));
        [own, document].into_iter().flatten().find(|(_, trusted)| !trusted.holds())
    }
}

/// Whoever made the stamps: none may be earlier than the stated time, nor in the future, nor the document's earlier than the
/// signature's.
pub(super) fn in_order(
    stated: Option<DateTime<Utc>>,
    stamp: Option<&Stamp>,
    document: Option<&Stamp>,
    trust: &Trust,
) -> Result<(), String> {
    let mut before = stated.map(|at| (at, "the signer states that it was signed"));
    for (stamp, what) in [(stamp, "its timestamp"), (document, "the timestamp on the document")] {
        let Some(stamp) = stamp else { continue };
        let (at, by) = (stamp.at.to_rfc3339(), stamp.by());
        if stamp.at > trust.now() + SKEW {
            return Err(format!("{what}, by `{by}`, is dated in the future: {at}"));
        }
        if let Some((earlier, event)) = before.filter(|(earlier, _)| stamp.at < *earlier - SKEW) {
            return Err(format!("{what}, by `{by}`, is of {at}, before {event}: {}", earlier.to_rfc3339()));
        }
        before = Some((stamp.at, "its signature was stamped"));
    }
    Ok(())
}
