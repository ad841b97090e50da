//! Drives a collector, and the counting after it, over the network: fetches what is wanted, several requests at a time if
//! several are.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::{AbortHandle, JoinSet};

use super::client::Client;
use super::error::ApiError;
use crate::calls::{CountAnswer, Counting};
use crate::collect::{Collector, Page};

/// Fetches pages until `collector` has ended. `progress` is called after every page.
pub async fn read(
    client: Arc<Client>,
    collector: &mut Collector,
    mut progress: impl FnMut(&Collector),
) -> Result<(), ApiError> {
    let mut under_way: JoinSet<(u64, Result<Page, ApiError>)> = JoinSet::new();
    let mut handles: HashMap<u64, AbortHandle> = HashMap::new();
    while !collector.has_ended() {
        for request in collector.wanted() {
            let client = Arc::clone(&client);
            let handle = under_way.spawn(async move { (request.ticket, client.page(request).await) });
            handles.insert(request.ticket, handle);
        }
        match under_way.join_next().await {
            Some(Ok((ticket, page))) => {
                handles.remove(&ticket);
                take(collector, ticket, page)?;
                progress(collector);
            }
            // Only requests that are no longer wanted are aborted.
            Some(Err(error)) if error.is_cancelled() => {}
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            None => break,
        }
        handles.retain(|ticket, handle| {
            let wanted = collector.wants(*ticket);
            if !wanted {
                handle.abort();
            }
            wanted
        });
    }
    // What had come in by now is in the evidence, so it is counted among what was read.
    under_way.abort_all();
    while let Some(ended) = under_way.join_next().await {
        match ended {
            Ok((ticket, page)) => take(collector, ticket, page)?,
            Err(error) if error.is_cancelled() => {}
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    Ok(())
}

/// Hands an answer over. Why one could not be obtained does not matter where it is no longer wanted.
fn take(collector: &mut Collector, ticket: u64, page: Result<Page, ApiError>) -> Result<(), ApiError> {
    match page {
        Ok(page) => collector.answer(ticket, page),
        Err(error) if collector.wants(ticket) => return Err(error),
        Err(_) => {}
    }
    Ok(())
}

/// Fetches counts until `counting` has ended. `progress` is called after every one.
pub async fn count(
    client: Arc<Client>,
    counting: &mut Counting,
    mut progress: impl FnMut(&Counting),
) -> Result<(), ApiError> {
    let mut under_way: JoinSet<(u64, Result<CountAnswer, ApiError>)> = JoinSet::new();
    while !counting.has_ended() {
        for request in counting.wanted() {
            let client = Arc::clone(&client);
            under_way.spawn(async move { (request.ticket, client.count(request).await) });
        }
        match under_way.join_next().await {
            // The other count of a batch that is gone is asked already, but not wanted any more.
            Some(Ok((ticket, _))) if !counting.wants(ticket) => {}
            Some(Ok((ticket, answer))) => {
                counting.answer(ticket, answer?);
                progress(counting);
            }
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            None => break,
        }
    }
    Ok(())
}
