//! The hostile server does what its scripts say, as a common HTTP client sees it.

use std::time::Duration;

use serde_json::Value;

use super::*;

fn period() -> Range<DateTime<Utc>> {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    at("2024-01-01T00:00:00Z")..at("2024-04-01T00:00:00Z")
}

fn list() -> List {
    List::spread(240, period(), 3)
}

/// Asks for a page as a client of the API does, for a second at most: status and body.
fn get(server: &Hostile, page: u64, limit: u64) -> Result<(u16, String), reqwest::Error> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::limited(2));
    let client = client.timeout(Duration::from_secs(1)).build().unwrap();
    let request = client.get(format!("{}/batch-calls?page={page}&limit={limit}", server.base_url));
    runtime.block_on(async {
        let answer = request.bearer_auth("marked-key").send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    })
}

fn page(server: &Hostile, page: u64, limit: u64) -> Value {
    serde_json::from_str(&get(server, page, limit).unwrap().1).unwrap()
}

fn ids(body: &Value) -> Vec<String> {
    body["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_quiet_list_is_read_whole() {
    let server = Hostile::quiet(list());
    let read: Vec<String> = (1..=3).flat_map(|number| ids(&page(&server, number, 100))).collect();
    let distinct: BTreeSet<String> = read.iter().cloned().collect();
    assert_eq!((read.len(), server.populations(&period())), (240, vec![distinct]));
    assert_eq!(
        server.requests().iter().map(|seen| (seen.page, seen.limit)).collect::<Vec<_>>(),
        [(1, 100), (2, 100), (3, 100)]
    );
    assert!(server.received("marked-key"));
}

#[test]
fn a_deletion_ahead_of_the_reader_hides_a_row_from_him() {
    let server = Hostile::start(list(), |seen, list| {
        if seen.number == 2 {
            list.delete(0);
        }
        Reply::Page
    });
    let read: BTreeSet<String> = (1..=3).flat_map(|number| ids(&page(&server, number, 100))).collect();
    let populations = server.populations(&period());
    assert_eq!((read.len(), populations.len(), populations[1].len()), (239, 2, 239));
    assert!(!populations.contains(&read), "what was read was never the population");
}

#[test]
fn an_insertion_at_the_head_shows_a_row_twice() {
    let server = Hostile::start(list(), |_, list| {
        list.insert_at_head();
        Reply::Page
    });
    let read: Vec<String> = (1..=2).flat_map(|number| ids(&page(&server, number, 100))).collect();
    assert_eq!((read.len(), read.iter().collect::<BTreeSet<_>>().len()), (200, 199));
}

#[test]
fn reshuffled_ties_are_the_same_rows_in_another_order() {
    let server = Hostile::start(list(), |_, list| {
        list.reshuffle_ties();
        Reply::Page
    });
    let (first, second) = (ids(&page(&server, 1, 99)), ids(&page(&server, 1, 99)));
    assert_ne!(first, second);
    assert_eq!(first.iter().collect::<BTreeSet<_>>(), second.iter().collect::<BTreeSet<_>>());
    assert_eq!(server.populations(&period()).len(), 1);
}

#[test]
fn a_list_lies_as_it_is_asked_to() {
    let mut lying = list();
    (lying.cap, lying.lie, lying.drop_every, lying.ignore_page) = (50, -7, 10, true);
    let server = Hostile::quiet(lying);
    let body = page(&server, 3, 100);
    assert_eq!(
        (&body["meta"]["limit"], &body["meta"]["total"], &body["meta"]["page"]),
        (&50.into(), &233.into(), &1.into())
    );
    assert_eq!((ids(&body).len(), ids(&body)), (45, ids(&page(&server, 1, 100))));
}

#[test]
fn a_list_that_serves_one_page_for_all_can_say_that_it_is_another() {
    let mut lying = list();
    (lying.ignore_page, lying.echo_page) = (true, true);
    let server = Hostile::quiet(lying);
    let (first, third) = (page(&server, 1, 100), page(&server, 3, 100));
    assert_eq!((&first["data"], &third["meta"]["page"]), (&third["data"], &3.into()));
}

#[test]
fn answers_break_off_in_every_way() {
    let replies = [Reply::Reset, Reply::CutOff(100), Reply::Endless, Reply::Silent];
    for reply in replies {
        let reported = format!("{reply:?}");
        let server = Hostile::start(list(), move |_, _| reply.clone());
        assert!(get(&server, 1, 100).is_err(), "{reported}");
        assert_eq!(server.requests().len(), 1, "{reported}");
    }
}

#[test]
fn a_reset_is_one_and_not_a_quiet_end() {
    let server = Hostile::start(list(), |_, _| Reply::Reset);
    let address = server.base_url.trim_start_matches("http://").trim_end_matches("/v1");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /v1/batch-calls HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let end = stream.read(&mut [0; 16]).unwrap_err();
    assert_eq!(end.kind(), io::ErrorKind::ConnectionReset);
}

#[test]
fn other_answers_come_as_they_are_scripted() {
    let server = Hostile::start(list(), |seen, _| match seen.number {
        1 => Reply::too_many(Some("1".to_owned())),
        2 => Reply::error(503, "away"),
        3 => Reply::html(),
        _ => Reply::Late(Duration::from_millis(20)),
    });
    let statuses: Vec<u16> = (0..4).map(|_| get(&server, 1, 10).unwrap().0).collect();
    assert_eq!(statuses, [429, 503, 200, 200]);
}

#[test]
fn a_redirect_followed_is_seen_at_its_goal() {
    let bystander = Hostile::quiet(list());
    let goal = bystander.base_url.clone();
    let server = Hostile::start(list(), move |_, _| Reply::redirect(&goal));
    assert_eq!(get(&server, 1, 10).unwrap().0, 200);
    assert_eq!(bystander.requests().len(), 1);
}
