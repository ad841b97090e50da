//! The bytes of each format, held by their SHA-256: a change of them is a decision, by which the number of the form grows.

use std::io;

use super::{Contents, Format, HANDOUT, Layout, Look, Piece};
use crate::batch::Column;
use crate::digest::{Checksum, sha256};
use crate::draw::{Method, Request, Sample, Seed};
use crate::findings::Severity;
use crate::render::handout::{self, Language, SignedBy};
use crate::render::json;
use crate::render::pdf::Content;
use crate::render::worksheet::{self, File};
use crate::report::{AuditReport, Standing, fixture};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/forms.txt");

/// A line for each format: its name, the number of its form, and the SHA-256 of what it makes of one report.
fn lines() -> String {
    let report = fixture::report(400, Standing::Complete);
    let look = Look { formats: Format::ALL.to_vec(), ..Look::default() };
    let layout = Layout { look: &look, fonts: &[] };
    let contents = Contents { report: &report, layout };
    let bytes = |piece: Piece<'_>| {
        let mut bytes = Vec::new();
        contents.write(piece, &mut bytes).unwrap();
        bytes
    };
    let (register, totals, data) = (bytes(Piece::Register), bytes(Piece::Totals), bytes(Piece::Json));
    let sums = [&register, &totals].map(|bytes| Checksum::of(bytes));
    let metadata = bytes(Piece::Metadata { register: &sums[0], totals: &sums[1] });
    let tables = [register.as_slice(), &totals, &metadata].concat();
    let carried =
        [("r.csv", register), ("r-totals.csv", totals), ("r.csv-metadata.json", metadata), ("r.json", data.clone())];
    let carried = carried.into_iter().map(|(name, bytes)| (name.to_owned(), Content::from(bytes)));
    let mut document = Vec::new();
    contents.document(carried.collect(), &mut document).unwrap();
    let mut made = vec![
        ("json", json::FORM, data),
        ("csv", Format::Csv.form(), tables),
        ("html", Format::Html.form(), contents.page(&sums[0]).unwrap().into_bytes()),
        ("pdf", Format::Pdf.form(), document),
        ("ndjson", Format::Ndjson.form(), bytes(Piece::Ndjson)),
        ("xlsx", Format::Xlsx.form(), bytes(Piece::Xlsx)),
    ];
    made.push(("sample", worksheet::FORM, sample(&report)));
    if cfg!(feature = "parquet") {
        made.push(("parquet", Format::Parquet.form(), bytes(Piece::Parquet)));
    }
    let signer = SignedBy { name: "Report Desk".to_owned(), fingerprint: "ab".repeat(32) };
    let mut handouts = bytes(Piece::Readme(&signer));
    for language in Language::ALL {
        let look = Look { letter: Some(language), ..look.clone() };
        let contents = Contents { report: &report, layout: Layout { look: &look, fonts: &[] } };
        contents.write(Piece::Letter(&signer), &mut handouts).unwrap();
        contents.letter(&signer, &mut handouts).unwrap();
    }
    made.push((HANDOUT, handout::FORM, handouts));
    made.iter().map(|(format, form, bytes)| format!("{format} {form} {}\n", sha256(bytes))).collect()
}

/// The worksheet of a sample, as CSV and as a workbook, and its data.
fn sample(report: &AuditReport) -> Vec<u8> {
    let request = Request {
        method: Method::Mus,
        by: Column::TotalCalls,
        size: Some(20),
        seed: Seed::of_bytes(&[7; 16]),
        key_items: [Severity::High].into(),
    };
    let sample = Sample::draw(report, &sha256(b""), &request, worksheet::forms()).unwrap();
    let mut bytes = Vec::new();
    for file in File::ALL {
        worksheet::write(report, &worksheet::Options { sample: &sample, file }, &mut bytes).unwrap();
    }
    bytes
}

/// After a change that is meant: the number of the form in its room grows, and `DIALNEXA_NEW_FORMS=1` writes the file again.
#[test]
fn the_bytes_of_a_format_change_only_by_decision() -> io::Result<()> {
    let made = lines();
    if std::env::var_os("DIALNEXA_NEW_FORMS").is_some() {
        return std::fs::write(FILE, made);
    }
    let known = std::fs::read_to_string(FILE)?;
    for line in made.lines() {
        assert!(known.lines().any(|other| other == line), "the form has changed: {line}");
    }
    Ok(())
}
