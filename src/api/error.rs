//! Why the API could not be read.

use std::time::Duration;

use super::wire::WireError;

/// Why a page could not be had. Texts from the server are cleaned: no key, no control characters, not endless.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The key was refused: 401 or 403.
    #[error("the API refused the key (HTTP {status}): {message}; {remedy}")]
    Refused {
        /// 401 or 403.
        status: u16,
        /// The server's message.
        message: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Another answer that trying again does not change.
    #[error("cannot read page {page} of batch-calls: HTTP {status}: {message}")]
    Status {
        /// The page.
        page: u64,
        /// The HTTP status.
        status: u16,
        /// The server's message.
        message: String,
    },
    /// A redirect, which would take the key elsewhere.
    #[error(
        "cannot read page {page} of batch-calls: the API redirects to `{to}` (HTTP {status}); redirects are not followed, \
         because the key would go with them; set the base URL to where the API is"
    )]
    Redirect {
        /// The page.
        page: u64,
        /// The HTTP status.
        status: u16,
        /// Where to.
        to: String,
    },
    /// Every try failed.
    #[error("cannot read page {page} of batch-calls after {tries} tries: {last}; run the command again later")]
    Exhausted {
        /// The page.
        page: u64,
        /// How many tries.
        tries: u32,
        /// What the last one failed of.
        last: String,
    },
    /// The server demands a longer wait than is allowed.
    #[error(
        "cannot read page {page} of batch-calls: the API asks to wait {} s, more than is left of --max-wait ({} s); \
         run the command again later or allow a longer wait",
        .wait.as_secs(), .left.as_secs()
    )]
    TooLong {
        /// The page.
        page: u64,
        /// How long it asks to wait.
        wait: Duration,
        /// How much of the allowed wait is left.
        left: Duration,
    },
    /// The answer is larger than any page can be.
    #[error("cannot read page {page} of batch-calls: the answer is larger than {} MiB; is the base URL the API's?", .limit >> 20)]
    TooLarge {
        /// The page.
        page: u64,
        /// The largest answer that is read, in bytes.
        limit: usize,
    },
    /// The answer is not of a documented form.
    #[error("cannot read page {page} of batch-calls: {error}; is the base URL the API's?")]
    Wire {
        /// The page.
        page: u64,
        /// Where and what.
        error: WireError,
    },
    /// The client could not be set up.
    #[error("cannot set up HTTPS: {0}")]
    Setup(String),
    /// The observer failed: evidence could not be kept.
    #[error("cannot keep the answer to page {page} as evidence: {error}")]
    Evidence {
        /// The page.
        page: u64,
        /// Why not.
        error: std::io::Error,
    },
}
