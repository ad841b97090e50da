//! The arguments, as data.

use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use der::asn1::ObjectIdentifier;
use reqwest::Url;

use crate::batch::ApiForm;
use crate::collect::Assurance;
use crate::package::Format;
use crate::period::{self, FiscalYearStart, Quarter};
use crate::render::pdf::{Paper, Rows};

mod call_totals;
mod identity;

pub use call_totals::CallTotalsArg;
pub use identity::{AlgorithmArg, Identity, IdentityAction, Pseudonym, Resolve};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "dialnexa-audit", version, about, propagate_version = true, max_term_width = 80)]
#[command(after_help = EXIT_HELP)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_HELP: &str = "\
Exit status:
  0 done                              4 the API could not be read
  1 verification failed, or changed   5 completeness not established
  2 usage or configuration            6 a local file or the signing failed
  3 the API refused the key";

const REPORT_HELP: &str = "\
Examples:
  dialnexa-audit report --quarter 2024-Q1 --sample
  dialnexa-audit report --quarter FY2024-Q3 --fiscal-year-start 4 \\
      --timezone Asia/Kolkata --out reports
  dialnexa-audit report --from 2024-01-01 --to 2024-02-15

Call totals: the list does not always tell how many calls of a batch were
completed and failed, and some forms of it count attempts. They can be counted
in the batch's call logs, with two requests a batch. --call-totals
  auto     where the list leaves such a figure out, or gives it in attempts
  always   for every batch; differences from the list become findings
  never    not at all: such a figure is \"not reported\"
What a call log holds of a person is not kept, only the count.";

const RENDER_HELP: &str = "\
Examples:
  dialnexa-audit render batch-audit-2024-Q1/evidence.warc.gz --quarter 2024-Q1 \\
      --out again";

const VERIFY_HELP: &str = "\
Columns:
  intact   the content is what was signed
  valid    the signature is well formed, of the certificate's key, by accepted
           algorithms
  whole    it covers every byte of the file
  listed   the manifest lists the file as it is
  agrees   its figures are those of the report's data
  again    so are they when the report is made again from the evidence
  -        not checked

Lines:
  Trusted  the signer is vouched for by --trust, --system-roots or
           --fingerprint; without any of them: not checked
  Signed   when, by a time-stamp authority or the signer's own clock
  Again    the same report was made again from the kept evidence

Files that a sender detached from their package are checked by themselves.

Examples:
  dialnexa-audit verify batch-audit-2024-Q1
  dialnexa-audit verify report.pdf --fingerprint 3f:a0:...:9c
  dialnexa-audit verify --returned from-excel.csv batch-audit-2024-Q1";

const DIFF_HELP: &str = "\
Batches added, vanished, recounted and otherwise changed, and the totals before,
adjustment and after. Exit status: 0 nothing differs, 1 something does, 2 the
reports are not over the same source and period, 6 one cannot be read.

Signatures are not checked: run verify first.

Examples:
  dialnexa-audit diff signed-off/batch-audit-2024-Q1 batch-audit-2024-Q1
  dialnexa-audit diff old.json new.json --json";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Collect the batches of a period and write the signed report
    #[command(after_help = REPORT_HELP)]
    Report(Box<Report>),
    /// Make the report again, offline, from kept evidence
    #[command(after_help = RENDER_HELP)]
    Render(Box<Render>),
    /// Check a package, or single files of one
    #[command(after_help = VERIFY_HELP)]
    Verify(Verify),
    /// Tell what changed from an older report to a newer one over the same period
    #[command(after_help = DIFF_HELP)]
    Diff(Diff),
    /// Make, import or show a signing identity, have it certified, or resolve pseudonyms
    Identity(Identity),
    /// Serve the built-in sample API on this machine
    SampleApi(SampleApi),
}

