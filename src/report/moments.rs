//! Moments and bounds as a person writes them. The data formats have RFC 3339.

use chrono::{DateTime, TimeDelta, Timelike, Utc};

use super::{AuditReport, PeriodStatement};

/// A moment in UTC, to the second, or to the millisecond where it has a part of a second: `2 Apr 2024 08:30:00 UTC`.
pub fn moment(at: DateTime<Utc>) -> String {
    let format = if at.nanosecond() == 0 { "%-d %b %Y %H:%M:%S UTC" } else { "%-d %b %Y %H:%M:%S%.3f UTC" };
    at.format(format).to_string()
}

/// A bound: to the minute unless it has seconds.
fn bound(at: DateTime<impl chrono::TimeZone<Offset: std::fmt::Display>>) -> String {
    let format = match (at.second(), at.nanosecond()) {
        (0, 0) => "%-d %b %Y %H:%M",
        (_, 0) => "%-d %b %Y %H:%M:%S",
        _ => "%-d %b %Y %H:%M:%S%.3f",
    };
    at.format(format).to_string()
}

/// From one moment to another in UTC; the end is exclusive.
pub fn utc_bounds(start: DateTime<Utc>, end: DateTime<Utc>) -> String {
    // Midnight ends a day.
    let midnight = end.time() == chrono::NaiveTime::MIN;
    let to = if midnight { format!("{} 24:00", (end - TimeDelta::days(1)).format("%-d %b %Y")) } else { bound(end) };
    format!("{} to {to}, UTC", bound(start))
}

impl PeriodStatement {
    /// The bounds in the period's zone: `1 Jan 2024 00:00 to 31 Mar 2024 24:00, Asia/Kolkata`.
    ///
    /// A day ends at 24:00, also where the clocks leave midnight out.
    pub fn bounds(&self) -> String {
        let last = self.day_after.pred_opt().unwrap_or(self.day_after).format("%-d %b %Y");
        format!("{} to {last} 24:00, {}", bound(self.start.with_timezone(&self.timezone)), self.timezone.name())
    }

    /// The same bounds in UTC; `None` where that is the period's zone.
    pub fn bounds_in_utc(&self) -> Option<String> {
        (self.timezone != chrono_tz::UTC).then(|| utc_bounds(self.start, self.end))
    }
}

impl AuditReport {
    /// The bounds of what was collected, in the period's zone, as a sentence of a few words.
    pub fn bounds(&self) -> String {
        match self.period.as_of {
            None => self.period.bounds(),
            Some(as_of) => format!("{}; collected up to {}", self.period.bounds(), moment(as_of)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::{FiscalYearStart, Period, zone};

    fn stated(quarter: &str, of: &str) -> PeriodStatement {
        let quarter = quarter.parse().unwrap();
        PeriodStatement::new(&Period::of_quarter(quarter, FiscalYearStart::JANUARY, zone(of).unwrap()).unwrap(), None)
    }

    #[test]
    fn bounds_read_as_a_person_writes_them() {
        let period = stated("2024-Q1", "Asia/Kolkata");
        assert_eq!(period.bounds(), "1 Jan 2024 00:00 to 31 Mar 2024 24:00, Asia/Kolkata");
        assert_eq!(period.bounds_in_utc().unwrap(), "31 Dec 2023 18:30 to 31 Mar 2024 18:30, UTC");
        let period = stated("2024-Q4", "UTC");
        assert_eq!(period.bounds(), "1 Oct 2024 00:00 to 31 Dec 2024 24:00, UTC");
        assert_eq!(period.bounds_in_utc(), None);
    }

    #[test]
    fn a_day_that_begins_after_midnight_says_when() {
        // The clocks of Beirut went from 24:00 of 30 March 2024 to 01:00.
        let beirut = zone("Asia/Beirut").unwrap();
        let period = Period::of_range("2024-03-31".parse().unwrap(), "2024-04-02".parse().unwrap(), beirut).unwrap();
        let bounds = PeriodStatement::new(&period, None).bounds();
        assert_eq!(bounds, "31 Mar 2024 01:00 to 1 Apr 2024 24:00, Asia/Beirut");
        let period = Period::of_range("2024-03-01".parse().unwrap(), "2024-03-31".parse().unwrap(), beirut).unwrap();
        let bounds = PeriodStatement::new(&period, None).bounds();
        assert_eq!(bounds, "1 Mar 2024 00:00 to 30 Mar 2024 24:00, Asia/Beirut");
    }

    #[test]
    fn a_moment_keeps_what_it_has_of_a_second() {
        let read = |text: &str| moment(text.parse().unwrap());
        assert_eq!(read("2024-04-02T08:30:00Z"), "2 Apr 2024 08:30:00 UTC");
        assert_eq!(read("2023-12-30T17:45:12.345Z"), "30 Dec 2023 17:45:12.345 UTC");
    }
}
