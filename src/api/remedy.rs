//! What to do where the API could not be read.

use std::borrow::Cow;

use super::error::{ApiError, Subject};
use crate::remedy::Remedy;

impl Remedy for ApiError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        const LONGER: &str = "run the command again later or allow a longer wait";
        match self {
            Self::Refused { remedy, .. } => Some((*remedy).into()),
            Self::Redirect { .. } => Some("set the base URL to where the API is".into()),
            Self::Exhausted { what, .. } => Some(or_without(what, "run the command again later")),
            Self::TooLong { what, .. } | Self::OutOfTime { what, .. } => Some(or_without(what, LONGER)),
            Self::Machine { .. } => {
                Some("raise the limit (ulimit -n for open files, ulimit -v for memory) or lower --concurrency".into())
            }
            Self::Certificate { .. } => Some(
                "if a company's proxy or CA issued that certificate, name the PEM file of its root by SSL_CERT_FILE; otherwise \
                 check the base URL and this machine's clock"
                    .into(),
            ),
            Self::ProxyRefused { status: 407, .. } => Some(
                "put the user name and the password into the proxy's URL: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT".into(),
            ),
            Self::ProxyRefused { .. } => {
                Some("have the API's host allowed at the proxy, or name that host in NO_PROXY to reach it directly".into())
            }
            Self::Proxy(_) => Some(
                "write it as http://HOST:PORT, or name the API's host in NO_PROXY to reach it directly".into(),
            ),
            Self::TooLarge { .. } => Some("check that the base URL is the API's".into()),
            Self::Wire { remedy, .. } => remedy.map(Into::into),
            Self::Count { what, remedy, .. } => match remedy {
                Some(remedy) => Some(or_without(what, remedy)),
                None => without(what).map(Into::into),
            },
            Self::Status { .. } | Self::Setup(_) | Self::Evidence { .. } => None,
        }
    }
}

/// How to do without it, where that can be.
fn without(what: &Subject) -> Option<&'static str> {
    match what {
        Subject::Page(_) => None,
        Subject::Calls { .. } => Some("--call-totals never leaves the calls uncounted"),
    }
}

fn or_without(what: &Subject, remedy: &'static str) -> Cow<'static, str> {
    without(what).map_or(Cow::Borrowed(remedy), |without| format!("{remedy}; {without}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNCOUNTED: &str = "--call-totals never leaves the calls uncounted";

    #[test]
    fn calls_that_cannot_be_counted_may_be_left_uncounted() {
        let failed = |what| ApiError::Exhausted { what, tries: 6, last: "HTTP 503; run rm -rf".to_owned() };
        let calls = Subject::Calls { batch: "b".into() };
        assert_eq!(failed(Subject::Page(7)).remedy().as_deref(), Some("run the command again later"));
        let both = format!("run the command again later; {UNCOUNTED}");
        assert_eq!(failed(calls.clone()).remedy(), Some(both.into()));
        let odd = |remedy| ApiError::Count { what: calls.clone(), tries: 6, problem: String::new(), remedy };
        assert_eq!(odd(None).remedy().as_deref(), Some(UNCOUNTED));
    }
}
