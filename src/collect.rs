//! Which pages to ask for, and when the collection is proven complete. No I/O and no clock: a state machine that says
//! which pages it wants, is handed the answers, and ends in a [`TieOut`] or in a [`Refusal`].
//!
//! # Why a tie-out is a proof
//!
//! The list is newest first. Let the range be [a, b), let `older(x)` be the number of batches dated before x, and take one
//! answer (rows and total of one moment) as one observation. An answer whose rows stand on both sides of x tells `older(x)`
//! exactly: its total less the rows before the first one older than x. An answer whose rows are all at or after x bounds it
//! from above.
//!
//! Let B be a census, a figure with `older(b) <= B` at the moment t of one answer; let K be the distinct ids of the range
//! in answers had from t on; and let A be taken from one of them, with `A <= older(a)` at its moment.
//!
//! **`tied-out`.** Suppose that ids are not used twice, and that after t no batch is created dated before b. From t on the
//! set of batches older than b only shrinks. So every id in K was in the population at t, and `older(a)` at t is at least
//! A. The population at t has `older(b) - older(a) <= B - A` members, and K is a part of it: |K| = B - A makes the two the
//! same set, and B and A exact.
//! The census has to come first. One taken after the reading can be reduced by a deletion of a batch that was read, which
//! then makes up for one that was missed.
//!
//! **`double-read`.** Two such rounds in a row, each tied out to its own census, with the same ids. Suppose only that ids
//! are not used twice and that no batch is created dated before a. Every id was seen before the second census (in the first
//! round) and after it (in the second), so it was there at that moment t: K is a part of the population at t, which has at
//! most B - A = |K| members.
//!
//! **`whole-list`.** Two readings in a row of the whole list with the same ids, as many as the first answer of the second
//! reading gives as total. Every id was there at the moment of that answer, and there were no more. Only that ids are not
//! used twice is supposed; no order either.
//!
//! # Why an interruption changes nothing of that
//!
//! A collection may stop at any moment and be taken up later, by [`Collector::resume`], from the answers that were kept. The
//! proofs speak of answers and of their order, never of how long it was from one to the next: to them an interruption is a
//! slow answer. What was under way and lost was never an observation. So the three theorems hold as they stand, if only
//! their suppositions do, which now have to hold over the pause as well.
//!
//! A pause can be long, so no census from before it is relied on alone: the first thing asked for is the census again. The
//! same figure leaves the round standing, and the reading goes on as many rows behind the end of the range as it had come;
//! another one begins a new round. (Under the supposition of `tied-out` the same figure means the same batches: the set only
//! shrinks.) Where the reading goes on is a matter of cost and not of proof: whatever it skipped or missed, |K| = B - A fails,
//! and the range is read again. A whole list that has another total than at the last answer is begun anew, and what two
//! readings in a row must be is not changed: the ids of the first are all from before the first answer of the second.
//! A range that was not over ends at the moment of its first answer, which is stale: everything is begun anew.

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
pub use outcome::{Collected, Counted, Edge, NotExact, Observations, Options, Tally};
pub use page::{Page, PageRequest};
pub use refusal::Refusal;
pub use state::Collector;
pub use tie_out::{Assurance, Theorem, TieOut};

#[cfg(test)]
mod simulation;
