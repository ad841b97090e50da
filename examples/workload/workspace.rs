//! A workspace of any size, made up: the same on every machine.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use dialnexa_audit::batch::rfc3339;

/// Rows of a page, as the API serves them at most.
pub const LIMIT: u64 = 100;
/// Names as people give them: mostly Latin, some not.
const NAMES: [&str; 8] = [
    "Renewal reminders",
    "Welcome calls, north",
    "Payment follow-up",
    "नवीनीकरण अनुस्मारक",
    "Survey, spring & summer",
    "Delivery slots \"express\"",
    "பணம் நினைவூட்டல்",
    "Win-back",
];

/// Batches spread evenly over a time.
pub struct Workspace {
    count: u64,
    first: DateTime<Utc>,
    span: TimeDelta,
}

impl Workspace {
    /// `count` batches of 2023 and 2024: 2024-Q1 holds 124,487 of a million.
    pub fn of_two_years(count: u64) -> Self {
        Self::spread(count, 2023, 731)
    }

    /// `count` batches of 2024-Q1.
    #[allow(dead_code)]
    pub fn of_a_quarter(count: u64) -> Self {
        Self::spread(count, 2024, 91)
    }

    fn spread(count: u64, year: i32, days: i64) -> Self {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN).and_utc();
        Self { count, first, span: TimeDelta::days(days) }
    }

    /// A page of up to `limit` rows as the API answers it, newest first.
    pub fn page(&self, page: u64, limit: u64) -> String {
        let mut text = String::from("{\"data\":[");
        let start = page.saturating_sub(1).saturating_mul(limit).min(self.count);
        for place in start..(start + limit).min(self.count) {
            if place > start {
                text.push(',');
            }
            self.record(&mut text, self.count - 1 - place);
        }
        let (count, pages) = (self.count, self.count.div_ceil(limit).max(1));
        // Writing to a String cannot fail.
        let _ =
            write!(text, "],\"meta\":{{\"page\":{page},\"limit\":{limit},\"total\":{count},\"totalPages\":{pages}}}}}");
        text
    }

    /// The batch of this number, counted from the oldest.
    fn record(&self, text: &mut String, number: u64) {
        let random = mixed(number);
        let offset = self.span.num_milliseconds().unsigned_abs() * number / self.count;
        let created_at = self.first + TimeDelta::milliseconds(offset.cast_signed());
        let name = NAMES[(random % 8) as usize].replace('"', "\\\"");
        let status =
            ["completed", "completed", "completed", "completed", "completed", "failed", "cancelled", "processing"]
                [(random >> 8) as usize % 8];
        let total = 20 + (random >> 16) % 980;
        let failed = total * ((random >> 32) % 20) / 100;
        let completed = if status == "completed" { total - failed } else { (total - failed) / 2 };
        let _ = write!(
            text,
            "{{\"id\":\"batch_{random:016x}\",\"name\":\"{name} {number}\",\"status\":\"{status}\",\
             \"total_leads\":{total},\"completed\":{completed},\"failed\":{failed},\
             \"agent_id\":\"agent_{agent:012x}\",\"created_at\":\"{created}\"}}",
            agent = mixed((random >> 40) % 40) >> 16,
            created = rfc3339(created_at),
        );
    }
}

/// The finalizer of MurmurHash3: numbers that look random, the same on every machine.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let number = (number ^ (number >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    number ^ (number >> 33)
}
