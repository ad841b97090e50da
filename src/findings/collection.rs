//! What the answers showed of the list itself: findings over the collection, not over single batches.

use chrono::TimeDelta;

use super::{Concern, Finding, Severity};
use crate::batch::rfc3339;
use crate::collect::{Counted, NotExact, Observations};

/// Totals at which servers stop counting.
const ROUND_CAPS: [u64; 7] = [500, 1_000, 5_000, 10_000, 50_000, 65_536, 100_000];

/// The findings over the collection. `readings` is how many readings it took.
pub fn of_collection(observed: &Observations) -> Vec<Finding> {
    let found = [
        two_dates(observed),
        not_exact(observed),
        counted(observed),
        stale(observed),
        totals_differ(observed),
        contradicting_totals(observed),
        list_end(observed),
        repeated(observed),
        disorder(observed),
        instants(observed),
        silent_cap(observed),
    ];
    found.into_iter().flatten().collect()
}

fn finding(code: &str, severity: Severity, title: &str, rule: String) -> Finding {
    Finding { code: code.to_owned(), severity, title: title.to_owned(), rule, concerns: Vec::new() }
}

fn times(count: u64, one: &str, more: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {more}") }
}

fn two_dates(observed: &Observations) -> Option<Finding> {
    let concern = |dates: &crate::collect::TwoDates| Concern {
        batch_id: dates.id.clone(),
        detail: format!("created {} in one answer, {} in another", rfc3339(dates.first), rfc3339(dates.second)).into(),
    };
    let concerns: Vec<_> = observed.two_dates.iter().map(concern).collect();
    (!concerns.is_empty()).then(|| Finding {
        concerns,
        ..finding(
            "two-creation-times",
            Severity::High,
            "Two creation times for one id",
            "The creation time of a batch must not change: the period that it belongs to depends on it.".to_owned(),
        )
    })
}

fn not_exact(observed: &Observations) -> Option<Finding> {
    let why = match observed.not_exact.as_ref()? {
        NotExact::Stale => {
            "the API's answers came from a cache, or were dated earlier than answers before them, so that they may be of \
             earlier moments"
                .to_owned()
        }
        NotExact::Repeated => {
            "the API leaves so few ways to ask for its pages that the second reading had to repeat requests of the first"
                .to_owned()
        }
        NotExact::Changing { readings } => {
            format!("the list changed during each of {}", times(*readings, "reading", "readings"))
        }
        NotExact::Failed { why } => format!("a further reading failed: {why}"),
    };
    let rule = format!(
        "The register should be the list at one moment. It holds every batch that was in the list during the whole reading; \
         it may also hold batches that came or went meanwhile: {why}."
    );
    Some(finding("not-exact-at-one-moment", Severity::Medium, "Not exact at one moment", rule))
}

fn counted(observed: &Observations) -> Option<Finding> {
    let why = match observed.counted? {
        Counted::PagesOfOneSize => "the API serves pages of one size only, so that they cannot overlap",
        Counted::EqualTimesReorder => "batches of one creation time change their order from answer to answer",
    };
    let rule = format!(
        "Answers should overlap, so that no total is needed. Here they could not be joined, because {why}; the proof rests on \
         the API's totals."
    );
    Some(finding("proof-rests-on-totals", Severity::Medium, "The proof rests on the API's totals", rule))
}

fn stale(observed: &Observations) -> Option<Finding> {
    let rule = format!(
        "An answer should be of the moment at which it is given. {} from a cache, or dated more than a minute before one that \
         had come earlier.",
        times(observed.stale, "answer came", "answers came")
    );
    (observed.stale > 0).then(|| finding("stale-answers", Severity::Low, "Stale answers", rule))
}

fn totals_differ(observed: &Observations) -> Option<Finding> {
    let (demanded, kept) = observed.totals_differ?;
    let rule = format!(
        "The API's totals should agree with its rows. By its totals the range that was collected holds {demanded} batches; \
         the answers, which overlap and leave no gap, hold {kept}. The register does not rest on these totals."
    );
    Some(finding("total-differs", Severity::Medium, "The API's total does not agree with its list", rule))
}

fn contradicting_totals(observed: &Observations) -> Option<Finding> {
    let rule = format!(
        "The total of an answer should fit the number of its rows. In {} it does not; the register does not rest on it.",
        times(observed.contradicting_totals, "answer", "answers")
    );
    (observed.contradicting_totals > 0)
        .then(|| finding("total-contradicts-rows", Severity::Low, "Totals that do not fit their rows", rule))
}

fn list_end(observed: &Observations) -> Option<Finding> {
    let (total, rows) = observed.list_end?;
    let cap =
        total.filter(|total| ROUND_CAPS.contains(total)).into_iter().chain(Some(rows)).find(|n| ROUND_CAPS.contains(n));
    let named = match cap {
        Some(cap) => format!(
            " The list ends at {rows} rows, and {cap} is a number at which servers stop showing or counting rows: ask the \
             vendor whether the list goes on."
        ),
        None => format!(" The list ends at {}.", times(rows, "row", "rows")),
    };
    let rule = format!(
        "A batch older than the period should be seen in the list. None was, so the start of the period rests on the list's \
         end.{named}"
    );
    let severity = if cap.is_some() { Severity::High } else { Severity::Low };
    Some(finding("list-ends-in-period", severity, "The list ends inside the period", rule))
}

