//! The values that arguments take, and how they are read.

use std::borrow::Cow;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::{EnumValueParser, PathBufValueParser, TypedValueParser};
use der::asn1::ObjectIdentifier;
use reqwest::Url;

use crate::batch::ApiForm;
use crate::brand::{Accent, Colour, Scheme};
use crate::cli::foreign;
use crate::collect::Assurance;
use crate::findings::Severity;
use crate::package::Format;
use crate::period::{FiscalYearStart, PeriodError, Quarter};
use crate::remedy::Remedy;
use crate::render::handout::Language;
use crate::render::pdf::{Paper, Rows};
use crate::render::ticket::Notation;
use crate::report::Grouping;

/// Why a text is not a value of an argument or a setting, and how to write one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Misread {
    problem: String,
    remedy: Option<Cow<'static, str>>,
}

impl Misread {
    /// What is wrong with it.
    pub fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), remedy: None }
    }

    /// The same, and how to write it.
    pub fn write(self, remedy: impl Into<Cow<'static, str>>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    fn by(error: &impl Remedy) -> Self {
        Self { problem: error.to_string(), remedy: error.remedy() }
    }
}

impl Remedy for Misread {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        self.remedy.clone()
    }
}

/// A misreading as clap shows it, which knows one text only: the remedy is on a line of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueError(pub Misread);

impl std::fmt::Display for ValueError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0.remedy {
            Some(remedy) => write!(f, "{}\nhint: {remedy}", self.0),
            None => self.0.fmt(f),
        }
    }
}

impl std::error::Error for ValueError {}

/// `read` as clap takes it.
pub fn parsed<T, E: Remedy>(
    read: impl Fn(&str) -> Result<T, E> + Clone + Send + Sync,
) -> impl Fn(&str) -> Result<T, ValueError> + Clone + Send + Sync {
    move |text| read(text).map_err(|error| ValueError(Misread::by(&error)))
}

/// `--quarter`: one by name, or by where it lies from today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuarterArg {
    /// That quarter.
    Named(Quarter),
    /// The one before the present one.
    Last,
    /// The present one.
    Current,
}

impl FromStr for QuarterArg {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "last" => Ok(Self::Last),
            "current" => Ok(Self::Current),
            _ => text.parse().map(Self::Named),
        }
    }
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
    /// A workbook, for people who work in a spreadsheet
    Xlsx,
}

/// Reads a format that this build can write.
pub fn formats() -> impl TypedValueParser<Value = FormatArg> {
    EnumValueParser::<FormatArg>::new().try_map(|format| match format {
        FormatArg::Parquet => with_parquet(format),
        other => Ok(other),
    })
}

/// The format, which is Parquet, where this build has it.
pub fn with_parquet<T>(format: T) -> Result<T, &'static str> {
    match cfg!(feature = "parquet") {
        true => Ok(format),
        false => Err("this build of the program cannot write Parquet: it was made without the feature parquet"),
    }
}

impl From<FormatArg> for Format {
    fn from(arg: FormatArg) -> Self {
        match arg {
            FormatArg::Csv => Self::Csv,
            FormatArg::Html => Self::Html,
            FormatArg::Pdf => Self::Pdf,
            FormatArg::Ndjson => Self::Ndjson,
            FormatArg::Parquet => Self::Parquet,
            FormatArg::Xlsx => Self::Xlsx,
        }
    }
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SeverityArg {
    /// High findings.
    High,
    /// Medium ones as well.
    Medium,
    /// Any finding.
    Low,
}

impl From<SeverityArg> for Severity {
    fn from(arg: SeverityArg) -> Self {
        match arg {
            SeverityArg::High => Self::High,
            SeverityArg::Medium => Self::Medium,
            SeverityArg::Low => Self::Low,
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

/// `--grouping`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroupingArg {
    /// 1,234,567
    Comma,
    /// Narrow spaces between groups of three
    Thin,
    /// 12,34,567
    Indian,
    /// 1234567
    None,
}

impl From<GroupingArg> for Grouping {
    fn from(arg: GroupingArg) -> Self {
        match arg {
            GroupingArg::Comma => Self::Comma,
            GroupingArg::Thin => Self::Thin,
            GroupingArg::Indian => Self::Indian,
            GroupingArg::None => Self::None,
        }
    }
}

/// `--letter`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LetterArg {
    /// English
    En,
    /// Hindi
    Hi,
}

impl From<LetterArg> for Language {
    fn from(arg: LetterArg) -> Self {
        match arg {
            LetterArg::En => Self::English,
            LetterArg::Hi => Self::Hindi,
        }
    }
}

/// `--ticket`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NotationArg {
    /// GitHub, GitLab, Linear
    Markdown,
    /// Jira
    Jira,
    /// ServiceNow, Zendesk
    Html,
    /// No notation
    Plain,
}

impl From<NotationArg> for Notation {
    fn from(arg: NotationArg) -> Self {
        match arg {
            NotationArg::Markdown => Self::Markdown,
            NotationArg::Jira => Self::Jira,
            NotationArg::Html => Self::Html,
            NotationArg::Plain => Self::Plain,
        }
    }
}

/// A month by its number.
pub fn fiscal_year_start(text: &str) -> Result<FiscalYearStart, Misread> {
    let month = text.parse().ok().and_then(FiscalYearStart::new);
    month
        .ok_or_else(|| Misread::new(format!("`{text}` is not a month")).write("write 1 for January to 12 for December"))
}

/// A folder of this machine. A URL would be taken for the path of a new one, and what is written never reach its place.
pub fn local_folder() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match scheme(&path.to_string_lossy()) {
        Some(scheme) => {
            let what =
                format!("`{}` is a URL ({scheme}://), and only folders of this machine are written to", path.display());
            Err(ValueError(Misread::new(what).write("name a folder, and copy it to its place")))
        }
        None => Ok(path),
    })
}

