//! The JSON Schema of the settings file, from the list of settings.

use serde_json::{Map, Value, json};

use super::keys::{
    DEFAULT_WORKSPACE, DELIVER, DELIVER_TO, KEY_SOURCES, KEYS, Key, SPELLINGS, ValueKind, WORKSPACE, known,
};

/// The schema, for editors that know TOML schemas.
pub fn schema() -> Value {
    let spelled = SPELLINGS.iter().filter_map(|(spelling, name)| Some((*spelling, known(name)?)));
    let named = KEYS.iter().map(|key| (key.name, key)).chain(spelled);
    let mut settings: Map<String, Value> = named.map(|(name, key)| (name.to_owned(), property(key))).collect();
    settings.insert(DELIVER.to_owned(), deliver());
    let mut top = settings.clone();
    top.insert(
        DEFAULT_WORKSPACE.to_owned(),
        json!({ "description": "The workspace that is meant where none is named.", "type": "string" }),
    );
    top.insert(
        WORKSPACE.to_owned(),
        json!({
            "description": "Settings of one workspace, before those at the top of the file.",
            "type": "object",
            "propertyNames": { "pattern": "^[a-z0-9_-]{1,64}$" },
            "additionalProperties": table(settings),
        }),
    );
    let Value::Object(mut schema) = table(top) else { return Value::Null };
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!("Settings of dialnexa-audit"));
    Value::Object(schema)
}

/// A table of these settings, of which one at most says where the key comes from, and none is given in two spellings.
fn table(properties: Map<String, Value>) -> Value {
    let [one, two, three] = KEY_SOURCES;
    let sources = [[one, two], [one, three], [two, three]].into_iter();
    let pairs = sources.chain(SPELLINGS.map(|(spelling, name)| [spelling, name]));
    let pairs: Vec<Value> = pairs.map(|pair| json!({ "required": pair })).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties, "not": { "anyOf": pairs } })
}

/// The targets of deliveries.
fn deliver() -> Value {
    let to = json!({
        "description": "A bucket with a prefix, or the path of a folder. Credentials are the environment's.",
        "type": "string",
        "minLength": 1,
        "pattern": "^((s3|gs|az)://[^/?#@:]+(/[^?#@]*)?|(?!.*://).*)$",
    });
    let table = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": { DELIVER_TO: to },
        "required": [DELIVER_TO],
    });
    json!({ "description": "Where finished packages are delivered to.", "type": "array", "items": table })
}

fn property(key: &Key) -> Value {
    let mut property = match key.kind {
        ValueKind::Text | ValueKind::Path | ValueKind::PathOrToken => json!({ "type": "string", "minLength": 1 }),
        ValueKind::Variable => json!({ "type": "string", "pattern": "^[A-Z_][A-Z0-9_]*$" }),
        ValueKind::Flag => json!({ "type": "boolean" }),
        ValueKind::Number(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        ValueKind::NumberOr(words) => json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, { "enum": words }] }),
        ValueKind::Choice(words) => json!({ "enum": words }),
        ValueKind::Choices(words) => json!({ "type": "array", "minItems": 1, "items": { "enum": words } }),
        ValueKind::Command => json!({ "type": "array", "minItems": 1, "items": { "type": "string" } }),
    };
    if let Some(pattern) = key.pattern
        && let Value::Object(property) = &mut property
    {
        property.insert("pattern".to_owned(), json!(pattern));
    }
    if let Value::Object(property) = &mut property {
        property.insert("description".to_owned(), json!(key.about));
    }
    property
}
