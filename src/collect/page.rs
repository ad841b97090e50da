//! A page that the collector asks for, and the answer as the server gave it.

use chrono::{DateTime, Utc};

use crate::batch::Batch;

/// A page that the collector wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// Identifies this request among all those of the collection; counts from 0 in the order of asking.
    pub ticket: u64,
    /// The page, from 1.
    pub number: u64,
    /// How many rows a page is to have.
    pub limit: u32,
    /// How often in a row the same page was asked for before, because its answer could not be used; the caller backs off.
    pub again: u32,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The page that the server says this is.
    pub number: u64,
    /// The limit that the server says was in force; the one asked for where it says nothing.
    pub limit: u32,
    /// How many batches the server says there are; `None` where the answer is that this page does not exist.
    pub total: Option<u64>,
    /// The rows, in the server's order.
    pub rows: Vec<Batch>,
    /// The moment of the answer: the server's `Date`, or where there is none the local clock's.
    pub at: DateTime<Utc>,
    /// The server's `Date`, where it gave one.
    pub server_date: Option<DateTime<Utc>>,
    /// The `Age` header in seconds, where there is one: above 0, the answer comes from a cache.
    pub age: Option<u64>,
}

impl Page {
    /// The answer that the page asked for does not exist (404).
    pub fn not_there(request: PageRequest, at: DateTime<Utc>, server_date: Option<DateTime<Utc>>) -> Self {
        Self { number: request.number, limit: request.limit, total: None, rows: Vec::new(), at, server_date, age: None }
    }
}
