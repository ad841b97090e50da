//! Which pages to ask for, and what the answers prove. No I/O and no clock: a state machine that says which pages it wants,
//! is handed the answers, and ends in a [`TieOut`] or in a [`Refusal`].
//!
//! # What servers do not keep
//!
//! A list API gives a `total` of another moment than its rows (two statements without a transaction, a counter that is
//! refreshed now and then), a total of rows that it does not show, or one that is capped. Answers come from a shared cache, or
//! from a replica that lags. So no proof rests on a total alone, and freshness is checked.
//!
//! **Supposed (S).** The rows of one answer are consecutive rows of the list, newest first by creation time, as it was at one
//! moment; page 1 begins with the list's first row; an answer has fewer rows than its limit only where the list ends, or
//! because of a cap on every answer that the server does not state, of 7 rows or more; the creation time of a batch does not
//! change. S speaks of moments, not of requests: they may come in any order.
//!
//! # Seams
//!
//! A window is one answer. Let the range be [a, b), and let c be a time down to which everything is covered: at first the last
//! instant before b. A window is a *seam* if it is page 1, or if its first row is strictly newer than c. Then c becomes the
//! older of c and the time of its last row. So a group of equal times that a window's end may have cut is read again, whole.
//! A reading is done when c is before a, or when a seam is short: the list ends in it, and the page after it has no row, is not
//! there, or is answered as an earlier page.
//!
//! A short window of more than the most rows that any answer had may have been cut by a cap that is not stated, and the row
//! behind it may be gone by the time that the page after it is asked for. So the list ends only in a window of no larger limit
//! than that. If the first page is such a short window, one of a limit below its number of rows is asked for that overlaps it:
//! with rows newer than its last one, or, where all are of one time, joined by id (`look_at_the_end`). A first page of fewer
//! than 7 rows was not cut. Where rows do follow, the page is asked for by another limit: as many rows again mean a cap; other
//! ones mean that the list has grown.
//!
//! **Theorem 1, nothing left out.** Under S, every batch of the range that was in the list at all the moments of the answers
//! used is kept. *Proof.* Kept true throughout: every batch of the range that is newer than c, and was there at those moments,
//! is kept. At a seam, whatever is newer than its last row and not yet covered is dated c or older, so at that moment it was in
//! the list behind or at the window's first row, which is strictly newer, and before its last; rows of an answer are
//! consecutive, so it is in the window. At the end c is before a, or nothing follows. No total, no order in which windows were
//! asked for, answered or made, no pause, no insertion, deletion, re-used id or equal time comes into it.
//!
//! **Theorem 2, exact.** Two seamed readings in a row keep the same ids, and every answer of the second was made after every one
//! of the first. Then these are the population at every moment between the two, unless a batch of the range was both put in
//! (dated into the past, or restored) and taken out during the collection. *Proof.* Let m be such a moment. An id that is kept
//! was there at a moment of the first reading and at one of the second, so also at m, unless it was taken out and put back. A
//! batch that was there at m and is not kept was missing at a moment of the first reading and at one of the second (Theorem 1),
//! so it was put in and taken out.
//!
//! **Theorem 3, exact at once.** Let `older(x)` be the number of batches dated before x. By an answer that shows both sides of x
//! (a row dated x or later is seen before the first older one, or it is page 1) it is total - ((p - 1) * limit + i), where i is
//! the number of rows before the first older one. B is `older(b)` by the answer in which the reading begins, the census; A is
//! `older(a)` by the answer in which it ends. If the reading keeps B - A ids, these are exactly the population at the census,
//! provided that, beyond S, rows and total of an answer are of one moment; that the total is the number of the list's rows then,
//! or off by the same number in those two answers; that the limit by which pages are counted is known; that every answer of the
//! reading is of a moment after the census's; and that after it nothing dated before b is put in, or put back. *Proof.* From the
//! census on the set of batches older than b only shrinks. So every id kept was in the population at the census, and A is at
//! most what `older(a)` was then. The population at the census has `older(b) - older(a)` <= B - A members, and what is kept is a
//! part of it of that size. No window is asked for before the census's answer is in; windows that were answered while it was
//! searched for are not built on. A closing census, asked for when the last window is in, must not be larger.
//!
//! # The assurances
//!
//! - `tied-out`: a seamed reading, tied out to its census, and the closing census (Theorems 1 and 3). Where figures disagree,
//!   further seamed readings, each held against the one before it (Theorem 2) and against its own census.
//! - `double-read`: Theorems 1 and 2; totals are compared and stated, never relied on.
//! - `whole-list`: the same over the whole list, in any order. Seams by id: each window begins with a row that the reading has
//!   joined already. Supposes that any two rows keep their order and that no id is there twice.
//!
//! No reading asks for a URL that the reading before it asked for: a cache that hides itself would agree with itself. What
//! leaves nothing out and cannot be made exact ends as [`Theorem::NothingLeftOut`], with the reason.
//!
//! Where one instant holds more rows than a window reaches, its rows are joined by id; this supposes that equal times keep their
//! order, which is checked where windows overlap. Where the server serves one limit only, windows cannot overlap at all; then,
//! and where that check fails again and again, the totals have to be relied on: two readings in a row that tie out to them and
//! keep the same ids ([`Theorem::Counted`]). Rows that are not newest first by a little are allowed for: with an allowance d, c
//! is the last row's time + d, and a window is a seam if its first row is newer than c + d. Beyond a second the whole list is
//! read.
//!
//! # Why an interruption changes nothing of that
//!
//! A collection may stop at any moment and be resumed later, by [`Collector::resume`], from the answers that were kept. The
//! proofs speak of answers and of their moments, never of how long it was from one to the next: a pause is a slow answer, and c
//! remains where it was. What was under way and lost was never an observation. The suppositions of Theorems 2 and 3 then have to
//! hold over the pause as well. A range that was not over ends at the moment of page 1, which is old then: it is begun again.

mod bracket;
mod chain;
mod changed;
mod cover;
mod ids;
mod kept;
mod outcome;
mod page;
mod plan;
mod queue;
mod reading;
mod refusal;
mod state;
mod tie_out;
mod window;

pub use changed::{AheadOfServer, Change, Renamed, TwoDates};
pub use outcome::{Collected, Counted, Edge, NotExact, Observations, Options, Search, Tally};
pub use page::{Page, PageRequest};
pub use refusal::Refusal;
pub use state::Collector;
pub use tie_out::{Assurance, Theorem, TieOut};

#[cfg(test)]
mod simulation;
