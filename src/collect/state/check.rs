//! Answers that cannot be used as they are: another page than asked for, a stale one, rows that are not newest first.

use super::*;
use crate::batch::rfc3339;

/// An answer dated by more than this before one that had come earlier is stale.
const STALE: TimeDelta = TimeDelta::seconds(60);

impl Collector {
    /// Whether the server says that it answered another page. A later one is asked for again; an earlier one is what some
    /// servers give for a page behind the end of the list.
    pub(super) fn is_wrong(&mut self, asked: Asked, page: &Page) -> Result<bool, Refusal> {
        let request = asked.request;
        if page.number == request.number {
            return Ok(false);
        }
        if page.number < request.number && request.number > 1 {
            let absent = Page { total: page.total, ..Page::not_there(request, page.at, page.server_date) };
            self.take(asked, &absent, &[])?;
            return Ok(true);
        }
        self.ask_again(asked, |times| Refusal::WrongPage { asked: request.number, answered: page.number, times })?;
        Ok(true)
    }

    fn ask_again(&mut self, asked: Asked, why: impl Fn(u32) -> Refusal) -> Result<(), Refusal> {
        let PageRequest { number, limit, again, .. } = asked.request;
        let times = again + 1;
        if times >= MOST_ASKINGS {
            return Err(why(times));
        }
        self.ask_first(Ask { number, limit, again: times, stale: asked.stale });
        Ok(())
    }

    /// Whether the answer may be of an earlier moment than that of its being asked for.
    pub(super) fn is_stale(&self, asked: Asked, page: &Page) -> bool {
        let is_old = |newest: DateTime<Utc>| page.server_date.is_some_and(|date| newest - date > STALE);
        page.age.is_some_and(|age| age > 0) || asked.newest.is_some_and(is_old)
    }

    /// Whether a stale answer is to be replaced by one of another limit, and so of another URL.
    pub(super) fn is_to_be_asked_again(&mut self, asked: Asked, window: &Window) -> Result<bool, Refusal> {
        if !window.is_stale {
            return Ok(false);
        }
        self.observations.stale += 1;
        let is_first = self.reading.answers == 0 && self.last.is_none();
        let times = asked.stale + 1;
        let is_behind = matches!(self.phase, Phase::After(_) | Phase::Confirm(_) | Phase::Suspect(_));
        if times <= MOST_STALE && !self.reading.is_stale && !is_behind {
            let taken = |number, limit| self.reading.is_taken(number, limit);
            if let Some(choice) = self.limits.furthest(window.start(), taken) {
                if is_first {
                    self.phase = Phase::First;
                    (self.range.end, self.as_of) = (self.pauses.end, None);
                }
                self.ask_first(Ask { stale: times, ..Ask::first(choice.number, choice.limit) });
                return Ok(true);
            }
        }
        if is_first && self.as_of.is_some() {
            return Err(Refusal::Stale { at: rfc3339(window.at), times });
        }
        Ok(false)
    }

    /// Rows are not newest first: a little of that is allowed for, beyond that the whole list is read.
    pub(super) fn allow_for(&mut self, disorder: TimeDelta) -> Result<(), Refusal> {
        self.observations.disorder = self.observations.disorder.max(disorder);
        self.restarts += 1;
        if disorder > MOST_DISORDER {
            self.assurance = Assurance::WholeList;
            self.observations.counted = None;
            self.last = None;
        }
        // Twice as much, because only rows of one answer are compared.
        self.allowance = (disorder * 2).min(MOST_DISORDER * 2);
        self.begin_reading()
    }
}
