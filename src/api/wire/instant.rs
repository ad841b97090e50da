//! The time of a record: an instant, whatever its offset and however many digits it has.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, Timelike, Utc};

/// The last nanosecond of a second: where the second 60 begins for formats that have none.
const LAST: u32 = 999_999_999;

/// The instant that `text` is; why it is none, in words that follow the text.
///
/// A leap second (23:59:60 UTC at the end of a month) is the last nanosecond of its day, because neither XML Schema nor
/// Parquet nor a spreadsheet has a second 60: so it is one instant in every format, and stays in its period. Digits beyond
/// nanoseconds are cut off.
pub(super) fn read(text: &str) -> Result<DateTime<Utc>, String> {
    let instant = match DateTime::parse_from_rfc3339(text) {
        Ok(instant) => instant.to_utc(),
        Err(_) if lacks_zone(text) => {
            return Err("has no time zone: RFC 3339 needs `Z` or an offset such as `+05:30`".to_owned());
        }
        Err(error) => return Err(format!("is not an RFC 3339 time ({error})")),
    };
    if instant.nanosecond() <= LAST {
        return Ok(instant);
    }
    let day = instant.date_naive();
    let ends_month = day.checked_add_days(Days::new(1)).is_some_and(|next| next.day() == 1);
    let is_leap = ends_month && (instant.hour(), instant.minute()) == (23, 59);
    let last = is_leap.then(|| instant.with_nanosecond(LAST)).flatten();
    last.ok_or_else(|| "has a second 60 that UTC does not have: leap seconds end a month at 23:59:60 UTC".to_owned())
}

/// Whether it is a date, or a date and a time, and nothing behind it.
fn lacks_zone(text: &str) -> bool {
    let text = text.trim().replace(['T', 't'], " ");
    let times = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    times.iter().any(|format| NaiveDateTime::parse_from_str(&text, format).is_ok())
        || NaiveDate::parse_from_str(&text, "%Y-%m-%d").is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::batch::rfc3339;

    #[test]
    fn a_leap_second_is_the_last_nanosecond_of_its_day() {
        for text in [
            "2016-12-31T23:59:60Z",
            "2016-12-31T23:59:60.999999999Z",
            "2017-01-01T05:29:60.5+05:30",
            "2016-12-31T15:59:60-08:00",
        ] {
            assert_eq!(rfc3339(read(text).unwrap()), "2016-12-31T23:59:59.999999999Z", "{text}");
        }
        for text in
            ["2024-03-15T10:20:60Z", "2024-03-15T23:59:60Z", "2024-12-31T23:59:60+05:30", "2024-03-31T23:58:60Z"]
        {
            assert!(read(text).unwrap_err().starts_with("has a second 60"), "{text}");
        }
    }

    #[test]
    fn a_time_without_a_zone_says_so_and_no_other_does() {
        for text in
            ["2024-01-01T10:00:00", "2024-01-01 10:00:00.123", "2024-01-01T10:00", "2024-01-01", "2024-01-01t10:00:00"]
        {
            assert!(read(text).unwrap_err().starts_with("has no time zone"), "{text}");
        }
        for text in
            ["01/02/2024", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z", "1704067200", "", "2024-01-01T25:00:00"]
        {
            assert!(read(text).unwrap_err().starts_with("is not an RFC 3339 time"), "{text}");
        }
    }

    #[test]
    fn the_first_and_the_last_year_and_every_digit_are_kept() {
        for (text, same) in [
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
            ("2024-01-01T00:00:00.0000000019Z", "2024-01-01T00:00:00.000000001Z"),
        ] {
            assert_eq!(rfc3339(read(text).unwrap()), same);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(seconds in -62_135_596_800_i64..253_402_300_800, nanos in 0_u32..1_000_000_000) {
            let instant = DateTime::from_timestamp(seconds, nanos).unwrap();
            prop_assert_eq!(read(&rfc3339(instant)).unwrap(), instant);
            prop_assert_eq!(rfc3339(instant).parse::<DateTime<Utc>>().unwrap(), instant);
        }
    }
}
