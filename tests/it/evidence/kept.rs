//! What is kept, from the real client.

use dialnexa_audit::batch::ApiForm;
use dialnexa_audit::sample::{KEY, Options, SampleApi};

use super::*;
use crate::harness::Place;
use crate::hostile::{Hostile, Reply};

fn list() -> List {
    List::spread(900, moment("2023-11-01T00:00:00Z")..moment("2024-06-01T00:00:00Z"), 3)
}

/// A server that does everything wrong once before it answers.
fn trouble() -> Hostile {
    Hostile::start(list(), |seen, _| match seen.number {
        1 => Reply::too_many(Some("0".to_owned())),
        3 => Reply::error(500, "away"),
        5 => Reply::Reset,
        7 => Reply::CutOff(300),
        9 => Reply::Other { status: 503, headers: vec![("retry-after", "0".to_owned())], body: String::new() },
        _ => Reply::Page,
    })
}

/// A replay gives what the collection gave, and the file is as the writer says.
fn assert_repeats(kept: &Kept) {
    let (collector, replayed) = replay_file(&kept.path());
    assert!(collector.has_ended());
    assert_eq!(reported(&collector.finish()), kept.collected);
    assert_eq!(replayed.traffic, kept.sealed.traffic);
    assert_eq!((&replayed.sha256, replayed.bytes), (&kept.sealed.sha256, kept.sealed.bytes));
    assert_eq!(replayed.sha256, dialnexa_audit::digest::sha256(&kept.bytes()));
    assert_eq!((replayed.torn, replayed.unusable), (None, None));
}

#[test]
fn evidence_of_every_form_repeats_the_collection() {
    for form in [ApiForm::Leads, ApiForm::Calls, ApiForm::V1] {
        let api = SampleApi::start(Options { form, ..Options::default() }).unwrap();
        assert_repeats(&Kept::of(&api.base_url(), KEY));
    }
}

/// The list of many pages whose quarter is in its middle is searched otherwise by the rules of today.
#[test]
fn evidence_of_the_rules_of_earlier_versions_repeats_their_collection() {
    let long = List::spread(9_000, moment("2020-01-01T00:00:00Z")..moment("2026-06-01T00:00:00Z"), 3);
    let server = Hostile::quiet(long);
    let asked = |rules| {
        let info = Info { rules, ..info(&server.base_url, MARKED) };
        let before = server.requests().len();
        assert_repeats(&Kept::of_run(&server.base_url, MARKED, &info));
        server.requests()[before..].iter().take(6).map(|seen| (seen.page, seen.limit)).collect::<Vec<_>>()
    };
    let (today, earlier) = (asked(RULES), asked(2));
    assert_ne!(today, earlier);
    assert_eq!(earlier[..3], [(1, 50), (91, 50), (46, 50)]);
}

#[test]
fn evidence_of_a_collection_in_trouble_repeats_it_with_every_try() {
    let server = trouble();
    let kept = Kept::one_at_a_time(&server.base_url, MARKED);
    assert_repeats(&kept);
    let requests = server.requests();
    assert_eq!(kept.sealed.traffic.requests, requests.len() as u64);
    assert_eq!(kept.sealed.traffic.retries, 5);
    let text = String::from_utf8_lossy(&inflated(&kept.bytes())).into_owned();
    assert_eq!(text.matches("WARC-Type: request\r\n").count(), requests.len());
    assert_eq!(text.matches("WARC-Type: metadata\r\n").count(), 2);
    for status in ["429 Too Many Requests", "500 Internal Server Error", "503 Service Unavailable"] {
        assert_eq!(text.matches(&format!("HTTP/1.1 {status}\r\n")).count(), 1, "{status}");
    }
}

#[test]
fn requests_are_kept_as_the_server_saw_them_save_for_the_key() {
    let server = Hostile::quiet(list());
    let kept = Kept::of(&server.base_url, MARKED);
    let text = String::from_utf8(inflated(&kept.bytes())).unwrap();
    let fingerprint = format!("sha256:{}", ApiKey::new(MARKED).unwrap().fingerprint());
    for seen in server.requests() {
        let head = seen.head.replace(MARKED, &fingerprint);
        assert!(head.contains(&fingerprint) && text.contains(&head), "{head}\n{text:.3000}");
    }
}

#[test]
fn a_key_that_the_server_says_back_is_kept_nowhere() {
    let server = Hostile::start(list(), |seen, list| match seen.number {
        1 => Reply::error(503, &format!("{} is tired", MARKED.replace('"', "\\\""))),
        2 => Reply::PageWith(vec![("x-your-key", MARKED.to_owned())]),
        3 => {
            let named = list.page(seen.page, seen.limit).replacen("Campaign", &MARKED.replace('"', "\\\""), 3);
            Reply::Other { status: 200, headers: Vec::new(), body: named }
        }
        _ => Reply::Page,
    });
    let kept = Kept::one_at_a_time(&server.base_url, MARKED);
    assert_repeats(&kept);
    let text = inflated(&kept.bytes());
    for part in [MARKED, "marked", "0123456789\\\""] {
        assert!(!text.windows(part.len()).any(|window| window == part.as_bytes()), "{part}");
        assert!(!kept.collected.contains(part), "{part}");
    }
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.matches("DialNexa-Redacted: true\r\n").count(), 3);
    assert_eq!(text.matches("x-orig-content-length: ").count(), 2);
}

/// The program, from the folder that DIALNEXA_EVIDENCE_TOOLS names or from PATH.
fn warcio(place: &Place) -> Option<String> {
    let tools = std::env::var("DIALNEXA_EVIDENCE_TOOLS").ok();
    let program = tools.map_or_else(|| "warcio".to_owned(), |tools| format!("{tools}/bin/warcio"));
    let there = place.run_program("sh", &["-c", &format!("command -v '{program}'")]).done().status == Some(0);
    assert!(there || std::env::var_os("CI").is_none(), "CI has warcio");
    there.then_some(program)
}

#[test]
fn warcio_finds_every_exchange_and_every_digest_right() {
    let place = Place::new();
    let Some(warcio) = warcio(&place) else { return println!("skipped: warcio not installed") };
    let server = trouble();
    let kept = Kept::one_at_a_time(&server.base_url, MARKED);
    let file = kept.path();
    let file = file.to_str().unwrap();
    let run = |arguments: &[&str]| place.run_program(&warcio, arguments).done().expect(0).stdout;
    let checked = run(&["check", "-v", file]);
    let records = replay_file(&kept.path()).1.records;
    assert_eq!(checked.matches("digest pass").count() as u64, records, "{checked}");
    let index = run(&["index", "-f", "warc-type,http:status,warc-target-uri,dialnexa-ticket", file]);
    let lines: Vec<&str> = index.lines().collect();
    assert_eq!(lines.len() as u64, records, "{index}");
    let count = |what: &str| lines.iter().filter(|line| line.contains(what)).count() as u64;
    assert_eq!(count(r#""warc-type": "request""#), kept.sealed.traffic.requests);
    assert_eq!(count(r#""http:status": "429""#), 1, "{index}");
    assert_eq!(count("batch-calls?page="), records - 1);
    // A changed byte is found by it as well.
    let broken = place.work().join("broken.warc");
    let text = String::from_utf8(inflated(&kept.bytes())).unwrap().replacen("\"total\":900", "\"total\":901", 1);
    std::fs::write(&broken, text).unwrap();
    let run = place.run_program(&warcio, &["check", "broken.warc"]).done().expect(1);
    assert!(run.stdout.contains("digest failed"), "{run}");
}
