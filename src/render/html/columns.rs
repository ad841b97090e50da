//! How wide the columns of the register are: by what is in them, so that no head, figure or agent's id breaks within a word.

use std::fmt;

use crate::report::AuditReport;

/// A status or an agent's id that is longer is broken.
const LONGEST: usize = 20;
/// More characters beside the batch than this leave the batch too little on a screen that is not wide.
const NARROW: usize = 82;
/// The columns of fixed content: when created (in three lines), and the share.
const CREATED: usize = 11;
const SHARE: usize = 9;

/// The widths in characters, for the style sheet; the batch gets the rest.
pub struct Widths {
    number: usize,
    status: usize,
    agent: usize,
    figures: [usize; 4],
}

impl Widths {
    /// Of all tables of the register alike.
    pub fn of(report: &AuditReport) -> Self {
        let length = |text: &str| text.chars().count();
        let longest = |least: usize, texts: &mut dyn Iterator<Item = usize>| texts.fold(least, usize::max).min(LONGEST);
        let agents = &mut report.register.iter().filter_map(|batch| batch.agent_id.as_deref()).map(length);
        let statuses = &mut report.totals.by_status.iter().map(|entry| length(entry.status.as_str()));
        let mut sums = report.totals.all.calls().into_iter();
        Self {
            number: longest(3, &mut std::iter::once(length(&report.grouped(report.register.len() as u64)))),
            status: longest(6, statuses),
            agent: longest(5, agents),
            // The total is set in bold. A word of "not reported", or of the heads, has up to 9 letters.
            figures: [8, 9, 8, 8]
                .map(|least| sums.next().flatten().map_or(0, |sum| length(&report.grouped(sum)) + 1).max(least)),
        }
    }

    fn sum(&self) -> usize {
        self.number + self.status + CREATED + self.agent + self.figures.iter().sum::<usize>() + SHARE
    }

    /// Whether the table has to scroll by itself on a usual screen.
    pub fn is_wide(&self) -> bool {
        self.sum() > NARROW
    }
}

/// As custom properties of the table.
impl fmt::Display for Widths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, status, agent, figures: [a, b, c, d] } = self;
        let n = self.figures.iter().max().copied().unwrap_or_default();
        write!(
            f,
            "--no:{number};--st:{status};--ag:{agent};--n1:{a};--n2:{b};--n3:{c};--n4:{d};--n:{n};--sum:{}",
            self.sum()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Standing, fixture};

    #[test]
    fn widths_follow_the_longest_of_each_column() {
        let mut report = fixture::report(40, Standing::Complete);
        let usual = Widths::of(&report);
        assert!(!usual.is_wide(), "{usual}");
        assert_eq!((usual.number, usual.agent, usual.status), (3, 7, 10));
        report.totals.all.total_calls = Some(u64::MAX);
        report.register[3].agent_id = Some("agent-of-the-second-team-in-mumbai".into());
        let wide = Widths::of(&report);
        assert_eq!((wide.agent, wide.figures[0]), (LONGEST, 27));
        assert!(wide.is_wide());
        assert_eq!(wide.to_string().split("--").count(), 10);
    }
}
