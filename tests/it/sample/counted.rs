//! The program's totals over the workspace beside those of `tests/count_samples.py`.

use std::collections::BTreeMap;
use std::process::Command;

use dialnexa_audit::batch::{ApiForm, Batch, rfc3339};
use dialnexa_audit::period::{FiscalYearStart, Period, zone};
use dialnexa_audit::report::hash_total;
use dialnexa_audit::sample::batches;
use dialnexa_audit::totals::{Sums, Totals};
use serde::Deserialize;

use super::FORMS;

/// What the script prints.
#[derive(Debug, PartialEq, Deserialize)]
struct Count {
    start: String,
    end: String,
    batches: usize,
    by_status: BTreeMap<String, Sums>,
    all: Sums,
    hash_total: String,
}

/// The script's count; `None` where there is no Python to run it.
#[allow(clippy::print_stderr)]
fn by_script(quarter: &str, timezone: &str, fiscal_start: u32, form: ApiForm) -> Option<Count> {
    let mut python = Command::new("python3");
    python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/count_samples.py"));
    python.args(["--quarter", quarter, "--timezone", timezone, "--form", form.as_str()]);
    python.args(["--fiscal-year-start", &fiscal_start.to_string()]);
    let output = match python.output() {
        Ok(output) => output,
        Err(error) => {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "python3 is needed: {error}");
            eprintln!("skipped: python3 not installed");
            return None;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn by_program(quarter: &str, timezone: &str, fiscal_start: u32, form: ApiForm) -> Count {
    let start = FiscalYearStart::new(fiscal_start).unwrap();
    let period = Period::of_quarter(quarter.parse().unwrap(), start, zone(timezone).unwrap()).unwrap();
    let inside: Vec<Batch> = batches(form).unwrap().into_iter().filter(|b| period.contains(b.created_at)).collect();
    let totals = Totals::over(&inside).unwrap();
    let instant = |at| rfc3339(at).replace(".000Z", "+00:00");
    Count {
        start: instant(period.start()),
        end: instant(period.end()),
        batches: inside.len(),
        by_status: totals.by_status.into_iter().map(|entry| (entry.status.to_string(), entry.sums)).collect(),
        all: totals.all,
        hash_total: hash_total(inside.iter().map(|batch| &*batch.id)),
    }
}

#[test]
fn totals_are_those_that_an_independent_script_counts() {
    let periods = [
        ("2024-Q1", "UTC", 1),
        ("2024-Q1", "Asia/Kolkata", 1),
        ("FY2024-Q3", "UTC", 4),
        ("FY2024-Q4", "Asia/Kolkata", 4),
        ("2023-Q3", "America/New_York", 1),
        ("2024-Q4", "UTC", 1),
        ("2030-Q1", "UTC", 1),
    ];
    for (quarter, timezone, start) in periods {
        for form in FORMS {
            let Some(script) = by_script(quarter, timezone, start, form) else { return };
            assert_eq!(script, by_program(quarter, timezone, start, form), "{quarter} {timezone} {start} {form}");
        }
    }
}

#[test]
fn the_zone_makes_a_difference_in_this_workspace() {
    let [utc, kolkata] = ["UTC", "Asia/Kolkata"].map(|zone| by_program("2024-Q1", zone, 1, ApiForm::Leads));
    assert_ne!((utc.batches, utc.hash_total), (kolkata.batches, kolkata.hash_total));
}