/// Arguments of `report`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Report {
    /// Which period.
    #[command(flatten)]
    pub period: Periods,

    /// Use the built-in sample API; needs no key
    #[arg(long, conflicts_with_all = ["base_url", "api_key_file"], help_heading = "API")]
    pub sample: bool,
    /// Form of the sample API's answers
    #[arg(long, value_name = "FORM", value_parser = form, requires = "sample", help_heading = "API")]
    pub form: Option<ApiForm>,
    /// Base URL of the API
    #[arg(long, value_name = "URL", env = "DIALNEXA_BASE_URL", default_value = crate::api::endpoint::DEFAULT_BASE)]
    #[arg(help_heading = "API")]
    pub base_url: String,
    /// File that holds the API key, - for standard input [else: DIALNEXA_API_KEY]
    #[arg(long, value_name = "FILE", help_heading = "API")]
    pub api_key_file: Option<PathBuf>,
    /// How many pages to ask for at once, 1 to 16
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u8).range(1..=16), help_heading = "API")]
    pub concurrency: u8,
    /// Longest wait for one page, as 90s or 15m: retries and rate limit
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration, help_heading = "API")]
    pub max_wait: Duration,
    /// Count completed and failed calls in the call logs: auto, always or never, see below
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_possible_values = true, help_heading = "API")]
    pub call_totals: CallTotalsArg,

    /// How the population is proven
    #[arg(long, value_name = "HOW", default_value = "tied-out", help_heading = "Completeness")]
    pub assurance: AssuranceArg,
    /// What is written, and how.
    #[command(flatten)]
    pub package: Package,
}

/// Arguments of `render`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Render {
    /// Evidence of a collection: evidence.warc.gz of a package, or of an interrupted run
    #[arg(value_name = "EVIDENCE")]
    pub evidence: PathBuf,
    /// Which period.
    #[command(flatten)]
    pub period: Periods,
    /// What is written, and how.
    #[command(flatten)]
    pub package: Package,
}

/// One period or several.
#[derive(Debug, Clone, ClapArgs)]
pub struct Periods {
    /// Quarter: 2024-Q1, or FY2024-Q3 of a fiscal year; may be repeated
    #[arg(long, value_name = "Q", help_heading = "Period")]
    #[arg(required_unless_present = "from", conflicts_with_all = ["from", "to"])]
    pub quarter: Vec<Quarter>,
    /// First day of a range, as 2024-01-31
    #[arg(long, value_name = "DAY", value_parser = period::day, requires = "to", help_heading = "Period")]
    pub from: Option<NaiveDate>,
    /// First day after the range
    #[arg(long, value_name = "DAY", value_parser = period::day, requires = "from", help_heading = "Period")]
    pub to: Option<NaiveDate>,
    /// Time zone of the period's days, from the IANA database
    #[arg(long, value_name = "ZONE", value_parser = period::zone, default_value = "UTC", help_heading = "Period")]
    pub timezone: Tz,
    /// Month in which a fiscal year begins; it is named after the year in which it ends
    #[arg(long, value_name = "MONTH", value_parser = fiscal_year_start, default_value = "1", help_heading = "Period")]
    pub fiscal_year_start: FiscalYearStart,
}