/// The scheme of a URL; a single letter is a drive.
fn scheme(text: &str) -> Option<String> {
    let (scheme, _) = text.split_once("://")?;
    let is_one = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    (scheme.len() > 1 && scheme.chars().all(is_one)).then(|| scheme.to_owned())
}

/// `leads`, `calls`, `v1`.
pub fn form(text: &str) -> Result<ApiForm, Misread> {
    let forms = [ApiForm::Leads, ApiForm::Calls, ApiForm::V1];
    let form = forms.into_iter().find(|form| form.as_str() == text);
    form.ok_or_else(|| Misread::new(format!("`{text}` is not one of leads, calls, v1")))
}

/// Authorities are often asked over plain HTTP: their answers are signed, and nothing secret is sent.
pub fn web_address(text: &str) -> Result<Url, Misread> {
    let url = Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    let wrong = || Misread::new(format!("`{text}` is not a web address"));
    url.ok_or_else(|| wrong().write("write it as http://tsa.example.com/"))
}

/// An object identifier.
pub fn policy(text: &str) -> Result<ObjectIdentifier, Misread> {
    let wrong = || Misread::new(format!("`{text}` is not an object identifier"));
    ObjectIdentifier::new(text).map_err(|_| wrong().write("write it as 1.3.6.1.4.1.99999.1"))
}

/// `auto`, `all`, `500`.
pub fn pdf_rows(text: &str) -> Result<Rows, Misread> {
    text.parse().map_err(|()| Misread::new(format!("`{text}` is not auto, all or a number of rows")))
}

/// `90`, `90s`, `15m`, `2h`.
pub fn duration(text: &str) -> Result<Duration, Misread> {
    let (number, unit) = match text.char_indices().last() {
        Some((place, 's')) => (&text[..place], 1),
        Some((place, 'm')) => (&text[..place], 60),
        Some((place, 'h')) => (&text[..place], 3600),
        _ => (text, 1),
    };
    let seconds =
        number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).filter(|seconds| *seconds <= 86_400);
    let wrong = || Misread::new(format!("`{text}` is not a time of up to a day"));
    seconds.map(Duration::from_secs).ok_or_else(|| wrong().write("write it as 90s, 15m or 2h"))
}

/// The longest time for a page, in which an answer has to have a chance.
pub fn patience(text: &str) -> Result<Duration, Misread> {
    match duration(text)? {
        Duration::ZERO => {
            Err(Misread::new(format!("`{text}` leaves no time for any answer")).write("allow at least 1s"))
        }
        time => Ok(time),
    }
}

/// `5000000`, `800kB`, `5MB`.
pub fn size(text: &str) -> Result<usize, Misread> {
    let upper = text.to_ascii_uppercase();
    let (number, unit) = match (upper.strip_suffix("MB"), upper.strip_suffix("KB")) {
        (Some(number), _) => (number, 1_000_000),
        (None, Some(number)) => (number, 1_000),
        (None, None) => (upper.as_str(), 1),
    };
    let bytes = number.trim().parse::<usize>().ok().and_then(|number| number.checked_mul(unit));
    let wrong = || Misread::new(format!("`{text}` is not a size"));
    bytes.ok_or_else(|| wrong().write("write it as 5MB, 800kB or a number of bytes"))
}

/// A colour for text on light ground.
pub fn accent(text: &str) -> Result<Accent, Misread> {
    readable(text, Scheme::Light)
}

/// A colour for text on dark ground.
pub fn accent_dark(text: &str) -> Result<Accent, Misread> {
    readable(text, Scheme::Dark)
}

fn readable(text: &str, scheme: Scheme) -> Result<Accent, Misread> {
    let colour = text.parse::<Colour>().map_err(|error| Misread::by(&error))?;
    Accent::new(colour, scheme).map_err(|error| Misread::by(&error))
}

/// A line of words for the report.
pub fn words(text: &str) -> Result<String, Misread> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(Misread::new("it is empty")),
        201.. => Err(Misread::new("it has more than 200 characters")),
        _ if text.contains(char::is_control) => Err(Misread::new("it holds a line break or another control character")),
        _ => Ok(text.to_owned()),
    }
}

/// A line of words that a person signs: what is shown of it must be all that it holds.
pub fn person(text: &str) -> Result<String, Misread> {
    let text = words(text)?;
    match foreign::shown(&text) == text {
        true => Ok(text),
        false => Err(Misread::new("it holds a character that is not seen or that turns the direction of writing")),
    }
}
