//! The rows of the register.

use std::fmt::Write;

use super::columns::Widths;
use super::text;
use crate::batch::{Batch, Column};
use crate::report::{AuditReport, NOT_REPORTED, per_mille, share};

/// How many rows one table has. A browser lays out only the tables that are in sight.
const PART: usize = 200;

/// More bytes than a table takes around its rows.
const AROUND: usize = 1_600;

const HEAD: &str = "<colgroup><col class=\"w-no\"><col class=\"w-batch\"><col class=\"w-status\"><col class=\"w-created\">\
    <col class=\"w-agent\"><col class=\"w-n1\"><col class=\"w-n2\"><col class=\"w-n3\"><col class=\"w-n4\"><col class=\"w-bar\"></colgroup>\n\
    <thead>\n<tr><th scope=\"col\">No.</th><th scope=\"col\">Batch</th><th scope=\"col\">Status</th><th scope=\"col\">Created</th>\
    <th scope=\"col\">Agent</th><th scope=\"col\">Calls</th><th scope=\"col\">Completed</th><th scope=\"col\">Failed</th>\
    <th scope=\"col\">Other</th><th scope=\"col\">Share completed</th></tr>\n</thead>\n<tbody>\n";

const TAIL: &str = "</tbody>\n</table>\n</div>\n";

/// The rows of the newest batches that fit into `room` bytes together with the tables around them, the newest first.
pub fn newest(report: &AuditReport, room: usize) -> Vec<String> {
    let mut left = room.saturating_sub(total(report).len());
    let all = report.register.len();
    let fitting = report.register.iter().rev().enumerate().map_while(|(n, batch)| {
        let row = row(report, all - n, batch);
        let around = if n % PART == 0 { AROUND } else { 0 };
        left = left.checked_sub(row.len() + around)?;
        Some(row)
    });
    fitting.collect()
}

/// Those rows in tables, the oldest first, and the total after the last one.
pub fn tables(report: &AuditReport, newest: &[String]) -> String {
    let all = &report.register;
    let mut html = String::with_capacity(newest.iter().map(String::len).sum::<usize>() + AROUND);
    let shown = &all[all.len().saturating_sub(newest.len())..];
    let mut number = all.len() - shown.len();
    let mut rows = newest.iter().rev();
    let widths = Widths::of(report);
    for part in shown.chunks(PART) {
        caption(&mut html, (report, &widths), number, part);
        rows.by_ref().take(part.len()).for_each(|row| html.push_str(row));
        number += part.len();
        if number == all.len() {
            html.push_str(&total(report));
        }
        html.push_str(TAIL);
    }
    html
}

/// Everything before the rows of a table whose first row comes after `before` others of the register.
fn caption(html: &mut String, (report, widths): (&AuditReport, &Widths), before: usize, part: &[Batch]) {
    let count = |count: usize| report.grouped(count as u64);
    let (from, to, of) = (count(before + 1), count(before + part.len()), count(report.register.len()));
    let day = |batch: Option<&Batch>| {
        batch.map(|batch| report.created_local(batch)).unwrap_or_default().chars().take(10).collect()
    };
    let (first, last): (String, String) = (day(part.first()), day(part.last()));
    // Writing to a String cannot fail, here and below.
    let _ = match widths.is_wide() {
        true => {
            write!(html, "<div class=\"part wide\" role=\"region\" tabindex=\"0\" aria-label=\"Rows {from} to {to}\">")
        }
        false => write!(html, "<div class=\"part\">"),
    };
    let _ = write!(html, "<table class=\"register figures\" style=\"{widths}\">\n<caption>");
    let rows = if part.len() == 1 { format!("Row {from}") } else { format!("Rows {from} to {to}") };
    let _ = write!(html, "{rows} of {of}: created {first} to {last} (");
    text::push(html, report.period.timezone.name());
    html.push_str(")</caption>\n");
    html.push_str(HEAD);
}

