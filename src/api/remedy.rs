//! What to do where the API could not be read.

use std::borrow::Cow;

use super::error::{ApiError, Subject};
use crate::remedy::Remedy;

const LATER: &str = "run the same command again later";
const LATER_OR_LONGER: &str = "run the same command again later, or allow more time with --max-wait";
const BASE_URL: &str = "is the base URL the API's?";
const UNCOUNTED: &str = "--call-totals never leaves the calls uncounted";

impl Remedy for ApiError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Refused { remedy, .. } => Some((*remedy).into()),
            Self::Redirect { .. } => Some("set the base URL to where the API is".into()),
            Self::Exhausted { what, .. } => also_without(Some(LATER), what),
            Self::TooLong { what, .. } | Self::OutOfTime { what, .. } => also_without(Some(LATER_OR_LONGER), what),
            Self::Machine { .. } => {
                let limits = "raise the limit (ulimit -n for open files, ulimit -v for memory) or lower --concurrency";
                Some(limits.into())
            }
            Self::TooLarge { .. } => Some(BASE_URL.into()),
            Self::Wire { what, remedy, .. } | Self::Count { what, remedy, .. } => also_without(*remedy, what),
            Self::Status { .. } | Self::Setup(_) | Self::Evidence { .. } => None,
        }
    }
}

/// The remedy, and what can be done without `what`.
fn also_without(remedy: Option<&'static str>, what: &Subject) -> Option<Cow<'static, str>> {
    match (remedy, what) {
        (remedy, Subject::Page(_)) => remedy.map(Into::into),
        (Some(remedy), Subject::Calls { .. }) => Some(format!("{remedy}; {UNCOUNTED}").into()),
        (None, Subject::Calls { .. }) => Some(UNCOUNTED.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_cannot_be_counted_may_be_left_uncounted() {
        let failed = |what| ApiError::Exhausted { what, tries: 6, last: "HTTP 503; run rm -rf".to_owned() };
        let calls = Subject::Calls { batch: "b".into() };
        assert_eq!(failed(Subject::Page(7)).remedy().as_deref(), Some(LATER));
        assert_eq!(failed(calls.clone()).remedy(), Some(format!("{LATER}; {UNCOUNTED}").into()));
        let odd = |remedy| ApiError::Count { what: calls.clone(), tries: 6, problem: String::new(), remedy };
        assert_eq!(odd(None).remedy().as_deref(), Some(UNCOUNTED));
        assert_eq!(odd(Some(BASE_URL)).remedy(), Some(format!("{BASE_URL}; {UNCOUNTED}").into()));
    }
}
