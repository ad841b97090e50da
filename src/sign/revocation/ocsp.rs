//! OCSP (RFC 6960): the request about one certificate, and the answer checked.

use chrono::{DateTime, Utc};
use der::asn1::{BitString, GeneralizedTime, ObjectIdentifier, OctetString};
use der::{Any, Decode, Encode, Sequence, Tag, TagNumber, Tagged};
use sha1::{Digest, Sha1};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::ExtendedKeyUsage;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Time;

use super::{Clock, Problem, is_current, unusable};
use crate::sign::algorithm::{PublicKey, Scheme};
use crate::sign::certificate;
use crate::sign::oid::{FOR_OCSP, OCSP_BASIC, SHA_1};

/// Certificates in an answer that are looked at.
const DELEGATES: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
struct CertificateId {
    hash: AlgorithmIdentifierOwned,
    issuer_name: OctetString,
    issuer_key: OctetString,
    serial: SerialNumber,
}

#[derive(Sequence)]
struct Single {
    certificate: CertificateId,
}

#[derive(Sequence)]
struct ToBeAnswered {
    list: Vec<Single>,
}

#[derive(Sequence)]
struct Request {
    request: ToBeAnswered,
}

#[derive(Sequence)]
struct Response {
    /// Enumerated: 0 is success.
    status: Any,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    bytes: Option<ResponseBytes>,
}

#[derive(Sequence)]
struct ResponseBytes {
    kind: ObjectIdentifier,
    response: OctetString,
}

#[derive(Sequence)]
struct Basic {
    /// As it was signed.
    data: Any,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    certificates: Option<Vec<Certificate>>,
}

#[derive(Sequence)]
struct Data {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    version: Option<u8>,
    responder: Any,
    produced: GeneralizedTime,
    answers: Vec<Answer>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Sequence)]
