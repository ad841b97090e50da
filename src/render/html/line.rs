//! A line of a table of figures, as the totals and the charts have it.

use serde::Serialize;

use crate::report::Grouping;
use crate::totals::Sums;

/// A line of a table of figures.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What the figures are of.
    pub label: String,
    /// The figures as people read them.
    pub cells: Vec<String>,
}

impl Row {
    /// [`Sums::row`].
    pub fn of(label: &str, sums: &Sums, grouping: Grouping) -> Self {
        Self { label: label.to_owned(), cells: sums.row().map(|figure| grouping.figure(figure)).to_vec() }
    }
}
