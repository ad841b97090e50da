//! An answer as a piece of the list: where it begins, which rows it holds, and what its total says of them.

use chrono::{DateTime, TimeDelta, Utc};

/// A row, as far as coverage goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// The number of the batch's id.
    pub id: usize,
    /// Its creation.
    pub at: DateTime<Utc>,
}

/// One answer: consecutive rows of the list as it was at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    /// The page, from 1.
    pub number: u64,
    /// The limit that it was asked with.
    pub asked: u32,
    /// The limit in force, at least 1.
    pub limit: u32,
    pub rows: Vec<Row>,
    /// What the server says of how many batches there are.
    pub total: Option<u64>,
    /// The moment of the answer.
    pub at: DateTime<Utc>,
    /// Whether its place in the list is known: the server is known to serve this limit, which pages are counted by.
    pub is_placed: bool,
    /// Whether the list is known to go on behind it, although it has fewer rows than its limit.
    pub goes_on: bool,
    /// Whether its first row was in an answer of the same reading before.
    pub begins_known: bool,
    /// Whether it may be of an earlier moment than it seems.
    pub is_stale: bool,
}

impl Window {
    /// How many rows of the list come before it.
    pub fn start(&self) -> u64 {
        self.number.saturating_sub(1).saturating_mul(u64::from(self.limit))
    }

    /// How many rows of the list come before its end.
    pub fn end(&self) -> u64 {
        self.start().saturating_add(self.rows.len() as u64)
    }

    /// Whether the list begins with it.
    pub fn is_first(&self) -> bool {
        self.number == 1
    }

    /// Whether the list ends in it, unless a cap that the server does not state has cut it.
    pub fn is_short(&self) -> bool {
        (self.rows.len() as u64) < u64::from(self.limit) && !self.goes_on
    }

    /// The place in it of the first row dated before `instant`.
    pub fn first_before(&self, instant: DateTime<Utc>) -> Option<usize> {
        self.rows.iter().position(|row| row.at < instant)
    }

    /// How many batches the answer says are dated before `instant`: its total less the rows before the first older one.
    /// `None` where the answer does not show both sides: a row dated `instant` or later has to be seen before the first
    /// older one, or the window has to be the beginning of the list; and where no row is older, the list has to end in it.
    ///
    /// Signed, because a total that is too small by a constant number still gives the right difference of two figures.
    pub fn older_than(&self, instant: DateTime<Utc>) -> Option<i128> {
        let newer = match self.first_before(instant) {
            Some(0) if !self.is_first() => return None,
            Some(place) => place,
            None if self.is_short() => self.rows.len(),
            None => return None,
        };
        self.less(newer)
    }

    /// The total less the rows before the place `newer` of the window.
    pub fn less(&self, newer: usize) -> Option<i128> {
        if !self.is_placed {
            return None;
        }
        Some(i128::from(self.total?) - i128::from(self.start()) - newer as i128)
    }

    /// Whether the total fits the number of rows.
    pub fn total_fits(&self) -> bool {
        self.total
            .is_none_or(|total| total.saturating_sub(self.start()).min(u64::from(self.limit)) == self.rows.len() as u64)
    }

    /// By how much a row is newer than one before it, at most; zero where the rows are newest first.
    pub fn disorder(&self) -> TimeDelta {
        let mut most = TimeDelta::zero();
        let mut oldest: Option<DateTime<Utc>> = None;
        for row in &self.rows {
            let before = oldest.map_or(row.at, |oldest| oldest.min(row.at));
            most = most.max(row.at - before);
            oldest = Some(before);
        }
        most
    }
}
