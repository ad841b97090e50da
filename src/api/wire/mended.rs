//! The bytes of an answer as the text that they mean, although something in them is no text.
//!
//! A byte order mark is skipped, as RFC 8259 allows. Inside a text of the JSON, half of a surrogate pair and bytes that are
//! not UTF-8 become U+FFFD, and a control character becomes its escape. Elsewhere everything stays, so that what is no JSON
//! is still none.

use std::borrow::Cow;

/// An answer as text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mended<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// Where in `text` a U+FFFD takes the place of what was none, in ascending order.
    pub places: Vec<usize>,
}

const REPLACEMENT: &str = "\u{fffd}";

impl<'a> Mended<'a> {
    pub(super) fn of(body: &'a [u8]) -> Self {
        let bytes = match body {
            [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
            [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)),
            [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)),
            plain => Cow::Borrowed(plain),
        };
        match bytes {
            Cow::Borrowed(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) if is_clean(text) => Self { text: Cow::Borrowed(text), places: Vec::new() },
                _ => mend(bytes),
            },
            Cow::Owned(bytes) => mend(&bytes),
        }
    }

    /// Whether something was replaced in `part`, which must be a part of the text itself.
    pub(super) fn is_replaced_in(&self, part: &str) -> bool {
        let start = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let first = self.places.partition_point(|place| *place < start);
        self.places.get(first).is_some_and(|place| *place - start < part.len())
    }
}

/// UTF-16 as JSON in UTF-8; half of a pair as its escape, a byte left over as one that is no UTF-8.
fn utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Vec<u8> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match decoded {
            Ok(c) => text.push(c),
            Err(half) => text.push_str(&format!("\\u{:04x}", half.unpaired_surrogate())),
        }
    }
    let mut text = text.into_bytes();
    text.extend(rest.iter().map(|_| 0xff));
    text
}

/// Whether there is nothing to mend; where in doubt, not.
fn is_clean(text: &str) -> bool {
    let bytes = text.as_bytes().trim_ascii_end();
    let control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t' | b' ');
    let breaks = |byte: &u8| matches!(byte, b'\n' | b'\r' | b'\t');
    !bytes.iter().any(|byte| control(byte) || breaks(byte))
        && !bytes.windows(3).any(|part| matches!(part, [b'\\', b'u', b'd' | b'D']))
}

fn mend(bytes: &[u8]) -> Mended<'static> {
    let (mut text, mut places) = (String::with_capacity(bytes.len()), Vec::new());
    let mut inside = false;
    let mut rest = bytes;
    while !rest.is_empty() {
        let (taken, part) = next(rest, inside);
        match part {
            MendedPart::AsItIs(part) => {
                inside ^= part == "\"";
                text.push_str(part);
            }
            MendedPart::Control(byte) => text.push_str(&format!("\\u{byte:04x}")),
            MendedPart::Lost => {
                places.push(text.len());
                text.push_str(REPLACEMENT);
            }
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    Mended { text: text.into(), places }
}

enum MendedPart<'a> {
    AsItIs(&'a str),
    /// A control character inside a text.
    Control(u8),
    /// What is no character.
    Lost,
}

/// The next part of the bytes, `inside` a text or not, and how many bytes it takes.
fn next(bytes: &[u8], inside: bool) -> (usize, MendedPart<'_>) {
    let plain = |length: usize| {
        let part = bytes.get(..length).and_then(|part| std::str::from_utf8(part).ok());
        part.map(|part| (length, MendedPart::AsItIs(part)))
    };
    let lost = || invalid(bytes).map_or((1, MendedPart::Lost), |length| (length, MendedPart::Lost));
    match bytes {
        [b'\\', b'u', digits @ ..] if inside => match (surrogate(digits), surrogate_after(digits)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => plain(12).unwrap_or_else(lost),
            (Some(_), _) => (6, MendedPart::Lost),
            (None, _) => plain(2).unwrap_or_else(lost),
        },
        [b'\\', ..] if inside => plain(2).or_else(|| plain(1)).unwrap_or_else(lost),
        [b'"', ..] => plain(1).unwrap_or_else(lost),
        [byte, ..] if inside && *byte < 0x20 => (1, MendedPart::Control(*byte)),
        _ => {
            let stop = |byte: &u8| matches!(byte, b'"' | b'\\') || (inside && *byte < 0x20);
            let end = bytes.iter().skip(1).position(stop).map_or(bytes.len(), |end| end + 1);
            let part = bytes.get(..end).unwrap_or(bytes);
            let valid = std::str::from_utf8(part).map_or_else(|error| error.valid_up_to(), |_| part.len());
            plain(valid).filter(|(length, _)| *length > 0).unwrap_or_else(lost)
        }
    }
}

/// How many bytes at the beginning are no UTF-8 together: half of a pair in three bytes is one character.
fn invalid(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => Some(3),
        _ => std::str::from_utf8(bytes).err()?.error_len().or(Some(bytes.len())),
    }
}

