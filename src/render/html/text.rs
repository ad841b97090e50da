//! The one way that text gets into the page.

use std::io::{self, Write};

/// What is in a page for a character that HTML cannot hold: control characters become their pictures (`␀` for NUL),
/// other ones that are not characters U+FFFD. Tabs and line feeds stay.
fn shown(character: char) -> char {
    match character {
        '\t' | '\n' => character,
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{fdd0}'..='\u{fdef}' => char::REPLACEMENT_CHARACTER,
        _ if u32::from(character) & 0xfffe == 0xfffe => char::REPLACEMENT_CHARACTER,
        _ => character,
    }
}

/// A text as the page shows it, before escaping: the same text unless it holds control characters.
pub fn visible(text: &str) -> String {
    text.chars().map(shown).collect()
}

/// Appends a text to HTML, as element content or as a quoted attribute's value.
pub fn push(html: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(shown(other)),
        }
    }
}

/// [`push`] in the form that the template engine asks for.
pub(super) fn write(text: &str, html: &mut dyn Write) -> io::Result<()> {
    let mut escaped = String::with_capacity(text.len());
    push(&mut escaped, text);
    html.write_all(escaped.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn characters_that_html_cannot_hold_become_visible() {
        assert_eq!(visible("a\0b\rc\x7fd\u{85}e\u{ffff}f\tg\nh"), "a␀b␍c␡d\u{fffd}e\u{fffd}f\tg\nh");
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_place(text in any::<String>()) {
            let mut html = String::new();
            push(&mut html, &text);
            prop_assert!(!html.contains(['<', '>', '"', '\'', '\0', '\r']));
            let back = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
            prop_assert_eq!(back.replace("&amp;", "&"), visible(&text));
        }
    }
}
