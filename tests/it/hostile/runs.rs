//! The binary against the hostile server: each run ends in a population that there was, or in the documented exit status
//! with nothing written; and the key reaches no other host.

use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::harness::{Place, Run};

const KEY: &str = "marked-key-4f1d";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn quarter() -> Range<DateTime<Utc>> {
    at("2024-01-01T00:00:00Z")..at("2024-04-01T00:00:00Z")
}

/// 1,500 batches of 2023 to the middle of 2024, three at each instant.
fn list() -> List {
    List::spread(1_500, at("2023-01-01T00:00:00Z")..at("2024-07-01T00:00:00Z"), 3)
}

fn report(server: &Hostile) -> (Place, Run) {
    let place = Place::new();
    let run = place.run(&["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--quiet"]);
    let run = run.key(KEY).within(Duration::from_secs(300)).done();
    place.assert_nowhere(KEY);
    (place, run)
}

/// The ids that the package's report lists; `None` where there is no package.
fn reported(place: &Place) -> Option<BTreeSet<String>> {
    let files = place.files();
    let report: Value = serde_json::from_slice(files.get("batch-audit-2024-Q1/batch-audit-2024-Q1.json")?).unwrap();
    let rows = report["register"].as_array().unwrap().iter();
    Some(rows.map(|row| row["batch_id"].as_str().unwrap().to_owned()).collect())
}

fn assert_a_population_was_reported(server: &Hostile, place: &Place, run: &Run) {
    let ids = reported(place).unwrap_or_else(|| panic!("no package\n{run}"));
    assert!(server.populations(&quarter()).contains(&ids), "never the population: {} ids\n{run}", ids.len());
}

/// Runs `report` over such a server, which must end in a population that there was.
#[track_caller]
fn ends_exact(list: List, script: impl FnMut(&Seen, &mut List) -> Reply + Send + 'static) -> usize {
    let server = Hostile::start(list, script);
    let (place, run) = report(&server);
    let run = run.expect(0);
    assert_a_population_was_reported(&server, &place, &run);
    server.requests().len()
}

/// Runs `report` over such a server, which must end with `status` and no package; how many requests it took.
#[track_caller]
fn ends_refused(status: i32, list: List, script: impl FnMut(&Seen, &mut List) -> Reply + Send + 'static) -> usize {
    let server = Hostile::start(list, script);
    let (place, run) = report(&server);
    let run = run.expect(status);
    assert!(reported(&place).is_none() && !run.stderr.is_empty(), "{run}");
    server.requests().len()
}

/// Runs `report` over such a server, which must end in a population that there was, or in a refusal.
#[track_caller]
fn ends_exact_or_refused(list: List, script: impl FnMut(&Seen, &mut List) -> Reply + Send + 'static) {
    let server = Hostile::start(list, script);
    let (place, run) = report(&server);
    match run.status {
        Some(0) => assert_a_population_was_reported(&server, &place, &run),
        _ => assert!(reported(&place).is_none(), "{}", run.expect(5)),
    }
}

#[test]
fn a_quiet_list_is_reported_exactly() {
    let requests = ends_exact(list(), |_, _| Reply::Page);
    // 250 rows of the quarter, 15 pages in all, and up to three more pages asked for ahead.
    assert!(requests <= 3 + 4 + 6 + 3, "{requests}");
}

#[test]
fn a_list_that_grows_at_its_head_is_reported_exactly() {
    ends_exact(list(), |_, list| {
        list.insert_at_head();
        Reply::Page
    });
}

#[test]
fn a_list_that_loses_rows_is_reported_exactly_or_not_at_all() {
    for every in [1, 2, 5] {
        ends_exact_or_refused(list(), move |seen, list| {
            if seen.number.is_multiple_of(every) {
                list.delete_any();
            }
            Reply::Page
        });
    }
    ends_exact(list(), |seen, list| {
        if seen.number <= 12 {
            list.delete_any();
        }
        Reply::Page
    });
}

#[test]
fn a_list_that_reorders_its_ties_is_reported_exactly_or_not_at_all() {
    ends_exact_or_refused(list(), |_, list| {
        list.reshuffle_ties();
        Reply::Page
    });
}

#[test]
fn a_capped_limit_is_believed() {
    for cap in [1, 37, 99] {
        let mut capped = List::spread(300, at("2023-10-01T00:00:00Z")..at("2024-07-01T00:00:00Z"), 2);
        capped.cap = cap;
        ends_exact(capped, |_, _| Reply::Page);
    }
}

#[test]
fn a_list_that_lies_is_reported_exactly_or_not_at_all() {
    let lies: [fn(&mut List); 5] = [
        |list| list.lie = 7,
        |list| list.lie = -7,
        |list| list.drop_every = 10,
        |list| list.ignore_page = true,
        |list| (list.ignore_page, list.echo_page) = (true, true),
    ];
    for lie in lies {
        let mut lying = list();
        lie(&mut lying);
        ends_exact_or_refused(lying, |_, _| Reply::Page);
    }
}

#[test]
fn a_list_in_no_order_is_reported_exactly() {
    let mut disordered = list();
    disordered.disorder();
    ends_exact(disordered, |_, _| Reply::Page);
}

#[test]
fn passing_troubles_are_overcome() {
    let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(2));
    let troubles = [
        Reply::too_many(None),
        Reply::too_many(Some("1".to_owned())),
        Reply::too_many(Some(soon)),
        Reply::error(408, "slow"),
        Reply::error(500, "oops"),
        Reply::error(503, "away"),
        Reply::Reset,
        Reply::CutOff(200),
    ];
    for trouble in troubles {
        ends_exact(list(), move |seen, _| if matches!(seen.number, 1 | 4) { trouble.clone() } else { Reply::Page });
    }
}

#[test]
fn lasting_troubles_end_after_a_few_tries() {
    // Each waits between its tries, so all do at once.
    std::thread::scope(|scope| {
        for trouble in [Reply::error(500, "oops"), Reply::error(503, "away"), Reply::Reset, Reply::CutOff(200)] {
            scope.spawn(|| {
                let tries = ends_refused(4, list(), move |_, _| trouble.clone());
                assert!((2..=20).contains(&tries), "{tries}");
            });
        }
    });
}

#[test]
fn what_is_no_answer_of_the_api_is_refused() {
    std::thread::scope(|scope| {
        for nonsense in [Reply::html(), Reply::Endless, Reply::error(400, "no"), Reply::error(404, "no")] {
            scope.spawn(|| ends_refused(4, list(), move |_, _| nonsense.clone()));
        }
    });
}

#[test]
fn a_refused_key_ends_it_at_once_with_the_servers_message() {
    for status in [401, 403] {
        let server = Hostile::start(list(), move |_, _| Reply::error(status, "not with this key"));
        let (place, run) = report(&server);
        run.expect(3).says("not with this key");
        assert!(reported(&place).is_none());
        assert!(server.requests().len() <= 4);
    }
}

#[test]
fn a_redirect_takes_the_key_nowhere() {
    let bystander = Hostile::quiet(list());
    let goal = bystander.base_url.clone();
    ends_refused(4, list(), move |_, _| Reply::redirect(&goal));
    assert_eq!(bystander.requests().len(), 0);
}
