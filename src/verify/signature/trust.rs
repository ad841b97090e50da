//! Whom the caller trusts, and whether a signer's certificate leads there.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use der::pem;
use x509_cert::Certificate;
use x509_cert::ext::pkix::ExtendedKeyUsage;

use super::Fact;
use crate::remedy::Remedy;
use crate::sign::oid::{FOR_DOCUMENTS, FOR_TIME_STAMPS, UNDERSTOOD};
use crate::sign::revocation::Proofs;
use crate::sign::{certificate, constraints};

/// The longest path from a signer to a root.
const LONGEST: usize = 8;
/// What makes an argument about trust unusable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Not PEM, or no certificate in it.
    #[error("the file holds no certificate in PEM form (BEGIN CERTIFICATE)")]
    NoCertificate,
    /// A certificate that cannot be read.
    #[error("certificate {0} of the file cannot be read")]
    Unreadable(usize),
    /// Not 64 hexadecimal digits.
    #[error("`{0}` is not a SHA-256 fingerprint")]
    NotAFingerprint(String),
}

impl Remedy for TrustError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        matches!(self, Self::NotAFingerprint(_))
            .then(|| "write its 64 hexadecimal digits, with or without colons or spaces".into())
    }
}

/// Certificates and fingerprints that the caller trusts, and the moment at which they are asked about.
#[derive(Debug, Clone)]
pub struct Trust {
    anchors: Vec<Certificate>,
    fingerprints: Vec<String>,
    /// Whether a signer of another fingerprint is another than the caller means; that of a sign-off is not.
    is_pinned: bool,
    now: DateTime<Utc>,
}

