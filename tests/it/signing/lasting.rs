//! `--long-term`: PDF signatures with revocation data and a document timestamp (PAdES B-LTA), judged by others.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use dialnexa_audit::sign::revocation::gather;
use dialnexa_audit::sign::{Authority, Responders, SignError, Signing, pades};
use dialnexa_audit::verify::signature::{Fact, Timed, Trust, verify_pdf};
use serde_json::Value;

use super::authority::{Reply, TimeStamps};
use super::bench::{Folder, identity, now};
use super::paper;
use super::pki::Pki;
use super::responders::lasting_pki;
use super::stamps::answer;
use crate::harness::{Invocation, Place};
use crate::pdf::archive::veracheck;

const PACKAGE: &str = "batch-audit-2024-Q1";

/// As simple a client as can be.
pub fn fetch(url: &str, request: Option<&[u8]>) -> Result<Vec<u8>, String> {
    let (host, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).map_err(|error| error.to_string())?;
    let kind = "content-type: application/ocsp-request\r\n";
    let head = match request {
        Some(body) => format!("POST /{path} HTTP/1.1\r\n{kind}content-length: {}\r\n\r\n", body.len()),
        None => format!("GET /{path} HTTP/1.1\r\n\r\n"),
    };
    stream.write_all(&[head.as_bytes(), request.unwrap_or_default()].concat()).unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).unwrap();
    let body = reply.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    if reply.starts_with(b"HTTP/1.1 200") { Ok(reply.split_off(body)) } else { Err("HTTP 404".to_owned()) }
}

/// The PDF signed for the long term by `name`, when the clock shows `at`.
fn signed_at(pki: &'static Pki, name: &str, at: DateTime<Utc>) -> Result<Vec<u8>, SignError> {
    let ask = |request: &[u8]| Ok(answer(pki, "stamp", request));
    let authority = Authority { ask: &ask, policy: None };
    let clock = move || at;
    let responders = Responders { fetch: &fetch, now: &clock, notify: &|words| println!("reported: {words}") };
    let identity = pki.identity(name);
    let signing = Signing::new(&identity, now()).stamped_by(&authority).kept_by(&responders);
    pades::sign(paper::pdf(), &signing, "Quarterly report")
}

/// The PDF signed for the long term by `name`.
pub fn signed(pki: &'static Pki, name: &str) -> Vec<u8> {
    signed_at(pki, name, Utc::now()).unwrap()
}

/// pyHanko's judgement by ETSI EN 319 102-1, 5.6.3 (long-term availability), where revocation data are required and nothing
/// may be fetched.
const JUDGE: &str = "import asyncio, sys\n\
from pyhanko.keys import load_cert_from_pemder\n\
from pyhanko.pdf_utils.reader import PdfFileReader\n\
from pyhanko.sign.validation.ades import ades_lta_validation\n\
from pyhanko.sign.validation.policy_decl import *\n\
from pyhanko_certvalidator.context import CertValidationPolicySpec\n\
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo\n\
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy, FreshnessReqType\n\
from pyhanko_certvalidator.registry import SimpleTrustManager\n\
trust = SimpleTrustManager.build(trust_roots=[load_cert_from_pemder('root.pem')])\n\
required = CertRevTrustPolicy(REQUIRE_REVINFO, freshness=None,\n\
    freshness_req_type=FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION)\n\
spec = SignatureValidationSpec(\n\
    cert_validation_policy=CertValidationPolicySpec(trust_manager=trust, revinfo_policy=required),\n\
    revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY))\n\
signature = PdfFileReader(open(sys.argv[1], 'rb')).embedded_regular_signatures[0]\n\
result = asyncio.run(ades_lta_validation(signature, PdfSignatureValidationSpec(spec),\n\
    timing_info=ValidationTimingInfo.now()))\n\
print(result.ades_subindic, result.api_status.bottom_line, result.api_status.modification_level)\n\
print('OLDEST EVIDENCE', result.oldest_evidence_record_timestamp)\n";

