//! A sign-off: what a reviewer or an approver states of a package, and signs. It is not listed in the manifest, whose SHA-256 it holds.

use serde::{Deserialize, Serialize};

use super::SIGNATURE;

/// The value of [`SignOff::format`] that this version writes and reads.
pub const SIGN_OFF_FORMAT: &str = "dialnexa-audit-signoff/1";

/// For what a person signs a package that another one prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Checked it.
    Reviewer,
    /// Released it.
    Approver,
}

impl Role {
    /// Both, in the order in which they are shown.
    pub const ALL: [Self; 2] = [Self::Reviewer, Self::Approver];

    /// The word in arguments, data and file names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reviewer => "reviewer",
            Self::Approver => "approver",
        }
    }

    /// What whoever has that role did.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Reviewer => "Reviewed",
            Self::Approver => "Approved",
        }
    }

    /// The name of its signature field in the PDF.
    pub fn field(self) -> &'static str {
        self.verb()
    }

    /// The role whose field has that name.
    pub fn of_field(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.field() == name)
    }

    /// The name of its statement in a package.
    pub fn file(self) -> String {
        format!("signoff-{}.json", self.as_str())
    }

    /// The names of its statement and of that one's signature.
    pub fn files(self) -> [String; 2] {
        [self.file(), format!("{}{SIGNATURE}", self.file())]
    }
}

/// What is signed off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignOff {
    /// [`SIGN_OFF_FORMAT`].
    pub format: String,
    /// For what the package is signed.
    pub role: Role,
    /// The person's name.
    pub name: String,
    /// What the person adds to it; `None` if nothing.
    pub comment: Option<String>,
    /// The package's name: `batch-audit-2024-Q1`.
    pub package: String,
    /// SHA-256 of its manifest, in hex.
    pub manifest_sha256: String,
    /// Whether it was signed with a key that had signed the package already: then no second person is proven.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub same_key: bool,
    /// Whether its signatures were given a timestamp: one that is missing later was removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub timestamps: bool,
}

impl SignOff {
    /// Its own bytes.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }

    /// Why the document is signed, in the words of its signature panel.
    pub fn reason(&self) -> String {
        let key = if self.same_key { " (with a key that had signed the package before)" } else { "" };
        let comment = self.comment.as_ref().map_or_else(String::new, |comment| format!(": {comment}"));
        format!("{} by {}{key}{comment}", self.role.verb(), self.name)
    }
}
