//! Killed in the middle of the counting, and resumed: no count that was had is asked for again.

use std::time::{Duration, Instant};

use super::*;

/// Serves so many counts and then says nothing, until it is let.
fn stalling(after: usize) -> (Front, Arc<std::sync::atomic::AtomicBool>) {
    use std::sync::atomic::{AtomicBool, Ordering};
    let open = Arc::new(AtomicBool::new(false));
    let (is_open, mut counts) = (Arc::clone(&open), 0);
    let front = Front::start(ApiForm::V1, move |seen| {
        counts += usize::from(is_count(seen));
        (is_count(seen) && counts > after && !is_open.load(Ordering::SeqCst)).then_some(Reply::Silent)
    });
    (front, open)
}

/// Runs until the server was asked for more counts than it gives, and kills it then.
fn kill_after(front: &Front, place: &Place, arguments: &[&str], counts: usize) {
    let mut running = front.report(place, arguments).start();
    let until = Instant::now() + Duration::from_secs(60);
    while front.asked().1.len() <= counts {
        assert!(Instant::now() < until, "{}", running.finished());
        std::thread::sleep(Duration::from_millis(10));
    }
    running.kill();
}

const ARGUMENTS: [&str; 4] = ["--quarter", "2024-Q1", "--format", "csv,html"];

#[test]
fn a_kill_in_the_middle_of_the_counting_costs_one_request() {
    let (front, open) = stalling(60);
    let place = Place::new();
    kill_after(&front, &place, &ARGUMENTS, 60);
    let before = front.asked();
    assert_eq!(before.1.len(), 61);
    assert!(place.files().contains_key(&format!("{STEM}.partial/evidence.warc.gz")), "{:?}", place.files().keys());
    assert_no_trace(&place);

    open.store(true, std::sync::atomic::Ordering::SeqCst);
    front.report(&place, &ARGUMENTS).done().expect(0).says("The interrupted run saved 60 requests.");
    let (pages, counts) = front.asked();
    assert_eq!(pages, before.0, "the list was proven, and is not read again");
    let report = json(&place, STEM);
    let batches = report["register"].as_array().unwrap().len();
    assert_eq!(counts.len(), 2 * batches + 1);
    let mut times: BTreeMap<&String, usize> = BTreeMap::new();
    counts.iter().for_each(|url| *times.entry(url).or_default() += 1);
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).map(|(url, _)| *url).collect();
    assert_eq!(twice, [&before.1[60]], "only the one that had no answer");
    assert_eq!(report["completeness"]["requests"], pages.len() + counts.len());
    for (id, figures) in figures(&report) {
        let record = records().into_iter().find(|record| record.id == id).unwrap();
        assert_eq!(figures, counted(&record).map(Some), "{id}");
    }
    verified(&place, STEM);
    assert_no_trace(&place);
}

#[test]
fn a_counting_that_was_interrupted_is_not_rendered() {
    let (front, _) = stalling(9);
    let place = Place::new();
    kill_after(&front, &place, &ARGUMENTS, 9);
    let evidence = format!("{STEM}.partial/evidence.warc.gz");
    for draft in [&[][..], &["--draft"]] {
        let arguments = [&["render", &evidence, "--quarter", "2024-Q1"], draft].concat();
        place
            .run(&arguments)
            .done()
            .expect(5)
            .says("a counting of calls that was interrupted")
            .says("hint: take that up first");
    }
}

#[test]
fn an_interrupted_counting_can_be_left_off() {
    let (front, _) = stalling(9);
    let place = Place::new();
    kill_after(&front, &place, &ARGUMENTS, 9);
    front.report(&place, &[&ARGUMENTS[..], &["--call-totals", "never"]].concat()).done().expect(0);
    let report = json(&place, STEM);
    assert!(report.get("call_logs").is_none());
    assert!(figures(&report).values().all(|[_, failed]| failed.is_none()));
    verified(&place, STEM);
}

#[test]
fn failures_on_the_way_are_tried_again_and_counted() {
    let mut counts = 0;
    let front = Front::start(ApiForm::V1, move |seen| {
        counts += usize::from(is_count(seen));
        match (is_count(seen), counts) {
            (true, 3) => Some(Reply::too_many(Some("0".to_owned()))),
            (true, 5) => Some(Reply::error(500, "away")),
            (true, 7) => Some(Reply::Reset),
            _ => None,
        }
    });
    let place = Place::new();
    front.report(&place, &ARGUMENTS).done().expect(0);
    let report = json(&place, STEM);
    assert_eq!(report["completeness"]["retries"], 3);
    assert!(figures(&report).values().flatten().all(Option::is_some));
    verified(&place, STEM);
}

