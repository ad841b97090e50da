//! Large inputs through the real binary: none of up to 64 MB costs more than 1 GiB of memory or 30 seconds, however it is
//! made. The limit of memory is the system's own, so that a run that wants more ends in a signal.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::harness::{Place, thorough};
use crate::hostile::{Hostile, List};

/// As large as the promise goes, where there is time for it.
fn size() -> usize {
    if std::env::var("CI").as_deref() == Ok("true") { 64_000_000 } else { 8_000_000 }
}

/// The 30 seconds are those of a release build on an idle machine; this one is for debugging, and others may be at work.
const PATIENCE: Duration = Duration::from_secs(300);

const PACKAGE: &str = "batch-audit-2024-Q1";

fn report() -> Place {
    let place = Place::new();
    place.run(&["report", "--sample", "--quiet", "--quarter", "2024-Q1"]).done().expect(0);
    place
}

/// `verify` on the path: it must end in a verdict, within the limits.
#[track_caller]
fn must_be_judged(place: &Place, name: &str, path: &str) {
    let began = Instant::now();
    let script = "ulimit -v 1048576; exec \"$0\" verify \"$1\"";
    let program = env!("CARGO_BIN_EXE_dialnexa-audit");
    let run = place.run_program("sh", &["-c", script, program, path]).within(PATIENCE).done();
    let took = began.elapsed();
    println!("{name}: {took:.1?}, {:?}", run.stdout.lines().last());
    assert_eq!(run.status, Some(1), "{name} after {took:?}: {run}");
    assert!(took < PATIENCE, "{name} took {took:?}");
}

/// `head`, then `each` until the file is as large as it may be, then `tail`.
fn filled(head: &[u8], each: &[u8], tail: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(size());
    file.extend_from_slice(head);
    let count = (size() - head.len() - tail.len()) / each.len();
    file.extend(each.repeat(count));
    file.extend_from_slice(tail);
    file
}

fn zeros(size: usize) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let block = b"0 ".repeat(1 << 19);
    (0..size >> 20).for_each(|_| encoder.write_all(&block).unwrap());
    encoder.finish().unwrap()
}

/// A PDF of these objects, the catalog first, with a classic table.
fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, body) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend([format!("{} 0 obj\n", index + 1).as_bytes(), body, b"\nendobj\n"].concat());
    }
    let (start, size) = (file.len(), objects.len() + 1);
    file.extend(format!("{table}trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").into_bytes());
    file
}

fn stream(head: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("<<{head}/Filter/FlateDecode/Length {}>>\nstream\n", content.len());
    [head.as_bytes(), content, b"\nendstream"].concat()
}

fn pdfs() -> Vec<(&'static str, Vec<u8>)> {
    let catalog = b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a.json)6 0 R]>>>>>>".to_vec();
    let pages = b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec();
    let page = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources 5 0 R>>".to_vec();
    let file = b"<</Type/Filespec/UF(a.json)/EF<</F 7 0 R>>>>".to_vec();
    let plain = |content: Vec<u8>| {
        let (content, carried) = (stream("", &content), stream("", &zeros(16 << 20)));
        pdf(&[catalog.clone(), pages.clone(), page.clone(), content, b"<</Font<<>>>>".to_vec(), file.clone(), carried])
    };
    let bomb = zeros(250 << 20);
    let many = |head: &str, each: &[u8], count: usize| {
        let mut objects = vec![catalog.clone(), pages.clone(), page.clone()];
        objects.extend(std::iter::repeat_n(stream(head, each), count));
        pdf(&objects)
    };
    vec![
        ("numbers in one array", pdf(&[filled(b"[", b"0 ", b"]")])),
        ("names in one array", pdf(&[filled(b"[", b"/a", b"]")])),
        ("many small objects", pdf(&vec![b"0".to_vec(); size() / 54])),
        ("many dictionaries", pdf(&vec![b"<</A 0/B 0/C 0>>".to_vec(); size() / 64])),
        ("a page that is a bomb", plain(bomb.clone())),
        ("object streams that are bombs", many("/Type/ObjStm/N 100/First 10", &bomb, 20)),
        ("an object stream of many objects", many("/Type/ObjStm/N 8000000/First 64000000", &zeros(128 << 20), 4)),
        ("nothing but comments", filled(b"%PDF-1.7\n", b"%\n", b"startxref\n9\n%%EOF\n")),
        ("nothing but brackets", filled(b"%PDF-1.7\n", b"[", b"startxref\n9\n%%EOF\n")),
        ("nothing but ends", filled(b"%PDF-1.7\n", b"startxref\n9\n%%EOF\n", b"")),
        ("nothing but objects without end", filled(b"%PDF-1.7\n", b"1 0 obj\n<<", b"startxref\n9\n%%EOF\n")),
    ]
}

#[test]
fn a_large_pdf_is_judged_within_the_limits() {
    let place = Place::new();
    for (name, bytes) in pdfs() {
        assert!(bytes.len() <= size() + 400, "{name} has {} bytes", bytes.len());
        fs::write(place.work().join("large.pdf"), &bytes).unwrap();
        must_be_judged(&place, name, "large.pdf");
    }
}

/// Those whose readers build up the most.
const QUICK: [&str; 5] = ["rows", "tags", "concerns", "nested", "entries"];

