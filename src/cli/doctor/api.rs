//! The key, the API, the clocks and the rate limit, by one request for one row.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;

use super::check::Check;
use crate::api::client::{Client, Settings};
use crate::api::exchange::{Exchange, Observer, Sent};
use crate::cli::args::Report;
use crate::cli::{Exit, Failure, keys, report};
use crate::collect::PageRequest;
use crate::figures::Grouping;
use crate::machine;
use crate::run::ApiSource;

/// A check that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Clocks that are further apart are reported.
const APART: TimeDelta = TimeDelta::seconds(30);

/// Keeps the last exchange.
#[derive(Default)]
struct Seen(Mutex<Option<Exchange>>);

impl Observer for Seen {
    fn sending(&self, _: &Sent<'_>) -> std::io::Result<()> {
        Ok(())
    }

    fn exchanged(&self, exchange: &Exchange) -> std::io::Result<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(exchange.clone());
        Ok(())
    }

    fn waiting(&self, _: f64, _: &str) {}
}

/// Key, API, clock, rate limit; what cannot be looked at without what failed is skipped.
pub fn checks(args: &Report) -> Vec<Check> {
    // The sample API serves as long as it is not dropped.
    let (source, _sample) = match report::source(args) {
        Ok(source) => source,
        Err(failure) => {
            let key =
                Check::failed("key", failure).or_remedy("see `dialnexa-audit config show` for where it comes from");
            let skipped = ["API", "clock", "rate limit"].map(|name| Check::skipped(name, "the API was not asked"));
            return std::iter::once(key).chain(skipped).collect();
        }
    };
    let mut checks = vec![key(args, &source)];
    let seen = Arc::new(Seen::default());
    let asked = ask(args, &source, &seen);
    let exchange = seen.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    let refused = asked.as_ref().err().is_some_and(|failure| failure.exit == Exit::KeyRefused);
    if let (true, Err(failure)) = (refused, asked.as_ref()) {
        checks = vec![Check::failed("key", failure.clone())];
    }
    let answers = refused || asked.is_ok();
    match asked {
        Ok(held) => {
            let held = held.map_or_else(
                || "it does not report how many batches it holds".to_owned(),
                |held| format!("it holds {}", Grouping::default().batches(held)),
            );
            checks.push(Check::ok("API", format!("{} answers; {held}", source.endpoint.batch_calls())));
        }
        Err(_) if refused => checks.push(Check::ok("API", format!("{} answers", source.endpoint.batch_calls()))),
        Err(failure) => {
            let check = Check::failed("API", failure);
            checks.push(check.or_remedy("check the network, a proxy in HTTPS_PROXY, and the base URL"));
        }
    }
    // An answer of anything else than the API says nothing of the API.
    match exchange.filter(|_| answers) {
        Some(exchange) => checks.extend([clock(&exchange), rate(&exchange)]),
        None => checks.extend(["clock", "rate limit"].map(|name| Check::skipped(name, "the API gave no answer"))),
    }
    checks
}

/// The key was had; its fingerprint is what the report would state.
fn key(args: &Report, source: &ApiSource) -> Check {
    let words = format!("its SHA-256 begins with {}", source.key.fingerprint());
    let file = match (&args.api_key_file, &args.key_source) {
        _ if args.sample => None,
        (Some(path), _) => Some(path),
        (None, Some(keys::KeySource::File(path))) if std::env::var_os(keys::KEY_VARIABLE).is_none() => Some(path),
        _ => None,
    };
    match file {
        Some(path) if is_open(path) => Check::warn(
            "key",
            format!("{words}; others can read the file `{}`", path.display()),
            "chmod 600 the file; if it has been open for long, have a new key made",
        ),
        _ => Check::ok("key", words),
    }
}

#[cfg(unix)]
fn is_open(path: &std::path::Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &std::path::Path) -> bool {
    false
}

/// How many batches the API says it holds; `None` where it does not say.
fn ask(args: &Report, source: &ApiSource, seen: &Arc<Seen>) -> Result<Option<u64>, Failure> {
    let settings = Settings { max_wait: args.max_wait.min(PATIENCE), silence: PATIENCE };
    let client =
        Client::new(source.endpoint.clone(), source.key.clone(), settings, Arc::clone(seen) as Arc<dyn Observer>)?;
    let page = machine::runtime()?.block_on(client.page(PageRequest { ticket: 0, number: 1, limit: 1, again: 0 }))?;
    Ok(page.total)
}

/// The server's clock decides where a period ends that is not over; ours is in signatures.
fn clock(exchange: &Exchange) -> Check {
    let Some(server) = exchange.server_date() else {
        return Check::warn("clock", "the API reports no date", "nothing can be done here; the local clock is used");
    };
    // `Date` has whole seconds: the middle of its second against the middle of the exchange.
    let middle = exchange.started + (exchange.ended - exchange.started) / 2;
    let ahead = middle - (server + TimeDelta::milliseconds(500));
    let side = if ahead < TimeDelta::zero() { "behind" } else { "ahead of" };
    let words = format!("this machine is {:.1} s {side} the server", ahead.abs().as_seconds_f64());
    match ahead.abs() > APART {
        true => Check::warn("clock", words, "set this machine's clock, for example by NTP: signatures state its time"),
        false => Check::ok("clock", words),
    }
}

fn requests(count: &str) -> String {
    format!("{count} {}", if count == "1" { "request" } else { "requests" })
}

fn rate(exchange: &Exchange) -> Check {
    let header = |name: &str| exchange.header(name).map(str::to_owned);
    match (header("x-ratelimit-limit"), header("x-ratelimit-remaining")) {
        (Some(limit), Some(left)) => {
            Check::ok("rate limit", format!("{left} of {} left in this window", requests(&limit)))
        }
        (None, Some(left)) => Check::ok("rate limit", format!("{} left in this window", requests(&left))),
        (Some(limit), None) => Check::ok("rate limit", format!("{} a window", requests(&limit))),
        (None, None) => Check::ok("rate limit", "the API reports none; a refusal (429) is waited out"),
    }
}
