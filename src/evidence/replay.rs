//! Replaying: the recorded answers drive a collector, and the counting after it, as they did when they were had.

use std::collections::BTreeMap;
use std::io::Read;

use chrono::{DateTime, Utc};
use sha2::Digest;

use super::error::EvidenceError;
use super::http;
use super::info::Info;
use super::read::{Records, Torn};
use super::record::{self, Record, RecordKind};
use super::write::{FAILED, Position};
use crate::api::answer;
use crate::api::endpoint::{count_url, page_url};
use crate::api::exchange::{Exchange, Outcome, Traffic, Withheld};
use crate::api::{Trouble, Verdict};
use crate::calls::{CountRequest, Counting};
use crate::collect::{Collector, PageRequest};
use crate::digest::hex;

/// Evidence whose first run has been read.
pub struct Evidence<R> {
    records: Records<R>,
    info: Info,
}

/// What evidence holds beside the pages, which went to the collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The runs, in order: the first, and those that resumed it.
    pub runs: Vec<Info>,
    /// The traffic of all of them, as it was counted when it happened.
    pub traffic: Traffic,
    /// How many records there are.
    pub records: u64,
    /// The record that was begun and not finished, if the collection was interrupted.
    pub torn: Option<Torn>,
    /// The SHA-256 of the file, in hex; without the torn end.
    pub sha256: String,
    /// Its size, without the torn end.
    pub bytes: u64,
    /// In words, the last answer that no page or count could be read from, where none was taken after it.
    pub unusable: Option<String>,
    /// The counting of calls that followed, as far as it had come. It has begun if the collector has ended.
    pub counting: Counting,
}

impl<R: Read> Evidence<R> {
    /// Reads as far as the first run. `reader` need not be buffered.
    ///
    /// # Errors
    /// Where there is none, or it is damaged.
    pub fn open(reader: R) -> Result<Self, EvidenceError> {
        let mut records = Records::new(reader);
        let first = records.read()?.ok_or(EvidenceError::Empty)?;
        if first.kind != RecordKind::Warcinfo {
            return Err(contradicts(0, "evidence begins with a warcinfo"));
        }
        let info = info_of(&first, 0)?;
        match info.resumes {
            None => Ok(Self { records, info }),
            Some(_) => Err(contradicts(0, "it resumes a run that is not there")),
        }
    }

    /// The first run.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// A collector as the first run had it, for [`Evidence::replay`].
    pub fn collector(&self) -> Collector {
        Collector::new(self.info.range(), self.info.options())
    }

    /// Hands the answers to `collector`, which is fresh, from [`Evidence::collector`]. Where the evidence is not of a whole
    /// collection, [`Collector::has_ended`] says no afterwards. Memory does not grow with the evidence, save by what the
    /// collector keeps of it.
    ///
    /// # Errors
    /// Where the file cannot be read, is damaged, was changed, or holds what the collection cannot have led to.
    pub fn replay(self, collector: &mut Collector) -> Result<Replayed, EvidenceError> {
        self.replay_to(collector).map(|(replayed, _)| replayed)
    }

    /// Also reports where the whole records end.
    pub(super) fn replay_to(mut self, collector: &mut Collector) -> Result<(Replayed, Position), EvidenceError> {
        let mut replay = Replay::new(self.info, collector);
        while let Some(record) = self.records.read()? {
            replay.take(record, self.records.whole().sequence - 1)?;
        }
        let position = self.records.whole().clone();
        let replayed = Replayed {
            runs: replay.runs,
            traffic: replay.traffic,
            records: position.sequence,
            torn: self.records.torn(),
            sha256: hex(&position.hash.clone().finalize()),
            bytes: position.bytes,
            unusable: replay.unusable,
            counting: replay.counting,
        };
        Ok((replayed, position))
    }
}

struct Replay<'a> {
    endpoint: String,
    runs: Vec<Info>,
    collector: &'a mut Collector,
    /// What the collector wants.
    wanted: BTreeMap<u64, PageRequest>,
    counting: Counting,
    traffic: Traffic,
    unusable: Option<String>,
}

impl<'a> Replay<'a> {
    fn new(info: Info, collector: &'a mut Collector) -> Self {
        let (endpoint, traffic) = (info.endpoint.clone(), Traffic::default());
        let (counting, wanted) = (info.counting(), BTreeMap::new());
        Self { endpoint, runs: vec![info], collector, wanted, counting, traffic, unusable: None }
    }

    fn take(&mut self, record: Record, sequence: u64) -> Result<(), EvidenceError> {
        match record.kind {
            RecordKind::Warcinfo => self.resume(&record, sequence),
            RecordKind::Request => {
                let at = moment(&record, record::DATE, sequence)?;
                let attempt = number(&record, record::ATTEMPT, sequence)?;
                self.is_known(number(&record, record::TICKET, sequence)?, sequence)?;
                self.traffic.sent(attempt, at);
                Ok(())
            }
            RecordKind::Response | RecordKind::Metadata => {
                let exchange = exchange_of(record, sequence)?;
                self.is_known(exchange.ticket, sequence)?;
                self.traffic.ended(&exchange);
                self.answer(&exchange, sequence)
            }
        }
    }

    fn resume(&mut self, record: &Record, sequence: u64) -> Result<(), EvidenceError> {
        let info = info_of(record, sequence)?;
        if let Some((what, kept, now)) = self.runs.first().and_then(|first| first.difference(&info)) {
            return Err(contradicts(sequence, &format!("the run has another {what} ({now}) than the first ({kept})")));
        }
        self.wanted.clear();
        self.collector.resume();
        self.counting.resume(info.call_totals, info.periods(), self.collector);
        let next = self.collector.next_wanted().or(self.counting.next_wanted());
        // A run that has nothing to ask may still want other totals.
        if info.resumes != next {
            return Err(contradicts(sequence, "the run does not go on where the one before it stopped"));
        }
        self.runs.push(info);
        Ok(())
    }

