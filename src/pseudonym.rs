//! Pseudonyms for names, which are personal data at times: HMAC-SHA-256 under a key that only its holder has. Pure.
//!
//! The same name has the same pseudonym under one key, in every report and format, so that rows can still be distinguished and
//! compared. Only the holder of the key can compute the pseudonym of a guessed name, and so finds
//! which of the names that he knows a pseudonym stands for. `printf %s NAME | openssl dgst -sha256 -mac HMAC -macopt
//! hexkey:KEY` gives the same digits.

use std::collections::BTreeMap;
use std::fmt;

use chrono::DateTime;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::batch::{Batch, raw};
use crate::collect::Change;
use crate::digest::{hex, sha256};

/// What every pseudonym begins with, so that none is taken for a name.
pub const PREFIX: &str = "pseudonym-";
/// How many hex digits follow: 80 bits, of which two among a million names share one once in a trillion reports.
const DIGITS: usize = 20;

/// The secret that pseudonyms are made with: 32 bytes. `Debug` does not show it; it is wiped when dropped.
#[derive(Clone)]
pub struct PseudonymKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PseudonymKey({})", self.id())
    }
}

/// What a report says of its pseudonyms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pseudonyms {
    /// [`PseudonymKey::id`]: reports with the same one have the same pseudonyms for the same names.
    pub key_id: String,
}

impl Pseudonyms {
    /// The note that every format carries.
    pub fn note(&self) -> String {
        format!(
            "Names of batches, and texts among the further fields of the API, are replaced by pseudonyms: {PREFIX} and the first \
             {DIGITS} hex digits of their HMAC-SHA-256 under a key that the maker of this report holds (key {}). The evidence \
             holds the names and is not part of the package.",
            self.key_id
        )
    }
}

impl PseudonymKey {
    /// The key of these bytes.
    pub fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The key's bytes, to be kept.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Which key it is, without revealing it: the first 12 hex digits of its SHA-256.
    pub fn id(&self) -> String {
        sha256(self.0.as_slice()).chars().take(12).collect()
    }

    /// The statement of a report whose names this key replaced.
    pub fn statement(&self) -> Pseudonyms {
        Pseudonyms { key_id: self.id() }
    }

    /// The pseudonym of a name, which is taken byte for byte.
    pub fn pseudonym(&self, name: &str) -> String {
        // HMAC takes a key of any length; `new` from a fixed one cannot fail.
        let mut mac = Hmac::<Sha256>::new((&*self.hmac_key()).into());
        mac.update(name.as_bytes());
        let digits = hex(&mac.finalize().into_bytes());
        PREFIX.chars().chain(digits.chars().take(DIGITS)).collect()
    }

    /// The key filled up with zeros to a block of SHA-256, as HMAC itself would.
    fn hmac_key(&self) -> Zeroizing<[u8; 64]> {
        let mut block = Zeroizing::new([0; 64]);
        block.iter_mut().zip(self.0.iter()).for_each(|(place, byte)| *place = *byte);
        block
    }

    /// The names among `candidates` that `pseudonyms` stand for.
    pub fn resolve<'a>(
        &self,
        pseudonyms: &[&'a str],
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> BTreeMap<&'a str, &'a str> {
        let found = candidates.into_iter().filter_map(|name| {
            let pseudonym = self.pseudonym(name);
            let asked = pseudonyms.iter().find(|asked| asked.trim() == pseudonym)?;
            Some((*asked, name))
        });
        found.collect()
    }

    /// Replaces every name in what was collected: those of the batches, those that changed while being collected, and every
    /// text among the further fields, which may be a name or not. Instants stay.
    pub fn replace(&self, batches: &mut [Batch], changes: &mut [Change]) {
        let replace = |name: &mut Option<Box<str>>| {
            if let Some(text) = name {
                *text = self.pseudonym(text).into();
            }
        };
        for batch in batches {
            replace(&mut batch.name);
            batch.extra = batch.extra.take().map(|extra| self.without_texts(&extra));
        }
        for renamed in changes.iter_mut().filter_map(|change| change.renamed.as_mut()) {
            replace(&mut renamed.before);
            replace(&mut renamed.after);
        }
    }

    /// The JSON with its texts replaced, and all else as it came. What is no JSON is one text.
    fn without_texts(&self, extra: &str) -> Box<str> {
        let replace = |text: &str| DateTime::parse_from_rfc3339(text).is_err().then(|| self.pseudonym(text));
        let json = serde_json::from_str::<&RawValue>(extra).and_then(|json| raw::with_texts(json.get(), replace));
        json.unwrap_or_else(|_| Value::from(self.pseudonym(extra)).to_string()).into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::batch::{ApiForm, Status};
    use crate::collect::Renamed;

    fn key(byte: u8) -> PseudonymKey {
        PseudonymKey::new(Zeroizing::new([byte; 32]))
    }

    #[test]
    fn a_pseudonym_is_the_start_of_the_hmac() {
        // printf %s "What do ya want for nothing?" | openssl dgst -sha256 -mac HMAC -macopt hexkey:0b..0b
        let pseudonym = key(0x0b).pseudonym("What do ya want for nothing?");
        assert_eq!(pseudonym, "pseudonym-486651be04cbd5745a5e");
        assert!(!format!("{:?}", key(0x0b)).contains("[11"), "the key shows");
    }

    fn batch(name: Option<&str>, extra: Option<&str>) -> Batch {
        Batch {
            id: "batch_1".into(),
            name: name.map(Into::into),
            status: Status::new("completed"),
            created_at: DateTime::UNIX_EPOCH,
            total_calls: Some(2),
            completed_calls: Some(1),
            failed_calls: None,
            agent_id: Some("agt_1".into()),
            form: ApiForm::V1,
            extra: extra.map(Into::into),
        }
    }

    #[test]
    fn every_name_and_every_further_text_is_replaced_and_figures_stay() {
        let extra = r#"{"at":"2024-01-01T00:00:00Z","by":{"who":["Asha",7,null]},"n":2}"#;
        let mut batches =
            [batch(Some("Asha"), Some(extra)), batch(None, None), batch(Some(""), Some("Asha, but no JSON"))];
        let renamed = Renamed { before: None, after: Some("Asha".into()) };
        let mut changes = [Change { id: "b".into(), detail: "".into(), renamed: Some(renamed) }];
        let key = key(1);
        key.replace(&mut batches, &mut changes);
        let asha = key.pseudonym("Asha");
        let extra = extra.replace("Asha", &asha);
        let spoilt = Value::String(key.pseudonym("Asha, but no JSON")).to_string();
        let expected =
            [batch(Some(&asha), Some(&extra)), batch(None, None), batch(Some(&key.pseudonym("")), Some(&spoilt))];
        assert_eq!(batches, expected);
        assert_eq!(changes[0].words(), format!("name: not reported -> {asha}"));
    }

    proptest! {
        #[test]
        fn only_the_name_and_the_key_of_a_pseudonym_resolve_it(name in ".*", other in ".*", one in 0_u8..9, two in 0_u8..9) {
            let pseudonym = key(one).pseudonym(&name);
            let found = key(two).resolve(&[&pseudonym], [other.as_str(), &name]);
            prop_assert_eq!(found.get(&*pseudonym).copied(), (one == two).then_some(name.as_str()));
        }
    }
}
