//! What the commands that people leave running share: the client, and how often it may be used.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::args::Access;
use super::requests::Spent;
use super::source::{self, ApiWay};
use super::{Failure, log, output, requests};
use crate::api::allowance::Allowed;
use crate::api::client::{Client, Settings};
use crate::api::exchange::{Exchange, Observer, Sent};
use crate::machine;
use crate::run::ApiSource;
use crate::sample::SampleApi;

/// A wait that is worth a word.
const LONG_WAIT: f64 = 5.0;

/// The API, ready to be asked again and again.
pub struct Live {
    /// Where and with which key.
    pub source: ApiSource,
    /// The client.
    pub client: Arc<Client>,
    meter: Arc<Meter>,
    runtime: tokio::runtime::Runtime,
    _sample: Option<SampleApi>,
}

impl Live {
    /// The API that `access` means; nothing is sent yet.
    pub fn open(access: &Access) -> Result<Self, Failure> {
        let (source, sample) = source::open(&ApiWay {
            sample: access.sample,
            form: access.form,
            base_url: &access.base_url,
            key_file: access.api_key_file.as_deref(),
            key_source: access.key_source.as_ref(),
        })?;
        let meter = Arc::new(Meter { quiet: access.quiet, count: Mutex::default() });
        let settings = Settings { max_wait: access.max_wait, ..Settings::default() };
        let observer: Arc<dyn Observer> = Arc::<Meter>::clone(&meter);
        let client = Arc::new(Client::new(source.endpoint.clone(), source.key.clone(), settings, observer)?);
        let runtime = machine::runtime()?;
        Ok(Self { source, client, meter, runtime, _sample: sample })
    }

    /// The name that output gives to the list.
    pub fn name(&self) -> String {
        if self.source.sample { "the sample API".to_owned() } else { self.source.endpoint.host() }
    }

    /// Waits for `work`; an interrupt ends it.
    pub fn wait_for<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        self.runtime.block_on(async {
            tokio::select! {
                outcome = work => outcome,
                _ = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
            }
        })
    }

    /// What was spent since this was asked last.
    pub fn spent(&self) -> Spent {
        std::mem::take(&mut self.meter.lock().spent)
    }

    /// Waits before the next round: at least `every`, and as long as it takes to leave half of the rate limit to others if
    /// each round needs as many requests as the last one did.
    pub fn pause(&self, every: Duration) -> Result<(), Failure> {
        let (requests, allowed) = {
            let mut count = self.meter.lock();
            (std::mem::take(&mut count.requests), count.allowed)
        };
        let pause = allowed.map_or(every, |allowed| every.max(allowed.spacing(requests)));
        self.wait_for(async {
            tokio::time::sleep(pause).await;
            Ok(())
        })
    }
}

/// The requests since the last pause, and what the last answer said of the rate limit.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    requests: u64,
    allowed: Option<Allowed>,
    /// Since it was asked for last.
    spent: Spent,
}

#[derive(Debug)]
struct Meter {
    quiet: bool,
    count: Mutex<Count>,
}

impl Meter {
    fn lock(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Meter {
    fn sending(&self, sent: &Sent<'_>) -> io::Result<()> {
        let mut count = self.lock();
        count.requests += 1;
        count.spent.requests += 1;
        count.spent.retries += u64::from(sent.attempt > 1);
        Ok(())
    }

    fn exchanged(&self, exchange: &Exchange) -> io::Result<()> {
        requests::say(exchange);
        if let Some(allowed) = Allowed::reported(exchange) {
            self.lock().allowed = Some(allowed);
        }
        Ok(())
    }

    fn waiting(&self, seconds: f64, why: &str) {
        self.lock().spent.waited += seconds;
        if log::is_json() && !self.quiet {
            log::wait(seconds, why);
        } else if seconds >= LONG_WAIT && !self.quiet {
            output::say(&format!("waiting {seconds:.0} s: {why}"));
        }
    }
}
