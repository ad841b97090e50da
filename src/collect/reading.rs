//! The requests of one phase: asked in an order that only the answers decide, processed in the order of asking.

use std::collections::VecDeque;

use super::page::{Page, PageRequest};

/// Requests under way. Answers may come in any order; they are taken in the order of asking, so that the order of arrival
/// changes nothing.
#[derive(Debug, Default)]
pub(super) struct Queue {
    next_ticket: u64,
    /// Asked, in order, with the answers that are there already.
    waiting: VecDeque<(PageRequest, Option<Page>)>,
    /// Asked, but not yet handed to whoever fetches.
    fresh: Vec<PageRequest>,
}

impl Queue {
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Asks for a page behind all others.
    pub fn ask(&mut self, number: u64, limit: u32) {
        let request = self.request(number, limit);
        self.waiting.push_back((request, None));
    }

    /// Asks for a page before all others: the one that was just answered, again.
    pub fn ask_first(&mut self, number: u64, limit: u32) {
        let request = self.request(number, limit);
        self.waiting.push_front((request, None));
    }

    fn request(&mut self, number: u64, limit: u32) -> PageRequest {
        let request = PageRequest { ticket: self.next_ticket, number, limit };
        self.next_ticket += 1;
        self.fresh.push(request);
        request
    }

    /// Leaves out `count` tickets; the first of them.
    pub fn reserve(&mut self, count: u64) -> u64 {
        let first = self.next_ticket;
        self.next_ticket = first.saturating_add(count);
        first
    }

    /// Forgets every request; answers to them are not wanted any more.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.fresh.clear();
    }

    /// Hands out the requests that were not handed out yet.
    pub fn take_fresh(&mut self) -> Vec<PageRequest> {
        std::mem::take(&mut self.fresh)
    }

    /// Whether the answer to `ticket` is still wanted.
    pub fn wants(&self, ticket: u64) -> bool {
        self.waiting.iter().any(|(request, answer)| request.ticket == ticket && answer.is_none())
    }

    /// Whether such a ticket was ever given.
    pub fn was_asked(&self, ticket: u64) -> bool {
        ticket < self.next_ticket
    }

    /// The ticket of the request whose answer is taken next.
    pub fn next_wanted(&self) -> Option<u64> {
        self.waiting.front().map(|(request, _)| request.ticket)
    }

    /// Takes an answer; one that is not wanted is dropped.
    pub fn put(&mut self, ticket: u64, page: Page) {
        if let Some(entry) = self.waiting.iter_mut().find(|(request, _)| request.ticket == ticket) {
            entry.1.get_or_insert(page);
        }
    }

    /// The next answer in the order of asking, if it is there.
    pub fn pop(&mut self) -> Option<(PageRequest, Page)> {
        self.waiting.front()?.1.as_ref()?;
        let (request, page) = self.waiting.pop_front()?;
        page.map(|page| (request, page))
    }
}

/// One walk through consecutive pages.
#[derive(Debug)]
pub(super) struct Walk {
    /// The limit that its pages are asked with.
    pub limit: u32,
    /// How many rows from the head of the list are covered.
    covered: u64,
    /// The next page to ask for.
    next: u64,
    /// How many pages were read, and how many more the list had when the walk began.
    read: u64,
    expected: u64,
}

impl Walk {
    /// A walk that goes on behind the first `covered` rows of a list of `total`.
    pub fn after(covered: u64, limit: u32, total: u64) -> Self {
        let next = (covered / u64::from(limit)).saturating_add(1);
        let expected = (total.saturating_sub(covered) / u64::from(limit)).saturating_add(1);
        Self { limit, covered, next, read: 0, expected }
    }

    /// How many rows from the head of the list are covered.
    pub fn covered(&self) -> u64 {
        self.covered
    }

    /// Asks for pages up to `ahead` at a time, at least one, and none behind `last`.
    pub fn fill(&mut self, queue: &mut Queue, ahead: usize, last: u64) {
        while queue.len() == 0 || (queue.len() < ahead && self.next <= last) {
            queue.ask(self.next, self.limit);
            self.next = self.next.saturating_add(1);
        }
    }

    /// Forgets what was asked for ahead and goes on behind `page`.
    pub fn turn_back(&mut self, page: &Page, queue: &mut Queue) {
        queue.clear();
        self.next = (page.end() / u64::from(self.limit)).saturating_add(1);
    }

    /// Takes note of a page; turns back to where the pages no longer join if the server has changed its limit.
    pub fn pass(&mut self, page: &Page, queue: &mut Queue) -> Passed {
        self.read += 1;
        if self.read > self.expected.saturating_mul(4).saturating_add(64) {
            return Passed::Endless { pages: self.read, expected: self.expected };
        }
        if page.limit != self.limit {
            queue.clear();
            self.limit = page.limit;
            self.next = (self.covered / u64::from(self.limit)).saturating_add(1);
            return Passed::Rejoin;
        }
        self.covered = self.covered.max(page.end());
        Passed::On
    }
}

/// How a walk goes on after a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// With the next page.
    On,
    /// From an earlier place, with the limit that the server has now.
    Rejoin,
    /// Not at all: the list grows faster than it is read.
    Endless { pages: u64, expected: u64 },
}
