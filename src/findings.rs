//! Batches to findings: what a reviewer should look at, one rule each. Pure.

use serde::{Deserialize, Serialize};

use crate::batch::{Batch, Column, Finality, rfc3339};
use crate::collect::{AheadOfServer, Change};
use crate::spreadsheet::taken_for;

mod collection;
mod damaged;

pub use collection::{clocks_apart, default_zone, of_collection, round_total, span, unmatched};
pub use damaged::damaged;

/// How much a finding weighs. The most severe comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The figures concerned contradict themselves.
    High,
    /// The figures concerned may still change, or do not account for every call.
    Medium,
    /// Worth knowing when reading the figures.
    Low,
}

impl Severity {
    /// All of them, the most severe first.
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    /// The word for people: `high`, `medium`, `low`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// A batch that a finding concerns, and what was found of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concern {
    /// The batch.
    pub batch_id: Box<str>,
    /// The facts, in words: `completed 240 + failed 15 = 255, total 250`.
    pub detail: Box<str>,
}

/// One rule that some batches did not meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's stable code: `counts-exceed-total`.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// A heading for people: `Counts exceed the total`.
    pub title: String,
    /// The rule in words.
    pub rule: String,
    /// The batches concerned, in the order of the register; none where it concerns the collection.
    pub concerns: Vec<Concern>,
}

/// A batch with characters that the PDF cannot show, because none of its fonts has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unshown {
    /// The batch.
    pub id: Box<str>,
    /// The characters as often as they occur, in the order of the text.
    pub characters: Vec<char>,
}

/// Something that was found of a batch elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// The batch.
    pub id: Box<str>,
    /// The facts, in words.
    pub detail: Box<str>,
}

/// What the rules look at beside the batches themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// Whether the period was over when it was collected.
    pub period_over: bool,
    /// Batches that changed while being collected, in any order.
    pub changes: &'a [Change],
    /// Batches dated after the server's own clock, in any order.
    pub ahead: &'a [AheadOfServer],
    /// Batches whose calls the API did not find, in any order.
    pub calls_gone: &'a [Noted],
    /// Batches on which the list and the call logs differ, in any order.
    pub calls_differ: &'a [Noted],
    /// Batches with texts that did not come whole ([`damaged`]), in any order.
    pub damaged: &'a [Noted],
}

/// What a rule says of a batch: nothing, or the facts in words.
type Test<'a> = Box<dyn Fn(&Batch) -> Option<String> + 'a>;

/// A rule: its code, weight and words, and what it says of one batch.
struct Rule<'a> {
    code: &'static str,
    severity: Severity,
    title: &'static str,
    rule: &'static str,
    test: Test<'a>,
}

/// Every finding that concerns at least one of `batches`, the most severe first; codes are unique.
pub fn findings(batches: &[Batch], circumstances: Circumstances<'_>) -> Vec<Finding> {
    let found = rules(circumstances).into_iter().filter_map(|rule| {
        let concern = |batch: &Batch| {
            let detail = (rule.test)(batch)?;
            Some(Concern { batch_id: batch.id.clone(), detail: detail.into() })
        };
        let concerns: Vec<_> = batches.iter().filter_map(concern).collect();
        (!concerns.is_empty()).then(|| Finding {
            code: rule.code.to_owned(),
            severity: rule.severity,
            title: rule.title.to_owned(),
            rule: rule.rule.to_owned(),
            concerns,
        })
    });
    found.chain(batches.is_empty().then(nil_return)).collect()
}

fn nil_return() -> Finding {
    Finding {
        code: NIL_RETURN.to_owned(),
        severity: Severity::Medium,
        title: "Nil return".to_owned(),
        rule: "A period in which calls were placed has batches. None is dated in this one: check that the workspace and the \
               API key are those that placed the calls."
            .to_owned(),
        concerns: Vec::new(),
    }
}