fn judged_by_others(folder: &Folder, file: &str) {
    if let Some(run) = folder.run("pdfsig", &[file]) {
        println!("{}", run.text());
        // The signature covers the document before the updates, the stamp all of it, which pdfsig does not judge itself.
        run.must_say("Signature is Valid").must_say("ETSI.CAdES.detached").must_say("Field Name: Timestamp1");
        run.must_say("  - Total document signed");
    }
    if let Some(run) = folder.run("qpdf", &["--check", file]) {
        run.must_succeed();
    }
    let line = format!("sign validate --pretty-print --trust-replace --trust root.pem --no-revocation-check {file}");
    if let Some(run) = folder.run("pyhanko", &line.split(' ').collect::<Vec<_>>()) {
        println!("{}", run.text());
        run.must_succeed().must_say("The signature is judged VALID");
        folder.put("judge.py", JUDGE);
        // The interpreter that pyHanko itself runs in.
        let found = Command::new("sh").args(["-c", "head -n 1 \"$(command -v pyhanko)\""]).output().unwrap();
        let python = String::from_utf8_lossy(&found.stdout).trim().trim_start_matches("#!").to_owned();
        let run = folder.run(&python, &["judge.py", file]).unwrap();
        println!("{}", run.text());
        run.must_succeed()
            .must_say("AdESPassed.OK")
            .must_say("True ModificationLevel.LTA_UPDATES")
            .must_say("OLDEST EVIDENCE 20");
    }
}

#[test]
fn a_lasting_pdf_is_accepted_by_us_pyhanko_pdfsig_and_qpdf() {
    let Some(pki) = lasting_pki() else { return };
    let folder = Folder::new();
    folder.put("root.pem", pki.text("root.pem"));
    for name in ["delegated", "direct", "listed", "second"] {
        let pdf = signed(pki, name);
        let verdict = verify_pdf(&pdf, &pki.trust());
        assert!(verdict.accepted() && verdict.trusted == Fact::Yes, "{verdict:#?}");
        let Timed::Stamped { document: Some(document), trusted: Fact::Yes, .. } = &verdict.timed else {
            panic!("{verdict:#?}")
        };
        assert_eq!((document.by.as_str(), &document.trusted), ("Test stamp", &Fact::Yes));
        folder.put("r.pdf", &pdf);
        judged_by_others(&folder, "r.pdf");
    }
}

#[test]
fn a_lasting_pdf_with_object_streams_is_accepted_as_well() {
    let Some(pki) = lasting_pki() else { return };
    let folder = Folder::new();
    folder.put("root.pem", pki.text("root.pem"));
    folder.put("plain.pdf", paper::pdf());
    let Some(run) = folder.run("qpdf", &["--object-streams=generate", "plain.pdf", "packed.pdf"]) else { return };
    run.must_succeed();
    let ask = |request: &[u8]| Ok(answer(pki, "stamp", request));
    let authority = Authority { ask: &ask, policy: None };
    let responders = Responders { fetch: &fetch, now: &Utc::now, notify: &|_| {} };
    let identity = pki.identity("direct");
    let signing = Signing::new(&identity, now()).stamped_by(&authority).kept_by(&responders);
    let pdf = pades::sign(fs::read(folder.path().join("packed.pdf")).unwrap(), &signing, "Quarterly report").unwrap();
    let verdict = verify_pdf(&pdf, &pki.trust());
    assert!(verdict.accepted(), "{verdict:#?}");
    folder.put("r.pdf", &pdf);
    judged_by_others(&folder, "r.pdf");
}

#[test]
fn revoked_unreachable_ill_signed_and_late_answers_are_errors_by_name() {
    let Some(pki) = lasting_pki() else { return };
    let later = Utc::now() + TimeDelta::minutes(20);
    for (name, at, words) in [
        ("revoked", Utc::now(), "the certificate of `Test revoked` is revoked: http"),
        ("struck", Utc::now(), "the certificate of `Test struck` is revoked: http"),
        ("gone", Utc::now(), "http://127.0.0.1:9/: "),
        ("stranger", Utc::now(), "signed by a certificate that the issuer did not issue"),
        ("purpose", Utc::now(), "signed by a certificate that is not one for OCSP answers"),
        ("direct", later, "its answer was good until"),
        ("direct", Utc::now() - TimeDelta::hours(1), "its answer is dated in the future"),
        ("late", Utc::now(), "its answer was good until 2024-02-01T00:00:00+00:00 only"),
        ("forged", Utc::now(), "its list is by another issuer"),
        ("babble", Utc::now(), "is not an OCSP response"),
    ] {
        let refused = signed_at(pki, name, at).unwrap_err();
        assert!(matches!(refused, SignError::Revocation(_)), "{name}: {refused}");
        assert!(refused.to_string().contains(words), "{name}: {refused}");
    }
}