impl Trust {
    /// Trust in no signer yet, asked at `now`.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self { anchors: Vec::new(), fingerprints: Vec::new(), is_pinned: true, now }
    }

    /// The same for whoever signs off what another one prepared: the fingerprints that were given may not be theirs.
    pub(in crate::verify) fn for_sign_offs(&self) -> Self {
        Self { is_pinned: false, ..self.clone() }
    }

    /// The moment at which it is asked.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Trusts what is issued, directly or not, by the certificates in `text`, and these themselves.
    ///
    /// # Errors
    /// When there is no certificate in `text` or one cannot be read.
    pub fn and_pem(mut self, text: &str) -> Result<Self, TrustError> {
        const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
        let before = self.anchors.len();
        for (index, rest) in text.split(BEGIN).skip(1).enumerate() {
            const END: &str = "-----END CERTIFICATE-----";
            let unreadable = || TrustError::Unreadable(index + 1);
            let (body, _) = rest.split_once(END).ok_or_else(unreadable)?;
            let (_, der) = pem::decode_vec(format!("{BEGIN}{body}{END}\n").as_bytes()).map_err(|_| unreadable())?;
            self.anchors.push(certificate::from_der(&der).ok_or_else(unreadable)?);
        }
        if self.anchors.len() == before { Err(TrustError::NoCertificate) } else { Ok(self) }
    }

    /// Trusts what is issued by these certificates (DER); those that cannot be read are skipped.
    ///
    /// # Errors
    /// When none of them can be read.
    pub fn and_roots(mut self, ders: &[&[u8]]) -> Result<Self, TrustError> {
        let before = self.anchors.len();
        self.anchors.extend(ders.iter().filter_map(|der| certificate::from_der(der)));
        if self.anchors.len() == before { Err(TrustError::NoCertificate) } else { Ok(self) }
    }

    /// Trusts one certificate more, by its SHA-256; colons, spaces and capitals do not matter.
    ///
    /// # Errors
    /// When `text` is not a fingerprint.
    pub fn and_fingerprint(mut self, text: &str) -> Result<Self, TrustError> {
        let digits: String = text.chars().filter(|c| *c != ':' && !c.is_whitespace()).collect();
        if digits.len() != 64 || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(TrustError::NotAFingerprint(text.to_owned()));
        }
        self.fingerprints.push(digits.to_ascii_lowercase());
        Ok(self)
    }

    /// Whether the first certificate of `chain` is trusted; `proven` is the time that a trusted stamp proves, else the
    /// present counts.
    pub(super) fn answer(&self, chain: &[Certificate], proven: Option<DateTime<Utc>>) -> Fact {
        let Some(signer) = chain.first() else { return Fact::No("it names no signer".to_owned()) };
        if self.anchors.is_empty() && self.fingerprints.is_empty() {
            let what = "no trusted certificate or fingerprint was given";
            let ended = certificate::validity(signer).1 < proven.unwrap_or(self.now);
            return Fact::NotChecked(if ended { format!("{what}; {}", over(signer)) } else { what.to_owned() });
        }
        let is_given = || certificate::fingerprint(signer).is_ok_and(|of| self.fingerprints.contains(&of));
        if !self.fingerprints.is_empty() && !is_given() {
            let one = self.fingerprints.len() == 1;
            match (self.is_pinned, self.anchors.is_empty()) {
                (true, _) => {
                    let given = if one { "the one given" } else { "those given" };
                    return Fact::No(format!("the signer's certificate has another fingerprint than {given}"));
                }
                (false, true) => {
                    let given = if one { "the fingerprint given is not" } else { "none of the fingerprints given is" };
                    return Fact::NotChecked(format!("{given} of this certificate"));
                }
                (false, false) => {}
            }
        }
        if self.anchors.is_empty() {
            return Fact::Yes;
        }
        self.path(chain, proven.unwrap_or(self.now), for_documents, &FOR_DOCUMENTS).into()
    }

    /// Whether the timestamp authority at the beginning of `chain` is trusted; only roots can say so. `proven` is the time
    /// at which a trusted stamp shows that this one was there, else the present counts.
    pub(super) fn answer_stamp(&self, chain: &[Certificate], proven: Option<DateTime<Utc>>) -> Fact {
        match self.anchors.is_empty() {
            true => Fact::NotChecked("no trusted certificate was given".to_owned()),
            // Its purpose was looked at when the stamp was read.
            false => self.path(chain, proven.unwrap_or(self.now), |_| true, &[FOR_TIME_STAMPS]).into(),
        }
    }

    /// Walks up from the signer until a certificate is trusted or was issued by a trusted one.
    fn path(
        &self,
        chain: &[Certificate],
        at: DateTime<Utc>,
        purpose: fn(&Certificate) -> bool,
        purposes: &[ObjectIdentifier],
    ) -> Result<(), String> {
        self.end_is_vouched_for(chain)?;
        let mut problem = None;
        for (above, entry) in chain.iter().take(LONGEST).enumerate() {
            usable(entry, above, at, purpose)?;
            let below: Vec<&Certificate> = chain.iter().take(above + 1).collect();
            allowed(&below, purposes)?;
            if self.anchors.contains(entry) {
                return Ok(());
            }
            for anchor in self.anchors.iter().filter(|anchor| certificate::issued_by(entry, anchor).is_ok()) {
                let path: Vec<&Certificate> = below.iter().copied().chain([anchor]).collect();
                match usable(anchor, above + 1, at, purpose).and_then(|()| allowed(&path, purposes)) {
                    Ok(()) => return Ok(()),
                    Err(why) => problem = Some(why),
                }
            }
        }
        Err(problem.unwrap_or_else(|| "its certificate does not lead to a trusted one".to_owned()))
    }
}

