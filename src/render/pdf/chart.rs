//! The charts, drawn as vectors: completed against failed, calls per week or month, batches per status. Each reports in words
//! what it shows, for those who do not see it.

use chrono::NaiveDate;

use super::PdfError;
use super::book::Book;
use super::canvas::Area;
use super::grid::{COMPLETED, Colour, FAILED, HAIR, INK, LABEL, MUTED, OTHER, RULE, SIDE, UNALLOCATED};
use crate::period::SpanUnit;
use crate::report::{AuditReport, Grouping, Point, Series};
use crate::totals::{StatusTotals, Sums};

/// The outcomes in the order in which they are stacked.
const OUTCOMES: [(&str, Colour); 4] =
    [("Completed", COMPLETED), ("Failed", FAILED), ("Other", OTHER), ("Unallocated", UNALLOCATED)];

/// How many statuses are drawn; the totals list them all.
const BARS: usize = 16;

/// How many columns are reported in words; more are not listened to.
const WORDED: usize = 60;

fn outcomes(sums: &Sums) -> [Option<u64>; 4] {
    [sums.completed_calls, sums.failed_calls, sums.other_calls, Some(sums.unallocated)]
}

/// A part of a whole, from 0 to 1.
fn share(part: u64, whole: u64) -> f32 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64) as f32 }
}

impl Book<'_> {
    /// Squares of colour with what they stand for; gives where the last one ends.
    fn legend(&mut self, (mut x, baseline): (f32, f32), entries: &[(String, Colour)]) {
        for (text, colour) in entries {
            let square = Area { x, y: baseline - 6.0, width: 6.5, height: 6.5 };
            self.swatch(square, *colour);
            self.write((x + 10.0, baseline), LABEL, text);
            x += 26.0 + self.measure(LABEL, text);
        }
    }

    /// A filled area; the light colour gets an edge, so that it is seen on white paper.
    fn swatch(&mut self, area: Area, colour: Colour) {
        if colour == OTHER || colour == UNALLOCATED {
            self.page.canvas.fill(area, MUTED);
            if area.width > 1.2 && area.height > 1.2 {
                let Area { x, y, width, height } = area;
                self.page
                    .canvas
                    .fill(Area { x: x + 0.4, y: y + 0.4, width: width - 0.8, height: height - 0.8 }, colour);
            }
        } else {
            self.page.canvas.fill(area, colour);
        }
    }
}

/// One bar of the calls whose outcome is reported.
pub(super) fn outcome_bar(book: &mut Book<'_>, all: &Sums) -> Result<(), PdfError> {
    let parts = outcomes(all);
    let Some(whole) = parts.iter().flatten().try_fold(0_u64, |sum, part| sum.checked_add(*part)) else { return Ok(()) };
    if whole == 0 {
        return Ok(());
    }
    book.need(36.0)?;
    let area = Area { x: SIDE, y: book.page.y + 2.0, width: book.width(), height: 28.0 };
    let words: Vec<String> = OUTCOMES
        .iter()
        .zip(parts)
        .map(|((label, _), part)| format!("{label} {}", book.grouping.figure(part)))
        .collect();
    book.begin_figure(area, &format!("Calls by outcome: {}.", words.join(", ")));
    let mut x = SIDE;
    for ((_, colour), part) in OUTCOMES.iter().zip(parts) {
        let width = area.width * share(part.unwrap_or(0), whole);
        if width > 0.0 {
            book.swatch(Area { x, y: area.y, width, height: 11.0 }, *colour);
        }
        x += width;
    }
    let legend = OUTCOMES.iter().zip(words).map(|((_, colour), text)| (text, *colour));
    let legend: Vec<_> = legend.filter(|(_, colour)| *colour != UNALLOCATED || all.unallocated > 0).collect();
    book.legend((SIDE, area.y + 24.0), &legend);
    book.end_figure()?;
    book.page.y = area.y + area.height;
    Ok(())
}

/// The greatest height of the columns of [`calls`], and what its heading, legend and note take beside them.
pub(super) const COLUMNS: f32 = 130.0;
pub(super) const AROUND_COLUMNS: f32 = 80.0;

