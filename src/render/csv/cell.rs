//! Text cells that a spreadsheet would run, or change.
//!
//! A cell is active when its first character is one of [`ACTIVE`]: it is written with an apostrophe before it. So that the
//! way back is unambiguous, a text of one or more apostrophes followed by an active character gets one more; every
//! other text stands as it is. Going back, one apostrophe is taken from a cell that is apostrophes and then an active
//! character.

use std::borrow::Cow;

/// The first characters that make a spreadsheet run a cell, or split it: operators, white space that is skipped before
/// one, and the full-width forms that are read as one.
pub const ACTIVE: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];

/// Whether a cell of this text must be escaped.
pub fn is_active(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(ACTIVE)
}

/// The cell for a text.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if is_active(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text of a cell that [`escaped`] made.
pub fn unescaped(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_active(text) => text,
        _ => cell,
    }
}

/// Whether a spreadsheet that opens the file unasked would show, and save, another text than this id: digits that lose
/// leading zeros or their sixteenth place, exponents, times, dates.
pub fn changes_in_spreadsheet(id: &str) -> bool {
    let id = id.trim();
    is_number_changed(id)
        || is_exponent(id)
        || is_date_like(id)
        || matches!(&*id.to_ascii_lowercase(), "true" | "false")
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_number_changed(id: &str) -> bool {
    let unsigned = id.trim_start_matches(['+', '-']);
    let (whole, fraction) = unsigned.split_once(['.', ',']).unwrap_or((unsigned, "0"));
    if !all_digits(whole) || !all_digits(fraction) {
        return false;
    }
    whole.len() != unsigned.len()
        || unsigned.len() != id.len()
        || whole.len() > 15
        || (whole.len() > 1 && whole.starts_with('0'))
}

fn is_exponent(id: &str) -> bool {
    let Some((mantissa, exponent)) = id.split_once(['e', 'E']) else { return false };
    let mantissa = mantissa.trim_start_matches(['+', '-']);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    all_digits(whole) && all_digits(fraction) && all_digits(exponent.trim_start_matches(['+', '-']))
}

/// `2024-01-31`, `1/2`, `12:30`, `3-Mar`, `MAR24`, `Sept-7`: short parts of digits, or a month's name beside digits.
fn is_date_like(id: &str) -> bool {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let lower = id.to_ascii_lowercase();
    let month = lower.split(|c: char| !c.is_ascii_alphabetic()).find(|word| !word.is_empty());
    let rest_is_short = lower.split(|c: char| !c.is_ascii_digit()).all(|digits| digits.len() <= 4);
    if let Some(month) = month {
        let letters = lower.bytes().filter(u8::is_ascii_alphabetic).count();
        let named = MONTHS.iter().any(|name| month.starts_with(name)) && letters == month.len() && month.len() <= 9;
        return named && rest_is_short && lower.bytes().any(|byte| byte.is_ascii_digit());
    }
    let parts: Vec<_> = lower.split(['-', '/', ':', '.']).collect();
    (2..=3).contains(&parts.len()) && rest_is_short && parts.iter().all(|part| all_digits(part)) && !lower.contains('.')
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
        ] {
            assert_eq!(escaped(text), cell);
            assert_eq!(unescaped(cell), text);
        }
    }

    #[test]
    fn ids_that_a_spreadsheet_would_change_are_told() {
        for id in [
            "007",
            "1E5",
            "1.5e10",
            "1234567890123456",
            "2024-01-31",
            "1/2",
            "12:30",
            "3-Mar",
            "MAR24",
            "TRUE",
            "1.50",
            "+5",
        ] {
            assert!(changes_in_spreadsheet(id), "{id}");
        }
        for id in [
            "7",
            "123456789012345",
            "batch_0001",
            "a1e5",
            "march of 20240101",
            "",
            "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        ] {
            assert!(!changes_in_spreadsheet(id), "{id}");
        }
    }

    /// Any text, and ones that begin as the rule is about.
    fn any_text() -> impl Strategy<Value = String> {
        let start = proptest::sample::select(vec![
            "", "'", "''", "=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "'＠", "' =",
        ]);
        (start, any::<String>()).prop_map(|(start, rest)| format!("{start}{rest}"))
    }

    proptest! {
        #[test]
        fn every_text_comes_back_and_none_is_active(text in any_text()) {
            let cell = escaped(&text);
            prop_assert!(!cell.starts_with(ACTIVE));
            prop_assert_eq!(unescaped(&cell), text.as_str());
        }
    }
}
