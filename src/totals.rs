//! Batches to totals per status. Pure; every sum is checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::batch::{Batch, Column, Status};
use crate::remedy::Remedy;

/// The columns of a table of totals after the status, by their names in the data formats.
pub const TOTALS: [&str; 9] = [
    "batches",
    "total_calls",
    "completed_calls",
    "failed_calls",
    "other_calls",
    "not_reported",
    "without_total",
    "above_total",
    "unallocated",
];

/// The same for people.
pub const TOTALS_WORDS: [&str; 9] = [
    "Batches",
    "Calls",
    "Completed",
    "Failed",
    "Other",
    "Batches with a figure not reported",
    "Without a total",
    "Above the total",
    "Unallocated",
];

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
    /// Calls neither completed nor failed, over the batches where this can be known ([`Batch::other_calls`]).
    pub other_calls: Option<u64>,
    /// How many of the batches did not report total, completed or failed.
    pub not_reported: u64,
    /// Completed and failed calls of batches that did not report a total.
    pub without_total: u64,
    /// By how much completed and failed calls exceed the totals, over the batches where they do.
    pub above_total: u64,
    /// The part of the totals whose outcome is not known, over the batches that did not report completed or failed calls.
    pub unallocated: u64,
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
            ..Self::default()
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

    /// A row of a table of totals, in the order of [`TOTALS`].
    pub fn row(&self) -> [Option<u64>; 9] {
        let [total, completed, failed, other] = self.calls();
        let [without_total, above_total, unallocated] = self.remainder().map(Some);
        let not_reported = Some(self.not_reported);
        [Some(self.batches), total, completed, failed, other, not_reported, without_total, above_total, unallocated]
    }

    /// What makes the calls foot beside [`Sums::calls`]: calls without a total, above it, and unallocated.
    pub fn remainder(&self) -> [u64; 3] {
        [self.without_total, self.above_total, self.unallocated]
    }

    /// Whether total = completed + failed + other - without_total - above_total + unallocated, a figure that no batch reported
    /// being nothing. It holds for every sum over batches.
    pub fn foots(&self) -> bool {
        let [total, completed, failed, other] = self.calls().map(|figure| i128::from(figure.unwrap_or(0)));
        let [without_total, above_total, unallocated] = self.remainder().map(i128::from);
        total == completed + failed + other - without_total - above_total + unallocated
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
        let overflow = || Overflow { figure: "completed and failed calls", id: batch.id.to_string() };
        let remainder = batch.remainder().ok_or_else(overflow)?;
        add(&mut self.other_calls, remainder.other, "other calls")?;
        let more = |sum: &mut u64, figure: u64, name: &'static str| {
            let next = sum.checked_add(figure).ok_or_else(|| Overflow { figure: name, id: batch.id.to_string() });
            next.map(|next| *sum = next)
        };
        more(&mut self.without_total, remainder.without_total, "calls without a total")?;
        more(&mut self.above_total, remainder.above_total, "calls above their total")?;
        more(&mut self.unallocated, remainder.unallocated, "unallocated calls")?;
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

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;
    use crate::batch::ApiForm;

    fn batches() -> impl Strategy<Value = Vec<Batch>> {
        let figure =
            || prop_oneof![1 => Just(None), 4 => (0_u64..200).prop_map(Some), 1 => (0..u64::MAX / 500).prop_map(Some)];
        let statuses = prop::sample::select(vec!["completed", "running", "draft", "paused by hand"]);
        let batch = (statuses, figure(), figure(), figure()).prop_map(|(status, total, completed, failed)| Batch {
            id: "b".into(),
            name: None,
            status: Status::new(status),
            created_at: DateTime::UNIX_EPOCH,
            total_calls: total,
            completed_calls: completed,
            failed_calls: failed,
            agent_id: None,
            form: ApiForm::Leads,
            extra: None,
        });
        prop::collection::vec(batch, 0..40)
    }

    proptest! {
        /// Every sum foots, per status and over all, whatever is reported; and the statuses foot to the whole.
        #[test]
        fn every_row_of_the_totals_foots(batches in batches()) {
            let totals = Totals::over(&batches).unwrap();
            prop_assert!(totals.all.foots(), "{:?}", totals.all);
            for entry in &totals.by_status {
                prop_assert!(entry.sums.foots(), "{entry:?}");
            }
            let rows = totals.by_status.iter().map(|entry| entry.sums.row().map(|figure| u128::from(figure.unwrap_or(0))));
            let sums = rows.fold([0; 9], |sums: [u128; 9], row| std::array::from_fn(|n| sums[n] + row[n]));
            prop_assert_eq!(sums, totals.all.row().map(|figure| u128::from(figure.unwrap_or(0))));
        }
    }

    #[test]
    fn completed_and_failed_calls_beyond_64_bits_are_an_overflow() {
        let batch = |completed, failed| Batch {
            id: "b1".into(),
            name: None,
            status: Status::new("completed"),
            created_at: DateTime::UNIX_EPOCH,
            total_calls: Some(1),
            completed_calls: Some(completed),
            failed_calls: Some(failed),
            agent_id: None,
            form: ApiForm::Leads,
            extra: None,
        };
        let error = Totals::over(&[batch(u64::MAX, 1)]).unwrap_err();
        assert_eq!((error.figure, &*error.id), ("completed and failed calls", "b1"));
    }
}
