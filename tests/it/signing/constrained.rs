//! What CAs allow below them: name constraints bind also where they are not critical, and the purposes of a CA narrow those of
//! its certificates. Beside ours is openssl's verdict.

use dialnexa_audit::sign::{Identity, Signing, cms};
use dialnexa_audit::verify::signature::{Trust, verify_detached};

use super::attacks::must_refuse;
use super::bench::{Folder, now};
use super::pki::Pki;

const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
const CA: &str =
    "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n";

/// A root, a CA with `authority` among its extensions, and a person by it with `person` among hers.
fn made(authority: &str, person: &str) -> Option<Pki> {
    let folder = Folder::new();
    folder.put(
        "ext.cnf",
        format!(
            "[ca]\n{CA}[sub]\n{CA}{authority}\n[person]\nbasicConstraints=critical,CA:false\n\
             keyUsage=critical,digitalSignature\n{person}\n"
        ),
    );
    folder.run("openssl", &["version"])?.must_succeed();
    let pki = Pki(folder);
    pki.issue("root", KEY, "ca", None);
    pki.issue("sub", KEY, "sub", Some("root"));
    pki.issue("person", KEY, "person", Some("sub"));
    Some(pki)
}

/// Whether openssl accepts the signature for e-mail, which is the purpose that it has for documents.
fn by_openssl(pki: &Pki, p7s: &[u8]) -> bool {
    pki.0.put("r.p7s", p7s);
    pki.0.put("r", b"x");
    let line = "cms -verify -binary -inform DER -in r.p7s -content r -CAfile root.pem -purpose smimesign -out copy";
    pki.0.run("openssl", &line.split(' ').collect::<Vec<_>>()).unwrap().succeeded()
}

fn signed(pki: &Pki) -> Vec<u8> {
    let identity = Identity::from_pem(&pki.identity_pem("person"), None).unwrap();
    cms::detached(b"x", &Signing::new(&identity, now())).unwrap()
}

const MAIL: &str = "extendedKeyUsage=emailProtection\nsubjectAltName=email:desk@example.org";

#[test]
fn a_name_outside_of_a_cas_constraints_is_rejected_critical_or_not() {
    for (authority, words) in [
        ("nameConstraints=permitted;email:.example.com", "is not permitted (desk@example.org)"),
        ("nameConstraints=critical,permitted;email:.example.com", "is not permitted (desk@example.org)"),
        ("nameConstraints=excluded;email:example.org", "is excluded (desk@example.org)"),
        ("nameConstraints=permitted;dirName:other\n[other]\nO=Another Company", "is not permitted (CN=Test person"),
        ("nameConstraints=excluded;dirName:own\n[own]\nO=Example Trust", "is excluded (CN=Test person"),
    ] {
        let Some(pki) = made(authority, MAIL) else { return };
        let p7s = signed(&pki);
        println!("{authority}: openssl accepts: {}", by_openssl(&pki, &p7s));
        must_refuse(&verify_detached(b"x", &p7s, &pki.trust()), words);
        assert!(!by_openssl(&pki, &p7s), "{authority}");
        assert!(verify_detached(b"x", &p7s, &Trust::at(now())).accepted(), "trust was not asked for");
    }
}

#[test]
fn a_name_within_a_cas_constraints_is_accepted() {
    for authority in [
        "nameConstraints=permitted;email:example.org",
        "nameConstraints=critical,permitted;email:example.org,excluded;email:bad.example.org",
        "nameConstraints=permitted;dirName:own\n[own]\nO=Example Trust",
        "nameConstraints=permitted;DNS:example.com",
    ] {
        let Some(pki) = made(authority, MAIL) else { return };
        let p7s = signed(&pki);
        let verdict = verify_detached(b"x", &p7s, &pki.trust());
        assert!(verdict.accepted(), "{authority}: {verdict:#?}");
        assert!(by_openssl(&pki, &p7s), "{authority}");
    }
}

#[test]
fn the_purposes_of_a_ca_narrow_those_below_it() {
    for (authority, good) in [
        ("extendedKeyUsage=serverAuth", false),
        ("extendedKeyUsage=serverAuth,clientAuth,timeStamping", false),
        ("extendedKeyUsage=emailProtection", true),
        ("extendedKeyUsage=anyExtendedKeyUsage", true),
        ("extendedKeyUsage=serverAuth,emailProtection", true),
        // For documents, but not by the purpose that the person's certificate has.
        ("extendedKeyUsage=1.3.6.1.5.5.7.3.36", false),
    ] {
        let Some(pki) = made(authority, MAIL) else { return };
        let p7s = signed(&pki);
        let verdict = verify_detached(b"x", &p7s, &pki.trust());
        println!("{authority}: openssl accepts for e-mail: {}", by_openssl(&pki, &p7s));
        match good {
            true => assert!(verdict.accepted(), "{authority}: {verdict:#?}"),
            false => must_refuse(&verdict, "is for other purposes than this signature's"),
        }
    }
}
