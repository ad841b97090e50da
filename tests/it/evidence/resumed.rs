//! Interrupted over the network, and resumed.

use std::sync::atomic::{AtomicUsize, Ordering};

use dialnexa_audit::collect::{Theorem, TieOut};
use dialnexa_audit::evidence::Resumed;

use super::*;
use crate::hostile::{Hostile, Reply};

fn list() -> List {
    List::spread(1500, moment("2023-12-01T00:00:00Z")..moment("2024-05-01T00:00:00Z"), 3)
}

/// Serves `list`; refuses the key at the requests `refused`, counted from 1.
fn server(refused: &'static [usize]) -> Hostile {
    Hostile::start(
        list(),
        move |seen, _| if refused.contains(&seen.number) { Reply::error(401, "no") } else { Reply::Page },
    )
}

/// Begins, and goes on as often as it takes; the last collector, and how many pages were spared.
fn persist(server: &Hostile, path: &Path) -> (Collector, Arc<Writer>, u64, usize) {
    let info = info(&server.base_url, MARKED);
    let mut writer = Arc::new(Writer::create(path, &info, now()).unwrap());
    let mut collector = Collector::new(info.range(), info.options());
    let (mut spared, mut runs) = (0, 1);
    while fetch(&server.base_url, MARKED, &mut collector, &writer).is_err() {
        drop(writer);
        let resumed = Resumed::open(path, &info, now()).unwrap().unwrap();
        (collector, writer) = (resumed.collector, Arc::new(resumed.writer));
        runs += 1;
        assert!(runs < 20, "it never comes to its end");
    }
    spared += collector.pages_spared();
    (collector, writer, spared, runs)
}

#[test]
fn a_collection_refused_twice_is_taken_up_twice_and_saves_requests() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(&folder);
    let undisturbed = {
        let server = server(&[]);
        (Kept::of(&server.base_url, MARKED), server.requests().len() as u64)
    };
    // Both well before the end: where all that is needed was read already there is nothing to go on with.
    let server = server(&[12, 20]);
    let (collector, writer, spared, runs) = persist(&server, &path);
    let sealed = writer.seal().unwrap();
    drop(writer);
    let (again, replayed) = replay_file(&path);
    let collected = collector.finish();
    assert_eq!(reported(&again.finish()), reported(&collected));
    assert_eq!((replayed.runs.len(), runs), (3, 3));
    assert_eq!((replayed.traffic, replayed.sha256), (sealed.traffic, sealed.sha256));
    let first = replay_file(&undisturbed.0.path()).0.finish();
    assert_eq!(collected.batches, first.batches);
    assert!(spared > 0 && collected.notes.iter().any(|note| note.contains("not read again")), "{:?}", collected.notes);
    // Each interruption loses what was under way, and looks for the place where it stopped.
    let requests = server.requests().len() as u64;
    println!("{requests} requests, {} undisturbed", undisturbed.1);
    assert!(requests <= undisturbed.1 + 2 * 6, "{requests} requests, {} undisturbed", undisturbed.1);
}

#[test]
fn a_list_that_changed_during_the_pause_is_proven_as_it_was_at_the_census() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(&folder);
    let pause = Arc::new(AtomicUsize::new(0));
    let seen_pause = Arc::clone(&pause);
    let server = Hostile::start(list(), move |seen, list| {
        if seen.number == 20 {
            return Reply::error(401, "no");
        }
        if seen_pause.swap(0, Ordering::SeqCst) == 1 {
            // Newer than the period, and one of its own batches, read already.
            list.delete(3);
            let place = list.rows().iter().position(|row| row.created_at < moment("2024-03-30T00:00:00Z")).unwrap();
            list.delete(place);
        }
        Reply::Page
    });
    let info = info(&server.base_url, MARKED);
    let writer = Arc::new(Writer::create(&path, &info, now()).unwrap());
    let mut collector = Collector::new(info.range(), info.options());
    fetch(&server.base_url, MARKED, &mut collector, &writer).unwrap_err();
    drop(writer);
    pause.store(1, Ordering::SeqCst);
    let Resumed { mut collector, writer, .. } = Resumed::open(&path, &info, now()).unwrap().unwrap();
    fetch(&server.base_url, MARKED, &mut collector, &Arc::new(writer)).unwrap();
    assert!(collector.pages_spared() > 0);
    let collected = collector.finish();
    assert_eq!(collected.proof.as_ref().map(TieOut::theorem), Ok(Theorem::TiedOut));
    assert!(collected.notes.iter().any(|note| note.contains("not read again")), "{:?}", collected.notes);
    let ids = collected.batches.iter().map(|batch| batch.id.to_string()).collect();
    assert_eq!(server.populations(&info.range()).first(), Some(&ids));
    assert_eq!(reported(&replay_file(&path).0.finish()), reported(&collected));
}

#[test]
fn another_collection_is_not_resumed_from_this_one() {
    let server = server(&[]);
    let kept = Kept::of(&server.base_url, MARKED);
    let asked = info(&server.base_url, MARKED);
    let others = [
        ("API key's fingerprint", Info { key_fingerprint: "000000000000".to_owned(), ..asked.clone() }),
        ("end of the range", Info { end: moment("2024-07-01T00:00:00Z"), ..asked.clone() }),
        ("assurance", Info { assurance: Assurance::WholeList, ..asked.clone() }),
    ];
    for (what, other) in others {
        let error = Resumed::open(&kept.path(), &other, now()).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
    assert_eq!(kept.bytes().len() as u64, kept.sealed.bytes);
}

#[test]
fn evidence_that_is_being_written_is_not_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let info = info("http://127.0.0.1:1/v1", MARKED);
    let writer = Writer::create(&path_in(&folder), &info, now()).unwrap();
    assert!(matches!(Resumed::open(&path_in(&folder), &info, now()), Err(EvidenceError::Locked)));
    assert!(matches!(Writer::create(&path_in(&folder), &info, now()), Err(EvidenceError::Io { .. })));
    drop(writer);
    assert!(Resumed::open(&path_in(&folder), &info, now()).unwrap().is_some());
}
