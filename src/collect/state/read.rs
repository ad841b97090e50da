//! Reading window by window: a window that joins what is covered extends it; one that does not waits for a bridge.

use super::super::bracket::{Bracket, Look};
use super::super::cover::Step;
use super::super::outcome::Search;
use super::super::plan::Choice;
use super::super::tie_out::Census;
use super::*;
use crate::batch::rfc3339;

impl Collector {
    /// Takes a window.
    pub(super) fn read(&mut self, window: Window) -> Result<(), Refusal> {
        #[cfg(test)]
        if self.is_mistaken(&window) {
            return self.settle(window.less(0));
        }
        let is_probing = self.is_probing();
        let reading = &mut self.reading;
        match is_probing {
            true => reading.bracket.observe_probe(&window, &reading.cover),
            false => reading.bracket.observe(&window, &reading.cover),
        }
        if !reading.cover.joins(&window) {
            reading.keep_pending(window);
            return self.go_on(true);
        }
        self.join(window)
    }

    /// Takes a window that joins, and then those that were waiting for it.
    fn join(&mut self, window: Window) -> Result<(), Refusal> {
        let mut next = Some(window);
        while let Some(window) = next {
            let reading = &mut self.reading;
            let place = reading.cover.uncovered(&window);
            if place.is_some() && self.needs_census() && self.takes_census(&window) {
                return Ok(());
            }
            let reading = &mut self.reading;
            if window.is_short() && !reading.cover.passes(&window, self.range.start) {
                return self.look_at_the_end(window);
            }
            if place.is_none() && !reading.pending.is_empty() {
                next = reading.joining();
                if next.is_some() {
                    continue;
                }
            }
            let reading = &mut self.reading;
            if place.is_none() {
                // Where the end of the cover is being searched for, windows that show nothing new are part of the search.
                reading.idle += u32::from(reading.bracket.is_lost(self.tally.held));
                return self.go_on(true);
            }
            match self.reading.cover.take(&window) {
                Err(_) => return self.reorders(),
                Ok(Step::Stuck) => return self.is_stuck(&window),
                Ok(Step::Idle) => {
                    self.reading.idle += 1;
                    return self.go_on(true);
                }
                Ok(Step::Moved) => {}
            }
            self.moved(&window);
            if self.reading.cover.has_passed(self.range.start) {
                let older = window.older_than(self.range.start);
                return self.settle(older);
            }
            next = self.reading.joining();
        }
        self.go_on(false)
    }

    fn moved(&mut self, window: &Window) {
        let reading = &mut self.reading;
        reading.ends = window.end();
        (reading.idle, reading.steps) = (0, 0);
        let end = match reading.cover.uncovered(window) {
            Some(place) => window.start().saturating_add(place as u64),
            None => window.end(),
        };
        reading.bracket = Bracket::at(end);
    }

    fn needs_census(&self) -> bool {
        self.reading.census.is_none()
    }

    /// Whether the end of the range is searched for by several windows at once.
    fn is_probing(&self) -> bool {
        let may = self.options.search == Search::Probing && self.options.concurrency > 1;
        may && self.needs_census() && self.reading.cover.chain().is_none()
    }

    /// Takes the census from the window in which the reading begins; whether the collection has ended by it.
    fn takes_census(&mut self, window: &Window) -> bool {
        // What is still under way was asked for before the census was in.
        if self.is_probing() && !self.plans_before_the_census() {
            self.queue.clear();
        }
        let older = match self.reading.cover.chain() {
            Some(_) => window.total.map(i128::from),
            None => window.older_than(self.reading.end),
        };
        #[cfg(test)]
        let older = self.reading.mistaken_census.take().or(older);
        let place = self.reading.cover.uncovered(window).unwrap_or(window.rows.len());
        self.reading.begins = Some(window.start().saturating_add(place as u64));
        let census = Census { older, at: window.at, is_stale: window.is_stale };
        self.reading.begin(census, window, &self.range);
        self.closes(census)
    }

