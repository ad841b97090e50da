//! The HTTP client: one page or one count at a time, with the key, paced and tried again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, HeaderMap, HeaderValue};
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::answer::{self, LARGEST};
use super::coding::{self, Coded};
use super::endpoint::{Endpoint, count_url, filtered_url, page_url};
use super::error::{ApiError, Subject};
use super::exchange::{Exchange, Observer, Outcome, Sent, now};
use super::key::ApiKey;
use super::pace::{Hold, Pace, Turn};
use super::proxy::{self, Proxy, ProxyWay, Refusal};
use super::resolver::Resolver;
use super::retry::{self, TRIES, Trouble, Verdict};
use super::wire;
use crate::calls::{CountAnswer, CountRequest, Question};
use crate::collect::{Page, PageRequest};

mod countdown;
mod failed;
mod words;

pub use failed::causes;

const AGENT: &str = concat!("dialnexa-audit/", env!("CARGO_PKG_VERSION"));
const JSON: &str = "application/json";
const CONNECT: Duration = Duration::from_secs(10);
/// No cache may answer in the API's place: what it kept is of another moment.
const FRESH: &str = "no-cache";
/// The longest silence within an answer, and the longest answer.
const SILENCE: Duration = Duration::from_secs(30);
const WHOLE: Duration = Duration::from_secs(120);

