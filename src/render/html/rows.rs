//! The rows of the register.

use std::fmt::Write;

use super::text;
use crate::batch::{Batch, Column};
use crate::report::{AuditReport, figure, grouped};

/// How many rows one table has. A browser lays out only the tables that are in sight.
const PART: usize = 200;

/// More bytes than a table takes around its rows.
const AROUND: usize = 1_000;

const HEAD: &str = "<colgroup><col class=\"w-batch\"><col class=\"w-status\"><col class=\"w-created\"><col class=\"w-agent\">\
    <col class=\"w-n\"><col class=\"w-n\"><col class=\"w-n\"><col class=\"w-bar\"></colgroup>\n<thead>\n<tr><th scope=\"col\">Batch</th>\
    <th scope=\"col\">Status</th><th scope=\"col\">Created</th><th scope=\"col\">Agent</th><th scope=\"col\">Calls</th>\
    <th scope=\"col\">Completed</th><th scope=\"col\">Failed</th><th scope=\"col\">Share completed</th></tr>\n</thead>\n<tbody>\n";

const TAIL: &str = "</tbody>\n</table>\n</div>\n";

/// The rows of the newest batches that fit into `room` bytes together with the tables around them, the newest first.
pub fn newest(report: &AuditReport, room: usize) -> Vec<String> {
    let mut left = room;
    let fitting = report.register.iter().rev().enumerate().map_while(|(n, batch)| {
        let row = row(report, batch);
        let around = if n % PART == 0 { AROUND } else { 0 };
        left = left.checked_sub(row.len() + around)?;
        Some(row)
    });
    fitting.collect()
}

/// Those rows in tables, the oldest first.
pub fn tables(report: &AuditReport, newest: &[String]) -> String {
    let all = &report.register;
    let mut html = String::with_capacity(newest.iter().map(String::len).sum::<usize>() + AROUND);
    let shown = &all[all.len().saturating_sub(newest.len())..];
    let mut number = all.len() - shown.len();
    let mut rows = newest.iter().rev();
    for part in shown.chunks(PART) {
        caption(&mut html, report, number, part);
        rows.by_ref().take(part.len()).for_each(|row| html.push_str(row));
        html.push_str(TAIL);
        number += part.len();
    }
    html
}

/// Everything before the rows of a table whose first row comes after `before` others of the register.
fn caption(html: &mut String, report: &AuditReport, before: usize, part: &[Batch]) {
    let count = |count: usize| grouped(count as u64);
    let (from, to, of) = (count(before + 1), count(before + part.len()), count(report.register.len()));
    let day = |batch: Option<&Batch>| {
        batch.map(|batch| report.created_local(batch)).unwrap_or_default().chars().take(10).collect()
    };
    let (first, last): (String, String) = (day(part.first()), day(part.last()));
    html.push_str("<div class=\"part\"><table class=\"register figures\">\n<caption>");
    // Writing to a String cannot fail, here and below.
    let _ = write!(html, "Rows {from} to {to} of {of}: created {first} to {last} (");
    text::push(html, report.period.timezone.name());
    html.push_str(")</caption>\n");
    html.push_str(HEAD);
}

fn row(report: &AuditReport, batch: &Batch) -> String {
    let mut html = String::with_capacity(400);
    html.push_str("<tr><th scope=\"row\">");
    match &batch.name {
        Some(name) => element(&mut html, "bdi", name),
        None => html.push_str("<i class=\"nn\">no name</i>"),
    }
    element(&mut html, "code", &batch.id);
    html.push_str("</th>");
    element(&mut html, "td", batch.status.as_str());
    element(&mut html, "td", &spaced(&report.created_local(batch)));
    element(&mut html, "td", batch.agent_id.as_deref().unwrap_or_default());
    for calls in Column::figures(batch) {
        html.push_str(if calls.is_some() { "<td>" } else { "<td class=\"nr\">" });
        text::push(&mut html, &figure(calls));
        html.push_str("</td>");
    }
    progress(&mut html, batch);
    html.push_str("</tr>\n");
    html
}

