//! The query of a request: page, limit, and the statuses wanted.

use super::{DEFAULT_LIMIT, MAX_LIMIT};

/// A query that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// The page, from 1.
    pub page: u64,
    /// Rows a page, 1 to [`MAX_LIMIT`].
    pub limit: u64,
    /// The value of `status`, where there is one.
    pub status: Option<String>,
}

impl ListQuery {
    /// Reads the pairs of a query; all that is wrong with them, in the words of an API, where something is.
    ///
    /// Names that are not documented are skipped, as the vendor's API does not say that it refuses them.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        let mut value = |name: &str| {
            let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone());
            let first = values.next();
            if values.next().is_some() {
                wrong.push(format!("{name} must be given once"));
            }
            first
        };
        let (page, limit, status) = (value("page"), value("limit"), value("status"));
        let mut number = |name: &str, text: Option<String>, default| match text.map(|text| positive(&text)) {
            None => default,
            Some(Some(number)) => number,
            Some(None) => {
                wrong.push(format!("{name} must be a whole number, 1 or more"));
                default
            }
        };
        let page = number("page", page, 1);
        let limit = number("limit", limit, DEFAULT_LIMIT).min(MAX_LIMIT);
        if wrong.is_empty() { Ok(Self { page, limit, status }) } else { Err(wrong) }
    }

    /// How many rows come before the page.
    pub fn offset(&self) -> u64 {
        (self.page - 1).saturating_mul(self.limit)
    }

    /// The wanted statuses, where `status` is a comma-separated list.
    pub fn statuses(&self) -> Option<Vec<String>> {
        Some(self.status.as_deref()?.split(',').map(|status| status.trim().to_owned()).collect())
    }
}

fn positive(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<ListQuery, Vec<String>> {
        ListQuery::read(&pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_not_given_takes_its_default() {
        assert_eq!(read(&[]), Ok(ListQuery { page: 1, limit: 20, status: None }));
        assert_eq!(read(&[("colour", "red"), ("page", "3")]).map(|query| query.offset()), Ok(40));
    }

    #[test]
    fn a_limit_above_the_most_is_brought_down() {
        assert_eq!(read(&[("limit", "100")]).map(|query| query.limit), Ok(100));
        assert_eq!(read(&[("limit", "5000")]).map(|query| query.limit), Ok(100));
        assert_eq!(read(&[("page", "18446744073709551615")]).map(|query| query.offset()), Ok(u64::MAX));
    }

    #[test]
    fn everything_wrong_is_reported_at_once() {
        for bad in ["0", "-1", "", "1.5", "+1", "one", "99999999999999999999"] {
            assert_eq!(read(&[("page", bad), ("limit", bad)]).unwrap_err().len(), 2, "{bad}");
        }
        assert_eq!(read(&[("page", "1"), ("page", "2")]).unwrap_err(), ["page must be given once"]);
    }
}
