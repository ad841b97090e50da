//! What a package is of, and whether the names of its folder and files say the same.

use crate::package::{Manifest, Subject};
use crate::report::Head;

/// What is wrong with the names of a package: its own, which the period gives, and that of the folder that it is in.
pub(super) fn of_manifest(manifest: &Manifest, folder: Option<&str>) -> Vec<String> {
    let Some(subject) = &manifest.subject else {
        return vec![
            "its manifest does not state of which period, standing and source it is: it is of an older version"
                .to_owned(),
        ];
    };
    let mut problems = Vec::new();
    let stem = format!("batch-audit-{}", subject.period.slug);
    if manifest.package != stem {
        problems
            .push(format!("its manifest names the package {} and is of {}", manifest.package, subject.period.label));
    }
    if let Some(name) = folder.filter(|name| says_otherwise(name, &stem)) {
        problems.push(format!("the folder is named `{name}`, and what is in it is {stem}"));
    }
    problems
}

/// Whether the report's data is of something else than the manifest states.
pub(super) fn differs(subject: &Subject, head: &Head) -> Option<String> {
    let of = |what: &str, stated: &str, found: &str| {
        (stated != found).then(|| format!("its manifest states the {what} {stated}, its data {found}"))
    };
    of("period", &subject.period.label, &head.period.label)
        .or_else(|| of("zone", subject.period.timezone.name(), head.period.timezone.name()))
        .or_else(|| of("standing", subject.standing.mark(), head.standing.mark()))
        .or_else(|| of("source", &subject.source.endpoint, &head.scope.endpoint))
        .or_else(|| {
            let same = subject.period == head.period && subject.source == head.scope;
            (!same).then(|| "its manifest and its data do not state the same period and source".to_owned())
        })
}

/// Whether a name says that what bears it is of another period than `stem`: it names another package, or another quarter. A name
/// that says nothing of a period is no contradiction.
pub fn says_otherwise(name: &str, stem: &str) -> bool {
    let periods = |text: &str| -> Vec<String> {
        let upper = text.to_ascii_uppercase();
        quarters(&upper).into_iter().chain(ranges(&upper)).collect()
    };
    let own = periods(stem);
    periods(name).iter().any(|period| !own.contains(period))
}

/// The quarters in a text of capitals, as `2024-Q1` or `FY2024-Q1`, however they are written: `2024Q1`, `Q1 2024`, `2024_q1`.
fn quarters(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let digit = |at: usize| letters.get(at).is_some_and(char::is_ascii_digit);
    let places = (0..letters.len()).filter(|at| {
        let begins = at.checked_sub(1).and_then(|before| letters.get(before)).is_none_or(|c| !c.is_ascii_alphabetic());
        letters.get(*at) == Some(&'Q') && begins && matches!(letters.get(at + 1), Some('1'..='4')) && !digit(at + 2)
    });
    let year = |at: usize| -> Option<String> {
        let year: String = letters.get(at..at + 4)?.iter().collect();
        let is_year = year.bytes().all(|byte| byte.is_ascii_digit()) && !digit(at + 4);
        let before = at.checked_sub(1).is_some_and(digit);
        let fiscal = at.checked_sub(2).and_then(|from| letters.get(from..at)) == Some(&['F', 'Y']);
        (is_year && !before).then(|| if fiscal { format!("FY{year}") } else { year })
    };
    let separated = |at: usize| letters.get(at).is_some_and(|c| "-_ .".contains(*c));
    places
        .filter_map(|at| {
            let quarter = letters.get(at + 1)?;
            let before = at.checked_sub(4).and_then(year);
            let before = before.or_else(|| at.checked_sub(5).filter(|_| separated(at - 1)).and_then(year));
            let after = || {
                let from = if separated(at + 2) { at + 3 } else { at + 2 };
                let from = if letters.get(from..from + 2) == Some(&['F', 'Y']) { from + 2 } else { from };
                year(from)
            };
            Some(format!("{}-Q{quarter}", before.or_else(after)?))
        })
        .collect()
}

/// The ranges of days in a text, as `20240101-20240215`.
fn ranges(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).collect();
    let day = |part: &str| part.len() == 8;
    let pairs = parts.windows(2).filter_map(|pair| match pair {
        [one, other] if day(one) && day(other) => Some(format!("{one}-{other}")),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_another_period_is_distinguished_from_one_that_says_nothing() {
        let stem = "batch-audit-2024-Q1";
        for other in [
            "batch-audit-2024-Q2",
            "batch-audit-2023-Q1",
            "batch-audit-FY2024-Q1",
            "2024Q2",
            "report q3 2024",
            "Q4-FY2024",
            "audit_2024_q2.final",
            "batch-audit-20240101-20240215",
            "batch-audit-2024-Q2-totals.csv",
        ] {
            assert!(says_otherwise(other, stem), "{other}");
        }
        for same in [
            "batch-audit-2024-Q1",
            "batch-audit-2024-Q1 (1)",
            "Q1 2024",
            "2024q1-delivered-20240405",
            "audit",
            "quarter",
            "tmp.Q1x2",
            "batch-audit-2024-Q1-totals.csv",
            "FAQ1 2023",
        ] {
            assert!(!says_otherwise(same, stem), "{same}");
        }
        let range = "batch-audit-20240101-20240215";
        assert!(!says_otherwise(range, range) && says_otherwise("batch-audit-20240101-20240216", range));
        assert!(says_otherwise(stem, "batch-audit-FY2024-Q1"));
    }
}
