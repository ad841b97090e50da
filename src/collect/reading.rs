//! One reading of the range, or of the whole list.

use std::collections::HashSet;
use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};

use super::bracket::Bracket;
use super::cover::Cover;
use super::ids::IdSet;
#[cfg(test)]
use super::outcome::Mistake;
use super::tie_out::Census;
use super::window::Window;

/// How many rows more two windows are planned to share after one did not join.
pub(super) const WIDER: u64 = 5;

/// A reading under way.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// What is covered.
    pub cover: Cover,
    /// Where in the list that ends.
    pub bracket: Bracket,
    /// How many rows more than needed two windows are planned to share.
    pub margin: u64,
    /// How many windows in a row showed nothing new, and how many were asked for since one did.
    pub idle: u32,
    pub steps: u32,
    /// How far the windows that are planned ahead reach, if they are.
    pub front: Option<u64>,
    /// Answered windows that do not join yet.
    pub pending: Vec<Window>,
    /// The ids of the range in its answers.
    pub ids: IdSet,
    /// What was asked for, by page and limit, and what may not be, because the reading before asked for it.
    pub asked: HashSet<(u64, u32)>,
    pub avoid: HashSet<(u64, u32)>,
    /// The end of the range, by which the census is taken.
    pub end: DateTime<Utc>,
    pub census: Option<Census>,
    /// How many rows of the list come before the range, by the answer of the census.
    pub begins: Option<u64>,
    /// The census of a page that shows only newer rows, and where it ends: an upper bound.
    pub bound: Option<(u64, Census)>,
    /// The next page of a reading that joins nothing.
    pub next_page: Option<u64>,
    /// How many rows of the list come before the end of its last window, and how many did in the reading before.
    pub ends: u64,
    pub expected_end: Option<u64>,
    /// It had to ask for a URL that the reading before asked for.
    pub repeats: bool,
    /// An answer may be of an earlier moment than it seems.
    pub is_stale: bool,
    pub has_two_dates: bool,
    /// The moments of its first and last answers.
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    /// How many answers it has had.
    pub answers: u64,
    /// Every id of its answers.
    pub all: IdSet,
    /// For the mistakes that the tests make: rows of the range, and a census that is none.
    #[cfg(test)]
    pub rows: u64,
    #[cfg(test)]
    pub mistaken_census: Option<i128>,
}

impl Reading {
    /// Of a range that ends at `end`.
    pub fn of_range(end: DateTime<Utc>, allowance: TimeDelta) -> Self {
        Self::with(Cover::before(end, allowance), end)
    }

    /// Of the whole list, of which the part before `end` is of interest.
    pub fn of_whole_list(end: DateTime<Utc>) -> Self {
        Self::with(Cover::of_whole_list(), end)
    }

    fn with(cover: Cover, end: DateTime<Utc>) -> Self {
        Self {
            cover,
            bracket: Bracket::default(),
            margin: 0,
            idle: 0,
            steps: 0,
            front: None,
            pending: Vec::new(),
            ids: IdSet::default(),
            asked: HashSet::new(),
            avoid: HashSet::new(),
            end,
            census: None,
            begins: None,
            bound: None,
            next_page: None,
            ends: 0,
            expected_end: None,
            repeats: false,
            is_stale: false,
            has_two_dates: false,
            from: None,
            to: None,
            answers: 0,
            all: IdSet::default(),
            #[cfg(test)]
            rows: 0,
            #[cfg(test)]
            mistaken_census: None,
        }
    }

    #[cfg(test)]
    pub fn mistaken(mut self, mistake: Option<Mistake>) -> Self {
        if let Cover::Time(time) = &mut self.cover {
            time.mistake = mistake;
        }
        self
    }

    /// Whether a page of a limit may not be asked for.
    pub fn is_taken(&self, number: u64, limit: u32) -> bool {
        self.avoid.contains(&(number, limit)) || self.asked.contains(&(number, limit))
    }

    /// Takes note of an answer.
    pub fn note(&mut self, window: &Window) {
        self.from = Some(self.from.map_or(window.at, |from| from.min(window.at)));
        self.to = Some(self.to.map_or(window.at, |to| to.max(window.at)));
        self.is_stale |= window.is_stale;
        self.answers += 1;
    }

    /// Begins with the window of its census: what was answered before, while that was searched for, is not built on.
    pub fn begin(&mut self, census: Census, window: &Window, range: &Range<DateTime<Utc>>) {
        self.census = Some(census);
        self.pending.clear();
        let inside = window.rows.iter().filter(|row| range.contains(&row.at));
        self.ids = inside.map(|row| row.id).collect();
        (self.from, self.to, self.is_stale) = (Some(window.at), Some(window.at), window.is_stale);
    }

    /// Takes a window that did not join: it may once another has bridged the gap.
    pub fn keep_pending(&mut self, window: Window) {
        if !window.rows.is_empty() {
            self.pending.push(window);
        }
        if self.census.is_some() || self.cover.chain().is_some() {
            self.margin += WIDER;
        }
    }

    /// A pending window that joins by now and adds something.
    pub fn joining(&mut self) -> Option<Window> {
        let cover = &self.cover;
        // What is covered whole adds nothing any more.
        self.pending.retain(|window| cover.uncovered(window).is_some() || window.is_short());
        let place = self.pending.iter().position(|window| cover.joins(window))?;
        Some(self.pending.swap_remove(place))
    }
}
