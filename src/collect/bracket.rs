//! Where in the list the part begins that is not covered, and which places to look at to find it.

use chrono::{DateTime, Utc};

use super::cover::Cover;
use super::window::Window;

/// How many places are looked at at once, at most.
const MOST_PROBES: usize = 4;

/// Where the part of the list that is not covered begins, as far as is known: between two places.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bracket {
    /// The last place known to be covered.
    pub covered: Option<u64>,
    /// The first place known not to be, or to be behind the list's end.
    pub open: Option<u64>,
    /// The times of the rows at these two places, where probes have shown them.
    times: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// How far the next step into the unknown goes, in rows.
    stride: u64,
}

impl Bracket {
    /// The first row that is not covered is at `place`, unless the list moves.
    pub fn at(place: u64) -> Self {
        Self { covered: place.checked_sub(1), open: Some(place), ..Self::default() }
    }

    /// Takes note of what a window shows. What it says stands against what was known before.
    pub fn observe(&mut self, window: &Window, cover: &Cover) {
        let start = window.start();
        let place = if cover.joins(window) { cover.uncovered(window) } else { Some(0) };
        if window.rows.is_empty() || place == Some(0) {
            self.open = Some(start);
            if self.covered.is_some_and(|covered| covered >= start) {
                (self.covered, self.stride) = (None, 0);
            }
            return;
        }
        let shown = place.unwrap_or(window.rows.len()) as u64;
        let end = start.saturating_add(shown);
        self.covered = Some(end.saturating_sub(1));
        if place.is_some() || window.is_short() {
            self.open = Some(end);
        } else if self.open.is_some_and(|open| open < end) {
            (self.open, self.stride) = (None, 0);
        }
    }

    /// Takes note of what one of several windows shows that were asked for at once: one that shows less than another adds nothing.
    pub fn observe_probe(&mut self, window: &Window, cover: &Cover) {
        let start = window.start();
        let place = if cover.joins(window) { cover.uncovered(window) } else { Some(0) };
        let at = |place: usize| window.rows.get(place).map(|row| row.at);
        if window.rows.is_empty() || place == Some(0) {
            if self.open.is_none_or(|open| start < open) {
                (self.open, self.times.1) = (Some(start), at(0));
            }
            if self.covered.is_some_and(|covered| covered >= start) {
                (self.covered, self.times.0, self.stride) = (None, None, 0);
            }
            return;
        }
        let shown = place.unwrap_or(window.rows.len());
        let end = start.saturating_add(shown as u64);
        if self.covered.is_none_or(|covered| covered < end.saturating_sub(1)) {
            (self.covered, self.times.0) = (Some(end.saturating_sub(1)), at(shown.saturating_sub(1)));
        }
        if place.is_some() || window.is_short() {
            (self.open, self.times.1) = (Some(end), at(shown));
        } else if self.open.is_some_and(|open| open < end) {
            (self.open, self.times.1, self.stride) = (None, None, 0);
        }
    }

    /// The places to look at next, up to `count` of them, for the first row that is not newer than `end`, at `limit` rows a window;
    /// none where one window is enough, or where nothing is known of where to look. `held` is what the server says of the length
    /// of the list.
    pub fn probes(&self, count: usize, limit: u32, end: DateTime<Utc>, held: u64) -> Vec<u64> {
        let count = count.min(MOST_PROBES) as u64;
        let limit = u64::from(limit.max(1));
        let Some(covered) = self.covered else { return Vec::new() };
        let open = self.open.unwrap_or(held);
        let gap = open.saturating_sub(covered);
        if count < 2 || gap < limit / 2 || gap < 2 {
            return Vec::new();
        }
        let mut places: Vec<u64> = match self.expected(end, covered, gap) {
            // The window in which it is expected and those beside it.
            Some(place) => [place, place.saturating_sub(limit), place.saturating_add(limit)]
                .into_iter()
                .take(usize::try_from(count - 1).unwrap_or(1))
                .chain([covered + gap / 2])
                .collect(),
            // Evenly, and the list's last row, since two times are needed to expect anything.
            None => (1..count).map(|part| covered.saturating_add(gap / count * part)).chain([open - 1]).collect(),
        };
        let mut windows = std::collections::HashSet::new();
        places.retain(|place| (covered + 1..open).contains(place) && windows.insert(place / limit));
        places
    }

    /// Where the row is expected, if batches were made as evenly as the two times known of the gap say.
    fn expected(&self, end: DateTime<Utc>, covered: u64, gap: u64) -> Option<u64> {
        let (newer, older) = (self.times.0?, self.times.1?);
        let (all, part) = ((newer - older).num_milliseconds(), (newer - end).num_milliseconds());
        if part < 0 || all <= 0 || part > all {
            return None;
        }
        let rows = i128::from(gap) * i128::from(part) / i128::from(all);
        Some(covered.saturating_add(u64::try_from(rows).ok()?))
    }

    /// Whether nothing is known of where it ends: neither by an answer nor by what the server `held` by its total.
    pub fn is_lost(&self, held: u64) -> bool {
        self.open.is_none() && self.covered.is_none_or(|covered| covered >= held)
    }

    /// Where to look next, at `limit` rows a window; `held` is what the server says of the length of the list.
    pub fn next(&mut self, limit: u32, margin: u64, held: Option<u64>) -> Look {
        let limit = u64::from(limit);
        let guess = held.filter(|held| self.covered.is_none_or(|covered| covered < *held));
        match (self.covered, self.open, guess) {
            (Some(covered), Some(open), _) if open <= covered.saturating_add(1) => {
                Look::Across { wanted: covered.saturating_sub(margin), reach: open }
            }
            (Some(covered), Some(open), _) if open - covered < limit / 2 => {
                Look::Between { wanted: covered.saturating_sub(margin), reach: open }
            }
            (Some(covered), Some(open), _) | (Some(covered), None, Some(open)) => {
                Look::Around(covered + (open - covered) / 2)
            }
            (Some(covered), None, None) => {
                let stride = self.stride.max(limit);
                self.stride = stride.saturating_mul(2);
                Look::Around(covered.saturating_add(stride))
            }
            (None, Some(open), _) => {
                let back = self.stride.max(margin).max(1);
                self.stride = back.saturating_mul(4);
                // Near its beginning: the first page joins always.
                let wanted = open.saturating_sub(back).saturating_sub(1);
                Look::Between { wanted, reach: open.max(1) }
            }
            (None, None, _) => Look::Around(0),
        }
    }
}

/// A place to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// A window that holds the place `wanted` and the one after it, and reaches beyond the place `reach`.
    Across { wanted: u64, reach: u64 },
    /// The same if there is one; else any that holds a place between the two.
    Between { wanted: u64, reach: u64 },
    /// Any window that holds this place.
    Around(u64),
}