/// `2024-01-01T05:30:00.000+05:30` with spaces around the time, where the line may break.
fn spaced(instant: &str) -> String {
    match instant.split_at_checked(instant.len().saturating_sub(6)) {
        Some((moment, offset)) => format!("{} {offset}", moment.replacen('T', " ", 1)),
        None => instant.to_owned(),
    }
}

fn element(html: &mut String, name: &str, content: &str) {
    let _ = write!(html, "<{name}>");
    text::push(html, content);
    let _ = write!(html, "</{name}>");
}

/// The share of completed calls in words, and a bar of completed and failed calls. What is left of the bar is the rest, where
/// all figures are reported; else it is not known.
fn progress(html: &mut String, batch: &Batch) {
    let words = match (batch.total_calls, batch.completed_calls) {
        (Some(0), Some(0)) => "no calls".to_owned(),
        (Some(total), Some(completed)) if completed <= total => percent(completed, total),
        (Some(_), Some(_)) => "exceeds the calls".to_owned(),
        _ => figure(None),
    };
    let class = if batch.completed_calls.is_none() || batch.total_calls.is_none() { " class=\"nr\"" } else { "" };
    let _ = write!(html, "<td{class}>{words}");
    match batch.total_calls {
        Some(total) if total > 0 && (batch.completed_calls.is_some() || batch.failed_calls.is_some()) => {
            let completed = batch.completed_calls.unwrap_or(0);
            let ended = u128::from(completed) + u128::from(batch.failed_calls.unwrap_or(0));
            let (completed, ended) = (per_mille(completed.into(), total), per_mille(ended, total));
            let bar = if batch.reports_all_figures() { "bar" } else { "bar some" };
            let _ =
                write!(html, "<div class=\"{bar}\" style=\"--c:{};--f:{}\"></div></td>", css(completed), css(ended));
        }
        _ => html.push_str("<div class=\"bar none\"></div></td>"),
    }
}

/// Rounded down, so that 100 stands for all of them alone.
fn percent(part: u64, of: u64) -> String {
    let share = per_mille(part.into(), of);
    format!("{}.{}\u{2009}%", share / 10, share % 10).replace(".0\u{2009}", "\u{2009}")
}

/// Rounded down, at most 1000; `of` is not 0.
fn per_mille(part: u128, of: u64) -> u128 {
    (part * 1000 / u128::from(of.max(1))).min(1000)
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
        row(&report, &report.register[0])
    }

    #[test]
    fn the_bar_reports_completed_and_failed_of_the_total() {
        let row = row_of(|batch| {
            (batch.total_calls, batch.completed_calls, batch.failed_calls) = (Some(8), Some(5), Some(2))
        });
        assert!(row.contains("<td>62.5\u{2009}%<div class=\"bar\" style=\"--c:62.5%;--f:87.5%\"></div></td>"), "{row}");
    }

    #[test]
    fn the_rest_of_a_bar_is_not_called_other_where_a_figure_is_missing() {
        let row =
            row_of(|batch| (batch.total_calls, batch.completed_calls, batch.failed_calls) = (Some(8), Some(5), None));
        assert!(row.contains("<div class=\"bar some\" style=\"--c:62.5%;--f:62.5%\">"), "{row}");
    }

    #[test]
    fn only_all_calls_are_100_percent() {
        assert_eq!(percent(u64::MAX - 1, u64::MAX), "99.9\u{2009}%");
        assert_eq!(percent(u64::MAX, u64::MAX), "100\u{2009}%");
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
        let three = AROUND + all[..3].iter().map(String::len).sum::<usize>();
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
        assert!(html.contains("<caption>Rows 450 to 450 of 450"));
        let around = html.len() - rows[..PART + 1].iter().map(String::len).sum::<usize>();
        assert!(around < 2 * AROUND - 200, "{around}: near the limit, which longer numbers and zones must fit too");
    }
}
