//! The `identity` commands through the real binary, judged by openssl.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::pki::{Pki, pki};
use crate::harness::{Place, Run};

const PASSPHRASE: &str = "DIALNEXA_AUDIT_PASSPHRASE";
const CREATE: [&str; 4] = ["identity", "create", "--name", "Report Desk"];

/// The files of the PKI, in the working folder of the place.
fn put(place: &Place, pki: &Pki, files: &[&str]) {
    for file in files {
        fs::write(place.work().join(file), pki.bytes(file)).unwrap();
    }
}

fn openssl(place: &Place, line: &str) -> Run {
    place.run_program("openssl", &line.split(' ').collect::<Vec<_>>()).done()
}

fn shown(place: &Place, file: &str) -> Value {
    let run = place.run(&["identity", "show", file, "--json"]).done().expect(0);
    serde_json::from_str(&run.stdout).unwrap()
}

/// The command at a terminal, where `typed` is typed; `None` without the program that makes one.
fn at_a_terminal(place: &Place, arguments: &str, typed: &str) -> Option<Run> {
    if std::process::Command::new("script").arg("--version").output().is_err() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "script is needed");
        println!("skipped: script not installed");
        return None;
    }
    let command = format!("{} {arguments}", env!("CARGO_BIN_EXE_dialnexa-audit"));
    Some(place.run_program("script", &["-qec", &command, "/dev/null"]).input(typed.as_bytes()).done())
}

#[test]
fn the_fingerprint_shown_is_the_one_that_openssl_shows() {
    if pki().is_none() {
        return;
    }
    let place = Place::new();
    let run = place.run(&[&CREATE[..], &["--out", "desk.pem"]].concat()).done().expect(0);
    let said = openssl(&place, "x509 -in desk.pem -noout -fingerprint -sha256").expect(0).stdout;
    let expected = said.trim().split('=').nth(1).unwrap();
    let lines: Vec<_> = run.stdout.lines().skip_while(|line| !line.starts_with("SHA-256")).collect();
    let reported: String = lines.iter().map(|line| line.trim_start_matches("SHA-256").trim()).collect();
    assert_eq!(reported, expected, "{run}");
    assert_eq!(shown(&place, "desk.pem")["sha256"], expected.replace(':', "").to_lowercase());
    assert_eq!(shown(&place, "desk.pem")["unfit"], Value::Null);
    // As it is pasted, on one line or on two.
    place.run(&["report", "--sample", "--quarter", "2024-Q1", "--quiet", "--identity", "desk.pem"]).done().expect(0);
    for pasted in [expected.to_owned(), lines.join("\n").replace("SHA-256", "")] {
        place.run(&["verify", "batch-audit-2024-Q1", "--fingerprint", &pasted]).done().expect(0);
    }
}

