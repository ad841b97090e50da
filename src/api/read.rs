//! Drives a collector over the network: fetches what it wants, several pages at a time if it wants several.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::{AbortHandle, JoinSet};

use super::client::Client;
use super::error::ApiError;
use crate::collect::{Collector, Page};

/// Fetches pages until `collector` has ended. `progress` is told after every page.
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
                if collector.wants(ticket) {
                    collector.answer(ticket, page?);
                    progress(collector);
                }
            }
            // Only requests that nobody wants any more are aborted.
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
    Ok(())
}
