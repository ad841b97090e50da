//! The parts of a ticket in the notation of one tracker. In each of them a text from outside stays a text.

use unicode_width::UnicodeWidthStr;

use super::{Notation, Part, Span};

/// All parts, one after another.
pub(super) fn text(parts: &[Part], notation: Notation) -> String {
    let mut text = String::new();
    for (place, part) in parts.iter().enumerate() {
        if place > 0 && notation != Notation::Html {
            text.push('\n');
        }
        text.push_str(&match notation {
            Notation::Markdown => markdown(part),
            Notation::Jira => jira(part),
            Notation::Html => html(part),
            Notation::Plain => plain(part),
        });
    }
    text
}

/// A piece of a line.
pub(super) fn span(span: &Span, notation: Notation) -> String {
    match (span, notation) {
        (Span::Code(text), Notation::Markdown) => fenced(text),
        (Span::Words(text), Notation::Markdown | Notation::Plain) => text.clone(),
        (Span::Strong(text), Notation::Markdown) => format!("**{text}**"),
        (Span::Strong(text), Notation::Plain) => text.clone(),
        (Span::Code(text), Notation::Plain) => shown(text),
        (Span::Words(text), Notation::Jira) => entities(text, JIRA_WORDS),
        (Span::Strong(text), Notation::Jira) => format!("*{}*", entities(text, JIRA_WORDS)),
        (Span::Code(text), Notation::Jira) => format!("{{{{{}}}}}", entities(&shown(text), JIRA_CODE)),
        (Span::Words(text), Notation::Html) => escaped(text),
        (Span::Strong(text), Notation::Html) => format!("<strong>{}</strong>", escaped(text)),
        (Span::Code(text), Notation::Html) => format!("<code>{}</code>", escaped(&shown(text))),
    }
}

fn line(spans: &[Span], notation: Notation) -> String {
    spans.iter().map(|piece| span(piece, notation)).collect()
}

/// A text on one line, and never an empty one.
fn shown(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.trim().is_empty() { "(empty)".to_owned() } else { line }
}

fn markdown(part: &Part) -> String {
    let line = |spans: &[Span]| line(spans, Notation::Markdown);
    match part {
        Part::Heading(spans) => format!("## {}\n", line(spans)),
        Part::Paragraph(spans) => format!("{}\n", line(spans)),
        Part::List(items) => items.iter().map(|item| format!("- {}\n", line(item))).collect(),
        Part::Table(head, are_figures, rows) => {
            let cells = |cells: Vec<String>| match cells.iter().all(String::is_empty) {
                true => "| | |\n".to_owned(),
                false => format!("| {} |\n", cells.join(" | ")),
            };
            let rule = if *are_figures { " ---: |" } else { " --- |" };
            let rule = format!("| --- |{}\n", rule.repeat(head.len().saturating_sub(1)));
            let rows = rows.iter().map(|row| cells(row.iter().map(|cell| span(cell, Notation::Markdown)).collect()));
            [cells(head.clone()), rule].into_iter().chain(rows).collect()
        }
    }
}

/// A text as a code span in a table's cell.
fn fenced(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.replace('|', "\\|");
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    if line.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let fence = "`".repeat(longest + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// What begins markup in Jira within words of the program.
const JIRA_WORDS: &str = "{}[]|*_^~+?!#\\";
/// What does so, or makes a link or a picture, in a text from outside.
const JIRA_CODE: &str = "{}[]|*_^~+?!#\\-:;@&<>()\"'%$=`";

/// Characters as entities, which Jira shows and does not read.
fn entities(text: &str, which: &str) -> String {
    let one = |c: char| if which.contains(c) { format!("&#{};", u32::from(c)) } else { c.to_string() };
    text.chars().map(one).collect()
}

fn jira(part: &Part) -> String {
    let line = |spans: &[Span]| line(spans, Notation::Jira);
    match part {
        Part::Heading(spans) => format!("h2. {}\n", line(spans)),
        Part::Paragraph(spans) => format!("{}\n", line(spans)),
        Part::List(items) => items.iter().map(|item| format!("* {}\n", line(item))).collect(),
        Part::Table(head, _, rows) => {
            let names = head.iter().map(|name| entities(name, JIRA_WORDS)).collect::<Vec<_>>().join("||");
            let head = (!head.iter().all(String::is_empty)).then(|| format!("||{names}||\n"));
            let cells =
                |row: &Vec<Span>| row.iter().map(|cell| span(cell, Notation::Jira)).collect::<Vec<_>>().join("|");
            head.into_iter().chain(rows.iter().map(|row| format!("|{}|\n", cells(row)))).collect()
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn html(part: &Part) -> String {
    let line = |spans: &[Span]| line(spans, Notation::Html);
    match part {
        Part::Heading(spans) => format!("<h2>{}</h2>\n", line(spans)),
        Part::Paragraph(spans) => format!("<p>{}</p>\n", line(spans)),
        Part::List(items) => {
            let items: String = items.iter().map(|item| format!("<li>{}</li>\n", line(item))).collect();
            format!("<ul>\n{items}</ul>\n")
        }
        Part::Table(head, are_figures, rows) => {
            let align = if *are_figures { " align=\"right\"" } else { "" };
            let names = head.iter().map(|name| format!("<th>{}</th>", escaped(name))).collect::<String>();
            let names = if head.iter().all(String::is_empty) { String::new() } else { format!("<tr>{names}</tr>\n") };
            let cell = |(place, cell): (usize, &Span)| match (place, span(cell, Notation::Html)) {
                (0, text) => format!("<th align=\"left\">{text}</th>"),
                (_, text) => format!("<td{align}>{text}</td>"),
            };
            let rows =
                rows.iter().map(|row| format!("<tr>{}</tr>\n", row.iter().enumerate().map(cell).collect::<String>()));
            format!("<table border=\"1\" cellpadding=\"4\">\n{names}{}</table>\n", rows.collect::<String>())
        }
    }
}

fn plain(part: &Part) -> String {
    let line = |spans: &[Span]| line(spans, Notation::Plain);
    match part {
        Part::Heading(spans) => {
            let title = line(spans);
            format!("{title}\n{}\n", "=".repeat(title.width()))
        }
        Part::Paragraph(spans) => format!("{}\n", line(spans)),
        Part::List(items) => items.iter().map(|item| format!("- {}\n", line(item))).collect(),
        Part::Table(head, are_figures, rows) => {
            let mut table: Vec<Vec<String>> =
                rows.iter().map(|row| row.iter().map(|cell| span(cell, Notation::Plain)).collect()).collect();
            if !head.iter().all(String::is_empty) {
                table.insert(0, head.clone());
            }
            aligned(&table, *are_figures)
        }
    }
}

/// A table whose columns are under one another.
fn aligned(table: &[Vec<String>], are_figures: bool) -> String {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |place: usize| table.iter().filter_map(|row| row.get(place)).map(|cell| cell.width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in table {
        let mut line = String::new();
        for (place, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let free = " ".repeat(width.saturating_sub(cell.width()));
            let gap = if place == 0 { "" } else { "  " };
            line.push_str(gap);
            match are_figures && place > 0 {
                true => line.extend([&*free, cell]),
                false => line.extend([cell, &*free]),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
