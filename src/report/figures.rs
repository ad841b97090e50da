//! The figures of one report, grouped as its files were asked for.

use super::AuditReport;
use crate::figures::Grouping;

impl AuditReport {
    /// How the figures of this report are grouped: as its files were asked for, else as usual.
    pub fn grouping(&self) -> Grouping {
        self.made.as_ref().map(|made| made.grouping).unwrap_or_default()
    }

    /// [`Grouping::grouped`].
    pub fn grouped(&self, figure: u64) -> String {
        self.grouping().grouped(figure)
    }

    /// [`Grouping::figure`].
    pub fn figure(&self, figure: Option<u64>) -> String {
        self.grouping().figure(figure)
    }

    /// [`Grouping::batches`].
    pub fn batches(&self, count: u64) -> String {
        self.grouping().batches(count)
    }
}
