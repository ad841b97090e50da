//! Attacks on signed files, one test each. None passes; where other programs can judge, their verdict is beside ours.

use dialnexa_audit::sign::{Identity, Signing, cms, html, pades};
use dialnexa_audit::verify::signature::{Fact, SignatureVerdict, verify_detached, verify_html, verify_pdf};

use super::bench::{Folder, identity, now, trust_in};
use super::paper;
use super::pki::pki;

/// Ours must say no, by a reason that holds these words.
#[track_caller]
pub fn must_refuse(verdict: &SignatureVerdict, words: &str) {
    assert!(!verdict.accepted(), "{verdict:#?}");
    assert!(verdict.bottom_line().contains(words), "{words}: {}\n{verdict:#?}", verdict.bottom_line());
}

fn signed_pdf(identity: &Identity) -> Vec<u8> {
    pades::sign(paper::pdf(), &Signing::new(identity, now()), "Quarterly report").unwrap()
}

fn place(file: &[u8], words: &str) -> usize {
    file.windows(words.len()).position(|window| window == words.as_bytes()).unwrap()
}

/// What pdfsig and pyHanko say: neither may call the whole file validly signed.
#[track_caller]
fn others_must_refuse(identity: &Identity, pdf: &[u8]) {
    let folder = Folder::new();
    folder.put("r.pdf", pdf);
    folder.put("signer.pem", identity.chain_pem().unwrap());
    if let Some(run) = folder.run("pdfsig", &["r.pdf"]) {
        // Of the maker's signature; another one may cover what was added to it.
        let text = run.text();
        let own = text.split("Signature #2").next().unwrap();
        let (valid, whole) = (own.contains("Signature is Valid"), own.contains("Total document signed"));
        println!("pdfsig: valid {valid}, whole {whole}");
        assert!(!(valid && whole) || run.text().contains("not signed"), "{}", run.text());
    }
    let line = "sign validate --pretty-print --trust-replace --trust signer.pem --no-revocation-check r.pdf";
    if let Some(run) = folder.run("pyhanko", &line.split(' ').collect::<Vec<_>>()) {
        let judged = run.text().contains("judged VALID");
        println!("pyHanko: judged valid {judged}");
        assert!(!(judged && run.succeeded()), "{}", run.text());
    }
}

#[test]
fn a_flipped_byte_of_the_page_is_rejected() {
    let identity = identity();
    let mut pdf = signed_pdf(&identity);
    let at = place(&pdf, "12,450");
    pdf[at + 5] = b'9';
    let verdict = verify_pdf(&pdf, &trust_in(&identity));
    must_refuse(&verdict, "the content is not what was signed");
    assert!(verdict.valid.holds() && verdict.covers_whole.holds(), "the facts are separate: {verdict:#?}");
    others_must_refuse(&identity, &pdf);
}

#[test]
fn a_flipped_digit_inside_the_signature_is_rejected() {
    let identity = identity();
    let mut pdf = signed_pdf(&identity);
    let at = place(&pdf, "/Contents<") + 700;
    pdf[at] = if pdf[at] == b'5' { b'6' } else { b'5' };
    assert!(!verify_pdf(&pdf, &trust_in(&identity)).accepted());
    others_must_refuse(&identity, &pdf);
}

/// The digits' case and the filling behind them are not signed, so both must be as they were written.
#[test]
fn a_change_that_leaves_the_signature_as_it_is_is_rejected() {
    let identity = identity();
    let pdf = signed_pdf(&identity);
    let start = place(&pdf, "/Contents<") + 10;
    let mut capital = pdf.clone();
    let letter = start + pdf[start..].iter().position(u8::is_ascii_alphabetic).unwrap();
    capital[letter] = capital[letter].to_ascii_uppercase();
    must_refuse(&verify_pdf(&capital, &trust_in(&identity)), "not plain hexadecimal digits");
    let mut filled = pdf.clone();
    let end = start + pdf[start..].iter().position(|byte| *byte == b'>').unwrap();
    filled[end - 1] = b'1';
    must_refuse(&verify_pdf(&filled, &trust_in(&identity)), "more than the signature");
}

