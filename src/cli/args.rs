//! The arguments, as data.

use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::{Args as ClapArgs, Parser, Subcommand};
use der::asn1::ObjectIdentifier;
use reqwest::Url;

use super::keys::KeySource;
use crate::batch::ApiForm;
use crate::brand::Accent;
use crate::period::{self, FiscalYearStart};
use crate::render::pdf::Rows;
use crate::run::deliver::Target;

mod call_totals;
mod configuration;
mod countersign;
mod deliver;
mod diff;
mod draw;
mod identity;
mod live;
mod logging;
mod stamping;
mod tools;
pub mod values;

pub use call_totals::CallTotalsArg;
pub use configuration::{ConfigAction, Configuration, ConfigureArgs, Workspaces};
use countersign::{COUNTERSIGN_HELP, COUNTERSIGN_USAGE};
pub use countersign::{Countersign, RoleArg};
use deliver::DELIVER_HELP;
pub use deliver::Deliver;
use diff::DIFF_HELP;
pub use diff::Diff;
use draw::DRAW_HELP;
pub use draw::{ColumnArg, Draw, MethodArg};
pub use identity::{AlgorithmArg, Identity, IdentityAction, Pseudonym, Resolve};
pub use live::{Access, DescribeArg, Since, Status, Sync, TableArg, Watch};
use live::{STATUS_HELP, SYNC_HELP, WATCH_HELP};
pub use logging::{LogFormat, Logging};
use tools::{COMPLETIONS_HELP, MAN_HELP, SAMPLE_API_HELP, first_used};
pub use tools::{Completions, ManPages, SampleApi};
pub use values::{AssuranceArg, FormatArg, GroupingArg, LetterArg, NotationArg, PaperArg, QuarterArg, SeverityArg};
use values::{
    accent, accent_dark, duration, fiscal_year_start, form, formats, local_folder, parsed, patience, pdf_rows, policy,
    size, web_address, words,
};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "dialnexa-audit", version, about, propagate_version = true, max_term_width = 80)]
#[command(after_help = EXIT_HELP)]
pub struct Args {
    /// Where the settings are.
    #[command(flatten)]
    pub configuration: Configuration,
    /// How words are written.
    #[command(flatten)]
    pub logging: Logging,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_HELP: &str = "\
Examples:
  dialnexa-audit report --quarter 2024-Q1 --sample
  dialnexa-audit verify batch-audit-2024-Q1
  dialnexa-audit doctor

Exit status:
  0 done                              4 the API could not be read
  1 verification failed, or changed   5 completeness not established
  2 usage or configuration            6 a local file or the signing failed
  3 the API refused the key           7 a package is written, not delivered";

const REPORT_HELP: &str = "\
Examples:
  dialnexa-audit report --quarter 2024-Q1 --sample
  dialnexa-audit report --quarter FY2024-Q3 --fiscal-year-start 4 \\
      --timezone Asia/Kolkata --out reports
  dialnexa-audit report --from 2024-01-01 --to 2024-02-15
  dialnexa-audit report --quarter last --all-workspaces

Call totals: the list does not always report how many calls of a batch were
completed and failed, and some forms of it count attempts. They can be counted
in the batch's call logs, with two requests a batch. --call-totals
  auto     where the list leaves such a figure out, or gives it in attempts
  always   for every batch; differences from the list become findings
  never    not at all: such a figure is \"not reported\"
What a call log holds of a person is not kept, only the count.

The command of --exec gets on standard input what --json prints, in one line, and
never the API key. What it prints goes to standard error. When it fails, the exit
status is 6, and the packages stay. It is not run where no package was written.";

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
  reproduced  the same bytes follow when the file is made again:
           from the evidence, or from the report's data; a page by templates of
           the package's own says what these say
  -        not checked, or not made from the report

Lines:
  Trusted  the signer is vouched for by --trust, --system-roots or
           --fingerprint; without any of them: not checked
  Signed   when, by a timestamp authority or the signer's own clock

The last line is VERIFIED (exit status 0), FAILED, or IN PART where something
could not be compared (both 1).

Files that a sender detached from their package are checked by themselves.

Examples:
  dialnexa-audit verify batch-audit-2024-Q1
  dialnexa-audit verify report.pdf --fingerprint 3f:a0:...:9c
  dialnexa-audit verify --returned from-excel.csv batch-audit-2024-Q1
  dialnexa-audit verify batch-audit-2024-Q1 --drawn batch-audit-2024-Q1-sample";

const DOCTOR_HELP: &str = "\
It takes the arguments of report and checks, without collecting anything: the
settings, the key, the API, the clocks, the rate limit, the identity (by signing
a line of text), the timestamp authority (by having that stamped), the fonts,
the logo and templates, the folder. Exit status: 0 where nothing fails, else that
of the first failure, as report would end.

Examples:
  dialnexa-audit doctor
  dialnexa-audit doctor --workspace acme --json
  dialnexa-audit doctor --sample";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Collect the batches of a period and write the signed report
    #[command(after_help = REPORT_HELP, mut_args = first_used)]
    Report(Box<Report>),
    /// Make the report again, offline, from kept evidence
    #[command(after_help = RENDER_HELP, mut_args = first_used)]
    Render(Box<Render>),
    /// Check a package, or single files of one
    #[command(after_help = VERIFY_HELP)]
    Verify(Verify),
    /// Print what changed from an older report to a newer one over the same period
    #[command(after_help = DIFF_HELP)]
    Diff(Diff),
    /// Draw an audit sample from a package, so that anybody can draw it again
    #[command(after_help = DRAW_HELP)]
    Draw(Draw),
    /// Sign a package as its reviewer or approver, beside whoever prepared it
    #[command(after_help = COUNTERSIGN_HELP, override_usage = COUNTERSIGN_USAGE)]
    Countersign(Countersign),
    /// Put a package into a store (S3, Google, Azure) or a folder, never over another
    #[command(after_help = DELIVER_HELP)]
    Deliver(Deliver),
    /// Make, import or show a signing identity, have it certified, or resolve pseudonyms
    Identity(Identity),
    /// Show what is configured and where it comes from, or the schema of the file
    Config(ConfigureArgs),
    /// Check everything that report would need, and say what to do
    #[command(after_help = DOCTOR_HELP, mut_args = first_used)]
    Doctor(Box<Report>),
    /// Show the latest batches and how far they are
    #[command(after_help = STATUS_HELP)]
    Status(Box<Status>),
    /// Report each batch that is new or newly final, exactly once
    #[command(after_help = WATCH_HELP)]
    Watch(Box<Watch>),
    /// Keep one table per quarter for a warehouse
    #[command(after_help = SYNC_HELP)]
    Sync(Box<Sync>),
    /// Serve the built-in sample API on this machine
    #[command(after_help = SAMPLE_API_HELP)]
    SampleApi(SampleApi),
    /// Print the completions of a shell
    #[command(after_help = COMPLETIONS_HELP)]
    Completions(Completions),
    /// Print the manual page, or write all of them into a folder
    #[command(after_help = MAN_HELP)]
    Man(ManPages),
}

