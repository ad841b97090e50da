//! Whether a file is what making it again gives.

use serde::Serialize;

/// What making a file again has shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "answer", content = "why", rename_all = "kebab-case")]
pub enum Reproduced {
    /// The same bytes follow from the evidence.
    Evidence,
    /// The same bytes follow from the report's data, which was not made again itself.
    Data,
    /// The same bytes follow by templates that the package brings along: what the page says beside the figures is theirs.
    OwnTemplates,
    /// It is not made from the report: evidence, signatures, certificates, what the files were made with.
    Source,
    /// Other bytes follow; the first difference in words.
    No(String),
    /// It could not be compared; why, in words.
    NotCompared(String),
}

impl Reproduced {
    /// The word in the table of a verdict.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Data => "data",
            Self::OwnTemplates => "own templates",
            Self::No(_) => "NO",
            Self::Source | Self::NotCompared(_) => "-",
        }
    }

    /// Whether other bytes follow.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::No(_))
    }

    /// Whether it should have been compared and was not.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::NotCompared(_))
    }
}
