//! A PKI whose certificates name who reports their revocation, and that somebody over HTTP on loopback: `openssl ocsp`
//! answers, and lists lie there. How a certificate fares is decided by the address in it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use super::bench::Folder;
use super::pki::Pki;

const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
/// People's certificates: the name, and where it leads. `HERE` is the server.
const PEOPLE: [(&str, &str); 12] = [
    ("delegated", "authorityInfoAccess=OCSP;URI:HERE/ocsp/teller"),
    ("direct", "authorityInfoAccess=OCSP;URI:HERE/ocsp/sub"),
    ("listed", "crlDistributionPoints=URI:HERE/crl/sub"),
    ("second", "authorityInfoAccess=OCSP;URI:HERE/nothing\ncrlDistributionPoints=URI:HERE/crl/sub"),
    ("revoked", "authorityInfoAccess=OCSP;URI:HERE/ocsp/teller\ncrlDistributionPoints=URI:HERE/crl/empty"),
    ("struck", "crlDistributionPoints=URI:HERE/crl/sub"),
    ("gone", "authorityInfoAccess=OCSP;URI:http://127.0.0.1:9/"),
    ("stranger", "authorityInfoAccess=OCSP;URI:HERE/ocsp/other-root"),
    ("purpose", "authorityInfoAccess=OCSP;URI:HERE/ocsp/direct"),
    ("late", "crlDistributionPoints=URI:HERE/crl/late"),
    ("forged", "crlDistributionPoints=URI:HERE/crl/forged"),
    ("babble", "authorityInfoAccess=OCSP;URI:HERE/crl/sub"),
];
const CA: &str = "[ca]\ndefault_ca=here\n[here]\ndatabase=sub.index\ndefault_md=sha256\ncrlnumber=number\n\
    crl_extensions=list\n[list]\nauthorityKeyIdentifier=keyid\n[none]\n";

/// The PKI, made once; `None` where openssl is not installed.
pub fn lasting_pki() -> Option<&'static Pki> {
    static MADE: OnceLock<Option<Pki>> = OnceLock::new();
    MADE.get_or_init(make).as_ref()
}

fn extensions(here: &str) -> String {
    let mut text = format!(
        "[ca]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n\
         [sub]\nbasicConstraints=critical,CA:true,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign,digitalSignature\n\
         subjectKeyIdentifier=hash\ncrlDistributionPoints=URI:{here}/crl/root\n\
         [teller]\nbasicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=OCSPSigning\n\
         noCheck=ignored\n[stamp]\nbasicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\n\
         extendedKeyUsage=critical,timeStamping\nauthorityInfoAccess=OCSP;URI:{here}/ocsp/teller\n"
    );
    for (name, leads) in PEOPLE {
        let usage = "keyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=emailProtection";
        text.push_str(&format!(
            "[{name}]\nbasicConstraints=critical,CA:false\n{usage}\n{}\n",
            leads.replace("HERE", here)
        ));
    }
    text
}

fn make() -> Option<Pki> {
    let folder = Folder::new();
    folder.run("openssl", &["version"])?.must_succeed();
    let here = serve(folder.path().to_owned());
    folder.put("ext.cnf", extensions(&here));
    folder.put("ca.cnf", CA);
    folder.put("number", "01");
    let pki = Pki(folder);
    for name in ["root", "other-root"] {
        pki.issue(name, KEY, "ca", None);
    }
    pki.issue("sub", KEY, "sub", Some("root"));
    for name in PEOPLE.map(|(name, _)| name).into_iter().chain(["teller", "stamp"]) {
        pki.issue(name, KEY, name, Some("sub"));
    }
    let index: String = PEOPLE.iter().map(|(name, _)| *name).chain(["stamp"]).map(|name| entry(&pki, name)).collect();
    pki.0.put("sub.index", index);
    pki.0.put("empty.index", "");
    let cut = "-crl_lastupdate 20240101000000Z -crl_nextupdate 20240201000000Z";
    for (list, by, index, until) in [
        ("root", "root", "empty", "-crldays 1"),
        ("sub", "sub", "sub", "-crldays 1"),
        ("empty", "sub", "empty", "-crldays 1"),
        ("late", "sub", "sub", cut),
        ("forged", "other-root", "sub", "-crldays 1"),
    ] {
        pki.0.put("list.cnf", CA.replace("sub.index", &format!("{index}.index")));
        pki.openssl(
            &format!("ca -gencrl -config list.cnf -keyfile {by}.key -cert {by}.pem {until} -out {list}.crl.pem"),
            &[],
        );
        pki.openssl(&format!("crl -in {list}.crl.pem -outform DER -out {list}.crl"), &[]);
    }
    Some(pki)
}

/// A line of the database from which `openssl ocsp` and `openssl ca` report.
fn entry(pki: &Pki, name: &str) -> String {
    let run = pki.0.run("openssl", &["x509", "-noout", "-serial", "-in", &format!("{name}.pem")]).unwrap();
    let serial = run.text().trim().trim_start_matches("serial=").to_owned();
    match name {
        "revoked" | "struck" => format!("R\t360101000000Z\t240101000000Z\t{serial}\tunknown\t/CN={name}\n"),
        _ => format!("V\t360101000000Z\t\t{serial}\tunknown\t/CN={name}\n"),
    }
}

/// Serves for as long as the tests run; gives the address.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let here = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let folder = folder.clone();
            std::thread::spawn(move || stream.and_then(|stream| attend(stream, &folder)));
        }
    });
    here
}

fn attend(mut stream: TcpStream, folder: &Path) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    assert!(!head.contains("api-key") && !head.contains("authorization"), "no key comes here: {head}");
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or("0").to_owned();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body)?;
    let path = head.split(' ').nth(1).unwrap_or_default();
    let reply = match path.split('/').collect::<Vec<_>>().as_slice() {
        ["", "ocsp", by] if head.contains("content-type: application/ocsp-request") => respond(folder, by, &body),
        ["", "crl", list] => std::fs::read(folder.join(format!("{list}.crl"))).ok(),
        _ => None,
    };
    let status = if reply.is_some() { "200 OK" } else { "404 Not Found" };
    let reply = reply.unwrap_or_default();
    stream.write_all(
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", reply.len()).as_bytes(),
    )?;
    stream.write_all(&reply)
}

/// What `openssl ocsp` answers, signed by the certificate `by`.
pub fn respond(folder: &Path, by: &str, request: &[u8]) -> Option<Vec<u8>> {
    let own = Folder::new();
    let (request, answer) = (own.put("request.der", request), own.path().join("answer.der"));
    let signer = format!("-index sub.index -CA sub.pem -rsigner {by}.pem -rkey {by}.key -nmin 5");
    let mut command = Command::new("openssl");
    command.arg("ocsp").args(signer.split(' ')).arg("-reqin").arg(request).arg("-respout").arg(&answer);
    command.current_dir(folder).output().ok()?;
    std::fs::read(answer).ok()
}
