//! The HTTP client: one page or one count at a time, with the key, paced and tried again.

use std::sync::{Arc, Once};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::time::Instant;

use super::endpoint::{Endpoint, count_url, filtered_url, page_url};
use super::error::{ApiError, Subject};
use super::exchange::{Exchange, Observer, Outcome, Sent, now};
use super::key::ApiKey;
use super::pace::{Pace, Turn};
use super::retry::{self, TRIES, Verdict};
use super::wire;
use crate::calls::{CountAnswer, CountRequest, Question};
use crate::collect::{Page, PageRequest};

/// The largest answer that is read, in bytes.
pub const LARGEST: usize = 16 << 20;
const AGENT: &str = concat!("dialnexa-audit/", env!("CARGO_PKG_VERSION"));
const JSON: &str = "application/json";
const CONNECT: Duration = Duration::from_secs(10);
/// The longest silence within an answer, and the longest answer.
const SILENCE: Duration = Duration::from_secs(30);
const WHOLE: Duration = Duration::from_secs(120);

/// Settings that a user may change.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The longest wait for one page, over all its tries and the rate limit.
    pub max_wait: Duration,
    /// The longest silence within an answer before the try is given up.
    pub silence: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_wait: Duration::from_secs(15 * 60), silence: SILENCE }
    }
}

