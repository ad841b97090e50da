//! Each reader of outside bytes, as a function that may refuse whatever it is given, and must neither panic nor take without
//! end. The fuzz targets call them, and the ordinary tests replay the corpus by them.

// Each target calls one of them.
#![allow(dead_code)]

use std::collections::BTreeMap;

use dialnexa_audit::evidence::Evidence;
use dialnexa_audit::package::{MANIFEST, Manifest};
use dialnexa_audit::report::AuditReport;
use dialnexa_audit::sign::timestamp::Stamp;
use dialnexa_audit::spreadsheet::returned;
use dialnexa_audit::verify::folder::Folder;
use dialnexa_audit::verify::package;
use dialnexa_audit::verify::signature::{Trust, verify_detached, verify_html, verify_pdf};

/// The content that the signatures in the corpus are of.
pub const CONTENT: &[u8] = b"batch_id,name\r\n1,one\r\n";
/// The register that files in the corpus are compared with.
pub const REGISTER: &[u8] = include_bytes!("register.csv");

fn trust() -> Trust {
    Trust::at(chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000))
}

/// Evidence: WARC records, each a gzip member.
pub fn warc(bytes: &[u8]) {
    if let Ok(evidence) = Evidence::open(bytes) {
        let mut collector = evidence.collector();
        let _ = evidence.replay(&mut collector);
    }
}

/// PDF syntax, and the signatures in it.
pub fn pdf(bytes: &[u8]) {
    let _ = verify_pdf(bytes, &trust()).bottom_line();
}

/// A detached signature, which may be a timestamp as well.
pub fn cms(bytes: &[u8]) {
    let _ = verify_detached(CONTENT, bytes, &trust()).bottom_line();
    let _ = Stamp::read(bytes, &[CONTENT]);
}

/// A manifest, and a package of nothing else.
pub fn manifest(bytes: &[u8]) {
    let files = BTreeMap::from([(MANIFEST.to_owned(), bytes.to_vec())]);
    let _ = package::verify(&Folder::from(files), &trust()).accepted();
    if let Ok(manifest) = serde_json::from_slice::<Manifest>(bytes) {
        let _ = manifest.to_json();
    }
}

/// The data of a report.
pub fn json(bytes: &[u8]) {
    if let Ok(report) = serde_json::from_slice::<AuditReport>(bytes) {
        let _ = report.compared_with(&report.clone());
        let _ = (report.title(), report.provenance_facts(), report.completeness_facts());
    }
}

/// A CSV that came back from a spreadsheet.
pub fn returned(bytes: &[u8]) {
    let _ = returned::compare(REGISTER, bytes);
}

/// A page, and the signature in it.
pub fn html(bytes: &[u8]) {
    let _ = verify_html(bytes, &trust()).bottom_line();
}
