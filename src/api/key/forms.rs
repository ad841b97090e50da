//! The ways in which a server may write the key into an answer: as it is; with any of its characters escaped as JSON, URLs and
//! HTML escape them; as hexadecimal digits; in base64, within any longer text. Texts of JSON are looked at as they decode, too,
//! so that one of these inside another is found.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use memchr::{memchr, memchr2, memchr3_iter, memmem};
use secrecy::{ExposeSecret, SecretString};

/// What replaces the key.
const TAKEN_OUT: &[u8] = b"[API key]";
/// Digits that a shorter key has in common with other things are not looked for.
const SHORTEST: usize = 8;
/// Texts of JSON within texts of JSON are looked at to this depth.
const DEPTH: usize = 3;

/// The key, and how else it is written.
#[derive(Debug)]
pub(super) struct Forms {
    key: SecretString,
    /// Hexadecimal and base64, which are not mixed with others.
    whole: Vec<SecretString>,
}

impl Forms {
    /// Those of `key`, which is not empty and ASCII.
    pub(super) fn of(key: &str) -> Self {
        let hex: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut whole = vec![hex.to_uppercase(), hex];
        for before in 0..3 {
            let core = in_base64(key.as_bytes(), before);
            whole.push(core.replace('+', "-").replace('/', "_"));
            whole.push(core);
        }
        whole.retain(|form| form.len() >= SHORTEST);
        whole.sort();
        whole.dedup();
        Self { key: key.into(), whole: whole.into_iter().map(SecretString::from).collect() }
    }

    /// The key as it is.
    pub(super) fn key(&self) -> &str {
        self.key.expose_secret()
    }

    /// `bytes` without the key; `None` where it is not in them.
    pub(super) fn taken_out(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.to_depth(bytes, DEPTH)
    }

    fn to_depth(&self, bytes: &[u8], depth: usize) -> Option<Vec<u8>> {
        let decoded = self.in_texts(bytes, depth);
        let plain = self.in_place(decoded.as_deref().unwrap_or(bytes));
        plain.or(decoded)
    }

    /// Takes it out of the texts of JSON that hold escapes, each as it decodes.
    fn in_texts(&self, bytes: &[u8], depth: usize) -> Option<Vec<u8>> {
        let mut places = Vec::new();
        if depth == 0 || memchr(b'\\', bytes).is_none() {
            return None;
        }
        for text in texts(bytes) {
            let redacted = self.in_text(bytes.get(text.clone()).unwrap_or_default(), depth);
            places.extend(redacted.map(|redacted| (text, Cow::Owned(redacted))));
        }
        // The value of a header may be such a text without its quotation marks.
        let bare = || {
            self.in_text(&[b"\"", bytes, b"\""].concat(), depth)?
                .get(1..)
                .and_then(|rest| rest.strip_suffix(b"\""))
                .map(<[u8]>::to_vec)
        };
        replaced(bytes, &places).or_else(|| if bytes.contains(&b'"') { None } else { bare() })
    }

    /// Takes it out of one text of JSON, which is then written again.
    fn in_text(&self, literal: &[u8], depth: usize) -> Option<Vec<u8>> {
        let decoded: String = serde_json::from_slice(literal).ok()?;
        let redacted = self.to_depth(decoded.as_bytes(), depth - 1)?;
        serde_json::to_vec(&String::from_utf8_lossy(&redacted)).ok()
    }

