//! `sync`: one table a quarter for a warehouse.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Utc;
use serde_json::json;

use super::args::{DescribeArg, Sync as SyncArgs};
use super::deliver::{self, Deliveries, With};
use super::log::{self, Level};
use super::metrics::{Of, Record, recorded};
use super::packages::fiscal_year_start;
use super::progress::Progress;
use super::source::{self, ApiWay};
use super::{Exit, Failure, arguments, foreign, interrupt, keys, output};
use crate::batch::rfc3339;
use crate::figures::Grouping;
use crate::run::sync::{
    self, Folder, KeptTable, Outside, PACKAGES, QuarterPackages, RestatedQuarter, Stray, Synced, Tables,
};
use crate::run::{ApiSource, Gathering, Listener, PackagesError};

mod describe;

/// Runs the subcommand.
pub fn run(args: &SyncArgs) -> Result<Exit, Failure> {
    if let Some(DescribeArg::Dbt) = args.describe {
        // A dbt project lies elsewhere.
        let folder = std::path::absolute(&args.to).unwrap_or_else(|_| args.to.clone());
        output::result(describe::dbt(&folder, args.format.into()).trim_end())?;
        return Ok(Exit::Done);
    }
    let of = Of { command: "sync", workspace: args.access.workspaces.workspace.as_deref() };
    recorded(args.metrics_file.as_deref(), of, |exit| *exit, |record| kept(args, record))
}

fn kept(args: &SyncArgs, record: &Record) -> Result<Exit, Failure> {
    let (source, _sample) = source::open(&ApiWay {
        sample: args.access.sample,
        form: args.access.form,
        base_url: &args.access.base_url,
        key_file: args.access.api_key_file.as_deref(),
        key_source: args.access.key_source.as_ref(),
    })?;
    let tables = Tables {
        to: args.to.clone(),
        format: args.format.into(),
        since: args.since,
        timezone: args.timezone,
        fiscal_year_start: fiscal_year_start(args.fiscal_year_start, args.since.into_iter())?,
    };
    let gathering = Gathering {
        out: args.to.clone(),
        force: false,
        finishes: false,
        draft: false,
        workspace: args.access.workspaces.workspace.clone(),
        arguments: arguments(&args.access.workspaces),
        assurance: args.assurance.into(),
        concurrency: usize::from(args.concurrency),
        call_totals: args.call_totals.into(),
        max_wait: args.access.max_wait,
    };
    let packages = args.packages.then(|| packages(args, &source)).transpose()?;
    let targets = deliver::targets(&args.access.deliver, args.access.sample || packages.is_none())?;
    let folder = Folder::open(&tables, &source, || output::say("waiting for another sync into this folder to end"))?;
    interrupt::is_heard_elsewhere();
    let progress = Arc::new(Progress::new(args.access.quiet));
    record.follow(&progress);
    let listener: Arc<dyn Listener> = progress;
    let mut synced = folder.keep(&gathering, &source, &listener, packages)?;
    record.tables(&synced);
    let workspace = args.access.workspaces.workspace.as_deref();
    let with = With { font_dir: None, workspace, to: &[], quiet: args.access.quiet };
    let delivered = deliver::all(synced.packages.written.iter().map(PathBuf::as_path), targets, with);
    print(args, &synced, &delivered)?;
    if let Some(failure) = synced.packages.failure.take() {
        delivered.complain();
        return Err(unpackaged(failure, &args.to));
    }
    delivered.end()?;
    let restated = synced.restated.iter().any(RestatedQuarter::was_closed);
    Ok(if restated && args.fail_on_restatement { Exit::Differs } else { Exit::Done })
}

/// The packages that are wanted, and who signs them.
fn packages(args: &SyncArgs, source: &ApiSource) -> Result<QuarterPackages<'static>, Failure> {
    let list = if source.sample { "the sample API".to_owned() } else { source.endpoint.batch_calls() };
    Ok(QuarterPackages {
        wanted: QuarterPackages::wanted(&args.to, list),
        identity: keys::identity(args.identity.as_deref(), Utc::now())?,
        notify: &output::say,
    })
}

/// Why not every closed quarter has its package.
fn unpackaged(failure: PackagesError, tables: &Path) -> Failure {
    let remedy = sync::remedy(&failure);
    let failure =
        Failure::from(failure).noting(format!("The tables in `{}` are written all the same.", tables.display()));
    match remedy {
        Some(remedy) => failure.with_remedy(remedy),
        None => failure,
    }
}

