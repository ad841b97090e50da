//! Timestamps (RFC 3161): the request, and the answer checked to the letter. Who carries them over the network is the
//! caller's business.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use der::asn1::{BitString, Int, ObjectIdentifier, OctetString, Utf8StringRef};
use der::{Any, Decode, Encode, Sequence, Tag, Tagged};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::ExtendedKeyUsage;

use super::algorithm::Hash;
use super::certificate;
use super::examine::{Examined, examine_stamp};
use super::oid::FOR_TIME_STAMPS;

/// The longest answer that is looked at, in bytes.
pub const LONGEST: usize = 24 << 10;
/// How far the clock of an authority may differ from that of a signer, or of whoever verifies.
pub const SKEW: TimeDelta = TimeDelta::minutes(5);
/// Posts a request and gives back the body of the answer, or says why there is none.
pub type Ask<'a> = dyn Fn(&[u8]) -> Result<Vec<u8>, String> + 'a;

/// Why there is no timestamp, or none that counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// The authority was not reached or gave no answer.
    #[error("the timestamp authority gave no answer: {0}")]
    NoAnswer(String),
    /// The answer is not one.
    #[error("the timestamp authority's answer cannot be read")]
    Unreadable,
    /// The authority refuses.
    #[error("the timestamp authority refused: status {status}{text}")]
    Refused {
        /// The status of RFC 3161, 2 to 5.
        status: u8,
        /// What it says about it, after a colon, or nothing.
        text: String,
    },
    /// The stamp is for another request.
    #[error("the timestamp is not for this request: its {0} is another")]
    Another(&'static str),
    /// The stamp does not hold.
    #[error("the timestamp does not hold: {0}")]
    Bad(String),
    /// It shows a time before the one that the signature states.
    #[error("the timestamp shows {stamped}, before this machine's time, {stated}")]
    Earlier {
        /// The authority's time.
        stamped: String,
        /// The time that the signature states.
        stated: String,
    },
    /// Longer than there is room for.
    #[error("the timestamp authority's answer is longer than {LONGEST} bytes")]
    TooLong,
    /// No randomness for the nonce.
    #[error("the system gives no randomness for the request")]
    Random,
    /// The request could not be encoded.
    #[error("the timestamp request cannot be encoded")]
    Encoding,
}

/// A timestamp authority.
pub struct Authority<'a> {
    /// Posts a request to it, as `application/timestamp-query`.
    pub ask: &'a Ask<'a>,
    /// The policy to be stamped under; `None` leaves it to the authority.
    pub policy: Option<ObjectIdentifier>,
}

/// A checked timestamp.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// The authority's certificate and those above it.
    pub chain: Vec<Certificate>,
    /// The authority, by the name in its certificate.
    by: String,
    info: Info,
}

#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
struct Imprint {
    algorithm: AlgorithmIdentifierOwned,
    hash: OctetString,
}

#[derive(Sequence)]
struct Request {
    version: u8,
    imprint: Imprint,
    #[asn1(optional = "true")]
    policy: Option<ObjectIdentifier>,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(default = "Default::default")]
    certificates: bool,
}

#[derive(Sequence)]
struct Status {
    status: u8,
    #[asn1(optional = "true")]
    text: Option<Vec<Any>>,
    #[asn1(optional = "true")]
    failure: Option<BitString>,
}

#[derive(Sequence)]
struct Response {
    status: Status,
    #[asn1(optional = "true")]
    token: Option<Any>,
}

#[derive(Debug, Clone, Sequence)]
struct Accuracy {
    #[asn1(optional = "true")]
    seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    micros: Option<u16>,
}

/// `TSTInfo`: what the authority signs.
#[derive(Debug, Clone, Sequence)]
struct Info {
    version: u8,
    policy: ObjectIdentifier,
    imprint: Imprint,
    serial: Int,
    time: Any,
    #[asn1(optional = "true")]
    accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    authority: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

impl Authority<'_> {
    /// A timestamp on `parts`, which follow one another and are signed as of `stated`, checked, in DER: to be kept with the
    /// signature.
    ///
    /// # Errors
    /// When there is no answer, or one that does not hold, is for another request, or earlier than `stated`.
    pub(super) fn stamp(&self, parts: &[&[u8]], stated: DateTime<Utc>) -> Result<Vec<u8>, StampError> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).map_err(|_| StampError::Random)?;
        // Neither negative nor with leading zeros.
        random[0] = random[0] & 0x7f | 0x40;
        let nonce = Int::new(&random).map_err(|_| StampError::Encoding)?;
        let request = request(parts, nonce.clone(), self.policy)?;
        let answer = (self.ask)(&request).map_err(StampError::NoAnswer)?;
        let token = token(&answer)?;
        let stamp = Stamp::read(&token, parts)?;
        if stamp.info.nonce.as_ref() != Some(&nonce) {
            return Err(StampError::Another("nonce"));
        }
        if self.policy.is_some_and(|policy| policy != stamp.info.policy) {
            return Err(StampError::Another("policy"));
        }
        if stamp.at < stated - SKEW {
            return Err(StampError::Earlier { stamped: stamp.at.to_rfc3339(), stated: stated.to_rfc3339() });
        }
        Ok(token)
    }
}