impl Trust {
    /// Whether there is a voucher for every certificate of a store: one of the `chains`, one that is trusted or was issued by a
    /// trusted one, or a root by its own signature. One who merely bears the name and the key of an issuer could hold anything.
    pub(super) fn vouches(&self, proofs: &Proofs, chains: &[&[Certificate]]) -> Result<(), String> {
        let mut vouched: Vec<Certificate> = chains.iter().copied().flatten().chain(&self.anchors).cloned().collect();
        let mut open: Vec<Certificate> =
            proofs.certificates.iter().filter_map(|der| certificate::from_der(der)).collect();
        loop {
            let holds = |entry: &Certificate| {
                vouched.contains(entry)
                    || certificate::issued_by(entry, entry).is_ok()
                    || vouched.iter().any(|issuer| certificate::issued_by(entry, issuer).is_ok())
            };
            let (more, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(holds);
            if rest.is_empty() {
                return Ok(());
            }
            if more.is_empty() {
                return Err("the store holds a certificate outside every chain and trusted issuer".to_owned());
            }
            vouched.extend(more);
            open = rest;
        }
    }

    /// What is above a trusted certificate proves nothing, but may not be forged either. A last certificate that issued
    /// itself was checked when the chain was put in order.
    fn end_is_vouched_for(&self, chain: &[Certificate]) -> Result<(), String> {
        let Some(last) = chain.last().filter(|last| !certificate::is_self_issued(last)) else { return Ok(()) };
        let by = |anchor: &Certificate| anchor == last || certificate::issued_by(last, anchor).is_ok();
        match self.anchors.iter().any(by) {
            true => Ok(()),
            false => Err(format!(
                "its certificate does not lead to a trusted one; its chain ends at `{}`",
                certificate::display_name(last.tbs_certificate().subject())
            )),
        }
    }
}

/// Whether the CAs of a path allow the names and the purpose below them.
fn allowed(path: &[&Certificate], purposes: &[ObjectIdentifier]) -> Result<(), String> {
    constraints::names_allow(path).and_then(|()| constraints::purposes_allow(path, purposes))
}

/// Whether a certificate may stand at this place of a path: 0 is the signer, `above` certificates are below it.
fn usable(
    entry: &Certificate,
    above: usize,
    at: DateTime<Utc>,
    purpose: fn(&Certificate) -> bool,
) -> Result<(), String> {
    let name = certificate::display_name(entry.tbs_certificate().subject());
    let (from, to) = certificate::validity(entry);
    if at > to && above == 0 {
        return Err(over(entry));
    }
    if at < from || at > to {
        return Err(format!(
            "the certificate of `{name}` is valid from {} to {} only",
            from.to_rfc3339(),
            to.to_rfc3339()
        ));
    }
    if let Some(oid) = not_understood(entry) {
        return Err(format!("the certificate of `{name}` has a critical extension that is not understood: {oid}"));
    }
    if above == 0 {
        return match purpose(entry) {
            true => Ok(()),
            false => Err(format!("the certificate of `{name}` was not issued for signing documents")),
        };
    }
    let short = certificate::path_length(entry).is_some_and(|most| above - 1 > usize::from(most));
    match certificate::may_issue(entry) && !short {
        true => Ok(()),
        false => Err(format!("the certificate of `{name}` may not issue certificates here")),
    }
}

/// What to do about a signer's certificate that is over, and no stamp that shows when it was used.
fn over(signer: &Certificate) -> String {
    let name = certificate::display_name(signer.tbs_certificate().subject());
    let until = certificate::validity(signer).1.to_rfc3339();
    let what = format!(
        "the certificate of `{name}` was valid until {until}, and no trusted timestamp shows that it was used before"
    );
    match certificate::is_self_issued(signer) {
        true => format!("{what}: compare its fingerprint with one that the signer gave you, by --fingerprint"),
        false => format!(
            "{what}: ask the signer for a package with a timestamp, or compare the fingerprint by --fingerprint"
        ),
    }
}

fn not_understood(entry: &Certificate) -> Option<ObjectIdentifier> {
    let extensions = entry.tbs_certificate().extensions()?;
    let unknown = |oid: &ObjectIdentifier| !UNDERSTOOD.contains(oid);
    extensions.iter().filter(|extension| extension.critical).map(|extension| extension.extn_id).find(unknown)
}

fn for_documents(entry: &Certificate) -> bool {
    match entry.tbs_certificate().get_extension::<ExtendedKeyUsage>() {
        Ok(None) => true,
        Ok(Some((_, usage))) => usage.0.iter().any(|oid| FOR_DOCUMENTS.contains(oid)),
        Err(_) => false,
    }
}
