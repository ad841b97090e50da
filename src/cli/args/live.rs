//! The arguments of the commands that people leave running: `status`, `watch`, `sync`.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use clap::builder::{EnumValueParser, TypedValueParser};
use clap::{Args as ClapArgs, ValueEnum};

use super::values::{duration, fiscal_year_start, form, local_folder, parsed, patience, with_parquet};
use super::{AssuranceArg, CallTotalsArg, Workspaces};
use crate::batch::ApiForm;
use crate::cli::keys::KeySource;
use crate::period::{self, FiscalYearStart, Quarter};
use crate::run::deliver::Target;
use crate::run::sync::TableFormat;

pub(super) const STATUS_HELP: &str = "\
A look, not a proof: what moves in the list while it is read may be missing. For
figures that hold, use report.

On a terminal the bars are drawn: completed, failed, and what is left. Colours
are left out where NO_COLOR is set, and everything but text in a pipe.

Examples:
  dialnexa-audit status --sample --days 1000
  dialnexa-audit status --status failed,cancelled --days 30 --json
  dialnexa-audit status --follow";

pub(super) const WATCH_HELP: &str = "\
Each batch is reported when it is new, and when it is final; one that is final
when it is first seen is reported once. One JSON line each, oldest first:
  event       new, final, or gone (it left the list before it was final)
  event_id    the same whenever this event is reported, and no other
  first_seen  whether nothing was reported of the batch before
  batch       the batch as it was read

The command gets the line on standard input, and DIALNEXA_EVENT,
DIALNEXA_EVENT_ID, DIALNEXA_BATCH_ID and DIALNEXA_BATCH_STATUS in its
environment, never the API key. When it fails, its batch is reported again in
the next round. What was reported is kept in the state file after each command.
Should the machine fail between the two, that one event is reported again, with
the same event_id.

Examples:
  dialnexa-audit watch --state watch.json --once --sample --since beginning
  dialnexa-audit watch --state watch.json --every 5m --exec ./notify";

pub(super) const SYNC_HELP: &str = "\
Writes one table per quarter that has batches, each proven complete as in report,
read back and checked:
  DIR/batches/quarter=2024-Q1/batches-HASH.parquet    or .ndjson
  DIR/restatements/    what changed in quarters that were stated before
  DIR/sync.json        what the tables hold
A file name is never used for other content, and a run that changes anything puts
all of it in place in one step. With --format delta both folders are Delta Lake
tables, one commit a run.

Batches of a closed quarter that vanished, were added, recounted or otherwise
changed are reported on standard error: RESTATED 2024-Q3: 9 vanished, 2 recounted

Examples:
  dialnexa-audit sync --to warehouse --sample
  dialnexa-audit sync --to warehouse --format delta --fail-on-restatement
  dialnexa-audit sync --to warehouse --format ndjson --since 2024-Q1
  dialnexa-audit sync --to warehouse --packages --all-workspaces
  dialnexa-audit sync --to warehouse --describe dbt > sources.yml";

/// How the API is reached.
#[derive(Debug, Clone, ClapArgs)]
pub struct Access {
    /// Which workspaces.
    #[command(flatten)]
    pub workspaces: Workspaces,
    /// Use the built-in sample API; needs no key
    #[arg(long, conflicts_with = "api_key_file", help_heading = "API")]
    pub sample: bool,
    /// Form of the sample API's answers
    #[arg(long, value_name = "FORM", value_parser = parsed(form), requires = "sample", help_heading = "API")]
    pub form: Option<ApiForm>,
    /// Base URL of the API
    #[arg(long, value_name = "URL", env = "DIALNEXA_BASE_URL", default_value = crate::api::endpoint::DEFAULT_BASE)]
    #[arg(help_heading = "API")]
    pub base_url: String,
    /// File that holds the API key, - for standard input [else: DIALNEXA_API_KEY]
    #[arg(long, value_name = "FILE", help_heading = "API")]
    pub api_key_file: Option<PathBuf>,
    /// Where the configuration says that the key comes from.
    #[arg(skip)]
    pub key_source: Option<KeySource>,
    /// Where the configuration says that packages are delivered to.
    #[arg(skip)]
    pub deliver: Vec<Target>,
    /// Longest time for one page, as 90s or 15m: tries, waits and transfers
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = parsed(patience), help_heading = "API")]
    pub max_wait: Duration,
    /// Say nothing but errors on standard error
    #[arg(long, short, help_heading = "Output")]
    pub quiet: bool,
}

/// Arguments of `status`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Status {
    /// Batches created in the last so many days
    #[arg(long, value_name = "N", default_value = "7", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub days: u32,
    /// Only batches in these statuses, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub status: Vec<String>,
    /// Every workspace of the settings file, one after another
    #[arg(long, help_heading = "Settings", conflicts_with_all = ["api_key_file", "follow"])]
    pub all_workspaces: bool,
    /// Redraw it until interrupted
    #[arg(long)]
    pub follow: bool,
    /// Shortest time from one drawing to the next; the rate limit may make it longer
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parsed(duration), requires = "follow")]
    pub every: Duration,
    /// Print JSON, one line each time
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// The way to the API.
    #[command(flatten)]
    pub access: Access,
}

/// Where a watch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// When it is first run.
    Now,
    /// With the oldest batch.
    Beginning,
    /// On a day, in UTC.
    Day(DateTime<Utc>),
}

