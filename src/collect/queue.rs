//! The requests under way: asked in an order that only the answers decide, processed in the order of asking.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::page::{Page, PageRequest};

/// A page that is asked for, as the collector chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ask {
    /// The page, from 1.
    pub number: u64,
    /// The limit.
    pub limit: u32,
    /// How often in a row this page was asked for before.
    pub again: u32,
    /// How many answers for this place were stale before.
    pub stale: u32,
}

impl Ask {
    /// Asked for the first time.
    pub fn first(number: u64, limit: u32) -> Self {
        Self { number, limit, again: 0, stale: 0 }
    }
}

/// A request that was made, and what was known when it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub request: PageRequest,
    /// How many answers for this place were stale before.
    pub stale: u32,
    /// The newest `Date` of an answer that had been taken when this was asked for.
    pub newest: Option<DateTime<Utc>>,
}

/// An answer with the numbers of its ids.
pub(super) type Answer = (Page, Vec<usize>);

/// Requests under way. Answers may come in any order; they are taken in the order of asking, so that the order of arrival
/// changes nothing.
#[derive(Debug, Default)]
pub(super) struct Queue {
    next_ticket: u64,
    /// Asked, in order, with the answers that are there already.
    waiting: VecDeque<(Asked, Option<Answer>)>,
    /// Asked, but not yet handed to the caller.
    fresh: Vec<PageRequest>,
    /// Given up before they were handed to the caller.
    given_up: Vec<PageRequest>,
    /// The newest `Date` of an answer that was taken.
    newest: Option<DateTime<Utc>>,
}

impl Queue {
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Asks for a page behind all others.
    pub fn ask(&mut self, ask: Ask) {
        let asked = self.asked(ask);
        self.waiting.push_back((asked, None));
    }

    /// Asks for a page whose answer is taken before all others.
    pub fn ask_first(&mut self, ask: Ask) {
        let asked = self.asked(ask);
        self.waiting.push_front((asked, None));
    }

    fn asked(&mut self, ask: Ask) -> Asked {
        let Ask { number, limit, again, stale } = ask;
        let request = PageRequest { ticket: self.next_ticket, number, limit, again };
        self.next_ticket += 1;
        self.fresh.push(request);
        Asked { request, stale, newest: self.newest }
    }

    /// Leaves out `count` tickets; returns the first of them.
    pub fn reserve(&mut self, count: u64) -> u64 {
        let first = self.next_ticket;
        self.next_ticket = first.saturating_add(count);
        first
    }

    /// Forgets every request; their answers are no longer wanted.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.given_up.append(&mut self.fresh);
    }

    /// The requests that were given up before they were handed out, each once.
    pub fn take_given_up(&mut self) -> Vec<PageRequest> {
        std::mem::take(&mut self.given_up)
    }

    /// Hands out the requests that were not handed out yet.
    pub fn take_fresh(&mut self) -> Vec<PageRequest> {
        std::mem::take(&mut self.fresh)
    }

    /// Whether the answer to `ticket` is still wanted.
    pub fn wants(&self, ticket: u64) -> bool {
        self.waiting.iter().any(|(asked, answer)| asked.request.ticket == ticket && answer.is_none())
    }

    /// Whether such a ticket was ever given.
    pub fn was_asked(&self, ticket: u64) -> bool {
        ticket < self.next_ticket
    }

    /// The ticket of the request whose answer is taken next.
    pub fn next_wanted(&self) -> Option<u64> {
        self.waiting.front().map(|(asked, _)| asked.request.ticket)
    }

    /// Takes an answer; one that is not wanted is dropped.
    pub fn put(&mut self, ticket: u64, answer: Answer) {
        if let Some(entry) = self.waiting.iter_mut().find(|(asked, _)| asked.request.ticket == ticket) {
            entry.1.get_or_insert(answer);
        }
    }

    /// The next answer in the order of asking, if it is there.
    pub fn pop(&mut self) -> Option<(Asked, Answer)> {
        self.waiting.front()?.1.as_ref()?;
        let (asked, answer) = self.waiting.pop_front()?;
        let answer = answer?;
        self.newest = self.newest.max(answer.0.server_date);
        Some((asked, answer))
    }
}
