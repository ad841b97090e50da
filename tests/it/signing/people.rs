//! Signatures by people of a company's PKI: ECDSA and RSA, three levels deep, judged by the root alone.

use dialnexa_audit::sign::{Algorithm, Identity, SignError, Signing, cms, pades};
use dialnexa_audit::verify::signature::{Fact, Trust, verify_detached, verify_pdf};

use super::bench::{Folder, now, subject};
use super::paper;
use super::pki::pki;

#[test]
fn every_accepted_kind_of_key_signs_for_us_and_for_openssl_pdfsig_and_pyhanko() {
    let Some(pki) = pki() else { return };
    for name in ["p256", "p384", "rsa"] {
        let identity = pki.identity(name);
        let folder = Folder::new();
        folder.put("root.pem", pki.text("root.pem"));
        let p7s = cms::detached(b"1,2,3\r\n", &Signing::new(&identity, now())).unwrap();
        let verdict = verify_detached(b"1,2,3\r\n", &p7s, &pki.trust());
        assert!(verdict.accepted() && verdict.trusted.holds(), "{name}: {verdict:#?}");
        assert_eq!(verdict.signer.unwrap().name, format!("Test {name}"));
        folder.put("r.csv", b"1,2,3\r\n");
        folder.put("r.csv.p7s", p7s);
        let line = "cms -verify -binary -inform DER -in r.csv.p7s -content r.csv -CAfile root.pem -out copy -cades";
        folder.run("openssl", &line.split(' ').collect::<Vec<_>>()).unwrap().must_succeed();

        let signed = pades::sign(paper::pdf(), &Signing::new(&identity, now()), "Quarterly report").unwrap();
        let verdict = verify_pdf(&signed, &pki.trust());
        assert!(verdict.accepted() && verdict.trusted.holds(), "{name}: {verdict:#?}");
        folder.put("r.pdf", &signed);
        if let Some(run) = folder.run("pdfsig", &["r.pdf"]) {
            run.must_say("Signature is Valid").must_say("Total document signed");
        }
        let line = "sign validate --pretty-print --trust-replace --trust root.pem --no-revocation-check r.pdf";
        if let Some(run) = folder.run("pyhanko", &line.split(' ').collect::<Vec<_>>()) {
            run.must_succeed().must_say("The signature is judged VALID");
        }
    }
}

#[test]
fn a_root_that_did_not_issue_the_signer_is_not_enough() {
    let Some(pki) = pki() else { return };
    let p7s = cms::detached(b"x", &Signing::new(&pki.identity("p256"), now())).unwrap();
    let stranger = Trust::at(now()).and_pem(&pki.text("other-root.pem")).unwrap();
    let verdict = verify_detached(b"x", &p7s, &stranger);
    assert!(matches!(verdict.trusted, Fact::No(_)) && !verdict.accepted(), "{verdict:#?}");
    assert!(verdict.valid.holds() && verdict.intact.holds(), "the other facts stand on their own");
}

#[test]
fn a_certificate_for_servers_is_not_trusted_for_documents() {
    let Some(pki) = pki() else { return };
    let p7s = cms::detached(b"x", &Signing::new(&pki.identity("server"), now())).unwrap();
    let verdict = verify_detached(b"x", &p7s, &pki.trust());
    assert!(verdict.bottom_line().contains("not issued for signing documents"), "{verdict:#?}");
}

#[test]
fn a_person_may_not_issue_certificates() {
    let Some(pki) = pki() else { return };
    let extensions = pki.0.put("leaf.cnf", "keyUsage=critical,digitalSignature\n");
    let line =
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout forged.key -out forged.csr -subj /CN=Forged";
    pki.openssl(line, &[]);
    let extensions = extensions.to_str().unwrap();
    pki.openssl(
        "x509 -req -in forged.csr -CA p256.pem -CAkey p256.key -days 30 -out forged.pem -extfile",
        &[extensions],
    );
    let pem = ["forged.key", "forged.pem", "p256.pem", "sub.pem", "root.pem"].map(|file| pki.text(file)).concat();
    let p7s = cms::detached(b"x", &Signing::new(&Identity::from_pem(&pem, None).unwrap(), now())).unwrap();
    let verdict = verify_detached(b"x", &p7s, &pki.trust());
    assert!(verdict.bottom_line().contains("may not issue certificates"), "{verdict:#?}");
}

