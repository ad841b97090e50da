//! What changed between two registers of one period: batches added, vanished, recounted and changed, and the totals
//! before and after. Pure; knows neither reports nor words.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::batch::{Batch, in_register_order};
use crate::remedy::Remedy;
use crate::totals::Overflow;

mod change;
mod rows;
mod totals;

pub use change::{FieldChange, Step};
pub use rows::{Row, WHOLE};
pub use totals::{Adjustment, RestatedSums, RestatedTotals, StatusRestated};

/// Why two registers cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestatementError {
    /// A register that names a batch twice is no register.
    #[error("the {register} register lists batch `{id}` twice: the file was changed")]
    Repeated {
        /// `old` or `new`.
        register: &'static str,
        /// The batch.
        id: String,
    },
    /// A sum that does not fit.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// A difference between two sums that does not fit.
    #[error("the adjustment of {figure} from {before} to {after} passes 64 bits: figures that large cannot be right")]
    TooLarge {
        /// The figure.
        figure: &'static str,
        /// Its sum before.
        before: u64,
        /// Its sum after.
        after: u64,
    },
}

impl Remedy for RestatementError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        matches!(self, Self::Repeated { .. }).then(|| "take it from the signed package".into())
    }
}

/// Which fields are compared. Figures, status, creation, agent and form always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    /// Names and further fields too.
    Compared,
    /// Not these: at least one register holds pseudonyms for them that the other does not share.
    Ignored,
}

/// A batch that both registers hold, and what is otherwise in the new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The batch.
    pub batch_id: Box<str>,
    /// Its changes, in the order of the register's columns; at least one.
    pub changes: Vec<FieldChange>,
}

/// Everything that differs between an old and a new register, and the totals of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restatement {
    /// Batches of the new register alone, oldest first.
    pub added: Vec<Batch>,
    /// Batches of the old register alone, oldest first.
    pub vanished: Vec<Batch>,
    /// Batches of both with another figure, by id: the figures.
    pub recounted: Vec<Changed>,
    /// Batches of both with something else than a figure changed, by id: what is not a figure.
    pub changed: Vec<Changed>,
    /// The totals before, the adjustment, and after.
    pub totals: RestatedTotals,
}

impl Restatement {
    /// What leads from `old` to `new`, which may be in any order.
    ///
    /// # Errors
    /// Where a register names a batch twice, or a sum or an adjustment does not fit 64 bits.
    pub fn between(old: &[Batch], new: &[Batch], texts: Texts) -> Result<Self, RestatementError> {
        let (before, after) = (by_id("old", old)?, by_id("new", new)?);
        let mut restatement = Self {
            added: only_in(&after, &before),
            vanished: only_in(&before, &after),
            recounted: Vec::new(),
            changed: Vec::new(),
            totals: RestatedTotals::between(old, new)?,
        };
        for (id, (one, other)) in before.iter().filter_map(|(id, one)| Some((id, (one, after.get(id)?)))) {
            let changes = change::between(one, other, texts);
            let (figures, others): (Vec<_>, Vec<_>) = changes.into_iter().partition(FieldChange::is_figure);
            restatement.recounted.extend(changed(id, figures));
            restatement.changed.extend(changed(id, others));
        }
        Ok(restatement)
    }

    /// In how many batches the two registers differ.
    pub fn batches_changed(&self) -> usize {
        let both: BTreeSet<&str> = self.recounted.iter().chain(&self.changed).map(|entry| &*entry.batch_id).collect();
        self.added.len() + self.vanished.len() + both.len()
    }

    /// The old register, oldest first: `new` with everything undone. `None` where this restatement does not lead to `new`.
    pub fn undone(&self, new: &[Batch]) -> Option<Vec<Batch>> {
        let mut batches: BTreeMap<&str, Batch> = new.iter().map(|batch| (&*batch.id, batch.clone())).collect();
        for added in &self.added {
            batches.remove(&*added.id).filter(|batch| batch == added)?;
        }
        for entry in self.recounted.iter().chain(&self.changed) {
            let batch = batches.get_mut(&*entry.batch_id)?;
            entry.changes.iter().try_for_each(|change| change.undo(batch))?;
        }
        for vanished in &self.vanished {
            if batches.insert(&vanished.id, vanished.clone()).is_some() {
                return None;
            }
        }
        Some(in_order(batches.into_values().collect()))
    }

    /// Whether the registers hold the same batches with the same values.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.vanished.is_empty() && self.recounted.is_empty() && self.changed.is_empty()
    }
}

fn by_id<'a>(register: &'static str, batches: &'a [Batch]) -> Result<BTreeMap<&'a str, &'a Batch>, RestatementError> {
    let mut found = BTreeMap::new();
    for batch in batches {
        if found.insert(&*batch.id, batch).is_some() {
            return Err(RestatementError::Repeated { register, id: batch.id.to_string() });
        }
    }
    Ok(found)
}

fn only_in(here: &BTreeMap<&str, &Batch>, there: &BTreeMap<&str, &Batch>) -> Vec<Batch> {
    let only = here.iter().filter(|(id, _)| !there.contains_key(*id));
    in_order(only.map(|(_, batch)| (*batch).clone()).collect())
}

/// Oldest first, ties by id.
fn in_order(mut batches: Vec<Batch>) -> Vec<Batch> {
    in_register_order(&mut batches);
    batches
}

fn changed(id: &str, changes: Vec<FieldChange>) -> Option<Changed> {
    (!changes.is_empty()).then(|| Changed { batch_id: id.into(), changes })
}

#[cfg(test)]
mod tests;
