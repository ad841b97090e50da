//! Keys on a token: SoftHSM2, filled by its own tool and by OpenSC's, and signatures judged by openssl, pdfsig and pyHanko.

use std::fs;
use std::process::Command;

use super::pki::{Pki, pki};
use crate::harness::{Invocation, Place};
use crate::hostile::{Hostile, List};

const PACKAGE: &str = "batch-audit-2024-Q1";
const LIBRARIES: [&str; 3] =
    ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/opt/homebrew/lib/softhsm/libsofthsm2.so"];

struct Token {
    place: Place,
    library: &'static str,
}

/// A token with the keys `p256`, `p384` and `rsa` of the PKI, and their certificates; `None` where the tools are missing.
fn token() -> Option<(Token, &'static Pki)> {
    let library = LIBRARIES.into_iter().find(|path| fs::metadata(path).is_ok());
    let tools = ["softhsm2-util", "pkcs11-tool"].iter().all(|tool| Command::new(tool).arg("--help").output().is_ok());
    let there = library.is_some() && tools;
    assert!(there || std::env::var("CI").as_deref() != Ok("true"), "SoftHSM2 and OpenSC are needed");
    let (Some(library), true, Some(pki)) = (library, tools, pki()) else {
        println!("skipped: SoftHSM2 or OpenSC not installed");
        return None;
    };
    let token = Token { place: Place::new(), library };
    let folder = token.place.home().join("tokens");
    fs::create_dir(&folder).unwrap();
    let configuration = format!("directories.tokendir = {}\nobjectstore.backend = file\n", folder.display());
    fs::write(token.place.home().join("softhsm2.conf"), configuration).unwrap();
    token.does("softhsm2-util", "--init-token --free --label Desk --so-pin 56785678 --pin 4711");
    for (number, name) in ["p256", "p384", "rsa"].into_iter().enumerate() {
        let id = format!("0{}", number + 1);
        token.put(pki, name, &id);
        token.does("softhsm2-util", &format!("--import key --token Desk --label {name} --id {id} --pin 4711"));
    }
    for name in ["sub", "root"] {
        token.put(pki, name, "77");
    }
    fs::remove_file(token.place.work().join("key")).unwrap();
    fs::write(token.place.work().join("root.pem"), pki.text("root.pem")).unwrap();
    Some((token, pki))
}

impl Token {
    /// With the variable by which SoftHSM2 finds its tokens.
    fn with(&self, run: Invocation) -> Invocation {
        run.env("SOFTHSM2_CONF", &self.place.home().join("softhsm2.conf").display().to_string())
    }

    fn does(&self, program: &str, line: &str) {
        self.with(self.place.run_program(program, &line.split(' ').collect::<Vec<_>>())).done().expect(0);
    }

    /// The certificate `name` onto the token, and its key beside, as PKCS#8.
    fn put(&self, pki: &Pki, name: &str, id: &str) {
        fs::write(self.place.work().join("key"), pki.text(&format!("{name}.key"))).unwrap();
        fs::write(self.place.work().join("cert.pem"), pki.text(&format!("{name}.pem"))).unwrap();
        self.does("openssl", "x509 -in cert.pem -outform DER -out cert.der");
        let line = format!("--module {} --token-label Desk --login --pin 4711 --write-object cert.der", self.library);
        self.does("pkcs11-tool", &format!("{line} --type cert --id {id} --label {name}"));
    }

    fn address(&self, path: &str) -> String {
        format!("pkcs11:{path}?module-path={}", self.library)
    }

    fn report(&self, identity: &str) -> Invocation {
        let arguments = ["report", "--sample", "--quarter", "2024-Q1", "--quiet", "--force", "--identity", identity];
        self.with(self.place.run(&arguments))
    }
}