    /// One instant holds as many rows as the window reaches: another window may reach further, else they are joined by id.
    fn is_stuck(&mut self, window: &Window) -> Result<(), Refusal> {
        let reading = &mut self.reading;
        let Some(place) = reading.cover.uncovered(window) else { return self.go_on(true) };
        let place = window.start().saturating_add(place as u64);
        let further = self.limits.furthest(place.saturating_sub(1), |number, limit| reading.is_taken(number, limit));
        reading.idle += 1;
        match further.filter(|choice| choice.reach() > window.end()) {
            Some(choice) => self.bridge(choice),
            None => {
                self.observations.instants.extend(reading.cover.join_by_id(window));
                reading.bracket = Bracket::at(window.end());
                reading.front = None;
                self.queue.clear();
                self.go_on(true)
            }
        }
    }

    /// Rows that were joined by id have changed places.
    fn reorders(&mut self) -> Result<(), Refusal> {
        self.restarts += 1;
        let is_whole = self.assurance == Assurance::WholeList;
        if is_whole && self.restarts > MOST_WHOLE_RESTARTS {
            return Err(Refusal::NeverTheSame { readings: self.tally.readings + u64::from(self.restarts) });
        }
        if is_whole || self.restarts <= MOST_RESTARTS {
            return self.begin_reading();
        }
        self.count_instead(Counted::EqualTimesReorder)
    }

    /// The list seems to end in `window`. A cap that the server does not state cuts a window short as well, but none of a
    /// limit that it has served: so a window of such a limit is asked for, which overlaps this one.
    fn look_at_the_end(&mut self, window: Window) -> Result<(), Refusal> {
        self.queue.clear();
        self.reading.front = None;
        self.count_step()?;
        if window.limit > self.limits.largest_served() {
            if !window.is_first() {
                return self.keep_to_known_limits(window);
            }
            if let Some(choice) = self.confirming(&window) {
                self.phase = Phase::Confirm(Box::new(window));
                self.ask_as(choice.number, choice.limit);
                return Ok(());
            }
        }
        // The page behind it, by the limit that it was asked with.
        let (number, limit) = (window.number.saturating_add(1), window.asked);
        self.phase = Phase::After(Box::new(window));
        self.ask_as(number, limit);
        Ok(())
    }

    /// The window that shows whether the list ends in `window`, the list's first: of a limit that was served in full, with
    /// rows of both sides of the last instant of `window`, else with its last row. None where it has so few rows that there
    /// are not two such windows, one for each of two readings.
    fn confirming(&self, window: &Window) -> Option<Choice> {
        if window.rows.len() < LEAST_SILENT_CAP {
            return None;
        }
        let limits = self.limits.known();
        let last = (window.rows.len() as u64).checked_sub(1)?;
        let before = (self.reading.cover.tail(window) as u64).checked_sub(1);
        let reaches = |choice: &Choice| choice.reach() > window.end();
        let fresh =
            |wanted| limits.furthest(wanted, |number, limit| self.reading.is_taken(number, limit)).filter(reaches);
        let any = |wanted| limits.furthest(wanted, |_, _| false).filter(reaches);
        before.and_then(fresh).or_else(|| fresh(last)).or_else(|| before.and_then(any)).or_else(|| any(last))
    }

    /// A short window of a limit that was not served yet, further down the list: from here on only limits are asked for
    /// that were.
    fn keep_to_known_limits(&mut self, short: Window) -> Result<(), Refusal> {
        let limit = self.limits.largest_served();
        if (limit as usize) < LEAST_SILENT_CAP {
            // The list has grown since its first page was read.
            self.count_hidden(&short)?;
            self.reading.begins = None;
            return self.begin_reading();
        }
        self.limits.cut(limit);
        self.join(Window { limit, goes_on: true, ..short })
    }

    fn count_hidden(&mut self, short: &Window) -> Result<(), Refusal> {
        self.hidden += 1;
        if self.hidden <= MOST_ASKINGS {
            return Ok(());
        }
        let rows = short.rows.len() as u64;
        Err(Refusal::HiddenRows { page: short.number, rows, limit: short.limit, times: self.hidden })
    }

    fn ask_as(&mut self, number: u64, limit: u32) {
        self.reading.repeats |= self.reading.avoid.contains(&(number, limit));
        self.ask(Ask::first(number, limit));
    }

