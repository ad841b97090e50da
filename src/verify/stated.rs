//! What a file of the package states, read back from its bytes, in a shape that can be compared across formats.

use crate::batch::Column;
use crate::report::AuditReport;
use crate::totals::Sums;

/// A figure as stated: `None` where the file says that it is not reported.
pub type Figure = Option<u64>;

/// One line of the totals as stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedTotals {
    /// The status, or `TOTAL`.
    pub status: String,
    /// The figures under it.
    pub sums: Sums,
}

/// One line of the register as stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedRow {
    /// The batch.
    pub batch_id: String,
    /// Its status.
    pub status: String,
    /// Total, completed and failed calls.
    pub calls: [Figure; 3],
}

/// What one file states.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stated {
    /// The period's label, where the file tells it.
    pub period: Option<String>,
    /// The verdict's mark (`COMPLETE`, `PROVISIONAL`, `DRAFT - COMPLETENESS NOT ESTABLISHED`), where the file tells it.
    pub mark: Option<String>,
    /// Totals per status and `TOTAL` last; empty where the file holds no totals.
    pub totals: Vec<StatedTotals>,
    /// The register's rows that the file shows, in its order.
    pub rows: Vec<StatedRow>,
    /// How many rows the file says that it leaves out.
    pub left_out: u64,
}

impl Stated {
    /// What a file must state that shows all of `report`.
    pub fn by_report(report: &AuditReport) -> Self {
        let by_status = report.totals.by_status.iter();
        let mut totals: Vec<_> = by_status
            .map(|entry| StatedTotals { status: entry.status.to_string(), sums: entry.sums.clone() })
            .collect();
        totals.push(StatedTotals { status: "TOTAL".to_owned(), sums: report.totals.all.clone() });
        let rows = report.register.iter().map(|batch| StatedRow {
            batch_id: batch.id.to_string(),
            status: batch.status.to_string(),
            calls: Column::figures(batch),
        });
        Self {
            period: Some(report.period.label.clone()),
            mark: Some(report.mark().to_owned()),
            totals,
            rows: rows.collect(),
            left_out: 0,
        }
    }
}
