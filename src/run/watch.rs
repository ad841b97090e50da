//! A watch over the list: its state at rest, and one round of reading what may have changed.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::api::client::Client;
use crate::api::{self, ApiError};
use crate::batch::Batch;
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

/// The rows of a page: fewer than any that a collection asks for, so that no URL is asked for twice and a cache in between is
/// none of its own witnesses.
const ROWS: u32 = 40;
/// How many pages of batches that are dated in the future are read. Such a batch is an oddity; a list of thousands is another
/// list than this program is for, and each is reported when its date has passed.
const MOST_PAGES: u64 = 20;

/// The moment by the server's clock, and the batches at the head of the list that are dated after it, or from `since` on.
async fn head(client: &Client, since: Option<DateTime<Utc>>) -> Result<(DateTime<Utc>, Vec<Batch>), ApiError> {
    let page = async |number| client.page(PageRequest { ticket: 0, number, limit: ROWS, again: 0 }).await;
    let mut rows = page(1).await?;
    let (now, mut ahead) = (rows.at, Vec::new());
    let is_ahead = |row: &Batch| row.created_at > now || since.is_some_and(|since| row.created_at >= since);
    for next in 2..=MOST_PAGES + 1 {
        let more = rows.rows.last().is_some_and(is_ahead) && next <= MOST_PAGES;
        ahead.extend(rows.rows.into_iter().filter(is_ahead));
        if !more {
            break;
        }
        rows = page(next).await?;
    }
    Ok((now, ahead))
}

/// The batches that are dated in the future, or from `since` on, as far as the head of the list shows them.
///
/// # Errors
/// Where the API cannot be read.
pub async fn dated_ahead(client: &Client, since: Option<DateTime<Utc>>) -> Result<Vec<Batch>, ApiError> {
    Ok(head(client, since).await?.1)
}

/// Reads each range of the state to its proof; with the moment at which that began. What is dated in the future is in no range
/// that can be proven; it is observed where the head of the list shows it, and once its date has passed in any case.
///
/// # Errors
/// Where the API cannot be read, or a range is not proven.
pub async fn observe(
    client: &Arc<Client>,
    state: &State,
    overlap: TimeDelta,
) -> Result<(DateTime<Utc>, Vec<Observed>), RoundError> {
    let (now, ahead) = head(client, None).await?;
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
    // Behind those that are proven, which go before them.
    let begins = ahead.iter().map(|batch| batch.created_at).min();
    observed.extend(begins.map(|begins| Observed { range: begins..DateTime::<Utc>::MAX_UTC, batches: ahead }));
    Ok((now, observed))
}
