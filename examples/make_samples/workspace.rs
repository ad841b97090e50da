//! The workspace: ordinary batches, and in every quarter the ones that a reader gets wrong. The first quarter of 2024,
//! which the examples report on, has all of them.

use std::io;

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use dialnexa_audit::batch::Status;
use dialnexa_audit::sample::Record;
use serde_json::{Value, json};

use super::chance::Chance;
use super::names::{HOSTILE, IDS, ODD, SCRIPTS};
use super::plain;

/// How many batches there are.
const BATCHES: usize = 600;

/// First days of the quarters covered, and the first day after them.
const QUARTERS: [&str; 7] =
    ["2023-07-01", "2023-10-01", "2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01", "2025-01-01"];

/// The quarter that holds every special batch.
const FULL: usize = 2;

/// The workspace, one JSON record a line, oldest first.
pub fn lines() -> io::Result<String> {
    let mut text = String::new();
    for record in records() {
        text.push_str(&serde_json::to_string(&record)?);
        text.push('\n');
    }
    Ok(text)
}

fn records() -> Vec<Record> {
    let mut maker = Maker { chance: Chance::new(0x5a4d_504c_4531), records: Vec::new() };
    maker.bounds();
    for quarter in 0..QUARTERS.len() - 1 {
        maker.specials(quarter);
    }
    let left = BATCHES - maker.records.len();
    maker.ordinary(left);
    // Stable, so that ties stay in the order in which they were made: not the order of their ids.
    maker.records.sort_by_key(|record| record.instant());
    maker.records
}

fn midnight(day: &str) -> DateTime<Utc> {
    format!("{day}T00:00:00Z").parse().unwrap_or_default()
}

struct Maker {
    chance: Chance,
    records: Vec<Record>,
}

impl Maker {
    /// Batches at the first instant of each quarter, and just before it, in UTC and in Asia/Kolkata.
    fn bounds(&mut self) {
        for day in QUARTERS {
            for (zone, offset) in [("UTC", TimeDelta::zero()), ("Kolkata", TimeDelta::minutes(330))] {
                let bound = midnight(day) - offset;
                let (first, last) = (format!("{day} first in {zone}"), format!("{day} last before, in {zone}"));
                self.named(bound - TimeDelta::milliseconds(1), last);
                // The workspace ends with 2024.
                if bound < midnight(QUARTERS[QUARTERS.len() - 1]) {
                    self.named(bound, first);
                }
            }
        }
        self.written(midnight(QUARTERS[FULL + 1]) - TimeDelta::microseconds(1), 0, SecondsFormat::Micros);
    }

    fn named(&mut self, at: DateTime<Utc>, name: String) {
        let mut record = plain::completed(&mut self.chance, at);
        record.name = Some(json!(name));
        self.records.push(record);
    }

    /// A working moment in the quarter.
    fn moment(&mut self, quarter: usize) -> DateTime<Utc> {
        let day = self.chance.between(1, 89);
        let milliseconds = self.chance.between(3 * 3_600_000, 14 * 3_600_000);
        let after = TimeDelta::days(day as i64) + TimeDelta::milliseconds(milliseconds as i64);
        midnight(QUARTERS[quarter]) + after
    }

    /// A completed batch in the quarter, changed by `change`.
    fn special(&mut self, quarter: usize, change: impl FnOnce(&mut Record)) {
        let at = self.moment(quarter);
        let mut record = plain::completed(&mut self.chance, at);
        change(&mut record);
        self.records.push(record);
    }

    /// All of `items` in the full quarter; `few` of them, other ones each time, in the others.
    fn share<T: Clone>(quarter: usize, items: &[T], few: usize) -> Vec<T> {
        if quarter == FULL {
            return items.to_vec();
        }
        items.iter().cycle().skip(quarter * few).take(few).cloned().collect()
    }

    fn specials(&mut self, quarter: usize) {
        self.names(quarter);
        self.statuses(quarter);
        for change in Self::share(quarter, &FIGURES, 5) {
            self.special(quarter, change);
        }
        self.times(quarter);
        self.ties(quarter);
        // Ids are unique in the workspace: the last quarter has the ones that the full quarter left.
        let ids = match quarter {
            FULL => &IDS[..5],
            5 => &IDS[5..],
            _ => &[],
        };
        for id in ids {
            self.special(quarter, |record| record.id = (*id).to_owned());
        }
    }

    fn names(&mut self, quarter: usize) {
        let scripts = if quarter == FULL { SCRIPTS.to_vec() } else { Vec::new() };
        let names = [Self::share(quarter, &HOSTILE, 3), Self::share(quarter, &ODD, 1), scripts].concat();
        for name in names {
            self.special(quarter, |record| record.name = Some(json!(name)));
        }
        self.special(quarter, |record| record.name = None);
        self.special(quarter, |record| record.name = Some(Value::Null));
    }

