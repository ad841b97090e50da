//! Mutations of a corpus, seeded: whatever `verify` is handed, it neither panics nor hangs nor fills the memory. Half a minute
//! under CI, a few seconds otherwise, `DIALNEXA_MUTATION_SECONDS` where it is set. A failure keeps its input in a file, and
//! `DIALNEXA_MUTATION_INPUT` reads that one alone.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use dialnexa_audit::package::{MANIFEST, SIGNATURE};
use dialnexa_audit::sign::identity::IdentityParts;
use dialnexa_audit::sign::{Signing, cms, html, pades};
use dialnexa_audit::verify::signature::{Trust, verify_detached, verify_html, verify_pdf};
use dialnexa_audit::verify::{attached, file, package};

use super::bench::{Folder, identity, now, trust_in};
use super::lasting;
use super::paper;
use super::pki::pki;
use super::responders::lasting_pki;
use super::stamps::answer;
use crate::harness::Place;

/// The longest that one input may take, with other tests at work beside it.
const LONGEST: Duration = Duration::from_secs(20);

struct Corpus {
    /// A good package.
    files: BTreeMap<String, Vec<u8>>,
    /// More, by the name that says what it is read as.
    others: Vec<(String, Vec<u8>)>,
    trust: Trust,
}

impl Corpus {
    fn all(&self) -> impl Iterator<Item = (&String, &Vec<u8>)> {
        self.files.iter().chain(self.others.iter().map(|(name, bytes)| (name, bytes)))
    }
}

fn corpus() -> Corpus {
    let place = Place::new();
    let arguments = "report --sample --quiet --from 2024-01-01 --to 2024-01-04";
    place.run(&arguments.split(' ').collect::<Vec<_>>()).done().expect(0);
    let name = |path: String| path.rsplit('/').next().unwrap().to_owned();
    let files: BTreeMap<String, Vec<u8>> = place.files().into_iter().map(|(path, bytes)| (name(path), bytes)).collect();
    let identity = identity();
    let signing = Signing::new(&identity, now());
    let small = pades::sign(paper::pdf(), &signing, "Quarterly report").unwrap();
    let mut others = vec![
        ("small.html".to_owned(), html::sign(paper::HTML, &signing).unwrap().into_bytes()),
        ("small.p7s".to_owned(), cms::detached(b"x", &signing).unwrap()),
        ("identity.pem".to_owned(), identity.to_pem(None).unwrap().as_bytes().to_vec()),
    ];
    if let Some(pki) = lasting_pki() {
        others.push(("lasting.pdf".to_owned(), lasting::signed(pki, "listed")));
    }
    let report = files.iter().find(|(name, _)| name.ends_with(".pdf")).unwrap().1;
    for (name, bytes) in [("small.pdf", &small), ("report.pdf", report)] {
        // What is compressed is hardly reached by mutations, so it is there unpacked as well, and packed into object streams.
        others.push((name.to_owned(), bytes.clone()));
        let folder = Folder::new();
        folder.put("in.pdf", bytes);
        for option in ["--stream-data=uncompress", "--object-streams=generate"] {
            if folder.run("qpdf", &[option, "in.pdf", "out.pdf"]).is_some() {
                others.push((name.to_owned(), std::fs::read(folder.path().join("out.pdf")).unwrap()));
            }
        }
    }
    if let Some(pki) = pki() {
        let person = pki.identity("rsa");
        let ask = |request: &[u8]| Ok(answer(pki, "stamp", request));
        let authority = dialnexa_audit::sign::Authority { ask: &ask, policy: None };
        let stamped = Signing::new(&person, now()).stamped_by(&authority);
        others.push(("stamped.p7s".to_owned(), cms::detached(b"x", &stamped).unwrap()));
    }
    Corpus { files, others, trust: trust_in(&identity) }
}

/// One file of the corpus as an attacker would have it, and what it is read as.
fn mutated(corpus: &Corpus, random: &mut fastrand::Rng) -> (String, Vec<u8>) {
    let all: Vec<_> = corpus.all().collect();
    let (name, bytes) = all[random.usize(..all.len())];
    let mut bytes = bytes.clone();
    for _ in 0..random.usize(1..8) {
        let donor = all[random.usize(..all.len())].1;
        mutate(&mut bytes, donor, random);
    }
    (name.clone(), bytes)
}

