//! Reading the whole list, where the range cannot be read by itself.

use super::{Assurance, Census, Collector, MOST_WHOLE_READINGS, Page, Passed, Phase, Refusal, TieOut, Walk};

impl Collector {
    /// The short cut needs a list that is newest first; without that the whole list is read.
    pub(super) fn fall_back(&mut self) {
        self.notes.push(format!(
            "The rows are not newest first, so the range could not be read by itself ({}); the whole list was read instead.",
            self.assurance
        ));
        self.assurance = Assurance::WholeList;
        self.previous = None;
        self.begin_whole();
    }

    pub(super) fn whole_walk(&self, total: u64) -> Walk {
        Walk::after(0, self.limit, total)
    }

    pub(super) fn begin_whole(&mut self) {
        self.queue.clear();
        self.whole.clear();
        let mut walk = self.whole_walk(self.tally.held);
        walk.fill(&mut self.queue, self.options.concurrency, 1);
        self.phase = Phase::Whole(walk, None);
    }

    /// Takes a page of the whole list, which is read to its empty end.
    pub(super) fn read_whole(&mut self, mut walk: Walk, census: Option<Census>, page: &Page) -> Result<(), Refusal> {
        let census = match census {
            Some(census) => census,
            None => {
                let census = Census { older: page.total, at: page.at };
                self.begin_round(census);
                census
            }
        };
        self.numbers.iter().for_each(|number| self.whole.insert(*number));
        if let Some(round) = &mut self.round {
            round.kept.add(page, &self.numbers, &self.range)?;
        }
        match walk.pass(page, &mut self.queue) {
            Passed::Endless { pages, expected } => return Err(Refusal::Endless { pages, expected }),
            Passed::On if page.rows.is_empty() => return self.settle_whole(census),
            Passed::On => {}
            Passed::Rejoin => self.limit = walk.limit,
        }
        let last = self.pages(page.total).saturating_add(1);
        walk.fill(&mut self.queue, self.options.concurrency, last);
        self.phase = Phase::Whole(walk, Some(census));
        Ok(())
    }

    fn settle_whole(&mut self, census: Census) -> Result<(), Refusal> {
        self.tally.readings += 1;
        let ids = std::mem::take(&mut self.whole);
        let proof = self.previous.take().and_then(|previous| TieOut::of_whole_list(&previous, &ids, census));
        if let Some(proof) = proof {
            self.end(Ok(proof));
            return Ok(());
        }
        self.previous = Some(ids);
        self.give_up_after(MOST_WHOLE_READINGS)?;
        self.begin_whole();
        Ok(())
    }
}
