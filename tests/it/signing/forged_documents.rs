//! The same with PDFs: whatever is put into the document before it is signed, or by the signing itself, is not what is made. Where a
//! document cannot be compared, it is looked over for what no document of this program holds.

use std::fs;

use dialnexa_audit::pdf::{Dictionary, Increment, Object, Pdf};
use dialnexa_audit::verify::attached::{attachments, unwanted};

use super::forged::{Desk, STEM};
use crate::harness::Place;

/// A revision of the document that changes its catalog and its first page.
fn revised(file: &[u8], change: impl Fn(&mut Dictionary, &mut Dictionary, &mut Increment)) -> Vec<u8> {
    let pdf = Pdf::open(file).unwrap();
    let (catalog_id, mut catalog) = pdf.catalog().unwrap();
    let mut increment = Increment::new(&pdf).unwrap();
    let mut node = catalog.get("Pages").and_then(Object::as_reference).unwrap();
    let mut page = loop {
        let found = pdf.object(node).unwrap().as_dictionary().cloned().unwrap();
        let Some(kids) = found.get("Kids") else { break found };
        let kids = pdf.resolve(kids).unwrap();
        node = kids.as_array().unwrap()[0].as_reference().unwrap();
    };
    change(&mut catalog, &mut page, &mut increment);
    increment.put_dictionary(node, &page);
    increment.put_dictionary(catalog_id, &catalog);
    let (bytes, _) = increment.after(file, catalog_id);
    [file, &bytes].concat()
}

fn dictionary(entries: &[(&str, Object)]) -> Object {
    let mut dictionary = Dictionary::default();
    entries.iter().for_each(|(key, value)| dictionary.set(key, value.clone()));
    Object::Dictionary(dictionary)
}

fn script() -> Object {
    dictionary(&[("S", Object::name("JavaScript")), ("JS", Object::name("x"))])
}

type Change = Box<dyn Fn(&mut Dictionary, &mut Dictionary, &mut Increment)>;

/// What is done to a document, and whether a document that is not compared is refused for it.
fn changes() -> Vec<(&'static str, Change, bool)> {
    let area = |corner: i64| Object::Array([0, 0, corner, corner].map(Object::integer).to_vec());
    vec![
        ("a script that runs when it is opened", Box::new(|catalog, _, _| catalog.set("OpenAction", script())), true),
        ("a script of a page", Box::new(|_, page, _| page.set("AA", dictionary(&[("O", script())]))), true),
        (
            "an action that starts a program",
            Box::new(|_, page, _| {
                let action = dictionary(&[("S", Object::name("Launch")), ("F", Object::name("x"))]);
                page.set("Annots", Object::Array(vec![dictionary(&[("A", action)])]));
            }),
            true,
        ),
        ("a page that is cut", Box::new(move |_, page, _| page.set("CropBox", area(90))), true),
        ("a page that does not say that it is one", Box::new(|_, page, _| page.set("Type", Object::Null)), true),
        (
            "a layer that can be hidden",
            Box::new(|catalog, _, _| catalog.set("OCProperties", dictionary(&[("OCGs", Object::Array(Vec::new()))]))),
            true,
        ),
        (
            "a page with another content",
            Box::new(|_, page, increment| {
                let content = increment.add_stream(b"BT /F0 12 Tf (All is well) Tj ET");
                page.set("Contents", Object::Reference(content));
            }),
            false,
        ),
        ("a page turned around", Box::new(|_, page, _| page.set("Rotate", Object::integer(180))), false),
        ("a larger page", Box::new(move |_, page, _| page.set("MediaBox", area(9000))), false),
        ("no structure", Box::new(|catalog, _, _| catalog.set("StructTreeRoot", Object::Null)), false),
        ("other page labels", Box::new(|catalog, _, _| catalog.set("PageLabels", Object::Null)), false),
        ("another language", Box::new(|catalog, _, _| catalog.set("Lang", Object::name("fr"))), false),
    ]
}

