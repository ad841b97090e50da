//! What an error says of itself, of whatever form it is.

use serde_json::Value;
use serde_json::value::RawValue;

use super::mended::Mended;
use crate::batch::raw::Fields;

/// The message of an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    /// It says this.
    Given(String),
    /// It is an object without a message.
    Absent,
    /// It is no JSON object.
    NotAnObject,
}

/// The `message` of the answer (one or a list), or its `error`; also where these are inside `error`.
pub fn message(body: &[u8]) -> Message {
    let mended = Mended::of(body);
    let Ok(Fields(fields)) = serde_json::from_str(&mended.text) else { return Message::NotAnObject };
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, raw)| *raw);
    let said = field("message").and_then(words).or_else(|| field("error").and_then(words));
    said.map_or(Message::Absent, Message::Given)
}

fn words(json: &RawValue) -> Option<String> {
    match serde_json::from_str(json.get()) {
        Ok(Value::Null | Value::Bool(_)) => None,
        Ok(Value::String(message)) => Some(message),
        Ok(Value::Array(messages)) => Some(messages.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")),
        Ok(Value::Object(inside)) => match inside.get("message") {
            Some(Value::String(message)) => Some(message.clone()),
            _ => Some(json.get().to_owned()),
        },
        _ => Some(json.get().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_any_form_says_what_it_says() {
        for (body, said) in [
            (r#"{"message":"a","error":"b"}"#, Some("a")),
            (r#"{"message":["a","b"]}"#, Some("a; b")),
            (r#"{"message":null,"error":"b"}"#, Some("b")),
            (r#"{"error":true,"message":"a"}"#, Some("a")),
            (r#"{"error":{"code":7,"message":"deep"}}"#, Some("deep")),
            ("\u{feff}{\"message\":\"a\"}", Some("a")),
            (r#"{"message":"\ud83d!"}"#, Some("\u{fffd}!")),
            (r#"{"message":1e400}"#, Some("1e400")),
        ] {
            assert_eq!(message(body.as_bytes()), said.map_or(Message::Absent, |said| Message::Given(said.to_owned())));
        }
        assert_eq!(message(br#"{"detail":1}"#), Message::Absent);
        for body in ["[]", "", "<html>", "null"] {
            assert_eq!(message(body.as_bytes()), Message::NotAnObject);
        }
    }
}
