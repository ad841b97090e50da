//! A reading has come to its end: what it proves, and whether another one is needed.

use super::super::bracket::Bracket;
use super::super::tie_out::Census;
use super::*;
use crate::defect::Defect;

impl Collector {
    /// Ends the reading under way; `older_than_start` is A, by its last answer.
    pub(super) fn settle(&mut self, older_than_start: Option<i128>) -> Result<(), Refusal> {
        self.queue.clear();
        self.tally.readings += 1;
        self.hidden = 0;
        let read = self.read_so_far(older_than_start)?;
        self.observations.totals_differ =
            read.demanded().filter(|_| !read.ties_out()).map(|demanded| (demanded, read.counted));
        self.stale_readings = if read.is_fresh { 0 } else { self.stale_readings + 1 };
        let previous = self.last.take();
        let is_counted = self.observations.counted.is_some();
        let proof = previous.as_ref().and_then(|previous| match is_counted {
            true => TieOut::of_counts(previous, &read),
            false => TieOut::of_two_readings(previous, &read),
        });
        let enough = if self.options.once { TieOut::nothing_left_out(&read) } else { None };
        let may_tie_out = self.assurance == Assurance::TiedOut && read.may_tie_out();
        self.last = Some(read);
        let is_to_be_joined = self.observations.counted == Some(Counted::EqualTimesReorder)
            && self.last.as_ref().is_some_and(|last| !last.ties_out());
        if is_to_be_joined {
            // The totals are of no use either; the order may have settled.
            (self.observations.counted, self.restarts, self.assurance) = (None, 0, self.options.assurance);
        }
        match proof.or(enough) {
            Some(proof) => self.end(Ok(proof)),
            None if !may_tie_out && self.has_read_enough() => self.give_up()?,
            None => self.begin_reading()?,
        }
        Ok(())
    }

    fn read_so_far(&mut self, older_than_start: Option<i128>) -> Result<Read, Defect> {
        let reading = &mut self.reading;
        let ids = std::mem::take(&mut reading.ids);
        let is_whole = self.assurance == Assurance::WholeList;
        let counted = match reading.cover.chain() {
            Some(chain) if self.observations.counted.is_none() => chain.count(),
            Some(_) => reading.all.len(),
            None => ids.len(),
        };
        #[cfg(test)]
        let counted = if self.options.mistake == Some(super::super::outcome::Mistake::RowsCounted) {
            reading.rows
        } else {
            counted
        };
        let moments = reading.from.zip(reading.to);
        let (from, to) = moments.ok_or(Defect("a reading came to its end without an answer"))?;
        Ok(Read {
            counted,
            census: reading.census.unwrap_or(Census { older: None, at: to, is_stale: reading.is_stale }),
            older_than_start: if is_whole { Some(0) } else { older_than_start },
            is_fresh: !reading.is_stale && !reading.repeats,
            has_two_dates: reading.has_two_dates,
            has_disorder: self.allowance > TimeDelta::zero(),
            has_silent_cap: self.limits.is_silent,
            has_seams: self.observations.counted.is_none(),
            from,
            to,
            ids,
        })
    }

    fn has_read_enough(&self) -> bool {
        let most = if self.assurance == Assurance::WholeList { MOST_WHOLE_READINGS } else { MOST_READINGS };
        self.tally.readings - self.pauses.readings >= most || self.stale_readings >= MOST_STALE_READINGS
    }

    /// Ends with what the last reading proves by itself.
    fn give_up(&mut self) -> Result<(), Refusal> {
        let Some(last) = &self.last else { return self.begin_reading() };
        let readings = self.tally.readings;
        match TieOut::nothing_left_out(last) {
            Some(proof) => {
                let why = match (last.is_fresh, self.reading.repeats) {
                    (true, _) => NotExact::Changing { readings },
                    (false, true) => NotExact::Repeated,
                    (false, false) => NotExact::Stale,
                };
                self.end_inexact(proof, why);
                Ok(())
            }
            None => Err(Refusal::NotTiedOut { expected: last.demanded(), found: last.counted, readings }),
        }
    }

    /// Begins another reading. It asks for no URL that the one before it asked for: a cache would agree with itself.
    pub(super) fn begin_reading(&mut self) -> Result<(), Refusal> {
        self.queue.clear();
        let avoid = std::mem::take(&mut self.reading.asked);
        let begins = self.reading.begins;
        let expected_end = Some(self.reading.ends).filter(|end| *end > 0 && self.last.is_some());
        self.reading = Reading { avoid, expected_end, ..self.fresh_reading() };
        if let Some(place) = begins {
            self.reading.bracket = Bracket::at(place);
        }
        self.phase = Phase::Read;
        match self.observations.counted {
            Some(_) => self.begin_counted(),
            None => self.go_on(true),
        }
    }

    /// The census of a reading closes the one before it: whether that is proven by it, or what is proven is enough.
    pub(super) fn closes(&mut self, closing: Census) -> bool {
        if self.assurance != Assurance::TiedOut || self.observations.counted.is_some() {
            return false;
        }
        let Some(last) = self.last.as_ref().filter(|last| last.may_tie_out()) else { return false };
        match TieOut::of_census(last, closing) {
            Some(proof) => self.end(Ok(proof)),
            None if self.has_read_enough() => return self.give_up().is_ok(),
            None => return false,
        }
        true
    }
}