struct Answer {
    certificate: CertificateId,
    status: Any,
    this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    next_update: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

/// The request about `entry`.
pub(super) fn request(entry: &Certificate, issuer: &Certificate) -> der::Result<Vec<u8>> {
    let list = vec![Single { certificate: id(entry, issuer)? }];
    Request { request: ToBeAnswered { list } }.to_der()
}

fn id(entry: &Certificate, issuer: &Certificate) -> der::Result<CertificateId> {
    let tbs = entry.tbs_certificate();
    let key = issuer.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes();
    let sha1 = |bytes: &[u8]| OctetString::new(Sha1::digest(bytes).to_vec());
    Ok(CertificateId {
        hash: AlgorithmIdentifierOwned { oid: SHA_1, parameters: Some(Any::null()) },
        issuer_name: sha1(&tbs.issuer().to_der()?)?,
        issuer_key: sha1(key)?,
        serial: tbs.serial_number().clone(),
    })
}

/// Checks that `answer` says that `entry` is good at the time of `clock`, by its issuer or by a responder in its name. Gives
/// the answer without the certificates that are not needed, for nothing protects these, and the responder's certificate.
pub(super) fn check(
    answer: &[u8],
    entry: &Certificate,
    issuer: &Certificate,
    clock: Clock,
) -> Result<(Vec<u8>, Option<Certificate>), Problem> {
    const WHAT: &str = "its answer is not an OCSP response in DER";
    let basic = basic(answer)?;
    let delegate = signer(&basic, issuer, clock)?;
    let data: Data = basic.data.decode_as().map_err(|_| unusable(WHAT))?;
    let wanted = id(entry, issuer).map_err(|_| unusable(WHAT))?;
    let same = |answer: &&Answer| is_same(&answer.certificate, &wanted);
    let found = data.answers.iter().find(same).ok_or_else(|| unusable("its answer is about another certificate"))?;
    let critical = |list: &Option<Extensions>| list.iter().flatten().any(|extension| extension.critical);
    if critical(&data.extensions) || critical(&found.extensions) {
        return Err(unusable("its answer has a critical extension that is not understood"));
    }
    status(found)?;
    is_current(instant(&found.this_update), found.next_update.as_ref().map(instant), clock)?;
    let bare = bare(basic, delegate.as_ref()).map_err(|_| unusable(WHAT))?;
    Ok((bare, delegate))
}

/// The same answer with the certificate of the responder alone.
fn bare(basic: Basic, delegate: Option<&Certificate>) -> der::Result<Vec<u8>> {
    let basic = Basic { certificates: delegate.map(|delegate| vec![delegate.clone()]), ..basic };
    let bytes = ResponseBytes { kind: OCSP_BASIC, response: OctetString::new(basic.to_der()?)? };
    Response { status: Any::new(Tag::Enumerated, [0])?, bytes: Some(bytes) }.to_der()
}

fn basic(answer: &[u8]) -> Result<Basic, Problem> {
    const WHAT: &str = "its answer is not an OCSP response in DER";
    let response = Response::from_der(answer).map_err(|_| unusable(WHAT))?;
    match (response.status.tag(), response.status.value()) {
        (Tag::Enumerated, [0]) => {}
        (Tag::Enumerated, [status]) => return Err(unusable(format!("it gives no answer: status {status}"))),
        _ => return Err(unusable(WHAT)),
    }
    let bytes = response.bytes.filter(|bytes| bytes.kind == OCSP_BASIC).ok_or_else(|| unusable(WHAT))?;
    Basic::from_der(bytes.response.as_bytes()).map_err(|_| unusable(WHAT))
}

/// Whether two ids, with or without parameters of the hash, are of one certificate.
fn is_same(one: &CertificateId, other: &CertificateId) -> bool {
    let parts = |id: &CertificateId| {
        (id.hash.oid, id.issuer_name.clone(), id.issuer_key.clone(), id.serial.as_bytes().to_vec())
    };
    parts(one) == parts(other)
}

/// Who signed: the issuer (`None`), or one whom the issuer gave a certificate for that purpose.
fn signer(basic: &Basic, issuer: &Certificate, clock: Clock) -> Result<Option<Certificate>, Problem> {
    if let Ok(()) = signed_by(basic, issuer)? {
        return Ok(None);
    }
    let mut problem = "its answer is not signed by the issuer, nor by anybody whom the issuer lets answer".to_owned();
    for entry in basic.certificates.iter().flatten().take(DELEGATES) {
        if signed_by(basic, entry)?.is_ok() {
            match may_answer(entry, issuer, clock) {
                Ok(()) => return Ok(Some(entry.clone())),
                Err(why) => problem = format!("its answer is signed by a certificate that {why}"),
            }
        }
    }
    Err(Problem::Unusable(problem))
}

fn signed_by(basic: &Basic, entry: &Certificate) -> Result<Result<(), String>, Problem> {
    let scheme =
        Scheme::from_identifier(&basic.algorithm, None).map_err(|why| unusable(format!("its answer: {why}")))?;
    let Ok(key) = PublicKey::from_spki(entry.tbs_certificate().subject_public_key_info()) else {
        return Ok(Err("its key is not acceptable".to_owned()));
    };
    let data = basic.data.to_der().map_err(|_| unusable("its answer cannot be read"))?;
    let value = basic.signature.as_bytes();
    let value = value.ok_or_else(|| unusable("the signature of its answer is not a number of whole bytes"))?;
    Ok(key.verify(scheme, &data, value).map_err(|why| why.to_string()))
}

fn may_answer(entry: &Certificate, issuer: &Certificate, clock: Clock) -> Result<(), &'static str> {
    certificate::issued_by(entry, issuer).map_err(|_| "the issuer did not issue")?;
    let usage = entry.tbs_certificate().get_extension::<ExtendedKeyUsage>();
    let is_for_it = matches!(&usage, Ok(Some((_, usage))) if usage.0.contains(&FOR_OCSP));
    if !is_for_it {
        return Err("is not one for OCSP answers");
    }
    let (from, to) = certificate::validity(entry);
    if clock.now < from || clock.now > to { Err("is not valid now") } else { Ok(()) }
}

/// `good [0]`, `revoked [1]`, `unknown [2]`.
fn status(answer: &Answer) -> Result<(), Problem> {
    let number = match answer.status.tag() {
        Tag::ContextSpecific { number, .. } => number,
        _ => return Err(unusable("its answer cannot be read")),
    };
    match number {
        TagNumber(0) => Ok(()),
        TagNumber(1) => Err(Problem::Revoked(since(answer.status.value()))),
        _ => Err(unusable("it does not know the certificate")),
    }
}

fn since(revoked: &[u8]) -> String {
    let time = der::SliceReader::new(revoked).and_then(|mut reader| GeneralizedTime::decode(&mut reader));
    time.map_or_else(
        |_| "since a time that cannot be read".to_owned(),
        |time| format!("since {}", instant(&time).to_rfc3339()),
    )
}

fn instant(time: &GeneralizedTime) -> DateTime<Utc> {
    certificate::instant(Time::GeneralTime(*time))
}