#[test]
fn trust_that_was_not_asked_for_is_not_checked() {
    let Some(pki) = pki() else { return };
    let p7s = cms::detached(b"x", &Signing::new(&pki.identity("p256"), now())).unwrap();
    let verdict = verify_detached(b"x", &p7s, &Trust::at(now()));
    assert!(matches!(verdict.trusted, Fact::NotChecked(_)) && verdict.accepted(), "{verdict:#?}");
}

#[test]
fn a_fingerprint_is_trusted_as_openssl_prints_it() {
    let Some(pki) = pki() else { return };
    let identity = pki.identity("p256");
    let line = ["x509", "-in", "p256.pem", "-noout", "-fingerprint", "-sha256"];
    let printed = pki.0.run("openssl", &line).unwrap().text();
    let printed = printed.trim().split('=').nth(1).unwrap().to_owned();
    let p7s = cms::detached(b"x", &Signing::new(&identity, now())).unwrap();
    let trust = Trust::at(now()).and_fingerprint(&printed).unwrap();
    assert_eq!(verify_detached(b"x", &p7s, &trust).trusted, Fact::Yes);
    let other = Trust::at(now()).and_fingerprint(&"0".repeat(64)).unwrap();
    assert!(!verify_detached(b"x", &p7s, &other).accepted());
}

#[test]
fn a_weak_key_is_refused_as_an_identity_by_name() {
    let Some(pki) = pki() else { return };
    let refused = Identity::from_pem(&pki.identity_pem("short"), None).unwrap_err();
    assert!(refused.to_string().contains("RSA 2048 is not acceptable"), "{refused}");
    let refused = Identity::from_pem(&pki.identity_pem("p521"), None).unwrap_err();
    assert!(matches!(refused, SignError::KeyNotAccepted), "{refused}");
}

#[test]
fn a_new_rsa_identity_signs_what_openssl_accepts() {
    let identity = Identity::create(&subject(), Algorithm::Rsa3072, now(), 1).unwrap();
    assert_eq!(identity.key_name(), "RSA 3072");
    let folder = Folder::new();
    folder.put("r.p7s", cms::detached(b"content", &Signing::new(&identity, now())).unwrap());
    folder.put("r", b"content");
    folder.put("signer.pem", identity.chain_pem().unwrap());
    let line = "cms -verify -binary -inform DER -in r.p7s -content r -CAfile signer.pem -out copy";
    let Some(run) = folder.run("openssl", &line.split(' ').collect::<Vec<_>>()) else { return };
    run.must_succeed();
}

/// Others may sign by the same rules, and openssl's own CAdES signatures are accepted, PSS among them.
#[test]
fn what_openssl_signs_is_accepted_here() {
    let Some(pki) = pki() else { return };
    pki.0.put("by-openssl.csv", b"1,2\r\n");
    pki.0.put("above.pem", format!("{}{}", pki.text("sub.pem"), pki.text("root.pem")));
    for (name, more) in
        [("p256", ""), ("p384", " -md sha384"), ("rsa", " -md sha512"), ("rsa", " -keyopt rsa_padding_mode:pss")]
    {
        let line = format!(
            "cms -sign -binary -cades -nosmimecap -outform DER -in by-openssl.csv -out by-openssl.p7s \
             -signer {name}.pem -inkey {name}.key -certfile above.pem{more}"
        );
        pki.openssl(&line, &[]);
        let verdict = verify_detached(b"1,2\r\n", &pki.bytes("by-openssl.p7s"), &pki.trust());
        assert!(verdict.accepted() && verdict.trusted.holds(), "{name}{more}: {verdict:#?}");
    }
}
