//! Identities at rest, and those that are refused before anything is fetched.

use std::fs;

use chrono::TimeDelta;
use dialnexa_audit::sign::identity::IdentityParts;
use dialnexa_audit::sign::{Algorithm, Identity, SignError, Signing, Subject, cms};
use dialnexa_audit::verify::signature::verify_detached;
use secrecy::SecretString;

use super::bench::{Folder, identity, now, subject};
use super::pki::pki;

fn created(begins: chrono::DateTime<chrono::Utc>) -> Identity {
    Identity::create(&subject(), Algorithm::P256, begins, 1).unwrap()
}

#[test]
fn a_saved_identity_is_the_users_alone_and_loads_again() {
    use std::os::unix::fs::PermissionsExt;
    let (identity, folder) = (identity(), Folder::new());
    let path = folder.path().join("new/folder/identity.pem");
    identity.save(&path, None).unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.clone()), 0o600);
    assert_eq!(mode(folder.path().join("new/folder")), 0o700);
    let loaded = Identity::load(&path, None).unwrap();
    assert_eq!(loaded.fingerprint(), identity.fingerprint());
    assert_eq!(loaded.to_pem(None).unwrap(), identity.to_pem(None).unwrap());
}

#[test]
fn a_key_is_never_overwritten() {
    let folder = Folder::new();
    let path = folder.path().join("identity.pem");
    let first = identity();
    first.save(&path, None).unwrap();
    assert!(matches!(identity().save(&path, None), Err(SignError::Exists(_))));
    assert_eq!(Identity::load(&path, None).unwrap().fingerprint(), first.fingerprint());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left lying about");
}

#[test]
fn a_passphrase_opens_the_key_and_openssl_reads_it_too() {
    let (identity, folder) = (identity(), Folder::new());
    let passphrase = SecretString::from("correct horse");
    let path = folder.path().join("identity.pem");
    identity.save(&path, Some(&passphrase)).unwrap();
    assert!(!fs::read_to_string(&path).unwrap().contains("BEGIN PRIVATE KEY"));
    assert!(matches!(Identity::load(&path, None), Err(SignError::PassphraseNeeded)));
    let wrong = SecretString::from("wrong");
    assert!(matches!(Identity::load(&path, Some(&wrong)), Err(SignError::PassphraseWrong)));
    assert_eq!(Identity::load(&path, Some(&passphrase)).unwrap().fingerprint(), identity.fingerprint());
    let line = ["pkey", "-in", "identity.pem", "-passin", "pass:correct horse", "-noout", "-check"];
    let Some(run) = folder.run("openssl", &line) else { return };
    run.must_succeed();
}

#[test]
fn a_key_that_openssl_protected_is_opened() {
    let Some(pki) = pki() else { return };
    pki.openssl("pkcs8 -topk8 -in p256.key -out protected.key -v2 aes-256-cbc -passout pass:secret", &[]);
    let pem = ["protected.key", "p256.pem"].map(|file| pki.text(file)).concat();
    assert!(Identity::from_pem(&pem, Some(&SecretString::from("secret"))).is_ok());
}

#[test]
fn no_debug_shows_a_secret() {
    let identity = identity();
    let pem = identity.to_pem(None).unwrap();
    let secret: String = pem.lines().skip(1).take(1).collect();
    let shown = format!("{identity:?}");
    assert!(shown.contains("PrivateKey(..)"), "{shown}");
    assert!(!shown.contains(&secret[..20]));
}

#[test]
fn an_expired_or_not_yet_valid_certificate_is_refused_by_name_and_day() {
    let old = created(now() - TimeDelta::days(400)).check(now()).unwrap_err().to_string();
    assert!(old.contains("`Report Desk` expired on 20"), "{old}");
    let early = created(now() + TimeDelta::days(1)).check(now()).unwrap_err().to_string();
    assert!(early.contains("is not valid before 20"), "{early}");
    created(now()).check(now()).unwrap();
}

#[test]
fn a_certificate_of_another_key_is_refused() {
    let key = |pem: &str| pem.split("-----BEGIN CERTIFICATE").next().unwrap().to_owned();
    let mixed = key(&identity().to_pem(None).unwrap()) + &identity().chain_pem().unwrap();
    assert!(matches!(Identity::from_pem(&mixed, None), Err(SignError::CertificateMismatch)));
}

