//! A page asked for, a page answered, and whether the answer is consistent with itself.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::batch::Batch;

/// A page that the collector wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// Tells this request from every other one of the collection; counts from 0 in the order of asking.
    pub ticket: u64,
    /// The page, from 1.
    pub number: u64,
    /// How many rows a page is to have.
    pub limit: u32,
}

/// An answer: rows and total of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The page that the server says this is.
    pub number: u64,
    /// The limit that the server says was in force.
    pub limit: u32,
    /// How many batches the server says there are.
    pub total: u64,
    /// The rows, in the server's order.
    pub rows: Vec<Batch>,
    /// The moment of the answer: the server's `Date`, or where there is none the local clock's.
    pub at: DateTime<Utc>,
    /// The server's `Date`, where it gave one.
    pub server_date: Option<DateTime<Utc>>,
}

impl Page {
    /// How many rows of the list come before this page.
    pub(super) fn start(&self) -> u64 {
        self.number.saturating_sub(1).saturating_mul(u64::from(self.limit))
    }

    /// How many rows of the list come before the end of this page.
    pub(super) fn end(&self) -> u64 {
        self.start().saturating_add(self.rows.len() as u64)
    }

    /// The ids of its rows, in their order.
    pub(super) fn ids(&self) -> Vec<Box<str>> {
        self.rows.iter().map(|row| row.id.clone()).collect()
    }

    /// Whether no row of the list follows.
    pub(super) fn is_last(&self) -> bool {
        self.end() >= self.total
    }

    /// The place on the page of the first row dated before `instant`, if there is one.
    pub(super) fn first_before(&self, instant: DateTime<Utc>) -> Option<u64> {
        self.rows.iter().position(|row| row.created_at < instant).map(|place| place as u64)
    }

    /// Whether the rows are newest first.
    pub(super) fn is_newest_first(&self) -> bool {
        self.rows.is_sorted_by(|a, b| a.created_at >= b.created_at)
    }

    /// Why rows and total cannot be of one moment, if that is so.
    pub(super) fn inconsistency(&self) -> Option<String> {
        let (count, room) = (self.rows.len() as u64, u64::from(self.limit));
        let expected = self.total.saturating_sub(self.start()).min(room);
        if count != expected {
            return Some(format!(
                "with a total of {} and {room} rows a page it should hold {expected} rows, but it holds {count}",
                self.total
            ));
        }
        let mut ids = HashSet::with_capacity(self.rows.len());
        let twice = self.rows.iter().find(|row| !ids.insert(&*row.id))?;
        Some(format!("it holds batch `{}` twice", twice.id))
    }
}
