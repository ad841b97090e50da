//! One cell that came back against the one that was signed.

use chrono::{DateTime, FixedOffset};
use unicode_normalization::UnicodeNormalization;

use super::figure::{self, Reading};
use super::moment;
use crate::spreadsheet::cell::unescaped;

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// A text, every character of which counts.
    Text,
    /// An instant.
    Moment,
    /// A figure; empty where it was not reported.
    Figure,
}

impl ColumnKind {
    /// The kind of a column of the register.
    pub fn of(column: &str) -> Self {
        match column {
            "created_at" | "created_at_local" => Self::Moment,
            "total_calls" | "completed_calls" | "failed_calls" => Self::Figure,
            _ => Self::Text,
        }
    }
}

/// How the file writes figures and times.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    figures: figure::Style,
    moments: moment::Style,
}

/// What became of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is as it was.
    Same,
    /// The same value, written otherwise: how.
    Reformatted(&'static str),
    /// Another value, with what seems to have happened.
    Changed(Option<String>),
}

impl Style {
    /// Learns from a cell of the file.
    pub fn learn(&mut self, kind: ColumnKind, cell: &str) {
        match kind {
            ColumnKind::Text => {}
            ColumnKind::Moment => self.moments.learn(cell),
            ColumnKind::Figure => self.figures.learn(cell),
        }
    }

    /// What became of the cell that was signed as `signed`.
    pub fn fate(&self, kind: ColumnKind, signed: &str, found: &str) -> Fate {
        if signed == found {
            return Fate::Same;
        }
        match kind {
            ColumnKind::Text => text(signed, found),
            ColumnKind::Moment => self.moment(signed, found),
            ColumnKind::Figure => self.figure(signed, found),
        }
    }

    fn moment(&self, signed: &str, found: &str) -> Fate {
        let instant: Option<DateTime<FixedOffset>> = DateTime::parse_from_rfc3339(signed).ok();
        match instant.and_then(|instant| self.moments.shows(bare(found), instant)) {
            Some(how) => Fate::Reformatted(how),
            None => Fate::Changed(None),
        }
    }

    fn figure(&self, signed: &str, found: &str) -> Fate {
        let expected = signed.parse::<u64>().ok();
        match (expected, self.figures.read(bare(found))) {
            (None, Reading::None) if found.trim().is_empty() => Fate::Reformatted("spaces at the ends"),
            (Some(one), Reading::One(other)) if one == other => Fate::Reformatted("the figure written otherwise"),
            (Some(_), Reading::Either(one, other)) => Fate::Changed(Some(format!(
                "it can be read as {one} and as {other}, and nothing in the file reports which"
            ))),
            (None, Reading::One(_)) => Fate::Changed(Some("not reported was made a figure".to_owned())),
            (Some(_), Reading::None) if found.trim().is_empty() => Fate::Changed(Some("the figure is gone".to_owned())),
            _ => Fate::Changed(None),
        }
    }
}

/// Without the apostrophe by which a spreadsheet marks a cell as text.
fn bare(cell: &str) -> &str {
    cell.trim().strip_prefix('\'').unwrap_or(cell.trim())
}

fn text(signed: &str, found: &str) -> Fate {
    let (signed, unescaped) = (&*unescaped(signed), &*unescaped(found));
    if unescaped == signed || found == signed {
        return Fate::Reformatted("the escape of a text that a spreadsheet would run taken away");
    }
    // Each step forgives what the ones before it do.
    type Step = fn(&str) -> String;
    let steps: [(&str, Step); 3] = [
        ("line breaks of another kind", lines),
        ("spaces at the ends", |text| lines(text).trim().to_owned()),
        ("the same characters composed otherwise", |text| lines(text).trim().nfc().collect()),
    ];
    let same = |step: &Step| step(signed) == step(unescaped) || step(signed) == step(found);
    match steps.iter().find(|(_, step)| same(step)) {
        Some((how, _)) => Fate::Reformatted(how),
        None => Fate::Changed(reason(signed, found).map(str::to_owned)),
    }
}

fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn reason(signed: &str, found: &str) -> Option<&'static str> {
    let lost = |c: char| c == '?' || c == '_' || c == char::REPLACEMENT_CHARACTER;
    let all_lost =
        || signed.chars().zip(found.chars()).all(|(one, other)| one == other || !one.is_ascii() && lost(other));
    if found.starts_with('#') && found.ends_with(['!', '?']) {
        Some("the spreadsheet took it for a formula")
    } else if signed.chars().count() == found.chars().count() && all_lost() {
        Some("the file was saved in an encoding that does not have its characters")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(kind: ColumnKind, signed: &str, found: &str) -> Fate {
        Style::default().fate(kind, signed, found)
    }

    #[test]
    fn a_text_may_lose_its_escape_its_spaces_and_its_kind_of_line_break() {
        for (signed, found) in [("'=1+1", "=1+1"), (" a ", "a"), ("a\r\nb", "a\nb"), ("''=1", "'=1"), ("é", "e\u{301}")]
        {
            assert!(matches!(fate(ColumnKind::Text, signed, found), Fate::Reformatted(_)), "{signed} {found}");
        }
        for (signed, found) in [("a", "A"), ("a b", "ab"), ("007", "7"), ("a", ""), ("", "a"), ("true", "TRUE")] {
            assert!(matches!(fate(ColumnKind::Text, signed, found), Fate::Changed(None)), "{signed} {found}");
        }
    }

    #[test]
    fn what_a_spreadsheet_spoils_is_reported() {
        let spoilt = |signed, found| match fate(ColumnKind::Text, signed, found) {
            Fate::Changed(Some(why)) => why,
            other => panic!("{other:?}"),
        };
        assert!(spoilt("दिवाली x", "?????? x").contains("encoding"));
        assert!(spoilt("'=A1+x", "#NAME?").contains("formula"));
    }

    #[test]
    fn not_reported_is_not_zero() {
        assert_eq!(fate(ColumnKind::Figure, "", ""), Fate::Same);
        assert!(matches!(fate(ColumnKind::Figure, "", "0"), Fate::Changed(Some(_))));
        assert!(matches!(fate(ColumnKind::Figure, "0", ""), Fate::Changed(Some(_))));
        assert!(matches!(fate(ColumnKind::Figure, "0", "0.00"), Fate::Reformatted(_)));
        assert!(matches!(fate(ColumnKind::Figure, "50", "51"), Fate::Changed(None)));
        assert!(matches!(fate(ColumnKind::Figure, "1", "1.000"), Fate::Changed(Some(_))));
    }
}