fn request(parts: &[&[u8]], nonce: Int, policy: Option<ObjectIdentifier>) -> Result<Vec<u8>, StampError> {
    let hash = OctetString::new(Hash::Sha256.digest(parts)).map_err(|_| StampError::Encoding)?;
    let imprint = Imprint { algorithm: Hash::Sha256.identifier(), hash };
    let request = Request { version: 1, imprint, policy, nonce: Some(nonce), certificates: true };
    request.to_der().map_err(|_| StampError::Encoding)
}

/// The token in an answer that grants one.
fn token(answer: &[u8]) -> Result<Vec<u8>, StampError> {
    if answer.len() > LONGEST {
        return Err(StampError::TooLong);
    }
    let response = Response::from_der(answer).map_err(|_| StampError::Unreadable)?;
    match (response.status.status, response.token) {
        (0 | 1, Some(token)) => token.to_der().map_err(|_| StampError::Unreadable),
        (0 | 1, None) => Err(StampError::Unreadable),
        (status, _) => {
            let texts = response.status.text.unwrap_or_default();
            let text = texts.iter().filter_map(|text| Utf8StringRef::try_from(text).ok());
            let text: String = text.map(|text| format!(": {}", text.as_str().escape_debug())).collect();
            Err(StampError::Refused { status, text })
        }
    }
}

impl Stamp {
    /// Reads the stamp in `token` and checks that it is one on `parts`, which follow one another: by its imprint, its signature, and its certificate,
    /// which must be for timestamps alone and have been valid then. Whether the authority is trusted is not asked here.
    ///
    /// # Errors
    /// When it is on something else or does not hold.
    pub fn read(token: &[u8], parts: &[&[u8]]) -> Result<Self, StampError> {
        let (examined, content) = examine_stamp(token).map_err(StampError::Bad)?;
        let info = Info::from_der(&content).map_err(|_| StampError::Unreadable)?;
        let hash = Hash::from_identifier(&info.imprint.algorithm).map_err(|why| StampError::Bad(why.to_string()))?;
        if info.imprint.hash.as_bytes() != hash.digest(parts) {
            return Err(StampError::Another("imprint"));
        }
        let Examined { intact, valid, chain, .. } = examined;
        intact.and(valid).map_err(StampError::Bad)?;
        let at = instant(&info.time).filter(|_| info.version == 1).ok_or(StampError::Unreadable)?;
        let authority = certificate_for_stamps(chain.first(), at).map_err(StampError::Bad)?;
        let by = certificate::display_name(authority.tbs_certificate().subject());
        Ok(Self { at, chain, by, info })
    }

    /// The authority, by the name in its certificate.
    pub fn by(&self) -> String {
        self.by.clone()
    }
}

/// RFC 3161, 2.3: the purpose must be stated, critical, and the only one.
fn certificate_for_stamps(entry: Option<&Certificate>, at: DateTime<Utc>) -> Result<&Certificate, String> {
    let entry = entry.ok_or("it holds no certificate of the authority")?;
    let usage = entry.tbs_certificate().get_extension::<ExtendedKeyUsage>();
    let only = matches!(&usage, Ok(Some((true, usage))) if usage.0 == [FOR_TIME_STAMPS]);
    if !only {
        return Err("its certificate is not one for timestamps alone".to_owned());
    }
    let (from, to) = certificate::validity(entry);
    match at < from || at > to {
        true => Err("its certificate was not valid at that time".to_owned()),
        false => Ok(entry),
    }
}

/// A `GeneralizedTime`, which may carry fractions of a second here.
fn instant(time: &Any) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(time.value()).ok().filter(|_| time.tag() == Tag::GeneralizedTime)?;
    let (whole, fraction) = text.strip_suffix('Z')?.split_at_checked(14)?;
    let digits = fraction.strip_prefix('.').filter(|digits| !digits.is_empty() && digits.len() <= 9);
    if !fraction.is_empty() && !digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let whole = NaiveDateTime::parse_from_str(whole, "%Y%m%d%H%M%S").ok()?.and_utc();
    let nanos = format!("{:0<9}", digits.unwrap_or_default()).parse().ok()?;
    whole.checked_add_signed(TimeDelta::nanoseconds(nanos))
}
