//! What a register costs: memory that grows with its rows, by no more than a batch and its id take, whatever is made of it.

#![cfg(target_os = "linux")]

use std::time::Duration;

use crate::harness::Place;
use crate::hostile::{Hostile, List};

/// A row of a debug build takes as much as one of a release build.
const MOST: u64 = 500;

/// The most memory that `report` over so many batches ever held, in bytes.
fn peak(batches: usize) -> u64 {
    let range = "2024-01-01T00:00:00Z".parse().unwrap().."2024-04-01T00:00:00Z".parse().unwrap();
    let (server, place) = (Hostile::quiet(List::spread(batches, range, 5)), Place::new());
    let formats = "csv,html,pdf,ndjson,parquet,xlsx";
    let arguments = ["report", "--quarter", "2024-Q1", "--base-url", &server.base_url, "--format", formats];
    // Neither the rows that are printed nor those of the page: both have bounds of their own.
    let mut running =
        place.run(&[&arguments[..], &["--pdf-rows", "0", "--html-budget", "300kB"]].concat()).key("any").start();
    let status = format!("/proc/{}/status", running.id());
    let mut most = 0;
    while running.wait(Duration::from_millis(10)).is_none() {
        let reported = std::fs::read_to_string(&status).unwrap_or_default();
        let line = reported.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        most = most.max(kilobytes.unwrap_or(0) << 10);
    }
    running.finished().expect(0);
    most
}

#[test]
fn a_batch_more_costs_its_own_memory_and_nothing_for_the_files_it_stands_in() {
    let (few, many) = (20_000, 80_000);
    let (less, more) = (peak(few), peak(many));
    let each = more.saturating_sub(less) / (many - few) as u64;
    println!("{few} batches: {less} bytes, {many}: {more}, {each} for each more");
    // Made in memory before they were written, the files alone would take 1,500.
    assert!(each <= MOST, "{each} bytes a batch: {less} bytes for {few}, {more} for {many}");
}
