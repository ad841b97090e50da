//! `report`: collects, reports, signs, writes. Everything that can be refused is refused before the API is asked.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use super::args::{QuarterArg, Report as ReportArgs};
use super::deliver::{self, Deliveries, With};
use super::exec::{self, Exec};
use super::metrics::{Of, Record, recorded};
use super::packages::{MadeFrom, periods, prepare, print, result};
use super::progress::Progress;
use super::source::{self, ApiWay};
use super::{Exit, Failure, arguments, interrupt, output};
use crate::collect::Refusal;
use crate::figures::Grouping;
use crate::findings::span;
use crate::period::Period;
use crate::report::Standing;
use crate::run::deliver::Target;
use crate::run::packages::Written;
use crate::run::{ApiSource, GatherError, Gathered, Gathering, Listener, Packages, Partial, gather};
use crate::sample::SampleApi;

/// Runs the subcommand.
pub fn run(args: &ReportArgs) -> Result<Exit, Failure> {
    let of = Of { command: "report", workspace: args.workspaces.workspace.as_deref() };
    recorded(args.metrics_file.as_deref(), of, |exit| *exit, |record| made(args, record))
}

fn made(args: &ReportArgs, record: &Record) -> Result<Exit, Failure> {
    let targets = deliver::targets(&args.deliver, args.sample)?;
    let (source, _sample) = source(args)?;
    let periods = periods(&args.period)?;
    let partial = Partial::new(&args.package.out, &slug(&periods.iter().collect::<Vec<_>>())?);
    let list = if source.sample { "the sample API".to_owned() } else { source.endpoint.batch_calls() };
    let packages = prepare(&args.package, periods, MadeFrom { source: Some(list), evidence: partial.evidence() })?;
    let existing = packages.existing().to_vec();
    if packages.is_empty() {
        if packages.finishes() {
            // A run that was killed left it.
            partial.discard().map_err(|error| Failure::of(Exit::Local, &error))?;
        }
        return finish(args, (existing, targets), &source, &[]);
    }
    let gathered = gathered(args, &packages, &source, record)?;
    check_clock(args, &gathered)?;
    let origin = gathered.origin();
    let evidence = gathered.partial.evidence();
    let written = packages
        .write((gathered.collected, &gathered.counts), &origin, &evidence, &output::say)
        .map_err(|error| Failure::from(error).with_evidence(&evidence))?;
    if let Err(error) = gathered.partial.remove() {
        output::say(&format!("The packages are whole, but what is no longer needed stays: {error}"));
    }
    record.packages(&written);
    finish(args, (existing, targets), &source, &written)
}

/// Delivers what was written, and what a run before this one wrote; says so; runs the user's command.
fn finish(
    args: &ReportArgs,
    (existing, targets): (Vec<PathBuf>, &[Target]),
    source: &ApiSource,
    written: &[Written],
) -> Result<Exit, Failure> {
    // A draft has the name of the report that is still to come.
    let finished = written.iter().filter(|written| written.report.standing != Standing::Draft);
    let folders = existing.iter().chain(finished.map(|written| &written.folder));
    let workspace = args.workspaces.workspace.as_deref();
    let with = With { font_dir: args.package.font_dir.as_deref(), workspace, to: &[], quiet: args.package.quiet };
    let delivered = deliver::all(folders.map(PathBuf::as_path), targets, with);
    let end = print(&args.package, written, &delivered);
    let end = end.and_then(|end| run_command(args, source, written, &delivered).map(|()| end));
    match end {
        Err(failure) => {
            delivered.complain();
            Err(failure)
        }
        Ok(end) => delivered.end().map(|()| end),
    }
}

/// Runs the user's command, which gets the result. The packages stay, whatever comes of it.
fn run_command(
    args: &ReportArgs,
    source: &ApiSource,
    written: &[Written],
    delivered: &Deliveries,
) -> Result<(), Failure> {
    let Some(command) = args.exec.clone().filter(|_| !written.is_empty()) else { return Ok(()) };
    let whole = |failure| written.iter().fold(failure, |failure: Failure, one| failure.with_package(&one.folder));
    let interrupted = Failure::new(Exit::Local, "interrupted while the command of --exec was running");
    interrupt::ends_the_process(whole(interrupted));
    let exec = Exec { command, limit: args.exec_timeout };
    let dress = |command: &mut Command| {
        exec::without_key(command, &source.key);
        // Standard output carries the result alone.
        command.stdout(std::io::stderr());
    };
    exec.run(&result(written, delivered).to_string(), dress).map_err(|why| {
        let failure = Failure::new(Exit::Local, format_args!("the command of --exec {why}"));
        whole(
            failure.with_remedy("run that command by itself: it gets what --json prints; another report is not needed"),
        )
    })
}

