//! Reading back is streaming: 10,000 pages in a process of their own, whose memory the kernel measures.

use super::*;

const CHILD: &str = "DIALNEXA_AUDIT_TEST_EVIDENCE";

/// The largest amount of memory that this process ever held, in bytes, where the system reports.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

/// Evidence of so many pages of 100 rows. The list is small and the pages repeat, as from a list that is read again and again.
fn write(path: &Path, pages: u64) {
    let list = List::spread(5_000, moment("2023-12-01T00:00:00Z")..moment("2024-05-01T00:00:00Z"), 3);
    let info = Info { limit: 100, ..info("http://127.0.0.1:1/v1", "some-key") };
    let writer = Writer::create(path, &info, now()).unwrap();
    let mut desk = Desk::over(&list);
    for page in 0..pages {
        // All as the first request, so that none leads to the end of the collection.
        let request = PageRequest { ticket: 0, number: page % 50 + 1, limit: 100, again: 0 };
        desk.exchange(&info, request, &writer);
    }
    writer.seal().unwrap();
}

/// Not a test of its own: the other process.
#[test]
fn read_in_a_process_of_its_own() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let mut records = dialnexa_audit::evidence::read::Records::new(File::open(path).unwrap());
    let (mut count, mut bytes) = (0_u64, 0_u64);
    while let Some(record) = records.read().unwrap() {
        count += 1;
        bytes += record.block.len() as u64;
    }
    println!("records={count} bytes={bytes} peak={}", peak().unwrap());
}

fn measured(path: &Path) -> [u64; 3] {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "evidence::memory::read_in_a_process_of_its_own", "--nocapture"]).env(CHILD, path);
    let output = String::from_utf8(child.output().unwrap().stdout).unwrap();
    let line = output.lines().find_map(|line| line.find("records=").map(|place| &line[place..])).unwrap();
    let mut figures = line.split_whitespace().map(|pair| pair.split_once('=').unwrap().1.parse().unwrap());
    [(); 3].map(|()| figures.next().unwrap())
}

#[test]
fn memory_does_not_grow_with_the_evidence() {
    if peak().is_none() {
        println!("skipped: /proc not there");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [few, many] = [100, 10_000].map(|pages| {
        let path = folder.path().join(format!("{pages}.warc.gz"));
        write(&path, pages);
        let [records, bytes, peak] = measured(&path);
        assert_eq!(records, 2 * pages + 1);
        let size = path.metadata().unwrap().len();
        println!("{pages} pages: {size} bytes of evidence, {bytes} bytes of records, {peak} bytes of memory at most");
        peak
    });
    assert!(many < few + (4 << 20), "{few} bytes for 100 pages, {many} for 10,000");
}