#[test]
fn a_document_that_holds_anything_else_is_not_reproduced_with_or_without_its_package() {
    let desk = Desk::reporting(&["--format", "csv,pdf"]);
    let (document, name) = (desk.document(), format!("{STEM}.pdf"));
    // What is signed again as it was is no forgery.
    desk.put_document(document.clone(), &desk.reason());
    desk.verify().expect(0);
    for (attack, change, is_seen) in changes() {
        let forged = revised(&document, change);
        assert_eq!(unwanted(&forged).unwrap().is_some(), is_seen, "{attack}");
        desk.put_document(forged, &desk.reason());
        let alone = desk.place.run(&["verify", &format!("{STEM}/{name}")]).done().expect(1);
        assert!(alone.stdout.contains("not reproduced: "), "{attack}: {alone}");
        desk.must_fail(attack, &name, "not reproduced: ");
    }
    assert_eq!(unwanted(&document).unwrap(), None);
    // Words that no reader shows switch nothing off.
    for (attack, words) in
        [("a comment with a size", "%/Size 1\n"), ("a comment with a version", "%dialnexa-audit/9.9\n")]
    {
        desk.put_document([document.as_slice(), words.as_bytes()].concat(), &desk.reason());
        desk.must_fail(attack, &name, "not reproduced: ");
    }
    // A byte of a stream, where the file stays one that can be read.
    let mut forged = document.clone();
    let place = forged.windows(6).position(|part| part == b"stream").unwrap() + 40;
    forged[place] ^= 1;
    desk.put_document(forged, &desk.reason());
    desk.must_fail("a byte of a stream", &name, "not reproduced: ");
    desk.verify().expect(0);
}

#[test]
fn a_panel_that_says_something_else_is_not_reproduced() {
    let desk = Desk::reporting(&["--format", "pdf"]);
    let (document, name) = (desk.document(), format!("{STEM}.pdf"));
    let words = "what the signature added to the document is not what signing it adds";
    desk.put_document(document.clone(), "COMPLETE AND APPROVED");
    desk.must_fail("another reason", &name, words);
    // The panel's own text, with the holes where they were: signed by hand, the signature is as good as any.
    let signed = desk.read(&name);
    let at = document.len();
    let panel = at + signed[at..].windows(3).position(|part| part == b"Tj\n").unwrap();
    let mut forged = signed.clone();
    forged[panel - 3] = if forged[panel - 3] == b'1' { b'2' } else { b'1' };
    let forged = resigned(&desk, &signed, forged);
    desk.put(&name, &forged);
    desk.must_fail("another text in the panel", &name, words);
    desk.verify().expect(0);
}

/// The file with a CMS of the same key over what it holds now.
fn resigned(desk: &Desk, signed: &[u8], mut forged: Vec<u8>) -> Vec<u8> {
    let open = signed.windows(10).rposition(|part| part == b"/Contents<").unwrap() + 9;
    let close = open + signed[open..].iter().position(|byte| *byte == b'>').unwrap() + 1;
    let content = [&forged[..open], &forged[close..]].concat();
    let der = dialnexa_audit::sign::cms::detached(&content, &desk.signing()).unwrap();
    let digits: String = der.iter().map(|byte| format!("{byte:02x}")).collect();
    let hole = close - open - 2;
    forged[open + 1..close - 1].copy_from_slice(format!("{digits:0<hole$}").as_bytes());
    forged
}

#[test]
fn a_document_of_a_branded_package_is_compared_with_its_package_and_looked_over_without() {
    let place = Place::new();
    let mut logo = Vec::new();
    let mut encoder = png::Encoder::new(&mut logo, 4, 4);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&[90; 48]).unwrap();
    fs::write(place.work().join("logo.png"), logo).unwrap();
    let desk = Desk::at(place, &["--format", "pdf", "--logo", "logo.png"]);
    let run = desk.verify().expect(0);
    assert!(run.stdout.contains("VERIFIED"), "{run}");
    let pdf = format!("{STEM}/{STEM}.pdf");
    let run = desk.place.run(&["verify", &pdf]).done().expect(1);
    assert!(run.stdout.contains("it is made with inputs/logo.png of its package"), "{run}");
    assert!(
        run.stdout.ends_with(&format!("IN PART: unchanged since it was signed, but not compared: {STEM}.pdf\n")),
        "{run}"
    );
    let document = desk.document();
    for (attack, change, is_seen) in changes() {
        desk.put_document(revised(&document, change), &desk.reason());
        let run = desk.place.run(&["verify", &pdf]).done().expect(1);
        let word = if is_seen { "FAILED" } else { "IN PART" };
        assert!(run.stdout.lines().last().unwrap().starts_with(word), "{attack}: {run}");
    }
    assert_eq!(attachments(&document).unwrap().len(), 4);
}