/// Calls per week or month, stacked by outcome, the columns up to `height` high, under a heading of that level; nothing where no calls are reported.
pub(super) fn calls(book: &mut Book<'_>, report: &AuditReport, level: u8, height: f32) -> Result<(), PdfError> {
    let series = &report.series;
    let highest = series.points.iter().map(|point| stacked(&point.sums)).max().unwrap_or(0);
    if highest == 0 {
        return Ok(());
    }
    let title = match series.unit {
        SpanUnit::Week => "Calls per week, by outcome",
        SpanUnit::Month => "Calls per month, by outcome",
    };
    book.heading_of(level, title, height + AROUND_COLUMNS - super::grid::HEADING.leading - 9.0)?;
    let area = Area { x: SIDE, y: book.page.y + 3.0, width: book.width(), height: height + 38.0 };
    book.begin_figure(area, &series_in_words(title, series, book.grouping));
    let is_used = |colour| colour != UNALLOCATED || report.totals.all.unallocated > 0;
    let legend = OUTCOMES.iter().filter(|(_, colour)| is_used(*colour));
    let legend: Vec<_> = legend.map(|(label, colour)| ((*label).to_owned(), *colour)).collect();
    book.legend((SIDE, area.y + 8.0), &legend);
    let top = scale_top(highest);
    let labels = (book.measure(LABEL, &book.grouping.grouped(top)) + 8.0).max(44.0);
    let plot = Area { x: SIDE + labels, y: area.y + 20.0, width: area.width - labels, height };
    scale(book, plot, highest);
    columns(book, plot, series, top);
    book.end_figure()?;
    book.page.y = area.y + area.height + 4.0;
    let lacking: u64 = series.points.iter().map(|point| point.sums.not_reported).sum();
    let note = if lacking == 0 {
        "Each column holds the batches created in it, in the period's time zone.".to_owned()
    } else {
        format!(
            "Each column holds the batches created in it, in the period's time zone, as far as reported: {} with a figure not \
             reported.",
            book.grouping.batches(lacking)
        )
    };
    book.paragraph("P", super::grid::NOTE, &note)
}

fn stacked(sums: &Sums) -> u64 {
    outcomes(sums).into_iter().flatten().fold(0, u64::saturating_add)
}

fn series_in_words(title: &str, series: &Series, grouping: Grouping) -> String {
    let point = |point: &Point| {
        let [completed, failed, other, unallocated] = outcomes(&point.sums).map(|figure| grouping.figure(figure));
        format!(
            "from {}: completed {completed}, failed {failed}, other {other}, unallocated {unallocated}",
            point.first_day
        )
    };
    let points: Vec<String> = series.points.iter().take(WORDED).map(point).collect();
    let more = series.points.len().saturating_sub(points.len());
    let more =
        if more == 0 { String::new() } else { format!("; {} more columns follow", grouping.grouped(more as u64)) };
    format!("{title}, stacked columns. {}{more}.", points.join("; "))
}

/// The round figure above `highest` that the scale goes up to.
fn scale_top(highest: u64) -> u64 {
    let step = round_step(highest);
    step.saturating_mul(highest.div_ceil(step).max(1))
}

/// Draws the lines of the scale.
fn scale(book: &mut Book<'_>, plot: Area, highest: u64) {
    let (step, top) = (round_step(highest), scale_top(highest));
    let count = top / step;
    for n in 0..=count {
        let value = step.saturating_mul(n);
        let y = plot.y + plot.height * (1.0 - share(value, top));
        let (thickness, colour) = if n == 0 { (0.8, RULE) } else { (0.4, HAIR) };
        book.page.canvas.stroke((plot.x, y), (plot.x + plot.width, y), thickness, colour);
        book.write_to((plot.x - 6.0, y + 2.8), LABEL, &book.grouping.grouped(value));
    }
}