/// The sums over all batches, also those whose rows are left out.
fn total(report: &AuditReport) -> String {
    let all = &report.totals.all;
    let mut html = String::from("<tr class=\"total\"><td></td><th scope=\"row\">TOTAL ");
    html.push_str(&report.batches(all.batches));
    html.push_str("</th><td></td><td></td><td></td>");
    all.calls().into_iter().for_each(|sum| figure(&mut html, report, sum));
    html.push_str("<td></td></tr>\n");
    html
}

fn figure(html: &mut String, report: &AuditReport, figure: Option<u64>) {
    html.push_str(if figure.is_some() { "<td>" } else { "<td class=\"nr\">" });
    html.push_str(&report.figure(figure));
    html.push_str("</td>");
}

fn row(report: &AuditReport, number: usize, batch: &Batch) -> String {
    let mut html = String::with_capacity(500);
    let _ = write!(html, "<tr><td>{}</td><th scope=\"row\">", report.grouped(number as u64));
    match &batch.name {
        Some(name) => element(&mut html, "bdi", name),
        None => html.push_str("<i class=\"nn\">no name</i>"),
    }
    html.push(' ');
    element(&mut html, "code", &batch.id);
    html.push_str("</th>");
    element(&mut html, "td", batch.status.as_str());
    element(&mut html, "td", &created(report, batch));
    element(&mut html, "td", batch.agent_id.as_deref().unwrap_or_default());
    let figures = Column::figures(batch).into_iter().chain([batch.other_calls()]);
    figures.for_each(|calls| figure(&mut html, report, calls));
    progress(&mut html, batch);
    html.push_str("</tr>\n");
    html
}

/// `2024-01-01 05:30:00 +05:30`: to the second, with spaces where the line may break.
fn created(report: &AuditReport, batch: &Batch) -> String {
    batch.created_at.with_timezone(&report.period.timezone).format("%Y-%m-%d %H:%M:%S %:z").to_string()
}

fn element(html: &mut String, name: &str, content: &str) {
    let _ = write!(html, "<{name}>");
    text::push(html, content);
    let _ = write!(html, "</{name}>");
}

/// The share of completed calls in words, and a bar of completed and failed calls. What is left of the bar is the rest, where
/// all figures are reported; else it is not known. Where styles are lost the bar is the text inside it.
fn progress(html: &mut String, batch: &Batch) {
    let words = match (batch.total_calls, batch.completed_calls) {
        (Some(0), Some(0)) => "no calls".to_owned(),
        (Some(total), Some(completed)) if completed <= total => share(completed, total),
        (Some(_), Some(_)) => "exceeds the calls".to_owned(),
        _ => NOT_REPORTED.to_owned(),
    };
    let class = if batch.completed_calls.is_none() || batch.total_calls.is_none() { " class=\"nr\"" } else { "" };
    let _ = write!(html, "<td{class}>{words}");
    match batch.total_calls {
        Some(total) if total > 0 && (batch.completed_calls.is_some() || batch.failed_calls.is_some()) => {
            let completed = batch.completed_calls.unwrap_or(0);
            let ended = u128::from(completed) + u128::from(batch.failed_calls.unwrap_or(0));
            let (completed, ended) = (per_mille(completed.into(), total), per_mille(ended, total));
            let is_whole = batch.reports_all_figures();
            let class = if is_whole { "bar" } else { "bar some" };
            let (c, f, letters) = (css(completed), css(ended), letters(completed, ended, is_whole));
            let _ = write!(html, "<div class=\"{class}\" style=\"--c:{c};--f:{f}\"><b>{letters}</b></div></td>");
        }
        _ => html.push_str("<div class=\"bar none\"></div></td>"),
    }
}

/// How many letters a bar has that is text.
const LETTERS: u128 = 10;

/// The bar as text, in the letters of the legend; what failed at all is seen.
fn letters(completed: u128, ended: u128, is_whole: bool) -> String {
    let (all, failed) = (completed * LETTERS / 1000, ended > completed);
    let end = (ended * LETTERS / 1000).max(all + u128::from(failed)).min(LETTERS);
    let all = all.min(if failed { end.saturating_sub(1) } else { end });
    let rest = if is_whole { "\u{2591}" } else { "\u{b7}" };
    [("\u{2588}", all), ("\u{2592}", end - all), (rest, LETTERS - end)]
        .map(|(letter, count)| letter.repeat(usize::try_from(count).unwrap_or_default()))
        .concat()
}

