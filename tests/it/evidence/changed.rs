//! Evidence that somebody changed, and what is no evidence at all.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::torn::{inside, list, small};
use super::*;

/// Each record's text, in order.
fn records(evidence: &[u8]) -> Vec<Vec<u8>> {
    let (mut rest, mut records) = (evidence, Vec::new());
    while !rest.is_empty() {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut flate2::bufread::GzDecoder::new(&mut rest), &mut text).unwrap();
        records.push(text);
    }
    records
}

fn packed<'a>(records: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut file = Vec::new();
    for record in records {
        let mut member = GzEncoder::new(&mut file, Compression::fast());
        member.write_all(record).unwrap();
        member.finish().unwrap();
    }
    file
}

fn replaced(records: &[Vec<u8>], at: usize, from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(records[at].clone()).unwrap();
    assert!(text.contains(from), "{text}");
    let changed = text.replacen(from, to, 1).into_bytes();
    let records = records.iter().enumerate();
    packed(records.map(|(place, record)| if place == at { changed.as_slice() } else { record.as_slice() }))
}

fn refused(evidence: &[u8]) -> String {
    replay(evidence).map(|(_, replayed)| replayed).unwrap_err().to_string()
}

#[test]
fn a_changed_answer_is_found_by_its_digest() {
    let records = records(&small());
    let error = refused(&replaced(&records, 2, "\"completed\":", "\"completed\": "));
    assert!(error.contains("damaged at byte") && error.contains("record 2"), "{error}");
    let error = refused(&replaced(&records, 2, "\"status\":\"completed\"", "\"status\":\"cancelled\""));
    assert_eq!(error, "record 2 of the evidence was changed: its block has not the SHA-256 that the record states");
}

#[test]
fn a_missing_record_is_found_by_the_places_of_the_others() {
    let records = records(&small());
    for missing in 1..records.len() - 1 {
        let rest = records.iter().enumerate().filter(|(place, _)| *place != missing);
        let error = refused(&packed(rest.map(|(_, record)| record.as_slice())));
        assert!(error.contains(&format!("record {missing} of the evidence does not belong there")), "{error}");
    }
    let error = refused(&packed(records[1..].iter().map(Vec::as_slice)));
    assert!(error.contains("evidence begins with a warcinfo") || error.contains("does not belong"), "{error}");
}

#[test]
fn an_answer_for_another_page_is_found() {
    let records = records(&small());
    let error = refused(&replaced(&records, 2, "?page=1&", "?page=2&"));
    assert!(error.contains("request 0 was for page 1"), "{error}");
    let error = refused(&replaced(&records, 1, "DialNexa-Ticket: 0", "DialNexa-Ticket: 9"));
    assert!(error.contains("nothing before it leads to request 9"), "{error}");
}

#[test]
fn evidence_without_its_last_answer_is_no_whole_collection() {
    let records = records(&small());
    let (collector, replayed) =
        replay(packed(records[..records.len() - 1].iter().map(Vec::as_slice)).as_slice()).unwrap();
    assert!(!collector.has_ended());
    assert!(collector.finish().proof.is_err());
    assert_eq!(replayed.torn, None);
}

#[test]
fn a_member_that_swells_is_not_swallowed() {
    let mut bomb = b"WARC/1.1\r\nWARC-Type: warcinfo\r\nContent-Length: 1000000000000\r\n\r\n".to_vec();
    bomb.resize(64 << 20, b' ');
    assert!(refused(&packed([bomb.as_slice()])).contains("more than an answer can have"));
    let mut line = b"WARC/1.1\r\n".to_vec();
    line.resize(64 << 20, b'x');
    assert!(refused(&packed([line.as_slice()])).contains("its head does not end"));
    let behind = [records(&small())[0].as_slice(), &vec![0; 64 << 20]].concat();
    assert!(refused(&packed([behind.as_slice()])).contains("not as long as it states"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>(), magic in any::<bool>()) {
        let begin: &[u8] = if magic { &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255] } else { &[] };
        let _ = replay([begin, &bytes].concat().as_slice());
    }

    #[test]
    fn any_record_is_read_or_refused(head in "(WARC/1.1\r\n)?(WARC-Type: (warcinfo|response)\r\n)?(Content-Length: [0-9]{1,20}\r\n)?[ -~\r\n]{0,60}", block in any::<Vec<u8>>()) {
        let _ = replay(packed([[head.as_bytes(), &block].concat().as_slice()]).as_slice());
    }

    /// One changed byte is refused, or it changed nothing but the file's own hash.
    #[test]
    fn one_changed_byte_never_changes_what_was_collected(place in any::<prop::sample::Index>(), flip in 1_u8..=255) {
        let (list, original) = (list(), small());
        let mut changed = original.clone();
        changed[place.index(original.len())] ^= flip;
        let Ok((collector, replayed)) = replay(changed.as_slice()) else { return Ok(()) };
        prop_assert!(collector.has_ended() || replayed.torn.is_some());
        prop_assert_ne!(replayed.sha256, dialnexa_audit::digest::sha256(&original));
        if collector.has_ended() {
            let ids = collector.finish().batches.len();
            prop_assert_eq!(ids, list.rows().iter().filter(|row| inside(row)).count());
        }
    }
}
