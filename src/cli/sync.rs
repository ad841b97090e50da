//! `sync`: one table a quarter for a warehouse, each proven complete, written anew only where its batches changed.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::{NaiveDate, Utc};
use serde_json::json;

use super::args::{Sync as SyncArgs, TableArg};
use super::gather::{Gathered, Gathering, Source, gather};
use super::progress::Progress;
use super::source::{self, Way};
use super::{Exit, Failure, atomic, output};
use crate::collect::Collected;
use crate::period::{Period, Quarter};
use crate::render::{ndjson, parquet};
use crate::report::{AuditReport, Origin};

mod ledger;

use ledger::{Entry, Ledger};

/// A quarter as it is in the folder now.
struct Kept {
    entry: Entry,
    /// Whether it was written by this run.
    written: bool,
}

/// Runs the subcommand.
pub fn run(args: &SyncArgs) -> Result<Exit, Failure> {
    let (source, _sample) = source::open(&Way {
        sample: args.access.sample,
        form: args.access.form,
        base_url: &args.access.base_url,
        key_file: args.access.api_key_file.as_deref(),
        key_source: args.access.key_source.as_ref(),
    })?;
    fs::create_dir_all(&args.to).map_err(|error| failed("make the folder", &args.to, &error))?;
    let ledger = Ledger::open(args, &source)?;
    let gathered = gathered(args, &source)?;
    let Gathered { collected, counts, info, traffic, evidence, partial } = gathered;
    let origin = Origin::of_run(&info, traffic, evidence);
    let mut all = Vec::new();
    for (quarter, collected) in quarters(args, collected)? {
        let period = Period::of_quarter(quarter, args.fiscal_year_start, args.timezone)?;
        let place = ledger::place(quarter, args.format);
        if collected.batches.is_empty() && !args.to.join(&place).exists() {
            continue;
        }
        let report = AuditReport::of_collection(&period, collected, &counts, origin.clone())?;
        all.push(keep(args, &place, &report)?);
    }
    ledger.keep(&args.to, all.iter().map(|kept| &kept.entry))?;
    partial.remove().map_err(|error| failed("remove", &partial.evidence(), &error))?;
    tell(args, &all)?;
    Ok(Exit::Done)
}

/// Collects from the first quarter to the end of the present one, and counts calls.
fn gathered(args: &SyncArgs, source: &Source) -> Result<Gathered, Failure> {
    let first = first_day(args)?;
    let present = Quarter::of_day(Utc::now().with_timezone(&args.timezone).date_naive(), args.fiscal_year_start);
    let (_, after) = present.days(args.fiscal_year_start)?;
    let period = Period::of_range(first, after, args.timezone)?;
    let gathering = Gathering {
        out: args.to.clone(),
        force: false,
        draft: false,
        workspace: args.access.workspaces.workspace.clone(),
        settled: args.access.workspaces.settled.clone(),
        assurance: args.assurance.into(),
        concurrency: usize::from(args.concurrency),
        call_totals: args.call_totals.into(),
        max_wait: args.access.max_wait,
    };
    let progress = Arc::new(Progress::new(args.access.quiet));
    let gathered = gather(&gathering, &[&period], "sync", source, &progress)?;
    if let Err(refusal) = &gathered.collected.proof {
        let failure: Failure = refusal.clone().into();
        return Err(failure.with_evidence(&gathered.partial));
    }
    Ok(gathered)
}

/// The first day of the first quarter: of one that the tables are cut by, so that no table holds a part of its quarter.
fn first_day(args: &SyncArgs) -> Result<NaiveDate, Failure> {
    let Some(since) = args.since else { return Ok(NaiveDate::default()) };
    let (first, _) = since.days(args.fiscal_year_start)?;
    let cut = Quarter::of_day(first, args.fiscal_year_start);
    if cut.days(args.fiscal_year_start)?.0 == first {
        return Ok(first);
    }
    let words = format!("--since {since} begins inside {cut}; with this fiscal year, write --since {cut}");
    Err(Failure::new(Exit::Usage, words))
}

/// The collection cut into quarters, oldest first, from the first that has batches, or a file from an earlier run, on.
fn quarters(args: &SyncArgs, collected: Collected) -> Result<Vec<(Quarter, Collected)>, Failure> {
    let of = |instant: chrono::DateTime<Utc>| {
        Quarter::of_day(instant.with_timezone(&args.timezone).date_naive(), args.fiscal_year_start)
    };
    let start = of(collected.range.start);
    let mut quarter = of(collected.range.end);
    let mut parts = Vec::new();
    let mut rest = collected;
    let mut batches = std::mem::take(&mut rest.batches);
    let known = ledger::quarters(&args.to, args.format);
    loop {
        let period = Period::of_quarter(quarter, args.fiscal_year_start, args.timezone)?;
        let place = batches.partition_point(|batch| batch.created_at < period.start());
        parts.push((quarter, Collected { batches: batches.split_off(place), ..rest.clone() }));
        let older = known.iter().any(|name| *name < quarter.to_string());
        if quarter == start || (batches.is_empty() && !older) {
            break;
        }
        quarter = quarter.before();
    }
    parts.reverse();
    Ok(parts)
}

/// Writes the quarter's table where it is not there with the very same bytes.
fn keep(args: &SyncArgs, place: &str, report: &AuditReport) -> Result<Kept, Failure> {
    let path = args.to.join(place);
    let unwritable = |error: &dyn std::fmt::Display| Failure::new(Exit::Local, error);
    let bytes = match args.format {
        TableArg::Parquet => parquet::lasting(report).map_err(|error| unwritable(&error))?,
        TableArg::Ndjson => ndjson::ndjson(report).map_err(|error| unwritable(&error))?,
    };
    let written = fs::read(&path).ok().as_ref() != Some(&bytes);
    if written {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| failed("make the folder", folder, &error))?;
        }
        atomic::replace(&path, &bytes).map_err(|error| failed("write", &path, &error))?;
    }
    Ok(Kept { entry: Entry::of(place, report, &bytes), written })
}

fn tell(args: &SyncArgs, all: &[Kept]) -> Result<(), Failure> {
    let mut written = all.iter().filter(|kept| kept.written);
    if args.json {
        let quarter = |kept: &Kept| json!({ "written": kept.written, "quarter": kept.entry });
        let quarters: Vec<_> = all.iter().map(quarter).collect();
        return output::result(&format!("{:#}", json!({ "folder": args.to, "quarters": quarters })));
    }
    if !args.access.quiet {
        let rows: u64 = all.iter().map(|kept| kept.entry.rows()).sum();
        output::say(&format!(
            "{rows} batches in {} quarters, {} of them written: proven complete",
            all.len(),
            written.clone().count()
        ));
    }
    written.try_for_each(|kept| output::result(&args.to.join(kept.entry.file()).display().to_string()))
}

fn failed(doing: &str, path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Local, format_args!("cannot {doing} `{}`: {error}", path.display()))
}
