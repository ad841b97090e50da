//! Text that this program did not write, shown on a terminal: names of batches, paths, arguments, what files and servers say.
//! Nothing in it moves the cursor, begins a line, turns the direction of writing, or hides.

use std::fmt::Write as _;
use std::path::Path;

/// Stands where such a character was.
const INSTEAD: char = '\u{fffd}';

/// `text` on one line.
pub fn shown(text: &str) -> String {
    one_by_one(text, |c| c.is_control())
}

/// `text` whose line ends and tabs are this program's own, the rest as [`shown`].
pub fn shown_lines(text: &str) -> String {
    one_by_one(text, |c| c.is_control() && !matches!(c, '\n' | '\t'))
}

/// A path on one line.
pub fn path(path: &Path) -> String {
    shown(&path.display().to_string())
}

/// JSON with such characters escaped: the same values to whoever reads it.
pub fn in_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !(c.is_control() || turns(c) || hides(c)) {
            safe.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(safe, "\\u{unit:04x}");
        }
    }
    safe
}

fn one_by_one(text: &str, controls: impl Fn(char) -> bool) -> String {
    let mut before = ' ';
    let one = |c: char| {
        let kept = !(controls(c) || turns(c)) && (!hides(c) || joins_letters(before, c));
        before = c;
        if kept { c } else { INSTEAD }
    };
    text.chars().map(one).collect()
}

/// Whether a character changes the direction of writing, or breaks lines.
pub fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character has no width of its own, and is no mark on a letter: joiners, fillers, selectors, tags.
pub fn hides(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Where scripts and emoji need a joiner or a selector: behind one of their own. Between other letters it hides.
fn joins_letters(before: char, c: char) -> bool {
    let needs = before >= '\u{600}' && !turns(before) && (!hides(before) || before == '\u{fe0f}');
    needs && matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One of each kind.
    const FORGING: [char; 24] = [
        '\0',
        '\x07',
        '\x08',
        '\n',
        '\r',
        '\x1b',
        '\x7f',
        '\u{85}',
        '\u{9b}',
        '\u{ad}',
        '\u{61c}',
        '\u{180e}',
        '\u{200b}',
        '\u{200d}',
        '\u{200f}',
        '\u{2028}',
        '\u{2029}',
        '\u{202e}',
        '\u{2060}',
        '\u{2066}',
        '\u{2069}',
        '\u{feff}',
        '\u{fe0f}',
        '\u{e0041}',
    ];

    #[test]
    fn whatever_moves_turns_or_hides_is_replaced_one_by_one() {
        for c in FORGING {
            assert_eq!(shown(&format!("a{c}b")), "a\u{fffd}b", "{c:?}");
            let json = serde_json::to_string(&format!("a{c}b")).unwrap();
            let safe = in_json(&json);
            assert!(safe.is_ascii(), "{safe}");
            assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), format!("a{c}b"));
        }
        assert_eq!(shown_lines("a\n\tb\x1b"), "a\n\tb\u{fffd}");
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in
            ["Æther – «ok» 12 ₹", "हिन्दी क्\u{200d}ष", "می\u{200c}خواهم", "日本語", "e\u{301}", "👩\u{200d}🔬 ❤\u{fe0f}"]
        {
            assert_eq!(shown(text), text);
        }
    }

    proptest! {
        #[test]
        fn shown_text_is_one_line_of_as_many_characters(text in "\\PC{0,40}|.{0,40}") {
            let safe = shown(&text);
            prop_assert_eq!(safe.chars().count(), text.chars().count());
            prop_assert!(!safe.chars().any(|c| c.is_control() || turns(c)));
        }
    }
}