fn print(args: &SyncArgs, synced: &Synced, delivered: &Deliveries) -> Result<(), Failure> {
    let all = &synced.quarters;
    synced.notes.iter().for_each(|note| output::say(&format!("note: {note}")));
    say_outside(&synced.outside);
    synced.restated.iter().for_each(say_restated);
    say_superseded(args, synced);
    let mut written = all.iter().filter(|kept| kept.written);
    if args.json {
        let quarter = |kept: &KeptTable| json!({ "written": kept.written, "quarter": kept.entry });
        let quarters: Vec<_> = all.iter().map(quarter).collect();
        return output::json(&json!({
            "workspace": args.access.workspaces.workspace, "folder": args.to, "quarters": quarters, "outside": synced.outside, "restated": synced.restated,
            "packages": synced.packages.written, "deliveries": delivered.to_json(), "notes": synced.notes,
        }));
    }
    if !args.access.quiet {
        let grouping = Grouping::default();
        let rows: u64 = all.iter().map(|kept| kept.entry.rows()).sum();
        output::say(&format!(
            "{} in {}, {} written: proven complete{}",
            grouping.batches(rows),
            grouping.count(all.len() as u64, "quarter", "quarters"),
            grouping.grouped(written.clone().count() as u64),
            if synced.outside.is_empty() { "" } else { " but for the batches named above" },
        ));
    }
    written.try_for_each(|kept| output::result(&foreign::path(&args.to.join(kept.entry.file()))))?;
    synced.packages.written.iter().try_for_each(|package| output::result(&foreign::path(package)))
}

/// How many batches of a kind are named one by one; `sync.json` names all.
const NAMED: usize = 20;

/// Says which batches of the list are in no table, also where few words are wanted: nothing is left out silently.
fn say_outside(outside: &Outside) {
    let kinds = [
        (&outside.before_1970, "dated before 1970 and in no table"),
        (&outside.in_the_future, "dated in the future and in no table until then"),
    ];
    for (strays, what) in kinds.into_iter().filter(|(strays, _)| !strays.is_empty()) {
        let name = |stray: &Stray| format!("{} ({})", output::shown(&stray.batch_id), rfc3339(stray.created_at));
        let names: Vec<String> = strays.iter().take(NAMED).map(name).collect();
        let more = strays.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more, in sync.json") } else { String::new() };
        let are = if strays.len() == 1 { "batch of the list is" } else { "batches of the list are" };
        output::say(&format!("note: {} {are} {what}: {}{more}", strays.len(), names.join(", ")));
    }
}

/// Says which packages state a quarter as it was before.
fn say_superseded(args: &SyncArgs, synced: &Synced) {
    for restated in synced.restated.iter().filter(|restated| args.packages && restated.was_closed()) {
        let package = args.to.join(PACKAGES).join(format!("batch-audit-{}", restated.quarter));
        if package.exists() && !synced.packages.written.contains(&package) {
            output::say(&format!(
                "note: the package `{}` states {} as it was before; report --supersedes makes the one that follows it",
                foreign::path(&package),
                restated.quarter
            ));
        }
    }
}

/// Says what a quarter was stated as before and is now, also where few words are wanted.
fn say_restated(restated: &RestatedQuarter) {
    if log::is_json() {
        return log::event(Level::Warn, "restated", json!({ "message": restated.words(), "restated": restated }));
    }
    let grouping = Grouping::default();
    let step =
        |before: Option<u64>, after: Option<u64>| format!("{} -> {}", grouping.figure(before), grouping.figure(after));
    let (before, after) = (&restated.before, &restated.after);
    output::say(&restated.words());
    output::say(&format!(
        "  batches {}; total calls {}; completed {}; failed {}",
        step(Some(before.batches), Some(after.batches)),
        step(before.total_calls, after.total_calls),
        step(before.completed_calls, after.completed_calls),
        step(before.failed_calls, after.failed_calls),
    ));
    if !restated.vanished_ids.is_empty() {
        let names: Vec<String> = restated.vanished_ids.iter().map(|id| output::shown(id)).collect();
        let more = restated.vanished - restated.vanished_ids.len() as u64;
        let more = if more > 0 { format!(" and {} more", grouping.grouped(more)) } else { String::new() };
        output::say(&format!("  vanished: {}{more}", names.join(", ")));
    }
}