    /// Takes it out wherever it is written character by character, or as a whole.
    fn in_place(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut found: Vec<Range<usize>> =
            self.whole.iter().flat_map(|form| tokens(bytes, form.expose_secret())).collect();
        found.extend(self.places(bytes));
        found.sort_by_key(|range| range.start);
        let mut places: Vec<(Range<usize>, Cow<'_, [u8]>)> = Vec::new();
        for range in found {
            match places.last_mut() {
                Some((last, _)) if range.start < last.end => last.end = last.end.max(range.end),
                _ => places.push((range, Cow::Borrowed(TAKEN_OUT))),
            }
        }
        replaced(bytes, &places)
    }

    /// Where the key is, each character as it is or escaped. Up to its first escape it is as it is.
    fn places(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let key = self.key().as_bytes();
        let mut found: Vec<_> = memmem::find_iter(bytes, key).map(|at| at..at + key.len()).collect();
        let [one, two, three] = ESCAPES;
        for escape in memchr3_iter(one, two, three, bytes) {
            for before in 0..key.len().min(escape + 1) {
                let start = escape - before;
                if bytes.get(start..escape) == key.get(..before)
                    && let Some(end) = self.key_at(bytes, start)
                {
                    found.push(start..end);
                }
            }
        }
        found
    }

    /// Where the key ends that begins at `start`, each character as it is or escaped.
    fn key_at(&self, bytes: &[u8], start: usize) -> Option<usize> {
        // A backslash, a percent sign or an ampersand of the key's own may also begin an escape: each way is gone.
        let mut ends = vec![start];
        for wanted in self.key().bytes() {
            let next = ends
                .iter()
                .flat_map(|at| one(wanted, bytes.get(*at..).unwrap_or_default()).map(move |length| at + length));
            ends = next.collect();
            ends.sort_unstable();
            ends.dedup();
            if ends.is_empty() {
                return None;
            }
        }
        ends.last().copied()
    }
}

/// What an escape begins with.
const ESCAPES: [u8; 3] = *b"\\%&";

/// The lengths of the ways in which `bytes` may begin with the character `wanted`.
fn one(wanted: u8, bytes: &[u8]) -> impl Iterator<Item = usize> {
    let literal = (bytes.first() == Some(&wanted)).then_some(1);
    let escaped = match bytes {
        [b'\\', b'u' | b'U', rest @ ..] => {
            number(rest.get(..4), 16).filter(|code| *code == u32::from(wanted)).map(|_| 6)
        }
        [b'\\', b'x', rest @ ..] => number(rest.get(..2), 16).filter(|code| *code == u32::from(wanted)).map(|_| 4),
        [b'\\', next, ..] if *next == wanted && !wanted.is_ascii_alphanumeric() => Some(2),
        [b'%', rest @ ..] => number(rest.get(..2), 16).filter(|code| *code == u32::from(wanted)).map(|_| 3),
        [b'&', rest @ ..] => entity(wanted, rest).map(|length| length + 1),
        _ => None,
    };
    literal.into_iter().chain(escaped)
}

fn number(digits: Option<&[u8]>, radix: u32) -> Option<u32> {
    let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_alphanumeric))?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

/// The length of `rest`, what follows an ampersand, if that is how HTML writes `wanted`.
fn entity(wanted: u8, rest: &[u8]) -> Option<usize> {
    let end = rest.iter().take(10).position(|byte| *byte == b';')?;
    let code = match rest.get(..end)? {
        [b'#', b'x' | b'X', digits @ ..] => number(Some(digits), 16)?,
        [b'#', digits @ ..] => number(Some(digits), 10)?,
        b"amp" => u32::from(b'&'),
        b"lt" => u32::from(b'<'),
        b"gt" => u32::from(b'>'),
        b"quot" => u32::from(b'"'),
        b"apos" => u32::from(b'\''),
        _ => return None,
    };
    (code == u32::from(wanted)).then_some(end + 1)
}

/// What base64 makes of `key` behind so many other bytes, whatever these are and whatever follows.
fn in_base64(key: &[u8], before: usize) -> String {
    let bytes = [&[0; 3][..before], key].concat();
    let digits = STANDARD_NO_PAD.encode(&bytes);
    // The first digits depend on what was before, the last one on what follows, unless it ends with three bytes.
    let (start, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    digits.get(start..end).unwrap_or_default().to_owned()
}

/// Where `form` is in `bytes`, each time with all of the digits around it.
fn tokens<'a>(bytes: &'a [u8], form: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + memmem::find(bytes.get(from..)?, form.as_bytes())?;
        let end = at + form.len();
        let before = bytes.get(..at)?.iter().rev().take_while(|byte| digit(byte)).count();
        let after = bytes.get(end..)?.iter().take_while(|byte| digit(byte)).count();
        let filling = bytes.get(end + after..)?.iter().take(2).take_while(|byte| **byte == b'=').count();
        from = end + after + filling;
        Some(at - before..from)
    })
}

/// The texts of JSON in `bytes` that hold an escape, with their quotation marks.
fn texts(bytes: &[u8]) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(start) = bytes.get(at..).and_then(|rest| memchr(b'"', rest)).map(|place| at + place) {
        let (mut end, mut has_escape) = (start + 1, false);
        loop {
            match bytes.get(end..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
                None => return found,
                Some(place) if bytes.get(end + place) == Some(&b'"') => {
                    end += place + 1;
                    break;
                }
                Some(place) => (end, has_escape) = (end + place + 2, true),
            }
        }
        if has_escape {
            found.push(start..end);
        }
        at = end;
    }
    found
}