/// What is written, and how.
#[derive(Debug, Clone, ClapArgs)]
pub struct Package {
    /// Write the report even if completeness is not established, marked as DRAFT; the exit status is 5 all the same
    #[arg(long, help_heading = "Completeness")]
    pub draft: bool,
    /// Formats, separated by commas: csv, html, pdf, ndjson, parquet
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "csv,html,pdf", help_heading = "Package")]
    pub format: Vec<FormatArg>,
    /// Folder in which the package is written
    #[arg(long, value_name = "DIR", default_value = ".", help_heading = "Package")]
    pub out: PathBuf,
    /// Replace a package that is there already
    #[arg(long, help_heading = "Package")]
    pub force: bool,
    /// Signing identity, a PEM file or a key on a token (pkcs11:...) [default: made on first use]
    #[arg(long, value_name = "FILE", help_heading = "Package")]
    pub identity: Option<PathBuf>,
    /// Time-stamp authority (RFC 3161) that proves when every file was signed
    #[arg(long, value_name = "URL", value_parser = web_address, help_heading = "Package")]
    pub timestamp_url: Option<Url>,
    /// Policy that it must stamp under, an object identifier as 1.3.6.1.4.1.99999.1
    #[arg(long, value_name = "OID", value_parser = policy, requires = "timestamp_url", help_heading = "Package")]
    pub timestamp_policy: Option<ObjectIdentifier>,
    /// Longest wait for one time stamp
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Package")]
    pub timestamp_wait: Duration,
    /// Package that the new one takes the place of; what changed is told in every format. Once per period
    #[arg(long, value_name = "OLD", help_heading = "Package")]
    pub supersedes: Vec<PathBuf>,
    /// Leave out the byte order mark of CSV files
    #[arg(long, help_heading = "Package")]
    pub no_bom: bool,
    /// Paper of the PDF
    #[arg(long, value_name = "SIZE", default_value = "a4", help_heading = "Package")]
    pub paper: PaperArg,
    /// Rows of the register in the PDF: auto (up to 10000, else none), all, or a number
    #[arg(long, value_name = "ROWS", default_value = "auto", value_parser = pdf_rows, help_heading = "Package")]
    pub pdf_rows: Rows,
    /// Folder with fonts for characters that the PDF's own lack: Chinese, Japanese, Korean; only those needed are used
    #[arg(long, value_name = "DIR", help_heading = "Package")]
    pub font_dir: Option<PathBuf>,
    /// Use this machine's fonts for what is still lacking; another machine may then make another PDF
    #[arg(long, help_heading = "Package")]
    pub system_fonts: bool,
    /// Largest size of the HTML, as 5MB; rows beyond are left to the CSV
    #[arg(long, value_name = "SIZE", default_value = "5MB", value_parser = size, help_heading = "Package")]
    pub html_budget: usize,
    /// Folder with templates that replace those of the HTML, by name
    #[arg(long, value_name = "DIR", help_heading = "Package")]
    pub template_dir: Option<PathBuf>,
    /// Replace names by pseudonyms that only the holder of the key resolves
    #[arg(long, help_heading = "Package")]
    pub pseudonymise: bool,
    /// Say nothing but errors on standard error
    #[arg(long, short, help_heading = "Output")]
    pub quiet: bool,
    /// Print the result as JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Print a Markdown block for a ticket instead of the paths
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    pub ticket: bool,
}

/// Arguments of `verify`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Verify {
    /// Packages (folders) or files of them
    #[arg(required = true, value_name = "PACKAGE|FILE")]
    pub paths: Vec<PathBuf>,
    /// Certificates that are trusted to vouch for signers, a PEM file
    #[arg(long, value_name = "CA.pem")]
    pub trust: Option<PathBuf>,
    /// Trust the certificate authorities of this system
    #[arg(long)]
    pub system_roots: bool,
    /// SHA-256 fingerprint of the signer's certificate, as the signer told it
    #[arg(long, value_name = "HEX")]
    pub fingerprint: Option<String>,
    /// CSV that came back from a spreadsheet, to be compared with the register of the package
    #[arg(long, value_name = "FILE.csv")]
    pub returned: Option<PathBuf>,
    /// Print the verdict as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `diff`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Diff {
    /// The older report: a package (folder) or its JSON
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The newer one
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Print the restatement as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `sample-api`.
#[derive(Debug, Clone, ClapArgs)]
pub struct SampleApi {
    /// Port to listen on, 0 for any free one
    #[arg(long, value_name = "N", default_value = "8787")]
    pub port: u16,
    /// Form of the answers: leads, calls or v1
    #[arg(long, value_name = "FORM", value_parser = form, default_value = "leads")]
    pub form: ApiForm,
    /// Answer 429 to more than this many requests a minute
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_limit: Option<u32>,
}

