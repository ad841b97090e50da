//! The languages of a cover letter, and their templates.

use std::fmt;
use std::str::FromStr;

/// The language of a cover letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Hindi.
    Hindi,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Hindi];

    /// Its code: `en`, `hi`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Hindi => "hi",
        }
    }

    /// The name of its template.
    pub fn template(self) -> &'static str {
        match self {
            Self::English => "letter-en.txt",
            Self::Hindi => "letter-hi.txt",
        }
    }

    /// The text of its template.
    pub(super) fn built_in(self) -> &'static str {
        match self {
            Self::English => include_str!("../../templates/letter-en.txt"),
            Self::Hindi => include_str!("../../templates/letter-hi.txt"),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Language {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|language| language.as_str() == text).ok_or(())
    }
}

/// Whether a template of that name is one of a letter.
pub fn is_letter(template: &str) -> bool {
    Language::ALL.iter().any(|language| language.template() == template)
}