    /// Takes the answer that shows whether the list goes on behind `short`.
    pub(super) fn confirm(&mut self, short: Window, shown: Window) -> Result<(), Refusal> {
        let last = short.rows.last().map(|row| row.id);
        let place = shown.rows.iter().position(|row| Some(row.id) == last);
        if place.is_some_and(|place| place + 1 < shown.rows.len()) {
            return self.suspect(short, shown);
        }
        let first = shown.rows.first().copied();
        let begins_inside = first.is_some_and(|first| short.rows.iter().any(|row| row.id == first.id));
        let mut cover = self.reading.cover.clone();
        if begins_inside && cover.take(&short).is_ok() && !cover.joins(&shown) {
            return self.confirm_by_id(&short, shown);
        }
        self.take_both(short, shown)
    }

    /// The whole of `shown` is of the last instant of `short`: they are joined by id.
    fn confirm_by_id(&mut self, short: &Window, shown: Window) -> Result<(), Refusal> {
        if self.needs_census() && self.takes_census(short) {
            return Ok(());
        }
        if self.reading.cover.take(short).is_err() {
            return self.reorders();
        }
        self.observations.instants.extend(self.reading.cover.join_by_id(short));
        self.moved(short);
        self.join(shown)
    }

    /// Takes the answer of the page behind `short`.
    pub(super) fn after(&mut self, short: Window, behind: Window) -> Result<(), Refusal> {
        if behind.rows.is_empty() {
            return self.list_ends(&short);
        }
        if self.has_grown(&short, &behind) {
            return self.take_both(short, behind);
        }
        self.suspect(short, behind)
    }

    /// The list goes on behind `short`: has a cap that the server does not state cut it?
    fn suspect(&mut self, short: Window, later: Window) -> Result<(), Refusal> {
        let rows = u32::try_from(short.rows.len()).unwrap_or(u32::MAX);
        let number = short.number;
        let limit = (rows.saturating_add(1)..=self.limits.asked)
            .rev()
            .find(|limit| *limit != short.asked && !self.reading.is_taken(number, *limit))
            .unwrap_or(short.asked);
        let may_be_cut = !self.limits.is_silent && short.limit > self.limits.largest_served();
        if !may_be_cut {
            // A batch that was put in behind the end of the list looks like this as well, but not in one reading after another.
            self.count_hidden(&short)?;
            return self.begin_reading();
        }
        self.count_step()?;
        self.reading.pending.push(later);
        self.phase = Phase::Suspect(Box::new(short));
        self.ask_as(number, limit);
        Ok(())
    }

    /// The same number of rows for another limit: that is the cap.
    pub(super) fn settle_cap(&mut self, short: Window, again: Window) -> Result<(), Refusal> {
        if again.rows.len() != short.rows.len() || short.rows.is_empty() {
            return self.take_both(short, again);
        }
        self.limits.cut(u32::try_from(short.rows.len()).unwrap_or(u32::MAX));
        let limit = self.limits.cap;
        self.observations.silent_cap = Some(limit);
        self.take_both(Window { limit, ..short }, Window { limit, ..again })
    }

    /// Takes a window that is not the list's end, and then a later one.
    fn take_both(&mut self, window: Window, later: Window) -> Result<(), Refusal> {
        if window.rows.is_empty() {
            return self.read(later);
        }
        self.reading.bracket.observe(&later, &self.reading.cover);
        self.reading.pending.push(later);
        self.join(Window { goes_on: true, ..window })
    }

    /// Whether the rows behind a short window are there because the list has grown since.
    fn has_grown(&self, short: &Window, behind: &Window) -> bool {
        let (Some(last), Some(first)) = (short.rows.last(), behind.rows.first()) else { return true };
        behind.begins_known || (self.reading.cover.chain().is_none() && first.at > last.at)
    }

    /// Ends the reading at the end of the list.
    fn list_ends(&mut self, last: &Window) -> Result<(), Refusal> {
        if self.needs_census() && self.takes_census(last) {
            return Ok(());
        }
        if self.reading.cover.take(last).is_err() {
            return self.reorders();
        }
        let older = last.older_than(self.range.start);
        let is_inside =
            last.first_before(self.range.start).is_none() && last.rows.last().is_none_or(|row| row.at < self.range.end);
        if is_inside {
            self.observations.list_end = Some((last.total, last.end()));
        }
        self.settle(older)
    }

