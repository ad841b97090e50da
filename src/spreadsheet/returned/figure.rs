//! Figures as countries write them: `1234`, `1,234`, `1.234`, `12,34,567`, `1 234,00`, `1.234E+03`.

/// What is before the decimals. What groups digits is anything else that does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decimals {
    /// `1,234.00`
    Point,
    /// `1.234,00`
    Comma,
}

/// How the figures of a file are written, as far as cells report that can be read in one way only.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    point: bool,
    comma: bool,
}

/// What a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// This figure.
    One(u64),
    /// One of two, and nothing in the file reports which.
    Either(u64, u64),
    /// No figure.
    None,
}

impl Style {
    /// Learns from a cell.
    pub fn learn(&mut self, cell: &str) {
        match (parse(cell, Decimals::Point), parse(cell, Decimals::Comma)) {
            (Some(_), None) => self.point = true,
            (None, Some(_)) => self.comma = true,
            _ => {}
        }
    }

    /// Reads a cell.
    pub fn read(self, cell: &str) -> Reading {
        match (parse(cell, Decimals::Point), parse(cell, Decimals::Comma)) {
            (None, None) => Reading::None,
            (Some(figure), None) | (None, Some(figure)) => Reading::One(figure),
            (Some(one), Some(other)) if one == other => Reading::One(one),
            (Some(point), Some(comma)) => match (self.point, self.comma) {
                (true, false) => Reading::One(point),
                (false, true) => Reading::One(comma),
                _ => Reading::Either(point, comma),
            },
        }
    }
}

/// The whole number that a cell says, if its decimals come after such a sign.
fn parse(cell: &str, decimals: Decimals) -> Option<u64> {
    let text = cell.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix('+').unwrap_or(exponent).parse::<i32>().ok()?),
        None => (text, 0),
    };
    let sign = if decimals == Decimals::Point { '.' } else { ',' };
    let (whole, fraction) = mantissa.split_once(sign).unwrap_or((mantissa, ""));
    // The digits before an exponent are never grouped.
    let mut digits = if mantissa.len() < text.len() { plain(whole)? } else { ungrouped(whole, decimals)? };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit())
        || !(-30..=30).contains(&exponent)
        || mantissa.ends_with(sign)
    {
        return None;
    }
    digits.push_str(fraction);
    // How many of the digits stand after the decimal sign once the exponent is applied.
    let after = i32::try_from(fraction.len()).ok()? - exponent;
    let (kept, cut) = match usize::try_from(after) {
        Ok(after) => digits.split_at_checked(digits.len().saturating_sub(after))?,
        Err(_) => (digits.as_str(), ""),
    };
    let zeros = usize::try_from(-after).unwrap_or(0);
    if cut.bytes().any(|digit| digit != b'0') {
        return None;
    }
    format!("0{kept}{}", "0".repeat(zeros)).parse().ok()
}

fn plain(whole: &str) -> Option<String> {
    (!whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit())).then(|| whole.to_owned())
}

/// Digits without what groups them: one sign all through, before the last three digits, and before two or three others.
fn ungrouped(whole: &str, decimals: Decimals) -> Option<String> {
    let point = if decimals == Decimals::Point { ',' } else { '.' };
    let groups_by = [point, ' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '’'];
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let Some(sign) = whole.chars().find(|c| groups_by.contains(c)) else {
        return plain(whole);
    };
    let groups: Vec<&str> = whole.split(sign).collect();
    let (last, others) = groups.split_last()?;
    let (first, middle) = others.split_first()?;
    let grouped = last.len() == 3
        && (1..=3).contains(&first.len())
        && (middle.iter().all(|group| group.len() == 3)
            || middle.iter().all(|group| group.len() == 2) && first.len() < 3);
    let only_digits = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
    (grouped && only_digits).then_some(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_figure_is_read_however_it_is_written() {
        for (cell, figure) in [
            ("1234", 1234),
            ("1,234", 1234),
            ("1.234", 1234),
            ("1 234", 1234),
            ("1\u{a0}234", 1234),
            ("1'234", 1234),
            ("1234.0", 1234),
            ("1234,00", 1234),
            ("1,234.00", 1234),
            ("1.234,00", 1234),
            ("12,34,567", 1_234_567),
            ("1.234E+03", 1234),
            ("1,234E3", 1234),
            (" 7 ", 7),
            ("0", 0),
            ("007", 7),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(Style::default().read(cell), Reading::One(figure), "{cell}");
        }
        for cell in
            ["", "-5", "1.5", "1,23", "1,2345", "12 34", "five", "1E", "1.", "1,,234", "99999999999999999999", "1E40"]
        {
            assert_eq!(Style::default().read(cell), Reading::None, "{cell}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_settled_by_the_rest_of_the_file() {
        let mut style = Style::default();
        assert_eq!(style.read("1.000"), Reading::Either(1, 1000));
        style.learn("2.000");
        assert_eq!(
            style.read("1.000"),
            Reading::Either(1, 1000),
            "another that can be read in two ways reports nothing"
        );
        style.learn("1.234");
        assert_eq!(style.read("1.000"), Reading::One(1000));
        style.learn("5.0");
        assert_eq!(style.read("1.000"), Reading::Either(1, 1000), "the file contradicts itself");
    }

    proptest! {
        #[test]
        fn any_cell_is_read_or_not(cell in ".{0,30}") {
            Style::default().read(&cell);
        }

        #[test]
        fn plain_digits_are_the_figure(figure in any::<u64>()) {
            prop_assert_eq!(Style::default().read(&figure.to_string()), Reading::One(figure));
        }
    }
}