fn rules(circumstances: Circumstances<'_>) -> Vec<Rule<'_>> {
    let changes = by_id(circumstances.changes, |change| &change.id);
    let ahead = by_id(circumstances.ahead, |ahead| &ahead.id);
    let gone = by_id(circumstances.calls_gone, |noted| &noted.id);
    let differ = by_id(circumstances.calls_differ, |noted| &noted.id);
    let damaged = by_id(circumstances.damaged, |noted| &noted.id);
    let mut rules = vec![
        Rule {
            code: "counts-exceed-total",
            severity: Severity::High,
            title: "Counts exceed the total",
            rule: "Completed and failed calls together must not exceed the total calls of the batch.",
            test: Box::new(counts_exceed_total),
        },
        Rule {
            code: "created-after-server-date",
            severity: Severity::High,
            title: "Created after the server's date",
            rule: "A batch must not be dated after the moment at which the server answered with it.",
            test: Box::new(move |batch| {
                let at = ahead.get(&*batch.id)?.server_date;
                Some(format!("created {}, answered {}", rfc3339(batch.created_at), rfc3339(at)))
            }),
        },
        Rule {
            code: "calls-unaccounted",
            severity: Severity::Medium,
            title: "Completed, but calls are unaccounted for",
            rule: "In a batch with the status completed, completed and failed calls should add up to the total calls.",
            test: Box::new(calls_unaccounted),
        },
        Rule {
            code: "unknown-status",
            severity: Severity::Medium,
            title: "Status that is not documented",
            rule: "Every status should be one that the API documents; others are kept as given, and whether they are final is not known.",
            test: Box::new(|batch| {
                (batch.status.finality() == Finality::Unknown).then(|| format!("status {}", batch.status))
            }),
        },
        Rule {
            code: "changed-while-collected",
            severity: Severity::Medium,
            title: "Changed while being collected",
            rule: "A batch that changes between two readings was still at work; the last reading is reported.",
            test: Box::new(move |batch| Some(changes.get(&*batch.id)?.words())),
        },
        Rule {
            code: "call-logs-differ",
            severity: Severity::Medium,
            title: "The list and the call logs differ",
            rule: "Completed and failed calls of a batch should be as many in the list as in its call logs, unless the two count something else; both numbers are given.",
            test: Box::new(move |batch| Some(differ.get(&*batch.id)?.detail.to_string())),
        },
        Rule {
            code: "call-logs-not-found",
            severity: Severity::Medium,
            title: "Call logs not found",
            rule: "The calls of every batch in the list should be there to be counted; those of a batch that was deleted meanwhile are not, and the figures that they would give are not reported.",
            test: Box::new(move |batch| Some(gone.get(&*batch.id)?.detail.to_string())),
        },
        Rule {
            code: "figure-not-reported",
            severity: Severity::Low,
            title: "Figure not reported",
            rule: "The API should report total, completed and failed calls of every batch; a figure that it did not give is left out of the sums, never counted as 0.",
            test: Box::new(figure_not_reported),
        },
        Rule {
            code: "agent-not-reported",
            severity: Severity::Low,
            title: "Agent not reported",
            rule: "Every batch should name the agent that called, in a form of the API's answer that has agents; otherwise it is not known who called.",
            test: Box::new(|batch| {
                (batch.form.has_agents() && batch.agent_id.as_deref().is_none_or(str::is_empty))
                    .then(|| "no agent".to_owned())
            }),
        },
        Rule {
            code: "text-damaged",
            severity: Severity::Low,
            title: "Damaged text or field",
            rule: "Every text should come whole and every field once. U+FFFD takes the place of half a character (a surrogate without its pair) and of bytes that are not UTF-8; a field that no figure depends on and that is given twice is kept twice. The evidence holds the answer as it came.",
            test: Box::new(move |batch| Some(damaged.get(&*batch.id)?.detail.to_string())),
        },
        Rule {
            code: "id-changed-by-spreadsheet",
            severity: Severity::Low,
            title: "Id that a spreadsheet would change",
            rule: "A spreadsheet that opens the CSV unasked should show every id as it is; these it would take for something else, and save so. Import the column batch_id as text.",
            test: Box::new(|batch| taken_for(&batch.id).map(|what| format!("taken for {what}"))),
        },
    ];
    if circumstances.period_over {
        let not_final = Rule {
            code: NOT_FINAL,
            severity: Severity::Medium,
            title: "Not final although the period is over",
            rule: "After the end of the period every batch should have reached a final status; the figures of one that has not may still change.",
            test: Box::new(|batch: &Batch| {
                (batch.status.finality() == Finality::Open).then(|| format!("status {}", batch.status))
            }),
        };
        let place = rules.iter().position(|rule| rule.code == "unknown-status").unwrap_or(rules.len());
        rules.insert(place, not_final);
    }
    rules
}

/// The code of the finding over batches whose status is not final although the period is over.
pub const NOT_FINAL: &str = "not-final";

/// The code of the finding over a period without a batch.
pub const NIL_RETURN: &str = "nil-return";

/// The code of the finding that [`unshown`] gives.
pub const UNSHOWN: &str = "characters-not-shown";

/// How many different characters it names of each batch.
const NAMED: usize = 12;

/// The finding over batches that the PDF does not show whole, in the order of the register; none if there are none.
///
/// It stands apart from the other rules because it is about the report's own fonts, not about what the API gave.
pub fn unshown(batches: &[Unshown]) -> Option<Finding> {
    let all: usize = batches.iter().map(|batch| batch.characters.len()).sum();
    let concern = |batch: &Unshown| {
        let detail = match batch.characters.len() {
            1 => format!("1 character: {}", code_points(&batch.characters)),
            count => format!("{count} characters: {}", code_points(&batch.characters)),
        };
        Concern { batch_id: batch.id.clone(), detail: detail.into() }
    };
    (!batches.is_empty()).then(|| Finding {
        code: UNSHOWN.to_owned(),
        severity: Severity::Low,
        title: format!("Characters that no font of the PDF has: {all}"),
        rule: "Every character of a batch's id, name, status and agent should be in a font of the PDF; one that is in none is \
               shown there as U+FFFD, and the other files hold it as it came."
            .to_owned(),
        concerns: batches.iter().map(concern).collect(),
    })
}

/// The different characters by their numbers: `U+6625 U+8282`.
fn code_points(characters: &[char]) -> String {
    let mut seen: Vec<char> = Vec::new();
    for c in characters {
        if !seen.contains(c) {
            seen.push(*c);
        }
    }
    let named: Vec<String> = seen.iter().take(NAMED).map(|c| format!("U+{:04X}", u32::from(*c))).collect();
    let more = if seen.len() > NAMED { " and others" } else { "" };
    format!("{}{more}", named.join(" "))
}

fn by_id<'a, T>(items: &'a [T], id: impl Fn(&'a T) -> &'a str) -> std::collections::BTreeMap<&'a str, &'a T> {
    items.iter().map(|item| (id(item), item)).collect()
}

fn counts_exceed_total(batch: &Batch) -> Option<String> {
    let total = batch.total_calls?;
    let (completed, failed) = (batch.completed_calls.unwrap_or(0), batch.failed_calls.unwrap_or(0));
    // In 128 bits: this rule is what reports figures too large to be true.
    let counted = u128::from(completed) + u128::from(failed);
    (counted > u128::from(total)).then(|| match (batch.completed_calls, batch.failed_calls) {
        (Some(_), Some(_)) => format!("completed {completed} + failed {failed} = {counted}, total {total}"),
        (Some(_), None) => format!("completed {completed}, total {total}"),
        _ => format!("failed {failed}, total {total}"),
    })
}

fn calls_unaccounted(batch: &Batch) -> Option<String> {
    let left = batch.other_calls().filter(|left| *left > 0)?;
    let (total, completed, failed) = (batch.total_calls?, batch.completed_calls?, batch.failed_calls?);
    (batch.status.as_str() == "completed")
        .then(|| format!("total {total}, completed {completed}, failed {failed}: {left} unaccounted for"))
}

fn figure_not_reported(batch: &Batch) -> Option<String> {
    let missing = Column::ALL.into_iter().filter(|column| column.of(batch).is_none());
    let missing: Vec<_> = missing.map(Column::words).collect();
    (!missing.is_empty()).then(|| format!("not reported: {}", missing.join(", ")))
}
