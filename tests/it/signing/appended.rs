//! What is appended to a signed PDF in the form of revocation data and a document stamp, and is neither needed nor trusted: a
//! stranger can append it without the signer's key. Beside ours is pyHanko's verdict, and pdfsig's.

use chrono::TimeDelta;
use dialnexa_audit::sign::pades::archive::{StampUpdate, stamp_update, store_update};
use dialnexa_audit::sign::revocation::Proofs;
use dialnexa_audit::sign::{Authority, Signing, pades};
use dialnexa_audit::verify::signature::{Fact, Timed, Trust, verify_pdf};

use super::attacks::must_refuse;
use super::bench::{Folder, now};
use super::lasting_attacks::{ROOM, filled_by, gathered, signed, stamped};
use super::paper;
use super::pki::Pki;
use super::responders::lasting_pki;
use super::stamps::answer;

/// `file` with `proofs`, and a document stamp by the trusted authority.
fn kept(pki: &'static Pki, file: &[u8], proofs: &Proofs) -> Vec<u8> {
    stamped(pki, &[file, &store_update(file, proofs).unwrap()].concat())
}

/// What others say of a file that this program refuses.
fn others_say(pki: &Pki, what: &str, file: &[u8]) {
    let folder = Folder::new();
    folder.put("root.pem", pki.text("root.pem"));
    folder.put("r.pdf", file);
    if let Some(run) = folder.run("pdfsig", &["r.pdf"]) {
        println!("{what}: pdfsig: signature valid: {}", run.text().contains("Signature is Valid"));
    }
    let line = "sign validate --pretty-print --trust-replace --trust root.pem --no-revocation-check r.pdf";
    if let Some(run) = folder.run("pyhanko", &line.split(' ').collect::<Vec<_>>()) {
        println!("{what}: pyHanko: judged valid: {}", run.text().contains("judged VALID"));
    }
}

/// The certificate `name` in DER.
fn der(pki: &Pki, name: &str) -> Vec<u8> {
    pki.openssl(&format!("x509 -in {name}.pem -outform DER -out {name}.der"), &[]);
    pki.bytes(&format!("{name}.der"))
}

#[test]
fn a_store_of_anything_but_needed_revocation_data_is_rejected() {
    let Some(pki) = lasting_pki() else { return };
    let file = signed(pki);
    let good = gathered(pki, &file);
    assert!(verify_pdf(&kept(pki, &file, &good), &pki.trust()).accepted());
    assert!(!good.certificates.is_empty() && !good.ocsps.is_empty() && !good.crls.is_empty());
    let with = |change: &dyn Fn(&mut Proofs)| {
        let mut proofs = good.clone();
        change(&mut proofs);
        proofs
    };
    let page = b"<html><h1>99,999 batches</h1></html>".to_vec();
    let (stray, list) = (der(pki, "gone"), pki.bytes("empty.crl"));
    let forged = pki.bytes("forged.crl");
    let attacks: [(&str, Proofs); 12] = [
        ("a sentence as a certificate", with(&|p| p.certificates.push(b"The figures were approved.".to_vec()))),
        ("a page as a revocation list", with(&|p| p.crls.push(page.clone()))),
        ("a page as an OCSP answer", with(&|p| p.ocsps.push(page.clone()))),
        ("30 MB of anything", with(&|p| p.crls.push(vec![b'x'; 30 << 20]))),
        ("a certificate of somebody else", with(&|p| p.certificates.push(stray.clone()))),
        ("a list that is not needed", with(&|p| p.crls.push(list.clone()))),
        ("a list by another issuer", with(&|p| p.crls.push(forged.clone()))),
        ("an OCSP answer twice", with(&|p| p.ocsps.push(p.ocsps[0].clone()))),
        ("a certificate twice", with(&|p| p.certificates.push(p.certificates[0].clone()))),
        ("bytes behind an OCSP answer", with(&|p| p.ocsps[0].extend_from_slice(&page))),
        ("bytes behind a certificate", with(&|p| p.certificates[0].extend_from_slice(&page))),
        ("another order", with(&|p| p.certificates.reverse())),
    ];
    for (what, proofs) in attacks {
        let file = kept(pki, &file, &proofs);
        let verdict = verify_pdf(&file, &pki.trust());
        println!("{what}: {}", verdict.bottom_line());
        must_refuse(&verdict, "bytes were appended after signing: ");
        assert!(verdict.intact.holds() && verdict.valid.holds(), "what was signed is still intact: {verdict:#?}");
        must_refuse(&verify_pdf(&file, &Trust::at(now())), "bytes were appended after signing: ");
        others_say(pki, what, &file);
    }
}

#[test]
fn a_store_that_lacks_what_is_needed_is_rejected() {
    let Some(pki) = lasting_pki() else { return };
    let file = signed(pki);
    let good = gathered(pki, &file);
    for proofs in [
        Proofs::default(),
        Proofs { ocsps: Vec::new(), ..good.clone() },
        Proofs { crls: Vec::new(), ..good.clone() },
        Proofs { certificates: good.certificates[1..].to_vec(), ..good.clone() },
    ] {
        must_refuse(&verify_pdf(&kept(pki, &file, &proofs), &pki.trust()), "bytes were appended after signing: ");
    }
}

