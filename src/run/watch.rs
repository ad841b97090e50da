//! A watch over the list: its state at rest, and one round of reading what may have changed.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::api::client::Client;
use crate::api::{self, ApiError};
use crate::collect::{Collector, Options, PageRequest, Refusal};
use crate::remedy::Remedy;
use crate::watch::{Observed, State};

pub mod store;

/// Why a round came to no end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoundError {
    /// The API could not be read.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A range is not proven complete.
    #[error("completeness not established: {0}")]
    Refused(Refusal),
}

impl Remedy for RoundError {
    fn remedy(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Api(error) => error.remedy(),
            Self::Refused(refusal) => refusal.remedy(),
        }
    }
}

/// The moment by the server's clock.
///
/// # Errors
/// Where the API cannot be read.
pub async fn now(client: &Client) -> Result<DateTime<Utc>, ApiError> {
    Ok(client.page(PageRequest { ticket: 0, number: 1, limit: 1, again: 0 }).await?.at)
}

/// Reads each range of the state to its proof; with the moment at which that began.
///
/// # Errors
/// Where the API cannot be read, or a range is not proven.
pub async fn observe(
    client: &Arc<Client>,
    state: &State,
    overlap: TimeDelta,
) -> Result<(DateTime<Utc>, Vec<Observed>), RoundError> {
    let now = now(client).await?;
    let mut observed = Vec::new();
    for range in state.ranges(now, overlap) {
        let mut collector = Collector::new(range, Options { once: true, ..Options::default() });
        api::read(Arc::clone(client), &mut collector, |_| {}).await?;
        let collected = collector.finish();
        match collected.proof {
            Ok(_) => observed.push(Observed { range: collected.range, batches: collected.batches }),
            // The watch began within this very second.
            Err(Refusal::NotBegun { .. }) => {}
            Err(refusal) => return Err(RoundError::Refused(refusal)),
        }
    }
    Ok((now, observed))
}
