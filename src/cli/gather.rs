//! Collecting with evidence: every exchange goes to a file as it happens, and an interrupted collection is taken up from it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;

use super::args::Report as ReportArgs;
use super::progress::Progress;
use super::{Exit, Failure, interrupt, machine, output};
use crate::api::client::{Client, Settings};
use crate::api::endpoint::Endpoint;
use crate::api::exchange::{Exchange, Observer, Sent, Traffic};
use crate::api::key::ApiKey;
use crate::api::{self, ApiError};
use crate::calls::{CallCounts, CallTotals, Counting};
use crate::collect::{self, Assurance, Collected, Collector};
use crate::evidence::{Bounds, EvidenceError, FILE_NAME, Info, Resumed, Writer};
use crate::period::Period;
use crate::report::EvidenceStatement;

/// Where the batches are read from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The API.
    pub endpoint: Endpoint,
    /// Its key.
    pub key: ApiKey,
    /// Whether this is the built-in sample API.
    pub sample: bool,
}

/// How to gather, as the arguments of a command say.
#[derive(Debug, Clone)]
pub struct Gathering {
    /// The folder in which what is gathered lies until it is used.
    pub out: PathBuf,
    /// Whether an interrupted run is not taken up.
    pub force: bool,
    /// Whether calls are counted although the collection is not proven.
    pub draft: bool,
    /// The workspace, where one is named.
    pub workspace: Option<String>,
    /// What the settings file settled, as arguments.
    pub settled: Vec<String>,
    /// How the collection is to be proven.
    pub assurance: Assurance,
    /// How many pages are asked for at once.
    pub concurrency: usize,
    /// Which calls are counted.
    pub call_totals: CallTotals,
    /// The longest wait for one page.
    pub max_wait: Duration,
}

impl From<&ReportArgs> for Gathering {
    fn from(args: &ReportArgs) -> Self {
        Self {
            out: args.package.out.clone(),
            force: args.package.force,
            draft: args.package.draft,
            workspace: args.workspaces.workspace.clone(),
            settled: args.workspaces.settled.clone(),
            assurance: args.assurance.into(),
            concurrency: usize::from(args.concurrency),
            call_totals: args.call_totals.into(),
            max_wait: args.max_wait,
        }
    }
}

/// A collection that came to its end, and its evidence.
#[derive(Debug)]
pub struct Gathered {
    /// What it ended in.
    pub collected: Collected,
    /// The counts of calls.
    pub counts: CallCounts,
    /// The run that the evidence begins with.
    pub info: Info,
    /// Its requests.
    pub traffic: Traffic,
    /// The evidence as the report states it.
    pub evidence: EvidenceStatement,
    /// Where it lies until the package has it.
    pub partial: Partial,
}

/// The folder of a collection that is not in a package yet: `batch-audit-2024-Q1.partial`.
#[derive(Debug, Clone)]
pub struct Partial(PathBuf);

impl Partial {
    /// The folder's place in `out`.
    pub fn new(out: &Path, slug: &str) -> Self {
        Self(out.join(format!("batch-audit-{slug}.partial")))
    }

    /// The evidence in it.
    pub fn evidence(&self) -> PathBuf {
        self.0.join(FILE_NAME)
    }

    /// Takes it away: there is nothing in it that is still needed.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::new(Exit::Local, format_args!("`{}`: {error}", self.evidence().display()))
    }
}

/// Tells everything to the display and to the evidence.
struct Watch {
    progress: Arc<Progress>,
    writer: Arc<Writer>,
}

impl Observer for Watch {
    fn sending(&self, sent: &Sent<'_>) -> io::Result<()> {
        self.writer.sending(sent)?;
        self.progress.sending(sent)
    }

    fn exchanged(&self, exchange: &Exchange) -> io::Result<()> {
        self.writer.exchanged(exchange)?;
        self.progress.exchanged(exchange)
    }

    fn waiting(&self, seconds: f64, why: &str) {
        self.progress.waiting(seconds, why);
    }
}

/// Collects the range from the first of `periods` to the last, and counts calls in them, or takes up where an interrupted
/// run stopped. What was read is kept, however this ends.
pub fn gather(
    args: &Gathering,
    periods: &[&Period],
    slug: &str,
    source: &Source,
    progress: &Arc<Progress>,
) -> Result<Gathered, Failure> {
    interrupt::is_heard_elsewhere();
    let partial = Partial::new(&args.out, slug);
    let begun = begin(args, &partial, info(args, periods, source))?;
    let Begun { info, mut collector, mut counting, writer } = begun;
    let writer = Arc::new(writer);
    let outcome = read(args, source, (&mut collector, &mut counting), progress, &writer);
    progress.clear();
    let sealed = writer.seal().map_err(|error| partial.failed(&error));
    let pages = collector.tally().pages;
    if let Err(failure) = outcome {
        return Err(kept_or_not(failure, &partial, pages));
    }
    let sealed = sealed?;
    interrupt::ends_the_process(format!(
        "interrupted before the report was written\nThe {pages} pages read are kept in `{}`; the same command goes on from there.",
        partial.evidence().display()
    ));
    let spared = collector.pages_spared() + counting.spared();
    if spared > 0 {
        output::say(&format!("The interrupted run saved {spared} requests."));
    }
    Ok(Gathered {
        collected: collector.finish(),
        counts: counting.finish(),
        info,
        traffic: sealed.traffic,
        evidence: EvidenceStatement { name: FILE_NAME.to_owned(), bytes: sealed.bytes, sha256: sealed.sha256 },
        partial,
    })
}

