//! Texts that did not come whole, and further fields that came twice.

use super::Noted;
use crate::batch::Batch;
use crate::batch::raw::Fields;

/// The batches with such texts or fields, each with the names of these and nothing of what they hold: a name may be replaced in
/// the report.
pub fn damaged(batches: &[Batch]) -> Vec<Noted> {
    let noted = |batch: &Batch| {
        let words = [characters(batch), fields_given_twice(batch)];
        let words: Vec<_> = words.into_iter().flatten().collect();
        (!words.is_empty()).then(|| Noted { id: batch.id.clone(), detail: words.join("; ").into() })
    };
    batches.iter().filter_map(noted).collect()
}

fn characters(batch: &Batch) -> Option<String> {
    let texts = [
        ("id", Some(&*batch.id)),
        ("name", batch.name.as_deref()),
        ("status", Some(batch.status.as_str())),
        ("agent", batch.agent_id.as_deref()),
        ("further fields", batch.extra.as_deref()),
    ];
    let is_damaged = |text: &str| text.contains(char::REPLACEMENT_CHARACTER);
    let places: Vec<_> = texts.into_iter().filter(|(_, text)| text.is_some_and(is_damaged)).map(|(of, _)| of).collect();
    (!places.is_empty()).then(|| format!("U+FFFD in: {}", places.join(", ")))
}

fn fields_given_twice(batch: &Batch) -> Option<String> {
    let Fields(mut fields) = serde_json::from_str(batch.extra.as_deref()?).ok()?;
    fields.sort_by(|one, other| one.0.cmp(&other.0));
    let twice = fields.windows(2).any(|pair| matches!(pair, [one, other] if one.0 == other.0));
    twice.then(|| "a further field is given twice".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Status;
    use crate::report::{Standing, fixture};

    #[test]
    fn the_places_are_named_and_nothing_of_the_texts_is_repeated() {
        let mut batches = fixture::report(4, Standing::Complete).register;
        batches.iter_mut().for_each(|batch| batch.extra = None);
        batches[1].name = Some("Asha \u{fffd}".into());
        batches[2].status = Status::new("\u{fffd}");
        batches[2].extra = Some("{\"a\":\"\u{fffd}\"}".into());
        batches[3].extra = Some(r#"{"a":1,"a":2}"#.into());
        let found: Vec<_> = damaged(&batches).into_iter().map(|noted| noted.detail).collect();
        assert_eq!(
            found,
            [
                "U+FFFD in: name".into(),
                "U+FFFD in: status, further fields".into(),
                "a further field is given twice".into(),
            ] as [Box<str>; 3]
        );
    }
}