    /// Asks for what comes next: for a window that joins, where the last one did not or showed nothing new, and for as many
    /// ahead as may be.
    pub(super) fn go_on(&mut self, bridge: bool) -> Result<(), Refusal> {
        if !bridge && self.queue.len() > 0 {
            self.plan_ahead();
            return Ok(());
        }
        if self.is_probing() {
            if self.queue.len() > 0 {
                // The next places are chosen when all of these are known.
                return Ok(());
            }
            let places =
                self.reading.bracket.probes(self.options.concurrency, self.limits.cap, self.range.end, self.tally.held);
            if places.len() > 1 {
                return self.probe(&places);
            }
        }
        match self.next_choice() {
            Some(choice) => self.bridge(choice),
            None => self.count_instead(Counted::PagesOfOneSize),
        }
    }

    /// Asks for windows at all of these places at once.
    fn probe(&mut self, places: &[u64]) -> Result<(), Refusal> {
        self.count_step()?;
        for place in places {
            let Choice { number, limit, .. } =
                self.limits.around(*place, |number, limit| self.reading.is_taken(number, limit));
            self.reading.repeats |= self.reading.avoid.contains(&(number, limit));
            self.ask(Ask::first(number, limit));
        }
        Ok(())
    }

    fn bridge(&mut self, choice: Choice) -> Result<(), Refusal> {
        self.count_step()?;
        let reading = &mut self.reading;
        if reading.idle >= MOST_IDLE {
            return Err(Refusal::NoProgress { page: choice.number, answers: reading.idle });
        }
        if self.queue.len() == 0 {
            reading.front = Some(choice.reach());
        }
        // A cache that hides itself would agree with itself.
        reading.repeats |= reading.avoid.contains(&(choice.number, choice.limit));
        self.ask_first(Ask::first(choice.number, choice.limit));
        self.plan_ahead();
        Ok(())
    }

    fn count_step(&mut self) -> Result<(), Refusal> {
        self.reading.steps += 1;
        let steps = self.reading.steps;
        if steps <= MOST_STEPS {
            return Ok(());
        }
        let from = self.reading.cover.instant().map_or_else(|| "the last row read".to_owned(), rfc3339);
        Err(Refusal::NotFound { steps, from })
    }

    /// The window by which the reading may go on; none where every limit has a bound at the place where it has to.
    pub(super) fn next_choice(&mut self) -> Option<Choice> {
        let held = Some(self.tally.held);
        let (limits, reading) = (&self.limits, &mut self.reading);
        let margin = reading.margin.min(u64::from(limits.cap) / 4);
        let look = reading.bracket.next(limits.cap, margin, held);
        let taken = |number, limit| reading.is_taken(number, limit);
        let avoided = |number, limit| reading.avoid.contains(&(number, limit));
        let around = |place| Some(limits.around(place, taken));
        let across = |wanted: u64, reach: u64| {
            let reaches = |choice: &Choice| choice.reach() > reach;
            // With less overlap, and from a URL that was asked for in this reading, rather than not at all.
            let wanted = [wanted, wanted.saturating_add(margin)];
            let fresh = wanted.iter().find_map(|wanted| limits.furthest(*wanted, taken).filter(reaches));
            let own = || limits.furthest(*wanted.last()?, avoided).filter(reaches);
            fresh.or_else(own).or_else(|| limits.furthest(*wanted.last()?, |_, _| false).filter(reaches))
        };
        match look {
            Look::Around(place) => around(place),
            Look::Across { wanted, reach } => across(wanted, reach),
            Look::Between { wanted, reach } => across(wanted, reach).or_else(|| around(wanted + (reach - wanted) / 2)),
        }
    }

    /// Plans windows ahead, each of which joins the one before it if the list does not move and no two times are equal.
    fn plan_ahead(&mut self) {
        if self.reading.census.is_none() && !self.plans_before_the_census() {
            return;
        }
        while self.queue.len() < self.options.concurrency {
            let reading = &self.reading;
            let end = self.tally.held.min(reading.expected_end.unwrap_or(u64::MAX));
            let Some(front) = reading.front.filter(|front| *front < end) else { return };
            let margin = reading.margin.min(u64::from(self.limits.cap) / 4);
            let wanted = front.saturating_sub(reading.cover.overlap() + margin);
            let choice = self.limits.furthest(wanted, |number, limit| reading.is_taken(number, limit));
            let Some(choice) = choice.filter(|choice| choice.reach() > front) else { return };
            self.reading.front = Some(choice.reach());
            self.ask(Ask::first(choice.number, choice.limit));
        }
    }

    #[cfg(not(test))]
    fn plans_before_the_census(&self) -> bool {
        false
    }
}