/// Certificates inside an OCSP answer are not signed, so anything could stand there.
#[test]
fn a_certificate_that_nobody_needs_inside_an_ocsp_answer_is_rejected() {
    let Some(pki) = lasting_pki() else { return };
    let file = signed(pki);
    let good = gathered(pki, &file);
    let plain = good.ocsps.iter().position(|answer| !answer.windows(11).any(|part| part == b"Test teller")).unwrap();
    let stuffed = stuffed(&good.ocsps[plain], &der(pki, "gone"));
    let mut proofs = good.clone();
    proofs.ocsps[plain] = stuffed;
    let verdict = verify_pdf(&kept(pki, &file, &proofs), &pki.trust());
    must_refuse(&verdict, "of the store is not needed for this signature, or not in the form of one");
}

/// An OCSP answer without certificates, with `certificate` in it.
fn stuffed(answer: &[u8], certificate: &[u8]) -> Vec<u8> {
    let basic = answer
        .windows(4)
        .position(|part| part == [0x04, 0x82, answer[2], answer[3]] || part[0] == 0x04 && part[1] == 0x82)
        .unwrap();
    let inner = &answer[basic + 4..];
    assert_eq!(inner[0..2], [0x30, 0x82]);
    let element = |tag: u8, body: &[u8]| {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [&[tag, 0x82, length[0], length[1]], body].concat()
    };
    let list = element(0xa0, &element(0x30, certificate));
    let inner = element(0x30, &[&inner[4..], list.as_slice()].concat());
    let oid = [0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
    let bytes = element(0x30, &[oid.as_slice(), &element(0x04, &inner)].concat());
    element(0x30, &[[0x0a, 0x01, 0x00].as_slice(), &element(0xa0, &bytes)].concat())
}

/// The whole attack: a stranger's authority stamps the signature, and everything that belongs to that stamp is his.
#[test]
fn stamps_and_data_by_a_strangers_authority_count_for_nothing() {
    let Some(pki) = lasting_pki() else { return };
    let stranger = Box::leak(Box::new(strangers()));
    let ask = |request: &[u8]| Ok(answer(stranger, "stamp", request));
    let authority = Authority { ask: &ask, policy: None };
    let identity = pki.identity("direct");
    let file =
        pades::sign(paper::pdf(), &Signing::new(&identity, now()).stamped_by(&authority), "Quarterly report").unwrap();
    let store = store_update(&file, &gathered(pki, &file)).unwrap();
    let stored = [file.as_slice(), &store].concat();
    let StampUpdate { bytes, contents, .. } = stamp_update(&stored, ROOM).unwrap().stated(stored.len());
    let whole = [stored.as_slice(), &bytes].concat();
    let covered = [whole[..contents.start].to_vec(), whole[contents.end..].to_vec()];
    let both = filled_by(stranger, whole, contents.start, contents.end, &[&covered[0], &covered[1]]);
    // The document stamped by an authority that everybody trusts makes the stranger's data no better.
    let one = stamped(pki, &stored);
    for (what, file) in [("both stamps", both), ("the signature's stamp", one)] {
        let verdict = verify_pdf(&file, &pki.trust());
        println!("{what}: {}", verdict.bottom_line());
        must_refuse(&verdict, "with a timestamp by `Test stamp`, which is not trusted");
        assert!(
            matches!(&verdict.timed, Timed::Stated { stamp: Some(stamp), .. } if !stamp.trusted.holds()),
            "{verdict:#?}"
        );
        let verdict = verify_pdf(&file, &Trust::at(now()));
        must_refuse(&verdict, "which was not checked");
        assert!(matches!(verdict.covers_whole, Fact::NotChecked(_)));
        others_say(pki, what, &file);
    }
}

/// Somebody else's PKI, with names like the other's.
pub fn strangers() -> Pki {
    let folder = Folder::new();
    folder.put(
        "ext.cnf",
        "[ca]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n\
         [stamp]\nbasicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\n\
         extendedKeyUsage=critical,timeStamping\n",
    );
    let pki = Pki(folder);
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
    pki.issue("root", key, "ca", None);
    pki.issue("sub", key, "ca", Some("root"));
    pki.issue("stamp", key, "stamp", Some("sub"));
    pki
}

#[test]
fn revocation_data_made_long_after_the_document_was_stamped_are_rejected() {
    let Some(pki) = lasting_pki() else { return };
    let file = signed(pki);
    let good = gathered(pki, &file);
    let chains = [pki.identity("direct")];
    let at = |minutes| {
        dialnexa_audit::sign::revocation::check_store(&good, &[chains[0].chain()], now() + TimeDelta::minutes(minutes))
    };
    // Of the signer's chain alone, the stamp's data are not needed.
    assert!(at(0).unwrap_err().contains("is not needed for this signature"));
    for minutes in [-60, 60] {
        assert!(
            at(minutes).unwrap_err().contains("no service reports whether the certificate of `Test direct` is revoked")
        );
    }
}