/// 1, 2 or 5 times a power of ten, so that some four steps reach `highest`.
fn round_step(highest: u64) -> u64 {
    let rough = (highest / 4).max(1);
    let power = 10_u64.checked_pow(rough.ilog10()).unwrap_or(1);
    let steps = [1, 2, 5, 10].map(|factor| power.saturating_mul(factor));
    steps.into_iter().find(|step| *step >= rough).unwrap_or(rough)
}

fn columns(book: &mut Book<'_>, plot: Area, series: &Series, top: u64) {
    let slot = plot.width / series.points.len().max(1) as f32;
    let width = (slot * 0.68).min(30.0);
    let every = (34.0 / slot).ceil().max(1.0) as usize;
    for (n, point) in series.points.iter().enumerate() {
        let x = plot.x + slot * n as f32 + (slot - width) / 2.0;
        let mut y = plot.y + plot.height;
        for ((_, colour), part) in OUTCOMES.iter().zip(outcomes(&point.sums)) {
            let height = plot.height * share(part.unwrap_or(0), top);
            if height > 0.0 {
                y -= height;
                book.swatch(Area { x, y, width, height }, *colour);
            }
        }
        if n % every == 0 {
            let label = day_label(point.first_day, series.unit);
            let left = plot.x + slot * (n as f32 + 0.5) - book.measure(LABEL, &label) / 2.0;
            book.write((left, plot.y + plot.height + 11.0), LABEL, &label);
        }
    }
}

fn day_label(day: NaiveDate, unit: SpanUnit) -> String {
    match unit {
        SpanUnit::Week => day.format("%-d %b").to_string(),
        SpanUnit::Month => day.format("%b %y").to_string(),
    }
}

/// Batches per status, as bars.
pub(super) fn statuses(book: &mut Book<'_>, report: &AuditReport) -> Result<(), PdfError> {
    let all = &report.totals.by_status;
    if all.is_empty() {
        return Ok(());
    }
    let shown = all.get(..BARS.min(all.len())).unwrap_or_default();
    let height = shown.len() as f32 * 15.0;
    book.heading("Batches per status", height + 10.0)?;
    let area = Area { x: SIDE, y: book.page.y + 4.0, width: book.width(), height };
    let words: Vec<String> =
        shown.iter().map(|entry| format!("{} {}", entry.status, book.grouping.grouped(entry.sums.batches))).collect();
    book.begin_figure(area, &format!("Batches per status, bars. {}.", words.join(", ")));
    let highest = shown.iter().map(|entry| entry.sums.batches).max().unwrap_or(0);
    for (n, entry) in shown.iter().enumerate() {
        status_bar(book, Area { y: area.y + n as f32 * 15.0, height: 15.0, ..area }, entry, highest);
    }
    book.end_figure()?;
    book.page.y = area.y + area.height + 4.0;
    if all.len() > shown.len() {
        let more = book.grouping.count((all.len() - shown.len()) as u64, "more status is", "more statuses are");
        let text = format!("{more} in the totals.");
        book.paragraph("P", super::grid::NOTE, &text)?;
    }
    Ok(())
}

fn status_bar(book: &mut Book<'_>, row: Area, entry: &StatusTotals, highest: u64) {
    let label = 78.0;
    let baseline = row.y + 10.0;
    let style = LABEL.in_colour(INK);
    let lines = book.shaper.wrap(entry.status.as_str(), style.setting, style.ems(label - 6.0), 1);
    for line in &lines {
        book.show((row.x, baseline), style, line);
    }
    let width = (row.width - label - 50.0) * share(entry.sums.batches, highest);
    book.page.canvas.fill(Area { x: row.x + label, y: row.y + 2.5, width: width.max(0.5), height: 10.0 }, COMPLETED);
    book.write((row.x + label + width + 6.0, baseline), style, &book.grouping.grouped(entry.sums.batches));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The scale always reaches the highest figure, in at most ten steps.
        #[test]
        fn the_scale_reaches_the_highest_figure(highest: u64) {
            let step = round_step(highest);
            prop_assert!(highest.div_ceil(step) <= 10);
            prop_assert!(step >= 1);
        }
    }
}
