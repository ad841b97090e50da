//! The requests to the API: each on standard error, for people or as an event, where that was asked for; and how many there were.

use reqwest::Url;
use serde_json::json;

use super::log::{self, Level};
use super::output;
use crate::api::exchange::{Exchange, Outcome};

/// The requests of a run, and what they took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    /// How many requests were sent.
    pub requests: u64,
    /// How many of them repeated one that had failed.
    pub retries: u64,
    /// How long was waited before requests, in seconds, summed over them.
    pub waited: f64,
}

/// One request and what came of it, where that was asked for. It never holds the key.
pub fn say(exchange: &Exchange) {
    if !log::has_requests() {
        return;
    }
    let page = page(&exchange.url);
    let seconds = (exchange.ended - exchange.started).as_seconds_f64();
    let came = match &exchange.outcome {
        Outcome::Answered { status, .. } => status.to_string(),
        Outcome::Failed(why) => why.clone(),
    };
    if log::is_json() {
        let fields = json!({
            "request": exchange.ticket, "attempt": exchange.attempt, "page": page, "url": exchange.url,
            "status": exchange.status(), "failed": matches!(exchange.outcome, Outcome::Failed(_)).then_some(&came),
            "seconds": log::rounded(seconds),
        });
        return log::event(Level::Debug, "request", fields);
    }
    let again = if exchange.attempt > 1 { format!(", try {}", exchange.attempt) } else { String::new() };
    let words = format!("request {}{again}: GET {}: {came} in {seconds:.3} s", exchange.ticket, exchange.url);
    output::say(&output::shown(&words));
}

/// The page that a URL asks for, where it asks for one.
fn page(url: &str) -> Option<u64> {
    let url = Url::parse(url).ok()?;
    url.query_pairs().find(|(name, _)| name == "page").and_then(|(_, page)| page.parse().ok())
}