    fn statuses(&mut self, quarter: usize) {
        let mut statuses: Vec<Status> = Status::documented().collect();
        statuses.push(Status::new("escalated"));
        for status in Self::share(quarter, &statuses, 4) {
            let at = self.moment(quarter);
            let record = plain::with_status(&mut self.chance, at, status.as_str());
            self.records.push(record);
        }
    }

    /// The same kind of moments, written with other offsets and other numbers of digits.
    fn times(&mut self, quarter: usize) {
        for minutes in Self::share(quarter, &[330, -480, 345, 0, 825], 2) {
            let at = self.moment(quarter);
            self.written(at, minutes, SecondsFormat::Millis);
        }
        let at = self.moment(quarter);
        self.written(at, 0, SecondsFormat::Secs);
        let at = self.moment(quarter) + TimeDelta::microseconds(250);
        self.written(at, 0, SecondsFormat::Micros);
    }

    /// A batch whose time is written at an offset of so many minutes, with such digits.
    fn written(&mut self, at: DateTime<Utc>, minutes: i32, digits: SecondsFormat) {
        let mut record = plain::completed(&mut self.chance, at);
        if let Some(offset) = FixedOffset::east_opt(minutes * 60) {
            record.created_at = at.with_timezone(&offset).to_rfc3339_opts(digits, false);
        }
        self.records.push(record);
    }

    /// Batches of one instant: made by one upload, in no order that an id would report.
    fn ties(&mut self, quarter: usize) {
        let groups = if quarter == FULL { [5, 3, 2].as_slice() } else { [3].as_slice() };
        for count in groups {
            let at = self.moment(quarter);
            for part in 1..=*count {
                self.named(at, format!("Bulk upload, part {part} of {count}"));
            }
        }
        // One instant, written in two ways.
        let at = self.moment(quarter);
        self.named(at, "Mirror upload (UTC)".to_owned());
        self.written(at, 330, SecondsFormat::Millis);
    }

    /// `count` batches spread evenly over working hours from the middle of June 2023 to the end of 2024.
    fn ordinary(&mut self, count: usize) {
        let first = midnight("2023-06-15");
        let days = (midnight("2025-01-01") - first).num_days();
        for place in 0..count {
            let day = first + TimeDelta::days(place as i64 * days / count as i64);
            let at = day + TimeDelta::milliseconds(self.chance.between(10_800_000, 50_400_000) as i64);
            let status = match self.chance.between(0, 100) {
                0..86 => "completed",
                86..91 => "failed",
                91..97 => "cancelled",
                97..99 => "deleted",
                _ => "paused",
            };
            let record = plain::with_status(&mut self.chance, at, status);
            self.records.push(record);
        }
    }
}

/// What can be wrong with figures: missing ones, ones given as texts, ones that contradict each other or the call logs.
const FIGURES: [fn(&mut Record); 16] = [
    |record| record.failed = None,
    |record| record.failed = Some(Value::Null),
    |record| record.completed = Some(Value::Null),
    |record| record.completed = None,
    |record| record.total = None,
    |record| record.total = Some(Value::Null),
    |record| (record.total, record.completed, record.failed) = (None, None, None),
    |record| record.agent = None,
    |record| record.total = text(&record.total),
    |record| {
        (record.total, record.completed, record.failed) =
            (text(&record.total), text(&record.completed), text(&record.failed));
    },
    // More calls completed and failed than there are.
    |record| record.total = less(&record.total, 7),
    |record| (record.total, record.failed) = (less(&record.completed, 3), None),
    // Completed, but some calls are neither completed nor failed.
    |record| unaccounted(record, 4),
    |record| unaccounted(record, 1),
    // The call logs report two completed calls fewer, and two that nobody answered more.
    disagreeing,
    // Fields that no document names.
    |record| {
        record.more.insert("priority".to_owned(), json!(3));
        record.more.insert("labels".to_owned(), json!(["renewal", "इंडिया"]));
    },
];

fn number(figure: &Option<Value>) -> u64 {
    figure.as_ref().and_then(Value::as_u64).unwrap_or(0)
}

fn text(figure: &Option<Value>) -> Option<Value> {
    Some(json!(number(figure).to_string()))
}

fn less(figure: &Option<Value>, by: u64) -> Option<Value> {
    Some(json!(number(figure).saturating_sub(by)))
}

fn unaccounted(record: &mut Record, calls: u64) {
    record.total = Some(json!(number(&record.total) + calls));
    *record.calls.entry("cancelled".to_owned()).or_default() += calls;
}

fn disagreeing(record: &mut Record) {
    if let Some(completed) = record.calls.get_mut("completed").filter(|completed| **completed > 2) {
        *completed -= 2;
        *record.calls.entry("no_answer".to_owned()).or_default() += 2;
    }
}
