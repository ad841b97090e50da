//! The corpus of the fuzz targets, replayed: each file as it is, cut off, and changed here and there, by the same readers.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

#[path = "../../fuzz/readers.rs"]
mod readers;

/// Changes of each file.
const CHANGES: usize = 60;

fn replay(name: &str, read: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{}", folder.display());
    for file in files {
        let bytes = fs::read(&file).unwrap();
        assert!(bytes.len() <= 64 << 10, "{} is too large for the repository", file.display());
        let mut random = fastrand::Rng::with_seed(bytes.len() as u64);
        let began = Instant::now();
        read(&bytes);
        for _ in 0..CHANGES {
            let mut changed = bytes.clone();
            match random.u8(..4) {
                0 => changed.truncate(random.usize(..=bytes.len())),
                1 => changed.extend_from_slice(&bytes[random.usize(..=bytes.len())..]),
                _ => {}
            }
            for _ in 0..random.usize(..4) {
                if let Some(byte) = (!changed.is_empty()).then(|| random.usize(..changed.len())) {
                    changed[byte] = random.u8(..);
                }
            }
            read(&changed);
        }
        let each = began.elapsed() / (CHANGES as u32 + 1);
        assert!(each < Duration::from_secs(5), "{} takes {each:?}", file.display());
    }
}

#[test]
fn no_evidence_of_the_corpus_makes_its_reader_panic() {
    replay("warc", readers::warc);
}

#[test]
fn no_pdf_of_the_corpus_makes_its_reader_panic() {
    replay("pdf", readers::pdf);
}

#[test]
fn no_signature_of_the_corpus_makes_its_reader_panic() {
    replay("cms", readers::cms);
}

#[test]
fn no_manifest_of_the_corpus_makes_its_reader_panic() {
    replay("manifest", readers::manifest);
}

#[test]
fn no_data_of_the_corpus_makes_its_reader_panic() {
    replay("json", readers::json);
}

#[test]
fn no_returned_file_of_the_corpus_makes_its_reader_panic() {
    replay("returned", readers::returned);
}

#[test]
fn no_page_of_the_corpus_makes_its_reader_panic() {
    replay("html", readers::html);
}
