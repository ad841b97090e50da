//! Spreadsheets: what one takes a text for that it opens unasked (a number, a date, a truth value), which cells it would run and
//! how these are escaped and read back ([`cell`]), and what it makes of a whole register that it saves again ([`returned`]).

pub mod cell;
pub mod returned;

/// The title of the column, in a workbook, of instants with digits that a date does not hold.
pub const EXACT: &str = "created_at_exact";
/// The labels of the rows that a workbook has below the register.
pub const FOOT: [&str; 4] =
    ["Total of all rows, by formula", "Total, as signed", "Difference", "Total of the rows that the filter shows"];
/// What a workbook has in the place of a sum that a spreadsheet would round.
pub const NOT_COMPUTED: &str = "more than 15 digits";

/// The byte order mark, as UTF-8.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// What a spreadsheet would take an id for whose text it would change by that; `None` where the id stays as it is.
///
/// Plain numbers of up to 15 digits without leading zeros are numbers too, but come back as the same digits.
pub fn taken_for(id: &str) -> Option<&'static str> {
    let id = id.trim();
    changed_number(id)
        .or_else(|| is_exponent(id).then_some("a number with an exponent"))
        .or_else(|| is_date_like(id).then_some("a date or a time"))
        .or_else(|| ["true", "false"].iter().any(|word| id.eq_ignore_ascii_case(word)).then_some("a truth value"))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn changed_number(id: &str) -> Option<&'static str> {
    let unsigned = id.trim_start_matches(['+', '-']);
    let (whole, fraction) = unsigned.split_once(['.', ',']).unwrap_or((unsigned, "0"));
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    if whole.len() > 15 {
        return Some("a number, of which it keeps 15 digits");
    }
    if whole.len() > 1 && whole.starts_with('0') {
        return Some("a number, of which it drops leading zeros");
    }
    (whole.len() != id.len()).then_some("a number")
}

fn is_exponent(id: &str) -> bool {
    let Some((mantissa, exponent)) = id.split_once(['e', 'E']) else { return false };
    let mantissa = mantissa.trim_start_matches(['+', '-']);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    all_digits(whole) && all_digits(fraction) && all_digits(exponent.trim_start_matches(['+', '-']))
}

/// `2024-01-31`, `1/2`, `12:30`, `3-Mar`, `MAR24`, `Sept-7`: short parts of digits, or a month's name beside digits.
fn is_date_like(id: &str) -> bool {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let month = id.split(|c: char| !c.is_ascii_alphabetic()).find(|word| !word.is_empty());
    let rest_is_short = || id.split(|c: char| !c.is_ascii_digit()).all(|digits| digits.len() <= 4);
    if let Some(month) = month {
        let letters = || id.bytes().filter(u8::is_ascii_alphabetic).count();
        let begins = |name: &&str| month.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let named = MONTHS.iter().any(begins) && month.len() <= 9 && letters() == month.len();
        return named && rest_is_short() && id.bytes().any(|byte| byte.is_ascii_digit());
    }
    let parts = || id.split(['-', '/', ':', '.']);
    (2..=3).contains(&parts().count()) && rest_is_short() && parts().all(all_digits) && !id.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_a_spreadsheet_would_change_are_reported() {
        for (id, what) in [
            ("007", "a number, of which it drops leading zeros"),
            ("1234567890123456", "a number, of which it keeps 15 digits"),
            ("1.50", "a number"),
            ("+5", "a number"),
            ("1E5", "a number with an exponent"),
            ("1.5e10", "a number with an exponent"),
            ("2024-01-31", "a date or a time"),
            ("1/2", "a date or a time"),
            ("12:30", "a date or a time"),
            ("3-Mar", "a date or a time"),
            ("MAR24", "a date or a time"),
            ("TRUE", "a truth value"),
        ] {
            assert_eq!(taken_for(id), Some(what), "{id}");
        }
    }

    #[test]
    fn ids_that_stay_as_they_are_are_not() {
        for id in [
            "7",
            "123456789012345",
            "batch_0001",
            "a1e5",
            "march of 20240101",
            "",
            "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        ] {
            assert_eq!(taken_for(id), None, "{id}");
        }
    }
}
