//! What the counting came to, batch by batch, beside what the list says.

use std::collections::BTreeMap;

use super::question::{CallTotals, CountAnswer, Question};
use crate::batch::Batch;

/// The counts of all batches that were asked about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallCounts {
    /// When calls were to be counted.
    pub totals: CallTotals,
    /// By batch.
    pub batches: BTreeMap<Box<str>, Counted>,
}

impl CallCounts {
    /// Whether everything that was asked has an answer.
    pub fn is_complete(&self) -> bool {
        self.batches.values().all(|counted| counted.answers.values().all(Option::is_some))
    }

    /// The figure that the register gives of `batch`, as it is in the list, to a question.
    pub fn figure(&self, question: Question, batch: &Batch) -> Option<u64> {
        let listed = question.column().of(batch);
        match self.batches.get(&batch.id) {
            Some(counted) if counted.is_asked(question) && !question.is_answered_by_list(batch) => {
                counted.count(question)
            }
            _ => listed,
        }
    }

    /// Puts the figures of the register in the place of those of the list.
    pub fn complete(&self, batch: &mut Batch) {
        let [completed, failed] = Question::ALL.map(|question| self.figure(question, batch));
        (batch.completed_calls, batch.failed_calls) = (completed, failed);
    }
}

/// What was asked about one batch, and answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    answers: BTreeMap<Question, Option<CountAnswer>>,
}

impl Counted {
    /// Notes that the question was asked; no answer where the counting was interrupted before it came.
    pub(super) fn take(&mut self, question: Question, answer: Option<CountAnswer>) {
        self.answers.insert(question, answer);
    }

    /// Whether that was asked.
    pub fn is_asked(&self, question: Question) -> bool {
        self.answers.contains_key(&question)
    }

    /// Whether the API did not know the batch.
    pub fn is_gone(&self) -> bool {
        self.answers.values().any(|answer| *answer == Some(CountAnswer::NotFound))
    }

    /// The count, where there is one. A batch that is gone has none: what was counted before it went is not its end.
    pub fn count(&self, question: Question) -> Option<u64> {
        match self.answers.get(&question) {
            Some(Some(CountAnswer::Count(count))) if !self.is_gone() => Some(*count),
            _ => None,
        }
    }
}
