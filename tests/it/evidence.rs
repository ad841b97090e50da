//! Evidence: kept from the real client over real sockets, read by another program, torn, changed and replayed.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};
use dialnexa_audit::api::answer::page_of;
use dialnexa_audit::api::client::{Client, Settings};
use dialnexa_audit::api::endpoint::{Endpoint, page_url};
use dialnexa_audit::api::exchange::{Exchange, Observer, Outcome, Sent, Traffic};
use dialnexa_audit::api::key::ApiKey;
use dialnexa_audit::api::{ApiError, read};
use dialnexa_audit::calls::CallTotals;
use dialnexa_audit::collect::{Assurance, Collected, Collector, PageRequest};
use dialnexa_audit::evidence::{Evidence, EvidenceError, Info, RULES, Replayed, Sealed, Writer};

use crate::hostile::List;

mod changed;
mod kept;
mod memory;
mod resumed;
mod torn;

/// Long, and with what JSON escapes.
const MARKED: &str = "marked/key-\"0123456789\"";

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The first quarter of 2024 of the workspace at `base_url`.
fn info(base_url: &str, key: &str) -> Info {
    let endpoint = Endpoint::new(base_url).unwrap();
    Info {
        executable: None,
        version: "0.1.0".to_owned(),
        commit: None,
        arguments: ["report", "--quarter", "2024-Q1"].map(str::to_owned).to_vec(),
        workspace: None,
        host: endpoint.host(),
        endpoint: endpoint.batch_calls(),
        key_fingerprint: ApiKey::new(key).unwrap().fingerprint(),
        sample: false,
        start: moment("2024-01-01T00:00:00Z"),
        end: moment("2024-04-01T00:00:00Z"),
        assurance: Assurance::TiedOut,
        concurrency: 4,
        limit: 50,
        call_totals: CallTotals::Never,
        periods: vec![],
        rules: RULES,
        resumes: None,
    }
}

fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// Fetches over the network what the collector wants.
fn fetch(base_url: &str, key: &str, collector: &mut Collector, writer: &Arc<Writer>) -> Result<(), ApiError> {
    let observer = Arc::clone(writer);
    let endpoint = Endpoint::new(base_url).unwrap();
    let client = Client::new(endpoint, ApiKey::new(key).unwrap(), Settings::default(), observer).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(read(Arc::new(client), collector, |_| {}))
}

/// A folder with evidence in it.
struct Kept {
    folder: tempfile::TempDir,
    collected: String,
    sealed: Sealed,
}

impl Kept {
    /// A whole collection over the network.
    fn of(base_url: &str, key: &str) -> Self {
        Self::of_run(base_url, key, &info(base_url, key))
    }

    /// One in which no request is sent ahead, and so none given up.
    fn one_at_a_time(base_url: &str, key: &str) -> Self {
        Self::of_run(base_url, key, &Info { concurrency: 1, ..info(base_url, key) })
    }

    fn of_run(base_url: &str, key: &str, info: &Info) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let writer = Arc::new(Writer::create(&path_in(&folder), info, now()).unwrap());
        let mut collector = Collector::new(info.range(), info.options());
        fetch(base_url, key, &mut collector, &writer).unwrap();
        assert!(collector.has_ended());
        let sealed = writer.seal().unwrap();
        Self { folder, collected: reported(&collector.finish()), sealed }
    }

    fn path(&self) -> PathBuf {
        path_in(&self.folder)
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.path()).unwrap()
    }
}

fn path_in(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("evidence.warc.gz")
}

/// All of it, to be compared.
fn reported(collected: &Collected) -> String {
    format!("{collected:#?}")
}

fn replay(evidence: impl std::io::Read) -> Result<(Collector, Replayed), EvidenceError> {
    let evidence = Evidence::open(evidence)?;
    let mut collector = evidence.collector();
    let replayed = evidence.replay(&mut collector)?;
    Ok((collector, replayed))
}

fn replay_file(path: &Path) -> (Collector, Replayed) {
    replay(File::open(path).unwrap()).unwrap()
}

/// Everything in the file, decompressed.
fn inflated(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::bufread::MultiGzDecoder::new(bytes), &mut text).unwrap();
    text
}

/// A server without a socket: what the client would keep of a quiet list, page after page.
struct Desk<'a> {
    list: &'a List,
    clock: DateTime<Utc>,
    traffic: Traffic,
}

impl<'a> Desk<'a> {
    fn over(list: &'a List) -> Self {
        Self { list, clock: moment("2024-05-01T00:00:00Z"), traffic: Traffic::default() }
    }

    /// Answers what the collector wants until it has ended, or `most` requests were answered.
    fn serve(&mut self, info: &Info, collector: &mut Collector, observer: &impl Observer, most: usize) {
        let mut asked = std::collections::VecDeque::new();
        for _ in 0..most {
            asked.extend(collector.wanted());
            asked.retain(|request: &PageRequest| collector.wants(request.ticket));
            let Some(request) = asked.pop_front() else { return };
            let exchange = self.exchange(info, request, observer);
            collector.answer(request.ticket, page_of(request, &exchange).unwrap());
        }
    }

    fn exchange(&mut self, info: &Info, request: PageRequest, observer: &impl Observer) -> Exchange {
        let url = page_url(&info.endpoint, request.number, request.limit);
        let headers = [("host", info.host.clone())];
        let sent = Sent { ticket: request.ticket, attempt: 1, url: &url, headers: &headers, at: self.clock };
        observer.sending(&sent).unwrap();
        self.traffic.sent(1, self.clock);
        let started = self.clock;
        self.clock += chrono::TimeDelta::milliseconds(500);
        let body = self.list.page(request.number, u64::from(request.limit)).into_bytes();
        let date = httpdate::fmt_http_date(self.clock.into());
        let headers = vec![("date".to_owned(), date.into_bytes())];
        let outcome = Outcome::Answered { status: 200, headers, body };
        let (ticket, ended) = (request.ticket, self.clock);
        let exchange = Exchange { ticket, attempt: 1, url, started, ended, redacted: false, withheld: None, outcome };
        observer.exchanged(&exchange).unwrap();
        self.traffic.ended(&exchange);
        exchange
    }
}