#[test]
fn what_is_not_an_identity_is_refused_in_words() {
    let Some(pki) = pki() else { return };
    let pem = identity().to_pem(None).unwrap();
    let certificate = identity().chain_pem().unwrap();
    let cut = pem.replace("-----END PRIVATE KEY-----", "");
    let garbled = pem.replacen("MI", "!!", 1);
    pki.openssl("ec -in p256.key -out old.key", &[]);
    let old = pki.text("old.key");
    for (text, words) in [
        ("", "no BEGIN line"),
        ("<html></html>", "no BEGIN line"),
        (certificate.as_str(), "holds 0"),
        (&format!("{}{}", *pem, *pem), "holds 2"),
        (pem.split("-----BEGIN CERTIFICATE").next().unwrap(), "no certificate"),
        (&cut, "has no end"),
        (&garbled, "not a PEM file"),
        (&old, "EC PRIVATE KEY"),
        (&format!("{}{}{}", pki.text("p256.key"), pki.text("p256.pem"), pki.text("other-root.pem")), "not one chain"),
    ] {
        let refused = Identity::from_pem(text, None).unwrap_err().to_string();
        assert!(refused.contains(words), "`{words}` is not in: {refused}");
    }
    let missing = Identity::load("/nowhere/identity.pem".as_ref(), None).unwrap_err().to_string();
    assert!(missing.contains("cannot read the identity /nowhere/identity.pem"), "{missing}");
}

#[test]
fn a_subject_that_cannot_be_stated_is_refused() {
    let named = |name: &str| Subject { name: name.to_owned(), organization: None, email: None };
    let mailed = |email: &str| Subject { email: Some(email.to_owned()), ..named("A") };
    for (subject, words) in [
        (named(" "), "name is empty"),
        (named(&"x".repeat(65)), "longer than 64"),
        (named("a\nb"), "control character"),
        (mailed("nobody"), "not an address"),
        (mailed("a@b@c"), "not an address"),
        (mailed("ä@b"), "not an address"),
    ] {
        let refused = Identity::create(&subject, Algorithm::P256, now(), 1).unwrap_err().to_string();
        assert!(refused.contains(words), "`{words}` is not in: {refused}");
    }
}

#[test]
fn names_with_every_kind_of_letter_come_back_as_they_were() {
    for name in ["Müller, Söhne & Co. = +;\"<>#\\/", "ऑडिट डेस्क", "تدقيق", "审计 🗒"] {
        let subject = Subject { name: name.to_owned(), ..subject() };
        let identity = Identity::create(&subject, Algorithm::P256, now(), 1).unwrap();
        assert_eq!(identity.name(), name);
    }
}

fn certificates(pem: &str) -> Vec<x509_cert::Certificate> {
    let mut parts = IdentityParts::default();
    parts.add(pem.as_bytes(), None).unwrap();
    parts.into_certificates()
}

#[test]
fn a_request_is_certified_by_a_ca_and_the_identity_signs_on() {
    let Some(pki) = pki() else { return };
    let identity = identity();
    pki.0.put("desk.csr", identity.request().unwrap());
    let said = pki.0.run("openssl", &["req", "-in", "desk.csr", "-verify", "-noout", "-text"]).unwrap();
    said.must_succeed().must_say("CN = Report Desk").must_say("email:reports@example.org").must_say("Non Repudiation");
    pki.openssl(
        "x509 -req -in desk.csr -CA sub.pem -CAkey sub.key -days 90 -out desk.pem -copy_extensions copyall",
        &[],
    );
    let issued = ["root.pem", "desk.pem", "sub.pem"].map(|file| pki.text(file)).concat();
    let fingerprint = identity.fingerprint();
    let certified = identity.certified(certificates(&issued)).unwrap();
    assert_ne!(certified.fingerprint(), fingerprint);
    assert_eq!(certified.chain().len(), 3);
    let p7s = cms::detached(b"x", &Signing::new(&certified, now())).unwrap();
    assert!(verify_detached(b"x", &p7s, &pki.trust()).trusted.holds());
    let other = super::bench::identity();
    assert!(matches!(other.certified(certificates(&issued)), Err(SignError::CertificateMismatch)));
}

#[test]
fn a_pkcs12_file_is_imported_by_its_password_whatever_its_age() {
    let Some(pki) = pki() else { return };
    pki.0.put("chain.pem", format!("{}{}", pki.text("sub.pem"), pki.text("root.pem")));
    for (name, more) in [("p256", ""), ("rsa", ""), ("p384", " -legacy")] {
        let line = format!(
            "pkcs12 -export -inkey {name}.key -in {name}.pem -certfile chain.pem -passout pass:open -out i.p12{more}"
        );
        pki.openssl(&line, &[]);
        let (content, password) = (pki.bytes("i.p12"), SecretString::from("open"));
        let identity = Identity::import(&content, Some(&password)).unwrap();
        assert_eq!((identity.chain().len(), identity.name()), (3, format!("Test {name}")));
        let refused = Identity::import(&content, Some(&SecretString::from("shut"))).unwrap_err();
        assert!(matches!(refused, SignError::Pkcs12Password), "{refused}");
        assert!(matches!(Identity::import(&content, None), Err(SignError::Pkcs12PasswordNeeded)));
        assert!(matches!(Identity::import(&content[..90], Some(&password)), Err(SignError::Pkcs12Unreadable(_))));
    }
}
