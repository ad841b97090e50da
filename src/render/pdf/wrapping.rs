//! Where a text is broken into lines of a width, and where it is cut with an ellipsis.

use super::shaping::{Line, Setting, Shaper};
use unicode_normalization::char::is_combining_mark;

/// More characters than this are not looked at for one line; a page has no room for them in any face.
const LINE_LIMIT: usize = 600;

/// How good a place for a break is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Break {
    /// Within a word, where nothing else is left.
    Within,
    /// After a sign within a word.
    Sign,
    /// Between words.
    Words,
}

/// A place where a line may end, and how wide the text is up to it.
struct Stop {
    at: usize,
    /// In thousandths of an em, from the start of the text; without a space at the end, and with it.
    width: f32,
    advanced: f32,
    /// How well a reader takes a break here.
    kind: Break,
}

impl Shaper {
    /// `text` in lines of at most `width` thousandths of an em; beyond `most` lines it is cut with "…".
    pub(super) fn wrap(&mut self, text: &str, setting: Setting, width: f32, most: usize) -> Vec<Line> {
        let limit = most.saturating_mul(LINE_LIMIT);
        let (text, too_long) = match text.char_indices().nth(limit) {
            Some((at, _)) => (text.get(..at).unwrap_or_default(), true),
            None => (text, false),
        };
        let whole = self.line(text, setting);
        if !too_long && (whole.width <= width || whole.text.is_empty()) {
            return vec![whole];
        }
        let stops = stops(&whole, self.clusters(&whole));
        let mut lines = Vec::new();
        let (mut start, mut done) = (0, 0.0);
        while start < whole.text.len() {
            let end = line_end(&stops, start, done, width);
            let rest = whole.text.get(start..).unwrap_or_default();
            if lines.len() + 1 == most && (end.at < whole.text.len() || too_long) {
                lines.push(self.cut(rest, &stops, (start, done), setting, width));
                break;
            }
            lines.push(self.line(whole.text.get(start..end.at).unwrap_or_default(), setting));
            (start, done) = (end.at, end.advanced);
        }
        lines
    }

    /// As much of `rest` as fits with an ellipsis after it.
    fn cut(&mut self, rest: &str, stops: &[Stop], from: (usize, f32), setting: Setting, width: f32) -> Line {
        let ellipsis = self.line("…", setting).width;
        let (start, done) = from;
        let end = stops.iter().rfind(|stop| stop.at > start && stop.width - done + ellipsis <= width);
        let kept = end.and_then(|stop| rest.get(..stop.at - start)).unwrap_or_default();
        self.line(&format!("{}…", kept.trim_end()), setting)
    }
}

/// Every place where `line` may be broken, the last one its end.
fn stops(line: &Line, mut clusters: Vec<(usize, f32)>) -> Vec<Stop> {
    // Stable, so that glyphs of one cluster stay together; right-to-left runs come from the other end.
    clusters.sort_by_key(|(start, _)| *start);
    let mut stops = Vec::new();
    let mut width = 0.0;
    for (n, (_, advance)) in clusters.iter().enumerate() {
        width += advance;
        let at = clusters.get(n + 1).map_or(line.text.len(), |(next, _)| *next);
        let (before, after) = line.text.split_at_checked(at).unwrap_or((&line.text, ""));
        let (last, next) = (before.chars().next_back().unwrap_or(' '), after.chars().next());
        if next.is_some_and(is_combining_mark) {
            continue;
        }
        let seen = if last == ' ' { width - advance } else { width };
        let kind = next.map_or(Break::Words, |next| break_between(before, last, next));
        stops.push(Stop { at, width: seen, advanced: width, kind });
    }
    stops
}