/// A client of one workspace's API.
pub struct Client {
    http: reqwest::Client,
    endpoint: Endpoint,
    key: ApiKey,
    settings: Settings,
    pace: Pace,
    observer: Arc<dyn Observer>,
    /// What every request is sent with, the key's fingerprint in its place.
    headers: Vec<(&'static str, String)>,
}

impl Client {
    /// Sets the client up; sends nothing yet.
    pub fn new(
        endpoint: Endpoint,
        key: ApiKey,
        settings: Settings,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, ApiError> {
        let setup = |error: &dyn std::fmt::Display| ApiError::Setup(error.to_string());
        provide_tls();
        let mut bearer = HeaderValue::from_str(key.bearer().expose_secret()).map_err(|error| setup(&error))?;
        bearer.set_sensitive(true);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer), (ACCEPT, HeaderValue::from_static(JSON))]);
        let mut builder = reqwest::Client::builder()
            .user_agent(AGENT)
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .https_only(!endpoint.is_loopback())
            .connect_timeout(CONNECT)
            .read_timeout(settings.silence)
            .timeout(WHOLE);
        if endpoint.is_loopback() {
            // A proxy is another host, and plain HTTP would show it the key; nor does loopback need the system's roots.
            builder = builder.no_proxy().tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| setup(&error))?;
        let headers = vec![
            ("accept", JSON.to_owned()),
            ("user-agent", AGENT.to_owned()),
            ("authorization", format!("Bearer sha256:{}", key.fingerprint())),
            ("host", endpoint.host()),
        ];
        Ok(Self { http, endpoint, key, settings, pace: Pace::default(), observer, headers })
    }

    /// The page, after as many tries as it takes and are allowed.
    pub async fn page(&self, request: PageRequest) -> Result<Page, ApiError> {
        self.page_at(request, page_url(&self.endpoint.batch_calls(), request.number, request.limit)).await
    }

    /// The page of those batches only that are in `status`. A status that changes moves rows from page to page, so nothing is
    /// ever proven by such pages; they are for a look.
    pub async fn page_in_status(&self, request: PageRequest, status: &str) -> Result<Page, ApiError> {
        let url = filtered_url(&self.endpoint.batch_calls(), request.number, request.limit, status);
        self.page_at(request, url).await
    }

    async fn page_at(&self, request: PageRequest, url: String) -> Result<Page, ApiError> {
        let asked = Asked { ticket: request.ticket, url, what: Subject::Page(request.number), question: None };
        let exchange = self.answered(&asked).await?;
        page_of(request, &exchange).map_err(|error| ApiError::Wire { what: asked.what, error: self.clean_wire(error) })
    }

    /// How many calls there are, after as many tries as it takes and are allowed.
    pub async fn count(&self, request: CountRequest) -> Result<CountAnswer, ApiError> {
        let CountRequest { ticket, batch, question } = request;
        let url = count_url(&self.endpoint.batch_calls(), &batch, question.statuses());
        let asked = Asked { ticket, url, what: Subject::Calls { batch }, question: Some(question) };
        let exchange = self.answered(&asked).await?;
        count_in(&exchange).map_err(|problem| ApiError::Count { what: asked.what, problem })
    }

    /// The exchange that the tries end in.
    async fn answered(&self, asked: &Asked) -> Result<Exchange, ApiError> {
        let what = || asked.what.clone();
        let mut waited = Duration::ZERO;
        let mut attempt = 1;
        loop {
            let turn = self.turn(asked, &mut waited).await?;
            let exchange = self.exchange(asked, attempt).await;
            let exchange = exchange.map_err(|error| ApiError::Evidence { what: what(), error })?;
            turn.note(&exchange, Instant::now());
            let kept = self.observer.exchanged(&exchange);
            kept.map_err(|error| ApiError::Evidence { what: what(), error })?;
            let (demanded, why) = match retry::verdict(&exchange) {
                Verdict::Take => return Ok(exchange),
                Verdict::Never { status: 404 } if asked.question.is_some() => return Ok(exchange),
                Verdict::Never { status } => return Err(self.refusal(asked, status, &exchange)),
                Verdict::Again { wait, why } => (wait, why),
            };
            if let Outcome::Failed(failure) = &exchange.outcome
                && failure == TOO_LARGE
            {
                return Err(ApiError::TooLarge { what: what(), limit: LARGEST });
            }
            if attempt == TRIES {
                let last = self.words(&exchange).map_or_else(|| why.clone(), |words| format!("{why}: {words}"));
                return Err(ApiError::Exhausted { what: what(), tries: TRIES, last });
            }
            let wait = demanded.unwrap_or_else(|| retry::back_off(attempt, fastrand::f64()));
            if demanded.is_some() {
                self.pace.stop(wait, Instant::now());
            } else {
                self.wait(asked, wait, &mut waited, &why).await?;
            }
            attempt += 1;
        }
    }

    async fn turn(&self, asked: &Asked, waited: &mut Duration) -> Result<Turn<'_>, ApiError> {
        loop {
            match self.pace.turn(Instant::now()) {
                Ok(turn) => return Ok(turn),
                Err(wait) => self.wait(asked, wait, waited, "the rate limit is used up").await?,
            }
        }
    }

    async fn wait(&self, asked: &Asked, wait: Duration, waited: &mut Duration, why: &str) -> Result<(), ApiError> {
        let left = self.settings.max_wait.saturating_sub(*waited);
        if wait > left {
            return Err(ApiError::TooLong { what: asked.what.clone(), wait, left });
        }
        *waited += wait;
        self.observer.waiting(wait.as_secs_f64(), why);
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// One try. An error is the observer's: nothing was sent. What is asked about calls is answered with a person's number
    /// and words, which end here.
    async fn exchange(&self, asked: &Asked, attempt: u32) -> std::io::Result<Exchange> {
        let Asked { ticket, url, question, .. } = asked;
        let started = now();
        self.observer.sending(&Sent { ticket: *ticket, attempt, url, headers: &self.headers, at: started })?;
        let (outcome, redacted) = match self.fetch(url).await {
            Ok(outcome) => self.without_key(outcome),
            Err(error) => (Outcome::Failed(self.clean(&causes(&error))), false),
        };
        let (ticket, url) = (*ticket, url.clone());
        let mut exchange = Exchange { ticket, attempt, url, started, ended: now(), redacted, withheld: None, outcome };
        if let Some(question) = question {
            exchange.withhold(|body| wire::count_of(body, *question));
        }
        Ok(exchange)
    }

    async fn fetch(&self, url: &str) -> Result<Outcome, reqwest::Error> {
        let mut response = self.http.get(url).send().await?;
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LARGEST {
                return Ok(Outcome::Failed(TOO_LARGE.to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Outcome::Answered { status, headers, body })
    }

    /// A server may put the key into its answer. Nobody sees it then: the report of the collection and the one from
    /// evidence would differ otherwise.
    fn without_key(&self, outcome: Outcome) -> (Outcome, bool) {
        let Outcome::Answered { status, mut headers, mut body } = outcome else { return (outcome, false) };
        let mut redacted = false;
        let parts = headers.iter_mut().map(|(_, value)| value).chain([&mut body]);
        for bytes in parts {
            if let Some(without) = self.key.redact_bytes(bytes) {
                *bytes = without;
                redacted = true;
            }
        }
        (Outcome::Answered { status, headers, body }, redacted)
    }

    fn clean_wire(&self, error: wire::WireError) -> wire::WireError {
        match error {
            wire::WireError::NotJson(text) => wire::WireError::NotJson(self.clean(&text)),
            wire::WireError::Record { position, field, problem } => {
                wire::WireError::Record { position, field, problem: self.clean(&problem) }
            }
            envelope @ wire::WireError::Envelope { .. } => envelope,
        }
    }

    fn refusal(&self, asked: &Asked, status: u16, exchange: &Exchange) -> ApiError {
        let message = self.words(exchange).unwrap_or_else(|| "no message".to_owned());
        let what = asked.what.clone();
        match status {
            401 => ApiError::Refused { status, message, remedy: "check DIALNEXA_API_KEY or --api-key-file" },
            403 if asked.question.is_some() => ApiError::Refused {
                status,
                message,
                remedy: "the key needs the right to read the calls of this workspace's batches, or leave them uncounted \
                         with --call-totals never",
            },
            403 => ApiError::Refused {
                status,
                message,
                remedy: "the key needs the right to read the batch jobs of this workspace",
            },
            300..=399 => {
                let to = exchange.header("location").map_or_else(|| "nowhere".to_owned(), |to| self.clean(to));
                ApiError::Redirect { what, status, to }
            }
            _ => ApiError::Status { what, status, message },
        }
    }

    /// The server's own words: `message` (one or a list), or the beginning of a text; none where the body is withheld.
    fn words(&self, exchange: &Exchange) -> Option<String> {
        let Outcome::Answered { body, .. } = &exchange.outcome else { return None };
        let words = match serde_json::from_slice(body) {
            Ok(Value::Object(error)) => match error.get("message").or(error.get("error"))? {
                Value::String(message) => message.clone(),
                Value::Array(messages) => messages.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "),
                other => other.to_string(),
            },
            _ if body.trim_ascii_start().starts_with(b"<") => "an HTML page, no JSON".to_owned(),
            _ => String::from_utf8_lossy(body).into_owned(),
        };
        let words = self.clean(&words);
        (!words.is_empty()).then_some(words)
    }

    /// Foreign text, fit to be printed: without the key, without control characters, not endless.
    fn clean(&self, text: &str) -> String {
        let text = self.key.redact(text);
        text.chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
    }
}

const TOO_LARGE: &str = "the answer is too large";

/// A request, whatever it asks for.
struct Asked {
    ticket: u64,
    url: String,
    what: Subject,
    /// Which calls are to be counted, where some are.
    question: Option<Question>,
}

/// The answer of an exchange as a count of calls; in words, why it is none.
pub fn count_in(exchange: &Exchange) -> Result<CountAnswer, String> {
    if matches!(exchange.outcome, Outcome::Answered { status: 404, .. }) {
        return Ok(CountAnswer::NotFound);
    }
    let withheld = exchange.withheld.as_ref().ok_or("there was no answer")?;
    withheld.count.clone().map(CountAnswer::Count)
}

/// The answer of an exchange as a page; the request fills in what the answer does not say of itself.
pub fn page_of(request: PageRequest, exchange: &Exchange) -> Result<Page, wire::WireError> {
    let Outcome::Answered { body, .. } = &exchange.outcome else {
        return Err(wire::WireError::NotJson("there was no answer".to_owned()));
    };
    let decoded = wire::decode(body)?;
    let limit = decoded.limit.map_or(Ok(request.limit), u32::try_from);
    let limit = limit.ok().filter(|limit| *limit > 0);
    let limit = limit
        .ok_or_else(|| wire::WireError::Envelope { field: "limit", problem: "is no number of rows".to_owned() })?;
    let server_date = exchange.server_date();
    Ok(Page {
        number: decoded.page.unwrap_or(request.number),
        limit,
        total: decoded.total,
        rows: decoded.rows,
        at: server_date.unwrap_or(exchange.ended),
        server_date,
    })
}

/// An error with all that caused it: reqwest's own text says the least.
pub fn causes(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "no answer in time".to_owned() } else { String::new() };
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text = if text.is_empty() { words } else { format!("{text}: {words}") };
        }
        cause = error.source();
    }
    text
}

/// Makes sure that there is a TLS implementation; every client needs one, also one that speaks plain HTTP.
pub fn provide_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It fails only if there is a provider already, and then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
