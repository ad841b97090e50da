//! Lines that fit a terminal.

use unicode_width::UnicodeWidthChar;

/// The columns of a line; no line is longer, unless figures beyond 10^15 make it so.
pub const COLUMNS: usize = 80;

/// A line in lines of at most `columns`, broken between words only, so that a path can be copied whole. What goes on is indented
/// by two columns more than the line itself.
pub fn between_words(line: &str, columns: usize) -> String {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let mut fitted = " ".repeat(indent);
    let mut used = indent;
    for (n, word) in line.trim_start_matches(' ').split(' ').enumerate() {
        let width = width(word);
        if n > 0 && used + 1 + width <= columns {
            fitted.push(' ');
            used += 1;
        } else if n > 0 {
            used = indent + 2;
            fitted.push('\n');
            fitted.push_str(&" ".repeat(used));
        }
        fitted.push_str(word);
        used += width;
    }
    fitted
}

fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// `text` broken between words, and where a word is longer than a line inside it; the first line is indented by `first`
/// columns, the others by `next`.
pub fn wrapped(first: usize, next: usize, text: &str) -> Vec<String> {
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
                prop_assert!(width(line) <= COLUMNS);
            }
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }

        /// The words are those of the line, none is broken, and a line is longer only where it is one word.
        #[test]
        fn lines_are_broken_between_words_alone(text in " {0,4}[a-z\u{4e00}\u{301} ]{0,300}", columns in 20..120_usize) {
            let fitted = between_words(&text, columns);
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&fitted), words(&text));
            for line in fitted.lines() {
                prop_assert!(width(line.trim_end()) <= columns || words(line).len() == 1, "{line}");
            }
        }
    }
}
