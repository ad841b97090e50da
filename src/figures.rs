//! Figures for people: how their digits are grouped, shares of a whole, and one or several of a thing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What stands for a figure that the API did not give.
pub const NOT_REPORTED: &str = "not reported";

/// How the digits of a figure are grouped where people read it. Data formats group none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grouping {
    /// Groups of three, commas between them: `1,234,567`.
    #[default]
    Comma,
    /// Groups of three, narrow no-break spaces (U+202F) between them.
    Thin,
    /// As in India, a group of three and before it groups of two: `12,34,567`.
    Indian,
    /// No groups: `1234567`.
    None,
}

impl Grouping {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Comma, Self::Thin, Self::Indian, Self::None];

    /// The word in arguments and in data.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Thin => "thin",
            Self::Indian => "indian",
            Self::None => "none",
        }
    }

    /// The separator before the last `left` digits of a figure, where there is one.
    fn before(self, left: usize) -> Option<char> {
        match self {
            Self::Comma if left.is_multiple_of(3) => Some(','),
            Self::Thin if left.is_multiple_of(3) => Some('\u{202f}'),
            Self::Indian if left == 3 || (left > 3 && left % 2 == 1) => Some(','),
            _ => None,
        }
    }

    /// A figure with its digits in groups.
    pub fn grouped(self, figure: u64) -> String {
        let digits = figure.to_string();
        let mut text = String::with_capacity(digits.len() + digits.len());
        for (place, digit) in digits.chars().enumerate() {
            text.extend(self.before(digits.len() - place).filter(|_| place > 0));
            text.push(digit);
        }
        text
    }

    /// [`Self::grouped`], or [`NOT_REPORTED`].
    pub fn figure(self, figure: Option<u64>) -> String {
        figure.map_or_else(|| NOT_REPORTED.to_owned(), |figure| self.grouped(figure))
    }

    /// So many of a thing: `1 batch`, `1,204 batches`.
    pub fn count(self, count: u64, one: &str, several: &str) -> String {
        format!("{} {}", self.grouped(count), if count == 1 { one } else { several })
    }

    /// [`Self::count`] of batches.
    pub fn batches(self, count: u64) -> String {
        self.count(count, "batch", "batches")
    }
}

impl fmt::Display for Grouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Grouping {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|grouping| grouping.as_str() == text).ok_or(())
    }
}

/// Tenths of a percent, rounded down and at most 1000, so that 1000 means the whole; of nothing it is 0.
pub fn per_mille(part: u128, of: u64) -> u128 {
    if of == 0 { 0 } else { (part * 1000 / u128::from(of)).min(1000) }
}

/// A share as every page states it: to one decimal, rounded down, so that `100.0%` means all of them alone.
pub fn share(part: u64, of: u64) -> String {
    let share = per_mille(part.into(), of);
    format!("{}.{}%", share / 10, share % 10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_grouping_writes_its_own_way() {
        let written = |figure| Grouping::ALL.map(|grouping| grouping.grouped(figure));
        assert_eq!(written(123), ["123"; 4]);
        assert_eq!(written(1_234), ["1,234", "1\u{202f}234", "1,234", "1234"]);
        assert_eq!(written(12_345_678), ["12,345,678", "12\u{202f}345\u{202f}678", "1,23,45,678", "12345678"]);
        assert_eq!(written(1_234_567)[2], "12,34,567");
    }

    #[test]
    fn one_is_singular_and_nothing_else_is() {
        let read = [0, 1, 2, 1_204].map(|count| Grouping::Comma.batches(count));
        assert_eq!(read, ["0 batches", "1 batch", "2 batches", "1,204 batches"]);
    }

    #[test]
    fn only_all_of_them_are_100_percent() {
        assert_eq!(share(u64::MAX - 1, u64::MAX), "99.9%");
        assert_eq!(
            [share(u64::MAX, u64::MAX), share(5, 8), share(1, 3), share(0, 7)],
            ["100.0%", "62.5%", "33.3%", "0.0%"]
        );
    }

    proptest! {
        #[test]
        fn no_grouping_changes_a_digit(figure: u64) {
            for grouping in Grouping::ALL {
                let digits: String = grouping.grouped(figure).chars().filter(char::is_ascii_digit).collect();
                prop_assert_eq!(digits, figure.to_string());
            }
        }

        #[test]
        fn a_grouping_is_known_by_its_word(place in 0..4_usize) {
            let grouping = Grouping::ALL[place];
            prop_assert_eq!(grouping.as_str().parse(), Ok(grouping));
            prop_assert_eq!(serde_json::to_value(grouping).unwrap(), grouping.as_str());
        }
    }
}
