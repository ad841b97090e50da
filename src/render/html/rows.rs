//! The rows of the register.

use std::fmt::Write;

use super::text;
use crate::batch::Batch;
use crate::report::{AuditReport, figure};

/// The rows of the newest batches that fit into `room` bytes together, the newest first.
pub fn newest(report: &AuditReport, room: usize) -> Vec<String> {
    let mut left = room;
    let fitting = report.register.iter().rev().map_while(|batch| {
        let row = row(report, batch);
        left = left.checked_sub(row.len())?;
        Some(row)
    });
    fitting.collect()
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
    element(&mut html, "td", &report.created_local(batch).replacen('T', " ", 1));
    element(&mut html, "td", batch.agent_id.as_deref().unwrap_or_default());
    for calls in [batch.total_calls, batch.completed_calls, batch.failed_calls] {
        html.push_str(if calls.is_some() { "<td>" } else { "<td class=\"nr\">" });
        text::push(&mut html, &figure(calls));
        html.push_str("</td>");
    }
    progress(&mut html, batch);
    html.push_str("</tr>\n");
    html
}

fn element(html: &mut String, name: &str, content: &str) {
    // Writing to a String cannot fail, here and below.
    let _ = write!(html, "<{name}>");
    text::push(html, content);
    let _ = write!(html, "</{name}>");
}

/// The share of completed calls in words, and a bar of completed and failed calls; what is left of the bar is the rest.
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
            let _ = write!(html, "<div class=\"bar\" style=\"--c:{};--f:{}\"></div></td>", css(completed), css(ended));
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
    fn the_bar_tells_completed_and_failed_of_the_total() {
        let row = row_of(|batch| {
            (batch.total_calls, batch.completed_calls, batch.failed_calls) = (Some(8), Some(5), Some(2))
        });
        assert!(row.contains("<td>62.5\u{2009}%<div class=\"bar\" style=\"--c:62.5%;--f:87.5%\"></div></td>"), "{row}");
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
        let three: usize = all[..3].iter().map(String::len).sum();
        assert_eq!(newest(&report, three).len(), 3);
        assert_eq!(newest(&report, three - 1).len(), 2);
        assert_eq!(newest(&report, 0).len(), 0);
        assert!(all[0].contains("batch_000049"));
    }
}
