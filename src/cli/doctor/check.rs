//! One thing that was looked at, and what to do about it.

use serde_json::{Value, json};

use crate::cli::{Exit, Failure};

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// A report can be made, but this should be looked at.
    Warn,
    /// It was not looked at: nothing asks for it, or what it needs is not there.
    Skip,
    /// A report could not be made; how `report` would end.
    Fail(Exit),
}

impl Outcome {
    /// In a word, which says it without any colour.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Skip => "skip",
            Self::Fail(_) => "FAIL",
        }
    }
}

/// A check.
#[derive(Debug, Clone)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it is.
    pub outcome: Outcome,
    /// What was seen.
    pub words: String,
    /// What to do.
    pub remedy: Option<String>,
}

impl Check {
    /// As it should be.
    pub fn ok(name: &'static str, words: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Ok, words: words.into(), remedy: None }
    }

    /// To be looked at, and how to mend it.
    pub fn warn(name: &'static str, words: impl Into<String>, remedy: &str) -> Self {
        Self { name, outcome: Outcome::Warn, words: words.into(), remedy: Some(remedy.to_owned()) }
    }

    /// Not looked at, and why.
    pub fn skipped(name: &'static str, words: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Skip, words: words.into(), remedy: None }
    }

    /// What `report` would fail of.
    pub fn failed(name: &'static str, failure: Failure) -> Self {
        Self { name, outcome: Outcome::Fail(failure.exit), words: failure.to_string(), remedy: failure.remedy }
    }

    /// The same with a remedy, where it has none.
    pub fn or_remedy(mut self, remedy: &str) -> Self {
        self.remedy.get_or_insert_with(|| remedy.to_owned());
        self
    }

    /// As data.
    pub fn to_json(&self) -> Value {
        let exit = match self.outcome {
            Outcome::Fail(exit) => Some(exit as u8),
            _ => None,
        };
        let outcome = self.outcome.word().to_lowercase();
        json!({ "check": self.name, "outcome": outcome, "words": self.words, "remedy": self.remedy, "exit": exit })
    }
}