/// Arguments of `report`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Report {
    /// Which period.
    #[command(flatten)]
    pub period: Periods,
    /// Which workspaces.
    #[command(flatten)]
    pub workspaces: Workspaces,

    /// Every workspace of the settings file, one after another
    #[arg(long, help_heading = "Settings", conflicts_with = "api_key_file")]
    pub all_workspaces: bool,

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
    /// How many pages to ask for at once, 1 to 16
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u8).range(1..=16), help_heading = "API")]
    pub concurrency: u8,
    /// Longest time for one page, as 90s or 15m: tries, waits and transfers
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = parsed(patience), help_heading = "API")]
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

    /// Command that is run by the shell when the packages are whole; it gets the result as JSON on standard input
    #[arg(long, value_name = "CMD", help_heading = "Output")]
    pub exec: Option<String>,
    /// How long that command may take; then it is ended [default: no limit]
    #[arg(long, value_name = "TIME", value_parser = parsed(duration), requires = "exec", help_heading = "Output")]
    pub exec_timeout: Option<Duration>,
    /// File that gets metrics of the run in Prometheus text format, for the node exporter's textfile collector
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub metrics_file: Option<PathBuf>,
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
    /// Which workspaces.
    #[command(flatten)]
    pub workspaces: Workspaces,
    /// What is written, and how.
    #[command(flatten)]
    pub package: Package,
}

