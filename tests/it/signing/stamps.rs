//! Timestamps by an authority of our own making: `openssl ts` answers the requests.

use std::fs;

use dialnexa_audit::sign::timestamp::Ask;
use dialnexa_audit::sign::{Authority, SignError, Signing, cms, html, pades};
use dialnexa_audit::verify::signature::{Fact, Timed, Trust, verify_detached, verify_html, verify_pdf};

use super::bench::{Folder, now};
use super::paper;
use super::pki::{Pki, pki};

const CONFIGURATION: &str = "[tsa]\ndefault_tsa=here\n[here]\ndir=.\nserial=serial\ncrypto_device=builtin\n\
    default_policy=1.3.6.1.4.1.13762.3\nother_policies=1.3.6.1.4.1.13762.4\ndigests=sha256,sha384,sha512\n\
    accuracy=secs:1,millisecs:500\nclock_precision_digits=3\nordering=no\ntsa_name=yes\ness_cert_id_chain=no\n\
    ess_cert_id_alg=sha256\nsigner_digest=sha256\n";

/// The answer of `openssl ts` to a request, by the certificate `name` of the PKI.
pub fn answer(pki: &Pki, name: &str, request: &[u8]) -> Vec<u8> {
    let folder = Folder::new();
    folder.put("tsa.cnf", CONFIGURATION);
    folder.put("request.tsq", request);
    folder.put("serial", "01");
    folder.put("above.pem", format!("{}{}", pki.text("sub.pem"), pki.text("root.pem")));
    for file in ["key", "pem"] {
        folder.put(&format!("tsa.{file}"), pki.text(&format!("{name}.{file}")));
    }
    let line =
        "ts -reply -config tsa.cnf -queryfile request.tsq -signer tsa.pem -inkey tsa.key -chain above.pem -out a.tsr";
    folder.run("openssl", &line.split(' ').collect::<Vec<_>>()).unwrap().must_succeed();
    fs::read(folder.path().join("a.tsr")).unwrap()
}

#[test]
fn a_stamped_signature_is_accepted_by_us_openssl_and_pyhanko() {
    let Some(pki) = pki() else { return };
    let ask = |request: &[u8]| Ok(answer(pki, "stamp", request));
    let authority = Authority { ask: &ask, policy: None };
    let identity = pki.identity("p256");
    let signing = Signing::new(&identity, now()).stamped_by(&authority);

    let p7s = cms::detached(b"1,2\r\n", &signing).unwrap();
    let html = html::sign(paper::HTML, &signing).unwrap();
    let pdf = pades::sign(paper::pdf(), &signing, "Quarterly report").unwrap();
    let trust = pki.trust();
    for verdict in
        [verify_detached(b"1,2\r\n", &p7s, &trust), verify_html(html.as_bytes(), &trust), verify_pdf(&pdf, &trust)]
    {
        assert!(verdict.accepted(), "{verdict:#?}");
        let Timed::Stamped { by, trusted: Fact::Yes, .. } = &verdict.timed else { panic!("{verdict:#?}") };
        assert_eq!(by, "Test stamp");
    }
    let folder = Folder::new();
    folder.put("root.pem", pki.text("root.pem"));
    folder.put("r.pdf", &pdf);
    folder.put("r.csv", b"1,2\r\n");
    folder.put("r.p7s", &p7s);
    let line = "cms -verify -binary -cades -inform DER -in r.p7s -content r.csv -CAfile root.pem -out copy";
    folder.run("openssl", &line.split(' ').collect::<Vec<_>>()).unwrap().must_succeed();
    if let Some(run) = folder.run("pdfsig", &["r.pdf"]) {
        run.must_say("Signature is Valid").must_say("Total document signed");
    }
    let line = "sign validate --pretty-print --trust-replace --trust root.pem --no-revocation-check r.pdf";
    if let Some(run) = folder.run("pyhanko", &line.split(' ').collect::<Vec<_>>()) {
        run.must_succeed().must_say("The signature is judged VALID").must_say("timestamp token");
    }
    any_change_of_the_stamp_is_rejected(&p7s, &trust);
}

/// The stamp is not covered by the signature, so it must hold by itself. A stamp by a stranger does not count, but spoils
/// nothing: with a company's root given, the authority is often a public one.
fn any_change_of_the_stamp_is_rejected(p7s: &[u8], trust: &Trust) {
    for at in (0..p7s.len()).rev().step_by(7) {
        let mut changed = p7s.to_vec();
        changed[at] ^= 1;
        let verdict = verify_detached(b"1,2\r\n", &changed, trust);
        let counts = matches!(verdict.timed, Timed::Stamped { trusted: Fact::Yes, .. });
        assert!(!(verdict.accepted() && counts), "byte {at}: {verdict:#?}");
    }
}

/// What signing says when the authority answers by `ask`.
#[track_caller]
fn must_fail(ask: &Ask<'_>, words: &str) {
    let pki = pki().unwrap();
    let identity = pki.identity("p256");
    let policy = other_policy();
    let authority = Authority { ask, policy };
    let refused = cms::detached(b"x", &Signing::new(&identity, now()).stamped_by(&authority)).unwrap_err();
    assert!(matches!(refused, SignError::Stamp(_)), "{refused}");
    assert!(refused.to_string().contains(words), "{refused}");
}