    /// What the collection did not come to is not asked for.
    fn is_known(&mut self, ticket: u64, sequence: u64) -> Result<(), EvidenceError> {
        // Answers that came at almost the same time may be kept in another order than they were taken in.
        let given_up = self.collector.given_up();
        for request in self.collector.wanted().into_iter().chain(given_up) {
            self.wanted.insert(request.ticket, request);
        }
        self.counting.wanted();
        let counting = &self.counting;
        let was_asked =
            if counting.owns(ticket) { counting.was_asked(ticket) } else { self.collector.was_asked(ticket) };
        if was_asked {
            return Ok(());
        }
        let why =
            format!("nothing before it leads to request {ticket}; the answers before it are missing or were changed");
        Err(contradicts(sequence, &why))
    }

    fn answer(&mut self, exchange: &Exchange, sequence: u64) -> Result<(), EvidenceError> {
        if let Some(request) = self.counting.under_way(exchange.ticket) {
            let request = request.clone();
            return self.count(&request, exchange, sequence);
        }
        // Also where the answer is no longer wanted: it counts among what was read.
        let Some(request) = self.wanted.get(&exchange.ticket).copied() else { return Ok(()) };
        if exchange.url != page_url(&self.endpoint, request.number, request.limit) {
            let why = format!("request {} was for page {}, not for {}", request.ticket, request.number, exchange.url);
            return Err(contradicts(sequence, &why));
        }
        match answer::page(request, exchange) {
            Verdict::Take(page) => {
                self.unusable = None;
                self.wanted.remove(&exchange.ticket);
                self.collector.answer(exchange.ticket, page);
                self.counting.follow(self.collector);
            }
            // It was asked for again, by the same run or by one that resumed it.
            Verdict::Again { trouble: Trouble::NoPage(error), .. } => {
                self.unusable = Some(format!("page {}: {error}", request.number));
            }
            Verdict::Again { .. } | Verdict::Never { .. } => {}
        }
        Ok(())
    }

    fn count(&mut self, request: &CountRequest, exchange: &Exchange, sequence: u64) -> Result<(), EvidenceError> {
        let CountRequest { ticket, batch, question } = request;
        if exchange.url != count_url(&self.endpoint, batch, question.statuses()) {
            let why = format!("request {ticket} was for the calls of batch `{batch}`, not for {}", exchange.url);
            return Err(contradicts(sequence, &why));
        }
        match answer::count(exchange) {
            Verdict::Take(answer) => {
                self.unusable = None;
                self.counting.answer(*ticket, answer);
            }
            Verdict::Again { trouble: Trouble::NoCount(problem), .. } => {
                self.unusable = Some(format!("calls of batch {batch}: {problem}"));
            }
            Verdict::Again { .. } | Verdict::Never { .. } => {}
        }
        Ok(())
    }
}

fn contradicts(sequence: u64, why: &str) -> EvidenceError {
    EvidenceError::Contradicts { sequence, why: why.to_owned() }
}

fn info_of(record: &Record, sequence: u64) -> Result<Info, EvidenceError> {
    Info::of_block(&record.block).map_err(|why| contradicts(sequence, &why))
}

fn number<T: std::str::FromStr>(record: &Record, field: &str, sequence: u64) -> Result<T, EvidenceError> {
    let value = record.field(field).and_then(|value| value.parse().ok());
    value.ok_or_else(|| contradicts(sequence, &format!("it has no {field}, or one that is no number")))
}

fn moment(record: &Record, field: &str, sequence: u64) -> Result<DateTime<Utc>, EvidenceError> {
    let value = record.field(field).and_then(|value| value.parse().ok());
    value.ok_or_else(|| contradicts(sequence, &format!("it has no {field}, or one that is no date")))
}

/// The exchange that a `response` or `metadata` record keeps.
fn exchange_of(record: Record, sequence: u64) -> Result<Exchange, EvidenceError> {
    Ok(Exchange {
        ticket: number(&record, record::TICKET, sequence)?,
        attempt: number(&record, record::ATTEMPT, sequence)?,
        url: record.field(record::TARGET).ok_or_else(|| contradicts(sequence, "it has no WARC-Target-URI"))?.to_owned(),
        started: moment(&record, record::DATE, sequence)?,
        ended: moment(&record, record::ENDED, sequence)?,
        redacted: record.field(record::REDACTED).is_some(),
        withheld: withheld(&record, sequence)?,
        outcome: match record.kind {
            RecordKind::Response => http::response(record.block).map_err(|why| contradicts(sequence, why))?,
            _ => Outcome::Failed(failure(&record.block)),
        },
    })
}

/// What the record says of a body that it does not hold.
fn withheld(record: &Record, sequence: u64) -> Result<Option<Withheld>, EvidenceError> {
    let Some(digest) = record.field(record::WITHHELD) else { return Ok(None) };
    let count = match record.field(record::UNCOUNTED) {
        Some(why) => Err(why.to_owned()),
        None => Ok(number(record, record::COUNT, sequence)?),
    };
    let sha256 = digest.strip_prefix("sha256:").unwrap_or(digest).to_owned();
    Ok(Some(Withheld { sha256, bytes: number(record, record::WITHHELD_LENGTH, sequence)?, count }))
}

fn failure(block: &[u8]) -> String {
    let text = String::from_utf8_lossy(block);
    let why = text.lines().find_map(|line| line.strip_prefix(FAILED)?.strip_prefix(": "));
    why.unwrap_or("no reason is given").to_owned()
}
