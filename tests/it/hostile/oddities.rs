//! Answers that are none of the documented ones, for a moment or for good: asked for again with patience, within the time that
//! is allowed, and quoted in the error where they stay.

use std::time::{Duration, Instant};

use super::*;
use crate::harness::{Place, Run};

const KEY: &str = "marked-key-odd-77c2";
const STEM: &str = "batch-audit-2024-Q1";
/// How often a page is asked for.
const TRIES: usize = 6;

/// 700 batches of the quarter and of those around it, two at each instant.
fn list() -> List {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    List::spread(700, at("2023-10-01T00:00:00Z")..at("2024-07-01T00:00:00Z"), 2)
}

fn quarter() -> Range<DateTime<Utc>> {
    "2024-01-01T00:00:00Z".parse().unwrap().."2024-04-01T00:00:00Z".parse().unwrap()
}

fn report(base_url: &str, more: &[&str]) -> (Place, Run) {
    let place = Place::new();
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", base_url, "--quiet", "--format", "csv"];
    let run = place.run(&[&arguments[..], more].concat()).key(KEY).within(Duration::from_secs(120)).done();
    place.assert_nowhere(KEY);
    (place, run)
}

/// Fails unless the report lists a population that there was, and its evidence gives the same report again.
#[track_caller]
fn assert_exact_and_reproduced(server: &Hostile, place: &Place, run: Run) {
    run.expect(0);
    let json = |folder: &str| place.files().remove(&format!("{folder}{STEM}/{STEM}.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&json("")).unwrap();
    let rows = report["register"].as_array().unwrap().iter();
    let ids: BTreeSet<String> = rows.map(|row| row["batch_id"].as_str().unwrap().to_owned()).collect();
    assert!(server.populations(&quarter()).contains(&ids), "never the population: {} ids", ids.len());
    // Windows asked for ahead may be broken off before the server sees them.
    let (stated, seen) = (report["completeness"]["requests"].as_u64().unwrap(), server.requests().len() as u64);
    assert!((seen..=seen + 6).contains(&stated), "{stated} requests stated, {seen} seen");
    let evidence = format!("{STEM}/evidence.warc.gz");
    std::fs::create_dir(place.work().join("again")).unwrap();
    place.run(&["render", &evidence, "--quarter", "2024-Q1", "--format", "csv", "--out", "again"]).done().expect(0);
    assert_eq!(json(""), json("again/"), "the evidence gives another report");
}

fn other(status: u16, body: &str) -> Reply {
    Reply::Other { status, headers: Vec::new(), body: body.to_owned() }
}

/// What a server may answer once in a while, and how the error quotes it if it stays.
fn oddities() -> Vec<(Reply, &'static str)> {
    vec![
        (Reply::html(), "an HTML page, no JSON"),
        (other(200, ""), "its body is empty"),
        (other(200, r#"{"message":"warming up"}"#), "`data` is missing, and so is `items` (it says: \"warming up\")"),
        (other(200, "upstream request timeout"), "it begins: upstream request timeout"),
        (other(200, r#"{"data":[{"id":"b"}],"meta":{"total":1}}"#), "record 1 (batch `b`), field `status`: is missing"),
        (other(202, r#"{"message":"being prepared"}"#), "HTTP 202: being prepared"),
        (other(204, ""), "HTTP 204"),
        (other(206, r#"{"data":[],"meta":{"total":0}}"#), "HTTP 206"),
        (Reply::CutOffUnseen(300), "it begins: {\"data\":["),
        (Reply::CutOffUnseen(0), "its body is empty"),
        (Reply::CutOff(300), "end of file before message length reached"),
    ]
}

/// Runs each case in a thread of its own: they wait more than they work.
fn each<T: Send>(cases: Vec<T>, run: impl Fn(T) + Sync) {
    let run = &run;
    std::thread::scope(|scope| {
        cases.into_iter().for_each(|case| drop(scope.spawn(move || run(case))));
    });
}

#[test]
fn one_odd_answer_is_asked_for_again_and_does_not_change_the_report() {
    each(oddities(), |(odd, _)| {
        let server =
            Hostile::start(list(), move |seen, _| if matches!(seen.number, 1 | 4) { odd.clone() } else { Reply::Page });
        let (place, run) = report(&server.base_url, &[]);
        assert_exact_and_reproduced(&server, &place, run);
    });
}

#[test]
fn an_odd_answer_that_stays_is_quoted_after_all_tries() {
    each(oddities(), |(odd, quoted)| {
        let server = Hostile::start(list(), move |_, _| odd.clone());
        let (place, run) = report(&server.base_url, &[]);
        let run = run.expect(4).says("page 1 of batch-calls after 6 tries: ").says(quoted);
        assert_eq!(server.requests().len(), TRIES, "{run}");
        assert!(place.files().is_empty(), "{:?}", place.files().keys());
    });
}

#[test]
fn the_base_url_is_doubted_only_where_it_never_gave_a_page() {
    let server = Hostile::start(list(), |_, _| Reply::html());
    report(&server.base_url, &[]).1.expect(4).says("is the base URL the API's?");
    let server = Hostile::start(list(), |seen, _| if seen.number > 3 { Reply::html() } else { Reply::Page });
    let (place, run) = report(&server.base_url, &["--concurrency", "1"]);
    let run = run.expect(4).says("after 6 tries: ").says("an HTML page, no JSON").says("is kept in");
    assert!(!run.stderr.contains("base URL"), "{run}");
    assert!(place.files().contains_key(&format!("{STEM}.partial/evidence.warc.gz")));
}

#[test]
fn a_collection_that_odd_answers_interrupted_is_resumed() {
    let ill = Arc::new(AtomicBool::new(true));
    let is_ill = Arc::clone(&ill);
    let server = Hostile::start(list(), move |seen, _| match seen.number > 3 && is_ill.load(Ordering::SeqCst) {
        true => other(200, "maintenance"),
        false => Reply::Page,
    });
    let place = Place::new();
    let run = || {
        let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--format", "csv"];
        place.run(&[&arguments[..], &["--concurrency", "1"]].concat()).key(KEY).done()
    };
    run().expect(4).says("maintenance");
    ill.store(false, Ordering::SeqCst);
    let resumed = run().says("Going on where an interrupted run stopped");
    assert_exact_and_reproduced(&server, &place, resumed);
}

#[test]
fn a_storm_of_refusals_that_demand_no_wait_is_survived() {
    let past = httpdate::fmt_http_date(SystemTime::now() - Duration::from_secs(3600));
    let storms = [(503, "0"), (429, "0"), (429, "-1"), (503, "0.01"), (503, &past)];
    let storms = storms.map(|(status, after)| (status, after.to_owned())).to_vec();
    each(storms, |(status, after)| {
        let mut began = None;
        let server = Hostile::start(list(), move |_, _| {
            let began = *began.get_or_insert_with(Instant::now);
            let headers = vec![("retry-after", after.clone())];
            match began.elapsed() < Duration::from_secs(10) {
                true => Reply::Other { status, headers, body: String::new() },
                false => Reply::Page,
            }
        });
        let (place, run) = report(&server.base_url, &[]);
        assert_exact_and_reproduced(&server, &place, run);
    });
}

#[test]
fn the_time_for_a_page_bounds_an_answer_that_trickles() {
    for pause in [Duration::from_millis(400), Duration::from_millis(10)] {
        let server = Hostile::start(list(), move |_, _| Reply::Trickle(pause));
        let began = Instant::now();
        let (place, run) = report(&server.base_url, &["--max-wait", "3s"]);
        let run = run.expect(4).says("page 1 of batch-calls within --max-wait (3 s)").says("had not ended after ");
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}\n{run}", began.elapsed());
        assert_eq!(server.requests().len(), 1, "{run}");
        assert!(place.files().is_empty());
    }
}

#[test]
fn the_time_for_a_page_bounds_an_answer_that_never_begins() {
    let server = Hostile::start(list(), |_, _| Reply::Silent);
    let began = Instant::now();
    let (_, run) = report(&server.base_url, &["--max-wait", "2s"]);
    run.expect(4).says("within --max-wait (2 s)").says("no answer in time");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn the_time_for_a_page_is_over_all_its_tries() {
    // Each try takes a second and a half, and no wait between them is longer than the time allowed.
    let server = Hostile::start(list(), |_, _| {
        std::thread::sleep(Duration::from_millis(1500));
        other(503, "")
    });
    let began = Instant::now();
    let (_, run) = report(&server.base_url, &["--max-wait", "4s", "--concurrency", "1"]);
    run.expect(4).says("--max-wait").says("the last try failed: HTTP 503");
    assert!(began.elapsed() < Duration::from_secs(20) && server.requests().len() < TRIES);
}

#[test]
fn the_last_cause_is_named_where_the_time_for_a_page_ended_the_tries() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let nowhere = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let (_, run) = report(&nowhere, &["--max-wait", "1s"]);
    run.expect(4).says("more than is left of --max-wait").says("the last try failed: ").says("onnection refused");
    let headers = vec![("retry-after", "3600".to_owned())];
    let refused = Reply::Other { status: 503, headers, body: r#"{"message":"back at noon"}"#.to_owned() };
    let server = Hostile::start(list(), move |_, _| refused.clone());
    let (_, run) = report(&server.base_url, &["--max-wait", "5s"]);
    run.expect(4).says("due in 3600 s").says("the last try failed: HTTP 503: back at noon");
}

#[test]
fn a_page_that_is_not_there_never_makes_a_report_of_fewer_batches() {
    for missing in [2, 3, 6] {
        let server = Hostile::start(list(), move |seen, _| match seen.page == missing {
            true => Reply::error(404, "no such page"),
            false => Reply::Page,
        });
        let (place, run) = report(&server.base_url, &[]);
        match run.status {
            Some(0) => assert_exact_and_reproduced(&server, &place, run),
            _ => assert!(!place.files().contains_key(&format!("{STEM}/{STEM}.json")), "{}", run.expect(5)),
        }
    }
}

#[test]
fn every_request_forbids_an_answer_from_a_cache() {
    let server = Hostile::quiet(list());
    report(&server.base_url, &[]).1.expect(0);
    let requests = server.requests();
    assert!(!requests.is_empty());
    assert!(requests.iter().all(|seen| seen.head.to_lowercase().contains("\r\ncache-control: no-cache\r\n")));
}

#[test]
fn an_answer_without_a_length_ends_where_the_connection_does() {
    let server = Hostile::start(list(), |_, _| Reply::CutOffUnseen(300));
    let address = server.base_url.trim_start_matches("http://").trim_end_matches("/v1").to_owned();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /v1/batch-calls HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.0 200") && !head.contains("length"), "{head}");
    assert_eq!(body.len(), 300);
}
