//! Laws: what is signed is accepted; any change of any byte is rejected; nothing that is sent makes the checker fall over.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use dialnexa_audit::sign::{Identity, Signing, cms, html, pades};
use dialnexa_audit::verify::signature::{Trust, verify_detached, verify_html, verify_pdf};
use proptest::prelude::*;

use super::bench::{identity, now, trust_in};
use super::paper;

const CONTENT: &[u8] = b"batch_id,name\r\n1,first\r\n";

struct Signed {
    identity: Identity,
    trust: Trust,
    p7s: Vec<u8>,
    html: Vec<u8>,
    pdf: Vec<u8>,
}

/// One signer's work, made once.
fn signed() -> &'static Signed {
    static MADE: OnceLock<Signed> = OnceLock::new();
    MADE.get_or_init(|| {
        let identity = identity();
        Signed {
            trust: trust_in(&identity),
            p7s: cms::detached(CONTENT, &Signing::new(&identity, now())).unwrap(),
            html: html::sign(paper::HTML, &Signing::new(&identity, now())).unwrap().into_bytes(),
            pdf: pades::sign(paper::pdf(), &Signing::new(&identity, now()), "Quarterly report").unwrap(),
            identity,
        }
    })
}

fn changed(file: &[u8], at: usize, by: u8) -> Vec<u8> {
    let mut file = file.to_vec();
    file[at] ^= by;
    file
}

/// Every byte of the signature, changed in its lowest bit, in the bit of a letter's case, and in its highest.
#[test]
fn any_change_of_a_detached_signature_is_rejected() {
    let signed = signed();
    assert!(verify_detached(CONTENT, &signed.p7s, &signed.trust).accepted());
    for at in 0..signed.p7s.len() {
        for by in [1, 0x20, 0x80] {
            let verdict = verify_detached(CONTENT, &changed(&signed.p7s, at, by), &signed.trust);
            assert!(!verdict.accepted(), "byte {at} changed by {by:#x}: {verdict:#?}");
        }
    }
}

/// Without trust in anybody too: the change itself must show.
#[test]
fn any_change_of_the_html_is_rejected() {
    let signed = signed();
    let nobody = Trust::at(now());
    assert!(verify_html(&signed.html, &nobody).accepted());
    for at in 0..signed.html.len() {
        let verdict = verify_html(&changed(&signed.html, at, 1), &nobody);
        assert!(!verdict.accepted(), "byte {at}: {verdict:#?}");
    }
}

#[test]
fn any_change_of_the_pdf_is_rejected() {
    let signed = signed();
    let nobody = Trust::at(now());
    assert!(verify_pdf(&signed.pdf, &nobody).accepted());
    // The filling of the signature's hole is long and all alike: every 16th of its digits is enough.
    let zeros = |at: usize| signed.pdf[at..].starts_with(b"0000000000000000") && !at.is_multiple_of(16);
    for at in (0..signed.pdf.len()).filter(|at| !zeros(*at)) {
        let verdict = verify_pdf(&changed(&signed.pdf, at, 1), &nobody);
        assert!(!verdict.accepted(), "byte {at}: {verdict:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_signed_is_accepted_and_nothing_else(content: Vec<u8>, other: Vec<u8>) {
        let signed = signed();
        let p7s = cms::detached(&content, &Signing::new(&signed.identity, now())).unwrap();
        prop_assert!(verify_detached(&content, &p7s, &signed.trust).accepted());
        prop_assert_eq!(verify_detached(&other, &p7s, &signed.trust).accepted(), content == other);
    }

    #[test]
    fn any_reason_and_any_html_text_can_be_signed(reason in "\\PC{0,200}", text in "[^<\n]{0,200}") {
        let signed = signed();
        let pdf = pades::sign(paper::pdf(), &Signing::new(&signed.identity, now()), &reason).unwrap();
        prop_assert!(verify_pdf(&pdf, &signed.trust).accepted());
        let html = html::sign(&paper::HTML.replace("12,450", &text), &Signing::new(&signed.identity, now())).unwrap();
        prop_assert!(verify_html(html.as_bytes(), &signed.trust).accepted());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_byte_changed_by_anything_is_rejected(at: prop::sample::Index, by in 1_u8..) {
        let signed = signed();
        let p7s = changed(&signed.p7s, at.index(signed.p7s.len()), by);
        prop_assert!(!verify_detached(CONTENT, &p7s, &signed.trust).accepted());
        let html = changed(&signed.html, at.index(signed.html.len()), by);
        prop_assert!(!verify_html(&html, &signed.trust).accepted());
        let pdf = changed(&signed.pdf, at.index(signed.pdf.len()), by);
        prop_assert!(!verify_pdf(&pdf, &signed.trust).accepted());
    }

    #[test]
    fn a_file_cut_short_or_grown_is_rejected(at: prop::sample::Index, more in "[ -~\n]{1,40}") {
        let signed = signed();
        let cut = |file: &[u8]| file[..at.index(file.len())].to_vec();
        let grown = |file: &[u8]| {
            let (before, after) = file.split_at(at.index(file.len() + 1));
            [before, more.as_bytes(), after].concat()
        };
        for change in [&cut as &dyn Fn(&[u8]) -> Vec<u8>, &grown] {
            prop_assert!(!verify_detached(CONTENT, &change(&signed.p7s), &signed.trust).accepted());
            prop_assert!(!verify_html(&change(&signed.html), &signed.trust).accepted());
            prop_assert!(!verify_pdf(&change(&signed.pdf), &signed.trust).accepted());
        }
    }

    /// Pieces of the signed files in any order: nothing of it may panic, neither in checking nor in signing.
    #[test]
    fn shuffled_pieces_do_no_harm(pieces in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..400), 0..12)) {
        let signed = signed();
        for file in [&signed.pdf, &signed.html, &signed.p7s] {
            let piece = |(at, length): &(prop::sample::Index, usize)| {
                let from = at.index(file.len());
                file[from..(from + length).min(file.len())].to_vec()
            };
            let shuffled: Vec<u8> = pieces.iter().flat_map(piece).collect();
            let shuffled = [b"%PDF-1.7\n".as_slice(), &shuffled, b"\nstartxref\n9\n%%EOF\n"].concat();
            prop_assert!(!verify_pdf(&shuffled, &signed.trust).accepted());
            prop_assert!(!verify_html(&shuffled, &signed.trust).accepted());
            prop_assert!(!verify_detached(CONTENT, &shuffled, &signed.trust).accepted());
            let _ = pades::sign(shuffled, &Signing::new(&signed.identity, now()), "");
        }
    }
}