/// A revision that gives object 4, the page's content, another text.
pub fn revision(pdf: &[u8], objects: &[(u32, String)], size: u32) -> Vec<u8> {
    let tail = String::from_utf8_lossy(&pdf[pdf.len() - 40..]).into_owned();
    let previous = tail.split("startxref\n").nth(1).unwrap().lines().next().unwrap().to_owned();
    let mut file = pdf.to_vec();
    let mut table = String::new();
    for (number, body) in objects {
        table.push_str(&format!("{number} 1\n{:010} 00000 n \n", file.len()));
        file.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let start = file.len();
    let trailer = format!("<</Size {size}/Root 1 0 R/Prev {previous}>>");
    file.extend_from_slice(format!("xref\n{table}trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n").as_bytes());
    file
}

pub fn forged_page() -> String {
    let text = "BT /F1 18 Tf 60 760 Td (Batch calls: 99,999) Tj ET";
    format!("<</Length {}>>\nstream\n{text}\nendstream", text.len())
}

#[test]
fn an_appended_revision_is_rejected() {
    let identity = identity();
    let mut pdf = signed_pdf(&identity);
    pdf.extend_from_slice(b"% nothing but a comment\n");
    must_refuse(&verify_pdf(&pdf, &trust_in(&identity)), "24 bytes were appended after signing");
}

#[test]
fn an_object_changed_by_an_incremental_update_is_rejected() {
    let identity = identity();
    let pdf = revision(&signed_pdf(&identity), &[(4, forged_page())], 13);
    let verdict = verify_pdf(&pdf, &trust_in(&identity));
    must_refuse(&verdict, "bytes were appended after signing");
    assert!(verdict.intact.holds() && verdict.valid.holds(), "what was signed is still intact: {verdict:#?}");
    others_must_refuse(&identity, &pdf);
}

#[test]
fn an_incremental_update_with_a_new_signature_is_rejected() {
    let (identity, attacker) = (identity(), identity());
    let field = "<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature2)/F 132/P 3 0 R/Rect[0 0 0 0]>>";
    let form = "<</Fields[6 0 R 20 0 R]/SigFlags 3/DR<</Font<</SigF 7 0 R>>>>>>";
    let objects = [(4, forged_page()), (5, form.to_owned()), (20, field.to_owned())];
    let emptied = revision(&signed_pdf(&identity), &objects, 21);
    must_refuse(&verify_pdf(&emptied, &trust_in(&identity)), "appended after signing");
    // A program that is not ours signs what the attacker appended.
    let folder = Folder::new();
    folder.put("in.pdf", &emptied);
    folder.put("key.pem", attacker.to_pem(None).unwrap().as_bytes());
    folder.put("cert.pem", attacker.chain_pem().unwrap());
    let line =
        "sign addsig --field Signature2 --use-pades pemder --key key.pem --cert cert.pem --no-pass in.pdf out.pdf";
    let Some(run) = folder.run("pyhanko", &line.split(' ').collect::<Vec<_>>()) else { return };
    if !run.succeeded() {
        println!("pyHanko refuses to sign over the certification: {}", run.text());
        return;
    }
    let pdf = std::fs::read(folder.path().join("out.pdf")).unwrap();
    must_refuse(&verify_pdf(&pdf, &trust_in(&identity)), "2 signatures");
    others_must_refuse(&identity, &pdf);
}

/// The content to be revealed is in the file before signing, and a small revision turns the page over to it.
#[test]
fn a_shadow_attack_is_rejected() {
    let identity = identity();
    let hidden = revision(&paper::pdf(), &[(15, forged_page())], 16);
    let signed = pades::sign(hidden, &Signing::new(&identity, now()), "Quarterly report").unwrap();
    assert!(verify_pdf(&signed, &trust_in(&identity)).accepted());
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 15 0 R/Annots[6 0 R]/Tabs/S\
        /Resources<</Font<</F1 10 0 R>>>>>>";
    let pdf = revision(&signed, &[(3, page.to_owned())], 18);
    must_refuse(&verify_pdf(&pdf, &trust_in(&identity)), "bytes were appended after signing");
    others_must_refuse(&identity, &pdf);
}

#[test]
fn a_signature_taken_out_by_a_revision_is_missed() {
    let identity = identity();
    let field = "<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature1)/F 132/P 3 0 R/Rect[60 600 300 690]>>";
    let pdf = revision(&signed_pdf(&identity), &[(6, field.to_owned())], 13);
    must_refuse(&verify_pdf(&pdf, &trust_in(&identity)), "taken out by a later revision");
    must_refuse(&verify_pdf(&paper::pdf(), &trust_in(&identity)), "not signed");
}

/// Signature wrapping: the signed parts stay as they are, to the byte. In the hole between them stand a forged page, a second
/// signature object with a byte range of its own, and the cross-reference that leads a reader to both, just where the
/// signed end of the file says that it is.
#[test]
fn content_moved_out_of_the_byte_range_is_rejected() {
    let identity = identity();
    let pdf = signed_pdf(&identity);
    let start = place(&pdf, "/Contents<") + 9;
    let end = start + pdf[start..].iter().position(|byte| *byte == b'>').unwrap() + 1;
    // The filling is cut short to make room; some of it stays, because the signature's own last digits may be zeros.
    let digits = String::from_utf8_lossy(&pdf[start + 1..end - 1]).trim_end_matches('0').len();
    let hex = format!("{}>", String::from_utf8_lossy(&pdf[start..start + 1 + digits.next_multiple_of(2) + 8]));
    let (tail, table) = (&pdf[end..], place(&pdf[end..], "\nxref\n") + end + 1);
    let first = place(&pdf, "\nxref\n") + 1;

    let hole = |length: usize| {
        let mut inside = b"<>>>\nendobj\n".to_vec();
        let page = start + inside.len();
        inside.extend_from_slice(format!("4 0 obj\n{}\nendobj\n", forged_page()).as_bytes());
        let signature = start + inside.len();
        let range = format!("[0 {start} {:010} {}]", start + length, tail.len());
        let kind = "/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached";
        let time = now().format("D:%Y%m%d%H%M%SZ");
        let body = format!("11 0 obj\n<<{kind}/M({time})/ByteRange{range}/Contents{hex}>>\nendobj\n");
        inside.extend_from_slice(body.as_bytes());
        assert!(start + inside.len() < table, "the forged objects fit before the table");
        inside.resize(table - start, b' ');
        let newest =
            |head: &str| pdf[..start].windows(head.len()).rposition(|window| window == head.as_bytes()).unwrap() + 1;
        let entry = |number: u32, offset: usize| format!("{number} 1\n{offset:010} 00000 n \n");
        let kept = [entry(1, newest("\n1 0 obj")), entry(6, newest("\n6 0 obj"))].concat();
        let entries = [kept, entry(4, page), entry(11, signature)].concat();
        let trailer = format!("<</Size 13/Root 1 0 R/Prev {first}>>");
        inside.extend_from_slice(format!("xref\n{entries}trailer\n{trailer}\n").as_bytes());
        inside
    };
    let inside = hole(hole(0).len());
    let file = [&pdf[..start], &inside, tail].concat();
    let verdict = verify_pdf(&file, &trust_in(&identity));
    assert!(verdict.intact.holds() && verdict.valid.holds(), "the attack is well made: {verdict:#?}");
    must_refuse(&verdict, "more than the signature itself is left out");
    others_must_refuse(&identity, &file);
}

#[test]
fn a_signature_of_another_pdf_is_rejected() {
    let identity = identity();
    let other = pades::sign(paper::pdf(), &Signing::new(&identity, now()), "Another report..").unwrap();
    let mut pdf = signed_pdf(&identity);
    let (from, to) = (place(&other, "/Contents<"), place(&pdf, "/Contents<"));
    pdf[to..to + 2000].copy_from_slice(&other[from..from + 2000]);
    must_refuse(&verify_pdf(&pdf, &trust_in(&identity)), "the content is not what was signed");
    others_must_refuse(&identity, &pdf);
}

#[test]
fn a_second_signature_element_in_the_html_is_rejected() {
    let (ours, attacker) = (identity(), identity());
    let signed = html::sign(paper::HTML, &Signing::new(&ours, now())).unwrap();
    let forged = signed.replace("12,450", "99,999");
    let again = html::sign(
        &forged.replace("<template id=\"signature\">", "<div>").replace("</template>", "</div>"),
        &Signing::new(&attacker, now()),
    );
    let element =
        again.unwrap().lines().skip_while(|line| !line.starts_with("<template")).collect::<Vec<_>>().join("\n");
    let doubled = signed.replace("</body>", &format!("{}\n</body>", element.split("\n</body>").next().unwrap()));
    must_refuse(&verify_html(doubled.as_bytes(), &trust_in(&ours)), "2 signature elements");
}

#[test]
fn text_after_the_closing_tag_of_the_html_is_rejected() {
    let identity = identity();
    let signed = html::sign(paper::HTML, &Signing::new(&identity, now())).unwrap();
    let longer = format!("{signed}<p>99,999 batches</p>\n");
    must_refuse(&verify_html(longer.as_bytes(), &trust_in(&identity)), "text after the closing tag");
}

#[test]
fn the_signature_of_another_html_is_rejected() {
    let identity = identity();
    let signed = html::sign(paper::HTML, &Signing::new(&identity, now())).unwrap();
    let other = html::sign(&paper::HTML.replace("12,450", "99,999"), &Signing::new(&identity, now())).unwrap();
    let block = |file: &str| file.split("<template id=\"signature\">\n").nth(1).unwrap().to_owned();
    let swapped = signed.replace(&block(&signed), &block(&other));
    must_refuse(&verify_html(swapped.as_bytes(), &trust_in(&identity)), "the content is not what was signed");
}

#[test]
fn content_inside_the_signature_element_is_rejected() {
    let identity = identity();
    let signed = html::sign(paper::HTML, &Signing::new(&identity, now())).unwrap();
    for smuggled in ["</template><h1>99999 batches</h1><template>\n", "AAAA\n", "\n", " "] {
        let forged =
            signed.replace("<template id=\"signature\">\n", &format!("<template id=\"signature\">\n{smuggled}"));
        assert!(!verify_html(forged.as_bytes(), &trust_in(&identity)).accepted(), "{smuggled:?}");
    }
    must_refuse(&verify_html(paper::HTML.as_bytes(), &trust_in(&identity)), "not signed");
}

#[test]
fn a_file_swapped_between_two_packages_is_rejected() {
    let identity = identity();
    let p7s = cms::detached(b"first quarter", &Signing::new(&identity, now())).unwrap();
    must_refuse(&verify_detached(b"second quarter", &p7s, &trust_in(&identity)), "the content is not what was signed");
}

/// Signs with openssl what a careless or hostile signer would; returns the signature.
fn by_openssl(name: &str, content: &[u8], more: &str) -> Option<Vec<u8>> {
    let pki = pki()?;
    let folder = Folder::new();
    for file in [format!("{name}.key"), format!("{name}.pem")] {
        folder.put(&file, pki.bytes(&file));
    }
    folder.put("above.pem", format!("{}{}", pki.text("sub.pem"), pki.text("root.pem")));
    folder.put("content", content);
    let line = format!(
        "cms -sign -binary -nosmimecap -outform DER -in content -out content.p7s -signer {name}.pem \
         -inkey {name}.key -certfile above.pem {more}"
    );
    folder.run("openssl", &line.split_whitespace().collect::<Vec<_>>())?.must_succeed();
    Some(std::fs::read(folder.path().join("content.p7s")).unwrap())
}

/// Without signed attributes, their encoding could be passed off as signed content.
#[test]
fn stripped_signed_attributes_are_rejected() {
    let Some(pki) = pki() else { return };
    let p7s = by_openssl("p256", b"x", "-noattr").unwrap();
    must_refuse(&verify_detached(b"x", &p7s, &pki.trust()), "signed attributes were stripped");
}

#[test]
fn a_signature_that_does_not_name_its_certificate_is_rejected() {
    let Some(pki) = pki() else { return };
    let p7s = by_openssl("p256", b"x", "").unwrap();
    must_refuse(&verify_detached(b"x", &p7s, &pki.trust()), "no signing certificate (ESS)");
}

#[test]
fn sha_1_is_rejected_by_name() {
    let Some(pki) = pki() else { return };
    let p7s = by_openssl("rsa", b"x", "-cades -md sha1").unwrap();
    must_refuse(&verify_detached(b"x", &p7s, &pki.trust()), "SHA-1 is not acceptable");
}

#[test]
fn short_keys_and_other_curves_are_rejected_by_name() {
    let Some(pki) = pki() else { return };
    let p7s = by_openssl("short", b"x", "-cades").unwrap();
    must_refuse(&verify_detached(b"x", &p7s, &pki.trust()), "RSA 2048 is not acceptable");
    let p7s = by_openssl("p521", b"x", "-cades -md sha512").unwrap();
    must_refuse(&verify_detached(b"x", &p7s, &pki.trust()), "ECDSA P-521 is not acceptable");
}

#[test]
fn two_signers_and_a_stranger_among_the_certificates_are_rejected() {
    let Some(pki) = pki() else { return };
    let stray = pki.0.put("stray.pem", pki.text("other-root.pem"));
    let p7s = by_openssl("p256", b"x", &format!("-cades -certfile {}", stray.display())).unwrap();
    must_refuse(&verify_detached(b"x", &p7s, &pki.trust()), "not part of the signer's chain");
    let (cert, key) = (pki.0.path().join("p384.pem"), pki.0.path().join("p384.key"));
    let second = format!("-cades -signer {} -inkey {}", cert.display(), key.display());
    let p7s = by_openssl("p256", b"x", &second).unwrap();
    must_refuse(&verify_detached(b"x", &p7s, &pki.trust()), "2 signers");
}

/// An attacker makes a certificate with the signer's very name.
#[test]
fn a_certificate_with_the_same_name_and_another_key_is_rejected() {
    let (ours, attacker) = (identity(), identity());
    assert_eq!(ours.subject(), attacker.subject());
    let p7s = cms::detached(b"x", &Signing::new(&attacker, now())).unwrap();
    let verdict = verify_detached(b"x", &p7s, &trust_in(&ours));
    assert!(matches!(verdict.trusted, Fact::No(_)), "{verdict:#?}");
    must_refuse(&verdict, "does not lead to a trusted one");
    let folder = Folder::new();
    folder.put("x", b"x");
    folder.put("x.p7s", &p7s);
    folder.put("signer.pem", ours.chain_pem().unwrap());
    let line = "cms -verify -binary -inform DER -in x.p7s -content x -CAfile signer.pem -out copy";
    let Some(run) = folder.run("openssl", &line.split(' ').collect::<Vec<_>>()) else { return };
    assert!(!run.succeeded(), "{}", run.text());
}

#[test]
fn bytes_after_a_detached_signature_are_rejected() {
    let identity = identity();
    let mut p7s = cms::detached(b"x", &Signing::new(&identity, now())).unwrap();
    p7s.push(0);
    must_refuse(&verify_detached(b"x", &p7s, &trust_in(&identity)), "not a CMS message in DER");
}
