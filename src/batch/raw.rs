//! JSON as it came: the fields of an object, each with the text of its value. Numbers keep their digits, and depth costs nothing.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The fields of an object in their order, also where a name occurs twice.
pub(crate) struct Fields<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

/// A text that is borrowed unless escapes in it have to be read.
#[derive(Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Reader<'a> {
            type Value = Fields<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'a>, A::Error> {
                let mut fields = Vec::with_capacity(8);
                while let Some((Text(name), raw)) = map.next_entry()? {
                    fields.push((name, raw));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Reader(PhantomData))
    }
}

/// The object of these fields, which are JSON texts by name: sorted by name, without white space between its tokens.
/// Of one name they keep their order.
pub(crate) fn object<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> serde_json::Result<String> {
    let mut fields: Vec<_> = fields.collect();
    fields.sort_by(|one, other| one.0.cmp(other.0));
    let mut text = String::from("{");
    for (name, json) in fields {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&serde_json::to_string(name)?);
        text.push(':');
        parts(json, |part| match part {
            RawPart::Between(between) => text.extend(between.chars().filter(|c| !c.is_ascii_whitespace())),
            RawPart::Text { json, .. } => text.push_str(json),
        });
    }
    text.push('}');
    Ok(text)
}

/// The JSON with each text that is a value, not a name, replaced where `replace` gives another one.
pub(crate) fn with_texts(json: &str, mut replace: impl FnMut(&str) -> Option<String>) -> serde_json::Result<String> {
    let (mut out, mut failed) = (String::with_capacity(json.len()), None);
    parts(json, |part| match part {
        RawPart::Text { json, is_name: false } => match serde_json::from_str::<Text<'_>>(json) {
            Ok(Text(text)) => match replace(&text).map(|new| serde_json::to_string(&new)) {
                Some(Ok(new)) => out.push_str(&new),
                Some(Err(error)) => failed = Some(error),
                None => out.push_str(json),
            },
            Err(error) => failed = Some(error),
        },
        RawPart::Between(text) | RawPart::Text { json: text, .. } => out.push_str(text),
    });
    failed.map_or(Ok(out), Err)
}

/// A part of a JSON text.
enum RawPart<'a> {
    /// A text with its quotes, and whether it is a field's name.
    Text { json: &'a str, is_name: bool },
    /// What is between two texts.
    Between(&'a str),
}

/// Cuts JSON at its texts. Of what is no JSON every part comes out as well.
fn parts<'a>(json: &'a str, mut part: impl FnMut(RawPart<'a>)) {
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        let (between, text) = rest.split_at(start);
        part(RawPart::Between(between));
        let (text, after) = text.split_at(end_of_text(text));
        part(RawPart::Text { json: text, is_name: after.trim_ascii_start().starts_with(':') });
        rest = after;
    }
    part(RawPart::Between(rest));
}

/// Where the text that begins with a quote ends.
fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| match byte {
        b'"' if !escaped => true,
        _ => {
            escaped = byte == b'\\' && !escaped;
            false
        }
    });
    end.map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn again(json: &str) -> String {
        let Fields(fields) = serde_json::from_str(json).unwrap();
        object(fields.iter().map(|(name, raw)| (&**name, raw.get()))).unwrap()
    }

    #[test]
    fn numbers_depth_and_doubles_stay_as_they_came() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for (json, same) in [
            (r#"{"n":123456789012345678901234567890}"#.to_owned(), None),
            (r#"{"n":1e400,"o":-0.10000000000000000000001,"p":1.50}"#.to_owned(), None),
            (format!(r#"{{"n":{deep}}}"#), None),
            (r#"{"a":1,"a":2}"#.to_owned(), None),
            (r#"{"t":"\u00e9 \\\" x"}"#.to_owned(), None),
            ("{ \"b\" : [ 1 , \"a  b\" ] ,\n\"a\":{ } }".to_owned(), Some(r#"{"a":{},"b":[1,"a  b"]}"#)),
        ] {
            assert_eq!(again(&json), same.unwrap_or(&json));
        }
    }

    #[test]
    fn only_texts_that_are_values_are_replaced() {
        let json = r#"{"a":"b","c":["d",1e400,{"e\"":"\u0066"}]}"#;
        let loud = with_texts(json, |text| (text != "d").then(|| format!("{text}!"))).unwrap();
        assert_eq!(loud, r#"{"a":"b!","c":["d",1e400,{"e\"":"f!"}]}"#);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![any::<String>().prop_map(Value::from), any::<i64>().prop_map(Value::from), Just(Value::Null)];
        let nested = leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        });
        proptest::collection::btree_map(any::<String>(), nested, 0..4)
            .prop_map(|map| Value::Object(map.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn an_object_written_in_any_layout_comes_out_the_same(value in any_json()) {
            let (plain, pretty) = (value.to_string(), serde_json::to_string_pretty(&value).unwrap());
            prop_assert_eq!(again(&pretty), again(&plain));
            prop_assert_eq!(again(&again(&plain)), again(&plain));
            prop_assert_eq!(serde_json::from_str::<Value>(&again(&pretty)).unwrap(), value);
        }

        #[test]
        fn any_text_is_cut_without_a_loss(text in any::<String>()) {
            let mut whole = String::new();
            parts(&text, |part| match part {
                RawPart::Text { json, .. } => whole.push_str(json),
                RawPart::Between(between) => whole.push_str(between),
            });
            prop_assert_eq!(whole, text);
        }
    }
}
