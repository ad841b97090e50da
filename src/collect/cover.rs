//! What a reading has covered of the list, and which windows join it without a gap: the seams.

use chrono::{DateTime, TimeDelta, Utc};

use super::chain::{Chain, OutOfOrder};
#[cfg(test)]
use super::outcome::Mistake;
use super::window::{Row, Window};

/// How far a reading has come. See [`crate::collect`] for why a window that [`Cover::joins`] leaves nothing out.
#[derive(Debug, Clone)]
pub(super) enum Cover {
    /// Everything newer than an instant.
    Time(TimeCover),
    /// Everything up to the last row of the chain, in a list of any order.
    Order(Chain),
}

/// Everything newer than `at` that was in the range.
#[derive(Debug, Clone)]
pub(super) struct TimeCover {
    /// c.
    at: DateTime<Utc>,
    /// d: by how much a row may be newer than one before it.
    allowance: TimeDelta,
    /// Rows that are not newer, joined by id, where one instant holds more rows than a window reaches.
    instant: Option<Chain>,
    #[cfg(test)]
    pub mistake: Option<Mistake>,
    /// How many rows of the list come before the end of the last window that was joined.
    #[cfg(test)]
    pub end: u64,
}

/// What a window that joins adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The cover has grown.
    Moved,
    /// It has not: every row of the window was covered.
    Idle,
    /// It has not: the window ends in the instant that the cover ends at, which it holds from its beginning.
    Stuck,
}

impl Cover {
    /// Of a range that ends at `end`: nothing of it is covered yet.
    pub fn before(end: DateTime<Utc>, allowance: TimeDelta) -> Self {
        let at = end.checked_sub_signed(TimeDelta::nanoseconds(1)).unwrap_or(DateTime::<Utc>::MIN_UTC);
        Self::Time(TimeCover {
            at,
            allowance,
            instant: None,
            #[cfg(test)]
            mistake: None,
            #[cfg(test)]
            end: 0,
        })
    }

    /// Of a whole list, in whatever order.
    pub fn of_whole_list() -> Self {
        Self::Order(Chain::default())
    }

    /// Whether the window leaves no gap to what is covered.
    pub fn joins(&self, window: &Window) -> bool {
        let Some(first) = window.rows.first() else { return window.is_first() };
        match self {
            Self::Order(chain) => window.is_first() || chain.holds(first.id),
            Self::Time(time) => window.is_first() || time.begins_covered(first, window),
        }
    }

    /// The place in the window of the first row that is not covered, if there is one.
    pub fn uncovered(&self, window: &Window) -> Option<usize> {
        let rows = &window.rows;
        let place = match self {
            Self::Order(chain) => rows.iter().rposition(|row| chain.holds(row.id)).map_or(0, |last| last + 1),
            Self::Time(time) => rows.iter().position(|row| !time.covers(row)).unwrap_or(rows.len()),
        };
        (place < rows.len()).then_some(place)
    }

    /// Takes a window that joins.
    ///
    /// # Errors
    /// Where rows that must keep their order have not.
    pub fn take(&mut self, window: &Window) -> Result<Step, OutOfOrder> {
        match self {
            Self::Order(chain) => {
                let grew = chain.join(window.rows.iter().map(|row| row.id))?;
                Ok(if grew { Step::Moved } else { Step::Idle })
            }
            Self::Time(time) => time.take(window),
        }
    }

    /// Whether everything from `start` on is covered.
    pub fn has_passed(&self, start: DateTime<Utc>) -> bool {
        matches!(self, Self::Time(time) if time.at < start)
    }

    /// Whether everything from `start` on is covered once this window is taken.
    pub fn passes(&self, window: &Window, start: DateTime<Utc>) -> bool {
        let Self::Time(time) = self else { return false };
        let last = window.rows.last().and_then(|last| last.at.checked_add_signed(time.allowance));
        last.is_some_and(|at| at < start)
    }

    /// The instant down to which everything is covered; `None` for a whole list.
    pub fn instant(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Time(time) => Some(time.at),
            Self::Order(_) => None,
        }
    }

    /// The place in the window of the first row that is not covered by what the window itself covers.
    pub fn tail(&self, window: &Window) -> usize {
        let rows = &window.rows;
        let Self::Time(time) = self else { return rows.len() };
        let Some(last) = rows.last().and_then(|last| last.at.checked_add_signed(time.allowance * 2)) else { return 0 };
        rows.iter().position(|row| row.at <= last).unwrap_or(0)
    }

    /// How many of the last rows of a full window the next one has to hold, at least, if no two are of one time.
    pub fn overlap(&self) -> u64 {
        match self {
            Self::Time(time) if time.instant.is_none() => 2,
            _ => 1,
        }
    }

    /// Joins by id from now on the rows of the instant that the cover ends at, beginning with those of `window`.
    /// Returns that instant.
    pub fn join_by_id(&mut self, window: &Window) -> Option<DateTime<Utc>> {
        let Self::Time(time) = self else { return None };
        let mut chain = Chain::default();
        // A chain that is empty takes any order.
        let _ = chain.join(time.open_rows(window));
        time.instant = Some(chain);
        Some(time.at)
    }

    /// Whether rows that are not newest first by this much are allowed for.
    pub fn allows(&self, disorder: TimeDelta) -> bool {
        match self {
            Self::Time(time) => disorder <= time.allowance,
            Self::Order(_) => true,
        }
    }

    /// Which ids of the whole list are covered; `None` where only a range is read.
    pub fn chain(&self) -> Option<&Chain> {
        match self {
            Self::Order(chain) => Some(chain),
            Self::Time(_) => None,
        }
    }
}

impl TimeCover {
    fn newer(&self, row: &Row) -> bool {
        row.at.checked_sub_signed(self.allowance).is_some_and(|at| at > self.at)
    }

    fn covers(&self, row: &Row) -> bool {
        self.newer(row) || self.instant.as_ref().is_some_and(|chain| chain.holds(row.id))
    }

    /// The ids of the rows that the instant does not settle by time.
    fn open_rows<'a>(&'a self, window: &'a Window) -> impl Iterator<Item = usize> + Clone + 'a {
        window.rows.iter().filter(|row| !self.newer(row)).map(|row| row.id)
    }

    #[cfg(not(test))]
    fn begins_covered(&self, first: &Row, _: &Window) -> bool {
        self.covers(first)
    }

    #[cfg(test)]
    fn begins_covered(&self, first: &Row, window: &Window) -> bool {
        match self.mistake {
            Some(Mistake::SeamOnEqualTimes) => self.covers(first) || first.at >= self.at,
            Some(Mistake::WindowsTouch) => self.covers(first) || window.start() <= self.end,
            _ => self.covers(first),
        }
    }

    fn take(&mut self, window: &Window) -> Result<Step, OutOfOrder> {
        #[cfg(test)]
        {
            self.end = window.end();
        }
        let Some(last) = window.rows.last() else { return Ok(Step::Idle) };
        let at = last.at.checked_add_signed(self.allowance).unwrap_or(DateTime::<Utc>::MAX_UTC);
        if at < self.at {
            self.at = at;
            self.instant = None;
            return Ok(Step::Moved);
        }
        let Some(mut chain) = self.instant.take() else {
            let is_covered = window.rows.iter().all(|row| self.covers(row));
            return Ok(if is_covered { Step::Idle } else { Step::Stuck });
        };
        let grew = chain.join(self.open_rows(window));
        self.instant = Some(chain);
        Ok(if grew? { Step::Moved } else { Step::Idle })
    }
}
