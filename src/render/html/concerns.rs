//! The batches that a finding concerns: a table where they are few, ids grouped by what was found where they are many.
//! Never cut.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use super::text;
use crate::findings::{Concern, Finding};
use crate::report::{AuditReport, Grouping};

/// More batches than this are folded away.
const OPEN: usize = 12;

/// More batches than this are grouped.
const TABLE: usize = 200;

/// The batches of a finding of the report as markup.
///
/// A batch in a table is a link to its row of the register, where that is one of `rows`.
pub fn concerns(report: &AuditReport, finding: &Finding, rows: &HashMap<&str, usize>) -> String {
    let (of, grouping) = (report.register.len(), report.grouping());
    let answered: Vec<Concern>;
    let table = |html: &mut String| table(html, report, finding, rows);
    let concerns = match &report.dispositions {
        // Where no column has them, the answers stand behind what was found.
        Some(_) if finding.concerns.len() > OPEN => {
            let with_answer = |concern: &Concern| {
                let answer = report.disposition(finding, Some(concern)).unwrap_or_default();
                Concern { batch_id: concern.batch_id.clone(), detail: format!("{}; {answer}", concern.detail).into() }
            };
            answered = finding.concerns.iter().map(with_answer).collect();
            &answered
        }
        _ => &finding.concerns,
    };
    let mut html = String::new();
    match concerns.as_slice() {
        [] => {}
        [first, rest @ ..] if concerns.len() == of && of > OPEN && rest.iter().all(|c| c.detail == first.detail) => {
            all(&mut html, of, first, grouping);
        }
        few if few.len() <= OPEN => table(&mut html),
        more => {
            let whole = if more.len() == of { "All " } else { "" };
            let tail = if more.len() == of { " of the register" } else { "" };
            let count = grouping.batches(more.len() as u64);
            let _ = writeln!(html, "<details><summary>{whole}{count}{tail}</summary>");
            if more.len() <= TABLE {
                table(&mut html)
            } else {
                groups(&mut html, more, grouping)
            }
            html.push_str("</details>");
        }
    }
    html
}

fn all(html: &mut String, of: usize, first: &Concern, grouping: Grouping) {
    let _ = write!(html, "<p><strong>All {} of the register</strong>: ", grouping.batches(of as u64));
    text::push(html, &first.detail);
    html.push_str(".</p>");
}

fn table(html: &mut String, report: &AuditReport, finding: &Finding, rows: &HashMap<&str, usize>) {
    html.push_str("<table><caption>Batches concerned: ");
    text::push(html, &finding.title);
    html.push_str("</caption><thead><tr><th scope=\"col\">Batch</th><th scope=\"col\">What was found</th>");
    if report.dispositions.is_some() {
        html.push_str("<th scope=\"col\">Disposition</th>");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for concern in &finding.concerns {
        let row = rows.get(&*concern.batch_id);
        html.push_str("<tr><th scope=\"row\">");
        if let Some(number) = row {
            let _ = write!(html, "<a href=\"#row-{number}\">");
        }
        html.push_str("<code>");
        text::push(html, &concern.batch_id);
        html.push_str("</code>");
        html.push_str(if row.is_some() { "</a></th><td>" } else { "</th><td>" });
        text::push(html, &concern.detail);
        if let Some(answer) = report.disposition(finding, Some(concern)) {
            html.push_str("</td><td>");
            text::push(html, &answer);
        }
        html.push_str("</td></tr>\n");
    }
    html.push_str("</tbody></table>");
}

/// One list for every detail that several batches share, and one of the batches that have a detail of their own.
fn groups(html: &mut String, concerns: &[Concern], grouping: Grouping) {
    let mut by_detail: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for concern in concerns {
        by_detail.entry(&concern.detail).or_default().push(&concern.batch_id);
    }
    for (detail, ids) in by_detail.iter().filter(|(_, ids)| ids.len() > 1) {
        html.push_str("<p><strong>");
        text::push(html, detail);
        let _ = writeln!(html, "</strong>: {}</p>", grouping.batches(ids.len() as u64));
        named(html, ids);
    }
    let alone: Vec<_> =
        concerns.iter().filter(|c| by_detail.get(&*c.detail).is_some_and(|ids| ids.len() == 1)).collect();
    if !alone.is_empty() {
        html.push_str("<ul class=\"ids each\">");
        alone.iter().for_each(|concern| item(html, &[&concern.batch_id, ": ", &concern.detail]));
        html.push_str("</ul>\n");
    }
}

/// The ids one after the other: as one text where that cannot be misread, which a browser opens far quicker than a list.
fn named(html: &mut String, ids: &[&str]) {
    let is_word = |id: &&str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    if ids.iter().all(is_word) {
        let lines: Vec<_> = ids.chunks(16).map(|line| line.join(" ")).collect();
        html.push_str("<p class=\"ids\">");
        text::push(html, &lines.join("\n"));
        html.push_str("</p>\n");
    } else {
        html.push_str("<ul class=\"ids\">");
        ids.iter().for_each(|id| item(html, &[id]));
        html.push_str("</ul>\n");
    }
}

fn item(html: &mut String, parts: &[&str]) {
    html.push_str("<li>");
    parts.iter().for_each(|part| text::push(html, part));
    html.push_str("</li>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Severity;
    use crate::report::{Standing, fixture};

    fn finding(count: usize, detail: impl Fn(usize) -> String) -> Finding {
        let concern = |n: usize| Concern { batch_id: format!("b<{n}>").into(), detail: detail(n).into() };
        Finding {
            code: "a-code".to_owned(),
            severity: Severity::Low,
            title: "A title".to_owned(),
            rule: "A rule.".to_owned(),
            concerns: (0..count).map(concern).collect(),
        }
    }

    fn shown(html: &str, count: usize) -> usize {
        (0..count).filter(|n| html.contains(&format!("b&lt;{n}&gt;"))).count()
    }

    fn of(count: usize) -> AuditReport {
        fixture::report(count, Standing::Complete)
    }

    #[test]
    fn every_batch_is_named_however_many_there_are() {
        let report = of(2000);
        for count in [1, OPEN, OPEN + 1, TABLE, TABLE + 1, 1000] {
            for detail in [
                |n: usize| format!("kind {}", n % 3),
                |n: usize| format!("own {n}"),
                |n: usize| format!("{}", n.min(5)),
            ] {
                let html = concerns(&report, &finding(count, detail), &HashMap::new());
                assert_eq!(shown(&html, count), count, "{count}");
                assert_eq!(html.contains("<details>"), count > OPEN);
            }
        }
    }

    #[test]
    fn ids_that_are_words_stand_in_one_text_and_others_in_a_list() {
        let mut words = String::new();
        named(&mut words, &["batch_1", "0a:b.c-d"]);
        assert_eq!(words, "<p class=\"ids\">batch_1 0a:b.c-d</p>\n");
        let mut others = String::new();
        named(&mut others, &["batch_1", "a b"]);
        assert_eq!(others, "<ul class=\"ids\"><li>batch_1</li>\n<li>a b</li>\n</ul>\n");
    }

    #[test]
    fn a_finding_of_the_whole_register_says_so_once() {
        let html = concerns(&of(500), &finding(500, |_| "no figure".to_owned()), &HashMap::new());
        assert_eq!(html, "<p><strong>All 500 batches of the register</strong>: no figure.</p>");
        let html = concerns(&of(500), &finding(500, |n| format!("{n}")), &HashMap::new());
        assert!(html.starts_with("<details><summary>All 500 batches of the register</summary>"));
        assert_eq!(shown(&html, 500), 500);
    }
}
