//! Who hands the report over, and what that one states of it beside the figures.

use serde::{Deserialize, Serialize};

use super::AuditReport;

/// What the maker of the report states and no evidence holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuer {
    /// The organization that hands the report over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// How long the package is kept, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<String>,
    /// SHA-256 of the logo's file in hex, where there is a logo: with it and the colours the same files can be made again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_sha256: Option<String>,
    /// The colour of links and headings, as `#0a4f9e`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// The same on dark ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent_dark: Option<String>,
}

impl AuditReport {
    /// The same report as `issuer` hands it over; one that states nothing leaves no trace.
    #[must_use]
    pub fn issued_by(self, issuer: Issuer) -> Self {
        let issuer = Some(issuer).filter(|issuer| *issuer != Issuer::default());
        Self { issuer, ..self }
    }

    /// The organization that hands the report over, where one is named.
    pub fn organisation(&self) -> Option<&str> {
        self.issuer.as_ref()?.organisation.as_deref()
    }

    /// Who hands it over, and whose batches and from where: the line above the title.
    pub fn of(&self) -> String {
        let scope = &self.scope;
        let parts = [self.organisation(), scope.workspace.as_deref(), Some(&*scope.host)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}