fn mutate(bytes: &mut Vec<u8>, donor: &[u8], random: &mut fastrand::Rng) {
    if bytes.is_empty() {
        return bytes.extend_from_slice(donor);
    }
    let (at, some) = (random.usize(..bytes.len()), random.usize(1..64));
    let end = (at + some).min(bytes.len());
    match random.u8(..10) {
        0 => bytes[at] ^= 1 << random.u8(..8),
        1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff, b'<', b'(', b'"', b'0', b'9'][random.usize(..10)],
        2 => drop(bytes.drain(at..end)),
        3 => {
            let again = bytes[at..end].repeat(random.usize(1..20));
            drop(bytes.splice(at..at, again));
        }
        4 => bytes.truncate(at),
        5 => {
            let from = random.usize(..donor.len().max(1)).min(donor.len());
            let piece = donor[from..(from + some * 8).min(donor.len())].to_vec();
            drop(bytes.splice(at..end, piece));
        }
        6 => {
            let digits = bytes.iter().skip(at).position(u8::is_ascii_digit).map_or(at, |digit| at + digit);
            let number = ["0", "-1", "99999999999999999999", "4294967296", "1e999", "65536"][random.usize(..6)];
            drop(bytes.splice(digits..(digits + 1).min(bytes.len()), number.bytes()));
        }
        7 => bytes[at..end].reverse(),
        8 => bytes[at..end].fill(b"\0 0[<"[random.usize(..5)]),
        _ => {
            let to = random.usize(..bytes.len());
            bytes.swap(at, to);
        }
    }
}

/// Reads an input in every way in which `verify` and `identity` would.
fn read(corpus: &Corpus, name: &str, bytes: &[u8]) {
    let trust = &corpus.trust;
    let kind = name.rsplit('.').next().unwrap();
    match kind {
        "pdf" => {
            let _ = (verify_pdf(bytes, trust), attached::attachments(bytes), attached::unwanted(bytes));
            let _ = pades::sign(bytes.to_vec(), &Signing::new(&identity(), now()), "");
        }
        "html" => drop(verify_html(bytes, trust)),
        "p7s" => drop((verify_detached(b"x", bytes, trust), IdentityParts::default().add(bytes, None))),
        _ => drop(IdentityParts::default().add(bytes, None)),
    }
    let nobody = Trust::at(now());
    let known = |bytes: &[u8]| corpus.all().any(|(_, good)| good == bytes);
    let p7s = corpus.files.get(&format!("{name}{SIGNATURE}")).map(Vec::as_slice);
    let verdict = file::verify_alone(name, bytes, p7s, &nobody);
    assert!(!verdict.accepted() || known(bytes), "a changed file is accepted");
    if corpus.files.contains_key(name) {
        let mut files = corpus.files.clone();
        files.insert(name.to_owned(), bytes.to_vec());
        let accepted = package::verify(&files.clone().into(), &nobody).accepted();
        assert!(!accepted || files == corpus.files, "a changed package is accepted");
    }
}

fn seconds() -> u64 {
    let ci = std::env::var("CI").as_deref() == Ok("true");
    let set = std::env::var("DIALNEXA_MUTATION_SECONDS").ok().and_then(|text| text.parse().ok());
    set.unwrap_or(if ci { 30 } else { 8 })
}

/// Reads one input; what went wrong, if anything did.
fn failure(corpus: &Corpus, name: &str, bytes: &[u8]) -> Option<String> {
    let began = Instant::now();
    let done = std::panic::catch_unwind(AssertUnwindSafe(|| read(corpus, name, bytes)));
    match (done, began.elapsed()) {
        (Err(_), _) => Some("a panic".to_owned()),
        (Ok(()), took) if took > LONGEST => Some(format!("it took {took:?}")),
        (Ok(()), _) => None,
    }
}

#[test]
fn no_mutation_of_any_file_makes_the_checker_panic_or_hang_and_none_is_accepted() {
    let corpus = corpus();
    assert!(package::verify(&corpus.files.clone().into(), &Trust::at(now())).accepted());
    if let Ok(path) = std::env::var("DIALNEXA_MUTATION_INPUT") {
        let name = path.rsplit('/').next().unwrap();
        assert_eq!(failure(&corpus, name, &std::fs::read(&path).unwrap()), None);
        return;
    }
    let (mut seed, until) = (fastrand::u64(..), Instant::now() + Duration::from_secs(seconds()));
    let mut inputs = 0_u64;
    while Instant::now() < until {
        let (name, bytes) = mutated(&corpus, &mut fastrand::Rng::with_seed(seed));
        if let Some(why) = failure(&corpus, &name, &bytes) {
            let kept = std::env::temp_dir().join(format!("mutation-{seed}-{name}"));
            std::fs::write(&kept, &bytes).unwrap();
            panic!("{why}; the input is kept in {}", kept.display());
        }
        (seed, inputs) = (seed.wrapping_add(1), inputs + 1);
    }
    println!("{inputs} inputs");
    assert!(inputs > 1 && corpus.files.contains_key(MANIFEST));
}