/// One period or several.
#[derive(Debug, Clone, ClapArgs)]
pub struct Periods {
    /// Quarter: 2024-Q1, FY2024-Q3 of a fiscal year, last or current; may be repeated
    #[arg(long, value_name = "Q", value_parser = parsed(str::parse::<QuarterArg>))]
    #[arg(help_heading = "Period", conflicts_with_all = ["from", "to"])]
    pub quarter: Vec<QuarterArg>,
    /// First day of a range, as 2024-01-31
    #[arg(long, value_name = "DAY", value_parser = parsed(period::day), requires = "to", help_heading = "Period")]
    pub from: Option<NaiveDate>,
    /// First day after the range
    #[arg(long, value_name = "DAY", value_parser = parsed(period::day), requires = "from", help_heading = "Period")]
    pub to: Option<NaiveDate>,
    /// Time zone of the period's days, from the IANA database
    #[arg(long, value_name = "ZONE", value_parser = parsed(period::zone), default_value = "UTC", help_heading = "Period")]
    pub timezone: Tz,
    /// Month in which a fiscal year begins; it is named after the year in which it ends (else: --from and --to)
    #[arg(long, value_name = "MONTH", value_parser = parsed(fiscal_year_start), help_heading = "Period")]
    pub fiscal_year_start: Option<FiscalYearStart>,
}

