//! Collecting with evidence: every exchange goes to a file as it happens, and an interrupted collection is resumed from it.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;

use super::listener::Listener;
use super::partial::{Held, Partial};
use crate::api::client::{Client, Settings};
use crate::api::endpoint::{Endpoint, EndpointError};
use crate::api::exchange::{Exchange, Observer, Sent, Traffic};
use crate::api::key::{ApiKey, KeyError};
use crate::api::{self, ApiError};
use crate::calls::{CallCounts, CallTotals, Counting};
use crate::collect::{self, Assurance, Collected, Collector};
use crate::evidence::{Bounds, EvidenceError, FILE_NAME, Info, RULES, Resumed, Writer, discard, executables};
use crate::machine::{self, MachineError};
use crate::period::Period;
use crate::remedy::Remedy;
use crate::report::{EvidenceStatement, Origin};
use crate::sample::{self, SampleApi};

/// Where the batches are read from.
#[derive(Debug, Clone)]
pub struct ApiSource {
    /// The API.
    pub endpoint: Endpoint,
    /// Its key.
    pub key: ApiKey,
    /// Whether this is the built-in sample API.
    pub sample: bool,
}

/// Why an API cannot be read from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiSourceError {
    /// The base URL cannot be used.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Remedy for ApiSourceError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Endpoint(error) => error.remedy(),
            Self::Key(error) => error.remedy(),
        }
    }
}

impl ApiSource {
    /// The API at this base URL, with this key.
    ///
    /// # Errors
    /// Where the URL or the key cannot be used.
    pub fn new(base_url: &str, key: &str) -> Result<Self, ApiSourceError> {
        Ok(Self { endpoint: Endpoint::new(base_url)?, key: ApiKey::new(key)?, sample: false })
    }

    /// The built-in sample API, which serves as long as `api` is not dropped.
    ///
    /// # Errors
    /// Never, as far as is known: it has a URL and a key that can be used.
    pub fn of_sample(api: &SampleApi) -> Result<Self, ApiSourceError> {
        Ok(Self { sample: true, ..Self::new(&api.base_url(), sample::KEY)? })
    }
}

/// How to gather.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Gathering {
    /// The folder in which what is gathered lies until it is used.
    pub out: PathBuf,
    /// Whether an interrupted run is not resumed.
    pub force: bool,
    /// Whether a package was made from the evidence that is there, and the others are to be made from it, too.
    pub finishes: bool,
    /// Whether calls are counted although the collection is not proven.
    pub draft: bool,
    /// The workspace, where one is named.
    pub workspace: Option<String>,
    /// The arguments that the report states as its command; the key is taken out of them.
    pub arguments: Vec<String>,
    /// How the collection is to be proven.
    pub assurance: Assurance,
    /// How many pages are asked for at once.
    pub concurrency: usize,
    /// Which calls are counted.
    pub call_totals: CallTotals,
    /// The longest wait for one page.
    pub max_wait: Duration,
}

