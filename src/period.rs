//! Quarters, fiscal years and ranges of days, and the half-open interval of instants that each of them is in a zone.
//! Reads no clock.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::remedy::Remedy;

/// What makes a period argument unusable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// The text is not a quarter.
    #[error("`{0}` is not a quarter")]
    NotAQuarter(String),
    /// The text is not a day.
    #[error("`{0}` is not a day")]
    NotADay(String),
    /// The text is not a zone of the IANA database.
    #[error("`{0}` is not a time zone of the IANA database")]
    NotAZone(String),
    /// The range ends before it begins.
    #[error("the range from {from} to {to} holds no time")]
    Empty {
        /// The first day.
        from: NaiveDate,
        /// The first day after.
        to: NaiveDate,
    },
    /// The period is beyond the years that can be computed with.
    #[error("the period {0} lies outside the years 1970 to 9998")]
    OutOfYears(String),
}

impl Remedy for PeriodError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::NotAQuarter(_) => {
                "write a calendar quarter as 2024-Q1 or a fiscal one as FY2024-Q3 (Q1 to Q4)".into()
            }
            Self::NotADay(_) => "write it as 2024-01-31".into(),
            Self::NotAZone(_) => "write for example UTC, Asia/Kolkata or Europe/Berlin".into(),
            Self::Empty { .. } => {
                "--to is the first day that is no longer part of the range; choose a later one".into()
            }
            Self::OutOfYears(_) => return None,
        })
    }
}

/// The month in which a fiscal year begins, 1 to 12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FiscalYearStart(u32);

impl FiscalYearStart {
    /// January: fiscal years are calendar years.
    pub const JANUARY: Self = Self(1);

    /// The month `month`, if it is one.
    pub fn new(month: u32) -> Option<Self> {
        (1..=12).contains(&month).then_some(Self(month))
    }

    /// 1 for January to 12 for December.
    pub fn month(self) -> u32 {
        self.0
    }
}

/// A quarter by name: of the calendar year (`2024-Q1`) or of a fiscal one (`FY2024-Q3`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quarter {
    year: i32,
    number: u32,
    fiscal: bool,
}

impl Quarter {
    /// Its first day and the first day after it.
    ///
    /// A fiscal year is named after the calendar year in which it ends, as is usual in India and the US: with a start in
    /// April, FY2024 runs from 1 April 2023 to 31 March 2024.
    pub fn days(self, start: FiscalYearStart) -> Result<(NaiveDate, NaiveDate), PeriodError> {
        let start = if self.fiscal { start } else { FiscalYearStart::JANUARY };
        let first_year = if start.month() == 1 { self.year } else { self.year - 1 };
        let outside = || PeriodError::OutOfYears(self.to_string());
        let first = NaiveDate::from_ymd_opt(first_year, start.month(), 1)
            .and_then(|day| day.checked_add_months(Months::new(3 * (self.number - 1))))
            .ok_or_else(outside)?;
        let after = first.checked_add_months(Months::new(3)).ok_or_else(outside)?;
        Ok((first, after))
    }

    /// Whether it is of a fiscal year, so that its days depend on the month in which that begins.
    pub fn is_fiscal(self) -> bool {
        self.fiscal
    }

    /// The quarter that `day` is in: of the calendar year, or of the fiscal one where that does not begin in January.
    pub fn of_day(day: NaiveDate, start: FiscalYearStart) -> Self {
        // Months since the one in which the first year began; the year that they end in gives the name.
        let months = day.year() * 12 + day.month0() as i32 - (start.month() as i32 - 1);
        let fiscal = start != FiscalYearStart::JANUARY;
        let number = months.rem_euclid(12) as u32 / 3 + 1;
        Self { year: months.div_euclid(12) + i32::from(fiscal), number, fiscal }
    }

    /// The quarter after this one.
    #[must_use]
    pub fn after(self) -> Self {
        match self.number {
            4 => Self { year: self.year + 1, number: 1, ..self },
            number => Self { number: number + 1, ..self },
        }
    }

    /// The quarter before this one.
    #[must_use]
    pub fn before(self) -> Self {
        match self.number {
            1 => Self { year: self.year - 1, number: 4, ..self },
            number => Self { number: number - 1, ..self },
        }
    }
}

impl FromStr for Quarter {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let not_one = || PeriodError::NotAQuarter(text.to_owned());
        let upper = text.trim().to_ascii_uppercase();
        let (fiscal, rest) = match upper.strip_prefix("FY") {
            Some(rest) => (true, rest),
            None => (false, upper.as_str()),
        };
        let (year, number) = rest.split_once("-Q").ok_or_else(not_one)?;
        let digits = |part: &str, count| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(number, 1) {
            return Err(not_one());
        }
        let (year, number) = (year.parse().map_err(|_| not_one())?, number.parse().map_err(|_| not_one())?);
        if !(1..=4).contains(&number) {
            return Err(not_one());
        }
        if !(1971..=9998).contains(&year) {
            return Err(PeriodError::OutOfYears(upper));
        }
        Ok(Self { year, number, fiscal })
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:04}-Q{}", if self.fiscal { "FY" } else { "" }, self.year, self.number)
    }
}

/// A zone of the IANA database by its name (any case), as in `Asia/Kolkata`.
pub fn zone(name: &str) -> Result<Tz, PeriodError> {
    let known = chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name));
    known.copied().ok_or_else(|| PeriodError::NotAZone(name.to_owned()))
}

/// A day as `2024-01-31`.
pub fn day(text: &str) -> Result<NaiveDate, PeriodError> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| PeriodError::NotADay(text.to_owned()))
}

