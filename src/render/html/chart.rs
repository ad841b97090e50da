//! The geometry of the charts: whole numbers from figures, drawn by the templates.

use serde::Serialize;

use super::line::Row;
use crate::period::SpanUnit;
use crate::report::AuditReport;
use crate::totals::Sums;

const WIDTH: u64 = 720;
/// The least room for the labels of the scale, and what a character of one takes where the chart is small.
const LEFT: u64 = 70;
const CHARACTER: u64 = 12;
/// What the label of a day takes.
const DAY: u64 = 46;
const TOP: u64 = 12;
const GROUND: u64 = 230;

/// More statuses than this share the last bar of the chart.
const BARS: usize = 16;

/// Calls per week or month, stacked by outcome.
#[derive(Debug, Serialize)]
pub struct Outcomes {
    /// `week` or `month`.
    pub unit: &'static str,
    ticks: Vec<Tick>,
    columns: Vec<Column>,
    width: u64,
    left: u64,
    has_unallocated: bool,
    rows: Vec<Row>,
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct Tick {
    y: u64,
    label: String,
}

#[derive(Debug, Serialize)]
struct Column {
    x: u64,
    middle: u64,
    label: Option<String>,
    major: bool,
    parts: Vec<ChartPart>,
}

#[derive(Debug, Serialize)]
struct ChartPart {
    class: &'static str,
    y: u64,
    height: u64,
}

/// Batches per status.
#[derive(Debug, Serialize)]
pub struct Statuses {
    height: usize,
    bars: Vec<Bar>,
}

#[derive(Debug, Serialize)]
struct Bar {
    label: String,
    value: String,
    text_y: usize,
    y: usize,
    width: u64,
}

/// The chart of outcomes, and its figures as rows of a table.
pub fn outcomes(report: &AuditReport) -> Outcomes {
    let points = &report.series.points;
    let highest = points.iter().map(|point| stack(&point.sums).iter().sum()).max().unwrap_or(0);
    let (step, top) = scale(highest);
    let label = |value: u128| u64::try_from(value).map_or_else(|_| "more".to_owned(), |value| report.grouped(value));
    let left = (label(top).chars().count() as u64 * CHARACTER + 10).max(LEFT);
    let count = points.len().max(1) as u64;
    let slot = (WIDTH - left) / count;
    let labelled = DAY.div_ceil(slot.max(1)).max(1);
    let columns = points.iter().zip(0..).map(|(point, n)| Column {
        x: left + n * slot + slot / 6,
        middle: left + n * slot + slot / 2,
        label: (n % labelled == 0).then(|| point.first_day.format("%-d %b").to_string()),
        major: n % count.div_ceil(4).next_multiple_of(labelled) == 0,
        parts: parts(&point.sums, top),
    });
    let ticks = (0..=top / step).map(|n| Tick { y: height_to_y(n * step, top), label: label(n * step) });
    Outcomes {
        unit: match report.series.unit {
            SpanUnit::Week => "week",
            SpanUnit::Month => "month",
        },
        ticks: ticks.collect(),
        columns: columns.collect(),
        width: (slot - slot / 3).max(1),
        left,
        note: report.unlisted_spans(report.series.unit),
        has_unallocated: points.iter().any(|point| point.sums.unallocated > 0),
        rows: points
            .iter()
            .map(|point| {
                let mut row = Row::of(&point.first_day.to_string(), &point.sums, report.grouping());
                row.cells.insert(0, point.day_after.to_string());
                row
            })
            .collect(),
    }
}

/// Completed, failed, other and unallocated calls. In 128 bits: together they may pass 64.
fn stack(sums: &Sums) -> [u128; 4] {
    let [_, completed, failed, other] = sums.calls();
    [completed, failed, other, Some(sums.unallocated)].map(|figure| figure.unwrap_or(0).into())
}

/// The step between grid lines (1, 2 or 5 times a power of ten) and the top of the scale, at most five steps up.
fn scale(highest: u128) -> (u128, u128) {
    let mut power = 1;
    loop {
        for step in [power, 2 * power, 5 * power] {
            if step * 5 >= highest {
                return (step, highest.div_ceil(step).max(1) * step);
            }
        }
        power *= 10;
    }
}

fn height_to_y(value: u128, top: u128) -> u64 {
    let height = value * u128::from(GROUND - TOP) / top.max(1);
    GROUND - u64::try_from(height).unwrap_or(GROUND).min(GROUND)
}

fn parts(sums: &Sums, top: u128) -> Vec<ChartPart> {
    let mut below = 0;
    let parts = ["c", "f", "o", "u"].into_iter().zip(stack(sums)).map(|(class, figure)| {
        let (from, to) = (height_to_y(below, top), height_to_y(below + figure, top));
        below += figure;
        ChartPart { class, y: to, height: from - to }
    });
    parts.filter(|part| part.height > 0).collect()
}

/// The chart of statuses.
pub fn statuses(report: &AuditReport) -> Statuses {
    let entries = &report.totals.by_status;
    let shown = if entries.len() > BARS { BARS - 1 } else { entries.len() };
    let (first, rest) = entries.split_at(shown);
    let mut counts: Vec<_> = first.iter().map(|entry| (short(entry.status.as_str()), entry.sums.batches)).collect();
    if !rest.is_empty() {
        let batches = rest.iter().map(|entry| entry.sums.batches).fold(0, u64::saturating_add);
        counts.push((format!("{} further statuses", rest.len()), batches));
    }
    let most = counts.iter().map(|(_, batches)| *batches).max().unwrap_or(1).max(1);
    let bar = |(n, (label, batches)): (usize, (String, u64))| Bar {
        label,
        value: report.grouped(batches),
        text_y: n * 34 + 14,
        y: n * 34 + 20,
        width: u64::try_from(u128::from(batches) * 360 / u128::from(most)).unwrap_or(360).max(1),
    };
    Statuses { height: counts.len().max(1) * 34, bars: counts.into_iter().enumerate().map(bar).collect() }
}

/// A status as a chart has room for it; the table of totals has all of it.
fn short(status: &str) -> String {
    if status.chars().count() <= 32 { status.to_owned() } else { status.chars().take(31).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scales_end_just_above_the_highest_column() {
        assert_eq!(scale(0), (1, 1));
        assert_eq!(scale(5), (1, 5));
        assert_eq!(scale(6), (2, 6));
        assert_eq!(scale(2_100), (500, 2_500));
        assert_eq!(scale(999), (200, 1_000));
    }

    proptest! {
        #[test]
        fn columns_stay_in_the_chart_and_parts_meet(figures in proptest::array::uniform3(any::<u64>()), more in any::<u64>()) {
            let sums = Sums {
                completed_calls: Some(figures[0]),
                failed_calls: Some(figures[1]),
                other_calls: Some(figures[2]),
                ..Sums::zero()
            };
            let highest: u128 = stack(&sums).iter().sum();
            let (_, top) = scale(highest + u128::from(more));
            let parts = parts(&sums, top);
            let mut ground = GROUND;
            for part in &parts {
                prop_assert_eq!(part.y + part.height, ground);
                ground = part.y;
            }
            prop_assert!(ground >= TOP);
        }
    }
}