fn with_end(body: Vec<u8>, start: usize) -> Vec<u8> {
    [body, format!("\nstartxref\n{start}\n%%EOF\n").into_bytes()].concat()
}

/// A classic table over objects of any content, the catalog first.
fn document(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, body) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend([format!("{} 0 obj\n", index + 1).as_bytes(), body, b"\nendobj\n"].concat());
    }
    let start = file.len();
    file.extend(format!("{table}trailer\n<</Size {}/Root 1 0 R>>", objects.len() + 1).into_bytes());
    with_end(file, start)
}

/// A compressed stream of `size` zeros, as cross-reference stream or as object stream.
fn bomb(size: usize) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![0_u8; 1 << 20];
    (0..size >> 20).for_each(|_| encoder.write_all(&block).unwrap());
    encoder.finish().unwrap()
}

#[test]
fn nested_circular_and_bomb_like_pdfs_are_refused_in_time() {
    let deep = |open: &str| document(&[open.repeat(1_000_000).into_bytes()]);
    let fields = "2 0 R ".repeat(90_000);
    let circle = format!("<</Type/Catalog/AcroForm<</Fields[{fields}]>>>>").into_bytes();
    let field = format!("<</FT/Sig/T({})/Kids[2 0 R 2 0 R]>>", "x".repeat(4 << 20)).into_bytes();
    let packed = bomb(1 << 30);
    let head = format!("1 0 obj\n<</Type/XRef/Size 9/W[1 8 2]/Filter/FlateDecode/Length {}>>\nstream\n", packed.len());
    let xref = with_end([b"%PDF-1.7\n", head.as_bytes(), &packed, b"\nendstream\nendobj"].concat(), 9);
    let loops = with_end(b"%PDF-1.7\nxref\n0 0\ntrailer\n<</Size 1/Root 1 0 R/Prev 9>>".to_vec(), 9);
    let runs =
        [b"%PDF-1.7\nxref\n".to_vec(), b"0 0\n".repeat(8 << 20), b"trailer\n<</Size 1/Root 1 0 R>>".to_vec()].concat();
    let cases = [
        ("nested arrays", deep("[")),
        ("nested dictionaries", deep("<</A")),
        ("an endless string", deep("(")),
        ("a form that holds itself", document(&[circle, field])),
        ("a compressed bomb", xref),
        ("a trailer that points to itself", loops),
        ("millions of empty runs", with_end(runs, 9)),
        ("numbers without end", document(&[[b"[".to_vec(), b"0 ".repeat(16 << 20)].concat()])),
    ];
    for (name, file) in cases {
        let began = Instant::now();
        let verdict = verify_pdf(&file, &Trust::at(now()));
        assert!(!verdict.accepted(), "{name}: {verdict:#?}");
        let took = began.elapsed();
        println!("{name}: {} bytes in {took:?}: {}", file.len(), verdict.bottom_line());
        assert!(took < Duration::from_secs(30), "{name} took {took:?}");
    }
}