#[test]
fn a_request_goes_to_the_ca_and_its_certificate_comes_back_in_any_form() {
    let Some(pki) = pki() else { return };
    let place = Place::new();
    put(&place, pki, &["root.pem", "sub.pem", "sub.key", "p256.pem"]);
    place.run(&[&CREATE[..], &["--email", "desk@example.org", "--out", "desk.pem"]].concat()).done().expect(0);
    place.run(&["identity", "csr", "desk.pem", "--out", "desk.csr"]).done().expect(0).says("send it to your CA");
    let printed = place.run(&["identity", "csr", "desk.pem"]).done().expect(0).stdout;
    assert_eq!(printed, fs::read_to_string(place.work().join("desk.csr")).unwrap());
    place.run(&["identity", "csr", "desk.pem", "--out", "desk.csr"]).done().expect(6).says("File exists");
    openssl(&place, "req -in desk.csr -verify -noout").expect(0);
    for line in [
        "x509 -req -in desk.csr -CA sub.pem -CAkey sub.key -days 90 -copy_extensions copyall -out issued.pem",
        "x509 -in issued.pem -outform DER -out issued.cer",
        "crl2pkcs7 -nocrl -certfile issued.pem -certfile sub.pem -certfile root.pem -outform DER -out chain.p7b",
        "crl2pkcs7 -nocrl -certfile issued.pem -certfile sub.pem -certfile root.pem -out chain.p7c",
    ] {
        openssl(&place, line).expect(0);
    }
    let key = |text: &str| text.split("-----BEGIN CERTIFICATE").next().unwrap().to_owned();
    let own = fs::read_to_string(place.work().join("desk.pem")).unwrap();
    for files in [
        &["issued.pem", "sub.pem", "root.pem"][..],
        &["issued.cer", "sub.pem", "issued.pem"],
        &["chain.p7b"],
        &["chain.p7c"],
    ] {
        fs::write(place.work().join("copy.pem"), &own).unwrap();
        place
            .run(&[&["identity", "import"], files, &["--out", "copy.pem"]].concat())
            .done()
            .expect(0)
            .says("Gave the certificates");
        let certified = fs::read_to_string(place.work().join("copy.pem")).unwrap();
        assert_eq!(key(&certified), key(&own), "the key stays as it is");
        assert_eq!(shown(&place, "copy.pem")["issuer"], "CN=Test sub,O=Example Trust");
        let mode = fs::metadata(place.work().join("copy.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    place.run(&["report", "--sample", "--quarter", "2024-Q1", "--quiet", "--identity", "copy.pem"]).done().expect(0);
    let run = place.run(&["verify", "batch-audit-2024-Q1", "--trust", "root.pem"]).done().expect(0);
    assert!(run.stdout.contains("Trusted   yes"), "{run}");

    // A certificate of somebody else's key changes nothing.
    let before = fs::read(place.work().join("copy.pem")).unwrap();
    let run = place.run(&["identity", "import", "p256.pem", "--out", "copy.pem"]).done().expect(6);
    run.says("none of the identity's certificates is for its private key");
    assert_eq!(fs::read(place.work().join("copy.pem")).unwrap(), before);
    place.run(&["identity", "import", "p256.pem", "--out", "new.pem"]).done().expect(2).says("no private key");
    assert!(!place.work().join("new.pem").exists());
}

#[test]
fn a_pkcs12_file_is_imported_by_its_password_alone_and_stays_protected() {
    let Some(pki) = pki() else { return };
    let place = Place::new();
    put(&place, pki, &["p256.key", "p256.pem", "sub.pem", "root.pem"]);
    let chain = format!("{}{}", pki.text("sub.pem"), pki.text("root.pem"));
    fs::write(place.work().join("chain.pem"), chain).unwrap();
    openssl(&place, "pkcs12 -export -inkey p256.key -in p256.pem -certfile chain.pem -passout pass:open -out desk.p12")
        .expect(0);
    let import = || place.run(&["identity", "import", "desk.p12", "--out", "desk.pem"]);
    import().env(PASSPHRASE, "shut").done().expect(6).says("the password does not open the PKCS#12 file");
    import().done().expect(6).says("is protected by a password").says("hint: set DIALNEXA_AUDIT_PASSPHRASE");
    assert!(!place.work().join("desk.pem").exists());
    import().env(PASSPHRASE, "open").done().expect(0);
    let text = fs::read_to_string(place.work().join("desk.pem")).unwrap();
    assert!(text.contains("BEGIN ENCRYPTED PRIVATE KEY") && text.matches("BEGIN CERTIFICATE").count() == 3);
    import().env(PASSPHRASE, "open").done().expect(6).says("exists already and is not overwritten");
    let show = || place.run(&["identity", "show", "desk.pem"]);
    show().done().expect(6).says("protected by a passphrase").says("hint: set DIALNEXA_AUDIT_PASSPHRASE");
    show().env(PASSPHRASE, "shut").done().expect(6).says("the passphrase does not open");
    let run = show().env(PASSPHRASE, "open").done().expect(0);
    assert!(run.stdout.contains("Chain      Test sub, Test root"), "{run}");
    openssl(&place, "pkey -in desk.pem -passin pass:open -noout -check").expect(0);
}

#[test]
fn a_pem_key_and_its_certificates_are_imported_from_one_file_or_several() {
    let Some(pki) = pki() else { return };
    let place = Place::new();
    put(&place, pki, &["rsa.key", "rsa.pem", "sub.pem", "root.pem", "short.key", "short.pem", "p256.pem"]);
    fs::write(place.work().join("noise"), [0xff; 900]).unwrap();
    place
        .run(&["identity", "import", "rsa.key", "rsa.pem", "sub.pem", "root.pem", "--out", "desk.pem"])
        .done()
        .expect(0);
    assert_eq!(shown(&place, "desk.pem")["chain"], serde_json::json!(["Test sub", "Test root"]));
    for (files, words) in [
        (&["rsa.key", "p256.pem"][..], "none of the identity's certificates is for its private key"),
        (&["rsa.key"], "holds no certificate"),
        (&["short.key", "short.pem"], "RSA 2048 is not acceptable"),
        (&["noise"], "neither PEM nor PKCS#12"),
        (&["not-there"], "cannot read `not-there`"),
    ] {
        place.run(&[&["identity", "import"], files, &["--out", "bad.pem"]].concat()).done().expect(6).says(words);
    }
    assert!(!place.work().join("bad.pem").exists());
}

#[test]
fn a_new_identity_is_protected_by_a_passphrase_that_nobody_needs_to_put_on_the_command_line() {
    let place = Place::new();
    let create = |more: &[&str]| place.run(&[&CREATE[..], &["--passphrase", "--out"], more].concat());
    create(&["a.pem"]).done().expect(2).says("set DIALNEXA_AUDIT_PASSPHRASE, or run the command in a terminal");
    create(&["a.pem"]).env(PASSPHRASE, "correct horse").done().expect(0);
    assert!(fs::read_to_string(place.work().join("a.pem")).unwrap().contains("BEGIN ENCRYPTED PRIVATE KEY"));
    place.assert_nowhere("correct horse");

    let line = "identity create --name Desk --passphrase --out b.pem";
    let Some(run) = at_a_terminal(&place, line, "battery\nstaple\n") else { return };
    assert!(run.expect(2).stdout.contains("the two passphrases differ"));
    assert!(!place.work().join("b.pem").exists());
    let run = at_a_terminal(&place, line, "battery staple\nbattery staple\n").unwrap().expect(0);
    assert!(run.stdout.contains("New passphrase: "), "{run}");
    let run = at_a_terminal(&place, "identity show b.pem", "battery staple\n").unwrap().expect(0);
    assert!(run.stdout.contains("Passphrase of b.pem: ") && run.stdout.contains("CN=Desk"), "{run}");
    let run = at_a_terminal(&place, "identity show b.pem", "wrong\n").unwrap().expect(6);
    assert!(run.stdout.contains("the passphrase does not open"), "{run}");
    place.run(&["identity", "show", "b.pem"]).env(PASSPHRASE, "battery staple").done().expect(0);
}
