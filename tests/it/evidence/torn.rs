//! A kill at any moment: the file ends at any byte.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use dialnexa_audit::evidence::Resumed;

use super::*;
use crate::harness::thorough;
use crate::hostile::Row;

const BASE: &str = "http://127.0.0.1:1/v1";

/// 40 batches over five months, a page of 5 each time.
pub fn list() -> List {
    List::spread(40, moment("2023-12-01T00:00:00Z")..moment("2024-05-01T00:00:00Z"), 2)
}

pub fn inside(row: &Row) -> bool {
    (moment("2024-01-01T00:00:00Z")..moment("2024-04-01T00:00:00Z")).contains(&row.created_at)
}

pub fn small_info() -> Info {
    Info { concurrency: 2, limit: 5, ..info(BASE, "some-key") }
}

/// The evidence of a collection of that list.
pub fn small() -> Vec<u8> {
    static SMALL: OnceLock<Vec<u8>> = OnceLock::new();
    SMALL
        .get_or_init(|| {
            let (folder, info) = (tempfile::tempdir().unwrap(), small_info());
            let path = path_in(&folder);
            let writer = Writer::create(&path, &info, moment("2024-05-01T00:00:00Z")).unwrap();
            let mut collector = Collector::new(info.range(), info.options());
            Desk::over(&list()).serve(&info, &mut collector, &writer, usize::MAX);
            assert!(collector.has_ended());
            writer.seal().unwrap();
            std::fs::read(path).unwrap()
        })
        .clone()
}

fn ids(collected: &Collected) -> BTreeSet<String> {
    collected.batches.iter().map(|batch| batch.id.to_string()).collect()
}

fn population() -> BTreeSet<String> {
    list().rows().iter().filter(|row| inside(row)).map(|row| row.id.clone()).collect()
}

/// Opens it, also where a process that another test is just starting still holds the lock that it was forked with.
fn opened(path: &Path, info: &Info, at: DateTime<Utc>) -> Option<Resumed> {
    for _ in 0..200 {
        match Resumed::open(path, info, at) {
            Err(EvidenceError::Locked) => std::thread::sleep(std::time::Duration::from_millis(20)),
            opened => return opened.unwrap(),
        }
    }
    panic!("{} stays locked", path.display());
}

/// Goes on from `evidence` to the end; how many requests that took.
fn finish(evidence: &[u8], path: &Path) -> u64 {
    std::fs::write(path, evidence).unwrap();
    let (list, info, at) = (list(), small_info(), moment("2024-05-02T00:00:00Z"));
    let Some(resumed) = opened(path, &info, at) else { return 0 };
    let (mut collector, before) = (resumed.collector, resumed.replayed);
    let mut desk = Desk { clock: at, ..Desk::over(&list) };
    desk.serve(&info, &mut collector, &resumed.writer, usize::MAX);
    let sealed = resumed.writer.seal().unwrap();
    assert!(collector.has_ended());
    let collected = collector.finish();
    assert!(collected.proof.is_ok());
    assert_eq!(ids(&collected), population());
    drop(resumed.writer);
    // The file with both runs leads to the very same.
    let (again, replayed) = replay_file(path);
    assert_eq!(reported(&again.finish()), reported(&collected));
    assert_eq!((replayed.traffic, &replayed.sha256), (sealed.traffic, &sealed.sha256));
    assert_eq!(replayed.torn, None);
    assert_eq!(sealed.traffic.requests, before.traffic.requests + desk.traffic.requests);
    desk.traffic.requests
}

#[test]
fn a_file_that_ends_at_any_byte_is_read_as_far_as_it_is_whole() {
    let whole = small();
    let (ends, step) = (ends(&whole), if thorough() { 5 } else { 37 });
    let mut last = 0;
    // All bytes of the first record and those about the end of each; in between, one is like the other.
    let first = ends[0] + 4;
    for end in
        (0..whole.len()).filter(|end| *end < first || end % step == 0 || ends.iter().any(|e| e.abs_diff(*end) <= 9))
    {
        match replay(&whole[..end]) {
            Err(EvidenceError::Empty) => assert_eq!(last, 0),
            Err(error) => panic!("cut at {end}: {error}"),
            Ok((collector, replayed)) => {
                assert!(replayed.records == last || replayed.records == last + 1, "cut at {end}");
                let torn = replayed.torn.map_or(0, |torn| torn.bytes);
                assert_eq!(replayed.bytes + torn, end as u64);
                assert!(torn > 0 || replayed.records == last + 1, "cut at {end}");
                assert!(!collector.has_ended());
                last = replayed.records;
            }
        }
    }
    assert_eq!(replay(whole.as_slice()).unwrap().1.records, last + 1);
}

/// Where each record ends.
fn ends(evidence: &[u8]) -> Vec<usize> {
    let (mut rest, mut ends) = (evidence, Vec::new());
    while !rest.is_empty() {
        std::io::copy(&mut flate2::bufread::GzDecoder::new(&mut rest), &mut std::io::sink()).unwrap();
        ends.push(evidence.len() - rest.len());
    }
    ends
}

/// The bytes around the end of every record, and every 29th (where it is not thorough, every 101st) in between: within a record one is like the other, since what
/// is torn is cut off.
#[test]
fn a_collection_killed_at_any_moment_goes_on_to_the_same_population() {
    let (whole, folder) = (small(), tempfile::tempdir().unwrap());
    let (path, ends) = (path_in(&folder), ends(&whole));
    let step = if thorough() { 29 } else { 101 };
    let undisturbed = replay(whole.as_slice()).unwrap().1.traffic.requests;
    let mut fewest = undisturbed;
    for cut in 0..whole.len() {
        if cut % step != 0 && ends.iter().all(|end| cut.abs_diff(*end) > 2) {
            continue;
        }
        let requests = finish(&whole[..cut], &path);
        assert!(requests <= undisturbed + 2, "cut at {cut}: {requests} requests, {undisturbed} undisturbed");
        fewest = if requests > 0 { fewest.min(requests) } else { fewest };
    }
    assert!(fewest < undisturbed, "nothing was ever saved");
    // One that had come to its end asks for nothing.
    assert_eq!(finish(&whole, &path), 0);
}

#[test]
fn zeros_that_a_power_failure_left_are_a_torn_record() {
    let mut torn = small();
    let whole = torn.len() as u64;
    torn.resize(torn.len() + 100_000, 0);
    let (collector, replayed) = replay(torn.as_slice()).unwrap();
    assert!(collector.has_ended());
    assert_eq!(replayed.torn.map(|torn| (torn.offset, torn.bytes)), Some((whole, 100_000)));
    torn.push(1);
    assert!(replay(torn.as_slice()).is_err());
}