fn info(args: &Gathering, periods: &[&Period], source: &Source) -> Info {
    let bounds = |period: &&Period| Bounds { start: period.start(), end: period.end() };
    let periods: Vec<Bounds> = periods.iter().map(bounds).collect();
    let given = std::env::args_os().skip(1).map(|argument| source.key.redact(&argument.to_string_lossy()));
    // What the settings file says is written out, so that the command says all that the report was made by.
    let settled = args.settled.iter().map(|argument| source.key.redact(argument));
    Info {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: option_env!("DIALNEXA_AUDIT_COMMIT").map(str::to_owned),
        arguments: given.chain(settled).collect(),
        workspace: if source.sample { Some("Sample workspace".to_owned()) } else { args.workspace.clone() },
        host: source.endpoint.host(),
        endpoint: source.endpoint.batch_calls(),
        key_fingerprint: source.key.fingerprint(),
        sample: source.sample,
        start: periods.iter().map(|period| period.start).min().unwrap_or_default(),
        end: periods.iter().map(|period| period.end).max().unwrap_or_default(),
        assurance: args.assurance,
        concurrency: args.concurrency,
        limit: collect::Options::default().limit,
        call_totals: args.call_totals,
        periods,
        resumes: None,
    }
}

/// A gathering that is about to go on.
struct Begun {
    /// The run that its evidence begins with.
    info: Info,
    collector: Collector,
    counting: Counting,
    writer: Writer,
}

/// A fresh gathering, or an interrupted one.
fn begin(args: &Gathering, partial: &Partial, info: Info) -> Result<Begun, Failure> {
    // A sample API listens elsewhere every time, and is quickly read again.
    if info.sample || args.force {
        partial.remove().map_err(|error| partial.failed(&error))?;
    }
    fs::create_dir_all(&partial.0).map_err(|error| partial.failed(&error))?;
    let path = partial.evidence();
    if path.exists() {
        match Resumed::open(&path, &info, Utc::now()) {
            Ok(Some(Resumed { collector, counting, writer, replayed })) => {
                output::say(&format!("Going on where an interrupted run stopped: {}", path.display()));
                let info = replayed.runs.into_iter().next().unwrap_or(info);
                return Ok(Begun { info, collector, counting, writer });
            }
            Ok(None) => fs::remove_file(&path).map_err(|error| partial.failed(&error))?,
            Err(error @ EvidenceError::Locked) => return Err(partial.failed(&error)),
            Err(error) => {
                let remedy = "move that folder away, or begin anew with --force";
                return Err(partial.failed(&format_args!("{error}; {remedy}")));
            }
        }
    }
    let writer = Writer::create(&path, &info, Utc::now()).map_err(|error| partial.failed(&error))?;
    let (collector, counting) = (Collector::new(info.range(), info.options()), info.counting());
    Ok(Begun { info, collector, counting, writer })
}

fn read(
    args: &Gathering,
    source: &Source,
    (collector, counting): (&mut Collector, &mut Counting),
    progress: &Arc<Progress>,
    writer: &Arc<Writer>,
) -> Result<(), Failure> {
    let watch = Watch { progress: Arc::clone(progress), writer: Arc::clone(writer) };
    let settings = Settings { max_wait: args.max_wait, ..Settings::default() };
    let client = Arc::new(Client::new(source.endpoint.clone(), source.key.clone(), settings, Arc::new(watch))?);
    let runtime = machine::collecting_runtime()?;
    let gathering = async {
        api::read(Arc::clone(&client), collector, |collector| progress.page(collector)).await?;
        if !collector.is_proven() && !args.draft {
            // It will not be reported, so its calls are not asked for.
            return Ok(());
        }
        counting.follow(collector);
        progress.begin_counting(counting);
        api::count(client, counting, |counting| progress.counted(counting)).await
    };
    let outcome: Result<(), ApiError> = runtime.block_on(async {
        tokio::select! {
            outcome = gathering => Ok(outcome),
            _ = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
        }
    })?;
    // Requests that nobody waits for end with it, and then its thread.
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(outcome?)
}

/// Says where what was read is kept; where nothing was read, nothing is kept.
fn kept_or_not(failure: Failure, partial: &Partial, pages: u64) -> Failure {
    if pages == 0 {
        // Nothing is lost if the folder stays.
        let _ = partial.remove();
        return failure;
    }
    let kept = partial.evidence();
    let message = format!(
        "{}\nThe {pages} pages read so far are kept in `{}`; the same command goes on from there.",
        failure.message,
        kept.display()
    );
    Failure { message, ..failure }
}
