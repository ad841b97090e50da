//! Reading page after page where windows cannot be joined: the proof rests on the API's totals.

use super::super::tie_out::Census;
use super::*;

impl Collector {
    /// Reads page after page from now on.
    pub(super) fn count_instead(&mut self, why: Counted) -> Result<(), Refusal> {
        if self.assurance == Assurance::TiedOut {
            self.assurance = Assurance::DoubleRead;
        }
        self.observations.counted = Some(why);
        self.last = None;
        self.begin_reading()
    }

    /// The limit of its pages: another one than that of the reading before, so that no URL is asked for twice in a row.
    fn page_limit(&self) -> u32 {
        let (cap, most) = (self.limits.cap, self.limits.asked);
        let other = u32::from(self.tally.readings % 2 == 1);
        match cap < most {
            true => cap + other,
            false => cap.saturating_sub(other).max(1),
        }
    }

    pub(super) fn begin_counted(&mut self) -> Result<(), Refusal> {
        let limit = self.page_limit();
        let begins = match self.assurance {
            Assurance::WholeList => 0,
            _ => self.reading.bracket.open.unwrap_or(0),
        };
        let number = begins.saturating_sub(1) / u64::from(self.limits.cap.max(1)) + 1;
        self.ask(Ask::first(number, limit));
        Ok(())
    }

    /// Takes a page.
    pub(super) fn read_counted(&mut self, window: Window) -> Result<(), Refusal> {
        if self.reading.census.is_none() && !self.finds_the_end(&window)? {
            return Ok(());
        }
        let start = self.range.start;
        match window.first_before(start) {
            Some(place) if self.assurance != Assurance::WholeList => self.settle(window.less(place)),
            _ if window.is_short() => self.settle(window.less(window.rows.len())),
            _ => {
                self.reading.steps = 0;
                let next = self.reading.next_page.take().unwrap_or(window.number.saturating_add(1));
                self.ask(Ask::first(next, self.page_limit()));
                Ok(())
            }
        }
    }

    /// Whether the census is known by this page; else the next one is asked for.
    fn finds_the_end(&mut self, window: &Window) -> Result<bool, Refusal> {
        let limit = self.page_limit();
        let (is_whole, is_first) = (self.assurance == Assurance::WholeList, window.is_first());
        let census = |older| Census { older, at: window.at, is_stale: window.is_stale };
        let place = window.first_before(self.range.end);
        let is_end = window.is_short() && !window.rows.is_empty();
        if is_whole
            || is_first && place.is_some()
            || place.is_some_and(|place| place > 0)
            || is_end
            || is_first && window.is_short()
        {
            let older = if is_whole { window.total.map(i128::from) } else { window.older_than(self.range.end) };
            self.reading.begins = Some(window.start().saturating_add(place.unwrap_or(window.rows.len()) as u64));
            self.reading.census = Some(census(older));
            return Ok(true);
        }
        self.reading.steps += 1;
        if self.reading.steps > MOST_STEPS {
            let from = crate::batch::rfc3339(self.range.end);
            return Err(Refusal::NotFound { steps: self.reading.steps, from });
        }
        match place {
            // Only newer rows: what is older is at most the total less these and those before them.
            None if !window.rows.is_empty() => {
                self.reading.bound = Some((window.number, census(window.less(window.rows.len()))));
                self.reading.bracket.covered = Some(window.end().saturating_sub(1));
                if self.reading.bracket.open.is_some_and(|open| open < window.end()) {
                    self.reading.bracket.open = None;
                }
            }
            _ => {
                self.reading.bracket.open = Some(window.start());
                if self.reading.bracket.covered.is_some_and(|covered| covered >= window.start()) {
                    self.reading.bracket.covered = None;
                }
            }
        }
        let bracket = self.reading.bracket;
        match (self.reading.bound, bracket.covered, bracket.open) {
            (Some((number, bound)), Some(covered), Some(open)) if open <= covered.saturating_add(1) => {
                self.reading.begins = Some(open);
                self.reading.census = Some(bound);
                if window.number == number.saturating_add(1) {
                    return Ok(true);
                }
                self.ask(Ask::first(number.saturating_add(1), limit));
                Ok(false)
            }
            (_, None, Some(open)) => {
                let number = (open / u64::from(self.limits.cap.max(1))).max(1);
                self.ask(Ask::first(number, limit));
                Ok(false)
            }
            (_, covered, open) => {
                let covered = covered.unwrap_or(0);
                let open = open.unwrap_or(self.tally.held.max(covered.saturating_mul(2)));
                let middle = covered.saturating_add(open.saturating_sub(covered) / 2);
                let number = (middle / u64::from(self.limits.cap.max(1))).saturating_add(1).max(window.number.min(1));
                let number = if Some(number) == self.reading.bound.map(|bound| bound.0) {
                    number.saturating_add(1)
                } else {
                    number
                };
                self.ask(Ask::first(number, limit));
                Ok(false)
            }
        }
    }
}
