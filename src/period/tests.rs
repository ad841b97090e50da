//! Quarters and ranges as they are in zones that change.

use super::*;
use proptest::prelude::*;

fn quarter(text: &str, start: u32, zone_name: &str) -> Period {
    let start = FiscalYearStart::new(start).unwrap();
    Period::of_quarter(text.parse().unwrap(), start, zone(zone_name).unwrap()).unwrap()
}

fn bounds(period: &Period) -> (String, String) {
    (period.start().to_rfc3339(), period.end().to_rfc3339())
}

fn pair(a: &str, b: &str) -> (String, String) {
    (a.to_owned(), b.to_owned())
}

#[test]
fn a_calendar_quarter_ignores_the_fiscal_year() {
    for start in 1..=12 {
        let utc = bounds(&quarter("2024-Q1", start, "UTC"));
        assert_eq!(utc, pair("2024-01-01T00:00:00+00:00", "2024-04-01T00:00:00+00:00"));
    }
}

#[test]
fn bounds_are_those_of_the_zone() {
    let kolkata = bounds(&quarter("2024-Q1", 1, "Asia/Kolkata"));
    assert_eq!(kolkata, pair("2023-12-31T18:30:00+00:00", "2024-03-31T18:30:00+00:00"));
    let berlin = bounds(&quarter("2024-Q1", 1, "europe/berlin"));
    assert_eq!(berlin, pair("2023-12-31T23:00:00+00:00", "2024-03-31T22:00:00+00:00"));
}

#[test]
fn a_fiscal_year_is_named_after_the_year_it_ends_in() {
    let third = quarter("FY2024-Q3", 4, "UTC");
    assert_eq!(bounds(&third), pair("2023-10-01T00:00:00+00:00", "2024-01-01T00:00:00+00:00"));
    let october = quarter("FY2024-Q1", 10, "UTC");
    assert_eq!(bounds(&october), pair("2023-10-01T00:00:00+00:00", "2024-01-01T00:00:00+00:00"));
    assert_eq!(bounds(&quarter("FY2024-Q1", 1, "UTC")), bounds(&quarter("2024-Q1", 1, "UTC")));
}

#[test]
fn a_midnight_that_does_not_exist_begins_after_the_gap() {
    // Beirut put its clocks forward at midnight; Samoa left out 30 December 2011.
    let beirut = Period::of_range(day("2022-03-27").unwrap(), day("2022-03-28").unwrap(), zone("Asia/Beirut").unwrap());
    assert_eq!(bounds(&beirut.unwrap()), pair("2022-03-26T22:00:00+00:00", "2022-03-27T21:00:00+00:00"));
    let samoa = Period::of_range(day("2011-12-30").unwrap(), day("2011-12-31").unwrap(), zone("Pacific/Apia").unwrap());
    assert!(matches!(samoa, Err(PeriodError::Empty { .. })));
}

#[test]
fn what_is_not_a_quarter_is_refused() {
    for text in ["2024-Q5", "24Q1", "2024-Q0", "2024Q1", "", "FY24-Q1", "2024-Q11", "२०२४-Q1", "+024-Q1", "2024-01"]
    {
        assert_eq!(text.parse::<Quarter>(), Err(PeriodError::NotAQuarter(text.to_owned())), "{text}");
    }
    assert_eq!("2024-q1".parse::<Quarter>().unwrap().to_string(), "2024-Q1");
    assert!(matches!("0001-Q1".parse::<Quarter>(), Err(PeriodError::OutOfYears(_))));
}

fn any_zone() -> impl Strategy<Value = Tz> {
    proptest::sample::select(&chrono_tz::TZ_VARIANTS[..])
}

proptest! {
    /// Complete and disjoint: every instant is in exactly one calendar quarter and one fiscal quarter of its zone.
    #[test]
    fn quarters_partition_time(seconds in 63_072_000_i64..10_000_000_000, zone in any_zone(), month in 1_u32..=12) {
        let instant = DateTime::from_timestamp(seconds, 0).unwrap();
        let start = FiscalYearStart::new(month).unwrap();
        let year = instant.year();
        for prefix in ["", "FY"] {
            let holding = (year - 1..=year + 2)
                .flat_map(|year| (1..=4).map(move |number| format!("{prefix}{year}-Q{number}")))
                .filter_map(|name| name.parse::<Quarter>().ok())
                .filter(|quarter| Period::of_quarter(*quarter, start, zone).unwrap().contains(instant))
                .count();
            prop_assert_eq!(holding, 1);
        }
    }

    /// The quarter of a day holds it, and the one before ends where it begins.
    #[test]
    fn the_quarter_of_a_day_holds_it(day in 1000_u64..1_000_000, month in 1_u32..=12) {
        let day = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + Days::new(day);
        let start = FiscalYearStart::new(month).unwrap();
        let quarter = Quarter::of_day(day, start);
        let (first, after) = quarter.days(start).unwrap();
        prop_assert!((first..after).contains(&day));
        prop_assert_eq!(quarter.before().days(start).unwrap().1, first);
        prop_assert_eq!(quarter.to_string().starts_with("FY"), month != 1);
    }

    /// Spans follow each other without gap or overlap and cover the period.
    #[test]
    fn spans_partition_the_period(first in 0_u64..20_000, length in 1_u64..900, zone in any_zone()) {
        let from = NaiveDate::from_ymd_opt(1975, 1, 1).unwrap() + Days::new(first);
        let Ok(period) = Period::of_range(from, from + Days::new(length), zone) else { return Ok(()) };
        let (_, spans) = period.spans();
        prop_assert_eq!(spans.first().unwrap().start, period.start());
        prop_assert_eq!(spans.last().unwrap().end, period.end());
        for pair in spans.windows(2) {
            prop_assert_eq!(pair[0].end, pair[1].start);
        }
    }
}

#[test]
fn the_beginning_is_before_what_languages_write_for_no_time_and_is_read_again() {
    use crate::batch::rfc3339;
    let written = rfc3339(beginning());
    assert_eq!(written, "0000-01-01T00:00:00.000Z");
    assert_eq!(written.parse::<DateTime<Utc>>().unwrap(), beginning());
    assert!(beginning() < "0001-01-01T00:00:00+23:59".parse::<DateTime<Utc>>().unwrap());
    let json = serde_json::to_string(&beginning()).unwrap();
    assert_eq!(serde_json::from_str::<DateTime<Utc>>(&json).unwrap(), beginning());
    let all = Period::until("2024-04-01".parse().unwrap(), Tz::UTC).unwrap();
    assert_eq!((all.start(), rfc3339(all.end()).as_str()), (beginning(), "2024-04-01T00:00:00.000Z"));
}

#[test]
fn a_quarter_is_the_one_before_the_one_after_it() {
    for name in ["2024-Q1", "2024-Q4", "FY2024-Q2", "FY2023-Q4"] {
        let quarter: Quarter = name.parse().unwrap();
        assert_eq!(quarter.after().before(), quarter);
        assert_eq!(quarter.before().after(), quarter);
    }
}
