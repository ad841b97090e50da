//! The search for the answer that shows both sides of an instant.

use chrono::{DateTime, Utc};

use super::page::Page;
use super::tie_out::Census;

/// A search that takes more requests than this is not coming to an end.
const MOST_STEPS: u32 = 96;

/// What an answer brought to the search.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sought {
    /// The answer shows both sides of the instant, or the end of the list on the side that it doesn't show.
    Found(Census),
    /// The instant falls between two pages: what is older than it begins on page `next`, and is at most the census.
    Between { census: Census, next: u64 },
    /// Another page is needed.
    Ask { number: u64, limit: u32 },
    /// The list moves faster than it can be searched.
    Lost { steps: u32 },
}

/// A search among pages of one limit, over a list that may move meanwhile.
#[derive(Debug)]
pub(super) struct Seek {
    bound: DateTime<Utc>,
    limit: u32,
    /// The deepest page that showed nothing older than the bound, and what it says of how many are older.
    newer: Option<(u64, Census)>,
    /// The first page that showed nothing but older rows.
    older: Option<u64>,
    /// Whether to bisect the whole list, or to look around a page that was right a moment ago.
    bisect: bool,
    stride: u64,
    narrowed: bool,
    steps: u32,
}

impl Seek {
    /// A search through the whole list.
    pub fn everywhere(bound: DateTime<Utc>, limit: u32) -> Self {
        Self { bound, limit, newer: None, older: None, bisect: true, stride: 1, narrowed: false, steps: 0 }
    }

    /// A search that begins where the bound was seen before, and widens from there.
    pub fn nearby(bound: DateTime<Utc>, limit: u32) -> Self {
        Self { bisect: false, ..Self::everywhere(bound, limit) }
    }

    /// The limit of its pages: the server's, where that has changed.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Takes an answer to what was asked last.
    pub fn observe(&mut self, page: &Page) -> Sought {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Sought::Lost { steps: self.steps };
        }
        let older = match page.first_before(self.bound) {
            Some(0) if page.number > 1 => None,
            Some(place) => Some(page.total.saturating_sub(page.start().saturating_add(place))),
            None if page.is_last() && (!page.rows.is_empty() || page.total == 0) => Some(0),
            None => None,
        };
        if let Some(older) = older {
            return Sought::Found(Census { older, at: page.at });
        }
        self.note(page);
        self.next(page.total)
    }

    /// Notes on which side of the bound the page lies; only pages of the search's own limit can be compared.
    fn note(&mut self, page: &Page) {
        if page.limit != self.limit {
            if !self.narrowed {
                *self = Self { limit: page.limit, steps: self.steps, ..Self::everywhere(self.bound, page.limit) };
            }
            return;
        }
        let wholly_older = page.first_before(self.bound) == Some(0) || page.rows.is_empty();
        if wholly_older {
            self.older = Some(page.number);
            self.newer = self.newer.filter(|(number, _)| *number < page.number);
        } else {
            self.newer = Some((page.number, Census { older: page.total.saturating_sub(page.end()), at: page.at }));
            self.older = self.older.filter(|number| *number > page.number);
        }
    }

    fn next(&mut self, total: u64) -> Sought {
        let past_the_end = total.div_ceil(u64::from(self.limit)).saturating_add(1);
        let older = self.older.unwrap_or(u64::MAX).min(past_the_end);
        let stride = self.stride;
        self.stride = stride.saturating_mul(2);
        match self.newer {
            Some((newer, census)) if newer.saturating_add(1) == older => self.narrow(newer, census),
            // The list has become shorter than it was when that page was read.
            Some((newer, _)) if newer >= older => self.again(older.saturating_sub(1).max(1)),
            Some((newer, _)) if self.bisect || self.older.is_some() => self.ask(newer + (older - newer) / 2),
            Some((newer, _)) => self.ask(newer.saturating_add(stride).min(older - 1)),
            None if self.bisect => self.ask((older / 2).max(1)),
            None => self.ask(older.saturating_sub(stride).max(1)),
        }
    }

    fn ask(&self, number: u64) -> Sought {
        Sought::Ask { number, limit: self.limit }
    }

    fn again(&mut self, number: u64) -> Sought {
        (self.newer, self.older) = (None, None);
        self.ask(number)
    }

    /// The bound is between two pages: another limit puts it inside one. Where that has not helped (the server keeps to
    /// its own limit, or the list moved), the page before the bound gives an upper bound, which is a census too.
    fn narrow(&mut self, newer: u64, census: Census) -> Sought {
        match narrower(newer.saturating_mul(u64::from(self.limit)), self.limit) {
            Some((number, limit)) if !self.narrowed => {
                self.narrowed = true;
                Sought::Ask { number, limit }
            }
            _ => Sought::Between { census, next: newer.saturating_add(1) },
        }
    }
}

/// The page and limit that put the place between the rows `offset - 1` and `offset` farthest inside a page.
fn narrower(offset: u64, limit: u32) -> Option<(u64, u32)> {
    let depth = |limit: u32| {
        let inside = offset % u64::from(limit);
        inside.min(u64::from(limit) - inside)
    };
    let best = (limit / 2 + 1..limit).max_by_key(|limit| depth(*limit))?;
    (depth(best) > 0).then(|| (offset / u64::from(best) + 1, best))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The narrowed page holds the row before the offset and the one after it.
        #[test]
        fn a_narrower_page_shows_both_sides(pages in 1_u64..1_000_000, limit in 1_u32..=100) {
            let offset = pages * u64::from(limit);
            // Only small limits can be without one.
            let Some((number, narrow)) = narrower(offset, limit) else { return {
                let _: () = prop_assert!(limit < 20);
                Ok(())
            } };
            let start = (number - 1) * u64::from(narrow);
            prop_assert!(narrow < limit && start < offset && offset < start + u64::from(narrow));
        }
    }
}