impl Gathering {
    /// With everything as the command does it unless it is asked otherwise; the evidence lies in `out`.
    pub fn new(out: &Path) -> Self {
        Self {
            out: out.to_owned(),
            force: false,
            finishes: false,
            draft: false,
            workspace: None,
            arguments: Vec::new(),
            assurance: Assurance::TiedOut,
            concurrency: 4,
            call_totals: CallTotals::Auto,
            max_wait: Settings::default().max_wait,
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
    /// The executables that collected, by their SHA-256.
    pub executables: Vec<String>,
    /// Its requests.
    pub traffic: Traffic,
    /// The evidence as the report states it.
    pub evidence: EvidenceStatement,
    /// Where it lies until the package has it. No other run touches it until then.
    pub partial: Held,
}

impl Gathered {
    /// What a report states of how it came to be.
    pub fn origin(&self) -> Origin {
        let origin = Origin::of_run(&self.info, self.traffic, self.evidence.clone());
        Origin { executables: self.executables.clone(), ..origin }
    }
}

/// Why a gathering came to no end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatherError {
    /// There is no period to gather for.
    #[error("there is no period to report")]
    NoPeriod,
    /// The evidence could not be kept or read.
    #[error("`{}`: {error}", .path.display())]
    Evidence {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        error: EvidenceError,
    },
    /// An interrupted run cannot be resumed.
    #[error("`{}`: {error}", .path.display())]
    Resume {
        /// Its evidence.
        path: PathBuf,
        /// Why it failed.
        error: EvidenceError,
    },
    /// The folder of the evidence could not be made or removed.
    #[error("`{}`: {error}", .path.display())]
    Folder {
        /// The evidence in it.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
    /// The API could not be read.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The machine allows too little.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The caller stopped it.
    #[error("interrupted")]
    Interrupted,
    /// It came to no end, and what was read until then is kept.
    #[error("{error}")]
    Kept {
        /// Why it came to no end.
        error: Box<GatherError>,
        /// How many pages were read.
        pages: u64,
        /// The evidence that holds them.
        evidence: PathBuf,
    },
}

impl Remedy for GatherError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NoPeriod => Some("name one by --quarter, as --quarter 2024-Q1, or by --from and --to".into()),
            Self::Resume { .. } => Some("move that folder away, or begin again with --force".into()),
            Self::Evidence { error, .. } => error.remedy(),
            Self::Api(error) => error.remedy(),
            Self::Kept { error, .. } => error.remedy(),
            Self::Machine(error) => error.remedy(),
            Self::Folder { .. } | Self::Interrupted => None,
        }
    }
}

/// Hands every exchange to the evidence, then to the listener.
struct Watch {
    listener: Arc<dyn Listener>,
    writer: Arc<Writer>,
}

impl Observer for Watch {
    fn sending(&self, sent: &Sent<'_>) -> io::Result<()> {
        self.writer.sending(sent)?;
        self.listener.sending(sent)
    }

    fn exchanged(&self, exchange: &Exchange) -> io::Result<()> {
        self.writer.exchanged(exchange)?;
        self.listener.exchanged(exchange)
    }

    fn waiting(&self, seconds: f64, why: &str) {
        self.listener.waiting(seconds, why);
    }

    fn still_waiting(&self, seconds: f64, why: &str) {
        self.listener.still_waiting(seconds, why);
    }
}

/// Collects the range from the first of `periods` to the last, and counts calls in them, or takes up where an interrupted
/// run stopped. What was read is kept, however this ends; it lies in the [`Partial`] of `slug`.
///
/// # Errors
/// Where the API cannot be read, the evidence cannot be kept, or the listener stops it. A population that is not proven is
/// none: [`Gathered::collected`] says so.
pub fn gather(
    args: &Gathering,
    periods: &[&Period],
    slug: &str,
    source: &ApiSource,
    listener: &Arc<dyn Listener>,
) -> Result<Gathered, GatherError> {
    let partial = Partial::new(&args.out, slug);
    let evidence = |error| GatherError::Evidence { path: partial.evidence(), error };
    let alone = partial.hold().map_err(evidence)?;
    let begun = begin(args, &partial, info(args, periods, source)?, listener.as_ref())?;
    let Begun { info, executables, mut collector, mut counting, writer } = begun;
    let writer = Arc::new(writer);
    let outcome = read(args, source, (&mut collector, &mut counting), listener, &writer);
    listener.over();
    let sealed = writer.seal().map_err(evidence);
    let pages = collector.tally().pages;
    if let Err(error) = outcome {
        return Err(kept_or_not(error, &partial, pages, &writer));
    }
    let sealed = sealed?;
    listener.gathered(pages, collector.pages_spared() + counting.spared(), &partial.evidence());
    Ok(Gathered {
        collected: collector.finish(),
        counts: counting.finish(),
        info,
        executables,
        traffic: sealed.traffic,
        evidence: EvidenceStatement { name: FILE_NAME.to_owned(), bytes: sealed.bytes, sha256: sealed.sha256 },
        partial: Held::new(partial, writer, alone),
    })
}