/// `bytes` with other bytes at these places, which are in order; `None` where there are none.
fn replaced(bytes: &[u8], places: &[(Range<usize>, Cow<'_, [u8]>)]) -> Option<Vec<u8>> {
    if places.is_empty() {
        return None;
    }
    let (mut kept, mut at) = (Vec::with_capacity(bytes.len()), 0);
    for (range, instead) in places {
        kept.extend_from_slice(bytes.get(at..range.start).unwrap_or_default());
        kept.extend_from_slice(instead);
        at = range.end;
    }
    kept.extend_from_slice(bytes.get(at..).unwrap_or_default());
    Some(kept)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "dk_live_9fA/3+x\\\"&%=7";

    fn without(text: &str) -> String {
        let bytes = Forms::of(KEY).taken_out(text.as_bytes()).unwrap_or_else(|| text.as_bytes().to_vec());
        String::from_utf8(bytes).unwrap()
    }

    /// Each character by another way of writing it.
    fn mixed(ways: &[u8]) -> String {
        let write = |(place, c): (usize, char)| match ways[place % ways.len()] % 5 {
            0 if c != '\\' && c != '"' => c.to_string(),
            1 => format!("\\u{:04x}", u32::from(c)),
            2 => format!("%{:02X}", u32::from(c)),
            3 => format!("&#{};", u32::from(c)),
            _ => format!("\\u{:04X}", u32::from(c)),
        };
        KEY.chars().enumerate().map(write).collect()
    }

    #[test]
    fn the_key_is_taken_out_however_it_is_written() {
        let json = serde_json::to_string(KEY).unwrap();
        let percent: String = KEY.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let usual: String =
            KEY.chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() || c == '_' { c.to_string() } else { format!("%{:02X}", u32::from(c)) }
                })
                .collect();
        let html = KEY.replace('&', "&amp;").replace('"', "&quot;");
        let hex: String = KEY.bytes().map(|byte| format!("{byte:02X}")).collect();
        for form in
            [KEY.to_owned(), json[1..json.len() - 1].to_owned(), json.replace('/', "\\/"), percent, usual, html, hex]
        {
            let text = without(&format!("<{form}>"));
            assert!(text == "<[API key]>" || text == "<\"[API key]\">", "{form}: {text}");
        }
        assert_eq!(without("nothing of it"), "nothing of it");
    }

    #[test]
    fn base64_around_the_key_is_taken_out_with_all_of_its_digits() {
        for before in ["", "a", "ab", "user:", "Bearer "] {
            for after in ["", ":", "-and-more"] {
                let digits = STANDARD_NO_PAD.encode(format!("{before}{KEY}{after}"));
                assert_eq!(without(&format!("Basic {digits}==")), "Basic [API key]", "{before} {after}");
                let url = digits.replace('+', "-").replace('/', "_");
                assert_eq!(without(&format!("?t={url}&x")), "?t=[API key]&x");
            }
        }
    }

    #[test]
    fn the_key_inside_texts_inside_texts_is_taken_out() {
        let inner = serde_json::to_string(&serde_json::json!({ "echo": mixed(&[1]) })).unwrap();
        let outer = serde_json::to_string(&serde_json::json!({ "error": inner })).unwrap();
        let redacted = without(&outer);
        let error: serde_json::Value = serde_json::from_str(&redacted).unwrap();
        assert!(error["error"].as_str().unwrap().contains("[API key]"), "{redacted}");
    }

    proptest! {
        #[test]
        fn no_mixture_of_escapes_hides_the_key(ways in prop::collection::vec(0_u8..5, 1..24), deep in any::<bool>()) {
            let mut text = format!("{{\"name\":\"a {} b\"}}", mixed(&ways));
            if deep {
                text = serde_json::to_string(&text).unwrap();
            }
            prop_assert!(without(&text).contains("[API key]"), "{text}");
        }

        /// What begins at any byte at all, looked at one by one.
        #[test]
        fn every_place_of_the_key_is_found(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(0_u8..5, 1..24).prop_map(|ways| mixed(&ways)),
                    (0..KEY.len()).prop_map(|end| KEY[..end].to_owned()),
                    (0..KEY.len()).prop_map(|start| KEY[start..].to_owned()),
                    "[d\\\\%&0-9a-f;#u]{0,6}",
                ],
                0..5,
            ),
        ) {
            let (forms, text) = (Forms::of(KEY), parts.concat());
            let mut places = forms.places(text.as_bytes());
            places.sort_by_key(|range| (range.start, range.end));
            places.dedup();
            let all = (0..text.len()).filter_map(|start| Some(start..forms.key_at(text.as_bytes(), start)?));
            prop_assert_eq!(places, all.collect::<Vec<_>>(), "{}", text);
        }

        #[test]
        fn what_does_not_hold_the_key_stays_to_the_byte(text in "[ -~]{0,80}") {
            prop_assume!(!text.contains("dk_"));
            prop_assert_eq!(without(&text), text);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Forms::of(KEY).taken_out(&bytes);
        }
    }
}