/// Half of a surrogate pair, by its four hex digits.
fn surrogate(digits: &[u8]) -> Option<u16> {
    let digits = std::str::from_utf8(digits.get(..4)?).ok()?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unit = is_hex.then(|| u16::from_str_radix(digits, 16).ok()).flatten()?;
    (0xd800..=0xdfff).contains(&unit).then_some(unit)
}

/// The half that follows the four digits as an escape of its own.
fn surrogate_after(digits: &[u8]) -> Option<u16> {
    surrogate(digits.get(4..)?.strip_prefix(b"\\u")?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn mended(body: &[u8]) -> String {
        Mended::of(body).text.into_owned()
    }

    #[test]
    fn half_a_pair_and_bytes_that_are_no_text_become_the_replacement_character() {
        for (body, text, places) in [
            (&br#"["a\ud83d"]"#[..], "[\"a\u{fffd}\"]", 1),
            (br#"["\ud83dx\uDC00y"]"#, "[\"\u{fffd}x\u{fffd}y\"]", 2),
            (br#"["\ud83d\ud83d\ude00"]"#, "[\"\u{fffd}\\ud83d\\ude00\"]", 1),
            (br#"["\ud83d\n"]"#, "[\"\u{fffd}\\n\"]", 1),
            (br#"["\\ud83d"]"#, r#"["\\ud83d"]"#, 0),
            (br#"["\ud83"]"#, r#"["\ud83"]"#, 0),
            (br#"{"\udfff":1}"#, "{\"\u{fffd}\":1}", 1),
            (b"[\"caf\xe9\"]", "[\"caf\u{fffd}\"]", 1),
            (b"[\"\xed\xa0\xbd!\"]", "[\"\u{fffd}!\"]", 1),
            (b"[\"\xf0\x9f\"]", "[\"\u{fffd}\"]", 1),
        ] {
            let found = Mended::of(body);
            assert_eq!((&*found.text, found.places.len()), (text, places));
        }
    }

    #[test]
    fn a_mark_is_skipped_and_a_control_character_inside_a_text_is_escaped() {
        assert_eq!(mended(b"\xef\xbb\xbf{}"), "{}");
        assert_eq!(mended(b"\xff\xfe{\0}\0"), "{}");
        assert_eq!(mended(b"\xfe\xff\0[\0\"\xd8\x3d\0\"\0]"), "[\"\u{fffd}\"]");
        assert_eq!(mended(b"[\n\t\"a\tb\x01\"]"), "[\n\t\"a\\u0009b\\u0001\"]");
    }

    #[test]
    fn a_part_knows_whether_something_was_replaced_in_it() {
        let found = Mended::of(br#"["a","\ud83d","b"]"#);
        let parts: Vec<&str> = found.text.split(',').collect();
        assert_eq!(parts.iter().map(|part| found.is_replaced_in(part)).collect::<Vec<_>>(), [false, true, false]);
    }

    proptest! {
        #[test]
        fn json_means_the_same_and_nothing_is_replaced(text in any::<String>(), pretty in any::<bool>()) {
            let value = Value::from(vec![text.clone(), "\u{1f600}".to_owned(), text]);
            let json = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let ascii: String = json.encode_utf16().map(|unit| match u8::try_from(unit) {
                Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
                _ => format!("\\u{unit:04X}"),
            }).collect();
            for body in [&json, &ascii] {
                let found = Mended::of(body.as_bytes());
                prop_assert_eq!(&found.places, &Vec::<usize>::new());
                prop_assert_eq!(serde_json::from_str::<Value>(&found.text).unwrap(), value.clone());
            }
        }

        #[test]
        fn any_bytes_inside_a_text_make_a_text(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            // 0xed begins half of a surrogate pair, which is one character here and three for the library.
            let bytes: Vec<u8> = bytes.into_iter().filter(|byte| !matches!(byte, b'"' | b'\\' | 0xed)).collect();
            let body = [b"[\"", &bytes[..], b"\"]"].concat();
            let value: Value = serde_json::from_str(&mended(&body)).unwrap();
            prop_assert_eq!(value[0].as_str().unwrap(), &*String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn any_bytes_at_all_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let found = Mended::of(&bytes);
            prop_assert!(found.places.iter().all(|place| found.text[*place..].starts_with(REPLACEMENT)));
        }
    }
}