/// What is written, and how.
#[derive(Debug, Clone, ClapArgs)]
pub struct Package {
    /// Write the report even if completeness is not established, marked as DRAFT; the exit status is 5 all the same
    #[arg(long, help_heading = "Completeness")]
    pub draft: bool,
    /// Formats, separated by commas: csv, html, pdf, ndjson, parquet, xlsx
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "csv,html,pdf", help_heading = "Package",
        value_parser = formats())]
    pub format: Vec<FormatArg>,
    /// Folder in which the package is written; made if it is not there
    #[arg(long, value_name = "DIR", default_value = ".", value_parser = local_folder(), help_heading = "Package")]
    pub out: PathBuf,
    /// Replace a package that is there already
    #[arg(long, help_heading = "Package")]
    pub force: bool,
    /// Make no package that is there already, and take that for done
    #[arg(long, conflicts_with = "force", help_heading = "Package")]
    pub keep_existing: bool,
    /// Signing identity, a PEM file or a key on a token (pkcs11:...) [default: made on first use]
    #[arg(long, value_name = "FILE", help_heading = "Package")]
    pub identity: Option<PathBuf>,
    /// Timestamp authority (RFC 3161) that proves when every file was signed
    #[arg(long, value_name = "URL", value_parser = parsed(web_address), help_heading = "Package")]
    pub timestamp_url: Option<Url>,
    /// Policy that it must stamp under, an object identifier as 1.3.6.1.4.1.99999.1
    #[arg(long, value_name = "OID", value_parser = parsed(policy), help_heading = "Package")]
    pub timestamp_policy: Option<ObjectIdentifier>,
    /// Make the PDF outlast its certificates (PAdES B-LTA): with revocation data, and a timestamp on all of it
    #[arg(long, help_heading = "Package")]
    pub long_term: bool,
    /// Longest wait for one timestamp, and for one answer on revocation
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parsed(duration), help_heading = "Package")]
    pub timestamp_wait: Duration,
    /// Package that the new one takes the place of; what changed is reported in every format. Once per period
    #[arg(long, value_name = "OLD", help_heading = "Package")]
    pub supersedes: Vec<PathBuf>,
    /// Package of an earlier period, whose totals are shown beside those of the new one
    #[arg(long, value_name = "OLD", help_heading = "Package")]
    pub compare_with: Option<PathBuf>,
    /// The company's answers to findings, a CSV file: code,batch,disposition,by,on,words
    #[arg(long, value_name = "FILE", help_heading = "Package")]
    pub dispositions: Option<PathBuf>,
    /// Leave out the byte order mark of CSV files
    #[arg(long, help_heading = "Package")]
    pub no_bom: bool,
    /// Paper of the PDF
    #[arg(long, value_name = "SIZE", default_value = "a4", help_heading = "Package")]
    pub paper: PaperArg,
    /// How digits are grouped where people read them; CSV and JSON group none
    #[arg(long, value_name = "HOW", default_value = "comma", help_heading = "Package")]
    pub grouping: GroupingArg,
    /// Rows of the register in the PDF: auto (up to 10000, else none), all, or a number
    #[arg(long, value_name = "ROWS", default_value = "auto", value_parser = parsed(pdf_rows), help_heading = "Package")]
    pub pdf_rows: Rows,
    /// Folder with fonts for characters that the PDF's own lack: Chinese, Japanese, Korean; only those needed are used
    #[arg(long, value_name = "DIR", help_heading = "Package")]
    pub font_dir: Option<PathBuf>,
    /// Use this machine's fonts for what is still lacking; another machine may then make another PDF
    #[arg(long, help_heading = "Package")]
    pub system_fonts: bool,
    /// Largest size of the HTML, as 5MB; rows beyond are left to the CSV
    #[arg(long, value_name = "SIZE", default_value = "5MB", value_parser = parsed(size), help_heading = "Package")]
    pub html_budget: usize,
    /// Add a one-page cover letter, PDF and text, in English (en) or Hindi (hi)
    #[arg(long, value_name = "LANGUAGE", help_heading = "Package", hide_possible_values = true)]
    pub letter: Option<LetterArg>,
    /// Folder with templates that replace those of the HTML and the letter, by name
    #[arg(long, value_name = "DIR", help_heading = "Package")]
    pub template_dir: Option<PathBuf>,
    /// Organization that hands the report over, named at its head
    #[arg(long = "organization", alias = "organisation", value_name = "NAME", value_parser = parsed(words), help_heading = "Appearance")]
    pub organisation: Option<String>,
    /// How long the package is kept, as stated on the IPE sheet
    #[arg(long, value_name = "WORDS", value_parser = parsed(words), help_heading = "Appearance")]
    pub retention: Option<String>,
    /// Logo, a PNG or SVG file of up to 256 KiB; the PDF shows PNG only
    #[arg(long, value_name = "FILE", help_heading = "Appearance")]
    pub logo: Option<PathBuf>,
    /// Colour of links and headings, as #0a4f9e; one that is hard to read is refused
    #[arg(long, value_name = "COLOUR", value_parser = parsed(accent), help_heading = "Appearance")]
    pub accent: Option<Accent>,
    /// The same where the HTML is read in dark colours
    #[arg(long, value_name = "COLOUR", value_parser = parsed(accent_dark), help_heading = "Appearance")]
    pub accent_dark: Option<Accent>,
    /// Replace names by pseudonyms that only the holder of the key resolves
    #[arg(long, help_heading = "Package")]
    pub pseudonymise: bool,
    /// End with status 1 where a finding is of this severity or above; the package is written all the same
    #[arg(long, value_name = "SEVERITY", help_heading = "Output")]
    pub fail_on: Option<SeverityArg>,
    /// Say nothing but errors, and high findings, on standard error
    #[arg(long, short, help_heading = "Output")]
    pub quiet: bool,
    /// Print the result as JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Print a block for a ticket instead of the paths: markdown (the default), jira, html or plain
    #[arg(long, value_name = "NOTATION", num_args = 0..=1, default_missing_value = "markdown", hide_possible_values = true)]
    #[arg(conflicts_with = "json", help_heading = "Output")]
    pub ticket: Option<NotationArg>,
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
    /// SHA-256 fingerprint of a signer's certificate, as the signer gave it; once for each who signed
    #[arg(long, value_name = "HEX")]
    pub fingerprint: Vec<String>,
    /// Evidence that the package does not hold, because it is kept apart
    #[arg(long, value_name = "FILE")]
    pub evidence: Option<PathBuf>,
    /// Identity beside which the key of the pseudonyms lies, for --evidence where names are replaced [default: the user's own]
    #[arg(long, value_name = "FILE", requires = "evidence")]
    pub identity: Option<PathBuf>,
    /// Folder with fonts that the PDF was set in and that the package does not hold
    #[arg(long, value_name = "DIR")]
    pub font_dir: Option<PathBuf>,
    /// CSV or workbook (XLSX) that came back from a spreadsheet, to be compared with the register of the package
    #[arg(long, value_name = "FILE")]
    pub returned: Option<PathBuf>,
    /// Audit sample (folder) of the package, to be drawn again; with --returned, its worksheet is what is compared
    #[arg(long, value_name = "SAMPLE")]
    pub drawn: Option<PathBuf>,
    /// Print the verdict as JSON
    #[arg(long)]
    pub json: bool,
}
