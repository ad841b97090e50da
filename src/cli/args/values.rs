//! The values that arguments take, and how they are read.

use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::{EnumValueParser, TypedValueParser};
use der::asn1::ObjectIdentifier;
use reqwest::Url;

use crate::batch::ApiForm;
use crate::brand::{Accent, Colour, Scheme};
use crate::collect::Assurance;
use crate::package::Format;
use crate::period::{FiscalYearStart, PeriodError, Quarter};
use crate::render::pdf::{Paper, Rows};

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

/// A month by its number.
pub fn fiscal_year_start(text: &str) -> Result<FiscalYearStart, String> {
    let month = text.parse().ok().and_then(FiscalYearStart::new);
    month.ok_or_else(|| format!("`{text}` is not a month; write 1 for January to 12 for December"))
}

/// `leads`, `calls`, `v1`.
pub fn form(text: &str) -> Result<ApiForm, String> {
    let forms = [ApiForm::Leads, ApiForm::Calls, ApiForm::V1];
    forms
        .into_iter()
        .find(|form| form.as_str() == text)
        .ok_or_else(|| format!("`{text}` is not one of leads, calls, v1"))
}

/// Authorities are often asked over plain HTTP: their answers are signed, and nothing secret is sent.
pub fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    url.ok_or_else(|| format!("`{text}` is not a web address; write it as http://tsa.example.com/"))
}

/// An object identifier.
pub fn policy(text: &str) -> Result<ObjectIdentifier, String> {
    ObjectIdentifier::new(text)
        .map_err(|_| format!("`{text}` is not an object identifier; write it as 1.3.6.1.4.1.99999.1"))
}

/// `auto`, `all`, `500`.
pub fn pdf_rows(text: &str) -> Result<Rows, String> {
    match text {
        "auto" => Ok(Rows::Auto),
        "all" => Ok(Rows::All),
        number => number.parse().map(Rows::Count).map_err(|_| format!("`{text}` is not auto, all or a number of rows")),
    }
}

/// `90`, `90s`, `15m`, `2h`.
pub fn duration(text: &str) -> Result<Duration, String> {
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
pub fn size(text: &str) -> Result<usize, String> {
    let upper = text.to_ascii_uppercase();
    let (number, unit) = match (upper.strip_suffix("MB"), upper.strip_suffix("KB")) {
        (Some(number), _) => (number, 1_000_000),
        (None, Some(number)) => (number, 1_000),
        (None, None) => (upper.as_str(), 1),
    };
    let bytes = number.trim().parse::<usize>().ok().and_then(|number| number.checked_mul(unit));
    bytes.ok_or_else(|| format!("`{text}` is not a size; write it as 5MB, 800kB or a number of bytes"))
}

/// A colour for text on light ground.
pub fn accent(text: &str) -> Result<Accent, String> {
    readable(text, Scheme::Light)
}

/// A colour for text on dark ground.
pub fn accent_dark(text: &str) -> Result<Accent, String> {
    readable(text, Scheme::Dark)
}

fn readable(text: &str, scheme: Scheme) -> Result<Accent, String> {
    let colour = text.parse::<Colour>().map_err(|error| error.to_string())?;
    Accent::new(colour, scheme).map_err(|error| error.to_string())
}

/// A line of words for the report.
pub fn words(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("it is empty".to_owned()),
        201.. => Err("it has more than 200 characters".to_owned()),
        _ if text.contains(char::is_control) => Err("it holds a line break or another control character".to_owned()),
        _ => Ok(text.to_owned()),
    }
}