fn other_policy() -> Option<der::asn1::ObjectIdentifier> {
    Some(der::asn1::ObjectIdentifier::new_unwrap("1.3.6.1.4.1.13762.4"))
}

#[test]
fn a_stamp_with_another_nonce_or_for_another_value_is_an_error() {
    let Some(pki) = pki() else { return };
    let first = std::cell::RefCell::new(None);
    let identity = pki.identity("p256");
    let keep = |request: &[u8]| {
        first.borrow_mut().get_or_insert_with(|| request.to_vec());
        Ok(answer(pki, "stamp", request))
    };
    let authority = Authority { ask: &keep, policy: other_policy() };
    let at = now();
    cms::detached(b"x", &Signing::new(&identity, at).stamped_by(&authority)).unwrap();
    let request = first.borrow().clone().unwrap();
    // The same value again, so that only the nonce differs: an answer to the request of before.
    let replay = |_: &[u8]| Ok(answer(pki, "stamp", &request));
    let authority = Authority { ask: &replay, policy: None };
    let refused = cms::detached(b"x", &Signing::new(&identity, at).stamped_by(&authority)).unwrap_err();
    assert!(refused.to_string().contains("its nonce is another"), "{refused}");
    let refused = cms::detached(b"y", &Signing::new(&identity, at).stamped_by(&authority)).unwrap_err();
    assert!(refused.to_string().contains("its imprint is another"), "{refused}");
}

#[test]
fn a_stamp_under_another_policy_is_an_error() {
    let Some(pki) = pki() else { return };
    let identity = pki.identity("p256");
    // The authority is asked for its default policy although another one was wanted.
    let ask = |request: &[u8]| {
        let mut request = request.to_vec();
        let policy = [0x2b, 0x06, 0x01, 0x04, 0x01, 0xeb, 0x42, 0x04];
        let at = request.windows(8).position(|window| window == policy).unwrap();
        request[at + 7] = 3;
        Ok(answer(pki, "stamp", &request))
    };
    let authority = Authority { ask: &ask, policy: other_policy() };
    let refused = cms::detached(b"x", &Signing::new(&identity, now()).stamped_by(&authority)).unwrap_err();
    assert!(refused.to_string().contains("its policy is another"), "{refused}");
}

#[test]
fn an_authority_that_fails_refuses_or_babbles_is_an_error() {
    if pki().is_none() {
        return;
    }
    must_fail(&|_| Err("status 500".to_owned()), "gave no answer: status 500");
    must_fail(&|_| Ok(b"<html>".to_vec()), "cannot be read");
    must_fail(&|_| Ok(vec![0; 1 << 20]), "is longer than");
    let refusal =
        [0x30, 0x0f, 0x30, 0x0d, 0x02, 0x01, 0x02, 0x30, 0x08, 0x0c, 0x06, b'c', b'l', b'o', b's', b'e', b'd'];
    must_fail(&move |_| Ok(refusal.to_vec()), "refused: status 2: closed");
}

/// The answer with the same stamp, signed again by the certificate `name`.
pub fn signed_again(pki: &Pki, name: &str, request: &[u8]) -> Vec<u8> {
    resigned(pki, name, request, &|_| {})
}

/// The answer with what it signs changed, signed again by the certificate `name`.
pub fn resigned(pki: &Pki, name: &str, request: &[u8], change: &dyn Fn(&mut [u8])) -> Vec<u8> {
    let folder = Folder::new();
    folder.put("a.tsr", answer(pki, "stamp", request));
    folder.put("above.pem", format!("{}{}", pki.text("sub.pem"), pki.text("root.pem")));
    for file in ["key", "pem"] {
        folder.put(&format!("tsa.{file}"), pki.text(&format!("{name}.{file}")));
    }
    for line in [
        "ts -reply -in a.tsr -token_out -out token.der",
        "cms -verify -noverify -inform DER -in token.der -out info.der",
        "cms -sign -binary -nodetach -cades -nosmimecap -econtent_type 1.2.840.113549.1.9.16.1.4 -outform DER -in info.der \
         -signer tsa.pem -inkey tsa.key -certfile above.pem -out again.der",
    ] {
        folder.run("openssl", &line.split(' ').collect::<Vec<_>>()).unwrap().must_succeed();
        if line.ends_with("info.der") {
            let mut info = fs::read(folder.path().join("info.der")).unwrap();
            change(&mut info);
            folder.put("info.der", info);
        }
    }
    let token = fs::read(folder.path().join("again.der")).unwrap();
    let body = [&[0x30, 0x03, 0x02, 0x01, 0x00], token.as_slice()].concat();
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&[0x30, 0x82], length.as_slice(), &body].concat()
}

#[test]
fn a_stamp_by_a_certificate_without_the_purpose_is_an_error() {
    let Some(pki) = pki() else { return };
    for name in ["p256", "stamp-too"] {
        must_fail(&|request| Ok(signed_again(pki, name, request)), "not one for timestamps alone");
    }
    let identity = pki.identity("p256");
    let good = |request: &[u8]| Ok(signed_again(pki, "stamp", request));
    let authority = Authority { ask: &good, policy: None };
    assert!(
        cms::detached(b"x", &Signing::new(&identity, now()).stamped_by(&authority)).is_ok(),
        "the test's own forging"
    );
}