#[test]
fn any_change_of_an_answer_on_revocation_is_an_error() {
    let Some(pki) = lasting_pki() else { return };
    // An answer by the issuer itself may carry certificates that nobody needs and nothing protects.
    for name in ["delegated", "listed"] {
        let identity = pki.identity(name);
        let asked = |change: &dyn Fn(&mut Vec<u8>)| {
            let fetch = |url: &str, request: Option<&[u8]>| {
                let mut answer = fetch(url, request)?;
                if !url.ends_with("/crl/root") {
                    change(&mut answer);
                }
                Ok(answer)
            };
            gather(&[identity.chain()], &Responders { fetch: &fetch, now: &Utc::now, notify: &|_| {} })
        };
        let proofs = asked(&|_| {}).unwrap();
        let delegates = usize::from(name == "delegated");
        assert_eq!(proofs.certificates.len(), 3 + delegates);
        assert_eq!((proofs.ocsps.len(), proofs.crls.len()), if name == "listed" { (0, 2) } else { (1, 1) });
        let length = proofs.ocsps.first().or(proofs.crls.first()).unwrap().len();
        for at in (0..length).step_by(length / 40) {
            assert!(asked(&|answer| answer[at] ^= 1).is_err(), "{name}: byte {at} of {length}");
        }
        assert!(asked(&|answer| answer.push(0)).is_err());
        assert!(asked(&|answer| answer.truncate(length / 2)).is_err());
        assert!(asked(&|answer| answer.resize(11 << 20, 0)).is_err());
    }
}

#[test]
fn every_change_of_a_byte_of_what_was_appended_is_rejected() {
    let Some(pki) = lasting_pki() else { return };
    let (pdf, trust) = (signed(pki, "listed"), pki.trust());
    let end = pdf.windows(7).enumerate().filter(|(_, window)| window == b"%%EOF\n\n" || window.starts_with(b"%%EOF\n"));
    let end = end.map(|(place, _)| place + 6).nth(1).unwrap();
    let counts = |file: &[u8]| {
        let verdict = verify_pdf(file, &trust);
        let held =
            matches!(&verdict.timed, Timed::Stamped { document: Some(document), .. } if document.trusted.holds());
        verdict.accepted() && held
    };
    assert!(counts(&pdf));
    let step = (pdf.len() - end) / 300 + 1;
    for at in (end..pdf.len()).step_by(step).chain(pdf.len() - 300..pdf.len()) {
        let mut changed = pdf.clone();
        changed[at] ^= 1;
        assert!(!counts(&changed), "byte {at} of {}", pdf.len());
    }
    // Taken off, it leaves a signature as good as before.
    assert!(verify_pdf(&pdf[..end], &trust).accepted());
}

#[test]
fn a_lasting_signature_is_good_when_its_certificates_are_over() {
    let Some(pki) = lasting_pki() else { return };
    let pdf = signed(pki, "direct");
    // The PKI's certificates are all of ten years, so only a moment before their end can be distinguished from one after it.
    let trust = |days| Trust::at(now() + TimeDelta::days(days)).and_pem(&pki.text("root.pem")).unwrap();
    assert_eq!(verify_pdf(&pdf, &trust(3000)).trusted, Fact::Yes);
    assert!(!verify_pdf(&pdf, &trust(4000)).accepted(), "when the document stamp's is over as well, it needs another");
}

fn report(place: &Place, authority: &TimeStamps, more: &[&str]) -> Invocation {
    let arguments =
        ["report", "--sample", "--quarter", "2024-Q1", "--quiet", "--long-term", "--timestamp-url", &authority.url];
    place.run(&[&arguments[..], more].concat())
}

fn place(pki: &Pki, names: &[&str]) -> Place {
    let place = Place::new();
    for name in names {
        fs::write(place.work().join(format!("{name}.pem")), pki.identity_pem(name)).unwrap();
    }
    fs::write(place.work().join("root.pem"), pki.text("root.pem")).unwrap();
    place
}