/// A half-open interval of instants, `[start, end)`, and the civil days in a zone that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    label: String,
    slug: String,
    zone: Tz,
    fiscal_year_start: Option<FiscalYearStart>,
    first_day: NaiveDate,
    day_after: NaiveDate,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Period {
    /// The interval of a quarter in `zone`. `start` matters to fiscal quarters only.
    pub fn of_quarter(quarter: Quarter, start: FiscalYearStart, zone: Tz) -> Result<Self, PeriodError> {
        let (first, after) = quarter.days(start)?;
        let name = quarter.to_string();
        let mut period = Self::of_days(name.clone(), name, first, after, zone)?;
        period.fiscal_year_start = quarter.fiscal.then_some(start);
        Ok(period)
    }

    /// The interval of the days from `from` up to, not including, `to`.
    pub fn of_range(from: NaiveDate, to: NaiveDate, zone: Tz) -> Result<Self, PeriodError> {
        if from >= to {
            return Err(PeriodError::Empty { from, to });
        }
        let slug = format!("{}-{}", from.format("%Y%m%d"), to.format("%Y%m%d"));
        Self::of_days(format!("{from} to {to} (exclusive)"), slug, from, to, zone)
    }

    /// All instants up to the first of `after`, also those before 1970. There is no report of it; tables are cut from it.
    ///
    /// # Errors
    /// Where `after` is beyond the years that can be computed with.
    pub fn until(after: NaiveDate, zone: Tz) -> Result<Self, PeriodError> {
        let first = NaiveDate::default();
        let slug = format!("until-{}", after.format("%Y%m%d"));
        let period = Self::of_days(format!("everything before {after}"), slug, first, after, zone)?;
        let start = beginning();
        Ok(Self { first_day: start.date_naive(), start, ..period })
    }

    fn of_days(label: String, slug: String, first: NaiveDate, after: NaiveDate, zone: Tz) -> Result<Self, PeriodError> {
        if first.year() < 1970 || after.year() > 9998 {
            return Err(PeriodError::OutOfYears(label));
        }
        let (start, end) = (start_of_day(first, zone), start_of_day(after, zone));
        if start >= end {
            // A zone that crossed the date line can lack a whole day.
            return Err(PeriodError::Empty { from: first, to: after });
        }
        Ok(Self { label, slug, zone, fiscal_year_start: None, first_day: first, day_after: after, start, end })
    }

    /// What people call it: `2024-Q1`, `FY2024-Q3`, `2024-01-01 to 2024-02-15 (exclusive)`.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The part of file names that reports the period: `2024-Q1`, `20240101-20240215`.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The zone that the days are of.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The month that the fiscal year begins in, for a fiscal quarter.
    pub fn fiscal_year_start(&self) -> Option<FiscalYearStart> {
        self.fiscal_year_start
    }

    /// The first day of the period, in its zone.
    pub fn first_day(&self) -> NaiveDate {
        self.first_day
    }

    /// The first day after the period, in its zone.
    pub fn day_after(&self) -> NaiveDate {
        self.day_after
    }

    /// The first instant of the period.
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// The first instant after the period.
    pub fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// Whether `instant` is in the period.
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        (self.start..self.end).contains(&instant)
    }

    /// Consecutive spans of civil days that cover the period: weeks from Monday to Sunday where that makes at most 27 of
    /// them, else months. The first and the last are clipped to the period.
    pub fn spans(&self) -> (SpanUnit, Vec<Span>) {
        let weeks = self.spans_by(next_monday);
        if weeks.len() <= 27 { (SpanUnit::Week, weeks) } else { (SpanUnit::Month, self.spans_by(next_month)) }
    }

    fn spans_by(&self, next: impl Fn(NaiveDate) -> NaiveDate) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut first = self.first_day;
        while first < self.day_after {
            let after = next(first).min(self.day_after);
            spans.push(Span {
                first_day: first,
                day_after: after,
                start: start_of_day(first, self.zone),
                end: start_of_day(after, self.zone),
            });
            first = after;
        }
        spans
    }
}

/// An instant before everything that a list can be dated with: the first of the year 0, a year before what databases and
/// languages take for no time at all.
pub fn beginning() -> DateTime<Utc> {
    let day = NaiveDate::from_ymd_opt(0, 1, 1).unwrap_or(NaiveDate::MIN);
    Utc.from_utc_datetime(&day.and_time(NaiveTime::MIN))
}

/// The unit of [`Period::spans`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpanUnit {
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

/// A part of a period: whole civil days, and the instants that they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first day.
    pub first_day: NaiveDate,
    /// The first day after it.
    pub day_after: NaiveDate,
    /// Its first instant.
    pub start: DateTime<Utc>,
    /// The first instant after it.
    pub end: DateTime<Utc>,
}

fn next_monday(day: NaiveDate) -> NaiveDate {
    day + Days::new(7 - u64::from(day.weekday().num_days_from_monday()))
}

fn next_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day) + Months::new(1)
}

/// The first instant of a civil day in a zone.
///
/// Where the clock was put back over midnight the earlier of the two midnights; where it was put forward over midnight
/// (or a whole day was left out) the first instant whose civil time is not before it.
fn start_of_day(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    if let Some(instant) = zone.from_local_datetime(&midnight).earliest() {
        return instant.with_timezone(&Utc);
    }
    // No offset is beyond 24 hours, so the gap lies within two days of the same midnight in UTC.
    let guess = Utc.from_utc_datetime(&midnight);
    let (mut before, mut after) = (guess - TimeDelta::hours(48), guess + TimeDelta::hours(48));
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if middle.with_timezone(&zone).naive_local() < midnight { before = middle } else { after = middle }
    }
    after
}

#[cfg(test)]
mod tests;