#[test]
fn a_key_that_stays_on_its_token_signs_what_all_accept() {
    let Some((token, _)) = token() else { return };
    let place = &token.place;
    for name in ["p256", "p384", "rsa"] {
        let run =
            token.report(&token.address(&format!("token=Desk;object={name}"))).env("DIALNEXA_AUDIT_PASSPHRASE", "4711");
        run.done().expect(0);
        let run = place.run(&["verify", PACKAGE, "--trust", "root.pem"]).done().expect(0);
        assert!(run.stdout.contains("Trusted   yes") && run.stdout.contains(&format!("Test {name}")), "{run}");
        for file in place.files().into_keys().filter_map(|path| path.strip_suffix(".p7s").map(str::to_owned)) {
            let line =
                format!("cms -verify -binary -cades -inform DER -in {file}.p7s -content {file} -CAfile root.pem");
            let arguments: Vec<_> = line.split(' ').chain(["-out", "/dev/null"]).collect();
            place.run_program("openssl", &arguments).done().expect(0);
        }
        let pdf = format!("{PACKAGE}/{PACKAGE}.pdf");
        if Command::new("pdfsig").arg("-v").output().is_ok() {
            let reported = place.run_program("pdfsig", &[&pdf]).done().stdout;
            assert!(
                reported.contains("Signature is Valid") && reported.contains("Total document signed"),
                "{reported}"
            );
        }
        if Command::new("pyhanko").arg("--version").output().is_ok() {
            let line = "sign validate --pretty-print --trust-replace --trust root.pem --no-revocation-check";
            let arguments: Vec<_> = line.split(' ').chain([pdf.as_str()]).collect();
            let reported = place.run_program("pyhanko", &arguments).done().expect(0).stdout;
            assert!(reported.contains("judged VALID"), "{reported}");
        }
    }
    place.assert_nowhere("BEGIN PRIVATE KEY");
}

#[test]
fn the_pin_comes_from_the_environment_or_a_file_and_never_from_the_command_line() {
    let Some((token, _)) = token() else { return };
    let show = |address: &str| token.with(token.place.run(&["identity", "show", address]));
    let address = token.address("token=Desk;id=%01");
    let run = show(&address).env("DIALNEXA_AUDIT_PASSPHRASE", "4711").done().expect(0);
    assert!(run.stdout.contains("Chain      Test sub, Test root"), "{run}");
    show(&address).done().expect(6).says("the token asks for its PIN").says("hint: set DIALNEXA_AUDIT_PASSPHRASE");
    fs::write(token.place.home().join("pin"), "4711\n").unwrap();
    let by_file = |name: &str| format!("{address}&pin-source=file:{}", token.place.home().join(name).display());
    show(&by_file("pin")).done().expect(0);
    show(&by_file("no-pin")).done().expect(6).says("the PIN cannot be read from");
    let run = show(&format!("{address}&pin-value=4711")).done().expect(2).says("the PIN is not taken from the address");
    assert!(!run.stderr.contains("4711"));
    // A request for the key's certificate can be made as well.
    let csr = token.with(token.place.run(&["identity", "csr", &address])).env("DIALNEXA_AUDIT_PASSPHRASE", "4711");
    let request = csr.done().expect(0).stdout;
    let run = token.place.run_program("openssl", &["req", "-verify", "-noout", "-subject"]).input(request.as_bytes());
    assert!(run.done().expect(0).stdout.contains("Test p256"));
}

#[test]
fn a_token_that_does_not_fit_is_refused_before_any_request() {
    let Some((token, pki)) = token() else { return };
    let span = "2024-01-01T00:00:00Z".parse().unwrap().."2024-07-01T00:00:00Z".parse().unwrap();
    let server = Hostile::quiet(List::spread(50, span, 1));
    // A key whose certificate is of another key: the token says so by a signature, whatever the ids say.
    token.put(pki, "server", "09");
    fs::write(token.place.work().join("key"), pki.text("stamp.key")).unwrap();
    token.does("softhsm2-util", "--import key --token Desk --label odd --id 09 --pin 4711");
    let before = token.place.files();
    for (address, pin, words) in [
        (token.address("token=Desk;object=p256"), "0000", "the token refuses the PIN"),
        (token.address("token=Other"), "4711", "0 tokens fit the address, where one must: there are `Desk`"),
        (token.address("token=Desk"), "4711", "4 private keys fit the address"),
        (token.address("token=Desk;object=none"), "4711", "0 private keys fit the address"),
        (token.address("token=Desk;object=odd"), "4711", "no certificate on the token belongs to the key"),
        ("pkcs11:token=Desk".to_owned(), "4711", "add ?module-path="),
        ("pkcs11:token=Desk?module-path=/nowhere.so".to_owned(), "4711", "/nowhere.so failed"),
    ] {
        let arguments =
            ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--quiet", "--identity", &address];
        let run = token.with(token.place.run(&arguments)).key("test-key").env("DIALNEXA_AUDIT_PASSPHRASE", pin);
        run.done().expect(6).says(words);
    }
    assert_eq!((server.requests().len(), token.place.files()), (0, before));
}
