//! Why the API could not be read.

use std::fmt;
use std::time::Duration;

use super::wire::WireError;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A page of the list.
    Page(u64),
    /// How many calls a batch has.
    Calls {
        /// The batch.
        batch: Box<str>,
    },
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(page) => write!(f, "page {page} of batch-calls"),
            Self::Calls { batch } => write!(f, "the call logs of batch `{}`", batch.escape_debug()),
        }
    }
}

/// Why a page or a count could not be had. Texts from the server are cleaned: no key, no control characters, not endless.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The key was refused: 401 or 403.
    #[error("the API refused the key (HTTP {status}): {message}")]
    Refused {
        /// 401 or 403.
        status: u16,
        /// The server's message.
        message: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Another answer that trying again does not change.
    #[error("cannot read {what}: HTTP {status}: {message}")]
    Status {
        /// What was asked for.
        what: Subject,
        /// The HTTP status.
        status: u16,
        /// The server's message.
        message: String,
    },
    /// A redirect, which would take the key elsewhere.
    #[error(
        "cannot read {what}: the API redirects to `{to}` (HTTP {status}); redirects are not followed, \
         because the key would go with them; set the base URL to where the API is"
    )]
    Redirect {
        /// What was asked for.
        what: Subject,
        /// The HTTP status.
        status: u16,
        /// Where to.
        to: String,
    },
    /// Every try failed.
    #[error("cannot read {what} after {tries} tries: {last}; run the command again later")]
    Exhausted {
        /// What was asked for.
        what: Subject,
        /// How many tries.
        tries: u32,
        /// What the last one failed of.
        last: String,
    },
    /// The server demands a longer wait than is allowed.
    #[error(
        "cannot read {what}: the next try is due in {} s, more than is left of --max-wait ({} s); \
         run the command again later or allow a longer wait",
        .wait.as_secs_f64().ceil(), .left.as_secs()
    )]
    TooLong {
        /// What was asked for.
        what: Subject,
        /// How long until the next try, whether the API asks for it or not.
        wait: Duration,
        /// How much of the allowed wait is left.
        left: Duration,
    },
    /// The answer is larger than any page can be.
    #[error("cannot read {what}: the answer is larger than {} MiB; is the base URL the API's?", .limit >> 20)]
    TooLarge {
        /// What was asked for.
        what: Subject,
        /// The largest answer that is read, in bytes.
        limit: usize,
    },
    /// The answer is not of a documented form.
    #[error("cannot read {what}: {error}; is the base URL the API's?")]
    Wire {
        /// What was asked for.
        what: Subject,
        /// Where and what.
        error: WireError,
    },
    /// The answer to a count of calls tells none.
    #[error("cannot read {what}: {problem}; is the base URL the API's? --call-totals never leaves the calls uncounted")]
    Count {
        /// What was asked for.
        what: Subject,
        /// What is wrong with the answer; nothing that stands in it is repeated, because it may be about a person.
        problem: String,
    },
    /// The client could not be set up.
    #[error("cannot set up HTTPS: {0}")]
    Setup(String),
    /// The observer failed: evidence could not be kept.
    #[error("cannot keep the answer for {what} as evidence: {error}")]
    Evidence {
        /// What was asked for.
        what: Subject,
        /// Why not.
        error: std::io::Error,
    },
}
