//! Which call logs to count, and what the counts come to. No I/O and no clock: like [`crate::collect`], a state machine that
//! says which requests it wants and is handed the answers.
//!
//! Not every form of the list reports how many calls of a batch were completed and how many failed. The calls themselves can be
//! counted one level down: the API answers a request for a batch's call logs of certain statuses with how many there are. Two
//! such requests give a batch's figures, one for completed calls and one for failed ones; all other calls are the rest.
//!
//! What the answer holds beside the count is about a person, and never gets as far as here.

mod counting;
mod counts;
mod question;

pub use counting::{CountRequest, Counting};
pub use counts::{CallCounts, Counted};
pub use question::{CallTotals, CountAnswer, Question};

#[cfg(test)]
mod tests;
