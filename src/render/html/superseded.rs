//! What changed since the report that is superseded, batch by batch. Never cut; folded away where it is long.

use std::fmt::Write;

use tera::Value;

use super::engine::markup;
use super::text;
use crate::report::{AuditReport, BatchLine, Fact, Grouping, SumsLine};
use crate::restatement::Restatement;

/// More lines than this are folded away.
const OPEN: usize = 12;

/// What the template is filled with; nothing where no report is superseded.
pub fn superseded(report: &AuditReport) -> Option<Value> {
    let restatement = &report.supersedes.as_ref()?.restatement;
    Some(object(vec![
        ("facts", facts(report.superseded_facts())),
        ("sums", sums(restatement.totals.lines(report.grouping()))),
        ("batches", markup(&batches(restatement, report.grouping()))),
    ]))
}

/// What the template of a comparison is filled with; nothing where there is none.
pub fn compared(report: &AuditReport) -> Option<Value> {
    let old = report.compared.as_ref()?;
    Some(object(vec![
        ("facts", facts(report.compared_facts())),
        ("sums", sums(report.compared_lines())),
        ("period", plain(&old.period)),
        ("own", plain(&report.period.label)),
    ]))
}

fn object(fields: Vec<(&'static str, Value)>) -> Value {
    Value::from(fields.into_iter().map(|(key, value)| (key.into(), value)).collect::<tera::Map>())
}

fn plain(text: &str) -> Value {
    Value::normal_string(text)
}

fn facts(facts: Vec<Fact>) -> Value {
    let facts = facts.iter().map(|fact| object(vec![("label", plain(fact.label)), ("value", plain(&fact.value))]));
    Value::from(facts.collect::<Vec<_>>())
}

fn sums(lines: Vec<SumsLine>) -> Value {
    let lines = lines.iter().map(|line| {
        let cells: Vec<Value> = line.cells.iter().map(|cell| plain(cell)).collect();
        object(vec![("status", plain(&line.status)), ("figure", plain(line.figure)), ("cells", Value::from(cells))])
    });
    Value::from(lines.collect::<Vec<_>>())
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
