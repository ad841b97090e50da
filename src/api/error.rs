//! Why the API could not be read.

use std::fmt;
use std::time::Duration;

use super::proxy::ProxyError;
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

fn last_try(last: Option<&str>) -> String {
    last.map_or_else(String::new, |last| format!("; the last try failed: {last}"))
}

fn in_brackets(came: Option<&str>) -> String {
    came.map_or_else(String::new, |came| format!(" ({came})"))
}

/// Why a page or a count could not be had. Texts from the server are cleaned: no key, no control characters, not endless.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The key was refused: 401 or 403.
    #[error("the API refused the key (HTTP {status}): {message}")]
    Refused {
        /// 401 or 403.
        status: u16,
        /// The server's message in quotes, or that there was none.
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
        /// The server's message in quotes, or that there was none.
        message: String,
    },
    /// A redirect, which would take the key elsewhere.
    #[error(
        "cannot read {what}: the API redirects to `{to}` (HTTP {status}), and redirects are not followed, \
         because the key would go with them"
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
    #[error("cannot read {what} after {tries} tries: {last}")]
    Exhausted {
        /// What was asked for.
        what: Subject,
        /// How many tries.
        tries: u32,
        /// What the last one failed of.
        last: String,
    },
    /// The next try is due later than is allowed.
    #[error(
        "cannot read {what}: the next try is due in {} s, more than is left of --max-wait ({} s){}",
        .wait.as_secs_f64().ceil(), .left.as_secs(), last_try(.last.as_deref())
    )]
    TooLong {
        /// What was asked for.
        what: Subject,
        /// How long until the next try, whether the API asks for it or not.
        wait: Duration,
        /// How much of the allowed time is left.
        left: Duration,
        /// What the last try failed of; `None` where there was none yet.
        last: Option<String>,
    },
    /// The allowed time passed while an answer was under way.
    #[error(
        "cannot read {what} within --max-wait ({} s){}", .max_wait.as_secs(), last_try(Some(.last.as_str()))
    )]
    OutOfTime {
        /// What was asked for.
        what: Subject,
        /// The longest time that is allowed.
        max_wait: Duration,
        /// What the last try failed of.
        last: String,
    },
    /// The server's certificate is not accepted.
    #[error("cannot read {what}: {cause}")]
    Certificate {
        /// What was asked for.
        what: Subject,
        /// Why the certificate is not accepted.
        cause: String,
    },
    /// A proxy does not let the request through.
    #[error("cannot read {what}: {cause}")]
    ProxyRefused {
        /// What was asked for.
        what: Subject,
        /// The proxy's host and port.
        proxy: String,
        /// The HTTP status that it answers with, 400 to 499.
        status: u16,
        /// The refusal in the proxy's words.
        cause: String,
    },
    /// The proxy that the environment names cannot be used.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// A limit of this machine is reached, not one of the network.
    #[error("cannot read {what}: this machine allows no more: {cause}")]
    Machine {
        /// What was asked for.
        what: Subject,
        /// Which limit, in the system's words.
        cause: String,
    },
    /// The answer is larger than any page can be.
    #[error("cannot read {what}: the answer is larger than {} MiB", .limit >> 20)]
    TooLarge {
        /// What was asked for.
        what: Subject,
        /// The largest answer that is read, in bytes.
        limit: usize,
    },
    /// No answer was of a documented form, however often it was asked for.
    #[error("cannot read {what} after {tries} tries: {error}{}", in_brackets(.came.as_deref()))]
    Wire {
        /// What was asked for.
        what: Subject,
        /// How many tries.
        tries: u32,
        /// Where and what, in the last answer.
        error: Box<WireError>,
        /// How that answer begins, where it is no JSON at all.
        came: Option<String>,
        /// What to do, where there is something.
        remedy: Option<&'static str>,
    },
    /// No answer to a count of calls states one, however often it was asked for.
    #[error("cannot read {what} after {tries} tries: {problem}")]
    Count {
        /// What was asked for.
        what: Subject,
        /// How many tries.
        tries: u32,
        /// What is wrong with the last answer; nothing that is in it is repeated, because it may be about a person.
        problem: String,
        /// What to do, where there is something.
        remedy: Option<&'static str>,
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
