//! What a collection saw change, batch by batch.

use chrono::{DateTime, Utc};

/// A field of a batch that changed from one reading to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The batch.
    pub id: Box<str>,
    /// What was read first and what was read last, but for the name: `status: running -> completed`. May be empty.
    pub detail: Box<str>,
    /// The names, where the name changed; apart, because names are personal data at times.
    pub renamed: Option<Renamed>,
}

/// A name that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// What was read first.
    pub before: Option<Box<str>>,
    /// What was read last.
    pub after: Option<Box<str>>,
}

impl Change {
    /// All of it in words: `status: running -> completed; name: May -> June`.
    pub fn words(&self) -> String {
        let text = |name: &Option<Box<str>>| name.as_deref().unwrap_or("not reported").to_owned();
        let renamed =
            self.renamed.as_ref().map(|name| format!("name: {} -> {}", text(&name.before), text(&name.after)));
        let detail = (!self.detail.is_empty()).then(|| self.detail.to_string());
        detail.into_iter().chain(renamed).collect::<Vec<_>>().join("; ")
    }
}

/// A batch dated after the moment at which the server answered with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AheadOfServer {
    /// The batch.
    pub id: Box<str>,
    /// The `Date` of the answer.
    pub server_date: DateTime<Utc>,
}

/// A batch that came with two creation times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwoDates {
    /// The batch.
    pub id: Box<str>,
    /// The creation time read first.
    pub first: DateTime<Utc>,
    /// Another one read later.
    pub second: DateTime<Utc>,
}
