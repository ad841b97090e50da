//! A company's PKI of three levels, made by openssl: root, issuing CA, and people.

use std::sync::OnceLock;

use dialnexa_audit::sign::Identity;
use dialnexa_audit::verify::signature::Trust;

use super::bench::{Folder, now};

const EXTENSIONS: &str = "[ca]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n\
    subjectKeyIdentifier=hash\n[sub]\nbasicConstraints=critical,CA:true,pathlen:0\n\
    keyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n[person]\nbasicConstraints=critical,CA:false\n\
    keyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=emailProtection\n\
    [server]\nbasicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n\
    [stamp]\nbasicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\n\
    extendedKeyUsage=critical,timeStamping\n\
    [stamp-too]\nbasicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\n\
    extendedKeyUsage=critical,timeStamping,emailProtection\n";
const P256: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
const P384: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-384";
const P521: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-521";
const RSA: &str = "-newkey rsa:3072";
const SHORT: &str = "-newkey rsa:2048";

/// The folder with all keys and certificates, `NAME.key` and `NAME.pem`.
pub struct Pki(pub Folder);

/// The PKI, made once; `None` where openssl is not installed.
pub fn pki() -> Option<&'static Pki> {
    static MADE: OnceLock<Option<Pki>> = OnceLock::new();
    MADE.get_or_init(make).as_ref()
}

fn make() -> Option<Pki> {
    let folder = Folder::new();
    folder.put("ext.cnf", EXTENSIONS);
    let version = folder.run("openssl", &["version"])?;
    version.must_succeed();
    let pki = Pki(folder);
    pki.issue("root", RSA, "ca", None);
    pki.issue("sub", P384, "sub", Some("root"));
    for (name, kind) in [("p256", P256), ("p384", P384), ("rsa", RSA), ("short", SHORT), ("p521", P521)] {
        pki.issue(name, kind, "person", Some("sub"));
    }
    pki.issue("server", P256, "server", Some("sub"));
    pki.issue("stamp", P256, "stamp", Some("sub"));
    pki.issue("stamp-too", P256, "stamp-too", Some("sub"));
    pki.issue("other-root", P256, "ca", None);
    Some(pki)
}

impl Pki {
    /// A key `name` and its certificate by `issuer`, or by itself.
    pub fn issue(&self, name: &str, key: &str, section: &str, issuer: Option<&str>) {
        let subject = format!("/O=Example Trust/CN=Test {name}");
        let common = format!("-extfile ext.cnf -extensions {section} -days 3650 -sha384 -out {name}.pem");
        self.openssl(&format!("req {key} -nodes -keyout {name}.key -out {name}.csr -subj"), &[&subject]);
        let by = match issuer {
            Some(issuer) => format!("-CA {issuer}.pem -CAkey {issuer}.key"),
            None => format!("-signkey {name}.key"),
        };
        self.openssl(&format!("x509 -req -in {name}.csr {by} {common}"), &[]);
    }

    /// Runs openssl with `line` split at spaces, and `more` as it is.
    pub fn openssl(&self, line: &str, more: &[&str]) {
        let arguments: Vec<_> = line.split(' ').chain(more.iter().copied()).collect();
        self.0.run("openssl", &arguments).unwrap().must_succeed();
    }

    pub fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.path().join(file)).unwrap()
    }

    pub fn bytes(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join(file)).unwrap()
    }

    /// The PEM of an identity with its whole chain, not in order.
    pub fn identity_pem(&self, name: &str) -> String {
        ["root.pem", "sub.pem", &format!("{name}.pem"), &format!("{name}.key")].map(|file| self.text(file)).concat()
    }

    pub fn identity(&self, name: &str) -> Identity {
        Identity::from_pem(&self.identity_pem(name), None).unwrap()
    }

    /// Trust in the root alone.
    pub fn trust(&self) -> Trust {
        Trust::at(now()).and_pem(&self.text("root.pem")).unwrap()
    }
}
