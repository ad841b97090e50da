//! Answers that cannot be as they are: asked for again, a few times.

use super::{Collector, MOST_ASKINGS, Page, PageRequest, Refusal};

/// What the answers before make of the next one.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    /// How often in a row an answer was doubted.
    askings: u32,
    /// The answer before: its request, how many rows come before it, its total and its ids.
    last: Option<(PageRequest, u64, u64, Vec<Box<str>>)>,
    /// The ticket of a request that is only made to be compared with.
    probe: Option<u64>,
}

impl Collector {
    /// Whether the answer is not to be taken: it is doubted and asked for again, or was asked for only to settle a doubt.
    pub(super) fn doubts(&mut self, request: PageRequest, page: &Page) -> Result<bool, Refusal> {
        let is_probe = self.doubt.probe == Some(request.ticket);
        // What it is compared with next is as fresh as it is; what it was asked for because of is not.
        let repetition = if is_probe { None } else { self.repetition(page) };
        if let Some(why) = page.inconsistency().or_else(|| repetition.clone()) {
            self.doubt.askings += 1;
            if self.doubt.askings >= MOST_ASKINGS {
                return Err(Refusal::Inconsistent { page: page.number, times: self.doubt.askings, why });
            }
            self.queue.ask_first(request.number, request.limit);
            if is_probe {
                self.doubt.probe = self.queue.next_wanted();
            } else if repetition.is_some() {
                self.ask_the_other(request, page);
            }
            return Ok(true);
        }
        self.remember(request, page);
        if is_probe {
            self.doubt.probe = None;
            return Ok(true);
        }
        self.doubt.askings = 0;
        Ok(false)
    }

    /// A server that ignores `page` but says that it served it gives the rows of one page for another. A list that moved by
    /// just a page does the same, once: then the other page holds other rows by now.
    fn repetition(&self, page: &Page) -> Option<String> {
        let (_, start, total, ids) = self.doubt.last.as_ref()?;
        let same = *start != page.start() && *total == page.total && !ids.is_empty() && *ids == page.ids();
        same.then(|| format!("it holds the very rows that stand from place {} on", start.saturating_add(1)))
    }

    /// Asks for the page that has the same rows, before the doubted one is asked for again.
    fn ask_the_other(&mut self, request: PageRequest, page: &Page) {
        let Some((other, ..)) = self.doubt.last else { return };
        self.remember(request, page);
        self.queue.ask_first(other.number, other.limit);
        self.doubt.probe = self.queue.next_wanted();
    }

    fn remember(&mut self, request: PageRequest, page: &Page) {
        self.doubt.last = Some((request, page.start(), page.total, page.ids()));
    }
}