/// `--assurance`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AssuranceArg {
    /// One reading tied out to a census taken before it
    TiedOut,
    /// Two such readings in a row with the same batches
    DoubleRead,
    /// Two readings in a row of the whole list
    WholeList,
}

impl From<AssuranceArg> for Assurance {
    fn from(arg: AssuranceArg) -> Self {
        match arg {
            AssuranceArg::TiedOut => Self::TiedOut,
            AssuranceArg::DoubleRead => Self::DoubleRead,
            AssuranceArg::WholeList => Self::WholeList,
        }
    }
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// Register and totals
    Csv,
    /// One page for a browser
    Html,
    /// The document for the archive
    Pdf,
    /// One JSON object a line and batch, for a warehouse
    Ndjson,
    /// The register in typed columns, for a warehouse
    Parquet,
}

impl From<FormatArg> for Format {
    fn from(arg: FormatArg) -> Self {
        match arg {
            FormatArg::Csv => Self::Csv,
            FormatArg::Html => Self::Html,
            FormatArg::Pdf => Self::Pdf,
            FormatArg::Ndjson => Self::Ndjson,
            FormatArg::Parquet => Self::Parquet,
        }
    }
}

/// `--paper`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PaperArg {
    /// 210 x 297 mm
    A4,
    /// 8.5 x 11 in
    Letter,
}

impl From<PaperArg> for Paper {
    fn from(arg: PaperArg) -> Self {
        match arg {
            PaperArg::A4 => Self::A4,
            PaperArg::Letter => Self::Letter,
        }
    }
}

fn fiscal_year_start(text: &str) -> Result<FiscalYearStart, String> {
    let month = text.parse().ok().and_then(FiscalYearStart::new);
    month.ok_or_else(|| format!("`{text}` is not a month; write 1 for January to 12 for December"))
}

fn form(text: &str) -> Result<ApiForm, String> {
    let forms = [ApiForm::Leads, ApiForm::Calls, ApiForm::V1];
    forms
        .into_iter()
        .find(|form| form.as_str() == text)
        .ok_or_else(|| format!("`{text}` is not one of leads, calls, v1"))
}

/// Authorities are often asked over plain HTTP: their answers are signed, and nothing secret is sent.
fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    url.ok_or_else(|| format!("`{text}` is not a web address; write it as http://tsa.example.com/"))
}

fn policy(text: &str) -> Result<ObjectIdentifier, String> {
    ObjectIdentifier::new(text)
        .map_err(|_| format!("`{text}` is not an object identifier; write it as 1.3.6.1.4.1.99999.1"))
}

fn pdf_rows(text: &str) -> Result<Rows, String> {
    match text {
        "auto" => Ok(Rows::Auto),
        "all" => Ok(Rows::All),
        number => number.parse().map(Rows::Count).map_err(|_| format!("`{text}` is not auto, all or a number of rows")),
    }
}

/// `90`, `90s`, `15m`, `2h`.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.char_indices().last() {
        Some((place, 's')) => (&text[..place], 1),
        Some((place, 'm')) => (&text[..place], 60),
        Some((place, 'h')) => (&text[..place], 3600),
        _ => (text, 1),
    };
    let seconds =
        number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).filter(|seconds| *seconds <= 86_400);
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| format!("`{text}` is not a time of up to a day; write it as 90s, 15m or 2h"))
}

/// `5000000`, `800kB`, `5MB`.
fn size(text: &str) -> Result<usize, String> {
    let upper = text.to_ascii_uppercase();
    let (number, unit) = match (upper.strip_suffix("MB"), upper.strip_suffix("KB")) {
        (Some(number), _) => (number, 1_000_000),
        (None, Some(number)) => (number, 1_000),
        (None, None) => (upper.as_str(), 1),
    };
    let bytes = number.trim().parse::<usize>().ok().and_then(|number| number.checked_mul(unit));
    bytes.ok_or_else(|| format!("`{text}` is not a size; write it as 5MB, 800kB or a number of bytes"))
}
