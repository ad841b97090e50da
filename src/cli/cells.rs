//! Foreign text in a cell of so many columns: nothing in it moves the cells beside it.

use unicode_width::UnicodeWidthChar;

use super::foreign::{hides, turns};

/// More marks than that above one letter are a joke.
const MOST_MARKS: usize = 4;

/// `text` in exactly `width` columns: filled up with spaces, or cut off with an ellipsis.
pub fn fit(text: &str, width: usize) -> String {
    let text = plain(text);
    let used = columns(&text);
    if used <= width {
        return text + &" ".repeat(width - used);
    }
    let mut cut = String::new();
    let mut left = width.saturating_sub(1);
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if wide > left {
            break;
        }
        left -= wide;
        cut.push(c);
    }
    if width > 0 {
        cut.push('…');
    }
    cut + &" ".repeat(left)
}

/// The columns that plain text takes.
pub fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Text without what moves a cursor, turns the direction of writing, or joins letters to one of another width.
pub fn plain(text: &str) -> String {
    let mut marks = 0;
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        let c = match c {
            c if c.is_control() || turns(c) => '\u{fffd}',
            c if joins(c) => continue,
            c => c,
        };
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        if marks <= MOST_MARKS {
            plain.push(c);
        }
    }
    plain
}

/// Whether terminals disagree on what a character does to the width of those beside it.
fn joins(c: char) -> bool {
    hides(c) || matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_cut_by_columns_and_not_by_letters() {
        assert_eq!(fit("abc", 5), "abc  ");
        assert_eq!(fit("abcdef", 5), "abcd…");
        assert_eq!(fit("春の販売", 5), "春の…");
        assert_eq!(fit("春の販売", 6), "春の… ");
        assert_eq!(fit("e\u{301}a", 3), "e\u{301}a ");
        assert_eq!(fit("a\x1b[2Jb\u{202e}c", 9), "a\u{fffd}[2Jb\u{fffd}c ");
    }

    proptest! {
        #[test]
        fn a_cell_is_as_wide_as_it_is_asked_to(text in "\\PC{0,40}|.{0,40}|[\u{300}-\u{36f}\u{200b}-\u{200f}👩🏽\u{4e00}\\x00-\\x1f]{0,30}", width in 0usize..40) {
            let cell = fit(&text, width);
            prop_assert_eq!(columns(&cell), width, "{:?}", cell);
            prop_assert!(!cell.chars().any(|c| c.is_control() || turns(c)));
        }
    }
}
