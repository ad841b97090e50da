//! Dates and times as spreadsheets write them: in the order of a country, with a month's name, to the minute only, as the
//! number of days since 1899.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

/// Which of day and month comes first, where both are numbers and the year comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Day,
    Month,
}

/// A way to read a cell.
#[derive(Debug, Clone, Copy)]
struct Reading {
    /// What it shows, in the zone that the column is in unless it reports an offset.
    shown: NaiveDateTime,
    offset: Option<FixedOffset>,
    /// How long the shortest difference is that it shows.
    unit: TimeDelta,
    /// Whether what is shorter may be rounded up; hours and days are only ever cut.
    rounded: bool,
    /// The order that this takes for granted.
    order: Option<Order>,
}

/// In what order the dates of a file stand, as far as cells report that can be read in one way only.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    day_first: bool,
    month_first: bool,
}

impl Style {
    /// Learns from a cell.
    pub fn learn(&mut self, cell: &str) {
        if let [reading] = readings(cell).as_slice() {
            self.day_first |= reading.order == Some(Order::Day);
            self.month_first |= reading.order == Some(Order::Month);
        }
    }

    /// How a cell shows the instant `signed`, if it does: `None` where it shows another one.
    ///
    /// Where nothing in the file reports whether the day or the month comes first, the one that agrees is taken.
    pub fn shows(self, cell: &str, signed: DateTime<FixedOffset>) -> Option<&'static str> {
        let readings = readings(cell);
        let settled = |reading: &&Reading| match reading.order {
            Some(Order::Day) => self.day_first || !self.month_first,
            Some(Order::Month) => self.month_first || !self.day_first,
            None => true,
        };
        let agrees = |reading: &Reading| {
            let expected = match reading.offset {
                Some(offset) => signed.with_timezone(&offset).naive_local(),
                None => signed.naive_local(),
            };
            let late = expected - reading.shown;
            let early = if reading.rounded { -reading.unit / 2 } else { TimeDelta::zero() };
            late < reading.unit && late >= early
        };
        let mut usable = readings.iter().filter(settled).peekable();
        usable.peek()?;
        // A file that has both orders: the cell must agree by either.
        let both = self.day_first && self.month_first;
        let found = if both && readings.len() > 1 { usable.all(agrees) } else { usable.any(agrees) };
        found.then(|| how(readings.first().map_or(TimeDelta::zero(), |reading| reading.unit)))
    }
}

fn how(unit: TimeDelta) -> &'static str {
    match unit.num_seconds() {
        0 => "the time written otherwise",
        1 => "the time written otherwise, to the second",
        2..=60 => "the time written otherwise, to the minute",
        _ => "the time written otherwise, without hours and minutes",
    }
}

fn readings(cell: &str) -> Vec<Reading> {
    let text = cell.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        let unit = TimeDelta::nanoseconds(1);
        return vec![Reading {
            shown: instant.naive_local(),
            offset: Some(*instant.offset()),
            unit,
            rounded: false,
            order: None,
        }];
    }
    serial(text).map_or_else(|| written(text), |reading| vec![reading])
}

/// `45292.229166667`: days since the end of 1899. Of this century's years all have five digits.
fn serial(text: &str) -> Option<Reading> {
    let (days, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if days.len() != 5 || !digits(days) || !digits(part) || part.len() > 15 {
        return None;
    }
    let nanos_of_a_day = 86_400_000_000_000_i128;
    let scale = 10_i128.pow(u32::try_from(part.len()).ok()?);
    let nanos = if part.is_empty() { 0 } else { part.parse::<i128>().ok()? * nanos_of_a_day / scale };
    let unit = i64::try_from((nanos_of_a_day / scale).max(1)).ok()?;
    let day = NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_signed(TimeDelta::days(days.parse().ok()?))?;
    let shown = day.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::nanoseconds(i64::try_from(nanos).ok()?))?;
    Some(Reading { shown, offset: None, unit: TimeDelta::nanoseconds(unit), rounded: true, order: None })
}

/// A date, and perhaps a time, in words and figures.
fn written(text: &str) -> Vec<Reading> {
    let spaced = between_date_and_time(text).replace(['\u{a0}', '\u{202f}'], " ");
    let mut words: Vec<&str> = spaced.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let mut clock = Clock { time: NaiveTime::MIN, unit: TimeDelta::days(1), offset: None };
    if let Some(place) = words.iter().position(|word| word.contains(':')) {
        let half = words.get(place + 1).and_then(|word| half_of_day(word));
        let Some(read) = Clock::read(words.get(place).copied().unwrap_or_default(), half) else { return Vec::new() };
        clock = read;
        words.drain(place..=place + usize::from(half.is_some()));
    }
    let fields: Vec<&str> = words.iter().flat_map(|word| word.split(['/', '-', '.'])).collect();
    let [a, b, c] = fields.as_slice() else { return Vec::new() };
    let Clock { time, unit, offset } = clock;
    let rounded = unit <= TimeDelta::seconds(1);
    let reading = |(date, order): (NaiveDate, _)| Reading { shown: date.and_time(time), offset, unit, rounded, order };
    dates(a, b, c).into_iter().map(reading).collect()
}

/// `2024-01-01T05:30` with a space; a T elsewhere is part of a word.
fn between_date_and_time(text: &str) -> String {
    match text.split_once('T') {
        Some((date, time)) if date.ends_with(|c: char| c.is_ascii_digit()) => format!("{date} {time}"),
        _ => text.to_owned(),
    }
}

struct Clock {
    time: NaiveTime,
    unit: TimeDelta,
    offset: Option<FixedOffset>,
}

