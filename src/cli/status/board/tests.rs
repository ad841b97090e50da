//! The board fits, whatever the batches hold.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::batch::ApiForm;

fn at() -> DateTime<Utc> {
    "2024-03-31T10:00:00Z".parse().unwrap()
}

fn batch(name: &str, status: &str, figures: [Option<u64>; 3]) -> Batch {
    let [total_calls, completed_calls, failed_calls] = figures;
    Batch {
        id: "b1".into(),
        name: Some(name.into()),
        status: Status::new(status),
        created_at: at(),
        total_calls,
        completed_calls,
        failed_calls,
        agent_id: None,
        form: ApiForm::Leads,
        extra: None,
    }
}

fn board(batches: Vec<Batch>, paint: Paint) -> Vec<String> {
    let recent = Recent { as_of: at(), since: at() - TimeDelta::days(7), batches, notes: Vec::new() };
    lines(&recent, &Heading { of: "acme".to_owned(), days: 7, statuses: &[] }, &paint)
}

const PLAIN: Paint = Paint { width: 80, rows: None, colour: false, blocks: false };

#[test]
fn a_batch_is_shown_with_its_bar_and_its_figures() {
    let lines = board(vec![batch("Spring", "processing", [Some(200), Some(100), Some(50)])], PLAIN);
    assert_eq!(lines[0], "acme · last 7 days · 2024-03-31T10:00:00Z");
    assert_eq!(lines[1], "1 batch: 1 processing");
    assert!(lines[3].starts_with("03-31 10:00 Spring "), "{}", lines[3]);
    assert!(lines[3].ends_with(" processing ######xxx...  75.0%  100     50   200"), "{}", lines[3]);
}

#[test]
fn what_is_not_reported_is_said_and_never_drawn_as_nothing() {
    let lines = board(vec![batch("x", "paused", [Some(200), None, None])], PLAIN);
    assert!(lines[3].contains(" not reported ") && lines[3].ends_with("n/r    n/r   200"), "{}", lines[3]);
    let lines = board(vec![batch("x", "paused", [Some(10), Some(20), Some(1)])], PLAIN);
    assert!(lines[3].contains(">100"), "{}", lines[3]);
}

#[test]
fn one_failed_call_of_a_million_is_seen() {
    let lines = board(vec![batch("x", "completed", [Some(1_000_000), Some(999_999), Some(1)])], PLAIN);
    assert!(lines[3].contains("###########x 100.0%"), "{}", lines[3]);
}

#[test]
fn a_board_of_more_batches_than_rows_says_so() {
    let many = vec![batch("x", "failed", [None; 3]); 50];
    let lines = board(many, Paint { rows: Some(24), ..PLAIN });
    assert!(lines.len() < 24 && lines.iter().any(|line| line == "... and 32 more"), "{lines:#?}");
}

fn bare(line: &str) -> String {
    regex::Regex::new("\x1b\\[[0-9]+m").unwrap().replace_all(line, "").into_owned()
}

proptest! {
    #[test]
    fn from_80_columns_on_no_line_is_wider_than_there_is_room(
        names in prop::collection::vec(("\\PC{0,60}|.{0,60}", "[a-z_]{1,20}", any::<[Option<u32>; 3]>()), 0..12),
        width in 80usize..200,
        colour: bool,
        blocks: bool,
    ) {
        let batches = names.iter().map(|(name, status, figures)| batch(name, status, figures.map(|figure| figure.map(u64::from))));
        let lines = board(batches.collect(), Paint { width, rows: None, colour, blocks });
        for line in &lines {
            let bare = bare(line);
            prop_assert!(columns(&bare) <= width, "{} columns of {width}: {bare}", columns(&bare));
            prop_assert!(colour || bare == *line);
            prop_assert!(!bare.contains(char::is_control));
        }
    }
}