#[test]
fn counts_are_paced_so_that_no_request_is_refused() {
    let (form, rate_window) = (ApiForm::V1, Duration::from_secs(3));
    let api = SampleApi::start(Options { form, rate_limit: Some(100), rate_window, ..Options::default() }).unwrap();
    let place = Place::new();
    let base = api.base_url();
    let run =
        place.run(&["report", "--base-url", &base, "--quarter", "2024-Q1", "--format", "csv", "--concurrency", "1"]);
    let began = Instant::now();
    let run = run.key(KEY).done().expect(0).says("the rate limit is used up").says("counting calls: 326 requests");
    assert!(began.elapsed() >= Duration::from_secs(3), "{run}");
    let report = json(&place, STEM);
    assert_eq!(report["completeness"]["retries"], 0, "{run}");
}

#[test]
fn a_range_between_the_periods_is_rendered_with_what_the_list_gives() {
    let front = Front::quiet(ApiForm::V1);
    let place = Place::new();
    front.report(&place, &["--quarter", "2024-Q1", "--quarter", "2024-Q3", "--format", "csv"]).done().expect(0);
    let evidence = format!("{STEM}/evidence.warc.gz");
    place.run(&["render", &evidence, "--quarter", "2024-Q2", "--format", "csv"]).done().expect(0);
    let report = json(&place, "batch-audit-2024-Q2");
    assert!(figures(&report).values().all(|[_, failed]| failed.is_none()));
    let units: Vec<_> = report["figure_sources"].as_array().unwrap().iter().map(|of| of["unit"].clone()).collect();
    assert_eq!(units, ["recipients", "attempts"], "no call of these batches was counted, and the report says so");
    verified(&place, "batch-audit-2024-Q2");
}

/// Serves a list whose pages leave rows out, so that nothing is proven, and calls; after so many counts nothing, until it is let.
fn untied(after: usize) -> (Front, Arc<std::sync::atomic::AtomicBool>) {
    use std::sync::atomic::{AtomicBool, Ordering};
    let open = Arc::new(AtomicBool::new(false));
    let (is_open, mut counts) = (Arc::clone(&open), 0);
    let api = SampleApi::start(Options { form: ApiForm::V1, ..Options::default() }).unwrap();
    let front = Front::start(ApiForm::V1, move |seen| {
        counts += usize::from(is_count(seen));
        if is_count(seen) {
            return (counts > after && !is_open.load(Ordering::SeqCst)).then_some(Reply::Silent);
        }
        let Reply::Other { status, headers, body } = forwarded(api.addr(), seen) else { return None };
        // Every tenth row of a page is left out of it.
        let mut page: Value = serde_json::from_str(&body).ok()?;
        let mut place = 0;
        page["items"].as_array_mut()?.retain(|_| {
            place += 1;
            place % 10 != 0
        });
        let body = page.to_string();
        Some(Reply::Other { status, headers, body })
    });
    (front, open)
}

#[test]
fn a_draft_counts_too_and_a_kill_in_it_repeats_no_count() {
    let (front, open) = untied(5);
    let place = Place::new();
    let draft = [&ARGUMENTS[..], &["--draft"]].concat();
    kill_after(&front, &place, &draft, 5);
    open.store(true, std::sync::atomic::Ordering::SeqCst);
    front.report(&place, &draft).done().expect(5);
    let counts = front.asked().1;
    let distinct: BTreeSet<_> = counts.iter().collect();
    assert_eq!(counts.len(), distinct.len() + 1, "only the one that had no answer is asked again");
    let report = json(&place, STEM);
    assert_eq!(report["standing"], "draft");
    assert!(figures(&report).values().flatten().all(Option::is_some));
    assert_eq!(distinct.len(), 2 * report["register"].as_array().unwrap().len());
    verified(&place, STEM);
    // Without the wish for a draft nothing is counted that is not reported.
    let before = counts.len();
    let place = Place::new();
    front.report(&place, &ARGUMENTS).done().expect(5);
    assert_eq!(front.asked().1.len(), before);
}
