//! Attacks in the name of the long term: what is appended to a signed PDF looks like revocation data or a document time
//! stamp, and does more. Each is stamped by a real authority, as an attacker can have it.

use std::fs;

use chrono::Utc;
use dialnexa_audit::sign::examine::examine;
use dialnexa_audit::sign::pades::archive::{StampUpdate, stamp_update, store_update};
use dialnexa_audit::sign::revocation::{Proofs, gather};
use dialnexa_audit::sign::timestamp::Stamp;
use dialnexa_audit::sign::{Authority, Responders, Signing, pades};
use dialnexa_audit::verify::signature::verify_pdf;

use super::attacks::{forged_page, must_refuse, revision};
use super::bench::{Folder, now};
use super::lasting::{self, fetch};
use super::paper;
use super::pki::Pki;
use super::responders::lasting_pki;
use super::stamps::answer;

pub const ROOM: usize = 8 << 10;

/// A PDF that is signed and stamped, with nothing appended.
pub fn signed(pki: &'static Pki) -> Vec<u8> {
    let ask = |request: &[u8]| Ok(answer(pki, "stamp", request));
    let authority = Authority { ask: &ask, policy: None };
    let identity = pki.identity("direct");
    pades::sign(paper::pdf(), &Signing::new(&identity, now()).stamped_by(&authority), "Quarterly report").unwrap()
}

/// What is to be gathered for this signature and its stamp, as `--long-term` does.
pub fn gathered(pki: &'static Pki, signed: &[u8]) -> Proofs {
    let responders = Responders { fetch: &fetch, now: &Utc::now, notify: &|_| {} };
    let identity = pki.identity("direct");
    let stamp = stamp_of(signed);
    gather(&[identity.chain(), &stamp.chain], &responders).unwrap()
}

/// The stamp on the signature of a signed PDF.
fn stamp_of(signed: &[u8]) -> Stamp {
    let text = String::from_utf8_lossy(signed);
    let hex = text.rsplit("/Contents<").next().unwrap().split('>').next().unwrap().to_owned();
    let mut der: Vec<u8> = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let length = 4 + usize::from(u16::from_be_bytes([der[2], der[3]]));
    der.truncate(length);
    let examined = examine(&der, &[]).unwrap();
    Stamp::read(&examined.stamp.unwrap(), &[&examined.value]).unwrap()
}

fn with_store(pki: &'static Pki, signed: &[u8]) -> Vec<u8> {
    [signed, &store_update(signed, &gathered(pki, signed)).unwrap()].concat()
}

/// Puts a stamp on the parts of `file` around `contents` into it.
fn filled(pki: &'static Pki, file: Vec<u8>, start: usize, end: usize, covered: &[&[u8]]) -> Vec<u8> {
    filled_by(pki, file, start, end, covered)
}

/// The same by the authority of any PKI.
pub fn filled_by(pki: &Pki, mut file: Vec<u8>, start: usize, end: usize, covered: &[&[u8]]) -> Vec<u8> {
    let folder = Folder::new();
    folder.put("covered", covered.concat());
    let query = "ts -query -data covered -sha256 -cert -out request.tsq";
    folder.run("openssl", &query.split(' ').collect::<Vec<_>>()).unwrap().must_succeed();
    folder.put("a.tsr", answer(pki, "stamp", &fs::read(folder.path().join("request.tsq")).unwrap()));
    let token = "ts -reply -in a.tsr -token_out -out token.der";
    folder.run("openssl", &token.split(' ').collect::<Vec<_>>()).unwrap().must_succeed();
    let token = fs::read(folder.path().join("token.der")).unwrap();
    let hex: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(hex.len() <= end - start - 2);
    file[start + 1..start + 1 + hex.len()].copy_from_slice(hex.as_bytes());
    file
}

/// With a document timestamp on everything, made as it should be.
pub fn stamped(pki: &'static Pki, file: &[u8]) -> Vec<u8> {
    let StampUpdate { bytes, contents, .. } = stamp_update(file, ROOM).unwrap().stated(file.len());
    let whole = [file, &bytes].concat();
    let covered = [whole[..contents.start].to_vec(), whole[contents.end..].to_vec()];
    filled(pki, whole, contents.start, contents.end, &[&covered[0], &covered[1]])
}

