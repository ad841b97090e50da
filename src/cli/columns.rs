//! Lines that fit a terminal.

use unicode_width::UnicodeWidthChar;

/// The columns of a line; no line is longer, unless figures beyond 10^15 make it so.
pub const COLUMNS: usize = 80;

/// `text` broken between words, and where a word is longer than a line inside it; the first line is indented by `first`
/// columns, the others by `next`.
pub fn wrapped(first: usize, next: usize, text: &str) -> Vec<String> {
    let width = |text: &str| text.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>();
    let mut lines = Vec::new();
    let (mut line, mut used) = (" ".repeat(first), first);
    let mut begun = false;
    for word in text.split(' ') {
        if begun && used + 1 + width(word) <= COLUMNS {
            line.push(' ');
            used += 1;
        } else if begun {
            lines.push(std::mem::replace(&mut line, " ".repeat(next)));
            used = next;
        }
        begun = true;
        for c in word.chars() {
            let columns = c.width().unwrap_or(0);
            if used + columns > COLUMNS {
                lines.push(std::mem::replace(&mut line, " ".repeat(next)));
                used = next;
            }
            line.push(c);
            used += columns;
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn wrapping_keeps_every_letter_and_the_width(text in "[a-z\u{4e00}\u{301} ]{0,400}") {
            let lines = wrapped(2, 6, &text);
            for line in &lines {
                prop_assert!(line.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>() <= COLUMNS);
            }
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