fn info(args: &Gathering, periods: &[&Period], source: &ApiSource) -> Result<Info, GatherError> {
    let bounds = |period: &&Period| Bounds { start: period.start(), end: period.end() };
    let periods: Vec<Bounds> = periods.iter().map(bounds).collect();
    let start = periods.iter().map(|period| period.start).min().ok_or(GatherError::NoPeriod)?;
    let end = periods.iter().map(|period| period.end).max().ok_or(GatherError::NoPeriod)?;
    Ok(Info {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: option_env!("DIALNEXA_AUDIT_COMMIT").map(str::to_owned),
        executable: machine::executable().map(str::to_owned),
        arguments: args.arguments.iter().map(|argument| source.key.redact(argument)).collect(),
        workspace: if source.sample { Some("Sample workspace".to_owned()) } else { args.workspace.clone() },
        host: source.endpoint.host(),
        endpoint: source.endpoint.batch_calls(),
        key_fingerprint: source.key.fingerprint(),
        sample: source.sample,
        start,
        end,
        assurance: args.assurance,
        concurrency: args.concurrency,
        limit: collect::Options::default().limit,
        call_totals: args.call_totals,
        periods,
        rules: RULES,
        resumes: None,
    })
}

/// A gathering that is about to go on.
struct Begun {
    /// The run that its evidence begins with.
    info: Info,
    executables: Vec<String>,
    collector: Collector,
    counting: Counting,
    writer: Writer,
}

/// A fresh gathering, or an interrupted one, in a folder that this run has for itself.
fn begin(args: &Gathering, partial: &Partial, info: Info, listener: &dyn Listener) -> Result<Begun, GatherError> {
    let path = &partial.evidence();
    let evidence = |error| GatherError::Evidence { path: path.clone(), error };
    // A sample API listens elsewhere every time, and is quickly read again.
    if (info.sample || args.force) && !args.finishes {
        discard(path).map_err(evidence)?;
    }
    if path.exists() {
        match Resumed::open(path, &info, Utc::now()) {
            Ok(Some(Resumed { collector, counting, writer, replayed })) => {
                listener.resuming(path);
                let executables = executables(&replayed.runs);
                let info = replayed.runs.into_iter().next().unwrap_or(info);
                return Ok(Begun { info, executables, collector, counting, writer });
            }
            Ok(None) => {
                fs::remove_file(path).map_err(|error| GatherError::Folder { path: path.clone(), error })?;
            }
            Err(error @ EvidenceError::Locked) => return Err(evidence(error)),
            Err(error) => return Err(GatherError::Resume { path: path.clone(), error }),
        }
    }
    let writer = Writer::create(path, &info, Utc::now()).map_err(evidence)?;
    let (collector, counting) = (Collector::new(info.range(), info.options()), info.counting());
    let executables = executables([&info]);
    Ok(Begun { info, executables, collector, counting, writer })
}

fn read(
    args: &Gathering,
    source: &ApiSource,
    (collector, counting): (&mut Collector, &mut Counting),
    listener: &Arc<dyn Listener>,
    writer: &Arc<Writer>,
) -> Result<(), GatherError> {
    let watch = Watch { listener: Arc::clone(listener), writer: Arc::clone(writer) };
    let settings = Settings { max_wait: args.max_wait, ..Settings::default() };
    let client = Arc::new(Client::new(source.endpoint.clone(), source.key.clone(), settings, Arc::new(watch))?);
    let runtime = machine::collecting_runtime()?;
    let gathering = async {
        api::read(Arc::clone(&client), collector, |collector| listener.page(collector)).await?;
        if !collector.is_proven() && !args.draft {
            // It will not be reported, so its calls are not asked for.
            return Ok(());
        }
        counting.follow(collector);
        listener.begin_counting(counting);
        api::count(client, counting, |counting| listener.counted(counting)).await
    };
    let outcome: Result<(), ApiError> = runtime.block_on(async {
        tokio::select! {
            outcome = gathering => Ok(outcome),
            () = listener.stop() => Err(GatherError::Interrupted),
        }
    })?;
    // Requests that are no longer waited for end with it, and then its thread.
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(outcome?)
}

/// Says where what was read is kept; where nothing was read, nothing is kept. What was taken away, or is another run's by now,
/// is neither kept nor removed.
fn kept_or_not(error: GatherError, partial: &Partial, pages: u64, writer: &Writer) -> GatherError {
    if !writer.is_at(&partial.evidence()) {
        return error;
    }
    if pages == 0 {
        // Nothing is lost if the folder stays.
        let _ = partial.remove();
        return error;
    }
    GatherError::Kept { error: Box::new(error), pages, evidence: partial.evidence() }
}