/// Settings that a user may change.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The longest time for one page: all its tries, their transfers, the waits between them and for the rate limit.
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
    /// Whether an answer was taken yet.
    has_read: AtomicBool,
    /// What every request is sent with, the key's fingerprint in its place.
    headers: Vec<(&'static str, String)>,
    /// The proxy that the environment names for the API's host.
    proxy: Option<Proxy>,
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
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, bearer),
            (ACCEPT, HeaderValue::from_static(JSON)),
            (CACHE_CONTROL, HeaderValue::from_static(FRESH)),
        ]);
        let mut builder = reqwest::Client::builder()
            .user_agent(AGENT)
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // A library that is built with it may have switched HTTP/2 on, and the evidence states HTTP/1.1.
            .http1_only()
            .https_only(endpoint.is_https())
            .dns_resolver(Resolver)
            .connect_timeout(CONNECT)
            .read_timeout(settings.silence)
            .timeout(WHOLE);
        let mut proxy = None;
        if endpoint.is_loopback() {
            // A proxy is another host, and plain HTTP would show it the key.
            builder = builder.no_proxy();
        } else {
            match proxy::way(endpoint.host_name(), |name| std::env::var_os(name))? {
                ProxyWay::Unsaid => {}
                ProxyWay::Direct => builder = builder.no_proxy(),
                ProxyWay::Through(through) => {
                    builder = builder.no_proxy().proxy(through.setting().map_err(|error| setup(&error))?);
                    proxy = Some(through);
                }
            }
        }
        if !endpoint.is_https() {
            // Plain HTTP does not need the system's roots.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| setup(&error))?;
        let headers = vec![
            ("accept", JSON.to_owned()),
            ("user-agent", AGENT.to_owned()),
            ("authorization", format!("Bearer sha256:{}", key.fingerprint())),
            ("cache-control", FRESH.to_owned()),
            ("host", endpoint.host()),
        ];
        Ok(Self {
            http,
            endpoint,
            key,
            settings,
            pace: Pace::default(),
            observer,
            has_read: AtomicBool::new(false),
            headers,
            proxy,
        })
    }

    /// The page, after as many tries as it takes and are allowed.
    /// A page that is asked for again, because its answer could not be used, is asked for after a pause.
    pub async fn page(&self, request: PageRequest) -> Result<Page, ApiError> {
        if request.again > 0 {
            tokio::time::sleep(retry::back_off(request.again, fastrand::f64())).await;
        }
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
        self.answered(&asked, |exchange| answer::page(request, exchange)).await
    }

    /// How many calls there are, after as many tries as it takes and are allowed.
    pub async fn count(&self, request: CountRequest) -> Result<CountAnswer, ApiError> {
        let CountRequest { ticket, batch, question } = request;
        let url = count_url(&self.endpoint.batch_calls(), &batch, question.statuses());
        let asked = Asked { ticket, url, what: Subject::Calls { batch }, question: Some(question) };
        self.answered(&asked, answer::count).await
    }

    /// The answer that the tries end in, as `read` finds it. Tries, waits and transfers together take no longer than is
    /// allowed.
    async fn answered<T>(&self, asked: &Asked, read: impl Fn(&Exchange) -> Verdict<T>) -> Result<T, ApiError> {
        let what = || asked.what.clone();
        let deadline = Instant::now() + self.settings.max_wait;
        // What the last try failed of.
        let mut last = None;
        let mut attempt = 1;
        loop {
            let turn = self.turn(asked, deadline, last.as_deref()).await?;
            let tried = self.exchange(asked, attempt, deadline).await;
            let (exchange, end) = tried.map_err(|error| ApiError::Evidence { what: what(), error })?;
            turn.note(&exchange, Instant::now());
            let kept = self.observer.exchanged(&exchange);
            kept.map_err(|error| ApiError::Evidence { what: what(), error })?;
            let (demanded, trouble) = match read(&exchange) {
                Verdict::Take(answer) => {
                    self.has_read.fetch_or(exchange.status() == Some(200), Ordering::Relaxed);
                    return Ok(answer);
                }
                Verdict::Never { status } => return Err(self.refusal(asked, status, &exchange)),
                Verdict::Again { wait, trouble } => (wait, trouble),
            };
            match end {
                End::TooLarge => return Err(ApiError::TooLarge { what: what(), limit: LARGEST }),
                End::OutOfTime { begun } => {
                    // Of a connection that never came about the try before it says more.
                    let words = self.explained(&trouble, &exchange);
                    let last = if begun { words } else { last.unwrap_or(words) };
                    return Err(ApiError::OutOfTime { what: what(), max_wait: self.settings.max_wait, last });
                }
                End::Certificate => {
                    return Err(ApiError::Certificate { what: what(), cause: trouble.to_string() });
                }
                End::Proxy { status } => {
                    let proxy = self.proxy.as_ref().map(Proxy::name).unwrap_or_default();
                    return Err(ApiError::ProxyRefused { what: what(), proxy, status, cause: trouble.to_string() });
                }
                End::Scarce if attempt == TRIES => {
                    return Err(ApiError::Machine { what: what(), cause: trouble.to_string() });
                }
                _ if attempt == TRIES => return Err(self.exhausted(asked, trouble, &exchange)),
                _ => {}
            }
            let wait = retry::pause(demanded, attempt, fastrand::f64());
            if demanded.is_some() {
                self.pace.stop(wait, Instant::now());
            }
            last = Some(self.explained(&trouble, &exchange));
            self.wait(asked, wait, deadline, &trouble.to_string(), last.as_deref()).await?;
            attempt += 1;
        }
    }

    /// A turn under the rate limit, waited for.
    async fn turn(&self, asked: &Asked, deadline: Instant, last: Option<&str>) -> Result<Turn<'_>, ApiError> {
        loop {
            let answer = self.pace.next_answer();
            match self.pace.turn(Instant::now()) {
                Ok(turn) => return Ok(turn),
                Err(Hold::For(wait)) => self.wait(asked, wait, deadline, "the rate limit is used up", last).await?,
                // Where there is no time left for it, the request says so.
                Err(Hold::Answer) if tokio::time::timeout_at(deadline, answer).await.is_err() => {
                    return Ok(self.pace.turn_at_any_rate());
                }
                Err(Hold::Answer) => {}
            }
        }
    }

    async fn wait(
        &self,
        asked: &Asked,
        wait: Duration,
        deadline: Instant,
        why: &str,
        last: Option<&str>,
    ) -> Result<(), ApiError> {
        let left = deadline.saturating_duration_since(Instant::now());
        if wait > left {
            return Err(ApiError::TooLong { what: asked.what.clone(), wait, left, last: last.map(str::to_owned) });
        }
        self.observer.waiting(wait.as_secs_f64(), why);
        countdown::wait(wait, |seconds| self.observer.still_waiting(seconds, why)).await;
        Ok(())
    }

    /// One try. An error is the observer's: nothing was sent. What is asked about calls is answered with a person's number
    /// and words, which end here.
    async fn exchange(&self, asked: &Asked, attempt: u32, deadline: Instant) -> std::io::Result<(Exchange, End)> {
        let Asked { ticket, url, question, .. } = asked;
        let started = now();
        self.observer.sending(&Sent { ticket: *ticket, attempt, url, headers: &self.headers, at: started })?;
        let (outcome, end) = self.tried(url, deadline).await;
        let (outcome, redacted) = self.without_key(outcome);
        let (ticket, url) = (*ticket, url.clone());
        let mut exchange = Exchange { ticket, attempt, url, started, ended: now(), redacted, withheld: None, outcome };
        if let Some(question) = question {
            exchange.withhold(|body| wire::count_of(body, *question));
        }
        Ok((exchange, end))
    }

    /// What came until the answer was whole, or the time was over.
    async fn tried(&self, url: &str, deadline: Instant) -> (Outcome, End) {
        let mut received = Received::default();
        let ended = tokio::time::timeout_at(deadline, self.fetch(url, &mut received)).await;
        let failed = |why: &str| Outcome::Failed(why.to_owned());
        match (ended, received) {
            (Ok(Ok(true)), Received { status: Some(status), headers, body }) => match coding::plain((headers, body)) {
                Ok((headers, body)) => (Outcome::Answered { status, headers, body }, End::Came),
                Err(Coded::Unread(why)) => (Outcome::Failed(self.clean(&why)), End::Came),
                Err(Coded::TooLarge) => (failed("the answer is too large"), End::TooLarge),
            },
            (Ok(Ok(_)), _) => (failed("the answer is too large"), End::TooLarge),
            (Ok(Err(error)), _) => self.failed(&error).await,
            (Err(_), Received { status: None, .. }) => (failed("no answer in time"), End::OutOfTime { begun: false }),
            (Err(_), Received { body, .. }) => {
                let why = format!("the answer had not ended after {} bytes of its body", body.len());
                (Outcome::Failed(why), End::OutOfTime { begun: true })
            }
        }
    }

    /// What an error of the network is, and whether another try may help.
    async fn failed(&self, error: &reqwest::Error) -> (Outcome, End) {
        if let Some(why) = failed::certificate(error) {
            return (
                Outcome::Failed(self.clean(&format!("the server's certificate is not accepted: {why}"))),
                End::Certificate,
            );
        }
        let tunnel = self.proxy.as_ref().filter(|_| failed::is_refused_by_proxy(error));
        if let Some(proxy) = tunnel
            && let Some(Refusal { status, words }) = proxy.refusal(&self.endpoint.host_and_port()).await
        {
            let why = format!("the proxy {} refuses the connection: HTTP {status} {words}", proxy.name());
            let end = if (400..500).contains(&status) { End::Proxy { status } } else { End::Came };
            return (Outcome::Failed(self.clean(&why)), end);
        }
        let end = if failed::is_scarce(error) { End::Scarce } else { End::Came };
        (Outcome::Failed(self.clean(&causes(error))), end)
    }

    /// Fetches into `received`; whether the answer is whole, and not larger than any can be.
    async fn fetch(&self, url: &str, received: &mut Received) -> Result<bool, reqwest::Error> {
        let mut response = self.http.get(url).send().await?;
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
        (received.status, received.headers) = (Some(response.status().as_u16()), headers);
        while let Some(chunk) = response.chunk().await? {
            if received.body.len() + chunk.len() > LARGEST {
                return Ok(false);
            }
            received.body.extend_from_slice(&chunk);
        }
        Ok(true)
    }

    /// A server may put the key into its answer. It is not shown then: the report of the collection and the one from
    /// evidence would differ otherwise.
    fn without_key(&self, outcome: Outcome) -> (Outcome, bool) {
        let Outcome::Answered { status, mut headers, mut body } = outcome else { return (outcome, false) };
        let mut redacted = false;
        for (name, _) in &mut headers {
            let without = self.key.redact(name);
            redacted |= without != *name;
            *name = without;
        }
        let parts = headers.iter_mut().map(|(_, value)| value).chain([&mut body]);
        for bytes in parts {
            if let Some(without) = self.key.redact_bytes(bytes) {
                *bytes = without;
                redacted = true;
            }
        }
        (Outcome::Answered { status, headers, body }, redacted)
    }

    /// Foreign text, fit to be printed: without the key, without control characters, not endless.
    fn clean(&self, text: &str) -> String {
        let text = self.key.redact(text);
        text.chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
    }
}

/// How a try ended, beside what is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// By an answer, or a failure of the network.
    Came,
    /// By an answer that is larger than any can be.
    TooLarge,
    /// By the end of the time that is allowed, before or after an answer began.
    OutOfTime { begun: bool },
    /// By a limit of this machine.
    Scarce,
    /// By a certificate that is not accepted.
    Certificate,
    /// By a proxy that does not let the request through.
    Proxy { status: u16 },
}

/// As much of an answer as has come.
#[derive(Debug, Default)]
struct Received {
    /// The HTTP status; `None` as long as nothing came.
    status: Option<u16>,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

/// A request, whatever it asks for.
struct Asked {
    ticket: u64,
    url: String,
    what: Subject,
    /// Which calls are to be counted, where some are.
    question: Option<Question>,
}

/// Makes sure that there is a TLS implementation; every client needs one, also one that speaks plain HTTP.
pub fn provide_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It fails only if there is a provider already, and then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
