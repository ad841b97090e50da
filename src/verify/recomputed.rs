//! Files that another version wrote in another form: their bytes differ, but every cell that they state must be the one that is
//! computed here. What this version does not know of, it cannot compare.

use serde_json::Value;

/// The first difference of a report's JSON, as a path into it and both values; what only the computed one states is not compared.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn json(claimed: &[u8], computed: &Value) -> Result<Option<String>, String> {
    let claimed: Value = serde_json::from_slice(claimed).map_err(|error| format!("it cannot be read: {error}"))?;
    Ok(differs("", &claimed, computed))
}

/// The first difference of two JSON values, each of which is all that is compared.
pub(super) fn first_difference(claimed: &Value, computed: &Value) -> Option<String> {
    differs("", claimed, computed)
        .or_else(|| differs("", computed, claimed).map(|_| "something is left out".to_owned()))
}

fn differs(path: &str, claimed: &Value, computed: &Value) -> Option<String> {
    match (claimed, computed) {
        (Value::Object(one), Value::Object(other)) => one.iter().find_map(|(name, value)| {
            let part = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            differs(&part, value, other.get(name).unwrap_or(&Value::Null))
        }),
        (Value::Array(one), Value::Array(other)) => {
            let inside = one.iter().zip(other).enumerate().find_map(|(place, (one, other))| {
                // A row is known by its batch, not by its place.
                let id = one.get("batch_id").and_then(Value::as_str);
                let part = id.map_or_else(|| format!("{path}[{place}]"), |id| format!("{path}, batch {id}"));
                differs(&part, one, other)
            });
            inside.or_else(|| {
                (one.len() != other.len()).then(|| format!("{path}: {} entries instead of {}", one.len(), other.len()))
            })
        }
        (one, other) => (one != other).then(|| format!("{path}: {one} instead of {other}")),
    }
}

/// The first difference of a CSV file in the columns that it has.
///
/// # Errors
/// Where it is no CSV, or has a column that is not known here.
pub(super) fn table(claimed: &[u8], computed: &[u8]) -> Result<Option<String>, String> {
    let reader = |bytes| csv::ReaderBuilder::new().from_reader(bytes);
    let (mut one, mut other) = (reader(without_mark(claimed)), reader(without_mark(computed)));
    let failed = |error: csv::Error| format!("it is not CSV: {error}");
    let (head, known) = (one.headers().map_err(failed)?.clone(), other.headers().map_err(failed)?.clone());
    let place = |column: &str| known.iter().position(|name| name == column);
    let places: Vec<_> = head.iter().map(place).collect();
    if let Some(unknown) = head.iter().zip(&places).find(|(_, place)| place.is_none()) {
        return Err(format!("this version has no column `{}`", unknown.0));
    }
    let (mut rows, mut again) = (one.records(), other.records());
    for line in 2_u64.. {
        let (row, expected) = (rows.next().transpose().map_err(failed)?, again.next().transpose().map_err(failed)?);
        let (Some(row), Some(expected)) = (&row, &expected) else {
            return Ok((row.is_some() || expected.is_some()).then(|| format!("row {line} is one too many, or missing")));
        };
        for ((column, cell), place) in head.iter().zip(row).zip(&places) {
            let expected = place.and_then(|place| expected.get(place)).unwrap_or_default();
            if cell != expected {
                let first = row.get(0).unwrap_or_default();
                return Ok(Some(format!("row {line} ({first}), {column}: `{cell}` instead of `{expected}`")));
            }
        }
    }
    Ok(None)
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// The first difference of a file with one JSON object a line, in what it states.
///
/// # Errors
/// Where a line is no JSON.
pub(super) fn lines(claimed: &[u8], computed: &[u8]) -> Result<Option<String>, String> {
    let (one, other) = (claimed.split(|byte| *byte == b'\n'), computed.split(|byte| *byte == b'\n'));
    let (mut one, mut other) = (one, other);
    for line in 1_u64.. {
        match (one.next(), other.next()) {
            (None, None) => break,
            (Some([]), Some([])) => {}
            (Some(claimed), Some(computed)) if !claimed.is_empty() && !computed.is_empty() => {
                let read = |bytes| serde_json::from_slice::<Value>(bytes);
                let failed = |error: serde_json::Error| format!("line {line} is no JSON: {error}");
                if let Some(found) = differs("", &read(claimed).map_err(failed)?, &read(computed).map_err(failed)?) {
                    return Ok(Some(format!("line {line}, {found}")));
                }
            }
            _ => return Ok(Some(format!("line {line} is one too many, or missing"))),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_cell_that_a_file_of_another_form_has_is_compared_and_no_other() {
        let ours = b"id,name,calls\r\na,x,1\r\nb,y,2\r\n";
        assert_eq!(table(b"\xef\xbb\xbfcalls,id\n1,a\n2,b\n", ours), Ok(None));
        assert_eq!(table(b"calls,id\n1,a\n3,b\n", ours), Ok(Some("row 3 (3), calls: `3` instead of `2`".to_owned())));
        assert!(table(b"calls,id\n1,a\n", ours).unwrap().is_some());
        assert!(table(b"calls,id\n1,a\n2,b\n3,c\n", ours).unwrap().is_some());
        assert!(table(b"calls,extra\n1,a\n2,b\n", ours).unwrap_err().contains("`extra`"));
    }

    #[test]
    fn every_value_that_data_of_another_form_states_is_compared() {
        let ours = json!({ "a": { "b": 1, "new": 5 }, "rows": [{ "batch_id": "x", "n": 1 }] });
        let compared = |claimed: Value| json(claimed.to_string().as_bytes(), &ours).unwrap();
        assert_eq!(compared(json!({ "a": { "b": 1 }, "rows": [{ "n": 1, "batch_id": "x" }] })), None);
        assert_eq!(compared(json!({ "a": { "b": 2 } })).unwrap(), "a.b: 2 instead of 1");
        assert_eq!(
            compared(json!({ "rows": [{ "batch_id": "x", "n": 2 }] })).unwrap(),
            "rows, batch x.n: 2 instead of 1"
        );
        assert!(compared(json!({ "rows": [] })).is_some() && compared(json!({ "unknown": 1 })).is_some());
        assert!(first_difference(&json!({}), &ours).is_some());
        let text = |n: u8| format!("{{\"n\":{n},\"new\":1}}\n");
        assert_eq!(lines(b"{\"n\":1}\n", text(1).as_bytes()), Ok(None));
        assert_eq!(lines(b"{\"n\":1}\n", text(2).as_bytes()).unwrap().unwrap(), "line 1, n: 1 instead of 2");
        assert!(lines(b"", text(2).as_bytes()).unwrap().is_some());
    }
}
