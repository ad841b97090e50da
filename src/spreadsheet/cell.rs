//! Text cells that a spreadsheet would run.
//!
//! A spreadsheet that splits lines at `;` or a tab, as one with another list separator does, begins a cell of its own behind
//! each of them; where it is not at the beginning of such a cell, a quote does not hold a text together, so that a line break
//! begins one, too. A text is therefore looked at in parts: its beginning, and what is behind each `;`, `|`, tab and line
//! break. A part is active when its first character is one of [`ACTIVE`], whatever blanks and quotes are before it; an
//! apostrophe is written before that character. So that the way back is unambiguous, one or more apostrophes before such a
//! character get one more; every other text stays as it is. Going back, each part loses one apostrophe of those that are
//! before such a character.

use std::borrow::Cow;

/// The characters that make a spreadsheet run a cell that begins with them: operators, NUL, which is skipped, and the
/// full-width forms that are read as operators.
pub const ACTIVE: [char; 9] = ['=', '+', '-', '@', '\0', '＝', '＋', '－', '＠'];
/// White space that is skipped before an operator at the beginning of a cell.
const BREAKS: [char; 3] = ['\t', '\r', '\n'];
/// Behind these a cell may begin, in one spreadsheet or another.
const SEPARATORS: [char; 5] = [';', '|', '\t', '\r', '\n'];

/// Blanks and quotes, which a spreadsheet takes away before it looks at a cell.
fn leads(c: char) -> bool {
    c == '"' || (c.is_whitespace() && !SEPARATORS.contains(&c))
}

/// The parts of a text: each ends with its separator.
fn parts(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split_inclusive(SEPARATORS).enumerate().map(|(number, part)| (number == 0, part))
}

/// Where the character is that makes a part active, apostrophes before it left aside; and how many of these there are.
fn active(is_first: bool, part: &str) -> Option<(usize, usize)> {
    let rest = part.trim_start_matches(leads);
    let bare = rest.trim_start_matches('\'');
    let runs = |c: char| ACTIVE.contains(&c) || (is_first && BREAKS.contains(&c));
    bare.starts_with(runs).then_some((part.len() - bare.len(), rest.len() - bare.len()))
}

/// Whether a cell of this text must be escaped.
pub fn is_active(text: &str) -> bool {
    // The first bytes of `ACTIVE` and `BREAKS`: most texts hold none of them anywhere.
    let may_run = |byte: u8| matches!(byte, b'=' | b'+' | b'-' | b'@' | 0 | 0xef | b'\t' | b'\r' | b'\n');
    text.bytes().any(may_run) && parts(text).any(|(is_first, part)| active(is_first, part).is_some())
}

/// The cell for a text.
pub fn escaped(text: &str) -> Cow<'_, str> {
    rewritten(text, |out, part, (place, _)| {
        let (before, behind) = part.split_at(place);
        out.push_str(before);
        out.push('\'');
        out.push_str(behind);
    })
}

/// The text of a cell that [`escaped`] made.
pub fn unescaped(cell: &str) -> Cow<'_, str> {
    rewritten(cell, |out, part, (place, apostrophes)| {
        let (before, behind) = part.split_at(place);
        out.push_str(if apostrophes > 0 { before.strip_suffix('\'').unwrap_or(before) } else { before });
        out.push_str(behind);
    })
}

fn rewritten(text: &str, write: impl Fn(&mut String, &str, (usize, usize))) -> Cow<'_, str> {
    if !is_active(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 4);
    for (is_first, part) in parts(text) {
        match active(is_first, part) {
            Some(place) => write(&mut out, part, place),
            None => out.push_str(part),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn active_texts_get_an_apostrophe() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("＝1", "'＝1"),
            ("\tx", "'\tx"),
            ("\0", "'\0"),
            ("'=1", "''=1"),
            ("''@", "'''@"),
            ("'quoted'", "'quoted'"),
            ("plain", "plain"),
            ("", ""),
            ("'", "'"),
            ("North;=1+1;South", "North;'=1+1;South"),
            ("North\t=1+1", "North\t'=1+1"),
            ("a; \u{a0}\"=1\"", "a; \u{a0}\"'=1\""),
            ("a;'-1;''+2", "a;''-1;'''+2"),
            ("a\r\n=1", "a\r\n'=1"),
            ("a;\t;@x", "a;\t;'@x"),
            ("a|＠x", "a|'＠x"),
            ("a;b=1; c-d", "a;b=1; c-d"),
            (" =1", " '=1"),
        ] {
            assert_eq!(escaped(text), cell);
            assert_eq!(unescaped(cell), text);
        }
    }

    /// Any text, and ones of what the rule is about.
    fn any_text() -> impl Strategy<Value = String> {
        let part = proptest::sample::select(vec![
            "", "'", "''", "=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＠", " ", "\"", ";", "|", "\u{a0}", "x",
            "é",
        ]);
        let parts = proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat());
        prop_oneof![any::<String>(), parts]
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in any_text()) {
            let cell = escaped(&text);
            prop_assert_eq!(unescaped(&cell), text.as_str());
        }

        #[test]
        fn no_cell_of_another_separator_is_active(text in any_text(), separator in proptest::sample::select(SEPARATORS.to_vec())) {
            let cell = escaped(&text);
            prop_assert_eq!(cell == text, !is_active(&text));
            for part in cell.split([separator, '\r', '\n']) {
                let seen = part.trim_matches([' ', '"', '\u{a0}']);
                prop_assert!(!seen.starts_with(ACTIVE), "{:?} of {:?}", part, cell);
            }
            prop_assert!(!cell.starts_with(BREAKS));
        }
    }
}