/// `now`, `beginning`, `2024-01-31`.
fn since(text: &str) -> Result<Since, String> {
    match text {
        "now" => Ok(Since::Now),
        "beginning" => Ok(Since::Beginning),
        day => match period::day(day) {
            Ok(day) => Ok(Since::Day(day.and_time(NaiveTime::MIN).and_utc())),
            Err(_) => Err(format!("`{day}` is not now, beginning or a day as 2024-01-31")),
        },
    }
}

/// Arguments of `watch`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Watch {
    /// File that keeps what was reported; made by the first run
    #[arg(long, value_name = "FILE")]
    pub state: PathBuf,
    /// Command that is run for each event, by the shell; without one the lines are printed
    #[arg(long, value_name = "CMD")]
    pub exec: Option<String>,
    /// How long that command may take; then it is ended, and run again in the next round [default: no limit]
    #[arg(long, value_name = "TIME", value_parser = parsed(duration), requires = "exec")]
    pub exec_timeout: Option<Duration>,
    /// Every workspace of the settings file, one after another; each has a state file of its own, as watch-acme.json
    #[arg(long, help_heading = "Settings", conflicts_with = "api_key_file")]
    pub all_workspaces: bool,
    /// End after one round
    #[arg(long)]
    pub once: bool,
    /// Shortest time from one round to the next; the rate limit may make it longer
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parsed(duration))]
    pub every: Duration,
    /// Where the first run begins: now, beginning or a day; batches created before are never reported [default: now]
    #[arg(long, value_name = "WHEN", value_parser = since)]
    pub since: Option<Since>,
    /// How long after its date a batch may come into the list
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = parsed(duration))]
    pub overlap: Duration,
    /// File that gets metrics of each round in Prometheus text format, for the node exporter's textfile collector
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub metrics_file: Option<PathBuf>,
    /// The way to the API.
    #[command(flatten)]
    pub access: Access,
}

/// What the files of a `sync` are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableArg {
    /// Typed columns
    Parquet,
    /// Delta Lake tables, over Parquet
    Delta,
    /// One JSON object a line
    Ndjson,
}

impl From<TableArg> for TableFormat {
    fn from(arg: TableArg) -> Self {
        match arg {
            TableArg::Parquet => Self::Parquet,
            TableArg::Delta => Self::Delta,
            TableArg::Ndjson => Self::Ndjson,
        }
    }
}

/// A tool that the tables can be described for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DescribeArg {
    /// The sources of a dbt project
    Dbt,
}

/// Reads what this build can write.
fn tables() -> impl TypedValueParser<Value = TableArg> {
    EnumValueParser::<TableArg>::new().try_map(|format| match format {
        TableArg::Parquet | TableArg::Delta => with_parquet(format),
        TableArg::Ndjson => Ok(format),
    })
}

/// Arguments of `sync`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Sync {
    /// Folder in which the files are kept; made if it is not there
    #[arg(long, value_name = "DIR", value_parser = local_folder())]
    pub to: PathBuf,
    /// What the files are
    #[arg(long, value_name = "FORMAT", default_value = "parquet", value_parser = tables())]
    pub format: TableArg,
    /// First quarter, as 2024-Q1; earlier ones are left as they are [default: all]
    #[arg(long, value_name = "Q", value_parser = parsed(str::parse::<Quarter>))]
    pub since: Option<Quarter>,
    /// Time zone of the quarters' days, from the IANA database
    #[arg(long, value_name = "ZONE", value_parser = parsed(period::zone), default_value = "UTC")]
    pub timezone: Tz,
    /// Month in which a fiscal year begins; other than 1 makes fiscal quarters
    #[arg(long, value_name = "MONTH", value_parser = parsed(fiscal_year_start))]
    pub fiscal_year_start: Option<FiscalYearStart>,
    /// How the population is proven
    #[arg(long, value_name = "HOW", default_value = "tied-out", help_heading = "Completeness")]
    pub assurance: AssuranceArg,
    /// How many pages to ask for at once, 1 to 16
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u8).range(1..=16), help_heading = "API")]
    pub concurrency: u8,
    /// Count calls in the call logs, as in report: auto, always or never
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_possible_values = true, help_heading = "API")]
    pub call_totals: CallTotalsArg,
    /// Every workspace of the settings file, one after another, each in a folder of its own, as DIR/workspace=acme
    #[arg(long, help_heading = "Settings", conflicts_with = "api_key_file")]
    pub all_workspaces: bool,
    /// Leave the signed package of each closed quarter in DIR/packages; one that is there and verifies is not made again
    #[arg(long, help_heading = "Packages")]
    pub packages: bool,
    /// Signing identity of the packages, a PEM file or a key on a token (pkcs11:...) [default: made on first use]
    #[arg(long, value_name = "FILE", help_heading = "Packages")]
    pub identity: Option<PathBuf>,
    /// Print what the tables are for a tool, and read nothing: dbt prints a sources.yml
    #[arg(long, value_name = "TOOL", hide_possible_values = true, conflicts_with_all = ["all_workspaces", "packages"])]
    #[arg(help_heading = "Output")]
    pub describe: Option<DescribeArg>,
    /// End with exit status 1 if a closed quarter was restated; the tables are written all the same
    #[arg(long, help_heading = "Output")]
    pub fail_on_restatement: bool,
    /// Print what there is as JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// File that gets metrics of the run in Prometheus text format, for the node exporter's textfile collector
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub metrics_file: Option<PathBuf>,
    /// The way to the API.
    #[command(flatten)]
    pub access: Access,
}
