//! What is signed here is accepted: by us, and by programs that are not ours.

use std::fs;

use dialnexa_audit::sign::{Signing, cms, html, pades};
use dialnexa_audit::verify::signature::{Fact, SignatureVerdict, Timed, verify_detached, verify_html, verify_pdf};

use super::bench::{Folder, identity, now, trust_in};
use super::paper;

#[track_caller]
fn must_accept(verdict: &SignatureVerdict) {
    assert!(verdict.accepted(), "{verdict:#?}");
    assert_eq!(verdict.trusted, Fact::Yes, "{verdict:#?}");
    assert!(matches!(verdict.timed, Timed::Stated { .. }), "{verdict:#?}");
}

#[test]
fn a_detached_signature_is_accepted_by_us_and_by_openssl() {
    let (identity, folder) = (identity(), Folder::new());
    let content = b"\xef\xbb\xbfbatch_id,name\r\n1,\"a\nb\"\r\n";
    let p7s = cms::detached(content, &Signing::new(&identity, now())).unwrap();
    must_accept(&verify_detached(content, &p7s, &trust_in(&identity)));
    folder.put("r.csv", content);
    folder.put("r.csv.p7s", p7s);
    folder.put("signer.pem", identity.chain_pem().unwrap());
    let line = "cms -verify -binary -inform DER -in r.csv.p7s -content r.csv -CAfile signer.pem -out copy.csv";
    let Some(run) = folder.run("openssl", &line.split(' ').collect::<Vec<_>>()) else { return };
    run.must_succeed();
    assert_eq!(fs::read(folder.path().join("copy.csv")).unwrap(), content);
    let cades = format!("{line} -cades");
    folder.run("openssl", &cades.split(' ').collect::<Vec<_>>()).unwrap().must_succeed();
}

#[test]
fn the_recipe_inside_the_html_checks_it_with_openssl_alone() {
    let (identity, folder) = (identity(), Folder::new());
    let signed = html::sign(paper::HTML, &Signing::new(&identity, now())).unwrap();
    must_accept(&verify_html(signed.as_bytes(), &trust_in(&identity)));
    folder.put("report.html", &signed);
    folder.put("signer.pem", identity.chain_pem().unwrap());
    // The commands are taken from the file, as an auditor would.
    let commands = signed.lines().filter(|line| line.starts_with("  sed ") || line.starts_with("  openssl "));
    let script: Vec<_> = commands.map(|line| line.trim().replace("FILE", "report.html")).collect();
    assert_eq!(script.len(), 3);
    let script = script.join(" && ");
    let Some(run) = folder.run("sh", &["-c", &script]) else { return };
    run.must_succeed().must_say("successful");
    folder.put("report.html", signed.replace("12,450", "12,451"));
    assert!(!folder.run("sh", &["-c", &script]).unwrap().succeeded());
}

fn judge_pdf(folder: &Folder, signed: &[u8]) {
    folder.put("r.pdf", signed);
    if let Some(run) = folder.run("pdfsig", &["r.pdf"]) {
        run.must_succeed()
            .must_say("Signature is Valid")
            .must_say("Total document signed")
            .must_say("ETSI.CAdES.detached");
    }
    if let Some(run) = folder.run("qpdf", &["--check", "r.pdf"]) {
        run.must_succeed();
    }
    let arguments = "sign validate --pretty-print --trust-replace --trust signer.pem --no-revocation-check r.pdf";
    if let Some(run) = folder.run("pyhanko", &arguments.split(' ').collect::<Vec<_>>()) {
        run.must_succeed().must_say("The signature is judged VALID").must_say("covers the entire file");
    }
}

#[test]
fn a_pdf_signature_is_accepted_by_us_pdfsig_pyhanko_and_qpdf() {
    let (identity, folder) = (identity(), Folder::new());
    let unsigned = paper::pdf();
    let signed = pades::sign(unsigned.clone(), &Signing::new(&identity, now()), "Quarterly report").unwrap();
    assert!(signed.starts_with(&unsigned), "the unsigned bytes must stay as they are");
    must_accept(&verify_pdf(&signed, &trust_in(&identity)));
    folder.put("signer.pem", identity.chain_pem().unwrap());
    judge_pdf(&folder, &signed);
}

#[test]
fn a_pdf_with_object_streams_is_signed_as_well() {
    let (identity, folder) = (identity(), Folder::new());
    folder.put("plain.pdf", paper::pdf());
    let Some(run) = folder.run("qpdf", &["--object-streams=generate", "plain.pdf", "packed.pdf"]) else { return };
    run.must_succeed();
    let unsigned = fs::read(folder.path().join("packed.pdf")).unwrap();
    assert!(!unsigned.windows(7).any(|window| window == b"trailer"), "a cross-reference stream was asked for");
    let signed = pades::sign(unsigned.clone(), &Signing::new(&identity, now()), "Quarterly report").unwrap();
    assert!(signed.starts_with(&unsigned));
    must_accept(&verify_pdf(&signed, &trust_in(&identity)));
    folder.put("signer.pem", identity.chain_pem().unwrap());
    judge_pdf(&folder, &signed);
}

#[test]
fn the_same_key_and_time_give_the_same_bytes() {
    let (identity, at) = (identity(), now());
    let pdf = || pades::sign(paper::pdf(), &Signing::new(&identity, at), "Quarterly report").unwrap();
    assert_eq!(pdf(), pdf());
    let html = || html::sign(paper::HTML, &Signing::new(&identity, at)).unwrap();
    assert_eq!(html(), html());
}
