//! What the environment says to stores, handed over by whoever may read it.

use std::ffi::OsString;

/// The variables that stores are configured by: those of the process's environment that their own tools read. Never shown, since
/// there are secrets among them.
#[derive(Clone, Default)]
pub struct Environment(pub(super) Vec<(String, String)>);

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Environment(..)")
    }
}

impl Environment {
    /// What of these variables is the stores'.
    pub fn of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let is_of_stores = |name: &str| {
            ["AWS_", "GOOGLE_", "AZURE_"].iter().any(|start| name.starts_with(start)) || name == "SERVICE_ACCOUNT"
        };
        let texts = variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self(texts.filter(|(name, _)| is_of_stores(name)).collect())
    }

    /// Whether none of them is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