/// Which quarter is the present one was decided by this machine's clock, which must not be far from the API's then.
fn check_clock(args: &ReportArgs, gathered: &Gathered) -> Result<(), Failure> {
    let by_clock = args.period.quarter.iter().any(|quarter| !matches!(quarter, QuarterArg::Named(_)));
    let Some(ahead) = gathered.traffic.clocks_apart().filter(|_| by_clock) else { return Ok(()) };
    let direction = if ahead > chrono::TimeDelta::zero() { "behind" } else { "ahead of" };
    let words = format!(
        "which quarter is last or current is not certain: this machine's clock is {} {direction} the API's",
        span(ahead.abs())
    );
    let failure = Failure::new(Exit::Usage, words).with_remedy("set this machine's clock, or name the quarter itself");
    Err(failure.with_evidence(&gathered.partial.evidence()))
}

/// The API, and the sample API that serves as long as it is not dropped.
pub fn source(args: &ReportArgs) -> Result<(ApiSource, Option<SampleApi>), Failure> {
    source::open(&ApiWay {
        sample: args.sample,
        form: args.form,
        base_url: &args.base_url,
        key_file: args.api_key_file.as_deref(),
        key_source: args.key_source.as_ref(),
    })
}

/// One collection for all periods: the range from the first to the last. A refusal is a failure unless a draft is wanted.
fn gathered(args: &ReportArgs, packages: &Packages, source: &ApiSource, record: &Record) -> Result<Gathered, Failure> {
    let periods = &packages.to_gather().collect::<Vec<_>>();
    let slug = slug(periods)?;
    interrupt::is_heard_elsewhere();
    let progress = Arc::new(Progress::new(args.package.quiet));
    record.follow(&progress);
    let listener: Arc<dyn Listener> = Arc::<Progress>::clone(&progress);
    let gathered = gather(&gathering(args, packages.finishes()), periods, &slug, source, &listener)?;
    let (collected, traffic) = (&gathered.collected, gathered.traffic);
    let grouping = Grouping::from(args.package.grouping);
    match &collected.proof {
        Err(refusal @ Refusal::NotBegun { .. }) => {
            // Nothing was read that anybody could use.
            let _ = gathered.partial.remove();
            return Err(refusal.clone().into());
        }
        Err(refusal) if !args.package.draft || matches!(refusal, Refusal::Defect(_)) => {
            return Err(Failure::from(refusal.clone()).with_evidence(&gathered.partial.evidence()));
        }
        proof => progress.done(&format!(
            "Read {}, {} of them in the range; {} ({} repeated), {}: {}",
            grouping.batches(collected.tally.distinct),
            grouping.grouped(collected.batches.len() as u64),
            grouping.count(traffic.requests, "request", "requests"),
            grouping.grouped(traffic.retries),
            grouping.count(collected.tally.readings, "reading", "readings"),
            if proof.is_ok() { "tied out" } else { "NOT ESTABLISHED" },
        )),
    }
    Ok(gathered)
}

/// What the collection of these periods is called.
fn slug(periods: &[&Period]) -> Result<String, Failure> {
    match (periods.iter().min_by_key(|period| period.start()), periods.iter().max_by_key(|period| period.end())) {
        (Some(only), Some(_)) if periods.len() == 1 => Ok(only.slug().to_owned()),
        (Some(first), Some(last)) => Ok(format!("{}_{}", first.slug(), last.slug())),
        _ => Err(GatherError::NoPeriod.into()),
    }
}

fn gathering(args: &ReportArgs, finishes: bool) -> Gathering {
    Gathering {
        out: args.package.out.clone(),
        force: args.package.force,
        finishes,
        draft: args.package.draft,
        workspace: args.workspaces.workspace.clone(),
        arguments: arguments(&args.workspaces),
        assurance: args.assurance.into(),
        concurrency: usize::from(args.concurrency),
        call_totals: args.call_totals.into(),
        max_wait: args.max_wait,
    }
}