/// The finding over a `total` at which servers stop counting, where the list's end is not in the period.
pub fn round_total(total: u64) -> Option<Finding> {
    let rule = format!(
        "The API's total should count the whole list. {total} is a number at which servers stop counting; the register does not \
         rest on it where overlapping answers cover the period."
    );
    ROUND_CAPS
        .contains(&total)
        .then(|| finding("total-is-round", Severity::Low, "The API's total is a round number", rule))
}

/// The finding over a period whose days are of UTC because no time zone was named.
pub fn default_zone() -> Finding {
    let rule =
        "The time zone of the period should be named, because a batch created near midnight belongs to another day in \
                another zone. None was: the days are those of UTC."
            .to_owned();
    finding("time-zone-default", Severity::Low, "No time zone was named", rule)
}

/// The finding over answers of the company that are to no finding of the report.
pub fn unmatched(answers: &[String]) -> Option<Finding> {
    let rule = format!(
        "Every disposition should be of a finding of this report, and of a batch that it concerns. {} not: {}.",
        times(answers.len() as u64, "is", "are"),
        answers.join(", ")
    );
    (!answers.is_empty()).then(|| finding("disposition-unmatched", Severity::Low, "Disposition of no finding", rule))
}

fn repeated(observed: &Observations) -> Option<Finding> {
    let concern = |id: &str| Concern { batch_id: id.into(), detail: "duplicate in one answer, counted once".into() };
    let concerns: Vec<_> = observed.repeated.iter().map(|id| concern(id)).collect();
    let rule = "An answer should hold a batch once.".to_owned();
    (!concerns.is_empty()).then(|| Finding {
        concerns,
        ..finding("duplicate-in-answer", Severity::Low, "Duplicate rows in one answer", rule)
    })
}

fn disorder(observed: &Observations) -> Option<Finding> {
    let by = observed.disorder;
    let amount = match by.num_milliseconds() {
        0 => "less than a millisecond".to_owned(),
        milliseconds if by < TimeDelta::seconds(10) => format!("{milliseconds} ms"),
        _ => format!("{} s", by.num_seconds()),
    };
    let rule = format!(
        "The list should be newest first. A row was newer than one before it, by {amount} at most; the reading allowed for \
         twice as much, or read the whole list."
    );
    (by > TimeDelta::zero()).then(|| finding("rows-out-of-order", Severity::Low, "Rows not newest first", rule))
}

fn instants(observed: &Observations) -> Option<Finding> {
    let first = observed.instants.first()?;
    let rule = format!(
        "Answers are joined where creation times differ. At {} (the first: {}) as many batches have one creation time as an \
         answer showed, so their rows were joined by id; this supposes that batches of one creation time keep their order, \
         which was checked where answers overlap.",
        times(observed.instants.len() as u64, "instant", "instants"),
        rfc3339(*first)
    );
    Some(finding("equal-times-joined-by-id", Severity::Low, "Many batches of one creation time", rule))
}

fn silent_cap(observed: &Observations) -> Option<Finding> {
    let cap = observed.silent_cap?;
    let rule = format!(
        "An answer should state how many rows a page has. The API served at most {cap} rows a page and stated more; the pages \
         were asked for accordingly."
    );
    Some(finding("page-size-not-stated", Severity::Low, "Page size not as stated", rule))
}

/// The finding over two clocks, of which the server's is `ahead` of the machine's by more than they may differ.
pub fn clocks_apart(ahead: TimeDelta) -> Finding {
    let direction = if ahead > TimeDelta::zero() { "ahead of" } else { "behind" };
    let rule = format!(
        "The API's clock and that of the machine that collected should agree. The API's is {} {direction} the machine's. Whether \
         the period was over is decided by the API's clock; signatures are dated by the machine's.",
        span(ahead.abs())
    );
    finding("clocks-differ", Severity::Medium, "The API's clock and the machine's differ", rule)
}

/// A span of time for people, in its largest units.
pub fn span(time: TimeDelta) -> String {
    match (time.num_days(), time.num_hours()) {
        (0, 0) => times(time.num_minutes().unsigned_abs(), "minute", "minutes"),
        (0, hours) => times(hours.unsigned_abs(), "hour", "hours"),
        (days, _) => times(days.unsigned_abs(), "day", "days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_shows_nothing_odd_has_no_finding() {
        assert_eq!(of_collection(&Observations::default()), []);
    }

    #[test]
    fn a_list_that_ends_at_a_round_cap_is_named() {
        let end = |total, rows| Observations { list_end: Some((total, rows)), ..Observations::default() };
        let found = of_collection(&end(Some(1_000), 1_000));
        assert!(found[0].rule.contains("1000 is a number") && found[0].severity == Severity::High, "{found:?}");
        let plain = of_collection(&end(Some(612), 612));
        assert!(plain[0].severity == Severity::Low && !plain[0].rule.contains("vendor"), "{plain:?}");
    }

    #[test]
    fn both_numbers_are_named_where_the_total_differs() {
        let found = of_collection(&Observations { totals_differ: Some((-3, 12)), ..Observations::default() });
        assert!(found[0].rule.contains("holds -3 batches") && found[0].rule.contains("hold 12"), "{found:?}");
    }
}
