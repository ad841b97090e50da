//! What a gathering reports while it goes on, and how its caller ends it early.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;

use crate::api::exchange::{Exchange, Observer, Sent};
use crate::calls::Counting;
use crate::collect::Collector;

/// A future that is ready when the gathering is to stop.
pub type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Follows a gathering. Every method but those of [`Observer`] does nothing unless it is written.
pub trait Listener: Observer {
    /// An interrupted run is resumed from this evidence.
    fn resuming(&self, _evidence: &Path) {}

    /// A page was taken.
    fn page(&self, _collector: &Collector) {}

    /// The calls of the batches are about to be counted.
    fn begin_counting(&self, _counting: &Counting) {}

    /// A count was taken.
    fn counted(&self, _counting: &Counting) {}

    /// Nothing more is asked of the API, however that came.
    fn over(&self) {}

    /// Everything was read: so many pages, kept in this evidence. `spared` requests were answered by an interrupted run.
    fn gathered(&self, _pages: u64, _spared: u64, _evidence: &Path) {}

    /// Ready when the caller wants the gathering to stop; never, unless it is written.
    fn stop(&self) -> Stop {
        Box::pin(std::future::pending())
    }
}

/// Follows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn sending(&self, _: &Sent<'_>) -> io::Result<()> {
        Ok(())
    }

    fn exchanged(&self, _: &Exchange) -> io::Result<()> {
        Ok(())
    }

    fn waiting(&self, _: f64, _: &str) {}
}

impl Listener for Silent {}
