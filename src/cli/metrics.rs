//! What a run reports of itself to a monitoring system: a file in Prometheus text format, as the node exporter's textfile collector
//! reads it. The file is replaced whole. A run that fails says so in it, and leaves what it says of the last success.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};

use super::progress::Progress;
use super::requests::Spent;
use super::{Exit, Failure};
use crate::durable;
use crate::findings::Severity;
use crate::run::packages::Written;
use crate::run::sync::Synced;

mod text;

use text::{Samples, Subject};

/// What a run states of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stated {
    period: String,
    standing: &'static str,
    batches: u64,
    /// Per severity; `None` where the command has no findings.
    findings: Option<Vec<(Severity, u64)>>,
    /// `None` where nothing was stated before.
    restated: Option<u64>,
}

/// What comes to be known of a run while it goes on.
#[derive(Debug, Default)]
pub struct Record {
    progress: RefCell<Option<Arc<Progress>>>,
    spent: RefCell<Spent>,
    stated: RefCell<Vec<Stated>>,
    events: RefCell<Option<u64>>,
}

impl Record {
    /// The requests are those that this counts.
    pub fn follow(&self, progress: &Arc<Progress>) {
        self.progress.replace(Some(Arc::clone(progress)));
    }

    /// So much was spent.
    pub fn spent(&self, spent: Spent) {
        self.spent.replace(spent);
    }

    /// So many events were reported.
    pub fn events(&self, count: usize) {
        self.events.replace(Some(count as u64));
    }

    /// These packages were written.
    pub fn packages(&self, written: &[Written]) {
        let stated = written.iter().map(|Written { report, .. }| {
            let of = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count() as u64;
            Stated {
                period: report.period.slug.clone(),
                standing: report.standing.as_str(),
                batches: report.totals.all.batches,
                findings: Some(Severity::ALL.map(|severity| (severity, of(severity))).to_vec()),
                restated: report.supersedes.as_ref().map(|old| old.restatement.batches_changed() as u64),
            }
        });
        self.stated.replace(stated.collect());
    }

    /// These tables are there now.
    pub fn tables(&self, synced: &Synced) {
        let restated = |quarter: &str| {
            let changed = |one: &crate::run::sync::RestatedQuarter| one.batches_changed();
            synced.restated.iter().filter(|one| one.quarter == quarter).map(changed).sum()
        };
        let stated = synced.quarters.iter().map(|kept| Stated {
            period: kept.entry.quarter.clone(),
            standing: kept.entry.standing.as_str(),
            batches: kept.entry.rows(),
            findings: None,
            restated: Some(restated(&kept.entry.quarter)),
        });
        self.stated.replace(stated.collect());
    }

    fn spent_so_far(&self) -> Spent {
        self.progress.borrow().as_ref().map_or(*self.spent.borrow(), |progress| progress.spent())
    }
}

/// Whose metrics these are.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// The subcommand.
    pub command: &'static str,
    /// The workspace, where one is named.
    pub workspace: Option<&'a str>,
}

/// Runs `command`, and keeps the metrics of it in `file` where one is wanted. `exit` gives the status of what it returns.
///
/// # Errors
/// Those of the command; where it has none, that the file cannot be written. A file that is not of this command and workspace is
/// refused before the command is run.
pub fn recorded<T>(
    file: Option<&Path>,
    of: Of<'_>,
    exit: impl Fn(&T) -> Exit,
    command: impl FnOnce(&Record) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let (record, began) = (Record::default(), Instant::now());
    let Some(path) = file else { return command(&record) };
    let subject = Subject { command: of.command, workspace: of.workspace };
    let mut samples = earlier(path, subject)?;
    // A run that is killed can say nothing any more: the attempt is there from its beginning.
    samples.set(text::LAST_ATTEMPT, moment(Utc::now()));
    write(path, &samples)?;
    let end = command(&record);
    // Another run may have ended in the meantime.
    let mut samples = earlier(path, subject).ok().filter(|now| !now.is_empty()).unwrap_or(samples);
    let status = end.as_ref().map_or_else(|failure| failure.exit, exit);
    samples.set(text::RUN_SECONDS, seconds(began.elapsed().as_secs_f64()));
    ended(&mut samples, &record, status, end.is_ok());
    match (end, write(path, &samples)) {
        (Ok(_), Err(failure)) => Err(failure),
        (Err(failure), Err(unwritten)) => Err(failure.noting(unwritten.to_string())),
        (end, Ok(())) => end,
    }
}

/// Puts the end of a run in. What the file says of the last success stays where this is none.
fn ended(samples: &mut Samples, record: &Record, status: Exit, is_whole: bool) {
    let succeeded = is_whole && matches!(status, Exit::Done | Exit::Differs);
    let Spent { requests, retries, waited } = record.spent_so_far();
    samples.set(text::SUCCESS, u8::from(succeeded).to_string());
    samples.set(text::EXIT_STATUS, (status as u8).to_string());
    samples.set(text::REQUESTS, requests.to_string());
    samples.set(text::RETRIES, retries.to_string());
    samples.set(text::WAITED, seconds(waited));
    if !succeeded {
        return;
    }
    samples.set(text::LAST_SUCCESS, moment(Utc::now()));
    if let Some(events) = *record.events.borrow() {
        samples.set(text::EVENTS, events.to_string());
    }
    let stated = record.stated.borrow();
    // Where every package was there already, they are what was stated before.
    if !stated.is_empty() {
        figures(samples, &stated);
    }
}

fn figures(samples: &mut Samples, stated: &[Stated]) {
    [text::STANDING, text::BATCHES, text::FINDINGS, text::RESTATED].iter().for_each(|family| samples.clear(family));
    for Stated { period, standing, batches, findings, restated } in stated {
        let period = ("period", period.as_str());
        samples.add(text::STANDING, &[period, ("standing", standing)], "1".to_owned());
        samples.add(text::BATCHES, &[period], batches.to_string());
        for (severity, count) in findings.iter().flatten() {
            samples.add(text::FINDINGS, &[period, ("severity", severity.as_str())], count.to_string());
        }
        if let Some(restated) = restated {
            samples.add(text::RESTATED, &[period], restated.to_string());
        }
    }
}

fn earlier(path: &Path, subject: Subject<'_>) -> Result<Samples, Failure> {
    let failed = |why: String, remedy| {
        let words = format!("cannot keep metrics in `{}`: {why}", path.display());
        Err(Failure::new(Exit::Usage, words).with_remedy(remedy))
    };
    match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Samples::new(subject)),
        Err(error) => failed(error.to_string(), "name another file by --metrics-file"),
        Ok(bytes) => match Samples::read(&String::from_utf8_lossy(&bytes), subject) {
            Ok(samples) => Ok(samples),
            Err(why) => failed(why.to_owned(), "give each command and workspace a metrics file of its own"),
        },
    }
}

fn write(path: &Path, samples: &Samples) -> Result<(), Failure> {
    durable::replace_in_turn(path, samples.text().as_bytes()).map_err(|error| {
        Failure::new(Exit::Local, format_args!("cannot write the metrics `{}`", path.display())).because(error)
    })
}

fn moment(at: DateTime<Utc>) -> String {
    format!("{}.{:03}", at.timestamp(), at.timestamp_subsec_millis())
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.3}")
}
