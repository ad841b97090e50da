//! Text cells that a spreadsheet would run.
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