#[test]
fn a_large_file_of_any_other_kind_is_judged_within_the_limits() {
    let place = report();
    let path = |name: &str| -> PathBuf { place.work().join(PACKAGE).join(name) };
    let stem = |name: &str| format!("{PACKAGE}{name}");
    let register = fs::read(path(&stem(".csv"))).unwrap();
    let header = &register[..register.windows(2).position(|pair| pair == b"\r\n").unwrap() + 2];
    let totals = fs::read(path(&stem("-totals.csv"))).unwrap();
    let totals_header = &totals[..totals.windows(2).position(|pair| pair == b"\r\n").unwrap() + 2];
    let page = fs::read_to_string(path(&stem(".html"))).unwrap();
    let data = fs::read_to_string(path(&stem(".json"))).unwrap();
    let table = page.find("<table id=\"totals\"").unwrap();
    let body = table + page[table..].find("<tbody>").unwrap() + 7;
    let row = "<tr><th scope=\"row\"></th><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td></tr>";
    let concerns = data.find("\"concerns\": [").unwrap() + 13;
    let notes = data.find("\"notes\": [").unwrap() + 10;
    let manifest = "{\"name\":\"\",\"bytes\":0,\"sha256\":\"\"},";
    let listing = "{\"format\":\"dialnexa-audit-package/1\",\"package\":\"batch-audit-2024-Q1\",\"files\":[";
    let cases = [
        (stem(".csv"), "rows", filled(header, b"a,,b,,,,,,,\n", b"")),
        (stem(".csv"), "commas", filled(header, b",", b"")),
        (stem(".csv"), "a quoted cell", filled(header, b"\"\"", b"")),
        (stem("-totals.csv"), "rows", filled(totals_header, b",1,,,,,1\n", b"")),
        (stem(".html"), "tags", filled(b"", b"<a>", b"")),
        (stem(".html"), "texts", filled(&page.as_bytes()[..body], b"a", b"")),
        (stem(".html"), "open quotes", filled(&page.as_bytes()[..body], b"<a \"", b"")),
        (stem(".html"), "rows of totals", filled(&page.as_bytes()[..body], row.as_bytes(), b"")),
        (stem(".html"), "signature elements", filled(b"", b"<template id=\"signature\">\n", b"")),
        (
            stem(".html"),
            "a signature",
            filled(b"<template id=\"signature\">\n", b"AAAA", b"\n</template>\n</body>\n</html>\n"),
        ),
        (stem(".json"), "brackets", filled(b"", b"[", b"")),
        (stem(".json"), "notes", filled(&data.as_bytes()[..notes], b"\"\",", b"")),
        (stem(".json"), "concerns", filled(&data.as_bytes()[..concerns], b"{\"batch_id\":\"\",\"detail\":\"\"},", b"")),
        (stem(".json"), "a text", filled(format!("{}\"", &data[..notes]).as_bytes(), b"\\u0000", b"")),
        (stem(".csv.p7s"), "zeros", filled(b"\x30\x84\x03\xd0\x00\x00", b"\0", b"")),
        ("manifest.json.p7s".to_owned(), "nested", filled(b"", b"\x30\x80", b"")),
        ("manifest.json".to_owned(), "entries", filled(listing.as_bytes(), manifest.as_bytes(), b"]}")),
        ("manifest.json".to_owned(), "brackets", filled(b"", b"[", b"")),
        ("signer.pem".to_owned(), "certificates", filled(b"", b"-----BEGIN CERTIFICATE-----\n", b"")),
    ];
    // One of each kind of file, where it need not be all.
    let tried = cases.into_iter().filter(|(_, name, _)| thorough() || QUICK.contains(name));
    for (file, name, bytes) in tried {
        let kept = fs::read(path(&file)).unwrap();
        fs::write(path(&file), &bytes).unwrap();
        must_be_judged(&place, &format!("{file}: {name}"), PACKAGE);
        fs::write(path(&file), kept).unwrap();
    }
}

/// More rows than a document that is held whole would leave room for.
#[test]
fn a_printed_register_is_made_again_however_long_it_is() {
    let rows = 34_000;
    let range = "2024-01-01T00:00:00Z".parse().unwrap().."2024-04-01T00:00:00Z".parse().unwrap();
    let (server, place) = (Hostile::quiet(List::spread(rows, range, 5)), Place::new());
    let arguments =
        ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--quiet", "--format", "csv,pdf"];
    let report = place.run(&[&arguments[..], &["--pdf-rows", "all"]].concat()).key("any");
    report.within(PATIENCE).done().expect(0);
    let pdf = format!("{PACKAGE}/{PACKAGE}.pdf");
    // The document is made again, by itself from the data that it carries, and compared as it is made.
    let script = "ulimit -v 524288; exec \"$0\" verify --json \"$1\"";
    let program = env!("CARGO_BIN_EXE_dialnexa-audit");
    for path in [PACKAGE, &pdf] {
        let run = place.run_program("sh", &["-c", script, program, path]).within(PATIENCE).done().expect(0);
        let verdict: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let files = verdict["paths"][0]["files"].as_array().unwrap();
        let file = files.iter().find(|file| file["name"].as_str().unwrap().ends_with(".pdf")).unwrap();
        let answer = if path == PACKAGE { "evidence" } else { "data" };
        assert_eq!(file["reproduced"]["answer"], answer, "{path}: {file}");
    }
}
