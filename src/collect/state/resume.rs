//! Taking up a collection that was interrupted. Why that is sound stands in [`crate::collect`].

use chrono::{DateTime, Utc};

use super::{Assurance, Census, Collector, Doubt, Page, Phase, Refusal, Seek, Walk};

/// How a collection was interrupted.
#[derive(Debug)]
pub(super) struct Pauses {
    /// The end of the range as it was asked for.
    end: DateTime<Utc>,
    /// How many readings were made before the last interruption.
    pub readings: u64,
    /// How many rows behind the end of the range the interrupted reading had come.
    behind: Option<u64>,
    /// How many pages did not have to be asked for again.
    spared: u64,
}

impl Pauses {
    pub fn new(end: DateTime<Utc>) -> Self {
        Self { end, readings: 0, behind: None, spared: 0 }
    }
}

impl Collector {
    /// Takes the collection up again after an interruption: forgets the requests under way, and asks for the census again.
    /// Nothing changes if it had come to a proof. A refusal is taken back.
    pub fn resume(&mut self) {
        let phase = match std::mem::replace(&mut self.phase, Phase::First) {
            proven @ Phase::Ended(Ok(_)) => {
                self.phase = proven;
                return;
            }
            phase => phase,
        };
        self.queue.clear();
        // Other rows may stand in the place of the last ones by now.
        self.doubt = Doubt::default();
        self.pauses.readings = self.tally.readings;
        if self.as_of.is_some() {
            let why = "the period was not over, so everything was read anew up to a later moment";
            return self.begin_anew(why);
        }
        match phase {
            Phase::Read(walk) => {
                let bound = self.round.as_ref().map_or(0, |round| self.tally.held.saturating_sub(round.census.older));
                self.pauses.behind = Some(walk.covered().saturating_sub(bound));
                self.seek_again();
            }
            Phase::Seek(_) | Phase::Ended(Err(Refusal::NotTiedOut { .. }))
                if self.assurance != Assurance::WholeList =>
            {
                self.seek_again();
            }
            Phase::Whole(walk, Some(census)) | Phase::Look { walk, census, .. } => {
                self.queue.ask(1, self.limit);
                self.phase = Phase::Look { walk, census, held: self.tally.held };
            }
            Phase::Whole(_, None) => self.begin_whole(),
            _ => self.begin_anew("nothing of it could be built on, so everything was read anew"),
        }
    }

    /// How many pages did not have to be asked for again because an interrupted reading could go on.
    pub fn pages_spared(&self) -> u64 {
        self.pauses.spared
    }

    /// Whether a request of that ticket was ever among the wanted ones.
    pub fn was_asked(&self, ticket: u64) -> bool {
        self.queue.was_asked(ticket)
    }

    /// The ticket of the request whose answer is taken next.
    pub fn next_wanted(&self) -> Option<u64> {
        self.queue.next_wanted()
    }

    /// Looks for the end of the range where it was, or everywhere if it was never found.
    fn seek_again(&mut self) {
        let never_found = self.round.is_none() && self.previous.is_none();
        let seek = if never_found { Seek::everywhere } else { Seek::nearby };
        self.queue.ask(self.hint, self.limit);
        self.phase = Phase::Seek(seek(self.range.end, self.limit));
    }

    fn begin_anew(&mut self, why: &str) {
        if self.tally.pages > 0 {
            self.note_pause(why);
        }
        (self.round, self.earlier, self.previous) = (None, None, None);
        (self.newer, self.older, self.as_of) = (None, None, None);
        self.whole.clear();
        self.pauses.behind = None;
        self.range.end = self.pauses.end;
        self.limit = self.options.limit;
        self.hint = 1;
        self.queue.ask(1, self.limit);
        self.phase = Phase::First;
    }

    /// Goes on where the interrupted reading stopped, if there was one and its census stood; tells whether it does.
    pub(super) fn go_on(&mut self, page: &Page, census: Census) -> Result<bool, Refusal> {
        let Some(behind) = self.pauses.behind.take() else { return Ok(false) };
        let Some(round) = self.round.as_mut().filter(|round| !round.kept.is_empty()) else {
            self.note_pause("the census had changed, so the period was read anew");
            return Ok(false);
        };
        let covered = page.total.saturating_sub(census.older).saturating_add(behind);
        let limit = u64::from(self.limit);
        let spared = (covered / limit).saturating_sub(page.end().div_ceil(limit));
        if spared == 0 || covered >= page.total {
            self.note_pause("the census was the same, so what had been read stands");
            return Ok(false);
        }
        round.kept.add(page, &self.numbers, &self.range)?;
        self.spare(spared, "census");
        let mut walk = Walk::after(covered, self.limit, page.total);
        let last = self.pages(page.total);
        walk.fill(&mut self.queue, self.options.concurrency, last);
        self.phase = Phase::Read(walk);
        Ok(true)
    }

    /// Goes on with the reading of the whole list, if it still has as many batches.
    pub(super) fn look(&mut self, walk: Walk, census: Census, held: u64, page: &Page) {
        if page.total != held || page.limit != walk.limit {
            self.note_pause("the number of batches had changed, so the list was read from its beginning");
            self.limit = page.limit;
            return self.begin_whole();
        }
        self.spare(walk.covered() / u64::from(walk.limit), "number of batches");
        let mut walk = Walk::after(walk.covered(), walk.limit, page.total);
        let last = self.pages(page.total).saturating_add(1);
        walk.fill(&mut self.queue, self.options.concurrency, last);
        self.phase = Phase::Whole(walk, Some(census));
    }

    fn spare(&mut self, pages: u64, figure: &str) {
        self.pauses.spared += pages;
        let pages = if pages == 1 { "1 page was".to_owned() } else { format!("{pages} pages were") };
        self.note_pause(&format!("the {figure} was the same, so {pages} not read again"));
    }

    fn note_pause(&mut self, what: &str) {
        self.notes.push(format!("The collection was interrupted and taken up again; {what}."));
    }
}
