//! The board: a line a batch, in columns that fit the width.

use std::collections::BTreeMap;

use chrono::SecondsFormat;

use super::paint::Paint;
use crate::batch::{Batch, Status};
use crate::cli::cells::{columns, fit};
use crate::report::{Grouping, share};
use crate::run::recent::Recent;

/// What the API did not give.
const NOT_REPORTED: &str = "n/r";
/// From this width on there is room for the year and longer bars.
const WIDE: usize = 100;
const COMPLETED: u8 = 32;
const FAILED: u8 = 31;
const DIM: u8 = 2;

/// What is above it.
#[derive(Debug)]
pub struct Heading<'a> {
    /// Whose batches.
    pub of: String,
    /// Of how many days.
    pub days: u32,
    /// In which statuses; all where there is none.
    pub statuses: &'a [String],
}

/// The lines, each at most as wide as there is room.
pub fn lines(recent: &Recent, heading: &Heading<'_>, paint: &Paint) -> Vec<String> {
    let days = if heading.days == 1 { "last day".to_owned() } else { format!("last {} days", heading.days) };
    let of = if heading.statuses.is_empty() { String::new() } else { format!(" · {}", heading.statuses.join(", ")) };
    let as_of = recent.as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
    let title = format!("{} · {days}{of} · {as_of}", heading.of);
    let mut lines = vec![cut(&title, paint.width), cut(&summary(recent), paint.width)];
    // The last row is the cursor's.
    let room = paint.rows.map_or(usize::MAX, |rows| rows.saturating_sub(6 + recent.notes.len()).max(1));
    let shown = recent.batches.get(..room).unwrap_or(&recent.batches);
    if !shown.is_empty() {
        let layout = Layout::of(shown, paint);
        lines.push(layout.head(paint));
        lines.extend(shown.iter().map(|batch| layout.line(batch, paint)));
    }
    if shown.len() < recent.batches.len() {
        lines.push(format!("... and {} more", recent.batches.len() - shown.len()));
    }
    lines.extend(recent.notes.iter().map(|note| cut(note, paint.width)));
    lines.push(paint.coloured(
        DIM,
        cut("A look, not a proof of completeness; n/r: not reported by the API", paint.width).trim_end(),
    ));
    lines
}

fn cut(text: &str, width: usize) -> String {
    fit(text, width).trim_end().to_owned()
}

/// How many batches are in which status.
fn summary(recent: &Recent) -> String {
    let mut counts: BTreeMap<&Status, usize> = BTreeMap::new();
    for batch in &recent.batches {
        *counts.entry(&batch.status).or_default() += 1;
    }
    let counts: Vec<_> = counts.iter().map(|(status, count)| format!("{count} {status}")).collect();
    let all = Grouping::default().batches(recent.batches.len() as u64);
    if counts.is_empty() { all } else { format!("{all}: {}", counts.join(", ")) }
}

/// The widths of the columns.
#[derive(Debug)]
struct Layout {
    created: usize,
    name: usize,
    status: usize,
    bar: usize,
    figures: [usize; 3],
}

const HEADS: [&str; 3] = ["DONE", "FAILED", "TOTAL"];
const PERCENT: usize = 6;

impl Layout {
    /// Figures are never cut: the name gives way, then the bar goes.
    fn of(batches: &[Batch], paint: &Paint) -> Self {
        let widest = |n: usize| {
            let cells = batches.iter().filter_map(|batch| figures(batch).get(n).map(|cell| columns(cell)));
            cells.max().unwrap_or(0).max(HEADS[n].len())
        };
        let figures = [widest(0), widest(1), widest(2)];
        let status = batches.iter().map(|batch| columns(batch.status.as_str())).max().unwrap_or(0).clamp(6, 12);
        let (created, bar) = if paint.width >= WIDE { (16, 24) } else { (11, 12) };
        let fixed = created + status + PERCENT + figures.iter().sum::<usize>() + 7;
        let left = paint.width.saturating_sub(fixed);
        if left >= bar + 8 {
            Self { created, name: left - bar, status, bar, figures }
        } else {
            Self { created, name: (left + 1).max(4), status, bar: 0, figures }
        }
    }

    fn head(&self, paint: &Paint) -> String {
        let [done, failed, total] = HEADS;
        let bar = if self.bar > 0 { fit("PROGRESS", self.bar) + " " } else { String::new() };
        let figures = self.row([done, failed, total].map(str::to_owned));
        let line = format!(
            "{} {} {} {bar}{:>PERCENT$} {figures}",
            fit("CREATED", self.created),
            fit("NAME", self.name),
            fit("STATUS", self.status),
            "",
        );
        paint.coloured(1, &line)
    }

    fn line(&self, batch: &Batch, paint: &Paint) -> String {
        let format = if self.created > 11 { "%Y-%m-%d %H:%M" } else { "%m-%d %H:%M" };
        let created = batch.created_at.format(format).to_string();
        let name = batch.name.as_deref().unwrap_or(&batch.id);
        let status = paint.coloured(Paint::of_status(&batch.status), &fit(batch.status.as_str(), self.status));
        let bar = if self.bar > 0 { bar(batch, self.bar, paint) + " " } else { String::new() };
        format!(
            "{} {} {status} {bar}{:>PERCENT$} {}",
            fit(&created, self.created),
            fit(name, self.name),
            percent(batch),
            self.row(figures(batch)),
        )
    }

    fn row(&self, cells: [String; 3]) -> String {
        let cells = cells.iter().zip(self.figures).map(|(cell, width)| format!("{cell:>width$}"));
        cells.collect::<Vec<_>>().join(" ")
    }
}

/// Completed, failed, total.
fn figures(batch: &Batch) -> [String; 3] {
    let grouped = |figure| Grouping::default().grouped(figure);
    let cell = |figure: Option<u64>| figure.map_or_else(|| NOT_REPORTED.to_owned(), grouped);
    [batch.completed_calls, batch.failed_calls, batch.total_calls].map(cell)
}

/// How much of the total has ended, as every page states a share; nothing where that is not known.
fn percent(batch: &Batch) -> String {
    let (Some(total @ 1..), Some(completed)) = (batch.total_calls, batch.completed_calls) else { return String::new() };
    let ended = u128::from(completed) + u128::from(batch.failed_calls.unwrap_or(0));
    match u64::try_from(ended) {
        Ok(ended) if ended <= total => share(ended, total),
        _ => ">100%".to_owned(),
    }
}

/// The bar: completed, failed, and the rest. What failed at all is seen.
fn bar(batch: &Batch, width: usize, paint: &Paint) -> String {
    let (Some(total), Some(completed)) = (batch.total_calls, batch.completed_calls) else {
        return fit("not reported", width);
    };
    let failed = batch.failed_calls.unwrap_or(0);
    let share =
        |part: u128| (part * width as u128).checked_div(u128::from(total)).unwrap_or(0).min(width as u128) as usize;
    let mut done = share(u128::from(completed));
    let mut lost = share(u128::from(completed) + u128::from(failed)) - done;
    if failed > 0 && lost == 0 {
        done = done.min(width - 1);
        lost = 1;
    }
    let [full, half, empty] = if paint.blocks { ["█", "▒", "░"] } else { ["#", "x", "."] };
    [(COMPLETED, full, done), (FAILED, half, lost), (DIM, empty, width - done - lost)]
        .map(|(sgr, letter, count)| paint.coloured(sgr, &letter.repeat(count)))
        .concat()
}

#[cfg(test)]
mod tests;
