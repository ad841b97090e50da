//! Totals before, the adjustment, and totals after: per status and over all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::RestatementError;
use crate::batch::{Batch, Status};
use crate::totals::{Sums, Totals};

/// What is to be added to the sums before to have those after; negative where there is less.
///
/// A figure is `None` where it is not reported before or after: from "not reported" no number leads to a sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Of the number of batches.
    pub batches: i64,
    /// Of the calls in all.
    pub total_calls: Option<i64>,
    /// Of the calls completed.
    pub completed_calls: Option<i64>,
    /// Of the calls failed.
    pub failed_calls: Option<i64>,
    /// Of the calls neither completed nor failed.
    pub other_calls: Option<i64>,
    /// Of the number of batches that lack a figure.
    pub not_reported: i64,
    /// Of [`Sums::without_total`].
    pub without_total: i64,
    /// Of [`Sums::above_total`].
    pub above_total: i64,
    /// Of [`Sums::unallocated`].
    pub unallocated: i64,
}

/// Sums before and after, and what lies between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestatedSums {
    /// The sums over the old register.
    pub before: Sums,
    /// After less before.
    pub adjustment: Adjustment,
    /// The sums over the new register.
    pub after: Sums,
}

/// The restated sums of one status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRestated {
    /// The status.
    pub status: Status,
    /// Its sums; zeros where a register has no batch of it.
    #[serde(flatten)]
    pub sums: RestatedSums,
}

/// The restated totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestatedTotals {
    /// One entry for every status of either register, in the order of [`Status`].
    pub by_status: Vec<StatusRestated>,
    /// Over all batches.
    pub all: RestatedSums,
}

impl RestatedTotals {
    /// The totals of both registers, side by side.
    pub(crate) fn between(old: &[Batch], new: &[Batch]) -> Result<Self, RestatementError> {
        let (old, new) = (Totals::over(old)?, Totals::over(new)?);
        let mut statuses: BTreeMap<Status, [Option<Sums>; 2]> = BTreeMap::new();
        for entry in old.by_status {
            statuses.entry(entry.status).or_default()[0] = Some(entry.sums);
        }
        for entry in new.by_status {
            statuses.entry(entry.status).or_default()[1] = Some(entry.sums);
        }
        let by_status = statuses.into_iter().map(|(status, sums)| {
            let [before, after] = sums.map(|sums| sums.unwrap_or_else(Sums::zero));
            Ok(StatusRestated { status, sums: RestatedSums::between(before, after)? })
        });
        Ok(Self {
            by_status: by_status.collect::<Result<_, RestatementError>>()?,
            all: RestatedSums::between(old.all, new.all)?,
        })
    }
}

impl RestatedTotals {
    /// Whether every change leads from the sums before to those after, and the sums per status add up to those of all batches.
    pub(crate) fn is_consistent(&self) -> bool {
        let leads = |sums: &RestatedSums| {
            RestatedSums::between(sums.before.clone(), sums.after.clone()).is_ok_and(|again| again == *sums)
        };
        let batches = |of: fn(&RestatedSums) -> u64| {
            self.by_status.iter().map(|entry| of(&entry.sums)).try_fold(0, u64::checked_add) == Some(of(&self.all))
        };
        self.by_status.iter().map(|entry| &entry.sums).chain([&self.all]).all(leads)
            && batches(|sums| sums.before.batches)
            && batches(|sums| sums.after.batches)
    }
}

impl RestatedSums {
    fn between(before: Sums, after: Sums) -> Result<Self, RestatementError> {
        let both = |figure, before: Option<u64>, after: Option<u64>| {
            before.zip(after).map(|(before, after)| less(figure, before, after)).transpose()
        };
        let adjustment = Adjustment {
            batches: less("batches", before.batches, after.batches)?,
            total_calls: both("total calls", before.total_calls, after.total_calls)?,
            completed_calls: both("completed calls", before.completed_calls, after.completed_calls)?,
            failed_calls: both("failed calls", before.failed_calls, after.failed_calls)?,
            other_calls: both("other calls", before.other_calls, after.other_calls)?,
            not_reported: less("batches that lack a figure", before.not_reported, after.not_reported)?,
            without_total: less("calls without a total", before.without_total, after.without_total)?,
            above_total: less("calls above their total", before.above_total, after.above_total)?,
            unallocated: less("unallocated calls", before.unallocated, after.unallocated)?,
        };
        Ok(Self { before, adjustment, after })
    }
}

/// `after` less `before`.
fn less(figure: &'static str, before: u64, after: u64) -> Result<i64, RestatementError> {
    let less = i128::from(after) - i128::from(before);
    i64::try_from(less).map_err(|_| RestatementError::TooLarge { figure, before, after })
}