impl Clock {
    /// `5:30`, `05:30:12.345`, `05:30:12+05:30`, `05:30Z`; `half` is 12 hours for an afternoon.
    fn read(text: &str, half: Option<u32>) -> Option<Self> {
        let (text, offset) = match text.char_indices().find(|(_, c)| ['+', '-', 'Z'].contains(c)) {
            Some((place, 'Z')) if place + 1 == text.len() => (&text[..place], Some(FixedOffset::east_opt(0)?)),
            Some((place, _)) => (&text[..place], Some(text[place..].parse().ok()?)),
            None => (text, None),
        };
        let mut parts = text.split(':');
        let (hour, minute) = (parts.next()?.parse::<u32>().ok()?, parts.next()?.parse().ok()?);
        let (seconds, unit) = match parts.next() {
            None => ((0, 0), TimeDelta::minutes(1)),
            Some(seconds) => seconds_of(seconds)?,
        };
        let hour = match half {
            Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
            Some(_) => return None,
            None => hour,
        };
        let time = NaiveTime::from_hms_nano_opt(hour, minute, seconds.0, seconds.1)?;
        parts.next().is_none().then_some(Self { time, unit, offset })
    }
}

/// Seconds and nanoseconds, and the unit that they are given to.
fn seconds_of(text: &str) -> Option<((u32, u32), TimeDelta)> {
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    if part.len() > 9 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let unit = 10_i64.pow(9 - u32::try_from(part.len()).ok()?);
    let nanos = if part.is_empty() { 0 } else { u32::try_from(part.parse::<i64>().ok()? * unit).ok()? };
    Some(((whole.parse().ok()?, nanos), TimeDelta::nanoseconds(unit)))
}

fn half_of_day(word: &str) -> Option<u32> {
    match word.to_ascii_lowercase().as_str() {
        "am" | "a.m." => Some(0),
        "pm" | "p.m." => Some(12),
        _ => None,
    }
}

/// The dates that three fields can be, one for each order of day and month that is possible.
fn dates(a: &str, b: &str, c: &str) -> Vec<(NaiveDate, Option<Order>)> {
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let date = |year: Option<i32>, month: Option<u32>, day: Option<u32>| NaiveDate::from_ymd_opt(year?, month?, day?);
    let alone = |date: Option<NaiveDate>| date.map(|date| (date, None)).into_iter().collect();
    if let Some(month) = month(b) {
        let (year, day) = if a.len() == 4 { (year(a), number(c)) } else { (year(c), number(a)) };
        return alone(date(year, Some(month), day));
    }
    if let Some(month) = month(a) {
        return alone(date(year(c), Some(month), number(b)));
    }
    if a.len() == 4 {
        return alone(date(year(a), number(b), number(c)));
    }
    let day_first = date(year(c), number(b), number(a)).map(|date| (date, Some(Order::Day)));
    let month_first = date(year(c), number(a), number(b)).map(|date| (date, Some(Order::Month)));
    match (day_first, month_first) {
        (Some((one, _)), Some((other, _))) if one == other => vec![(one, None)],
        (one, other) => one.into_iter().chain(other).collect(),
    }
}

/// Four digits, or the last two of this century's.
fn year(text: &str) -> Option<i32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.len() {
        4 if digits => text.parse().ok(),
        2 if digits => text.parse::<i32>().ok().map(|year| 2000 + year),
        _ => None,
    }
}

/// A month by its English name or the first three letters of it.
fn month(text: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let lower = text.to_lowercase();
    let place = NAMES.iter().position(|name| *name == lower || lower.len() >= 3 && name.starts_with(&*lower))?;
    u32::try_from(place + 1).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signed() -> DateTime<FixedOffset> {
        "2024-02-01T17:30:12.700+05:30".parse().unwrap()
    }

    #[test]
    fn the_same_moment_is_seen_however_it_is_written() {
        for cell in [
            "2024-02-01T17:30:12.700+05:30",
            "2024-02-01T12:00:12.7Z",
            "2024-02-01 17:30:12",
            "2024-02-01 17:30:13",
            "01/02/2024 17:30",
            "2/1/2024 5:30 PM",
            "1.2.2024 17:30:12",
            "01-Feb-24 17:30:12.700",
            "Feb 1, 2024 5:30:12 PM",
            "1 February 2024",
            "2024/02/01",
            "45323.729313657",
            "45323,73",
        ] {
            assert!(Style::default().shows(cell, signed()).is_some(), "{cell}");
        }
    }

    #[test]
    fn another_moment_is_not_the_same() {
        for cell in [
            "2024-02-01T12:00:12.701Z",
            "2024-02-01T17:30:12.700Z",
            "2024-02-01 17:30:14",
            "2024-02-01 05:30",
            "02/02/2024 17:30",
            "2024-02-02",
            "45322.729313657",
            "17:30",
            "yesterday",
            "",
            "2024-02-01 25:00",
            "2024-13-01",
        ] {
            assert!(Style::default().shows(cell, signed()).is_none(), "{cell}");
        }
    }

    #[test]
    fn day_and_month_stand_in_one_order_through_the_file() {
        let mut style = Style::default();
        style.learn("31/01/2024");
        assert!(style.shows("01/02/2024", signed()).is_some());
        assert!(style.shows("02/01/2024", signed()).is_none());
        style.learn("01/31/2024");
        assert!(style.shows("01/02/2024", signed()).is_none(), "the file has both orders");
        assert!(style.shows("1 Feb 2024", signed()).is_some());
    }

    proptest! {
        #[test]
        fn any_cell_is_read_or_not(cell in "[0-9TZ:/ .,+a-zA-Zé-]{0,30}") {
            Style::default().shows(&cell, signed());
        }
    }
}