fn break_between(before: &str, last: char, next: char) -> Break {
    let wide = |c: char| matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}');
    // Nor in a number, whose groups a comma or a narrow space parts.
    let grouped = matches!(last, ',' | '\u{202f}') && next.is_ascii_digit();
    if next == ' ' || ",.;:!?)%".contains(next) || grouped {
        return Break::Within;
    }
    // Neither within an option (`--quarter`) nor within a date or a number.
    let hyphen = last == '-' && next.is_alphabetic() && before.chars().rev().nth(1).is_some_and(char::is_alphanumeric);
    match last {
        ' ' => Break::Words,
        _ if wide(last) || wide(next) => Break::Words,
        '/' | '_' | '&' | '?' | '=' | '|' | '@' | ',' | ';' => Break::Sign,
        _ if hyphen => Break::Sign,
        _ => Break::Within,
    }
}

/// The best end for the line that begins at `start`: between words unless that leaves most of the line empty, else after a
/// sign, else anywhere; one cluster if no more fits.
fn line_end(stops: &[Stop], start: usize, done: f32, width: f32) -> &Stop {
    const END: &Stop = &Stop { at: usize::MAX, width: 0.0, advanced: 0.0, kind: Break::Words };
    let first = stops.partition_point(|stop| stop.at <= start);
    let ahead = stops.get(first..).unwrap_or_default();
    let fitting = ahead.iter().take_while(|stop| stop.width - done <= width + 0.01).count();
    let fits = ahead.get(..fitting).unwrap_or_default();
    let words = fits.iter().rev().find(|stop| stop.kind == Break::Words);
    let signs = fits.iter().rev().find(|stop| stop.kind >= Break::Sign);
    let full = |stop: &&Stop| stop.width - done >= width * 0.4;
    words.filter(full).or(signs.filter(full)).or(words).or(fits.last()).or(ahead.first()).unwrap_or(END)
}

#[cfg(test)]
mod tests {
    use super::super::faces::Faces;
    use super::*;
    use proptest::prelude::*;

    const TABLE: Setting = Setting { bold: false, kern: false };

    fn shaper() -> Shaper {
        Shaper::new(Faces::new(&[]).unwrap())
    }

    #[test]
    fn a_long_name_is_cut_with_an_ellipsis_and_a_short_one_is_not() {
        let lines = shaper().wrap("one two three four five six seven", TABLE, 6000.0, 2);
        let text: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(text.len(), 2);
        assert!(text[1].ends_with('…'), "{text:?}");
        assert_eq!(shaper().wrap("one", TABLE, 6000.0, 2)[0].text, "one");
    }

    #[test]
    fn the_space_before_a_line_takes_nothing_of_its_width() {
        let width = shaper().line("reported", TABLE).width;
        let lines = shaper().wrap("not reported", TABLE, width, 3);
        let text: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(text, ["not ", "reported"]);
    }

    #[test]
    fn right_to_left_words_stand_from_right_to_left() {
        let line = shaper().line("سقر 12", TABLE);
        let first = &line.runs[0].glyphs[0];
        assert_eq!(line.text.get(first.text.clone()), Some("1"));
        let last = line.runs.last().unwrap().glyphs.last().unwrap();
        assert_eq!(line.text.get(last.text.clone()), Some("س"));
    }

    proptest! {
        /// Breaking loses nothing: the lines one after another are the text.
        #[test]
        fn lines_together_are_the_text(text in "(\\PC|[a-z ]|[ऀ-ॿ]|[؀-ۿ]){0,60}", width in 500.0_f32..20_000.0) {
            let lines = shaper().wrap(&text, TABLE, width, usize::MAX / LINE_LIMIT);
            let together: String = lines.iter().map(|line| line.text.as_str()).collect();
            prop_assert_eq!(together, shaper().line(&text, TABLE).text);
        }

        /// No line of two lines or more is wider than asked for, unless a single cluster is.
        #[test]
        fn lines_keep_to_the_width(text in "[a-zA-Z ,.-]{1,80}", width in 2_000.0_f32..20_000.0) {
            for line in shaper().wrap(&text, TABLE, width, 3) {
                prop_assert!(line.width <= width + 0.5, "{} in {}", line.width, width);
            }
        }
    }
}