/// Object numbers in the PDF of the tests: 1 is the catalog, 3 the page, 4 its content, 5 the form, 6 the signature field.
fn size(file: &[u8]) -> u32 {
    let text = String::from_utf8_lossy(file);
    text.rsplit("/Size ").next().unwrap().split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

/// The newest version of an object, as it is written.
fn newest(file: &[u8], number: u32) -> String {
    let text = String::from_utf8_lossy(file);
    text.rsplit(&format!("\n{number} 0 obj\n")).next().unwrap().split("\nendobj").next().unwrap().to_owned()
}

#[test]
fn the_tests_own_forging_gives_a_good_file_when_nothing_is_forged() {
    let Some(pki) = lasting_pki() else { return };
    let verdict = verify_pdf(&stamped(pki, &with_store(pki, &signed(pki))), &pki.trust());
    assert!(verdict.accepted(), "{verdict:#?}");
}

#[test]
fn a_store_that_changes_something_else_as_well_is_rejected() {
    let Some(pki) = lasting_pki() else { return };
    let signed = signed(pki);
    let number = size(&signed);
    let catalog = newest(&signed, 1).strip_suffix(">>").unwrap().to_owned();
    let with = |more: &str| (1, format!("{catalog}/DSS {number} 0 R{more}>>"));
    let store = (number, "<</Type /DSS>>".to_owned());
    let annotated = newest(&signed, 3).replace("/Annots[6 0 R]", &format!("/Annots[6 0 R {} 0 R]", number + 1));
    assert_ne!(annotated, newest(&signed, 3));
    let note = "<</Type/Annot/Subtype/FreeText/Rect[60 700 300 800]/Contents(99,999)/DA(/F1 18 Tf)>>".to_owned();
    let form = newest(&signed, 5).replacen("<<", "<</NeedAppearances true", 1);
    let script = "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>";
    let panel = newest(&signed, 6).replacen("Rect", "Rect[0 0 1 1]/Old", 1);
    let attacks: [(&str, Vec<(u32, String)>); 7] = [
        ("content", vec![with(""), (4, forged_page()), store.clone()]),
        ("annotation", vec![with(""), (3, annotated), store.clone(), (number + 1, note)]),
        ("form", vec![with(""), (5, form), store.clone()]),
        ("signature panel", vec![with(""), (6, panel), store.clone()]),
        ("catalog", vec![with(script), store.clone()]),
        ("an object that nobody needs", vec![with(""), store.clone(), (number + 1, forged_page())]),
        ("an entry of the store", vec![with(""), (number, "<</Type /DSS/VRI<</A 4 0 R>>>>".to_owned())]),
    ];
    for (what, objects) in attacks {
        let file = stamped(pki, &revision(&signed, &objects, number + 2));
        let verdict = verify_pdf(&file, &pki.trust());
        println!("{what}: {}", verdict.bottom_line());
        must_refuse(&verdict, "bytes were appended after signing: not only certificates and revocation data");
        assert!(verdict.intact.holds() && verdict.valid.holds(), "what was signed is still intact: {verdict:#?}");
    }
}

#[test]
fn content_between_the_store_and_the_stamp_is_rejected() {
    let Some(pki) = lasting_pki() else { return };
    let stored = with_store(pki, &signed(pki));
    let file = stamped(pki, &revision(&stored, &[(4, forged_page())], size(&stored)));
    must_refuse(&verify_pdf(&file, &pki.trust()), "not only a timestamp on the whole document");
}

#[test]
fn a_form_changed_by_more_than_the_stamps_field_is_rejected() {
    let Some(pki) = lasting_pki() else { return };
    let stored = with_store(pki, &signed(pki));
    let StampUpdate { bytes, .. } = stamp_update(&stored, ROOM).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    // Of the same length, so that all offsets stay: the flag that says that only appending keeps the signature.
    assert!(text.contains("/SigFlags 3"));
    for (old, new) in [("/SigFlags 3", "/SigFlags 0"), ("/Rect [0 0 0 0]", "/Rect [0 0 9 9]"), ("/F 132", "/F 130")] {
        let whole = [&stored, text.replacen(old, new, 1).as_bytes()].concat();
        let start = whole.len() - text.len() + text.find("/Contents<").unwrap() + 9;
        let end = start + 2 + 2 * ROOM;
        let range = format!("0 {start} {end} {}", whole.len() - end);
        let hole = whole.len() - text.len() + text.find("/ByteRange[").unwrap() + 11;
        let mut file = whole;
        file[hole..hole + range.len()].copy_from_slice(range.as_bytes());
        let covered = [file[..start].to_vec(), file[end..].to_vec()];
        let file = filled(pki, file, start, end, &[&covered[0], &covered[1]]);
        must_refuse(&verify_pdf(&file, &pki.trust()), "not only a timestamp on the whole document");
    }
}

#[test]
fn a_document_stamp_whose_range_leaves_a_gap_is_rejected() {
    let Some(pki) = lasting_pki() else { return };
    let stored = with_store(pki, &signed(pki));
    let update = stamp_update(&stored, ROOM).unwrap();
    let (start, end) = (update.contents.start, update.contents.end);
    let whole = [stored.as_slice(), &update.bytes].concat();
    for (first, second, last) in [(start - 40, end, 0), (start, end + 40, 0), (start, end, 40)] {
        let mut file = whole.clone();
        let stop = file.len() - last;
        let range = format!("0 {first} {second} {}", stop - second);
        file[update.range.start..update.range.start + range.len()].copy_from_slice(range.as_bytes());
        let covered = [file[..first].to_vec(), file[second..stop].to_vec()];
        let file = filled(pki, file, start, end, &[&covered[0], &covered[1]]);
        must_refuse(&verify_pdf(&file, &pki.trust()), "not only a timestamp on the whole document");
    }
}

#[test]
fn content_after_the_document_stamp_is_rejected() {
    let Some(pki) = lasting_pki() else { return };
    let pdf = lasting::signed(pki, "direct");
    let comment = [pdf.as_slice(), b"% nothing but a comment\n"].concat();
    must_refuse(&verify_pdf(&comment, &pki.trust()), "not only a timestamp on the whole document");
    let page = revision(&pdf, &[(4, forged_page())], size(&pdf));
    must_refuse(&verify_pdf(&page, &pki.trust()), "not only a timestamp on the whole document");
    let folder = Folder::new();
    folder.put("root.pem", pki.text("root.pem"));
    folder.put("r.pdf", &page);
    let line = "sign validate --pretty-print --trust-replace --trust root.pem --no-revocation-check r.pdf";
    if let Some(run) = folder.run("pyhanko", &line.split(' ').collect::<Vec<_>>()) {
        println!("{}", run.text());
        assert!(!(run.text().contains("judged VALID") && run.succeeded()), "{}", run.text());
    }
}

#[test]
fn a_second_document_stamp_is_rejected() {
    let Some(pki) = lasting_pki() else { return };
    let pdf = lasting::signed(pki, "direct");
    let number = size(&pdf);
    let form = newest(&pdf, 5).replacen("/Fields [", &format!("/Fields [{number} 0 R "), 1);
    let field = format!("<</FT/Sig/T(Another)/F 132/Subtype/Widget/Rect[0 0 0 0]/V {} 0 R>>", number + 1);
    let stamp = "<</Type/DocTimeStamp/SubFilter/ETSI.RFC3161/ByteRange[0 10 20 30]/Contents<00>>>".to_owned();
    let file = revision(&pdf, &[(5, form), (number, field), (number + 1, stamp)], number + 2);
    must_refuse(&verify_pdf(&file, &pki.trust()), "3 signatures where one is expected");
}

#[test]
fn a_document_stamp_on_another_file_or_on_nothing_is_rejected() {
    let Some(pki) = lasting_pki() else { return };
    let stored = with_store(pki, &signed(pki));
    let StampUpdate { bytes, contents, .. } = stamp_update(&stored, ROOM).unwrap().stated(stored.len());
    let whole = [stored.as_slice(), &bytes].concat();
    let file = filled(pki, whole.clone(), contents.start, contents.end, &[b"another file"]);
    must_refuse(&verify_pdf(&file, &pki.trust()), "the timestamp on the document fails");
    must_refuse(&verify_pdf(&whole, &pki.trust()), "bytes were appended after signing");
    // A stamp alone, without the store before it.
    let alone = stamped(pki, &signed(pki));
    must_refuse(&verify_pdf(&alone, &pki.trust()), "bytes were appended after signing");
}
