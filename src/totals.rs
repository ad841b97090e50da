//! Batches to totals per status. Pure; every sum is checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::batch::{Batch, Column, Status};
use crate::remedy::Remedy;

/// The sums over a set of batches.
///
/// A sum runs over the batches that reported the figure. It is `None` ("not reported") where there are batches and none of
/// them reported it; over no batches at all it is 0.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sums {
    /// How many batches there are.
    pub batches: u64,
    /// Calls in all.
    pub total_calls: Option<u64>,
    /// Calls completed.
    pub completed_calls: Option<u64>,
    /// Calls failed.
    pub failed_calls: Option<u64>,
    /// Calls neither completed nor failed, over the batches where this can be told ([`Batch::other_calls`]).
    pub other_calls: Option<u64>,
    /// How many of the batches did not report total, completed or failed.
    pub not_reported: u64,
}

/// The sums of the batches of one status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusTotals {
    /// The status.
    pub status: Status,
    /// Its sums.
    #[serde(flatten)]
    pub sums: Sums,
}

/// Totals per status, in the order of [`Status`], and over all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// One entry for every status that occurs.
    pub by_status: Vec<StatusTotals>,
    /// Over all batches.
    pub all: Sums,
}

/// A sum that no longer fits 64 bits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the sum of {figure} passes 64 bits at batch `{id}`; the figures of that batch cannot be right, nothing is reported"
)]
pub struct Overflow {
    /// The figure that was being summed.
    pub figure: &'static str,
    /// The batch at which it no longer fitted.
    pub id: String,
}

impl Remedy for Overflow {}

impl Sums {
    /// The sums over no batches: zeros, nothing missing.
    pub fn zero() -> Self {
        let zero = Some(0);
        Self {
            batches: 0,
            total_calls: zero,
            completed_calls: zero,
            failed_calls: zero,
            other_calls: zero,
            not_reported: 0,
        }
    }

    /// The sum of a column of the register.
    pub fn of(&self, column: Column) -> Option<u64> {
        match column {
            Column::TotalCalls => self.total_calls,
            Column::CompletedCalls => self.completed_calls,
            Column::FailedCalls => self.failed_calls,
        }
    }

    /// The sums of calls as every table of totals shows them: those of [`Column::ALL`], then other calls.
    pub fn calls(&self) -> [Option<u64>; 4] {
        let [total, completed, failed] = Column::ALL.map(|column| self.of(column));
        [total, completed, failed, self.other_calls]
    }

    /// A row of a table of totals: how many batches, [`Sums::calls`], and how many batches did not report a figure.
    pub fn row(&self) -> [Option<u64>; 6] {
        let [total, completed, failed, other] = self.calls();
        [Some(self.batches), total, completed, failed, other, Some(self.not_reported)]
    }

    /// The sums over `batches`; [`Overflow`] where a sum does not fit.
    pub fn over<'a>(batches: impl IntoIterator<Item = &'a Batch>) -> Result<Self, Overflow> {
        let mut sums = Self::default();
        for batch in batches {
            sums.add(batch)?;
        }
        Ok(if sums.batches == 0 { Self::zero() } else { sums })
    }

    fn add(&mut self, batch: &Batch) -> Result<(), Overflow> {
        let add = |sum: &mut Option<u64>, figure: Option<u64>, name: &'static str| -> Result<(), Overflow> {
            if let Some(figure) = figure {
                let next = sum.unwrap_or(0).checked_add(figure);
                *sum = Some(next.ok_or_else(|| Overflow { figure: name, id: batch.id.to_string() })?);
            }
            Ok(())
        };
        add(&mut self.total_calls, batch.total_calls, "total calls")?;
        add(&mut self.completed_calls, batch.completed_calls, "completed calls")?;
        add(&mut self.failed_calls, batch.failed_calls, "failed calls")?;
        add(&mut self.other_calls, batch.other_calls(), "other calls")?;
        self.batches += 1;
        self.not_reported += u64::from(!batch.reports_all_figures());
        Ok(())
    }
}

impl Totals {
    /// The totals over `batches`; [`Overflow`] where a sum does not fit.
    pub fn over(batches: &[Batch]) -> Result<Self, Overflow> {
        let mut groups: BTreeMap<&Status, Sums> = BTreeMap::new();
        for batch in batches {
            groups.entry(&batch.status).or_default().add(batch)?;
        }
        let by_status =
            groups.into_iter().map(|(status, sums)| StatusTotals { status: status.clone(), sums }).collect();
        Ok(Self { by_status, all: Sums::over(batches)? })
    }
}