fn css(per_mille: u128) -> String {
    format!("{}.{}%", per_mille / 10, per_mille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Standing, fixture};

    fn row_of(change: impl FnOnce(&mut Batch)) -> String {
        let mut report = fixture::report(1, Standing::Complete);
        change(&mut report.register[0]);
        row(&report, 1, &report.register[0])
    }

    #[test]
    fn the_bar_tells_completed_and_failed_of_the_total() {
        let row = row_of(|batch| {
            (batch.total_calls, batch.completed_calls, batch.failed_calls) = (Some(8), Some(5), Some(2))
        });
        assert!(
            row.contains("<td>62.5%<div class=\"bar\" style=\"--c:62.5%;--f:87.5%\"><b>██████▒▒░░</b></div></td>"),
            "{row}"
        );
    }

    #[test]
    fn the_rest_of_a_bar_is_not_called_other_where_a_figure_is_missing() {
        let row =
            row_of(|batch| (batch.total_calls, batch.completed_calls, batch.failed_calls) = (Some(8), Some(5), None));
        assert!(row.contains("<div class=\"bar some\" style=\"--c:62.5%;--f:62.5%\">"), "{row}");
    }

    #[test]
    fn a_bar_of_text_has_its_letters_whatever_the_shares() {
        for completed in (0..=1000).step_by(7) {
            for ended in (completed..=1000).step_by(11) {
                let bar = letters(completed, ended, true);
                assert_eq!(bar.chars().count(), 10, "{completed} {ended}");
                assert_eq!(bar.contains('▒'), ended > completed, "{completed} {ended}");
            }
        }
        assert_eq!(letters(1000, 1000, true), "██████████");
        assert_eq!(letters(500, 500, false), "█████·····");
    }

    #[test]
    fn what_is_not_reported_is_never_a_share() {
        let row = row_of(|batch| (batch.total_calls, batch.completed_calls) = (None, Some(5)));
        assert!(row.ends_with("<td class=\"nr\">not reported<div class=\"bar none\"></div></td></tr>\n"), "{row}");
        let row = row_of(|batch| (batch.total_calls, batch.completed_calls) = (Some(5), Some(6)));
        assert!(row.contains("<td>exceeds the calls<div"), "{row}");
    }

    #[test]
    fn the_newest_rows_fill_the_room_and_no_more() {
        let report = fixture::report(50, Standing::Complete);
        let all = newest(&report, usize::MAX);
        assert_eq!(all.len(), 50);
        let three = total(&report).len() + AROUND + all[..3].iter().map(String::len).sum::<usize>();
        assert_eq!(newest(&report, three).len(), 3);
        assert_eq!(newest(&report, three - 1).len(), 2);
        assert_eq!(newest(&report, 0).len(), 0);
        assert!(all[0].contains("batch_000049"));
    }

    #[test]
    fn tables_hold_the_rows_oldest_first_and_number_them_as_the_register_does() {
        let report = fixture::report(2 * PART + 50, Standing::Complete);
        let rows = newest(&report, usize::MAX);
        let html = tables(&report, &rows[..PART + 1]);
        let places: Vec<_> = rows[..PART + 1].iter().map(|row| html.find(row.as_str()).unwrap()).collect();
        assert!(places.iter().rev().is_sorted());
        assert!(
            html.contains("<caption>Rows 250 to 449 of 450: created 2024-02-20 to 2024-03-31 (Asia/Kolkata)</caption>"),
            "{html}"
        );
        assert!(html.contains("<caption>Row 450 of 450"));
        let around = html.len() - rows[..PART + 1].iter().map(String::len).sum::<usize>();
        assert!(around < 2 * AROUND - 200, "{around}: near the limit, which longer numbers and zones must fit too");
    }
}