#[test]
fn a_package_for_the_long_term_is_verified_and_its_pdf_stays_archivable() {
    let Some(pki) = lasting_pki() else { return };
    let place = place(pki, &["delegated"]);
    let authority = TimeStamps::start(move |request| Reply::Stamp(answer(pki, "stamp", request)));
    let run = report(&place, &authority, &["--identity", "delegated.pem"]).done().expect(0);
    assert!(!run.stderr.contains("names no service"), "{run}");
    let run = place.run(&["verify", PACKAGE, "--trust", "root.pem", "--json"]).done().expect(0);
    let reported: Value = serde_json::from_str(&run.stdout).unwrap();
    let files = reported["paths"][0]["files"].as_array().unwrap();
    let timed = |file: &Value| file["signature"]["timed"]["document"]["trusted"]["answer"].clone();
    let lasting: Vec<_> = files.iter().filter(|file| timed(file) == "yes").map(|file| &file["name"]).collect();
    assert_eq!(lasting, [&Value::from(format!("{PACKAGE}.pdf"))], "{run}");
    let run = place.run(&["verify", PACKAGE, "--trust", "root.pem"]).done().expect(0);
    assert!(
        run.stdout.contains("; the whole document 20") && run.stdout.contains(", by Test stamp (trusted)"),
        "{run}"
    );
    let pdf = format!("{PACKAGE}/{PACKAGE}.pdf");
    place.run(&["verify", &pdf, "--trust", "root.pem"]).done().expect(0);
    let folder = Folder::new();
    folder.put("root.pem", pki.text("root.pem"));
    folder.put("r.pdf", fs::read(place.work().join(pdf)).unwrap());
    judged_by_others(&folder, "r.pdf");
    if let Some(run) = folder.run(&veracheck(), &["3a,ua1", "r.pdf"]) {
        run.must_succeed();
    }
}

#[test]
fn what_was_asked_for_and_not_had_is_exit_6_and_nothing_is_written() {
    let Some(pki) = lasting_pki() else { return };
    let cases = [
        ("revoked", "is revoked: "),
        ("gone", "no service reports whether the certificate of `Test gone` is revoked: http://127.0.0.1:9/"),
        ("stranger", "that the issuer did not issue"),
        ("late", "its answer was good until 2024-02-01"),
    ];
    let place = place(pki, &cases.map(|(name, _)| name));
    let authority = TimeStamps::start(move |request| Reply::Stamp(answer(pki, "stamp", request)));
    for (name, words) in cases {
        let more = ["--identity", &format!("{name}.pem"), "--format", "pdf"];
        report(&place, &authority, &more).done().expect(6).says("cannot be made for the long term").says(words);
        assert!(!place.work().join(PACKAGE).exists());
    }
}

#[test]
fn a_self_made_identity_has_nothing_to_fetch_and_says_so() {
    let Some(pki) = lasting_pki() else { return };
    let place = place(pki, &[]);
    let own = identity();
    fs::write(place.work().join("own.pem"), own.to_pem(None).unwrap().as_bytes()).unwrap();
    let authority = TimeStamps::start(move |request| Reply::Stamp(answer(pki, "stamp", request)));
    let run = report(&place, &authority, &["--identity", "own.pem", "--format", "pdf"]).done().expect(0);
    let words = format!("The certificate of `{}` names no service that reports its revocation status", own.name());
    let run = run.says(&words);
    assert_eq!(run.stderr.matches("names no service").count(), 1, "{run}");
    let pdf = format!("{PACKAGE}/{PACKAGE}.pdf");
    let run = place.run(&["verify", &pdf, "--trust", "root.pem", "--json"]).done().expect(1);
    assert!(
        run.stdout.contains("\"document\""),
        "the document is stamped although nobody vouches for its signer: {run}"
    );
    // Without trust in the authority, what follows the signature is what anybody can append; the manifest vouches for it.
    let run = place.run(&["verify", &pdf]).done().expect(1);
    assert!(
        run.stdout
            .contains("bytes were appended after signing, with a timestamp by `Test stamp`, which was not checked"),
        "{run}"
    );
    place.run(&["verify", PACKAGE]).done().expect(0);
}

#[test]
fn the_long_term_without_an_authority_or_a_pdf_is_a_usage_error() {
    let place = Place::new();
    let arguments = ["report", "--sample", "--quarter", "2024-Q1", "--long-term"];
    place
        .run(&arguments)
        .done()
        .expect(2)
        .says("needs a timestamp authority")
        .says("hint: name one by --timestamp-url");
    let more = ["--timestamp-url", "http://127.0.0.1:9/", "--format", "csv"];
    place.run(&[&arguments[..], &more].concat()).done().expect(2).says("is about the PDF");
    assert!(place.files().is_empty());
}
