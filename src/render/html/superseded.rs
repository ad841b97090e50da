//! What changed since the report that is superseded, batch by batch. Never cut; folded away where it is long.

use std::fmt::Write;

use tera::Value;

use super::engine::markup;
use super::text;
use crate::report::{AuditReport, BatchLine, Grouping};
use crate::restatement::Restatement;

/// More lines than this are folded away.
const OPEN: usize = 12;

/// What the template is filled with; nothing where no report is superseded.
pub fn superseded(report: &AuditReport) -> Option<Value> {
    let restatement = &report.supersedes.as_ref()?.restatement;
    let object = |fields: Vec<(&'static str, Value)>| -> Value {
        Value::from(fields.into_iter().map(|(key, value)| (key.into(), value)).collect::<tera::Map>())
    };
    let plain = |text: &str| Value::normal_string(text);
    let facts = report.superseded_facts().into_iter();
    let facts: Vec<Value> =
        facts.map(|fact| object(vec![("label", plain(fact.label)), ("value", plain(&fact.value))])).collect();
    let sums = restatement.sums_lines(report.grouping()).into_iter().map(|line| {
        let cells: Vec<Value> = line.cells.iter().map(|cell| plain(cell)).collect();
        object(vec![("status", plain(&line.status)), ("figure", plain(line.figure)), ("cells", Value::from(cells))])
    });
    Some(object(vec![
        ("facts", Value::from(facts)),
        ("sums", Value::from(sums.collect::<Vec<_>>())),
        ("batches", markup(&batches(restatement, report.grouping()))),
    ]))
}

fn batches(restatement: &Restatement, grouping: Grouping) -> String {
    let lines = restatement.batch_lines(grouping);
    let mut html = String::new();
    match lines.len() {
        0 => {}
        1..=OPEN => table(&mut html, &lines),
        more => {
            // Writing to a String cannot fail.
            let _ = writeln!(
                html,
                "<details><summary>{} of batches</summary>",
                grouping.count(more as u64, "change", "changes")
            );
            table(&mut html, &lines);
            html.push_str("</details>");
        }
    }
    html
}

fn table(html: &mut String, lines: &[BatchLine]) {
    html.push_str(
        "<table class=\"restated\"><caption>What became of batches</caption><thead><tr><th scope=\"col\">Batch</th>\
         <th scope=\"col\">What</th><th scope=\"col\">Values, or what changed</th></tr></thead>\n<tbody>\n",
    );
    for line in lines {
        html.push_str("<tr><th scope=\"row\"><code>");
        text::push(html, &line.batch_id);
        html.push_str("</code></th><td>");
        html.push_str(line.what);
        html.push_str("</td><td>");
        text::push(html, &line.words);
        html.push_str("</td></tr>\n");
    }
    html.push_str("</tbody></table>");
}
