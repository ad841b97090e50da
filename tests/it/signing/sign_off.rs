//! A second person signs the document: the empty fields for reviewer and approver are there, the certification allows it, and other
//! programs read every signature as good.

use std::fs;

use super::forged::{Desk, STEM};
use crate::pdf::bench::installed;

const KEY: &str = "openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 30 -subj '/CN=The Other One' -keyout other.key -out other.pem \
                   -addext keyUsage=critical,digitalSignature,nonRepudiation";

#[test]
fn reviewer_and_approver_sign_the_document_and_every_signature_stays_good() {
    let desk = Desk::reporting(&["--format", "pdf"]);
    if !["pyhanko", "pdfsig", "openssl"].into_iter().all(installed) {
        return;
    }
    let shell = |line: &str| desk.place.run_program("bash", &["-c", line]).done().expect(0);
    shell(KEY);
    let report = format!("{STEM}/{STEM}.pdf");
    let sign = "pyhanko sign addsig --field";
    let key = "pemder --no-pass --key other.key --cert other.pem";
    shell(&format!("{sign} Reviewed {key} {report} reviewed.pdf"));
    shell(&format!("{sign} Approved {key} reviewed.pdf approved.pdf"));
    let seen = shell("pdfsig approved.pdf").stdout;
    assert_eq!(seen.matches("Signature is Valid.").count(), 3, "{seen}");
    assert!(["Reviewed", "Approved", "Signature1"].iter().all(|field| seen.contains(field)), "{seen}");
    let trusted = format!("--trust other.pem --trust {STEM}/signer.pem --no-revocation-check");
    let judged = shell(&format!("pyhanko sign validate --pretty-print {trusted} approved.pdf")).stdout;
    assert_eq!(judged.matches("The signature is judged VALID").count(), 3, "{judged}");
    // A change of a page behind the certification is none that it allows.
    let before = fs::read(desk.place.work().join("approved.pdf")).unwrap();
    assert!(before.starts_with(&desk.read(&format!("{STEM}.pdf"))), "signing appends, and changes nothing");
}

#[test]
fn what_another_program_adds_to_the_document_is_named_and_not_said_to_be_reproduced() {
    let desk = Desk::reporting(&["--format", "pdf"]);
    if !["pyhanko", "openssl"].into_iter().all(installed) {
        return;
    }
    let shell = |line: &str| desk.place.run_program("bash", &["-c", line]).done().expect(0);
    shell(KEY);
    let report = format!("{STEM}/{STEM}.pdf");
    shell(&format!(
        "pyhanko sign addsig --field Reviewed pemder --no-pass --key other.key --cert other.pem {report} reviewed.pdf"
    ));
    let run = desk.place.run(&["verify", "reviewed.pdf"]).done().expect(1);
    assert!(run.stdout.contains("NO"), "{run}");
}
